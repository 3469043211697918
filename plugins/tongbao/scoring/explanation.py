"""One subject's verdict, line by line, so that it can be explained to the unit concerned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from tongbao.errors import TongbaoError
from tongbao.indicator_model import IndicatorSet
from tongbao.scoring.sheet import ScoreSheet


@dataclass(frozen=True)
class ExplainedLine:
    """One clause: ``points`` as charged, ``counted`` what is left of them under the indicator's cap."""

    clause: str
    name: str
    part: str
    state: str
    count: float | None
    points: float
    counted: float
    cap: float | None
    basis: str
    problem: str
    remedy: str
    evidence: str | None
    note: str | None

    @property
    def is_capped(self) -> bool:
        return self.counted < self.points


@dataclass(frozen=True)
class Explanation:
    """A verdict with its reason, its numbers (null without points) and its lines in the set's order."""

    subject_id: str
    verdict: str
    reason: str
    grade: str | None
    vetoes: tuple[str, ...]
    deducted: float | None
    base: float | None
    bonus: float | None
    score: float | None
    scale: str
    lines: tuple[ExplainedLine, ...]


def explain(sheet: ScoreSheet, indicator_set: IndicatorSet, subject_id: str) -> Explanation:
    """Gather everything the sheet says of one subject; raises TongbaoError for a subject it does not know."""
    found = sheet.verdicts[sheet.verdicts["subject_id"] == subject_id]
    if found.empty:
        raise TongbaoError(
            f"评分表中没有“{subject_id}”", remedy="请核对标识码，或确认它在该周期的名册中且在运行", value=subject_id
        )
    verdict = found.iloc[0]
    lines = sheet.lines[sheet.lines["subject_id"] == subject_id]
    caps = sheet.indicators[sheet.indicators["subject_id"] == subject_id].set_index("indicator")["cap"].to_dict()
    return Explanation(
        subject_id=subject_id,
        verdict=str(verdict["verdict"]),
        reason=str(verdict["reason"]),
        grade=_text(verdict["grade"]),
        vetoes=tuple(indicator for indicator in str(verdict["vetoes"]).split(",") if indicator),
        deducted=_number(verdict["deducted"]),
        base=_number(verdict["base"]),
        bonus=_number(verdict["bonus"]),
        score=_number(verdict["score"]),
        scale=str(verdict["scale"]),
        lines=tuple(_explained(lines, caps, indicator_set)),
    )


def _explained(lines: pd.DataFrame, caps: dict[str, float], indicator_set: IndicatorSet) -> list[ExplainedLine]:
    """Charge lines in the set's order until the cap of their indicator is reached."""
    room = {indicator: round(cap * 100) for indicator, cap in caps.items()}
    explained = []
    for line in lines.to_dict("records"):
        clause, indicator = indicator_set.clause(line["clause"]), line["indicator"]
        cents = min(round(line["points"] * 100), room.get(indicator, 0))
        room[indicator] = room.get(indicator, 0) - cents
        explained.append(
            ExplainedLine(
                clause=clause.id,
                name=clause.name,
                part=line["part"],
                state=line["state"],
                count=_number(line["count"]),
                points=line["points"],
                counted=cents / 100,
                cap=caps.get(indicator),
                basis=line["basis"],
                problem=clause.problem,
                remedy=clause.remedy,
                evidence=_text(line["evidence"]),
                note=_text(line["note"]),
            )
        )
    return explained


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)
