"""Regions against each other: which are free of failures, their ranks by pass rate, and how these moved.

Only regions beneath the office's own level are compared, and of these only those of which something was inspected.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import pandas as pd

from tongbao.figures.collector import Collector
from tongbao.figures.groups import SCOPE_TITLES, SCOPES, Tally, tallies
from tongbao.figures.model import Named
from tongbao.figures.result import OWN, QUALIFIED, UNQUALIFIED, PeriodResult, key_texts
from tongbao.formatting import pinyin_order

_UNFILLED = "未填写"


def add_regions(collector: Collector, result: PeriodResult, previous: PeriodResult | None, scope: str) -> None:
    """Add ``<scope>.perfect_regions`` and ``imperfect_regions``, ``region_ranking`` by rank and ``region_standings`` by region.

    Regions of equal pass rate share a rank (并列), and the next rank follows the number of those before.
    """
    title, regions = SCOPE_TITLES[scope], _ranked(result, scope)
    collector.count(f"{scope}.regions", len(regions), f"已检{title}的地区")
    _add_perfect(collector, scope, regions, title)
    _add_standings(collector, scope, regions, title)
    if previous is None:
        for region in regions:
            for name in ("previous_rank", "rank_change", "previous_pass_rate", "pass_rate_change"):
                collector.absent(f"{scope}.region_standings.{region.name}.{name}", "没有可比较的往期结果")
    else:
        with collector.compared_with(previous):
            _add_movements(collector, scope, regions, _ranked(previous, scope), f"{previous.period.title}{title}")
    _add_ranking(collector, scope, regions, title)


class _Region(NamedTuple):
    """One region's counts and its rank by pass rate."""

    name: str
    rank: int
    counts: Tally


def _ranked(result: PeriodResult, scope: str) -> list[_Region]:
    """The regions compared: best first, ties by number inspected and pinyin."""
    standing, kind = result.standing, SCOPES[scope]
    rows = standing if kind is None else standing[standing["kind"] == kind.value]
    regions = key_texts(rows["region"])
    is_compared = ((regions != _UNFILLED) & (result.levels(rows["region"]) != OWN)).to_numpy()
    subjects = pd.DataFrame({"verdict": rows["verdict"], "region_key": regions})[is_compared]
    groups = [group for group in tallies(subjects, ("region",)) if group.inspected]
    rates = [Fraction(group.qualified, group.inspected) for group in groups]
    best_first = sorted(rates, reverse=True)
    ranks = {rate: best_first.index(rate) + 1 for rate in set(rates)}
    ranked = [_Region(group.keys[0], ranks[rate], group) for group, rate in zip(groups, rates, strict=True)]
    return sorted(ranked, key=lambda region: (region.rank, -region.counts.inspected, pinyin_order(region.name)))


def _named(regions: Iterable[_Region]) -> list[Named]:
    return [Named(region.name) for region in regions]


def _add_perfect(collector: Collector, scope: str, regions: list[_Region], title: str) -> None:
    for name, is_perfect, said in (("perfect_regions", True, "全部合格"), ("imperfect_regions", False, "有不合格")):
        root, wanted = f"{scope}.{name}", [region for region in regions if (not region.counts.unqualified) is is_perfect]
        collector.itemised(root, f"{root}_names", _named(wanted), f"已检{title}{said}的地区")
        for count, what in (("inspected", "已检"), (QUALIFIED, "合格")):
            collector.count(
                f"{root}_{count}", sum(getattr(region.counts, count) for region in wanted), f"{said}的地区{what}的{title}"
            )
        collector.rate(f"{root}_rate", f"{root}_{QUALIFIED}", f"{root}_inspected")


def _add_standings(collector: Collector, scope: str, regions: list[_Region], title: str) -> None:
    collector.open(f"{scope}.region_standings")
    for region in regions:
        name, said = f"{scope}.region_standings.{region.name}", f"地区为“{region.name}”的{title}"
        collector.text(f"{name}.label", region.name, said)
        collector.count(f"{name}.rank", region.rank, f"{said}按合格率从高到低的名次")
        for count, what in (
            ("declared", "在运行且已报备"),
            ("inspected", "已检"),
            (QUALIFIED, "合格"),
            (UNQUALIFIED, "不合格"),
        ):
            collector.count(f"{name}.{count}", getattr(region.counts, count), f"{what}、{said}")
        collector.rate(f"{name}.pass_rate", f"{name}.{QUALIFIED}", f"{name}.inspected")
        collector.split(f"{name}.inspected", (f"{name}.{QUALIFIED}", f"{name}.{UNQUALIFIED}"))


def _add_movements(collector: Collector, scope: str, regions: list[_Region], before: list[_Region], what: str) -> None:
    earlier = {region.name: region for region in before}
    for region in (region.name for region in regions):
        name = f"{scope}.region_standings.{region}"
        if then := earlier.get(region):
            collector.count(f"{name}.previous_rank", then.rank, f"地区为“{region}”的{what}按合格率从高到低的名次")
            for count, said in (("inspected", "已检"), (QUALIFIED, "合格")):
                collector.count(f"{name}.previous_{count}", getattr(then.counts, count), f"{said}、地区为“{region}”的{what}")
            collector.rate(f"{name}.previous_pass_rate", f"{name}.previous_{QUALIFIED}", f"{name}.previous_inspected")
        else:
            collector.absent(f"{name}.previous_rank", "上期没有名次")
            collector.absent(f"{name}.previous_pass_rate", "上期没有合格率")
        # Up is better, so the earlier rank is what the new one is taken from.
        collector.difference(f"{name}.rank_change", f"{name}.previous_rank", f"{name}.rank")
        collector.difference(f"{name}.pass_rate_change", f"{name}.pass_rate", f"{name}.previous_pass_rate")


def _add_ranking(collector: Collector, scope: str, regions: list[_Region], title: str) -> None:
    collector.open(f"{scope}.region_ranking")
    for rank, sharing in groupby(regions, key=attrgetter("rank")):
        items = _named(sharing)
        name, first = f"{scope}.region_ranking.{rank}", f"{scope}.region_standings.{items[0].name}"
        collector.count(f"{name}.rank", rank, "按合格率从高到低的名次")
        collector.rate(f"{name}.pass_rate", f"{first}.{QUALIFIED}", f"{first}.inspected")
        collector.itemised(f"{name}.count", f"{name}.names", items, f"合格率列第{rank}名的{title}的地区")
