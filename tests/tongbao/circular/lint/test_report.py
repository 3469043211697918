from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.tongbao.circular.lint.bench import Opened, attribute, drawn, say
from tongbao.circular.lint import RULES, Severity, lint, run_lint


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    opened = Opened(drawn())
    say(opened.paragraph("示政服字"), "〔2020〕", "[2020]")
    for beginning in ("一是继续", "二是严格", "三是加强"):
        attribute(opened.paragraph(beginning), "jc", val="left")
    attribute(opened.paragraph("附件：1."), "keepNext", val=0)
    path = tmp_path / "通报.docx"
    path.write_bytes(opened.close())
    return path


def test_a_clean_document_passes(tmp_path: Path) -> None:
    path = tmp_path / "通报.docx"
    path.write_bytes(drawn())
    out = io.StringIO()
    assert run_lint([path], False, out) == 0
    assert out.getvalue() == "《通报.docx》：没有发现问题\n"


def test_faults_are_told_in_one_line_each_the_grave_ones_first(faulty: Path) -> None:
    out = io.StringIO()
    assert run_lint([faulty], False, out) == 1
    head, *lines = out.getvalue().splitlines()
    assert head == "《通报.docx》：错误2项，建议1项"
    assert [line.split()[0] for line in lines] == ["错误", "错误", "建议"]
    assert lines[0] == (
        "  错误  正文第5段“示政服字[2020]8号”：括号为“[]”；应当用六角括号“〔〕”括入年份（GB/T 9704 7.2.5）  [number-brackets]"
    )


def test_one_fault_stands_for_all_places_that_have_it(faulty: Path) -> None:
    [found] = [fault for fault in lint(faulty.read_bytes()) if fault.rule == "body-justify"]
    assert found.count == 3
    assert str(found).startswith("正文第19段“一是继续加强规范管理。")
    assert "等3处：左对齐" in str(found)


def test_recommendations_alone_pass(tmp_path: Path) -> None:
    opened = Opened(drawn())
    attribute(opened.paragraph("附件：1."), "keepNext", val=0)
    path = tmp_path / "通报.docx"
    path.write_bytes(opened.close())
    out = io.StringIO()
    assert run_lint([path], False, out) == 0
    assert "建议1项" in out.getvalue()


def test_json_carries_every_part(faulty: Path) -> None:
    out = io.StringIO()
    assert run_lint([faulty], True, out) == 1
    [result] = json.loads(out.getvalue())
    assert result["file"] == str(faulty)
    assert result["faults"][0] == {
        "rule": "number-brackets",
        "severity": "error",
        "part": "正文",
        "paragraph": 5,
        "text": "示政服字[2020]8号",
        "count": 1,
        "found": "括号为“[]”",
        "required": "用六角括号“〔〕”括入年份",
        "clause": "GB/T 9704 7.2.5",
    }


def test_every_rule_names_its_clause() -> None:
    assert all(
        rule.clause.startswith(("GB/T 9704 ", "GB/T 15834 ", "GB/T 15835 ")) or rule.clause == "实务" for rule in RULES.values()
    )
    practice = {rule.id for rule in RULES.values() if rule.clause == "实务" and rule.severity is Severity.ERROR}
    assert practice == {"unfilled-place", "table-cells", "table-empty-cell"}
