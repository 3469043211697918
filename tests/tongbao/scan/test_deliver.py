"""Rows of scans as files in the inbox: what a later scan supersedes, and what it must not."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.tongbao.scan.offices import RECEIVED, make_office, take_in_roster
from tongbao.archive import Archive
from tongbao.feeds import FEEDS, FINDINGS, PROBES
from tongbao.period import SHANGHAI, Period
from tongbao.scan import deliver
from tongbao.scan.deliver import csv_bytes, deliver_probes, deliver_site_rows, merge_findings, merge_links
from tongbao.workspace import read_arrow

AT = datetime(2020, 9, 16, 10, tzinfo=SHANGHAI)
LATER = AT + timedelta(days=7)


def found(
    clause: str, state: str, at: datetime = AT, description: str = "", subject: str = "a", count: int = 1
) -> dict[str, Any]:
    evidence = "sha256:" + "0" * 64 if state == "breached" else ""
    return {
        "subject_id": subject,
        "clause": clause,
        "state": state,
        "count": count,
        "description": description or state,
        "evidence": evidence,
        "found_at": at,
        "source": "自动扫描",
        "inspector": "",
    }


def states(rows: list[dict[str, Any]]) -> list[tuple[str, str, datetime]]:
    return sorted((row["clause"], row["state"], row["found_at"]) for row in rows)


class TestFindings:
    """One scan's word on a site, set against an earlier one's."""

    def test_a_whole_scan_replaces_all(self) -> None:
        old = [found("D4.2.1", "breached"), found("VW1.1", "not_measured", description="疑似甲")]
        assert states(merge_findings(old, [found("D4.2.1", "met", LATER)], frozenset("a"))) == [("D4.2.1", "met", LATER)]

    def test_a_partial_scan_replaces_what_it_decided(self) -> None:
        old = [found("D4.2.1", "breached"), found("D4.7.1", "breached")]
        new = [found("D4.2.1", "breached", LATER), found("D4.7.1", "not_measured", LATER)]
        merged = merge_findings(old, new, frozenset())
        assert states(merged) == [("D4.2.1", "breached", LATER), ("D4.7.1", "breached", AT)]

    def test_what_was_never_decided_is_told_by_the_newest(self) -> None:
        merged = merge_findings([found("D4.7.1", "blocked")], [found("D4.7.1", "not_measured", LATER)], frozenset())
        assert states(merged) == [("D4.7.1", "not_measured", LATER)]

    def test_suspicions_add_up_until_the_site_is_read_whole(self) -> None:
        old = [found("VW1.1", "not_measured", description="疑似甲"), found("VW1.1", "not_measured", description="疑似乙")]
        new = [found("VW1.1", "not_measured", LATER, "疑似乙"), found("VW1.1", "not_measured", LATER, "疑似丙")]
        merged = merge_findings(old, new, frozenset())
        assert sorted((row["description"], row["found_at"]) for row in merged) == [
            ("疑似丙", LATER),
            ("疑似乙", LATER),
            ("疑似甲", AT),
        ]
        assert len(merge_findings(old, new, frozenset("a"))) == 2

    def test_other_sites_stay(self) -> None:
        merged = merge_findings([found("D4.2.1", "breached", subject="b")], [found("D4.2.1", "met")], frozenset("a"))
        assert {row["subject_id"] for row in merged} == {"a", "b"}


def test_links_of_a_partial_scan_add_to_what_is_known() -> None:
    old = [{"subject_id": "a", "link": name, "on_homepage": False, "outcome": "timeout"} for name in ("x", "y")]
    new = [{"subject_id": "a", "link": "x", "on_homepage": False, "outcome": "ok"}]
    assert sorted((row["link"], row["outcome"]) for row in merge_links(old, new, frozenset())) == [("x", "ok"), ("y", "timeout")]
    assert merge_links(old, new, frozenset("a")) == new


def test_files_are_as_spreadsheets_read_them() -> None:
    rows = [found("D4.2.1", "breached", description="=HYPERLINK(1),甲\n乙\0")]
    [header, row] = list(csv.reader(io.StringIO(csv_bytes(FINDINGS, rows).decode("utf-8-sig"))))
    assert header == [column.title for column in FINDINGS.columns]
    told = dict(zip(header, row, strict=True))
    assert told["问题描述"] == " =HYPERLINK(1),甲\n乙"
    assert told["发现时间"] == "2020-09-16 10:00:00"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with one website on its roster; returns its inbox."""
    home = make_office(tmp_path / "home")
    monkeypatch.setenv("TONGBAO_HOME", str(home))
    return take_in_roster(
        home,
        "政府网站名册",
        "网站标识码,网站名称,首页网址,主办单位,网站状态",
        "1506990001,示例旗人民政府,http://www.shiliqi.example/,示例旗人民政府,正常",
    )


def in_force(feed: str) -> list[dict[str, Any]]:
    archive = Archive.open()
    rows: list[dict[str, Any]] = []
    for batch in archive.batches("shiliqi", feed, Period.parse("2020-Q3")):
        assert batch.rejected == 0
        rows += read_arrow(archive.batch_file(batch, "data.parquet")).select(FEEDS[feed].names).to_pylist()
    return rows


def probes(at: datetime) -> list[dict[str, Any]]:
    return [{"subject_id": "1506990001", "probed_at": at, "outcome": "ok", "status_code": 200, "elapsed_s": 0.123}]


@pytest.mark.whole
@pytest.mark.usefixtures("office")
class TestDelivery:
    """Through the real intake."""

    def test_rounds_of_a_day_share_a_file(self) -> None:
        for hours in (0, 1, 1, 15):
            deliver_probes("shiliqi", "2020-Q3", probes(AT + timedelta(hours=hours)), received_at=RECEIVED)
        assert sorted(row["probed_at"] for row in in_force(PROBES.name)) == [AT + timedelta(hours=h) for h in (0, 1, 15)]
        sources = {batch.source_name for batch in Archive.open().batches("shiliqi", "probes", Period.parse("2020-Q3"))}
        assert sources == {"自测-首页探测记录-shiliqi-20200916.csv", "自测-首页探测记录-shiliqi-20200917.csv"}

    def test_a_fault_seen_twice_counts_once(self) -> None:
        for at in (AT, LATER):
            rows = {"findings": [found("D4.4a.2", "breached", at, subject="1506990001", count=3)]}
            deliver_site_rows("shiliqi", "2020-Q3", rows, at=at, received_at=RECEIVED)
        assert [(row["count"], row["found_at"]) for row in in_force("findings")] == [(3, LATER)]

    def test_a_fault_of_an_earlier_month_is_not_counted_again(self) -> None:
        """An office that files by months: its quarter reads three deliveries, of which the last one counts."""
        august = AT - timedelta(days=30)
        rows = {"findings": [found("D4.4a.2", "breached", august, subject="1506990001", count=7)]}
        deliver_site_rows("shiliqi", "2020-08", rows, at=august, received_at=RECEIVED)
        rows = {"findings": [found("D4.4a.2", "breached", AT, subject="1506990001", count=3)]}
        for _ in range(2):
            deliver_site_rows("shiliqi", "2020-09", rows, at=AT, received_at=RECEIVED)
        told = sorted((row["found_at"], row["state"], row["count"]) for row in in_force("findings"))
        assert told == [(august, "breached", 7), (AT - timedelta(seconds=1), "met", 0), (AT, "breached", 3)]

    def test_what_the_archive_knows_counts_not_what_lies_in_the_inbox(self, office: Path) -> None:
        first = {"findings": [found("D4.2.1", "breached", subject="1506990001")]}
        deliver_site_rows("shiliqi", "2020-Q3", first, at=AT, received_at=RECEIVED)
        (office / "自测-检查问题-shiliqi.csv").unlink()
        second = {"findings": [found("D4.7.1", "breached", LATER, subject="1506990001")]}
        deliver_site_rows("shiliqi", "2020-Q3", second, at=LATER, received_at=RECEIVED)
        assert sorted(row["clause"] for row in in_force("findings")) == ["D4.2.1", "D4.7.1"]

    def test_the_same_scan_delivered_again_changes_nothing(self) -> None:
        update = {
            "subject_id": "1506990001",
            "section": "首页",
            "section_class": "homepage",
            "observed_at": AT,
            "last_published_at": None,
            "item_count": 3,
        }
        first = deliver_site_rows("shiliqi", "2020-Q3", {"updates": [update]}, at=AT, received_at=RECEIVED)
        again = deliver_site_rows("shiliqi", "2020-Q3", {"updates": [update]}, at=AT, received_at=RECEIVED)
        assert [receipt["is_new"] for receipt in first + again] == [True, False]
        assert len(in_force("updates")) == 1


@pytest.mark.whole
def test_half_a_file_is_never_seen(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    def look(*arguments: Any, **_: Any) -> dict[str, Any]:
        seen.append(sorted(path.name for path in office.iterdir() if not path.name.startswith(".")))
        return {"files": []}

    monkeypatch.setattr(deliver, "take_in_files", look)
    deliver_probes("shiliqi", "2020-Q3", probes(AT), received_at=RECEIVED)
    assert seen == [["政府网站名册.csv", "自测-首页探测记录-shiliqi-20200916.csv"]]
