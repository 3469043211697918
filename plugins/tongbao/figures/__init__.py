"""Computed facts with provenance: every number a circular may print, and where it comes from."""

from __future__ import annotations

from tongbao.figures.compute import compute
from tongbao.figures.model import Figure, FigureKind, Figures, Named, Split
from tongbao.figures.result import PeriodResult, Rectified

__all__ = ["Figure", "FigureKind", "Figures", "Named", "PeriodResult", "Rectified", "Split", "compute"]
