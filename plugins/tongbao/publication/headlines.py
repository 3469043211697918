"""The few figures reviewers and recipients look at first."""

from __future__ import annotations

from typing import Any

from tongbao.figures import Figures
from tongbao.formatting import points_text, rate_text

SCOPES = {"websites": "政府网站", "accounts": "政务新媒体"}
_COUNTS = ("inspected", "qualified", "unqualified", "not_inspected")


def headlines(figures: Figures) -> list[dict[str, Any]]:
    """One row a scope that has anything: its counts, its pass rate as printed, the change in percentage points."""
    rows = []
    for scope, title in SCOPES.items():
        counts = {count: figures.value(f"{scope}.{count}") for count in _COUNTS if f"{scope}.{count}" in figures}
        if any(counts.values()):
            rows.append({"scope": title, **counts, "pass_rate": _rate(figures, scope), "change": _change(figures, scope)})
    return rows


def _rate(figures: Figures, scope: str) -> str:
    name = f"{scope}.pass_rate"
    return rate_text(figures.value(name)) if name in figures else "—"


def _change(figures: Figures, scope: str) -> str:
    now, before = f"{scope}.pass_rate", f"{scope}.previous.pass_rate"
    if now not in figures or before not in figures:
        return "—"
    return f"{points_text(figures.value(now), figures.value(before), signed=True)}个百分点"
