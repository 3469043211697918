"""Which clauses were breached, by how many subjects, and why subjects failed."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from tongbao.figures.collector import Collector
from tongbao.figures.groups import SCOPE_TITLES, SCOPES
from tongbao.figures.model import clean
from tongbao.figures.result import UNQUALIFIED, PeriodResult
from tongbao.indicators import IndicatorSet

BELOW_MARK = "below_mark"
"""Key of the failure reason of a subject without a veto: its score is too low."""


@dataclass(frozen=True)
class ClauseWords:
    """What a circular says of one clause."""

    clause: str
    name: str
    problem: str
    remedy: str
    indicator: str
    indicator_name: str
    unit: str
    is_count: bool


def clause_words(indicator_set: IndicatorSet) -> dict[str, ClauseWords]:
    """Read the printed words of every clause, in the set's order."""
    words = {}
    for clause in indicator_set.clauses:
        indicator = indicator_set.indicator(clause.indicator)
        words[clause.id] = ClauseWords(
            clause.id,
            clean(clause.name),
            clean(clause.wording.problem),
            clean(clause.wording.remedy),
            indicator.id,
            clean(indicator.name),
            clean(clause.unit),
            clause.is_count,
        )
    return words


def add_problems(collector: Collector, result: PeriodResult, scope: str, words: dict[str, ClauseWords]) -> None:
    """Add the clauses breached (declared and undeclared apart) and the reasons of failure of one scope."""
    kind, title = SCOPES[scope], SCOPE_TITLES[scope]
    lines = result.problems
    lines = lines if kind is None else lines[lines["kind"] == kind.value]
    declared, undeclared = lines[lines["declared"]], lines[~lines["declared"]]
    for name, rows, side in (
        ("problems", declared, "已报备"),
        ("undeclared_problems", undeclared, "未报备"),
    ):
        _add_clauses(collector, f"{scope}.{name}", rows, words, f"{side}的{title}")
        subjects = rows.drop_duplicates("subject_id")
        single = name.removesuffix("s")
        collector.listed(f"{scope}.with_{single}", f"{scope}.with_{single}_names", subjects, f"有问题的{side}{title}")
    failing = declared[(declared["verdict"] == UNQUALIFIED) & (declared["part"] == "veto")]
    _add_clauses(collector, f"{scope}.reasons", failing, words, f"不合格的{title}")
    several = failing[failing.duplicated("subject_id")].drop_duplicates("subject_id")
    collector.listed(
        f"{scope}.with_several_reasons", f"{scope}.with_several_reasons_names", several, f"违反两个以上否决条款的不合格{title}"
    )
    _add_main_reasons(collector, scope, result, failing, words)


def clause_key(clause: str) -> str:
    """A clause id as one part of a dotted name: VM2.1 → VM2_1."""
    return clause.replace(".", "_")


def _add_clauses(collector: Collector, root: str, lines: pd.DataFrame, words: dict[str, ClauseWords], what: str) -> None:
    collector.open(root)
    order = {clause: position for position, clause in enumerate(words)}
    groups = {str(clause): rows for clause, rows in lines.groupby("clause", observed=True)}
    # What weighs most comes first, for texts that name only the beginning: vetoes, then by subjects, then by points lost.
    weight = {
        clause: (rows["part"].iloc[0] != "veto", -len(rows), -float(rows["points"].sum()), order.get(clause, len(order)))
        for clause, rows in groups.items()
    }
    for clause in sorted(groups, key=weight.__getitem__):
        name, rows, said = f"{root}.{clause_key(clause)}", groups[clause], words[clause]
        subjects = rows.drop_duplicates("subject_id")
        _add_words(collector, name, said)
        collector.text(f"{name}.part", rows["part"].iloc[0], "条款所属部分")
        collector.listed(f"{name}.subjects", f"{name}.names", subjects, f"{what}中违反条款{clause}的")
        total = float(rows["count"].astype("float64").fillna(1).sum())
        if said.is_count and total.is_integer():
            collector.count(f"{name}.count", total, f"{what}中条款{clause}的问题数合计")
        else:
            collector.absent(f"{name}.count", "该条款不按数量计")


def _add_words(collector: Collector, name: str, said: ClauseWords) -> None:
    for key in ("clause", "problem", "remedy", "indicator", "indicator_name", "unit"):
        collector.text(f"{name}.{key}", getattr(said, key), "指标体系的条款")
    collector.text(f"{name}.label", said.name, "指标体系的条款名称")


def _add_main_reasons(
    collector: Collector, scope: str, result: PeriodResult, failing: pd.DataFrame, words: dict[str, ClauseWords]
) -> None:
    """Split the unqualified by their first breached veto indicator, so that the parts add up to the whole."""
    root, title = f"{scope}.main_reasons", SCOPE_TITLES[scope]
    collector.open(root)
    order = {clause: position for position, clause in enumerate(words)}
    first = failing.assign(position=failing["clause"].astype("string").map(order)).sort_values("position", kind="stable")
    first = first.drop_duplicates("subject_id")
    unqualified = result.of_kind(SCOPES[scope])
    unqualified = unqualified[unqualified["verdict"] == UNQUALIFIED]
    rest = unqualified[~unqualified["subject_id"].isin(first["subject_id"])]
    indicator_names = {said.indicator: said.indicator_name for said in words.values()}
    groups = {str(indicator): rows for indicator, rows in first.groupby("indicator", observed=True)}
    counts: list[str] = []
    for indicator in sorted(groups, key=lambda i: (-len(groups[i]), groups[i]["position"].min())):
        name = f"{root}.{clause_key(indicator)}"
        collector.text(f"{name}.label", indicator_names[indicator], "指标体系的指标名称")
        collector.text(f"{name}.indicator", indicator, "指标体系的指标")
        what = f"首个单项否决指标为{indicator}的不合格{title}"
        collector.listed(f"{name}.count", f"{name}.names", groups[indicator], what)
        counts.append(f"{name}.count")
    if len(rest):
        name = f"{root}.{BELOW_MARK}"
        collector.text(f"{name}.indicator", "", "总分不足")
        collector.listed(f"{name}.count", f"{name}.names", rest, f"无单项否决而总分不足的不合格{title}")
        counts.append(f"{name}.count")
    collector.split(f"{scope}.unqualified", counts)
