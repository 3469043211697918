"""The model of an indicator set: which clauses are judged, how, and what each breach costs."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from tongbao.errors import ConfigurationError
from tongbao.feeds import Kind, UnitClass

CONDITIONS = ("at_least", "more_than", "at_most", "less_than")


class Part(StrEnum):
    """Which of the three parts an indicator belongs to."""

    VETO = "veto"
    DEDUCTION = "deduction"
    BONUS = "bonus"


class Verdict(StrEnum):
    """What a subject is found to be."""

    QUALIFIED = "qualified"
    UNQUALIFIED = "unqualified"
    NOT_INSPECTED = "not_inspected"


class ValueKind(StrEnum):
    """What the number of a measure says."""

    SHARE = "share"
    DAYS = "days"
    COUNT = "count"
    FLAG = "flag"


def _hundredths(value: Decimal) -> Decimal:
    cents = value.quantize(Decimal("0.01"))
    if cents != value or value < 0:
        raise ValueError("须为不小于 0 的数，最多两位小数")
    return cents


def _one_condition(condition: dict[str, float]) -> dict[str, float]:
    if len(condition) != 1 or next(iter(condition)) not in CONDITIONS:
        raise ValueError(f"须为 {'、'.join(CONDITIONS)} 中的一个")
    return condition


Points = Annotated[Decimal, AfterValidator(_hundredths)]
SetId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,59}$")]
RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z0-9]*(\.[A-Za-z0-9]+)*$")]


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Scope(_Rule):
    """Which subjects an indicator or clause applies to; an absent list means all."""

    kind: Kind
    portal_only: bool = False
    platforms: tuple[str, ...] | None = None
    not_platforms: tuple[str, ...] = ()
    unit_classes: tuple[UnitClass, ...] | None = None
    not_unit_classes: tuple[UnitClass, ...] = ()


class Wording(_Rule):
    """Own words for notices: ``problem`` fits into a sentence, ``remedy`` tells the unit what to do."""

    problem: str = Field(min_length=1)
    remedy: str = Field(min_length=1)


class Clause(_Rule):
    """One circumstance and what it costs: breached (for a bonus: met) once or per item.

    ``indicator``, ``part`` and ``scope`` are filled in from the indicator when the set is read.
    """

    id: RuleId
    indicator: RuleId
    part: Part
    scope: Scope
    name: str = Field(min_length=1)
    measure: str | None = None
    parameters: dict[str, Any] = {}
    condition: Annotated[dict[str, float], AfterValidator(_one_condition)] | None = None
    value: ValueKind = ValueKind.FLAG
    unit: str = "个"
    """The measure word of a count, e.g. 条."""
    finding: bool = True
    """Whether findings may name this clause; a person confirms or clears a measure so."""
    found_at_least: int = Field(default=1, ge=1)
    """What the counts of findings must add up to before the circumstance is there."""
    points: Points | Literal["cap"] = Decimal("0.00")
    per: Literal["once", "each"] = "once"
    unless: tuple[RuleId, ...] = ()
    """Clauses that, once charged, take the place of this one."""
    wording: Wording

    @property
    def problem(self) -> str:
        return self.wording.problem

    @property
    def remedy(self) -> str:
        return self.wording.remedy

    @property
    def is_count(self) -> bool:
        return self.per == "each" or self.value is ValueKind.COUNT


class Indicator(_Rule):
    """One level-2 indicator with its clauses; deductions or bonuses within it never exceed ``cap``."""

    id: RuleId
    name: str = Field(min_length=1)
    level1: str = ""
    part: Part
    cap: Points = Decimal("0.00")
    cap_for: dict[UnitClass, Points] = {}
    scope: Scope
    clauses: tuple[Clause, ...] = Field(min_length=1)

    def cap_of(self, unit_class: str | None) -> Decimal:
        return next((cap for known, cap in self.cap_for.items() if known == unit_class), self.cap)


class Level1Totals(_Rule):
    """What the caps of each level-1 group add up to, by its name; checked when the set is read."""

    deduction: dict[str, Points] = {}
    bonus: dict[str, Points] = {}


class Totals(_Rule):
    """Points to start from and points to be won."""

    deduction: Points
    bonus: Points = Decimal("0.00")
    level1: Level1Totals = Level1Totals()


class Gates(_Rule):
    """The lines between passing and failing; scores are compared after scaling, before rounding."""

    fail_below: Points | None = None
    fail_below_for: dict[UnitClass, Points] = {}
    bonus_above: Points | None = None
    bonus_above_for: dict[UnitClass, Points] = {}
    fail_deducted: Points | None = None
    """Fails whoever lost this many points or more."""
    veto_ceiling: Points | None = None
    """Scores a vetoed subject all the same, but never above this; null leaves it unscored."""


class AccountPoints(_Rule):
    """Points for new-media accounts: nationally none, some regions give them."""

    totals: Totals
    gates: Gates


class Grade(_Rule):
    """The printed name of a verdict; among several, the one with the highest ``at_least`` reached."""

    name: str
    verdict: Literal[Verdict.QUALIFIED, Verdict.UNQUALIFIED]
    at_least: Points = Decimal("0.00")


class NoServices(_Rule):
    """What is left out for sponsors without public services, and how the rest is scaled."""

    indicators: tuple[RuleId, ...] = ()
    scale: tuple[int, int] = (1, 1)
    unit_classes: tuple[UnitClass, ...] | None = None


class Reasons(_Rule):
    """Why a subject has its verdict, in the office's words."""

    not_drawn: str
    not_observed: str
    nothing_usable: str
    veto: str
    below: str
    deducted: str
    passed: str
    passed_with_score: str


class Notes(_Rule):
    """What a line of the score sheet adds to its state, in the office's words."""

    no_evidence: str
    check_on_record: str
    no_bonus_reported: str
    cleared: str
    no_description: str
    short: str
    replaced: str
    measured: str


class IndicatorSet(_Rule):
    """One set of indicators as valid from one day to another; overlays are already merged in."""

    id: SetId
    title: str
    document: str
    valid_from: date
    valid_to: date | None = None
    extends: SetId | None = None
    totals: Totals
    gates: Gates
    accounts: AccountPoints | None = None
    grades: tuple[Grade, ...]
    no_services: NoServices = NoServices()
    reasons: Reasons
    notes: Notes
    indicators: tuple[Indicator, ...]

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """All clauses in the order of the set."""
        return tuple(clause for indicator in self.indicators for clause in indicator.clauses)

    @cached_property
    def _clauses_by_id(self) -> dict[str, Clause]:
        return {clause.id: clause for clause in self.clauses}

    @cached_property
    def _indicators_by_id(self) -> dict[str, Indicator]:
        return {indicator.id: indicator for indicator in self.indicators}

    def clause(self, clause_id: str) -> Clause:
        if clause_id not in self._clauses_by_id:
            raise ConfigurationError(
                f"指标体系 {self.id} 没有条款“{clause_id}”",
                remedy=f"请从 config/indicators/{self.id}.yaml 中选用条款号",
                value=clause_id,
            )
        return self._clauses_by_id[clause_id]

    def indicator(self, indicator_id: str) -> Indicator:
        if indicator_id not in self._indicators_by_id:
            raise ConfigurationError(
                f"指标体系 {self.id} 没有指标“{indicator_id}”",
                remedy=f"请从 config/indicators/{self.id}.yaml 中选用指标号",
                value=indicator_id,
            )
        return self._indicators_by_id[indicator_id]

    def measure_clauses(self) -> tuple[Clause, ...]:
        """List the clauses decided by a measure: each has id, measure, parameters and condition."""
        return tuple(clause for clause in self.clauses if clause.measure)

    def accepted_clauses(self) -> dict[str, str]:
        """List every spelling a findings table may use, mapped to the clause id.

        Clause ids in any of their own, upper or lower case; names where they are unique; the id and
        name of an indicator where exactly one of its clauses takes findings.
        """
        names = Counter(name for _, named in self._spellings() for name in named)
        accepted: dict[str, str] = {}
        for clause_id, spellings in self._spellings():
            accepted.update({spelling: clause_id for spelling in spellings if names[spelling] == 1})
        return accepted

    def _spellings(self) -> Iterator[tuple[str, set[str]]]:
        for indicator in self.indicators:
            taking = [clause for clause in indicator.clauses if clause.finding]
            for clause in taking:
                spellings = {clause.id, clause.id.lower(), clause.id.upper(), clause.name}
                if len(taking) == 1:
                    spellings |= {indicator.id, indicator.id.lower(), indicator.id.upper(), indicator.name}
                yield clause.id, spellings

    def points_of(self, kind: Kind) -> tuple[Totals, Gates] | None:
        """Totals and gates of one kind of subject; None where that kind has verdicts but no points."""
        if kind is Kind.WEBSITE:
            return self.totals, self.gates
        return (self.accounts.totals, self.accounts.gates) if self.accounts else None

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    @cached_property
    def hash(self) -> str:
        """Sha256 of the merged content: comments and layout of the files do not touch it."""
        content = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()
