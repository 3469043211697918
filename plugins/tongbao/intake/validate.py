"""Every row of a delivery against its feed's suite: what is sent back and what is only remarked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tongbao.feeds import ColumnType, Feed
from tongbao.intake.suite import Outcome, Rule, Severity, Suite, load_suite, run_suite
from tongbao.period import SHANGHAI, Period

if TYPE_CHECKING:
    from tongbao.intake.normalise import Normalised
    from tongbao.intake.read import RawTable

PROBLEM_COLUMNS = ["position", "column", "value", "reason"]
EXAMPLES = 5
LONGEST_VALUE = 60
_INSTANT = pd.DatetimeTZDtype("us", SHANGHAI)


@dataclass(frozen=True)
class Surroundings:
    """What a delivery is judged against besides itself.

    ``subjects``: subject_id, kind of every subject the archive's rosters know. ``clauses``: accepted spelling → clause
    id. ``earlier_keys``: the feed's key columns, plus ``batch`` (its name), of rows already filed. None = not checked.
    ``until`` is the instant from which rows no longer belong to the period; by default the period's end.
    """

    period: Period
    received_at: datetime
    subjects: pd.DataFrame | None = None
    clauses: dict[str, str] | None = None
    earlier_keys: pd.DataFrame | None = None
    until: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        return self.until or self.period.end_at


class RuleState(StrEnum):
    """What came of one rule."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class RuleResult:
    """One line of the validation page; ``checked`` and ``failed`` count rows, ``examples`` are at most five values."""

    rule: str
    title: str
    column: str
    checked: int
    failed: int
    severity: Severity
    examples: tuple[str, ...]
    remedy: str
    state: RuleState


@dataclass(frozen=True)
class Validation:
    """What the suite and the reader found in one delivery.

    ``rejects`` and ``warnings``: position (row of the normalised frame), column, value (as delivered, at most 60
    characters), reason; sorted by position, several lines a row where several things are wrong.
    """

    results: tuple[RuleResult, ...]
    rejects: pd.DataFrame
    warnings: pd.DataFrame
    delivered: int

    @cached_property
    def is_rejected(self) -> np.ndarray:
        """One bool a delivered row."""
        mask = np.zeros(self.delivered, dtype=bool)
        mask[self.rejects["position"].to_numpy(np.int64)] = True
        return mask

    @property
    def rejected(self) -> int:
        return int(self.is_rejected.sum())

    @property
    def accepted(self) -> int:
        return self.delivered - self.rejected

    @property
    def warned(self) -> int:
        """Accepted rows with at least one remark."""
        positions = self.warnings["position"].to_numpy(np.int64)
        return int(np.unique(positions[~self.is_rejected[positions]]).size)


def validate(normalised: Normalised, surroundings: Surroundings, suite: Suite | None = None) -> Validation:
    """Run the feed's suite on a delivery and join its findings with what the reader could not make out.

    A cell the reader refused is not reported as missing again. Of rows with one key the first acceptable one stays.

    Raises:
        ConfigurationError: the suite cannot be evaluated.
    """
    suite = suite or load_suite(normalised.table.feed.name)
    view = checked_view(normalised, surroundings)
    parameters = _parameters(surroundings)
    skip = {rule.id for rule in suite.rules if not _is_checkable(rule, view, parameters)}
    outcomes = run_suite(suite, view, parameters, skip)
    findings = _Findings(normalised, surroundings, view)
    results = [findings.of_reader(column, group) for column, group in normalised.problems.groupby("column", sort=False)]
    by_rule = {outcome.rule.id: outcome for outcome in outcomes}
    # Uniqueness comes last: it must know which rows are rejected for reasons of their own.
    for rule in sorted(suite.rules, key=lambda rule: rule.is_unique):
        outcome = by_rule.get(rule.id)
        results.append(_skipped(rule) if outcome is None else findings.of_rule(outcome))
    return Validation(
        tuple(results), findings.table(Severity.REJECT), findings.table(Severity.WARN), delivered=len(normalised.frame)
    )


def checked_view(normalised: Normalised, surroundings: Surroundings) -> pd.DataFrame:
    """Return the frame the suites read: RangeIndex, plain dtypes GX compares vectorised, and the derived columns.

    Days and instants become instants in Asia/Shanghai, numbers float64. Derived: ``subject_not_on_roster`` (the id, where
    no roster has it), ``earlier_batch`` (where a row with this key lies already), ``published_limit``, ``proof``, ``found_by``.
    """
    feed = normalised.table.feed
    frame = normalised.frame.reset_index(drop=True)
    view = pd.DataFrame({column.name: _plain(frame[column.name], column.type) for column in feed.columns})
    if surroundings.subjects is not None and feed.name != "roster":
        # A value set of 100,000 ids takes GX ten seconds to copy about; a column of the strangers takes none.
        view["subject_not_on_roster"] = view["subject_id"].mask(view["subject_id"].isin(surroundings.subjects["subject_id"]))
    if surroundings.earlier_keys is not None:
        view["earlier_batch"] = _earlier_batch(view, feed, surroundings.earlier_keys)
    if feed.name == "updates":
        view["published_limit"] = view["observed_at"] + pd.Timedelta(days=1)
    if feed.name == "findings":
        view["proof"] = view["evidence"].fillna(view["description"])
        view["found_by"] = view["inspector"].fillna(view["source"])
    return view


def _plain(series: pd.Series, kind: ColumnType) -> pd.Series:
    if kind in (ColumnType.COUNT, ColumnType.NUMBER):
        return series.astype("Float64").astype("float64")
    if kind is ColumnType.INSTANT:
        return pd.to_datetime(series, utc=True).astype(_INSTANT)
    if kind is ColumnType.DAY:
        return pd.to_datetime(series).astype("datetime64[us]").dt.tz_localize(SHANGHAI)
    if kind is ColumnType.FLAG:
        return series.astype("boolean")
    return series.astype("str")


def _earlier_batch(view: pd.DataFrame, feed: Feed, earlier: pd.DataFrame) -> pd.Series:
    keys = list(feed.key)
    known = pd.DataFrame({name: _plain(earlier[name], feed.by_name[name].type) for name in keys})
    known["batch"] = earlier["batch"].astype("str")
    return view[keys].merge(known.drop_duplicates(keys), on=keys, how="left")["batch"].astype("str")


def _parameters(surroundings: Surroundings) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "since": surroundings.period.start_at.isoformat(),
        "until": surroundings.ends_at.isoformat(),
        "received_at": surroundings.received_at.isoformat(),
        "periods": [surroundings.period.label],
    }
    if surroundings.clauses is not None:
        parameters["clauses"] = sorted(set(surroundings.clauses.values()))
    return parameters


_DERIVED = {"subject_not_on_roster", "earlier_batch"}


def _is_checkable(rule: Rule, view: pd.DataFrame, parameters: dict[str, Any]) -> bool:
    """Whether what the rule compares with is known; a misspelt column is left for GX to complain of."""
    return not (rule.looks_at in _DERIVED and rule.looks_at not in view) and "clauses" not in rule.parameters - set(parameters)


def _skipped(rule: Rule) -> RuleResult:
    return RuleResult(rule.id, rule.title, rule.column, 0, 0, rule.severity, (), rule.remedy, RuleState.SKIPPED)


class _Findings:
    """Collects reject and warn lines of one delivery."""

    def __init__(self, normalised: Normalised, surroundings: Surroundings, view: pd.DataFrame) -> None:
        self.normalised = normalised
        self.view = view
        self.feed = normalised.table.feed
        self.titles = office_titles(normalised.table)
        written = normalised.table.headers
        self.words = {
            "keys": "、".join(self.titles[name] for name in self.feed.key if name in written) or self.titles[self.feed.key[0]],
            "period": surroundings.period.title,
            "received_at": surroundings.received_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        }
        self.parts: dict[Severity, list[pd.DataFrame]] = {Severity.REJECT: [], Severity.WARN: []}
        self.rejected = np.zeros(len(view), dtype=bool)

    def of_reader(self, column: str, problems: pd.DataFrame) -> RuleResult:
        """Take over the cells of one column that the reader could not make out."""
        for severity in Severity:
            self._add(severity, problems[problems["severity"] == severity.value][PROBLEM_COLUMNS])
        worst = Severity.REJECT if (problems["severity"] == Severity.REJECT.value).any() else Severity.WARN
        known = self.feed.by_name.get(column)
        return RuleResult(
            rule=f"{self.feed.name}.{column}.read",
            title=f"{known.title if known else column}读得懂",
            column=column,
            checked=len(self.view),
            failed=int(problems["position"].nunique()),
            severity=worst,
            examples=_examples(problems["value"]),
            remedy="请按原因栏的说明更正",
            state=RuleState.FAILED,
        )

    def of_rule(self, outcome: Outcome) -> RuleResult:
        rule, positions = outcome.rule, outcome.positions
        kept = None
        examples: tuple[str, ...] = ()
        if rule.is_unique and positions.size:
            positions, kept = self._repeated(positions)
        elif positions.size:
            positions = positions[~np.isin(positions, self._unreadable(rule.column))]
        if positions.size:
            lines = self._lines(rule, positions, kept)
            self._add(rule.severity, lines)
            examples = _examples(lines["value"])
        return RuleResult(
            rule=rule.id,
            title=rule.title,
            column=rule.column,
            checked=outcome.checked,
            failed=int(positions.size),
            severity=rule.severity,
            examples=examples,
            remedy=rule.remedy,
            state=RuleState.FAILED if positions.size else RuleState.PASSED,
        )

    def table(self, severity: Severity) -> pd.DataFrame:
        parts = [part for part in self.parts[severity] if len(part)]
        if not parts:
            return pd.DataFrame({"position": np.empty(0, np.int64)} | {name: np.empty(0, object) for name in PROBLEM_COLUMNS[1:]})
        return pd.concat(parts, ignore_index=True).sort_values("position", kind="stable", ignore_index=True)

    def _add(self, severity: Severity, lines: pd.DataFrame) -> None:
        self.parts[severity].append(lines.astype({"position": np.int64}))
        if severity is Severity.REJECT:
            self.rejected[lines["position"].to_numpy(np.int64)] = True

    def _unreadable(self, column: str) -> np.ndarray:
        problems = self.normalised.problems
        hit = (problems["column"] == column) & (problems["severity"] == Severity.REJECT.value)
        unreadable: np.ndarray = problems.loc[hit, "position"].to_numpy(np.int64)
        return unreadable

    def _repeated(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of each group of equal keys keep the first row not rejected otherwise; rows with an empty required key are no group."""
        required = [name for name in self.feed.key if self.feed.by_name[name].required]
        positions = positions[self.view.loc[positions, required].notna().all(axis=1).to_numpy()]
        group = self.view.loc[positions].groupby(list(self.feed.key), dropna=False, sort=False).ngroup().to_numpy()
        order = np.lexsort((positions, self.rejected[positions], group))
        is_first = np.r_[True, np.diff(group[order]) != 0][: len(order)]
        first_of_group = positions[order][is_first]
        others = order[~is_first]
        ascending = others[np.argsort(positions[others])]
        return positions[ascending], first_of_group[group[ascending]] if len(order) else positions

    def _lines(self, rule: Rule, positions: np.ndarray, kept: np.ndarray | None) -> pd.DataFrame:
        values = self._delivered(rule.column, positions)
        details = [shorten(text) for text in _texts(self.view[rule.looks_at].iloc[positions])]
        numbers = self.normalised.table.row_numbers[kept] if kept is not None else np.zeros(len(positions), np.int32)
        reasons = [
            rule.reason.format(column=self.titles[rule.column], value=value, detail=detail, row=row, **self.words)
            for value, detail, row in zip(values, details, numbers, strict=True)
        ]
        return pd.DataFrame(
            {
                "position": positions,
                "column": np.full(len(positions), rule.column, object),
                "value": np.array(values, object),
                "reason": np.array(reasons, object),
            }
        )

    def _delivered(self, column: str, positions: np.ndarray) -> list[str]:
        """The cells as the office wrote them, else as Tongbao understood them."""
        raw = self.normalised.table.frame
        source = raw if column in raw else self.view
        return [shorten(text) for text in _texts(source[column].iloc[positions])]


def _texts(values: pd.Series) -> list[str]:
    return ["" if missing else as_text(value) for value, missing in zip(values, values.isna(), strict=True)]


def as_text(value: Any) -> str:
    """Write one cell as people read it: instants without seconds they lack, whole numbers without a point."""
    if isinstance(value, datetime):
        moment = value.replace(tzinfo=None)
        bare = moment.hour == moment.minute == moment.second == 0
        return f"{moment:%Y-%m-%d}" if bare else f"{moment:%Y-%m-%d %H:%M}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, timedelta):
        return str(value)
    return str(value)


def office_titles(raw: RawTable) -> dict[str, str]:
    """Canonical column → the header the office used, else the feed's own title."""
    return {column.name: raw.headers.get(column.name, column.title) for column in raw.feed.columns}


def shorten(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _examples(values: Iterable[str]) -> tuple[str, ...]:
    seen: dict[str, None] = {}
    for value in values:
        if len(seen) == EXAMPLES:
            break
        if value:
            seen[value] = None
    return tuple(seen)
