"""A small world to be judged: subjects, findings, measures and checks, written in the test's own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from tongbao.feeds import FINDINGS, ROSTER, SAMPLE
from tongbao.indicators import IndicatorSet, load_indicator_set
from tongbao.period import SHANGHAI, Period
from tongbao.scoring import ScoreSheet, score
from tongbao.scoring.scorer import _MEASURED as MEASURED

PERIOD = Period.parse("2020-Q3")
SEPTEMBER = datetime(2020, 9, 1, 10, 0, tzinfo=SHANGHAI)


@dataclass
class World:
    """Rows of every input of the scorer; ``judge`` scores them by the national set unless told otherwise."""

    subjects: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    measures: list[dict[str, Any]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    observed: dict[str, int] = field(default_factory=dict)

    def portal(self, subject_id: str, *, seen: bool = True, **columns: Any) -> str:
        return self._subject(subject_id, seen, {"kind": "website", "is_portal": True, "unit_class": "government", **columns})

    def website(self, subject_id: str, *, seen: bool = True, **columns: Any) -> str:
        return self._subject(subject_id, seen, {"kind": "website", "is_portal": False, "unit_class": "department", **columns})

    def account(self, subject_id: str, *, seen: bool = True, **columns: Any) -> str:
        return self._subject(subject_id, seen, {"kind": "account", "platform": "微信公众号", **columns})

    def _subject(self, subject_id: str, seen: bool, columns: dict[str, Any]) -> str:
        plain = {"name": "名称", "sponsor": "示例单位", "has_services": True, "declared": True, "is_portal": False}
        self.subjects.append({"subject_id": subject_id, **plain, **columns})
        if seen:
            self.observed[subject_id] = 1
        return subject_id

    def found(self, subject_id: str, clause: str, count: int | None = 1, **columns: Any) -> None:
        """A person's finding with a description, unless the columns say otherwise."""
        row = {"state": "breached", "description": "见截图", "found_at": SEPTEMBER, "inspector": "检查员甲", "source": "人工检查"}
        self.findings.append({"subject_id": subject_id, "clause": clause, "count": count, **row, **columns})

    def measured(
        self, subject_id: str, clause: str, state: str, value: float | None = 1.0, evidence: str | None = "实测"
    ) -> None:
        self.measures.append({"subject_id": subject_id, "clause": clause, "state": state, "value": value, "evidence": evidence})

    def checked(self, subject_id: str, at: datetime | None = SEPTEMBER, period: str = "2020-Q3") -> None:
        self.checks.append({"subject_id": subject_id, "period": period, "inspector": "检查员甲", "checked_at": at})

    def tables(self) -> dict[str, pa.Table]:
        return {
            "subjects": pa.Table.from_pylist(self.subjects, ROSTER.schema),
            "measured": pa.Table.from_pylist(self.measures, MEASURED),
            "findings": pa.Table.from_pylist(self.findings, FINDINGS.schema),
            "sample": pa.Table.from_pylist(self.checks, SAMPLE.schema),
            "observed": pa.table(
                {
                    "subject_id": pa.array(self.observed.keys(), pa.string()),
                    "observations": pa.array(self.observed.values(), pa.int64()),
                }
            ),
        }

    def judge(self, rules: IndicatorSet | None = None, cutoff: datetime = PERIOD.end_at) -> Judged:
        return Judged(score(**self.tables(), indicator_set=rules or national(), period=PERIOD, cutoff=cutoff))


@dataclass(frozen=True)
class Judged:
    """A score sheet with short ways to what a test asks for."""

    sheet: ScoreSheet

    def verdict(self, subject_id: str) -> Any:
        row = self.sheet.verdicts.set_index("subject_id").loc[subject_id]
        return row.astype(object).where(row.notna(), None)

    def lines(self, subject_id: str) -> pd.DataFrame:
        rows = self.sheet.lines[self.sheet.lines["subject_id"] == subject_id]
        return rows.astype(object).where(rows.notna(), None).set_index("clause")

    def line(self, subject_id: str, clause: str) -> Any:
        return self.lines(subject_id).loc[clause]


@cache
def national() -> IndicatorSet:
    return load_indicator_set("national-2019")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(scope="session")
def worlds() -> type[World]:
    """The class itself, for tests that need many worlds."""
    return World


@pytest.fixture(scope="session")
def rules() -> IndicatorSet:
    return national()
