"""The indicator set as tables the scorer joins: points and caps in whole hundredths."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa

from tongbao.feeds import Kind
from tongbao.indicator_model import Clause, IndicatorSet, Part

_WORDS = pa.list_(pa.string())
_RULES = pa.schema(
    [
        ("rule", pa.int32()),
        ("clause", pa.string()),
        ("indicator", pa.string()),
        ("indicator_number", pa.int32()),
        ("indicator_name", pa.string()),
        ("part", pa.string()),
        ("is_bonus", pa.bool_()),
        ("charging_state", pa.string()),
        ("clearing_state", pa.string()),
        ("kind", pa.string()),
        ("portal_only", pa.bool_()),
        ("platforms", _WORDS),
        ("not_platforms", _WORDS),
        ("unit_classes", _WORDS),
        ("not_unit_classes", _WORDS),
        ("is_for_services", pa.bool_()),
        ("has_measure", pa.bool_()),
        ("is_count", pa.bool_()),
        ("is_each", pa.bool_()),
        ("unit", pa.string()),
        ("found_at_least", pa.int64()),
        ("points", pa.int64()),
        ("cap", pa.int64()),
    ]
)
_REPLACEMENTS = pa.schema([("rule", pa.int32()), ("other", pa.int32())])
_CLASS_CAPS = pa.schema([("indicator_number", pa.int32()), ("unit_class", pa.string()), ("cap", pa.int64())])
_GATES = pa.schema(
    [("kind", pa.string())] + [(n, pa.int64()) for n in ("total", "fail_below", "bonus_above", "fail_deducted", "veto_ceiling")]
)
_CLASS_GATES = pa.schema(
    [("kind", pa.string()), ("unit_class", pa.string()), ("fail_below", pa.int64()), ("bonus_above", pa.int64())]
)
_GRADES = pa.schema([("place", pa.int64()), ("name", pa.string()), ("verdict", pa.string()), ("at_least", pa.int64())])


def rule_tables(indicator_set: IndicatorSet) -> dict[str, pa.Table]:
    """Lay the set out as tables: rules, replacements (``unless``), class_caps, gates, class_gates, grades."""
    numbers = {indicator.id: number for number, indicator in enumerate(indicator_set.indicators)}
    places = {clause.id: rule for rule, clause in enumerate(indicator_set.clauses)}
    rules = [_rule(place, numbers[clause.indicator], clause, indicator_set) for place, clause in enumerate(indicator_set.clauses)]
    replacements = [{"rule": places[c.id], "other": places[other]} for c in indicator_set.clauses for other in c.unless]
    class_caps = [
        {"indicator_number": numbers[indicator.id], "unit_class": unit_class.value, "cap": _cents(cap)}
        for indicator in indicator_set.indicators
        for unit_class, cap in indicator.cap_for.items()
    ]
    grades = [
        {"place": place, "name": grade.name, "verdict": grade.verdict.value, "at_least": _cents(grade.at_least)}
        for place, grade in enumerate(indicator_set.grades)
    ]
    gates, class_gates = _gates(indicator_set)
    return {
        "rules": pa.Table.from_pylist(rules, _RULES),
        "replacements": pa.Table.from_pylist(replacements, _REPLACEMENTS),
        "class_caps": pa.Table.from_pylist(class_caps, _CLASS_CAPS),
        "gates": pa.Table.from_pylist(gates, _GATES),
        "class_gates": pa.Table.from_pylist(class_gates, _CLASS_GATES),
        "grades": pa.Table.from_pylist(grades, _GRADES),
    }


def _cents(points: Decimal | None) -> int | None:
    return None if points is None else int(points * 100)


def _rule(place: int, number: int, clause: Clause, indicator_set: IndicatorSet) -> dict[str, Any]:
    indicator, scope, is_bonus = indicator_set.indicator(clause.indicator), clause.scope, clause.part is Part.BONUS
    return {
        "rule": place,
        "clause": clause.id,
        "indicator": clause.indicator,
        "indicator_number": number,
        "indicator_name": indicator.name,
        "part": clause.part.value,
        "is_bonus": is_bonus,
        "charging_state": "met" if is_bonus else "breached",
        "clearing_state": "breached" if is_bonus else "met",
        "kind": scope.kind.value,
        "portal_only": scope.portal_only,
        "platforms": scope.platforms,
        "not_platforms": scope.not_platforms,
        "unit_classes": scope.unit_classes and [unit_class.value for unit_class in scope.unit_classes],
        "not_unit_classes": [unit_class.value for unit_class in scope.not_unit_classes],
        "is_for_services": clause.indicator in indicator_set.no_services.indicators,
        "has_measure": clause.measure is not None,
        "is_count": clause.is_count,
        "is_each": clause.per == "each",
        "unit": clause.unit,
        "found_at_least": clause.found_at_least,
        "points": None if isinstance(clause.points, str) else _cents(clause.points),
        "cap": _cents(indicator.cap),
    }


def _gates(indicator_set: IndicatorSet) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    gates: list[dict[str, Any]] = []
    class_gates: list[dict[str, Any]] = []
    for kind in Kind:
        points = indicator_set.points_of(kind)
        if points is None:
            continue
        totals, gate = points
        gates.append(
            {
                "kind": kind.value,
                "total": _cents(totals.deduction),
                "fail_below": _cents(gate.fail_below),
                "bonus_above": _cents(gate.bonus_above),
                "fail_deducted": _cents(gate.fail_deducted),
                "veto_ceiling": _cents(gate.veto_ceiling),
            }
        )
        class_gates.extend(
            {
                "kind": kind.value,
                "unit_class": unit_class.value,
                "fail_below": _cents(gate.fail_below_for.get(unit_class)),
                "bonus_above": _cents(gate.bonus_above_for.get(unit_class)),
            }
            for unit_class in sorted({*gate.fail_below_for, *gate.bonus_above_for})
        )
    return gates, class_gates
