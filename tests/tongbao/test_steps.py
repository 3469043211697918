"""The main job without Airflow, on the sample: the contract of the circular's run."""

from __future__ import annotations

import json
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from tests.sample_run import CIRCULAR, OFFICE, SampleRun, archive_at, make_edition, work_up
from tongbao import steps
from tongbao.archive import Archive, EditionManifest
from tongbao.circular.package import DOCUMENT, read_package, write_package
from tongbao.errors import ConfigurationError, GateBreach, NothingToReport, TongbaoError
from tongbao.figures import Figures
from tongbao.intake.inbox import take_in_files
from tongbao.judged import RECONCILIATION
from tongbao.period import Period
from tongbao.selection import read_instant

Q2, Q3 = Period.parse("2020-Q2"), Period.parse("2020-Q3")


@pytest.fixture(scope="module")
def shared(sample_run: SampleRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with both quarters taken in and Q3's edition filed; read-only."""
    own = tmp_path_factory.mktemp("filed") / "archive"
    shutil.copytree(sample_run.folder, own)
    make_edition(own, "2020-Q3")
    return own


@pytest.fixture
def folder(shared: Path, tmp_path: Path) -> Path:
    """A copy of one's own to change."""
    own = tmp_path / "archive"
    shutil.copytree(shared, own)
    return own


@pytest.fixture
def filed(shared: Path) -> tuple[Archive, EditionManifest]:
    return edition_of(shared, Q3)


def edition_of(folder: Path, period: Period, number: int = -1) -> tuple[Archive, EditionManifest]:
    with archive_at(folder) as archive:
        return archive, archive.editions(OFFICE, CIRCULAR, period)[number]


def every_file(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def text_of(content: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in docx.Document(BytesIO(content)).paragraphs)


def test_the_circular_states_the_counts_and_its_annexes_hold_as_many_rows(filed: tuple[Archive, EditionManifest]) -> None:
    archive, edition = filed
    content = archive.edition_file(edition, "circular.docx").read_bytes()
    text = text_of(content)
    assert "关于2020年第三季度全旗政府网站" in text.replace("\n", "")
    assert "政府网站1个，政务新媒体64个" in text
    assert "报送系统之外的政务新媒体21个" in text
    tables = [
        table for table in docx.Document(BytesIO(content)).tables if "序号" in table.rows[0].cells[0].text.replace("\n", "")
    ]
    assert [len(table.rows) - 1 for table in tables[:2]] == [64, 21]
    book = openpyxl.load_workbook(BytesIO(archive.edition_file(edition, "annexes.xlsx").read_bytes()))
    assert len(book.worksheets) == 3


def test_the_roster_is_reconciled_in_a_workbook_of_its_own(filed: tuple[Archive, EditionManifest]) -> None:
    archive, edition = filed
    book = openpyxl.load_workbook(BytesIO(archive.edition_file(edition, "reconciliation.xlsx").read_bytes()))
    rows = {sheet.title: sheet.max_row - 2 for sheet in book.worksheets}
    assert rows["查到未报备"] == 21
    assert rows["报备与实际不一致"] == 1
    assert len(rows) == len(RECONCILIATION)


def test_every_rate_follows_from_its_counts(filed: tuple[Archive, EditionManifest]) -> None:
    archive, edition = filed
    figures = Figures.from_json(json.loads(archive.edition_file(edition, "figures.json").read_bytes()))
    rates = [figure for figure in figures.values() if figure.kind == "rate"]
    assert len(rates) > 10
    for rate in rates:
        assert rate.value * figures.value(rate.denominator) == pytest.approx(figures.value(rate.numerator))


def test_the_manifest_says_what_the_edition_rests_on(filed: tuple[Archive, EditionManifest]) -> None:
    archive, edition = filed
    assert {batch.feed for batch in edition.inputs} == {"roster", "probes", "updates", "links", "messages", "findings", "sample"}
    assert edition.rules["id"] == "national-2019"
    assert edition.rules["document"] == "国办秘函〔2019〕19号"
    assert {"jurisdiction", "blocks", "words", "template", "reconciliation", "notice"} <= edition.parts.keys()
    assert edition.gate["breaches"] == []
    assert edition.summary["delivered"] == edition.summary["accepted"] + edition.summary["rejected"]
    assert all(archive.edition_file(edition, name).exists() for name in edition.files)


def test_a_second_run_finds_its_edition_and_changes_no_byte(folder: Path) -> None:
    before = every_file(folder)
    again = make_edition(folder, "2020-Q3", reason="再看一遍")
    assert (again["is_new"], again["edition"]) == (False, "0001")
    assert every_file(folder) == before


def test_an_edition_made_anew_elsewhere_has_equal_bytes(folder: Path, filed: tuple[Archive, EditionManifest]) -> None:
    _, edition = filed
    shutil.rmtree(folder / OFFICE / "editions")
    make_edition(folder, "2020-Q3", key="another run")
    _, again = edition_of(folder, Q3)
    assert (again.identity, again.files) == (edition.identity, edition.files)


def test_a_changed_roster_makes_a_new_edition_and_leaves_the_old_untouched(folder: Path, tmp_path: Path) -> None:
    before = every_file(folder)
    inbox = tmp_path / "inbox" / "2020-Q3"
    inbox.mkdir(parents=True)
    shutil.copy(Path("samples/shiliqi/2020-Q3/政务新媒体备案清单.xlsx"), inbox)
    book = openpyxl.load_workbook(inbox / "政务新媒体备案清单.xlsx")
    changed = next(cell for row in book.active.iter_rows() for cell in row if cell.value == "平安示例旗")
    changed.value = "平安示例旗发布"
    book.save(inbox / "政务新媒体备案清单.xlsx")
    with archive_at(folder):
        take_in_files(OFFICE, "2020-Q3", map(str, inbox.iterdir()), received_at="2020-10-15T09:00:00+08:00")
    facts = make_edition(folder, "2020-Q3", reason="名册更正")
    after = every_file(folder)
    assert (facts["is_new"], facts["edition"]) == (True, "0002")
    assert {name: after[name] for name in before} == before
    archive, edition = edition_of(folder, Q3)
    assert edition.run["reason"] == "名册更正"
    cells = [
        cell.text
        for table in docx.Document(BytesIO(archive.edition_file(edition, "circular.docx").read_bytes())).tables
        for cell in table._cells
    ]
    assert "平安示例旗发布" in cells


def test_an_old_quarter_does_not_change_because_a_later_one_exists(folder: Path, tmp_path: Path) -> None:
    make_edition(folder, "2020-Q2")
    alone = tmp_path / "alone"
    shutil.copytree(folder / OFFICE / "batches", alone / OFFICE / "batches")
    for later in (alone / OFFICE / "batches").glob("*/2020-Q3"):
        shutil.rmtree(later)
    make_edition(alone, "2020-Q2")
    (_, beside), (_, by_itself) = edition_of(folder, Q2), edition_of(alone, Q2)
    assert (beside.identity, beside.files) == (by_itself.identity, by_itself.files)


def test_an_earlier_cutoff_sees_less_and_is_another_edition(folder: Path) -> None:
    early = make_edition(folder, "2020-Q3", cutoff="2020-08-01T00:00")
    _, whole = edition_of(folder, Q3, number=0)
    assert early["edition"] == "0002"
    assert early["not_inspected"] > whole.summary["verdicts"]["not_inspected"]


def test_a_period_without_a_roster_is_told_plainly(folder: Path) -> None:
    with pytest.raises(NothingToReport, match=r"2019年第一季度没有名册.*请把名册放入"):
        make_edition(folder, "2019-Q1")


@pytest.mark.parametrize(
    ("wish", "error", "told"),
    [
        ({"label": "2020-09"}, TongbaoError, "2020-Q3"),
        ({"label": "2020-Q3", "cutoff": "十月"}, TongbaoError, "北京时间"),
        ({"label": "2020-Q3", "cutoff": "2020-01-01"}, TongbaoError, "检查周期开始之后"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_before_anything_is_computed(
    folder: Path, wish: dict[str, Any], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        make_edition(folder, **wish)
    with archive_at(folder) as archive:
        assert len(archive.editions(OFFICE, CIRCULAR, Q3)) == 1


def test_a_missing_template_is_told_by_name(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    for part in ("config", "expectations", "templates"):
        shutil.copytree(part, home / part)
    (home / "templates" / "quarterly.yaml").unlink()
    monkeypatch.setenv("TONGBAO_HOME", str(home))
    with pytest.raises(ConfigurationError, match=r"templates/quarterly\.yaml"):
        make_edition(folder, "2020-Q3")


def test_an_instant_without_offset_is_shanghai_time() -> None:
    assert read_instant("2020-10-13T18:00").isoformat() == "2020-10-13T18:00:00+08:00"
    assert read_instant("2020-10-13T18:00+00:00").isoformat() == "2020-10-13T18:00:00+00:00"


def test_a_tampered_figure_stops_the_run_until_a_reason_is_given_and_kept(folder: Path) -> None:
    shutil.rmtree(folder / OFFICE / "editions")
    work = work_up(folder, "2020-Q3", until=steps.write, key="tampered")
    parts = read_package(Path(str(work.folder / steps.CIRCULAR)))
    body = parts[DOCUMENT].decode()
    assert body.count(">90.32%<") == 1
    work.write_bytes(steps.CIRCULAR, write_package({**parts, DOCUMENT: body.replace(">90.32%<", ">99.32%<").encode()}))
    with archive_at(folder) as archive:
        with pytest.raises(GateBreach, match=r"99\.32%"):
            steps.gate(str(work))
        assert archive.editions(OFFICE, CIRCULAR, Q3) == []
        steps.gate(str(work), override_reason="领导同意")
        steps.file_edition(str(work))
        [edition] = archive.editions(OFFICE, CIRCULAR, Q3)
    assert edition.gate["override_reason"] == "领导同意"
    assert edition.gate["breaches"][0]["printed"] == "99.32%"


def test_a_template_changed_while_a_run_goes_on_stops_it_from_filing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(folder / OFFICE / "editions")
    home = tmp_path / "home"
    for part in ("config", "expectations", "templates"):
        shutil.copytree(part, home / part)
    monkeypatch.setenv("TONGBAO_HOME", str(home))
    work = work_up(folder, "2020-Q3", key="changed")
    blocks = home / "templates" / "quarterly.yaml"
    blocks.write_text(blocks.read_text(encoding="utf-8") + "\n# 改动\n", encoding="utf-8")
    with archive_at(folder) as archive:
        with pytest.raises(TongbaoError, match=r"运行期间quarterly\.yaml被改动"):
            steps.file_edition(str(work))
        assert archive.editions(OFFICE, CIRCULAR, Q3) == []


def test_the_manifest_counts_what_was_judged_and_how_long_each_step_took(filed: tuple[Archive, EditionManifest]) -> None:
    _, edition = filed
    summary = edition.summary
    verdicts = summary["verdicts"]
    assert summary["judged"] == sum(verdicts.values())
    assert (summary["failed"], summary["not_inspected"]) == (verdicts["unqualified"], verdicts["not_inspected"])
    assert summary["reviews"] == "未设三审"
    assert list(summary["seconds"]) == ["settle", "measure", "score", "figures", "write", "gate"]
    assert all(seconds >= 0 for seconds in summary["seconds"].values())
