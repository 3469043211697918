"""Files taken in whole: what is filed, found again, superseded, refused, and in which order."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from tongbao.archive import Archive, BatchManifest
from tongbao.errors import FileRefused
from tongbao.intake import deliver
from tongbao.intake import validate as validating
from tongbao.intake.deliver import DeliveryOutcome, take_in, take_in_all
from tongbao.intake.suite import Suite, load_suite
from tongbao.period import SHANGHAI, Period
from tongbao.vocabulary import load_vocabulary

pytestmark = pytest.mark.whole

VOCABULARY = load_vocabulary()
Q2, Q3 = Period.parse("2020-Q2"), Period.parse("2020-Q3")
ROSTER = "标识码,平台类型,名称,主办单位\nwx-1,微信公众号,示例旗发布,示例旗教育局\nwx-2,抖音,示例旗文旅,示例旗文化旅游局\n"
CLAUSES = {"VM2.1": "VM2.1", "VM2": "VM2.1", "长期不更新": "VM2.1"}


@dataclass(frozen=True)
class Office:
    id: str = "shiliqi"
    name: str = "示例旗"


@pytest.fixture(autouse=True)
def few_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run only the rules that depend on what lies around a delivery: the suites have tests of their own."""

    def trimmed(feed: str, folder: Path | None = None) -> Suite:
        suite = load_suite(feed, folder)
        kept = [n for n, rule in enumerate(suite.rules) if rule.id.endswith((".known", ".new", ".unique", "_at.within_period"))]
        document = suite.document | {"expectations": [suite.document["expectations"][n] for n in kept]}
        return replace(suite, document=document, rules=tuple(suite.rules[n] for n in kept))

    monkeypatch.setattr(validating, "load_suite", trimmed)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.open(str(tmp_path / "archive"))


@pytest.fixture
def inbox(tmp_path: Path):
    """Writes a file of the inbox."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / "inbox" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def take(archive: Archive):
    def taken(path: Path, period: Period = Q3, **settings: Any) -> list[BatchManifest]:
        facts = {"received_at": datetime(2021, 1, 5, 9, 0, tzinfo=SHANGHAI), "vocabulary": VOCABULARY} | settings
        return take_in(path, archive=archive, jurisdiction=Office(), period=period, **facts)

    return taken


@pytest.fixture
def take_all(archive: Archive):
    def taken(paths: list[Path], period: Period = Q3, **settings: Any) -> list[deliver.DeliveryReport]:
        facts = {"received_at": datetime(2021, 1, 5, 9, 0, tzinfo=SHANGHAI), "vocabulary": VOCABULARY} | settings
        return take_in_all(paths, archive=archive, jurisdiction=Office(), period=period, **facts)

    return taken


def rows_of(archive: Archive, batch: BatchManifest) -> list[dict[str, Any]]:
    return pq.read_table(io.BytesIO(archive.batch_file(batch, "data.parquet").read_bytes())).to_pylist()


def probes(*lines: str) -> str:
    return "标识码,探测时间,结果,状态码,耗时（秒）\n" + "".join(f"{line}\n" for line in lines)


GOOD, LATER = "wx-1,2020-09-30 08:00,正常,200,0.4", "wx-1,2020-09-30 09:00,超时,,15"
BROKEN, STRANGER = "wx-1,2020-02-30 08:00,正常,200,0.4", "zz-1,2020-09-30 08:00,正常,200,0.4"


def test_a_delivery_is_filed_with_all_that_belongs_to_it(archive, inbox, take) -> None:
    take(inbox("名册.csv", ROSTER))
    content = probes(GOOD, BROKEN, LATER, STRANGER)
    [batch] = take(inbox("首页探测.csv", content))
    assert (batch.feed, batch.period, batch.sequence) == ("probes", "2020-Q3", 1)
    assert (batch.delivered, batch.accepted, batch.rejected) == (4, 2, 2)
    assert set(batch.files) == {"data.parquet", "original/首页探测.csv", "rejected.xlsx", "validation.html"}
    assert archive.batch_file(batch, "original/首页探测.csv").read_bytes() == content.encode()
    assert batch.files["original/首页探测.csv"] == batch.sha256
    assert [row["row_number"] for row in rows_of(archive, batch)] == [2, 4]
    assert batch.observed_from == datetime(2020, 9, 30, 8, 0, tzinfo=SHANGHAI)
    assert batch.observed_until == datetime(2020, 9, 30, 9, 0, tzinfo=SHANGHAI)
    sheet = openpyxl.load_workbook(io.BytesIO(archive.batch_file(batch, "rejected.xlsx").read_bytes())).active
    assert [(row[0], row[5]) for row in list(sheet.values)[1:]] == [("wx-1", 3), ("zz-1", 5)]
    assert "2020年第三季度" in archive.batch_file(batch, "validation.html").read_text(encoding="utf-8")
    assert set(batch.context) >= {"tongbao", "vocabulary", "suite", "rosters"}


def test_an_identical_delivery_finds_its_batch(archive, inbox, take) -> None:
    path = inbox("名册.csv", ROSTER)
    [first] = take(path)
    [again] = take(path, received_at=datetime(2021, 2, 1, tzinfo=SHANGHAI))
    assert again == first
    assert len(archive.batches("shiliqi", "roster")) == 1


def test_a_clean_delivery_has_no_rejected_workbook(inbox, take) -> None:
    [batch] = take(inbox("名册.csv", ROSTER))
    assert "rejected.xlsx" not in batch.files


@pytest.mark.parametrize("changed", ["roster", "clauses", "suite", "vocabulary", "version", "until"])
def test_the_same_bytes_under_other_rules_are_another_batch(changed, inbox, take, monkeypatch, tmp_path) -> None:
    take(inbox("名册.csv", ROSTER))
    path = inbox("检查问题.csv", "标识码,条款,发现时间,问题描述,检查人\nwx-1,VM2.1,2020-09-01,未更新,一组\n")
    settings: dict[str, Any] = {"clauses": CLAUSES}
    [first] = take(path, **settings)
    match changed:
        case "roster":
            take(inbox("补充名册.csv", ROSTER.replace("wx-2", "wx-3")))
        case "clauses":
            settings["clauses"] = CLAUSES | {"VM3.1": "VM3.1"}
        case "suite":
            monkeypatch.setattr(deliver, "load_suite", lambda feed, real=deliver.load_suite: _Hashed(real(feed).hash[::-1]))
        case "vocabulary":
            monkeypatch.setattr(deliver.IntakeDesk, "_context", _with(deliver.IntakeDesk._context, vocabulary="other"))
        case "version":
            monkeypatch.setattr(deliver.tongbao, "__version__", "99.0")
        case "until":
            settings["until"] = datetime(2020, 10, 8, tzinfo=SHANGHAI)
    [second] = take(path, **settings)
    assert second.sequence == first.sequence + 1
    assert second.identity != first.identity
    assert second.accepted == first.accepted == 1


@dataclass(frozen=True)
class _Hashed:
    hash: str


def _with(method, **changes):
    return lambda desk, table: method(desk, table) | changes


def test_a_newer_file_of_the_same_name_supersedes_and_repeats_nothing(archive, inbox, take) -> None:
    take(inbox("名册.csv", ROSTER))
    take(inbox("首页探测.csv", probes(GOOD)))
    [batch] = take(inbox("首页探测.csv", probes(GOOD, LATER)))
    assert (batch.accepted, batch.rejected) == (2, 0)
    assert [b.sequence for b in archive.batches("shiliqi", "probes")] == [2]
    assert "第1批（由本批整份替换）" in archive.batch_file(batch, "validation.html").read_text(encoding="utf-8")


def test_going_back_to_an_older_file_is_a_new_batch(archive, inbox, take) -> None:
    take(inbox("名册.csv", ROSTER))
    for content in (probes(GOOD), probes(LATER), probes(GOOD)):
        [batch] = take(inbox("首页探测.csv", content))
    assert batch.sequence == 3
    [in_force] = archive.batches("shiliqi", "probes")
    assert in_force == batch


def test_rows_of_another_file_in_force_are_rejected_by_its_name(archive, inbox, take) -> None:
    take(inbox("名册.csv", ROSTER))
    take(inbox("首页探测九月.csv", probes(GOOD)))
    [batch] = take(inbox("首页探测季度.csv", probes(GOOD, LATER)))
    assert (batch.accepted, batch.rejected) == (1, 1)
    page = archive.batch_file(batch, "validation.html").read_text(encoding="utf-8")
    assert "与已入库的《首页探测九月.csv》（2020-Q3第1批）中的记录重复" in page


def test_only_batches_overlapping_in_time_are_opened(archive, inbox, take, monkeypatch) -> None:
    take(inbox("名册.csv", ROSTER))
    take(inbox("首页探测1.csv", probes("wx-1,2020-08-01 08:00,正常,200,1", "wx-1,2020-08-02 08:00,正常,200,1")))
    opened = []
    real = deliver.IntakeDesk._columns

    def watched(desk, batch, names):
        opened.append(batch.source_name)
        return real(desk, batch, names)

    monkeypatch.setattr(deliver.IntakeDesk, "_columns", watched)
    take(inbox("首页探测2.csv", probes("wx-1,2020-08-02 08:01,正常,200,1")))
    assert "首页探测1.csv" not in opened
    take(inbox("首页探测3.csv", probes("wx-1,2020-08-02 08:00,正常,200,1")))
    assert "首页探测1.csv" in opened


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("留言办理{n}.csv", "标识码,留言编号,渠道,收到时间\nwx-1,M1,留言,2020-08-01\n"),
        ("抽查名单{n}.csv", "标识码,检查周期\nwx-1,2020-Q3\n"),
        ("名册{n}.csv", ROSTER),
    ],
)
def test_lists_and_messages_may_come_again(name, content, inbox, take) -> None:
    take(inbox("名册.csv", ROSTER))
    for n in (1, 2):
        [batch] = take(inbox(name.format(n=n), content))
        assert batch.rejected == 0


def test_clauses_are_filed_by_their_id(archive, inbox, take) -> None:
    take(inbox("名册.csv", ROSTER))
    lines = [
        f"wx-1,{clause},2020-09-0{n},未更新,一组" for n, clause in enumerate(["vm2.1", "ＶＭ２", "长期不更新", "VM7"], start=1)
    ]
    path = inbox("检查问题.csv", "标识码,条款,发现时间,问题描述,检查人\n" + "\n".join(lines))
    [batch] = take(path, clauses=CLAUSES)
    assert [row["clause"] for row in rows_of(archive, batch)] == ["VM2.1"] * 3
    assert batch.rejected == 1


def test_the_roster_of_a_later_period_is_not_known_to_an_earlier(inbox, take) -> None:
    take(inbox("名册.csv", ROSTER), Q3)
    [unchecked] = take(inbox("首页探测.csv", probes(STRANGER.replace("09-30", "06-29"))), Q2)
    assert unchecked.rejected == 0
    take(inbox("二季度名册.csv", ROSTER), Q2)
    [checked] = take(inbox("首页探测.csv", probes(STRANGER.replace("09-30", "06-29"))), Q2)
    assert checked.rejected == 1


def test_a_roster_of_an_earlier_period_is_known_later(inbox, take) -> None:
    take(inbox("名册.csv", ROSTER), Q2)
    [batch] = take(inbox("首页探测.csv", probes(GOOD, STRANGER)), Q3)
    assert batch.rejected == 1


def test_a_cutoff_after_the_period_lets_later_rows_in(inbox, take) -> None:
    take(inbox("名册.csv", ROSTER))
    path = inbox("首页探测.csv", probes("wx-1,2020-10-03 08:00,正常,200,1"))
    assert take(path)[0].rejected == 1
    assert take(path, until=datetime(2020, 10, 6, tzinfo=SHANGHAI))[0].rejected == 0


def workbook(sheets: dict[str, list[list[Any]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


ROSTER_SHEET = [["标识码", "平台类型", "名称", "主办单位"], ["wx-1", "微信公众号", "示例旗发布", "示例旗教育局"]]
SAMPLE_SHEET = [["标识码", "检查周期"], ["wx-1", "2020年第三季度"], ["zz-1", "2020年第三季度"]]


def test_rosters_inside_a_workbook_come_before_what_refers_to_them(inbox, take) -> None:
    batches = take(inbox("检查材料.xlsx", workbook({"抽查名单": SAMPLE_SHEET, "名册": ROSTER_SHEET})))
    assert [(batch.feed, batch.sheet, batch.accepted, batch.rejected) for batch in batches] == [
        ("roster", "名册", 1, 0),
        ("sample", "抽查名单", 1, 1),
    ]


def test_rosters_of_all_files_come_first(inbox, take_all) -> None:
    paths = [
        inbox("首页探测.csv", probes(GOOD, STRANGER)),
        inbox("材料.xlsx", workbook({"抽查名单": SAMPLE_SHEET, "名册": ROSTER_SHEET})),
        inbox("政务新媒体备案清单.csv", ROSTER),
    ]
    reports = take_all(paths)
    assert [report.file for report in reports] == ["首页探测.csv", "材料.xlsx", "政务新媒体备案清单.csv"]
    assert [report.outcome for report in reports] == [DeliveryOutcome.TAKEN_IN] * 3
    assert [[(t.feed, t.accepted, t.rejected) for t in report.tables] for report in reports] == [
        [("probes", 1, 1)],
        [("roster", 1, 0), ("sample", 1, 1)],
        [("roster", 2, 0)],
    ]
    assert reports[0].sentence == "《首页探测.csv》送达2行，接收1行，退回1行；退回的行和原因见该批次的 rejected.xlsx"
    assert json.loads(json.dumps(reports[0].as_json()))["tables"][0]["batch"].startswith("0001-")


def test_a_roster_named_like_something_else_is_not_lost(inbox, take_all) -> None:
    paths = [
        inbox("首页探测1.csv", probes(GOOD)),
        inbox("首页探测2.csv", ROSTER),
        inbox("首页探测3.csv", probes(LATER, STRANGER)),
    ]
    reports = take_all(paths)
    assert [[(table.feed, table.accepted) for table in report.tables] for report in reports] == [
        [("probes", 1)],
        [("roster", 2)],
        [("probes", 1)],
    ]


def test_a_second_run_over_an_inbox_files_nothing(archive, inbox, take_all) -> None:
    paths = [inbox("首页探测.csv", probes(GOOD)), inbox("材料.xlsx", workbook({"抽查名单": SAMPLE_SHEET, "名册": ROSTER_SHEET}))]
    take_all(paths)
    reports = take_all(paths)
    assert [report.outcome for report in reports] == [DeliveryOutcome.KNOWN] * 2
    assert "没有重复入库" in reports[0].sentence
    assert [len(archive.batches("shiliqi", feed)) for feed in ("roster", "probes", "sample")] == [1, 1, 1]


def test_one_bad_file_never_stops_the_others(archive, inbox, take_all, monkeypatch) -> None:
    real = deliver.normalise

    def failing(table, *given, **named):
        if table.file == "链接检查.csv":
            raise ZeroDivisionError("division by zero")
        return real(table, *given, **named)

    monkeypatch.setattr(deliver, "normalise", failing)
    reports = take_all(
        [
            inbox("首页探测.csv", "标识码,结果\nwx-1,正常\n"),
            inbox("链接检查.csv", "标识码,所在页面,链接地址,结果,检查时间\nwx-1,/,/a,正常,2020-09-01\n"),
            inbox("名册.csv", ROSTER),
            inbox("照片.png", b"\x89PNG"),
        ]
    )
    assert [report.outcome for report in reports] == [
        DeliveryOutcome.REFUSED,
        DeliveryOutcome.FAILED,
        DeliveryOutcome.TAKEN_IN,
        DeliveryOutcome.REFUSED,
    ]
    assert "探测时间" in reports[0].sentence
    assert "ZeroDivisionError" in reports[1].sentence
    assert len(archive.batches("shiliqi", "roster")) == 1


def test_a_named_feed_needs_no_telling_file_name(inbox, take_all) -> None:
    path = inbox("export.csv", probes(GOOD))
    [report] = take_all([path], feeds={path: "probes"})
    assert [table.feed for table in report.tables] == ["probes"]


def test_a_refused_file_is_kept_with_its_sentence(archive, inbox, take) -> None:
    path = inbox("首页探测.csv", "标识码,结果\nwx-1,正常\n")
    with pytest.raises(FileRefused) as caught:
        take(path)
    [folder] = list((archive.root / "shiliqi" / "refused" / "2020-Q3").iterdir())
    assert (folder / "首页探测.csv").read_bytes() == path.read_bytes()
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["problem"] == str(caught.value)
    assert not archive.batches("shiliqi", "probes")
