"""Charts of the circular: rates and counts for people who would rather look than read."""

from __future__ import annotations

from tongbao.circular.charts.kinds import Bar, Drawing, Segment, Stack, draw_bars, draw_columns, draw_stacks, fitting_columns
from tongbao.circular.charts.spec import ChartKind, ChartSpec, Fill

__all__ = [
    "Bar",
    "ChartKind",
    "ChartSpec",
    "Drawing",
    "Fill",
    "Segment",
    "Stack",
    "draw_bars",
    "draw_columns",
    "draw_stacks",
    "fitting_columns",
]
