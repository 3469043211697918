from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tongbao.circular.lint.bench import TEMPLATE, Opened, put, remove, rewrite, say
from tongbao.circular import template_check
from tongbao.circular.gongwen import StyleName
from tongbao.circular.lint import Severity
from tongbao.circular.lint.source import Package
from tongbao.circular.ooxml import Element, element, run_of, text_of, w
from tongbao.circular.placeholders import places_in
from tongbao.circular.render import render
from tongbao.circular.specimen import specimen, specimen_annexes
from tongbao.circular.template_check import PLACES, REQUIRED, check_template, run_template_check
from tongbao.errors import ConfigurationError
from tongbao.home import home

BLOCKS = home() / "templates" / "quarterly.yaml"


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[Opened], Path]:
    def save(opened: Opened) -> Path:
        path = tmp_path / "模板.docx"
        path.write_bytes(opened.close())
        return path

    return save


@pytest.fixture
def opened() -> Opened:
    return Opened(TEMPLATE.read_bytes())


def _place(opened: Opened, name: str) -> Element:
    return next(p for p in opened.document.iter(w("p")) if name in places_in(p))


def _splice(paragraph: Element, *pieces: str) -> list[Element]:
    """The paragraph's text in runs of these pieces."""
    for run in paragraph.findall(w("r")):
        paragraph.remove(run)
    runs = [run_of(piece) for piece in pieces]
    paragraph.extend(runs)
    return runs


@pytest.mark.parametrize("template", sorted(TEMPLATE.parent.glob("circular-*.docx")), ids=lambda path: path.name)
@pytest.mark.parametrize("blocks", [None, BLOCKS], ids=["no block list", "quarterly"])
def test_the_shipped_template_is_clean(template: Path, blocks: Path | None) -> None:
    assert check_template(template, blocks) == []


def test_the_places_are_those_of_the_shipped_template(opened: Opened) -> None:
    assert {place for paragraph in opened.document.iter(w("p")) for place in places_in(paragraph)} == PLACES


@pytest.mark.parametrize("place", sorted(PLACES))
def test_a_place_is_required_exactly_when_nothing_can_be_drawn_without(
    place: str, opened: Opened, edited: Callable[[Opened], Path]
) -> None:
    paragraph = _place(opened, place)
    rewrite(paragraph, text_of(paragraph).replace(f"{{{{ {place} }}}}", ""))
    path = edited(opened)
    found = [fault for fault in check_template(path) if fault.rule == "template-missing-place"]
    if place in REQUIRED:
        assert [fault.severity for fault in found] == [Severity.ERROR]
        assert f"{{{{ {place} }}}}" in found[0].found
        with pytest.raises(ConfigurationError):
            render(specimen(specimen_annexes(None)), path)
    else:
        assert all(fault.severity is Severity.NOTE for fault in found)
        render(specimen(specimen_annexes(None)), path)


@pytest.mark.parametrize("style", list(StyleName))
def test_a_style_is_required_exactly_when_nothing_can_be_drawn_without(
    style: StyleName, opened: Opened, edited: Callable[[Opened], Path]
) -> None:
    remove(opened.style(style))
    path = edited(opened)
    found = {fault.severity for fault in template_check._found(Package(path.read_bytes()))}
    if style in template_check.NEEDED_STYLES:
        assert found == {Severity.ERROR}
        with pytest.raises(ConfigurationError):
            render(specimen(specimen_annexes(None)), path)
    else:
        assert found == ({Severity.WARNING} if style in template_check.KNOWN_BY_STYLE else set())


def test_a_renamed_style_is_named(opened: Opened, edited: Callable[[Opened], Path]) -> None:
    put(opened.style(StyleName.LEVEL1), "name", val="公文一级标题1")
    [found] = check_template(edited(opened))
    assert "公文一级标题1" in found.found


@pytest.mark.parametrize(("wrong", "near"), [("titel", "title"), ("isued_on", "issued_on"), ("annextitle", "annex_title")])
def test_the_nearest_place_is_proposed(wrong: str, near: str, opened: Opened, edited: Callable[[Opened], Path]) -> None:
    paragraph = _place(opened, near)
    say(paragraph, near, wrong)
    unknown = [fault for fault in check_template(edited(opened)) if fault.rule == "template-unknown-place"]
    assert len(unknown) == 1
    assert f"改为“{{{{ {near} }}}}”" in unknown[0].required


def test_a_place_far_from_all_gets_the_list(opened: Opened, edited: Callable[[Opened], Path]) -> None:
    say(_place(opened, "note"), "note", "附注内容")
    [found] = [fault for fault in check_template(edited(opened)) if fault.severity is Severity.ERROR]
    assert "issued_on" in found.required


@pytest.mark.parametrize("broken", ["{ title }", "{{title}", "｛｛ title ｝｝", "{{ title", "{title}}", "{ { title } }"])
def test_broken_braces_are_found(broken: str, opened: Opened, edited: Callable[[Opened], Path]) -> None:
    rewrite(_place(opened, "title"), broken)
    assert "template-broken-place" in {fault.rule for fault in check_template(edited(opened))}


@pytest.mark.parametrize("syntax", ["{% if note %}有{% endif %}", "{{ note | upper }}", "{{ circular.note }}", "{# 附注 #}"])
def test_what_is_no_place_is_found(syntax: str, opened: Opened, edited: Callable[[Opened], Path]) -> None:
    rewrite(_place(opened, "note"), syntax)
    assert "template-syntax" in {fault.rule for fault in check_template(edited(opened))}


def test_split_places_are_told_apart_by_format(opened: Opened, edited: Callable[[Opened], Path]) -> None:
    _splice(_place(opened, "mark"), "{{ ma", "rk }}")
    runs = _splice(_place(opened, "title"), "{{", " title ", "}}")
    bold = element("rPr")
    bold.append(element("b"))
    runs[1].insert(0, bold)
    found = {fault.place.text: fault for fault in check_template(edited(opened)) if fault.rule == "template-split-place"}
    assert found["{{ mark }}"].severity is Severity.NOTE
    assert found["{{ title }}"].severity is Severity.WARNING
    assert "拆成3段" in found["{{ title }}"].found


def test_other_words_beside_the_body_are_found(opened: Opened, edited: Callable[[Opened], Path]) -> None:
    rewrite(_place(opened, "body"), "正文：{{ body }}")
    assert [fault.rule for fault in check_template(edited(opened))] == ["template-place-alone"]


def test_two_places_in_one_paragraph_are_found_where_one_must_stand_alone(
    opened: Opened, edited: Callable[[Opened], Path]
) -> None:
    rewrite(_place(opened, "annex_number"), "附件{{ annex_number }} {{ annex_title }}")
    remove(_place(opened, "annex_title").getnext())  # type: ignore[arg-type]
    assert "template-place-alone" in {fault.rule for fault in check_template(edited(opened))}


@pytest.mark.parametrize("place", ["body", "annex_list", "annex_title"])
def test_long_content_in_a_table_is_found(place: str, opened: Opened, edited: Callable[[Opened], Path]) -> None:
    paragraph = _place(opened, place)
    table, row, cell = element("tbl"), element("tr"), element("tc")
    paragraph.addprevious(table)
    table.append(row)
    row.append(cell)
    cell.append(paragraph)
    found = [fault for fault in check_template(edited(opened)) if fault.rule == "template-place-position"]
    assert [fault.found.startswith(f"“{{{{ {place} }}}}”在表格中") for fault in found] == [True]


def test_a_place_in_a_footer_is_found(opened: Opened, edited: Callable[[Opened], Path]) -> None:
    next(opened.tree("word/footer1.xml").iter(w("p"))).append(run_of("{{ office }}"))
    [found] = check_template(edited(opened))
    assert "页脚中的“{{ office }}”不会填写" in found.found


@pytest.mark.parametrize(("place", "after"), [("note", "annex_note"), ("annex_title", "mark"), ("printed_on", "note")])
def test_a_place_in_another_part_is_found(place: str, after: str, opened: Opened, edited: Callable[[Opened], Path]) -> None:
    moved, anchor = _place(opened, place), _place(opened, after)
    if place == "printed_on":
        moved = element("p")
        moved.append(run_of("{{ printed_on }}"))
    anchor.addnext(moved)
    found = [fault for fault in check_template(edited(opened)) if fault.rule == "template-place-position"]
    assert any(f"“{{{{ {place} }}}}”" in fault.found for fault in found)


def test_a_second_body_is_found(opened: Opened, edited: Callable[[Opened], Path]) -> None:
    rewrite(_place(opened, "note"), "{{ body }}")
    assert "template-place-twice" in {fault.rule for fault in check_template(edited(opened))}


def test_a_lost_section_is_found(opened: Opened, edited: Callable[[Opened], Path]) -> None:
    landscape = next(one for one in opened.sections() if one.find(w("pgSz")).get(w("orient")))  # type: ignore[union-attr]
    remove(landscape)
    [found] = check_template(edited(opened))
    assert (found.rule, found.found) == ("template-missing-section", "共2节，没有横向页面的分节")


def test_what_the_renderer_alone_refuses_is_passed_on(opened: Opened, edited: Callable[[Opened], Path]) -> None:
    remove(next(opened.document.iter(w("tbl"))).find(w("tblPr")))  # type: ignore[arg-type]
    [found] = check_template(edited(opened))
    assert found.rule == "template-refused"
    assert "附件表格" in found.found


def test_what_left_the_standard_is_found_on_a_specimen(opened: Opened, edited: Callable[[Opened], Path]) -> None:
    put(opened.style(StyleName.TITLE).find(w("rPr")), "sz", val=36)  # type: ignore[arg-type]
    put(opened.sections()[0], "pgMar", left=1800)
    assert {fault.rule for fault in check_template(edited(opened))} == {"title-size", "margin-left"}


def test_the_specimen_has_the_annexes_of_the_block_list() -> None:
    from tongbao.circular.blocks import load_block_list

    blocks = load_block_list(BLOCKS)
    annexes = specimen_annexes(blocks)
    assert [len(annex.columns) for annex in annexes] == [len(annex.columns) for annex in blocks.annexes]
    assert [annex.landscape for annex in annexes] == [annex.landscape for annex in blocks.annexes]
    assert "{" not in "".join(annex.title for annex in annexes)


def test_the_command_says_it_in_chinese_and_as_json(tmp_path: Path, opened: Opened, edited: Callable[[Opened], Path]) -> None:
    say(_place(opened, "title"), "title", "titel")
    path = edited(opened)
    out, as_json = io.StringIO(), io.StringIO()
    assert run_template_check([path, TEMPLATE], False, out) == 1
    assert "《模板.docx》：错误2项" in out.getvalue()
    assert "《circular-v1.docx》：没有发现问题" in out.getvalue()
    assert run_template_check([path], True, as_json) == 1
    assert {fault["rule"] for fault in json.loads(as_json.getvalue())[0]["faults"]} == {
        "template-unknown-place",
        "template-missing-place",
    }


def test_a_wrong_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "模板.docx").write_bytes(b"x")
    (tmp_path / "清单.yaml").write_text("id: x\nblocks: 1\n", encoding="utf-8")
    out = io.StringIO()
    assert run_template_check([tmp_path / "模板.docx"], False, out) == 1
    assert run_template_check([TEMPLATE], False, out, tmp_path / "清单.yaml") == 1
    first, second = out.getvalue().splitlines()
    assert first.startswith("文件《模板.docx》：不是 .docx 文件")
    assert second.startswith("文件《清单.yaml》")
