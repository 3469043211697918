"""What must hold within an indicator set: sums, references and unique names, each fault told in one sentence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal

from tongbao.feeds import Kind
from tongbao.indicator_model import Clause, IndicatorSet, Part, Verdict


def faults_of(indicator_set: IndicatorSet) -> Iterator[str]:
    """Yield every fault of the set, in Chinese and naming the indicator or clause."""
    yield from _ids(indicator_set)
    for clause in indicator_set.clauses:
        yield from _clause(clause, indicator_set)
    yield from _circles(indicator_set)
    yield from _sums(indicator_set)
    yield from _no_services(indicator_set)
    yield from _gates(indicator_set)
    verdicts = {grade.verdict for grade in indicator_set.grades}
    if verdicts != {Verdict.QUALIFIED, Verdict.UNQUALIFIED}:
        yield "grades 须至少有一个 qualified 和一个 unqualified"
    if indicator_set.valid_to and indicator_set.valid_to < indicator_set.valid_from:
        yield "valid_to 早于 valid_from"


def _ids(indicator_set: IndicatorSet) -> Iterator[str]:
    ids = [indicator.id.casefold() for indicator in indicator_set.indicators]
    ids += [clause.id.casefold() for clause in indicator_set.clauses]
    for repeated in (rule_id for rule_id, times in Counter(ids).items() if times > 1):
        yield f"{repeated.upper()} 出现了不止一次"
    for clause in indicator_set.clauses:
        if not clause.id.startswith(f"{clause.indicator}."):
            yield f"条款 {clause.id} 的编号须以 {clause.indicator}. 开头"


def _clause(clause: Clause, indicator_set: IndicatorSet) -> Iterator[str]:
    indicator = indicator_set.indicator(clause.indicator)
    if bool(clause.measure) != bool(clause.condition):
        yield f"条款 {clause.id} 的 measure 与 condition 须同时写或同时不写"
    if not clause.measure and not clause.finding:
        yield f"条款 {clause.id} 既无 measure 又不接受检查问题，无从判定"
    if clause.scope.kind is Kind.ACCOUNT and clause.scope.portal_only:
        yield f"条款 {clause.id} 适用于账号，不能限于门户网站"
    if clause.scope.kind is not indicator.scope.kind:
        yield f"条款 {clause.id} 与指标 {indicator.id} 适用的类别不同"
    if clause.part is Part.VETO:
        if clause.points != 0:
            yield f"单项否决条款 {clause.id} 不能有分值"
        return
    most = max([indicator.cap, *indicator.cap_for.values()])
    if clause.points != "cap" and not 0 < clause.points <= most:
        yield f"条款 {clause.id} 的分值 {clause.points} 须大于 0，且不超过指标上限 {most}"


def _circles(indicator_set: IndicatorSet) -> Iterator[str]:
    replaced_by = {clause.id: set(clause.unless) for clause in indicator_set.clauses}
    for clause_id, others in replaced_by.items():
        for unknown in sorted(others - set(replaced_by)):
            yield f"条款 {clause_id} 的 unless 所列 {unknown} 不存在"
        reached, ahead = set(), list(others)
        while ahead:
            step = ahead.pop()
            if step not in reached:
                reached.add(step)
                ahead.extend(replaced_by.get(step, ()))
        if clause_id in reached:
            yield f"条款 {clause_id} 的 unless 首尾相接，谁也不会计分"


def _sums(indicator_set: IndicatorSet) -> Iterator[str]:
    for kind in Kind:
        for part in (Part.DEDUCTION, Part.BONUS):
            caps: defaultdict[str, Decimal] = defaultdict(Decimal)
            for indicator in indicator_set.indicators:
                if indicator.part is part and indicator.scope.kind is kind:
                    caps[indicator.level1] += indicator.cap
            yield from _sum_of(indicator_set, kind, part, caps)


def _sum_of(indicator_set: IndicatorSet, kind: Kind, part: Part, caps: dict[str, Decimal]) -> Iterator[str]:
    points = indicator_set.points_of(kind)
    if points is None:
        if caps:
            yield f"{kind.value} 有计分指标，但没有写 accounts 的 totals 和 gates"
        return
    totals = points[0]
    total = totals.deduction if part is Part.DEDUCTION else totals.bonus
    together = sum(caps.values(), Decimal(0))
    if together != total:
        yield f"{kind.value} 的 {part.value} 各指标上限合计 {together}，与 totals 的 {total} 不等"
    for name, expected in (totals.level1.deduction if part is Part.DEDUCTION else totals.level1.bonus).items():
        found = caps.get(name, Decimal(0))
        if found != expected:
            yield f"一级指标“{name}”（{part.value}）各指标上限合计 {found}，与 totals.level1 的 {expected} 不等"


def _no_services(indicator_set: IndicatorSet) -> Iterator[str]:
    rule = indicator_set.no_services
    known = {indicator.id: indicator for indicator in indicator_set.indicators}
    for unknown in sorted(set(rule.indicators) - set(known)):
        yield f"no_services 所列指标 {unknown} 不存在"
    left_out = sum((known[i].cap for i in rule.indicators if i in known and known[i].part is Part.DEDUCTION), Decimal(0))
    times, over = rule.scale
    if over < 1 or times < over:
        yield f"no_services 的 scale {times}/{over} 不对"
    elif (indicator_set.totals.deduction - left_out) * times != indicator_set.totals.deduction * over:
        yield f"no_services 去掉 {left_out} 分后乘以 {times}/{over}，不等于 {indicator_set.totals.deduction} 分"


def _gates(indicator_set: IndicatorSet) -> Iterator[str]:
    for kind in Kind:
        points = indicator_set.points_of(kind)
        if not points:
            continue
        gates = points[1]
        classes = {None, *gates.fail_below_for, *gates.bonus_above_for}
        for unit_class in sorted(classes, key=str):
            fail = gates.fail_below if unit_class is None else gates.fail_below_for.get(unit_class, gates.fail_below)
            bonus = gates.bonus_above if unit_class is None else gates.bonus_above_for.get(unit_class, gates.bonus_above)
            if fail is not None and bonus is not None and bonus < fail:
                yield f"{kind.value} 的 bonus_above {bonus} 低于 fail_below {fail}"
