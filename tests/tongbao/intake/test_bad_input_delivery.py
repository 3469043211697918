"""What an inbox may hold that it should not: each kind is answered in Chinese, with its place, and nothing is lost."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from tongbao.archive import Archive, BatchManifest
from tongbao.intake.deliver import DeliveryOutcome, DeliveryReport, take_in_all
from tongbao.period import SHANGHAI, Period
from tongbao.vocabulary import load_vocabulary

pytestmark = pytest.mark.whole

VOCABULARY = load_vocabulary()
LONG_NAME = "示例旗" + "政" * 37
ROSTER = [
    ["附件1 示例旗政务新媒体备案清单"],
    ["账号ID", "平台类型", "账号名称", "主办单位", "备案日期"],
    ["wx-1", "微信公众号", "示例旗发布", "示例旗教育局", "2019.5.8"],
    ["wx-2", "抖音", "示例旗文旅", "示例旗文化旅游局", "2019年5月8日"],
]


@dataclass(frozen=True)
class Office:
    id: str = "shiliqi"
    name: str = "示例旗"


class Desk:
    """Delivers files of one inbox and looks into the archive."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archive = Archive.open(str(folder / "archive"))

    def deliver(self, **files: bytes) -> dict[str, DeliveryReport]:
        paths = []
        for name, content in files.items():
            path = self.folder / name.replace("__", ".")
            path.write_bytes(content)
            paths.append(path)
        reports = take_in_all(
            paths,
            archive=self.archive,
            jurisdiction=Office(),
            period=Period.parse("2020-Q3"),
            received_at=datetime(2020, 10, 9, 9, 0, tzinfo=SHANGHAI),
            vocabulary=VOCABULARY,
            clauses={"VM2.1": "VM2.1"},
        )
        return {report.file: report for report in reports}

    def one(self, name: str, content: bytes) -> DeliveryReport:
        [report] = self.deliver(**{name.replace(".", "__"): content}).values()
        return report

    def batch(self, feed: str) -> BatchManifest:
        return self.archive.batches("shiliqi", feed)[-1]

    def accepted(self, feed: str) -> list[dict[str, Any]]:
        return pq.read_table(io.BytesIO(self.archive.batch_file(self.batch(feed), "data.parquet").read_bytes())).to_pylist()

    def returned(self, feed: str) -> list[tuple[Any, ...]]:
        data = self.archive.batch_file(self.batch(feed), "rejected.xlsx").read_bytes()
        return list(openpyxl.load_workbook(io.BytesIO(data)).active.values)[1:]

    def refused(self) -> list[tuple[str, str]]:
        folder = self.archive.root / "shiliqi" / "refused" / "2020-Q3"
        manifests = [json.loads((child / "manifest.json").read_text(encoding="utf-8")) for child in folder.iterdir()]
        return [(manifest["source_name"], manifest["problem"]) for manifest in manifests]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def xlsx(rows: list[list[Any]], title: str = "Sheet1") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def csv(*lines: str) -> bytes:
    return "\n".join(lines).encode() + b"\n"


PROBES = "标识码,探测时间,结果,状态码,耗时（秒）"
FINDINGS = "标识码,条款,发现时间,问题描述,检查人"

REFUSED = {
    "missing column": ("首页探测.csv", csv("标识码,结果", "wx-1,正常"), ["《首页探测.csv》", "探测时间"]),
    "wrong sheet": ("首页探测.xlsx", xlsx([["菜名", "价格"], ["面", 9]], "菜单"), ["《首页探测.xlsx》", "菜单"]),
    "zero bytes": ("名册.xlsx", b"", ["《名册.xlsx》"]),
    "no rows": ("首页探测.csv", csv(PROBES), ["《首页探测.csv》", "没有数据行"]),
    "truncated": ("名册.xlsx", xlsx(ROSTER)[:900], ["《名册.xlsx》"]),
    "html called xls": ("名册.xls", b"<html><table><tr><td>1</td></tr></table></html>", ["《名册.xls》", "另存为"]),
    "unknown kind": ("名册.pdf", b"%PDF-1.7", ["《名册.pdf》"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_of_wrong_shape_is_refused_and_kept(case: str, desk: Desk) -> None:
    name, content, said = REFUSED[case]
    report = desk.one(name, content)
    assert report.outcome is DeliveryOutcome.REFUSED
    assert all(part in report.sentence for part in said)
    assert report.sentence.endswith("。")
    assert desk.refused() == [(name, report.sentence)]
    assert report.tables == ()


def test_xml_entities_are_refused(desk: Desk) -> None:
    sink = io.BytesIO(xlsx(ROSTER))
    with zipfile.ZipFile(sink) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>'
    sheet = next(name for name in parts if "worksheets/sheet" in name)
    parts[sheet] = bomb + parts[sheet].split(b"?>", 1)[-1]
    evil = io.BytesIO()
    with zipfile.ZipFile(evil, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)
    assert desk.one("名册.xlsx", evil.getvalue()).outcome is DeliveryOutcome.REFUSED


def test_every_kind_of_broken_row_comes_back_with_row_field_and_reason(desk: Desk) -> None:
    desk.one("名册.xlsx", xlsx(ROSTER))
    lines = [
        ("wx-1,2020-09-30 08:00,正常,200,0.4", None),
        ("wx-1,2020-02-30 08:00,正常,200,0.4", ("探测时间", "不是存在的日期")),
        ("wx-1,2020-10-01 00:00,正常,200,0.4", ("探测时间", "晚于2020年第三季度的截止时间")),
        ("wx-9,2020-09-30 08:00,正常,200,0.4", ("标识码", "“wx-9”不在名册中")),
        ("wx-1,2020-09-30 08:00,超时,,15", ("标识码", "与第2行的标识码、探测时间都相同")),
        (",2020-09-30 08:00,正常,200,0.4", ("标识码", "缺少标识码")),
        ("wx-2,2020-09-30 08:00,抽风,,", ("结果", "抽风")),
        ("wx-2,2020-09-30 09:00,正常,200,4000", ("耗时（秒）", "不在0至3600秒之间")),
        ("wx-2,2020-09-30 10:00,=cmd|'/c calc'!A1,,", ("结果", "")),
    ]
    report = desk.one("首页探测.csv", csv(PROBES, *(line for line, _ in lines)))
    expected = {row: told for row, (_, told) in enumerate(lines, start=2) if told}
    returned = {row[5]: row for row in desk.returned("probes")}
    assert set(returned) == set(expected)
    for number, (column, reason) in expected.items():
        assert returned[number][6] == column
        assert reason in returned[number][7] or returned[number][2] == reason
    assert returned[10][2] == "=cmd|'/c calc'!A1"
    assert [row["row_number"] for row in desk.accepted("probes")] == [2]
    [table] = report.tables
    assert table.accepted + table.rejected == table.delivered == len(lines)


def test_an_unknown_platform_is_kept_with_a_remark(desk: Desk) -> None:
    report = desk.one("名册.xlsx", xlsx([*ROSTER, ["yz-1", "元宇宙号", "示例旗元宇宙", "示例旗教育局", None]]))
    assert (report.tables[0].rejected, report.tables[0].warned) == (0, 1)
    assert desk.accepted("roster")[-1]["platform"] == "元宇宙号"
    page = desk.archive.batch_file(desk.batch("roster"), "validation.html").read_text(encoding="utf-8")
    assert "元宇宙号" in page
    assert "platforms.yaml" in page


def test_odd_names_pass_unchanged(desk: Desk) -> None:
    names = [LONG_NAME, "A&B<C>“D”", "{{ 7*7 }}{% raw %}", "=SUM(A1)", "示例\u3000旗"]
    rows = [
        ["账号ID", "平台类型", "账号名称", "主办单位"],
        *([f"id-{n}", "抖音", name, "示例旗教育局"] for n, name in enumerate(names)),
    ]
    book = openpyxl.load_workbook(io.BytesIO(xlsx(rows)))
    formula = next(cell for cell in book.active["C"] if cell.value == "=SUM(A1)")
    formula.data_type = "s"
    sink = io.BytesIO()
    book.save(sink)
    desk.one("名册.xlsx", sink.getvalue())
    assert [row["name"] for row in desk.accepted("roster")] == names
    page = desk.archive.batch_file(desk.batch("roster"), "validation.html").read_text(encoding="utf-8")
    assert "<C>" not in page


def test_control_characters_are_taken_out_and_said(desk: Desk) -> None:
    report = desk.one("名册.csv", csv("标识码,平台类型,名称,主办单位", "wx-1,抖音,示例\x07旗,示例旗教育局"))
    assert (report.tables[0].accepted, report.tables[0].warned) == (1, 1)
    assert desk.accepted("roster")[0]["name"] == "示例旗"


def test_blank_rows_and_notes_are_no_deliveries(desk: Desk) -> None:
    rows = [*ROSTER, *([None] * 5 for _ in range(2000)), ["注：本表一式两份"]]
    report = desk.one("名册.xlsx", xlsx(rows))
    assert report.tables[0].delivered == 2


def test_a_clause_unknown_or_shared_is_returned(desk: Desk) -> None:
    desk.one("名册.xlsx", xlsx(ROSTER))
    desk.one("检查问题.csv", csv(FINDINGS, "wx-1,VM2.1,2020-09-28,未更新,一组", "wx-1,D9.9,2020-09-28,配色,一组"))
    [row] = desk.returned("findings")
    assert row[5:7] == (3, "条款")
    assert "D9.9" in row[7]


def test_the_bad_files_of_an_inbox_leave_the_good_ones_alone(desk: Desk) -> None:
    reports = desk.deliver(
        首页探测__csv=csv(PROBES, "wx-1,2020-09-30 08:00,正常,200,0.4"),
        链接检查__xlsx=b"PK\x03\x04 no workbook",
        名册__xlsx=xlsx(ROSTER),
    )
    assert [report.outcome.value for report in reports.values()] == ["taken_in", "refused", "taken_in"]
    assert reports["首页探测.csv"].tables[0].rejected == 0
