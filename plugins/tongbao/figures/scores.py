"""Scores of the subjects that carry points: average, bands, ranking with ties."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from tongbao.figures.collector import Collector
from tongbao.figures.groups import SCOPE_TITLES, SCOPES
from tongbao.figures.result import NOT_INSPECTED, PeriodResult
from tongbao.indicators import IndicatorSet

_RANKS = 10


def hundredths(value: Any) -> Decimal:
    """A score to two decimals, half up, whatever number type it arrives in."""
    return Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def add_scores(collector: Collector, result: PeriodResult, scope: str, indicator_set: IndicatorSet) -> None:
    """Add ``<scope>.scored``, average, highest and lowest score, ``bands`` at the set's gates, and ``ranking``.

    Only for one kind of subject: scores of websites and accounts are not on one scale.
    """
    subjects, title = result.of_kind(SCOPES[scope]), SCOPE_TITLES[scope]
    scored = subjects[subjects["score"].notna() & (subjects["verdict"] != NOT_INSPECTED)]
    collector.count(f"{scope}.scored", len(scored), f"有得分的已检{title}")
    collector.open(f"{scope}.ranking")
    collector.open(f"{scope}.bands")
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
    _add_ranking(collector, scope, scored, scores)


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


def _add_ranking(collector: Collector, scope: str, scored: pd.DataFrame, scores: pd.Series) -> None:
    """The first ranks; equal scores share a rank (并列), and the next rank follows the number of those before."""
    ranks = pd.Series(pd.to_numeric(scores).rank(method="min", ascending=False), index=scored.index)
    for rank in sorted(int(r) for r in ranks.unique())[:_RANKS]:
        name, rows = f"{scope}.ranking.{rank}", scored[ranks == rank]
        collector.count(f"{name}.rank", rank, "按得分从高到低的名次")
        collector.score(f"{name}.score", scores[rows.index[0]], "该名次的得分")
        collector.listed(f"{name}.count", f"{name}.names", rows, f"得分列第{rank}名的{SCOPE_TITLES[scope]}")
