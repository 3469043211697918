"""The papers of 1,000 units in one pass: a 整改通知书 and an 抽查情况反馈表 each, and their index, as one .zip."""

from __future__ import annotations

import sys
import tempfile
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import Result
from benchmarks.child import ROOT, run_child

UNITS = 1_000
BUDGET_S = 30.0


def write(target: Path, units: int) -> None:
    """Judge a made-up region by hand, and write its papers: the child process that is measured."""
    from tongbao.circular.notices import write_notices
    from tongbao.circular.wording import Issue
    from tongbao.indicators import load_indicator_set
    from tongbao.jurisdiction import load_jurisdiction

    jurisdiction = load_jurisdiction(ROOT / "config/jurisdictions/shiliqi.yaml")
    circular = jurisdiction.circular("quarterly")
    indicators = load_indicator_set("national-2019", ROOT / "config/indicators")
    issue = Issue(12, date(2020, 10, 21))
    with target.open("wb") as sink:
        made = write_notices(sink, region(units, indicators), indicators, jurisdiction, circular, issue, ROOT / "templates")
    print(made)


def region(units: int, indicators: Any) -> Any:
    """A result in which every unit has one to three accounts or a website, each with one to six breaches."""
    import pandas as pd

    from tongbao.feeds import ROSTER
    from tongbao.figures import PeriodResult
    from tongbao.period import Period

    clauses = {
        kind: [c for c in indicators.clauses if c.scope.kind == kind and c.part.value != "bonus"]
        for kind in ("website", "account")
    }
    subjects, lines = [], []
    for unit in range(units):
        for place in range(1 + unit % 3):
            kind = "website" if unit % 5 == 0 and place == 0 else "account"
            subject_id = f"{'15069' if kind == 'website' else 'zh'}{unit:05d}{place}"
            address = f"http://www.s{unit}.shiliqi.example/{place}/"
            named = {"subject_id": subject_id, "kind": kind, "name": f"示例第{unit}单位发布", "sponsor": f"示例第{unit}单位"}
            platform = None if kind == "website" else ("微信公众号", "新浪微博", "抖音")[place]
            subjects.append({**named, "address": address, "platform": platform, "declared": place < 2, "is_portal": False})
            breached = clauses[kind][:: max(1, 11 - unit % 9)][: 1 + unit % 6]
            for number, clause in enumerate(breached):
                evidence = f"{address}info/{number}.html（最近更新2020-08-{1 + unit % 28:02d}）、{address}list.html"
                line = {"subject_id": subject_id, "clause": clause.id, "indicator": clause.indicator, "part": clause.part.value}
                lines.append({**line, "state": "breached", "count": 2.0, "value": 2.0, "points": 1.0, "evidence": evidence})
    roster = pd.DataFrame(subjects).reindex(columns=ROSTER.names)
    verdicts = pd.DataFrame({"subject_id": roster["subject_id"], "verdict": "unqualified", "grade": "不合格", "reason": ""})
    counted = ["deducted", "base", "bonus", "score", "scale", "breached", "not_measured", "blocked"]
    period = Period.parse("2020-Q3")
    return PeriodResult(
        period=period,
        cutoff=period.end_at,
        subjects=roster,
        lines=pd.DataFrame(lines).assign(basis="measure", note=None),
        indicators=pd.DataFrame(columns=["subject_id", "indicator", "part", "raw_points", "cap", "points"]),
        verdicts=verdicts.assign(vetoes="", **dict.fromkeys(counted, 0)),
        run={"roster": ["bench"], "indicator_set": {"id": indicators.id, "hash": indicators.hash}},
    )


def main() -> list[Result]:
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "notices.zip"
        few, whole = (run_child("benchmarks.notices", "write", str(target), str(units)) for units in (UNITS // 20, UNITS))
        with zipfile.ZipFile(target) as package:
            papers = sum(name.endswith(".docx") for name in package.namelist())
        size_mib = target.stat().st_size / 2**20
    note = f"{papers:,} papers of {UNITS:,} units, {size_mib:.1f} MiB; {UNITS // 20} units take {few.peak_mib:.0f} MiB"
    return [Result(f"{UNITS:,} unit notices with their forms", whole.seconds, whole.peak_mib, note, f"≤ {BUDGET_S:g} s")]


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        write(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        for result in main():
            print(f"{result.name}: {result.seconds:.1f} s, {result.peak_mib:.0f} MiB ({result.budget}); {result.note}")
