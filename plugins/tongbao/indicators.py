"""Indicator sets: dated data that say which clauses are judged; the national one follows 国办秘函〔2019〕19号.

Adding or changing a clause needs YAML under config/indicators, and SQL if it measures something new: no Python.
"""

from __future__ import annotations

from tongbao.indicator_files import check_measures, indicator_set_from, indicator_set_on, load_indicator_set
from tongbao.indicator_model import (
    AccountPoints,
    Clause,
    Gates,
    Grade,
    Indicator,
    IndicatorSet,
    NoServices,
    Part,
    Scope,
    Totals,
    ValueKind,
    Verdict,
    Wording,
)

__all__ = [
    "AccountPoints",
    "Clause",
    "Gates",
    "Grade",
    "Indicator",
    "IndicatorSet",
    "NoServices",
    "Part",
    "Scope",
    "Totals",
    "ValueKind",
    "Verdict",
    "Wording",
    "check_measures",
    "indicator_set_from",
    "indicator_set_on",
    "load_indicator_set",
]
