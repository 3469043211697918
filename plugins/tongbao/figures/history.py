"""The counts and rates of this period and the earlier ones side by side, for charts and tables over time."""

from __future__ import annotations

from collections.abc import Iterable

from tongbao.figures.collector import Collector
from tongbao.figures.groups import SCOPE_TITLES, SCOPES, tally
from tongbao.figures.result import QUALIFIED, UNQUALIFIED, PeriodResult

_COUNTS = {"declared": "在运行且已报备", "inspected": "已检", QUALIFIED: "合格", UNQUALIFIED: "不合格"}


def add_history(collector: Collector, result: PeriodResult, earlier: Iterable[PeriodResult | None]) -> None:
    """Add ``<scope>.by_period``: for each period known, oldest first, its name ``label``, its counts and its pass rate."""
    known = {other.period: other for other in (*earlier, result) if other is not None}
    for scope, kind in SCOPES.items():
        root = f"{scope}.by_period"
        collector.open(root)
        for period in sorted(known):
            name, standing = f"{root}.{period.label}", known[period].standing
            counted = tally(standing if kind is None else standing[standing["kind"] == kind.value])
            with collector.compared_with(known[period]):
                collector.text(f"{name}.label", period.title, "检查周期")
                for count, said in _COUNTS.items():
                    collector.count(f"{name}.{count}", getattr(counted, count), f"{period.title}{said}的{SCOPE_TITLES[scope]}")
                collector.rate(f"{name}.pass_rate", f"{name}.{QUALIFIED}", f"{name}.inspected")
            collector.split(f"{name}.inspected", (f"{name}.{QUALIFIED}", f"{name}.{UNQUALIFIED}"))
