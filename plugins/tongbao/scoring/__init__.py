"""Measures, findings and an indicator set in; verdicts that can be explained line by line out."""

from __future__ import annotations

from tongbao.scoring.explanation import ExplainedLine, Explanation, explain
from tongbao.scoring.scorer import score
from tongbao.scoring.sheet import ScoreSheet

__all__ = ["ExplainedLine", "Explanation", "ScoreSheet", "explain", "score"]
