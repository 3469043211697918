"""This period against an earlier one, subject by subject: never total minus total alone."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from tongbao.figures.collector import Collector
from tongbao.figures.groups import SCOPE_TITLES, SCOPES, tally
from tongbao.figures.result import NOT_INSPECTED, QUALIFIED, UNQUALIFIED, PeriodResult

_NOWHERE = "nowhere"
_COUNTS = {
    "declared": "在运行且已报备",
    "inspected": "已检",
    "qualified": "合格",
    "unqualified": "不合格",
    "not_inspected": "未检",
}


def add_comparison(collector: Collector, result: PeriodResult, earlier: PeriodResult | None, name: str) -> None:
    """Add ``<scope>.<name>``: the earlier period's counts, the changes, and who newly fails, mended, still fails."""
    if earlier is None:
        for scope in SCOPES:
            collector.absent(f"{scope}.{name}", "没有可比较的往期结果")
        return
    both = _side_by_side(result.standing, earlier.standing)
    with collector.compared_with(earlier):
        for scope, kind in SCOPES.items():
            _add_counts(collector, f"{scope}.{name}", scope, earlier)
            rows = both if kind is None else both[both["kind"] == kind.value]
            _add_movements(collector, f"{scope}.{name}", scope, rows, earlier.period.title)


def _add_counts(collector: Collector, root: str, scope: str, earlier: PeriodResult) -> None:
    title = f"{earlier.period.title}的{SCOPE_TITLES[scope]}"
    counted = tally(_of_kind(earlier, scope))
    for count, said in _COUNTS.items():
        collector.count(f"{root}.{count}", getattr(counted, count), f"{said}的{title}")
        collector.difference(f"{root}.{count}_change", f"{scope}.{count}", f"{root}.{count}")
    collector.split(f"{root}.declared", (f"{root}.inspected", f"{root}.not_inspected"))
    collector.split(f"{root}.inspected", (f"{root}.qualified", f"{root}.unqualified"))
    collector.rate(f"{root}.pass_rate", f"{root}.qualified", f"{root}.inspected")
    collector.difference(f"{root}.pass_rate_change", f"{scope}.pass_rate", f"{root}.pass_rate")


def _of_kind(result: PeriodResult, scope: str) -> pd.DataFrame:
    standing, kind = result.standing, SCOPES[scope]
    return standing if kind is None else standing[standing["kind"] == kind.value]


def _side_by_side(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """One row a subject of either period: its newest name, sponsor, platform, kind; verdicts ``now`` and ``before``."""
    columns = ["subject_id", "kind", "name", "sponsor", "platform", "verdict"]
    both = now[columns].merge(before[columns], on="subject_id", how="outer", suffixes=("", "_before"))
    for column in columns[1:-1]:
        both[column] = both[column].fillna(both[f"{column}_before"])
    both = both.rename(columns={"verdict": "now", "verdict_before": "before"})
    # A kind that changed would put one subject on both sides, so the newest counts for both periods.
    return both[["subject_id", *columns[1:-1], "now", "before"]].fillna({"now": _NOWHERE, "before": _NOWHERE})


def _add_movements(collector: Collector, root: str, scope: str, both: pd.DataFrame, period: str) -> None:
    now, before = both["now"], both["before"]
    failing, failed = now == UNQUALIFIED, before == UNQUALIFIED
    movements = {
        "newly_failing": (failing & (before == QUALIFIED), f"本期不合格、{period}合格"),
        "still_failing": (failing & failed, f"本期与{period}均不合格"),
        "failing_first_check": (failing & ~before.isin([QUALIFIED, UNQUALIFIED]), f"本期不合格、{period}未检或者不在名册"),
        "mended": (failed & (now == QUALIFIED), f"{period}不合格、本期合格"),
        "not_rechecked": (failed & (now == NOT_INSPECTED), f"{period}不合格、本期未检"),
        "gone": (failed & (now == _NOWHERE), f"{period}不合格、本期不在运行"),
        "added": (before == _NOWHERE, f"本期在运行、{period}不在运行"),
        "removed": (now == _NOWHERE, f"{period}在运行、本期不在运行"),
    }
    for name, (wanted, what) in movements.items():
        rows = both[wanted.to_numpy()]
        collector.listed(f"{root}.{name}", f"{root}.{name}_names", rows, f"{what}的{SCOPE_TITLES[scope]}")
    now_parts = ("newly_failing", "still_failing", "failing_first_check")
    then_parts = ("mended", "still_failing", "not_rechecked", "gone")
    collector.split(f"{scope}.unqualified", (f"{root}.{part}" for part in now_parts))
    collector.split(f"{root}.unqualified", (f"{root}.{part}" for part in then_parts))


def add_streaks(collector: Collector, results: Sequence[PeriodResult], scope: str) -> None:
    """Add ``<scope>.streaks``: subjects unqualified in the last N periods running, by N ≥ 2, longest first.

    ``results``: consecutive periods, this one first.
    """
    root = f"{scope}.streaks"
    collector.open(root)
    now = _of_kind(results[0], scope)
    failing = now[now["verdict"] == UNQUALIFIED]
    length = pd.Series(1, index=failing.index)
    alive = pd.Series(True, index=failing.index)
    for earlier in results[1:]:
        then = _of_kind(earlier, scope)
        failed = set(then.loc[then["verdict"] == UNQUALIFIED, "subject_id"])
        alive &= failing["subject_id"].map(failed.__contains__).astype(bool)
        length += alive.astype(int)
    for periods in sorted({int(n) for n in length.unique() if n > 1}, reverse=True):
        name = f"{root}.{periods}"
        collector.count(f"{name}.periods", periods, "连续不合格的期数")
        rows = failing[length == periods]
        collector.listed(f"{name}.count", f"{name}.names", rows, f"连续{periods}期不合格的{SCOPE_TITLES[scope]}")
