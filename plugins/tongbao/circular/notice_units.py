"""Who gets a notice and for what: a period's breaches gathered by the unit that answers for the subject."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from tongbao.figures.model import Figure, FigureKind, clean
from tongbao.figures.problems import ClauseWords, clause_words
from tongbao.figures.result import UNQUALIFIED, PeriodResult
from tongbao.formatting import date_text, without_evidence_ids
from tongbao.indicators import IndicatorSet
from tongbao.period import SHANGHAI

_SUBJECT_COLUMNS = ("subject_id", "kind", "platform", "name", "address", "sponsor", "operator", "declared", "verdict", "grade")
_SOURCE = "评分表中证据齐全的违反条款"
_END_MARKS = "。；;，, "
_DAY = re.compile(r"(?<![!-~])([12]\d{3})-(\d{2})-(\d{2})(?![!-~])")
"""A date standing free, not one inside an address."""


@dataclass(frozen=True)
class Problem:
    """One breached clause of one subject, in the words of the indicator set; ``count`` only of clauses that count."""

    clause: str
    label: str
    part: str
    problem: str
    remedy: str
    evidence: str
    unit: str
    count: Figure | None


@dataclass(frozen=True)
class Subject:
    """One website or account with its problems in clause order; texts unknown are empty."""

    subject_id: str
    kind: str
    platform: str
    name: str
    address: str
    operator: str
    declared: bool
    failed: bool
    grade: str
    checked_on: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Unit:
    """One unit and its subjects with problems; ``number`` counts the units from 1 in the order of their names."""

    number: int
    name: str
    subjects: tuple[Subject, ...]
    subject_count: Figure
    problem_count: Figure
    failed_count: Figure


def units_of(result: PeriodResult, indicator_set: IndicatorSet, observed: pd.DataFrame | None = None) -> Iterator[Unit]:
    """Yield the units that have a breach with evidence, by the pinyin of their names.

    A subject belongs to its sponsor; without one to its operator, else to itself. ``observed`` (subject_id, last_at) says
    when a subject was last looked at. Bonus clauses and breaches without evidence are no cause for a notice.
    """
    lines = result.problems
    lines = lines[np.array([bool(_text(evidence)) for evidence in lines["evidence"]], dtype=bool)]
    judged = result.judged[result.judged["subject_id"].isin(lines["subject_id"])]
    seen = {} if observed is None else dict(zip(observed["subject_id"], observed["last_at"], strict=True))
    words = clause_words(indicator_set)
    problems: dict[str, list[dict[str, Any]]] = {}
    columns = ["subject_id", "clause", "part", "count", "evidence"]
    for line in lines[columns].to_dict("records"):
        problems.setdefault(str(line["subject_id"]), []).append(line)
    owned: dict[str, list[dict[str, Any]]] = {}
    for row in judged[list(_SUBJECT_COLUMNS)].to_dict("records"):
        owned.setdefault(_text(row["sponsor"]) or _text(row["operator"]) or _text(row["name"]), []).append(row)
    for number, name in enumerate(sorted(owned, key=_pinyin), start=1):
        rows = sorted(owned[name], key=_place)
        subjects = tuple(_subject(row, problems[str(row["subject_id"])], words, seen.get(row["subject_id"])) for row in rows)
        yield _unit(number, name, subjects)


def _unit(number: int, name: str, subjects: tuple[Subject, ...]) -> Unit:
    def counted(what: str, value: int) -> Figure:
        return Figure(f"notices.{number}.{what}", value, FigureKind.COUNT, f"{_SOURCE}：{name}")

    return Unit(
        number,
        name,
        subjects,
        subject_count=counted("subjects", len(subjects)),
        problem_count=counted("problems", sum(len(subject.problems) for subject in subjects)),
        failed_count=counted("failed", sum(subject.failed for subject in subjects)),
    )


def _subject(row: dict[str, Any], lines: list[dict[str, Any]], words: dict[str, ClauseWords], last_at: Any) -> Subject:
    subject_id = _text(row["subject_id"])
    return Subject(
        subject_id=subject_id,
        kind=_text(row["kind"]),
        platform=_text(row["platform"]),
        name=_text(row["name"]),
        address=_text(row["address"]),
        operator=_text(row["operator"]),
        declared=bool(row["declared"]),
        failed=row["verdict"] == UNQUALIFIED,
        grade=_text(row["grade"]),
        checked_on=_day(last_at),
        problems=tuple(_problem(subject_id, line, words[str(line["clause"])]) for line in lines),
    )


def _problem(subject_id: str, line: dict[str, Any], said: ClauseWords) -> Problem:
    count = line["count"]
    counts = said.is_count and not pd.isna(count) and float(count).is_integer()
    return Problem(
        clause=said.clause,
        label=said.name,
        part=_text(line["part"]),
        problem=said.problem,
        remedy=said.remedy,
        # A letter writes dates one way throughout (GB/T 15835), and its own are written out.
        evidence=_DAY.sub(_written_out, without_evidence_ids(_text(line["evidence"]))).rstrip(_END_MARKS),
        unit=said.unit,
        count=Figure(f"lines.{subject_id}.{said.clause}.count", int(count), FigureKind.COUNT, _SOURCE) if counts else None,
    )


def _pinyin(name: str) -> tuple[bytes, str]:
    """GB 2312 lays its common characters out by pinyin, so its bytes sort names as lists are read."""
    return name.encode("gb18030", "replace"), name


def _place(row: dict[str, Any]) -> tuple[bool, bool, bytes, str]:
    """Websites first, declared before found, then by platform."""
    return row["kind"] != "website", not row["declared"], _pinyin(_text(row["platform"]))[0], str(row["subject_id"])


def _text(value: Any) -> str:
    return "" if value is None or value is pd.NA or value != value else clean(value)


def _written_out(match: re.Match[str]) -> str:
    return f"{match[1]}年{int(match[2])}月{int(match[3])}日"


def _day(instant: Any) -> str:
    if instant is None or pd.isna(instant):
        return ""
    moment = pd.Timestamp(instant)
    day: date = (moment.tz_convert(SHANGHAI) if moment.tzinfo else moment).date()
    return date_text(day)
