"""Regions against each other: which are free of failures, their ranks by pass rate, and how these moved.

Only regions beneath the office's own level are compared, and of these only those of which something was inspected.
"""

from __future__ import annotations

import pandas as pd

from tongbao.figures.collector import Collector
from tongbao.figures.groups import SCOPE_TITLES, SCOPES
from tongbao.figures.result import NOT_INSPECTED, OWN, QUALIFIED, UNQUALIFIED, PeriodResult, key_texts
from tongbao.formatting import pinyin_order

_UNFILLED = "未填写"


def add_regions(collector: Collector, result: PeriodResult, previous: PeriodResult | None, scope: str) -> None:
    """Add ``<scope>.perfect_regions`` and ``imperfect_regions``, ``region_ranking`` by rank and ``region_standings`` by region.

    Regions of equal pass rate share a rank (并列), and the next rank follows the number of those before.
    """
    title, table = SCOPE_TITLES[scope], _table(result, scope)
    collector.count(f"{scope}.regions", len(table), f"已检{title}的地区")
    _add_perfect(collector, scope, table, title)
    _add_standings(collector, scope, table, title)
    if previous is None:
        for region in table["region"]:
            for name in ("previous_rank", "rank_change", "previous_pass_rate", "pass_rate_change"):
                collector.absent(f"{scope}.region_standings.{region}.{name}", "没有可比较的往期结果")
    else:
        with collector.compared_with(previous):
            _add_movements(collector, scope, table, _table(previous, scope), f"{previous.period.title}{title}")
    _add_ranking(collector, scope, table, title)


def _table(result: PeriodResult, scope: str) -> pd.DataFrame:
    """Columns region, declared, inspected, qualified, unqualified, rank: best first, ties by number inspected and pinyin."""
    standing, kind = result.standing, SCOPES[scope]
    rows = standing if kind is None else standing[standing["kind"] == kind.value]
    regions = key_texts(rows["region"]).astype("object")
    is_compared = (regions != _UNFILLED) & (result.levels(rows["region"]) != OWN)
    verdicts = rows["verdict"]
    flags = pd.DataFrame({verdict: verdicts == verdict for verdict in (QUALIFIED, UNQUALIFIED, NOT_INSPECTED)}).astype("int64")
    table = flags[is_compared].groupby(regions[is_compared].rename("region")).sum().reset_index()
    table["inspected"] = table[QUALIFIED] + table[UNQUALIFIED]
    table["declared"] = table["inspected"] + table[NOT_INSPECTED]
    table = table[table["inspected"] > 0]
    table["rank"] = (table[QUALIFIED] / table["inspected"]).rank(method="min", ascending=False).astype("int64")
    table["name"] = table["region"].map(pinyin_order)
    return table.sort_values(["rank", "inspected", "name"], ascending=[True, False, True], ignore_index=True)


def _named(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(name=table["region"], sponsor="", platform="")


def _add_perfect(collector: Collector, scope: str, table: pd.DataFrame, title: str) -> None:
    perfect = table[UNQUALIFIED] == 0
    for name, rows, said in (("perfect_regions", table[perfect], "全部合格"), ("imperfect_regions", table[~perfect], "有不合格")):
        root = f"{scope}.{name}"
        collector.listed(root, f"{root}_names", _named(rows), f"已检{title}{said}的地区")
        for count, what in (("inspected", "已检"), (QUALIFIED, "合格")):
            collector.count(f"{root}_{count}", rows[count].sum(), f"{said}的地区{what}的{title}")
        collector.rate(f"{root}_rate", f"{root}_{QUALIFIED}", f"{root}_inspected")


def _add_standings(collector: Collector, scope: str, table: pd.DataFrame, title: str) -> None:
    collector.open(f"{scope}.region_standings")
    for row in table.to_dict("records"):
        name, said = f"{scope}.region_standings.{row['region']}", f"地区为“{row['region']}”的{title}"
        collector.text(f"{name}.label", row["region"], f"{said}")
        collector.count(f"{name}.rank", row["rank"], f"{said}按合格率从高到低的名次")
        for count, what in (
            ("declared", "在运行且已报备"),
            ("inspected", "已检"),
            (QUALIFIED, "合格"),
            (UNQUALIFIED, "不合格"),
        ):
            collector.count(f"{name}.{count}", row[count], f"{what}、{said}")
        collector.rate(f"{name}.pass_rate", f"{name}.{QUALIFIED}", f"{name}.inspected")
        collector.split(f"{name}.inspected", (f"{name}.{QUALIFIED}", f"{name}.{UNQUALIFIED}"))


def _add_movements(collector: Collector, scope: str, table: pd.DataFrame, before: pd.DataFrame, what: str) -> None:
    earlier = before.set_index("region")
    for region in table["region"]:
        name = f"{scope}.region_standings.{region}"
        if region in earlier.index:
            row = earlier.loc[region]
            collector.count(f"{name}.previous_rank", row["rank"], f"地区为“{region}”的{what}按合格率从高到低的名次")
            for count, said in (("inspected", "已检"), (QUALIFIED, "合格")):
                collector.count(f"{name}.previous_{count}", row[count], f"{said}、地区为“{region}”的{what}")
            collector.rate(f"{name}.previous_pass_rate", f"{name}.previous_{QUALIFIED}", f"{name}.previous_inspected")
        else:
            collector.absent(f"{name}.previous_rank", "上期没有名次")
            collector.absent(f"{name}.previous_pass_rate", "上期没有合格率")
        # Up is better, so the earlier rank is what the new one is taken from.
        collector.difference(f"{name}.rank_change", f"{name}.previous_rank", f"{name}.rank")
        collector.difference(f"{name}.pass_rate_change", f"{name}.pass_rate", f"{name}.previous_pass_rate")


def _add_ranking(collector: Collector, scope: str, table: pd.DataFrame, title: str) -> None:
    collector.open(f"{scope}.region_ranking")
    for rank, rows in table.groupby("rank"):
        name, first = f"{scope}.region_ranking.{rank}", f"{scope}.region_standings.{rows['region'].iloc[0]}"
        collector.count(f"{name}.rank", rank, "按合格率从高到低的名次")
        collector.rate(f"{name}.pass_rate", f"{first}.{QUALIFIED}", f"{first}.inspected")
        collector.listed(f"{name}.count", f"{name}.names", _named(rows), f"合格率列第{rank}名的{title}的地区")
