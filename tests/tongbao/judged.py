"""Judged results of a fictional banner, small enough to count by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from tongbao.feeds import ROSTER
from tongbao.figures import Figures, PeriodResult, compute
from tongbao.indicators import load_indicator_set
from tongbao.jurisdiction import load_jurisdiction
from tongbao.period import Period

ROOT = Path(__file__).parents[2]
JURISDICTION = load_jurisdiction(ROOT / "config/jurisdictions/shiliqi.yaml")
CIRCULAR = JURISDICTION.circular("quarterly")
INDICATORS = load_indicator_set("national-2019", ROOT / "config/indicators")
Q2, Q3 = Period.parse("2020-Q2"), Period.parse("2020-Q3")
TABLES = (
    "matched",
    "declared_not_found",
    "found_not_declared",
    "differing",
    "closed_but_publishing",
    "several_accounts",
    "unlisted",
)

LINE_COLUMNS = ["subject_id", "clause", "indicator", "part", "state", "count", "value", "points", "evidence", "basis", "note"]
VERDICT_COLUMNS = {
    "verdict": "qualified",
    "reason": "",
    "vetoes": "",
    "deducted": None,
    "base": None,
    "bonus": None,
    "score": None,
    "scale": "1",
    "grade": "",
    "breached": 0,
    "not_measured": 0,
    "blocked": 0,
}
GRADES = {"qualified": "合格", "unqualified": "不合格", "not_inspected": ""}


def website(subject_id: str, name: str = "示例旗人民政府门户网站", **more: Any) -> dict[str, Any]:
    return {"subject_id": subject_id, "kind": "website", "name": name, "sponsor": "示例旗人民政府", "is_portal": True, **more}


def account(subject_id: str, platform: str | None = "微信公众号", **more: Any) -> dict[str, Any]:
    base = {"subject_id": subject_id, "kind": "account", "platform": platform, "name": f"示例{subject_id}"}
    return base | {"sponsor": f"示例旗{subject_id}局", "unit_class": "department", **more}


def line(subject_id: str, clause: str, **more: Any) -> dict[str, Any]:
    indicator = INDICATORS.clause(clause).indicator
    base = {
        "subject_id": subject_id,
        "clause": clause,
        "indicator": indicator,
        "part": INDICATORS.indicator(indicator).part.value,
    }
    return base | {"state": "breached", "count": 1.0, "points": 0.0, "basis": "measure", **more}


def judged(
    subjects: Sequence[Mapping[str, Any]],
    verdicts: Mapping[str, str | Mapping[str, Any]],
    lines: Sequence[Mapping[str, Any]] = (),
    *,
    period: Period = Q3,
    cutoff: datetime | None = None,
    reconciliation: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> PeriodResult:
    """A period's result from a few dicts; subjects are declared unless they say otherwise."""
    roster = pd.DataFrame([{"declared": True, "is_portal": False, **subject} for subject in subjects]).reindex(
        columns=ROSTER.names
    )
    rows = []
    for subject_id, given in verdicts.items():
        said = {"verdict": given} if isinstance(given, str) else dict(given)
        row = {"subject_id": subject_id, **VERDICT_COLUMNS, **said}
        rows.append(row | {"grade": row["grade"] or GRADES[row["verdict"]]})
    found = [dict(s) for s in subjects if s.get("declared") is False]
    tables: dict[str, Sequence[Mapping[str, Any]]] = {name: [] for name in TABLES}
    tables |= {"found_not_declared": found} | dict(reconciliation or {})
    return PeriodResult(
        period=period,
        cutoff=cutoff or period.end_at,
        subjects=roster,
        lines=pd.DataFrame(list(lines)).reindex(columns=LINE_COLUMNS).astype({"count": "float64"}),
        indicators=pd.DataFrame(columns=["subject_id", "indicator", "part", "raw_points", "cap", "points"]),
        verdicts=pd.DataFrame(rows, columns=["subject_id", *VERDICT_COLUMNS]),
        reconciliation={
            name: pd.DataFrame(list(table)).reindex(columns=["subject_id", "kind", "platform", "name", "sponsor", "note"])
            for name, table in tables.items()
        },
        run={"roster": ["0001-abcdef012345"], "indicator_set": {"id": INDICATORS.id, "hash": INDICATORS.hash}},
    )


@cache
def banner() -> PeriodResult:
    """One portal and six declared accounts (one not inspected), two undeclared ones; three accounts fail."""
    subjects = [
        website("1506990001"),
        account("a1", filed_on=date(2020, 3, 2)),
        account("a2"),
        account("a3", "新浪微博"),
        account("a4", "其他", unit_class="township"),
        account("a5"),
        account("a6", "新浪微博", unit_class="township"),
        account("u1", declared=False),
        account("u2", "抖音", declared=False),
    ]
    verdicts: dict[str, Any] = {
        "1506990001": {"verdict": "qualified", "deducted": 13.5, "score": 86.5, "breached": 2, "blocked": 1},
        "a1": "qualified",
        "a2": {"verdict": "unqualified", "vetoes": "VM2", "breached": 1},
        "a3": {"verdict": "unqualified", "vetoes": "VM2,VM3", "breached": 2},
        "a4": {"verdict": "unqualified", "vetoes": "VM3", "breached": 1},
        "a5": {"verdict": "not_inspected", "reason": "未抽中"},
        "a6": "qualified",
        "u1": {"verdict": "unqualified", "vetoes": "VM2", "breached": 1},
        "u2": "qualified",
    }
    lines = [
        line("1506990001", "D1.4.2", points=5.0, evidence="栏目“旗内动态”最后更新2020-09-01"),
        line("1506990001", "D4.3.1", count=3.0, points=0.6, evidence="/a.html、/b.html、/c.html"),
        line("1506990001", "D4.9.1", state="blocked", count=None),
        line("a1", "VM2.1", state="met"),
        line("a2", "VM2.1", evidence="最后更新2020-08-01"),
        line("a3", "VM2.1", evidence="无发布时间"),
        line("a3", "VM3.1", basis="person"),
        line("a4", "VM3.1", basis="person"),
        line("a6", "VM2.1", state="not_measured"),
        line("u1", "VM2.1", evidence="最后更新2019-12-30"),
    ]
    return judged(subjects, verdicts, lines)


@cache
def banner_before() -> PeriodResult:
    """The quarter before: a1 failed and mended since, a3 failed already, a2 passed, a7 failed and is gone."""
    subjects = [website("1506990001"), *(account(f"a{n}") for n in (1, 2, 3, 5, 7))]
    verdicts = {"1506990001": "qualified", "a1": "unqualified", "a2": "qualified", "a3": "unqualified", "a5": "qualified"}
    lines = [line(subject_id, "VM2.1") for subject_id in ("a1", "a3", "a7")]
    return judged(subjects, {**verdicts, "a7": "unqualified"}, lines, period=Q2)


@cache
def banner_figures(*, compared: bool = False) -> Figures:
    """Figures of the banner, compared with the quarter before or not."""
    return compute(banner(), banner_before() if compared else None, None, JURISDICTION, CIRCULAR, INDICATORS)
