"""How many subjects meet one clause: shares such as IPv6 support, which circulars tell beside the verdicts."""

from __future__ import annotations

from tongbao.figures.collector import Collector
from tongbao.figures.groups import SCOPE_TITLES, SCOPES
from tongbao.figures.problems import clause_key
from tongbao.figures.result import PeriodResult
from tongbao.indicators import IndicatorSet


def add_clause_rates(collector: Collector, result: PeriodResult, scope: str, indicator_set: IndicatorSet) -> None:
    """Add ``<scope>.clauses.<clause>``: how many declared subjects were judged by it, met it and breached it, and the shares.

    A subject of which the clause was not measured, or was blocked, is not judged by it.
    """
    collector.open(f"{scope}.clauses")
    counts = result.clause_counts.to_dict("index")
    for clause in indicator_set.clauses:
        if clause.id not in counts or clause.scope.kind is not SCOPES[scope]:
            continue
        name, said = f"{scope}.clauses.{clause_key(clause.id)}", f"已报备的{SCOPE_TITLES[scope]}中"
        met, breached = (int(counts[clause.id][state]) for state in ("met", "breached"))
        collector.text(f"{name}.label", clause.name, "指标体系的条款名称")
        collector.count(f"{name}.judged", met + breached, f"{said}已按条款{clause.id}作出判定的")
        collector.count(f"{name}.met", met, f"{said}符合条款{clause.id}的")
        collector.count(f"{name}.breached", breached, f"{said}违反条款{clause.id}的")
        collector.split(f"{name}.judged", (f"{name}.met", f"{name}.breached"))
        collector.rate(f"{name}.met_rate", f"{name}.met", f"{name}.judged")
        collector.rate(f"{name}.breached_rate", f"{name}.breached", f"{name}.judged")
