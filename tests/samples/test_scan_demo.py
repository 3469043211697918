"""The scan demo, whole: the circular of the quarter carries exactly what faults.yaml plants, finding by finding."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from docx import Document
from samples.scan.building import healthy_sites, read_yaml
from samples.scan.demo import OFFICE, PERIOD, Demo
from samples.scan.planting import demo_sites

from tongbao.archive import Archive
from tongbao.feeds import FEEDS
from tongbao.period import Period
from tongbao.scan.evidence import cited, export_evidence, find_evidence
from tongbao.scan.probe import coverage

pytestmark = pytest.mark.whole

GIVEN = read_yaml("faults.yaml")
WALLED, NEAR_LIMIT = "1506990008", "1506990010"
NAMES = {site["name"]: site["id"] for site in read_yaml("sites.yaml")["sites"]}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return Demo(tmp_path_factory.mktemp("scan-demo"), say=lambda sentence: None).run()


@pytest.fixture(scope="module")
def lines(demo: Demo) -> pd.DataFrame:
    return pd.read_parquet(Path(demo.docx).with_name("lines.parquet"))


@pytest.fixture(scope="module")
def annex(demo: Demo) -> list[dict[str, str]]:
    """The rows of the annex of results, as a reader sees them."""
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in Document(demo.docx).tables]
    [results] = [table for table in tables if "问题（条款）" in table[0]]
    return [dict(zip(results[0], row, strict=True)) for row in results[1:]]


def findings(demo: Demo, subject: str = "") -> list[dict[str, Any]]:
    return [row for scanned in demo.scanned for row in scanned.rows.findings if subject in ("", row["subject_id"])]


@pytest.mark.parametrize("fault", GIVEN["faults"], ids=lambda fault: f"{fault['site']}-{fault['clause']}")
def test_each_planted_fault_is_found_with_its_count(demo: Demo, fault: dict[str, Any]) -> None:
    assert demo.findings().found.get((fault["site"], fault["clause"])) == fault["count"], fault["what"]


def test_nothing_is_invented(demo: Demo) -> None:
    assert demo.findings().invented == []


def test_the_word_file_lists_exactly_the_planted_faults(annex: list[dict[str, str]]) -> None:
    told = Counter((NAMES[row["名称"]], row["问题（条款）"].split()[0]) for row in annex if "." in row["问题（条款）"])
    assert told == Counter((fault["site"], fault["clause"]) for fault in GIVEN["faults"])


def test_recipients_read_addresses_and_no_numbers_of_the_archive(annex: list[dict[str, str]]) -> None:
    [row] = [row for row in annex if row["问题（条款）"].startswith("D4.4a.1")]
    assert "http://kfq.shiliqi.example" in row["具体情形与位置"]
    assert not [row for row in annex if "sha256" in "".join(row.values())]


def test_every_breach_has_evidence(lines: pd.DataFrame) -> None:
    breached = lines[lines["state"] == "breached"]
    assert breached.loc[breached["part"] != "bonus", "evidence"].str.len().min() > 0


def test_what_a_tool_found_can_be_shown(demo: Demo, tmp_path: Path) -> None:
    breached = [row for row in findings(demo) if row["state"] == "breached"]
    assert {row["clause"] for row in breached} >= {"D1.8.1", "D4.2.1", "D4.4a.1", "D4.5.1", "D4.7.1", "D4.9.1"}
    with demo.home():
        folder = Archive.open().evidence_folder(OFFICE)
        for row in breached:
            assert cited(row["evidence"]), row
        assert all(find_evidence(folder, known) for row in breached for known in cited(row["evidence"]))
        [search] = [row for row in breached if row["clause"] == "D4.5.1"]
        [known] = cited(search["evidence"])
        paths = export_evidence(folder, known, tmp_path)
    shown = next(path for path in paths if path.name.startswith("正文")).read_text(encoding="utf-8")
    assert "示例经济开发区" in shown
    assert "搜索" not in shown


@pytest.mark.parametrize("sign", GIVEN["suspected"], ids=lambda sign: sign["clause"])
def test_suspicions_are_told_and_judge_nothing(demo: Demo, lines: pd.DataFrame, sign: dict[str, Any]) -> None:
    rows = [row for row in findings(demo, sign["site"]) if row["clause"] == sign["clause"]]
    [row] = [row for row in rows if row["description"].startswith("疑似")]
    assert sign["sign"] in row["description"]
    assert demo_sites()[sign["site"]].page(sign["where"]) in row["evidence"]
    line = lines[(lines["subject_id"] == sign["site"]) & (lines["clause"] == sign["clause"])]
    assert line["state"].tolist() == ["not_measured"]


def test_no_other_suspicion_is_raised(demo: Demo) -> None:
    told = Counter((row["subject_id"], row["clause"]) for row in findings(demo) if row["description"].startswith("疑似"))
    assert told == Counter((sign["site"], sign["clause"]) for sign in GIVEN["suspected"])


def test_a_firewall_is_not_an_outage(demo: Demo, lines: pd.DataFrame) -> None:
    of_site = lines[lines["subject_id"] == WALLED].set_index("clause")["state"]
    assert of_site["VW2.1"] == "blocked"
    assert of_site["VW3.1"] == "blocked"
    assert "breached" not in set(of_site)
    assert {row["outcome"] for row in demo.probes if row["subject_id"] == WALLED} == {"blocked"}
    verdicts = pd.read_parquet(Path(demo.docx).with_name("verdicts.parquet")).set_index("subject_id")["verdict"]
    assert verdicts[WALLED] == "not_inspected"
    assert "not_inspected" not in set(verdicts.drop(WALLED))


def test_numbers_at_the_limit_are_as_planted(lines: pd.DataFrame) -> None:
    """One more stale section, empty section or failed probe would be a veto: the decoys do come through the measures."""
    near = lines[lines["subject_id"] == NEAR_LIMIT].set_index("clause")["value"]
    assert near[["VW4.1", "VW4.2", "VW4.3"]].tolist() == [4, 9, 4]
    assert 13 < near["VW3.1"] <= 14
    available = lines[lines["clause"] == "VW2.1"].set_index("subject_id")["value"]
    assert available["1506990004"] == pytest.approx(9 / 168)
    assert available["1506990009"] == pytest.approx(8 / 168)


def test_a_week_of_probes_covers_every_day(demo: Demo) -> None:
    achieved = [day for day in coverage(demo.probes) if day.subject_id != WALLED]
    assert len(achieved) == 9 * 7
    assert all(day.is_enough for day in achieved)


def test_intake_sent_nothing_back(demo: Demo) -> None:
    with demo.home():
        archive = Archive.open()
        batches = [batch for feed in FEEDS for batch in archive.batches(OFFICE, feed, Period.parse(PERIOD))]
    assert {batch.feed for batch in batches} == {"roster", "probes", "updates", "links", "findings"}
    assert [(batch.source_name, batch.rejected) for batch in batches if batch.rejected or batch.warned] == []


def test_links_that_are_not_dead_are_not_told_as_dead(demo: Demo) -> None:
    [teaching] = [scanned for scanned in demo.scanned if scanned.site.subject_id == "1506990009"]
    by_link = {row["link"].split("/", 3)[-1] or row["link"]: row for row in teaching.rows.links if row["on_homepage"]}
    assert by_link["zt/flaky.html"]["outcome"] == "ok"
    walled = next(row for row in teaching.rows.links if "walled.example" in row["link"])
    assert walled["outcome"] == "blocked"


def test_the_same_websites_without_plants_have_nothing_but_their_domain(tmp_path: Path) -> None:
    healthy = {key: site for key, site in healthy_sites().items() if key in ("1506990001", "1506990007")}
    found = Demo(tmp_path, say=lambda sentence: None).run(healthy).findings()
    assert found.found == {("1506990001", "D4.1.1"): 1}
    assert found.suspected == set()
