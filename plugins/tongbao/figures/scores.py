"""Scores of the subjects that carry points: average, bands, ranking with ties."""

from __future__ import annotations

from contextlib import nullcontext
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from tongbao.figures.collector import Collector
from tongbao.figures.groups import SCOPE_TITLES, SCOPES
from tongbao.figures.model import segment
from tongbao.figures.result import NOT_INSPECTED, QUALIFIED, PeriodResult
from tongbao.formatting import pinyin_order
from tongbao.indicators import IndicatorSet

_RANKS = 10
_STANDINGS = 200


def hundredths(value: Any) -> Decimal:
    """A score to two decimals, half up, whatever number type it arrives in."""
    return Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def add_scores(
    collector: Collector, result: PeriodResult, previous: PeriodResult | None, scope: str, indicator_set: IndicatorSet
) -> None:
    """Add ``<scope>.scored``, average, highest and lowest score, ``bands`` at the set's gates, ``grades``, ``ranking``,
    ``lowest`` (the last ranks from the last one up) and ``standings``: each of the first subjects with its rank and movement.

    Only for one kind of subject: scores of websites and accounts are not on one scale.
    """
    subjects, title = result.of_kind(SCOPES[scope]), SCOPE_TITLES[scope]
    _add_grades(collector, scope, subjects, indicator_set)
    scored = subjects[subjects["score"].notna() & (subjects["verdict"] != NOT_INSPECTED)]
    collector.count(f"{scope}.scored", len(scored), f"有得分的已检{title}")
    for group in ("ranking", "lowest", "bands", "standings"):
        collector.open(f"{scope}.{group}")
    names = ("average_score", "highest_score", "lowest_score")
    if scored.empty:
        for name in names:
            collector.absent(f"{scope}.{name}", "没有得分的对象")
        return
    scores = scored["score"].map(hundredths)
    values = (hundredths(sum(scores) / len(scores)), max(scores), min(scores))
    for name, value in zip(names, values, strict=True):
        collector.score(f"{scope}.{name}", value, f"有得分的已检{title}的得分")
    kind = SCOPES[scope]
    points = indicator_set.points_of(kind) if kind else None
    if points and points[1].fail_below is not None and points[1].bonus_above is not None:
        _add_bands(collector, scope, scores, points[1].fail_below, points[1].bonus_above)
    ranks = _ranks(scores)
    ordered = sorted({int(rank) for rank in ranks})
    _add_ranking(collector, f"{scope}.ranking", scored, scores, ranks, ordered[:_RANKS])
    _add_ranking(collector, f"{scope}.lowest", scored, scores, ranks, ordered[::-1][:_RANKS])
    _add_standings(collector, scope, scored.assign(score=scores, rank=ranks), previous)


def _ranks(scores: pd.Series) -> pd.Series:
    """Equal scores share a rank (并列), and the next rank follows the number of those before."""
    return pd.Series(pd.to_numeric(scores).rank(method="min", ascending=False), index=scores.index).astype("int64")


def _add_grades(collector: Collector, scope: str, subjects: pd.DataFrame, indicator_set: IndicatorSet) -> None:
    """Add ``<scope>.grades``: how many inspected subjects reached each grade of the set, the best first."""
    root, title = f"{scope}.grades", SCOPE_TITLES[scope]
    collector.open(root)
    inspected = subjects[subjects["verdict"] != NOT_INSPECTED]
    grades = sorted(indicator_set.grades, key=lambda grade: (grade.verdict != QUALIFIED, -grade.at_least))
    names = [f"{root}.{place}" for place in range(1, len(grades) + 1)]
    for name, grade in zip(names, grades, strict=True):
        rows = inspected[inspected["grade"] == grade.name]
        collector.text(f"{name}.label", grade.name, "指标体系的等次")
        collector.score(f"{name}.at_least", grade.at_least, "指标体系的等次界限")
        collector.listed(f"{name}.count", f"{name}.names", rows, f"等次为“{grade.name}”的已检{title}")
        collector.rate(f"{name}.share", f"{name}.count", f"{scope}.inspected")
    if inspected["grade"].isin([grade.name for grade in grades]).all():
        collector.split(f"{scope}.inspected", (f"{name}.count" for name in names))


def _add_bands(collector: Collector, scope: str, scores: pd.Series, fail_below: Decimal, bonus_above: Decimal) -> None:
    """Bands from the highest down; the bonus gate itself belongs to the band below it, the pass mark to the one above."""
    bands = {
        "above": scores > bonus_above,
        "between": (scores <= bonus_above) & (scores >= fail_below),
        "below": scores < fail_below,
    }
    collector.score(f"{scope}.bands.bonus_above", bonus_above, "指标体系的加分界限")
    collector.score(f"{scope}.bands.fail_below", fail_below, "指标体系的合格界限")
    for name, within in bands.items():
        collector.count(f"{scope}.bands.{name}", within.sum(), f"得分段内的{SCOPE_TITLES[scope]}")
    collector.split(f"{scope}.scored", (f"{scope}.bands.{name}" for name in bands))


def _add_ranking(
    collector: Collector, root: str, scored: pd.DataFrame, scores: pd.Series, ranks: pd.Series, wanted: list[int]
) -> None:
    """The wanted ranks in that order, each with all who share it."""
    scope = root.partition(".")[0]
    for rank in wanted:
        name, rows = f"{root}.{rank}", scored[ranks == rank]
        collector.count(f"{name}.rank", rank, "按得分从高到低的名次")
        collector.score(f"{name}.score", scores[rows.index[0]], "该名次的得分")
        collector.listed(f"{name}.count", f"{name}.names", rows, f"得分列第{rank}名的{SCOPE_TITLES[scope]}")


def _add_standings(collector: Collector, scope: str, scored: pd.DataFrame, previous: PeriodResult | None) -> None:
    """The first subjects one by one, best first: name, region, score, rank, and the rank and score of the period before."""
    root = f"{scope}.standings"
    ordered = scored.assign(place=scored["name"].map(pinyin_order)).sort_values(["rank", "place", "subject_id"])
    rows = ordered.head(_STANDINGS)
    before = _earlier_ranks(previous, scope) if previous else None
    for row in rows.to_dict("records"):
        name, said = f"{root}.{segment(row['subject_id'])}", f"对象{row['subject_id']}"
        for key in ("name", "sponsor", "region"):
            collector.text(f"{name}.{'label' if key == 'name' else key}", _text(row[key]), f"{said}的名册")
        collector.text(f"{name}.grade", row["grade"], f"{said}的等次")
        collector.score(f"{name}.score", row["score"], f"{said}的得分")
        collector.count(f"{name}.rank", row["rank"], f"{said}按得分从高到低的名次")
        if before is None or row["subject_id"] not in before.index:
            for key in ("previous_score", "previous_rank", "rank_change", "score_change"):
                collector.absent(f"{name}.{key}", "上期没有得分")
            continue
        with collector.compared_with(previous) if previous else nullcontext():
            earlier = before.loc[row["subject_id"]]
            collector.score(f"{name}.previous_score", earlier["score"], f"{said}上期的得分")
            collector.count(f"{name}.previous_rank", earlier["rank"], f"{said}上期的名次")
            # Up is better, so the earlier rank is what the new one is taken from.
            collector.difference(f"{name}.rank_change", f"{name}.previous_rank", f"{name}.rank")
            collector.difference(f"{name}.score_change", f"{name}.score", f"{name}.previous_score")


def _earlier_ranks(previous: PeriodResult, scope: str) -> pd.DataFrame:
    standing, kind = previous.standing, SCOPES[scope]
    of_kind = standing if kind is None else standing[standing["kind"] == kind.value]
    scored = of_kind[of_kind["score"].notna() & (of_kind["verdict"] != NOT_INSPECTED)].set_index("subject_id")
    scores = scored["score"].map(hundredths)
    return pd.DataFrame({"score": scores, "rank": _ranks(scores)})


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value)
