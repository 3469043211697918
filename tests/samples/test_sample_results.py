"""The sample, taken in and judged by the product, comes out as counted by hand in samples/expected.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import yaml

from tests.sample_run import PERIODS, SampleRun, archive_at, batches_of
from tongbao.archive import Archive, BatchManifest
from tongbao.judged import RECONCILIATION
from tongbao.period import Period
from tongbao.roster import RosterBatch, as_of, history
from tongbao.scoring import ScoreSheet
from tongbao.workspace import read_arrow

EXPECTED = yaml.safe_load((Path(__file__).parents[2] / "samples" / "expected.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Result:
    """What came of one quarter; ``batches`` are those filed for it, by file name and sheet."""

    batches: dict[tuple[str, str], BatchManifest]
    archive: Archive
    sheet: ScoreSheet
    reconciliation: dict[str, pd.DataFrame]
    declared: set[str]
    closed: set[str]
    told: pd.DataFrame

    @property
    def outside(self) -> set[str]:
        return set(self.reconciliation["found_not_declared"]["subject_id"])


@pytest.fixture(scope="module", params=PERIODS)
def label(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def expected(label: str) -> dict[str, Any]:
    return dict(EXPECTED[label])


@pytest.fixture(scope="module")
def results(sample_run: SampleRun) -> dict[str, Result]:
    """Both quarters were filed before either is judged: the earlier must not change for that."""
    return {label: judged(sample_run, label) for label in PERIODS}


@pytest.fixture
def result(results: dict[str, Result], label: str) -> Result:
    return results[label]


def judged(run: SampleRun, label: str) -> Result:
    work = run.workspace(label)
    with archive_at(run.folder) as archive:
        period = Period.parse(label)
        rosters = [
            RosterBatch(Period.parse(batch.period), batch.batch_id, read(archive, batch))
            for batch in archive.batches("shiliqi", "roster", period)
        ]
    roster = as_of(rosters, period.end_at)
    return Result(
        batches=batches_of(run.folder, label),
        archive=archive,
        sheet=work.read_sheet(label),
        reconciliation={name: work.read_table(f"{label}/{name}") for name in RECONCILIATION},
        declared=set(roster.declared["subject_id"]),
        closed=set(roster.closed["subject_id"]),
        told=history(rosters),
    )


def read(archive: Archive, batch: BatchManifest) -> pd.DataFrame:
    return read_arrow(archive.batch_file(batch, "data.parquet")).to_pandas()


def sent_back(archive: Archive, batch: BatchManifest) -> dict[int, str]:
    """Row number → the column to blame, as the workbook says that the office gets back."""
    if not batch.rejected:
        return {}
    with archive.batch_file(batch, "rejected.xlsx").open("rb") as source:
        header, *rows = openpyxl.load_workbook(source).active.iter_rows(values_only=True)
    return {int(row[header.index("行号")]): str(row[header.index("字段")]) for row in rows}


def test_exactly_the_planted_rows_are_sent_back(result: Result, expected: dict[str, Any]) -> None:
    assert set(result.batches) == {(file, sheet) for file, sheets in expected["files"].items() for sheet in sheets}
    for (file, sheet), batch in result.batches.items():
        planned = expected["files"][file][sheet]
        assert (batch.feed, batch.delivered) == (planned["feed"], planned["delivered"]), file
        assert batch.accepted + batch.rejected == batch.delivered
        assert sent_back(result.archive, batch) == planned["rejected"], file


def test_roster_and_reconciliation(result: Result, expected: dict[str, Any]) -> None:
    assert len(result.declared) == expected["websites"] + expected["declared"]
    assert len(result.outside) == expected["found"]
    assert result.closed == set(expected["closed"])
    assert set(result.reconciliation["closed_but_publishing"]["subject_id"]) == set(expected["closed"])
    differing = result.reconciliation["differing"]
    assert dict(zip(differing["subject_id"], differing["field"], strict=True)) == expected.get("differing", {})


def breaches(result: Result, subjects: set[str]) -> dict[str, list[str]]:
    lines = result.sheet.lines
    breached = lines[(lines["state"] == "breached") & lines["subject_id"].isin(subjects)]
    return {subject: sorted(rows["clause"]) for subject, rows in breached.groupby("subject_id")}


def test_verdicts_of_the_declared_accounts(result: Result, expected: dict[str, Any]) -> None:
    accounts = result.declared - {expected["website"]["subject"]}
    verdicts = result.sheet.verdicts[result.sheet.verdicts["subject_id"].isin(accounts)].set_index("subject_id")["verdict"]
    count = verdicts.value_counts()
    wanted = expected["accounts"]
    assert (count["qualified"], count["unqualified"], count["not_inspected"]) == (
        wanted["qualified"],
        wanted["unqualified"],
        wanted["not_inspected"],
    )
    assert wanted["inspected"] == wanted["qualified"] + wanted["unqualified"]
    assert wanted["pass_rate"] == f"{wanted['qualified'] / wanted['inspected']:.2%}"
    assert set(verdicts.index[verdicts == "not_inspected"]) == set(expected["not_inspected"])
    assert breaches(result, accounts) == expected["unqualified"]
    for subject, clauses in {**expected.get("cleared", {}), **expected.get("without_evidence", {})}.items():
        state = "met" if subject in expected["cleared"] else "not_measured"
        lines = result.sheet.lines.set_index(["subject_id", "clause"])
        assert [lines.loc[(subject, clause), "state"] for clause in clauses] == [state]


def test_problems_of_the_accounts_outside_the_filing_system(result: Result, expected: dict[str, Any]) -> None:
    assert breaches(result, result.outside) == expected["found_problems"]


def test_score_of_the_website(result: Result, expected: dict[str, Any]) -> None:
    site = expected["website"]
    lines = result.sheet.lines[result.sheet.lines["subject_id"] == site["subject"]].set_index("clause")
    deducted = lines[(lines["state"] == "breached") & (lines["part"] == "deduction")]
    assert {
        clause: {"count": float(row["count"]), "points": float(row["points"])} for clause, row in deducted.iterrows()
    } == site["clauses"]
    points = result.sheet.indicators[result.sheet.indicators["subject_id"] == site["subject"]]
    charged = points[(points["part"] == "deduction") & (points["points"] > 0)]
    assert dict(zip(charged["indicator"], charged["points"].astype(float), strict=True)) == site["indicators"]
    [verdict] = result.sheet.verdicts[result.sheet.verdicts["subject_id"] == site["subject"]].to_dict("records")
    assert verdict["verdict"] == site["verdict"]
    assert [float(verdict[part]) for part in ("deducted", "bonus", "score")] == [site["deducted"], site["bonus"], site["score"]]
    assert all(lines.loc[clause, "state"] == "met" for clause in site.get("cleared", []))


def test_veto_measures_of_the_website_stay_below_their_limits(result: Result, expected: dict[str, Any]) -> None:
    site = expected["website"]
    lines = result.sheet.lines[result.sheet.lines["subject_id"] == site["subject"]].set_index("clause")
    first, last = site["availability"]["window"].split("/")
    evidence = lines.loc["VW2.1", "evidence"]
    assert evidence.startswith(f"{first}至{last}探测{site['availability']['probes']}次，失败{site['availability']['failed']}次")
    vetoes = lines[lines["part"] == "veto"]
    assert set(vetoes["state"]) == {"met"}


def test_quarters_compared(results: dict[str, Result]) -> None:
    before, now = (results[label] for label in PERIODS)
    failing = [set(EXPECTED[label]["unqualified"]) for label in PERIODS]
    names = now.told[(now.told["event"] == "changed") & (now.told["field"] == "name")]
    assert EXPECTED["comparison"] == {
        "newly_filed": sorted(now.declared - before.declared),
        "closed": sorted(before.declared - now.declared),
        "renamed": sorted(names["subject_id"]),
        "mended": sorted(failing[0] - failing[1]),
        "still_failing": sorted(failing[0] & failing[1]),
        "newly_failing": sorted(failing[1] - failing[0]),
        "found_gone": sorted(before.outside - now.outside),
        "found_new": sorted(now.outside - before.outside),
    }


def test_an_unknown_platform_is_kept_and_remarked(results: dict[str, Result]) -> None:
    batch = results["2020-Q3"].batches["政务新媒体备案清单.xlsx", "政务新媒体"]
    rows = read(results["2020-Q3"].archive, batch).set_index("subject_id")
    unknown = EXPECTED["2020-Q3"]["files"]["政务新媒体备案清单.xlsx"]["政务新媒体"]["unknown_platforms"]
    assert [rows.loc["slqwlj_ysh", "platform"]] == unknown
    assert batch.warned >= len(unknown)
