"""Per-unit papers: each unit its own findings and nobody else's, in words that come from YAML alone."""

from __future__ import annotations

import ast
import io
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tongbao.circular.auditing import NEEDS_AUDIT, assert_needs_no_repair
from tests.tongbao.judged import CIRCULAR, INDICATORS, JURISDICTION, account, banner, banner_figures, judged, line, website
from tongbao.circular import notice_drawing, notices
from tongbao.circular.lint import lint
from tongbao.circular.notices import Notice, build_notices, file_name, notices_zip
from tongbao.circular.ooxml import Element, parse, text_of, w
from tongbao.circular.package import DOCUMENT, read_package
from tongbao.circular.wording import Issue
from tongbao.errors import ConfigurationError
from tongbao.figures import PeriodResult
from tongbao.home import home

TEMPLATES = home() / "templates"
ISSUE = Issue(12, date(2020, 10, 21))
DRAFT = Issue()
FOLDERS = ("整改通知书", "抽查情况反馈表")


def papers(result: PeriodResult, issue: Issue = ISSUE, templates: Path = TEMPLATES, **wishes: Any) -> list[Notice]:
    if result is banner():
        wishes = {"figures": banner_figures(), **wishes}
    return list(build_notices(result, INDICATORS, JURISDICTION, CIRCULAR, issue, templates, **wishes))


def package(result: PeriodResult, issue: Issue = ISSUE) -> bytes:
    return notices_zip(result, INDICATORS, JURISDICTION, CIRCULAR, issue, TEMPLATES)


def body(data: bytes) -> Element:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return parse(archive.read(DOCUMENT))


def lines_of(data: bytes) -> list[str]:
    return [text_of(paragraph) for paragraph in body(data).iter(w("p"))]


def text(data: bytes) -> str:
    return "\n".join(lines_of(data))


def rows(data: bytes) -> list[list[str]]:
    """The first table's rows as texts."""
    table = next(body(data).iter(w("tbl")))
    return [["".join(text_of(p) for p in cell.iter(w("p"))) for cell in row.findall(w("tc"))] for row in table.findall(w("tr"))]


@pytest.fixture(scope="module")
def made() -> dict[str, Notice]:
    return {paper.unit: paper for paper in papers(banner())}


def failing(*subjects: dict[str, Any], **evidence: str) -> PeriodResult:
    """Accounts that all breach VM2.1; ``evidence`` by subject."""
    said = [line(s["subject_id"], "VM2.1", evidence=evidence.get(s["subject_id"], "最近更新2020-08-01")) for s in subjects]
    return judged(subjects, {s["subject_id"]: "unqualified" for s in subjects}, said)


@pytest.fixture
def office(tmp_path: Path) -> Callable[..., Path]:
    """A copy of the templates with one settings file changed."""

    def edit(file: str, *changes: tuple[str, str]) -> Path:
        folder = tmp_path / "templates"
        shutil.copytree(TEMPLATES, folder, dirs_exist_ok=True)
        content = (folder / file).read_text(encoding="utf-8")
        for before, after in changes:
            assert before in content
            content = content.replace(before, after)
        (folder / file).write_text(content, encoding="utf-8")
        return folder

    return edit


class TestUnits:
    """Who gets papers, and what counts."""

    def test_units_with_a_breach_and_evidence_get_papers_by_name(self, made: dict[str, Notice]) -> None:
        assert list(made) == ["示例旗a2局", "示例旗a3局", "示例旗u1局", "示例旗人民政府"]
        assert [paper.number for paper in made.values()] == [1, 2, 3, 4]
        assert [paper.problems for paper in made.values()] == [1, 1, 1, 2]

    def test_each_paper_holds_its_own_findings_only(self, made: dict[str, Notice]) -> None:
        for unit, paper in made.items():
            for data in (paper.notice, paper.feedback):
                assert unit in text(data)
                assert not [other for other in made if other != unit and other in text(data).replace(unit, "")]

    def test_what_lacks_evidence_or_was_blocked_is_no_problem(self, made: dict[str, Notice]) -> None:
        assert "VM3.1" not in text(made["示例旗a3局"].notice)
        assert "D4.9.1" not in text(made["示例旗人民政府"].notice)

    def test_a_unit_with_several_subjects_gets_one_paper(self) -> None:
        (paper,) = papers(failing(account("a1", sponsor="示例旗文化馆"), account("a2", "抖音", sponsor="示例旗文化馆")))
        assert (paper.unit, paper.subjects, paper.problems) == ("示例旗文化馆", 2, 2)
        assert "（一）抖音“示例a2”" in lines_of(paper.notice)
        assert "（二）微信公众号“示例a1”" in lines_of(paper.notice)

    def test_a_bonus_not_earned_is_no_problem(self) -> None:
        result = judged([website("w1")], {"w1": "qualified"}, [line("w1", "B1.1.1", evidence="无数据发布栏目")])
        assert papers(result) == []

    def test_a_subject_without_sponsor_is_its_operators_else_its_own(self) -> None:
        result = failing(account("a1", sponsor=None, operator="示例旗信息中心"), account("a2", sponsor=" ", operator=None))
        assert [paper.unit for paper in papers(result)] == ["示例a2", "示例旗信息中心"]

    def test_nobody_to_write_to_gives_a_package_with_an_empty_index(self) -> None:
        with zipfile.ZipFile(io.BytesIO(package(judged([account("a1")], {"a1": "qualified"})))) as archive:
            assert archive.namelist() == ["目录.xlsx"]

    def test_more_subjects_than_chinese_numerals(self) -> None:
        subjects = [account(f"a{n:03d}", sponsor="示例旗融媒体中心") for n in range(101)]
        (paper,) = papers(failing(*subjects))
        headings = [text for text in lines_of(paper.notice) if re.match("（[一二三四五六七八九十\\d]+）", text)]
        assert (headings[98][:5], headings[99][:5]) == ("（九十九）", "（100）")


class TestNotice:
    """What the 整改通知书 says."""

    def test_it_says_what_where_by_which_clause_and_what_to_do(self, made: dict[str, Notice]) -> None:
        said = text(made["示例旗人民政府"].notice)
        clause = INDICATORS.clause("D4.3.1")
        for expected in (clause.problem, clause.remedy, "条款D4.3.1", "共3个", "/a.html、/b.html、/c.html"):
            assert expected in said
        assert "政府网站“示例旗人民政府门户网站”" in said

    def test_an_issued_one_has_number_date_and_deadline_in_working_days(self, made: dict[str, Notice]) -> None:
        said = lines_of(made["示例旗a3局"].notice)
        assert "示政服改字〔2020〕2号" in said
        assert "2020年10月21日" in said
        assert "一是自本通知书印发之日起10个工作日内（2020年11月4日前）完成整改。" in said

    def test_a_draft_leaves_number_and_date_to_fill_in_and_names_no_last_day(self) -> None:
        said = lines_of(papers(banner(), DRAFT)[0].notice)
        assert "示政服改字〔2020〕　　号" in said
        assert "　　年　　月　　日" in said
        assert "一是自本通知书印发之日起10个工作日内完成整改。" in said

    def test_serial_numbers_go_on_where_the_office_says(self) -> None:
        paper = papers(banner(), first_number=31)[1]
        assert (paper.number, paper.file_name) == (32, "032-示例旗a3局.docx")
        assert "示政服改字〔2020〕32号" in lines_of(paper.notice)

    def test_it_names_whom_to_report_to_and_ends_in_a_receipt(self, made: dict[str, Notice]) -> None:
        paper = made["示例旗a2局"].notice
        assert "示例旗政务服务局电子政务室（联系电话：0000-0000000）" in text(paper)
        assert "附件：整改通知书回执" in lines_of(paper)
        receipt = rows(paper)
        assert ["通知书文号", "示政服改字〔2020〕1号"] in receipt
        assert ["收到日期", "", "计划完成日期", ""] in receipt

    def test_an_undeclared_account_is_told_to_file_too(self, made: dict[str, Notice]) -> None:
        assert "补办备案" in text(made["示例旗u1局"].notice)
        assert "补办备案" not in text(made["示例旗a2局"].notice)

    def test_dates_of_the_evidence_are_written_as_the_letter_writes_them(self) -> None:
        evidence = "http://a.example/2020-08-01/x.html（最近更新2020-08-01），LY2020-08-02"
        (paper,) = papers(failing(account("a1"), a1=evidence))
        assert "http://a.example/2020-08-01/x.html（最近更新2020年8月1日），LY2020-08-02" in text(paper.notice)

    def test_figures_are_bookmarked(self, made: dict[str, Notice]) -> None:
        names = [mark.get(w("name")) for mark in body(made["示例旗a2局"].notice).iter(w("bookmarkStart"))]
        assert "TB_TITLE" in names
        assert "TB_0001" in names


class TestFeedback:
    """What the 抽查情况反馈表 holds."""

    def test_one_row_a_problem_with_room_for_the_answer(self, made: dict[str, Notice]) -> None:
        table = rows(made["示例旗人民政府"].feedback)
        assert table[0] == ["序号", "检查对象", "检查时间", "问题", "依据条款", "整改情况", "责任人签字"]
        assert [row[0] for row in table[1:3]] == ["1", "2"]
        assert table[2][4].startswith("D4.3.1")
        assert table[2][5:] == ["", ""]
        assert len(table) == 4

    def test_the_check_is_dated_when_it_is_known(self) -> None:
        observed = pd.DataFrame({"subject_id": ["a1"], "last_at": [datetime(2020, 9, 25, 20, tzinfo=UTC)]})
        (paper,) = papers(failing(account("a1")), observed=observed)
        assert rows(paper.feedback)[1][2] == "2020年9月26日"
        assert rows(papers(failing(account("a1")))[0].feedback)[1][2] == "2020年第三季度检查"

    def test_every_row_is_as_wide_as_the_table(self, made: dict[str, Notice]) -> None:
        for data in (made["示例旗人民政府"].feedback, made["示例旗人民政府"].notice):
            for table in body(data).iter(w("tbl")):
                columns = len(list(table.iter(w("gridCol"))))
                for row in table.findall(w("tr")):
                    spans = [int(span.get(w("val"), 1)) for span in row.iter(w("gridSpan"))]
                    assert len(row.findall(w("tc"))) - len(spans) + sum(spans) == columns

    def test_the_head_row_stands_on_every_page_and_short_rows_stay_whole(self) -> None:
        (paper,) = papers(failing(account("a1"), a1="http://a.example/" + "x" * 900))
        head, problem, *_ = next(body(paper.feedback).iter(w("tbl"))).findall(w("tr"))
        assert head.find(f"{w('trPr')}/{w('tblHeader')}") is not None
        assert head.find(f"{w('trPr')}/{w('cantSplit')}") is not None
        assert problem.find(f"{w('trPr')}/{w('cantSplit')}") is None


class TestPackage:
    """All papers of one circular in one .zip."""

    def test_two_folders_and_an_index(self, made: dict[str, Notice]) -> None:
        with zipfile.ZipFile(io.BytesIO(package(banner()))) as archive:
            names = archive.namelist()
            for paper in made.values():
                assert archive.read(f"{FOLDERS[0]}/{paper.file_name}") == paper.notice
                assert archive.read(f"{FOLDERS[1]}/{paper.file_name}") == paper.feedback
            sheet = openpyxl.load_workbook(io.BytesIO(archive.read("目录.xlsx"))).worksheets[0]
        assert len(names) == 2 * len(made) + 1
        listed = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
        assert listed[0] == ["单位", "对象数", "问题数", "文件名"]
        assert listed[1:] == [[p.unit, p.subjects, p.problems, p.file_name] for p in made.values()]

    def test_equal_input_gives_equal_bytes_in_whatever_order_it_comes(self) -> None:
        result = banner()
        shuffled = replace(
            result,
            subjects=result.subjects.iloc[::-1].reset_index(drop=True),
            verdicts=result.verdicts.iloc[::-1].reset_index(drop=True),
        )
        assert package(result) == package(result) == package(shuffled)

    def test_the_papers_are_not_dated_today(self) -> None:
        with zipfile.ZipFile(io.BytesIO(package(banner()))) as archive:
            assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}

    def test_each_template_is_read_once_for_all_units(self, monkeypatch: pytest.MonkeyPatch) -> None:
        read: list[str] = []
        monkeypatch.setattr(notice_drawing, "read_package", lambda path: read.append(path.name) or read_package(path))
        papers(failing(*(account(f"a{n}") for n in range(5))))
        assert sorted(read) == ["circular-v1.docx", "letter-v1.docx"]

    def test_units_are_drawn_one_after_the_other(self, monkeypatch: pytest.MonkeyPatch) -> None:
        drawn: list[str] = []
        original = notices.NoticeWording.letter
        monkeypatch.setattr(notices.NoticeWording, "letter", lambda s, u, n: drawn.append(u.name) or original(s, u, n))
        waiting = build_notices(banner(), INDICATORS, JURISDICTION, CIRCULAR, ISSUE, TEMPLATES)
        next(waiting)
        assert drawn == ["示例旗a2局"]


class TestFileName:
    """Names that any file system takes."""

    @pytest.mark.parametrize(
        ("number", "unit", "name"),
        [
            (1, "示例旗博物馆", "001-示例旗博物馆.docx"),
            (12, "示例/旗\\文:化*馆?", "012-示例旗文化馆.docx"),
            (3, "../../etc/passwd", "003-etcpasswd.docx"),
            (4, "a\x00b\u202ecod\n .", "004-abcod.docx"),
            (1234, "", "1234-.docx"),
        ],
    )
    def test_what_a_path_could_not_hold_goes(self, number: int, unit: str, name: str) -> None:
        assert file_name(number, unit) == name

    @given(st.integers(1, 99_999), st.text(max_size=120))
    def test_it_is_never_longer_than_80_bytes_nor_a_path(self, number: int, unit: str) -> None:
        name = file_name(number, unit)
        assert len(name.encode()) <= 80
        assert re.fullmatch(r"\d{3,}-[^/\\:*?\"<>|\x00-\x1f]*\.docx", name, re.S)

    def test_units_of_one_long_beginning_keep_apart(self) -> None:
        names = ["示例自治旗人民政府政务服务与数据管理局" * 2 + end for end in "甲乙"]
        made = papers(failing(*(account(f"a{n}", sponsor=name) for n, name in enumerate(names))))
        assert len({paper.file_name for paper in made}) == 2
        assert {len(paper.file_name.encode()) for paper in made} <= {78, 79, 80}


class TestHostileData:
    """Data that means something elsewhere means nothing here."""

    def test_names_and_evidence_are_printed_as_they_are(self) -> None:
        odd = account("a1", sponsor="R&D<示例>{{ 7 * 7 }}局", name="=cmd|' /C calc'!A0")
        (paper,) = papers(failing(odd, a1="<script>{% raw %}[[ 空 ]]</script>&amp;号\x0b"))
        for expected in ("R&D<示例>{{ 7 * 7 }}局", "=cmd|' /C calc'!A0", "<script>{% raw %}[[ 空 ]]</script>&amp;号"):
            assert expected in text(paper.notice)
            assert expected in text(paper.feedback)

    def test_an_address_breaks_where_the_line_ends(self) -> None:
        (paper,) = papers(failing(account("a1"), a1="http://www.shiliqi.example/col/col1462/index.html"))
        paragraph = next(p for p in body(paper.notice).iter(w("p")) if "col1462" in text_of(p))
        assert [wrap.get(w("val")) for wrap in paragraph.iter(w("wordWrap"))] == ["0"]


class TestSettings:
    """Offices change wording, order and layout without Python."""

    def test_wording_is_the_offices(self, office: Callable[..., Path]) -> None:
        folder = office("notice.yaml", ("heading: 存在问题", "heading: 检查发现的问题"), ("回执", "签收单"))
        paper = papers(banner(), templates=folder)[0]
        assert "一、检查发现的问题" in lines_of(paper.notice)
        assert "附件：整改通知书签收单" in lines_of(paper.notice)

    def test_a_column_is_added_in_yaml(self, office: Callable[..., Path]) -> None:
        extra = "  - {title: 整改要求, width: 20, text: '{{ problem.remedy }}'}\n  - {title: 整改情况"
        folder = office("feedback.yaml", ("  - {title: 整改情况", extra), ("{}]\nnote", "{span: 2}]\nnote"))
        table = rows(papers(banner(), templates=folder)[0].feedback)
        assert table[0][5] == "整改要求"
        assert table[1][5] == INDICATORS.clause("VM2.1").remedy

    @pytest.mark.parametrize(
        ("file", "before", "after", "said"),
        [
            ("notice.yaml", "folder: ", "fold: ", "fold"),
            ("notice.yaml", "{span: 3}]\n  note", "{}]\n  note", "第8行"),
            ("notice.yaml", "f.rectification.office", "f.rectification.bureau", "notice.yaml"),
            ("notice.yaml", "problem.remedy", "problem.cure", "notice.yaml"),
            ("feedback.yaml", "problem.clause", "7 * 7", "feedback.yaml"),
            ("feedback.yaml", "template: circular-v1.docx", "template: circular-v0.docx", "circular-v0.docx"),
            ("feedback.yaml", "width: 15", "width: 0", "feedback.yaml"),
        ],
    )
    def test_a_fault_is_told_with_its_file(
        self, office: Callable[..., Path], file: str, before: str, after: str, said: str
    ) -> None:
        folder = office(file, (before, after))
        with pytest.raises(ConfigurationError, match=re.escape(said)):
            papers(banner(), templates=folder)

    def test_missing_settings_are_told(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match=r"notice\.yaml"):
            papers(banner(), templates=tmp_path)


@pytest.mark.parametrize(
    "module",
    ["notices", "notice_units", "notice_wording", "notice_drawing", "notice_settings", "forms", "letter_template"],
)
def test_no_chinese_sentence_lives_in_python(module: str) -> None:
    tree = ast.parse((home() / f"plugins/tongbao/circular/{module}.py").read_text(encoding="utf-8"))
    spared: set[ast.AST] = set()
    for node in ast.walk(tree):
        is_remark = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        # Errors speak to the operator, sources tell where a figure comes from: neither is printed.
        is_source = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_SOURCE"
        is_call = isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("ConfigurationError", "ValueError")
        if is_remark or is_source or is_call:
            spared.update(ast.walk(node))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in spared]
    chinese = [value for value in texts if isinstance(value, str) and len(re.findall("[\u4e00-\u9fff]", value)) > 8]
    assert chinese == []


@pytest.mark.parametrize("paper", ["notice", "feedback"])
def test_the_standards_checker_finds_nothing_in_them(paper: str, made: dict[str, Notice]) -> None:
    assert [fault for notice in made.values() for fault in lint(getattr(notice, paper))] == []


@NEEDS_AUDIT
@pytest.mark.parametrize("paper", ["notice", "feedback"])
def test_word_would_open_them_without_repair(paper: str, made: dict[str, Notice], tmp_path: Path) -> None:
    file = tmp_path / f"{paper}.docx"
    file.write_bytes(getattr(made["示例旗人民政府"], paper))
    assert_needs_no_repair(file)
