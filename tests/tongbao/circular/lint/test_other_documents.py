"""Documents built in other ways than ours: the same verdicts, and silence about what a document does not have."""

from __future__ import annotations

import docx
import pytest
from docx.enum.text import WD_BREAK
from docx.oxml.ns import qn

from tests.tongbao.circular.documents import circular
from tests.tongbao.circular.lint.bench import TEMPLATE, Opened, drawn
from tests.tongbao.circular.lint.by_hand import FANGSONG, HEITI, KAITI, LONG, STOCK, XIAOBIAOSONG, Draft, dress, whole
from tongbao.circular.lint import RULES, Severity, lint
from tongbao.circular.ooxml import element, put_property, w
from tongbao.circular.render import render


def rules(draft: Draft) -> set[str]:
    return {fault.rule for fault in lint(draft.data())} - STOCK


def test_the_circular_with_all_its_rows_is_clean() -> None:
    assert lint(render(circular(), TEMPLATE).data) == []


def test_direct_formatting_is_judged_like_styles() -> None:
    assert rules(whole()) == set()


def test_typed_blanks_count_as_indentation() -> None:
    draft = whole()
    paragraph = draft.document.paragraphs[10]
    assert paragraph.text == LONG
    paragraph.runs[0].text = "　　" + LONG
    put_property(paragraph._p, element("ind", firstLine=0))
    assert rules(draft) == set()
    paragraph.runs[0].text = "　" + LONG
    assert rules(draft) == {"body-indent"}


def test_a_date_placed_with_blanks_is_where_it_looks_to_be() -> None:
    draft = whole()
    date = next(one for one in draft.document.paragraphs if one.text == "2024年3月5日")
    put_property(date._p, element("jc", val="left"))
    put_property(date._p, element("ind"))
    date.runs[0].text = "　" * 18 + "2024年3月5日"
    assert rules(draft) == set()
    date.runs[0].text = "　" * 10 + "2024年3月5日"
    assert rules(draft) == {"date-indent"}


def test_a_font_set_the_python_docx_way_is_named_as_such() -> None:
    draft = whole()
    heading = next(one for one in draft.document.paragraphs if one.text == "一、总体要求")
    fonts = heading.runs[0]._r.rPr.rFonts
    del fonts.attrib[qn("w:eastAsia")]
    assert rules(draft) == {"eastasia-font"}


def test_formatting_through_the_default_style() -> None:
    """Word's 正文 style and the document defaults carry what no paragraph says itself."""
    draft = whole()
    normal = draft.document.styles["Normal"]
    normal.font.name = FANGSONG
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), FANGSONG)
    for paragraph in draft.document.paragraphs:
        for run in paragraph.runs:
            if run.font.name == FANGSONG:
                run._r.rPr.remove(run._r.rPr.rFonts)
    assert rules(draft) == set()
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "宋体")
    assert {"body-font", "addressees-font", "number-font"} <= rules(draft)


def test_theme_fonts_are_looked_up() -> None:
    draft = whole()
    body = next(one for one in draft.document.paragraphs if one.text == LONG)
    fonts = body.runs[0]._r.rPr.rFonts
    fonts.set(qn("w:eastAsiaTheme"), "minorEastAsia")
    found = [fault for fault in lint(draft.data()) if fault.rule == "body-font"]
    assert len(found) == 1
    assert "仿宋" not in found[0].found


def test_headings_numbered_by_word_count_as_written() -> None:
    draft = Draft()
    draft.letter()
    draft.body(LONG)
    numbering = draft.document.part.numbering_part.element
    abstract = element("abstractNum", abstractNumId=900)
    for level, (form, text) in enumerate((("chineseCountingThousand", "%1、"), ("chineseCountingThousand", "（%2）"))):
        made = element("lvl", ilvl=level)
        made.extend(
            [element("start", val=1), element("numFmt", val=form), element("suff", val="nothing"), element("lvlText", val=text)]
        )
        abstract.append(made)
    numbering.insert(0, abstract)
    tied = element("num", numId=900)
    tied.append(element("abstractNumId", val=900))
    numbering.append(tied)

    def heading(text: str, font: str, level: int) -> None:
        paragraph = draft.line(text, font, first=2)
        listed = element("numPr")
        listed.extend([element("ilvl", val=level), element("numId", val=900)])
        put_property(paragraph._p, listed)

    heading("总体要求", HEITI, 0)
    heading("工作目标", KAITI, 1)
    heading("重点任务", KAITI, 1)
    heading("保障措施", FANGSONG, 0)
    draft.signature()
    draft.imprint()
    assert rules(draft) == {"level1-font"}
    assert [fault.place.text for fault in lint(draft.data()) if fault.rule == "level1-font"] == ["二、保障措施"]


def test_a_character_grid_gives_28_characters_but_is_a_trap() -> None:
    draft = whole()
    grid = draft.document.sections[0]._sectPr.find(w("docGrid"))
    for name, value in (("type", "linesAndChars"), ("linePitch", "579"), ("charSpace", "-842")):
        grid.set(w(name), value)
    draft.document.styles["Normal"].font.size = docx.shared.Pt(16)
    for paragraph in draft.document.paragraphs:
        for run in paragraph.runs:
            for spacing in run._r.rPr.findall(w("spacing")):
                run._r.rPr.remove(spacing)
    assert rules(draft) == {"grid-characters"}


def test_a_letterhead_in_a_table_is_known() -> None:
    draft = Draft()
    head = draft.document.add_table(2, 1)
    dress(head.cell(0, 0).paragraphs[0].add_run("示例市示例局文件"), XIAOBIAOSONG, 84, 0, "FF0000")
    put_property(head.cell(0, 0).paragraphs[0]._p, element("jc", val="center"))
    dress(head.cell(1, 0).paragraphs[0].add_run("示例发[2024]12号"), FANGSONG, 32, 0)
    draft.line("示例市示例局关于开展检查的通知", XIAOBIAOSONG, 44, "center", spacing=0)
    draft.line()
    draft.line("各区县人民政府：")
    draft.signature()
    draft.imprint()
    assert rules(draft) == {"number-brackets"}


@pytest.mark.parametrize("title", ["关于示例事项的公告", "关于示例事项的通告"])
def test_no_addressees_and_no_head_are_missed_where_there_are_none(title: str) -> None:
    draft = Draft()
    draft.line(title, XIAOBIAOSONG, 44, "center", spacing=0)
    draft.line()
    draft.body("现将有关事项公告如下：", LONG)
    draft.signature()
    assert rules(draft) == set()


def test_decisions_number_whole_sentences_in_fangsong() -> None:
    draft = Draft()
    draft.letter()
    draft.body("一、原则同意方案，请认真组织实施。", "二、请加强统筹协调，落实工作责任。")
    draft.signature()
    draft.imprint()
    assert rules(draft) == set()


def test_a_list_may_begin_again_under_one_heading() -> None:
    draft = Draft()
    draft.letter()
    draft.body(LONG)
    draft.line("一、总体要求", HEITI, first=2)
    draft.body("1.加强领导。", "2.明确责任。", LONG, "1.按时报送。", "2.逐项整改。")
    draft.signature()
    draft.imprint()
    assert rules(draft) == set()


def test_an_annex_begins_a_page_after_a_typed_page_break() -> None:
    draft = Draft()
    draft.letter()
    draft.body(LONG)
    put_property(draft.document.paragraphs[-1]._p, element("keepNext"))
    draft.line(keep=True)
    draft.line("附件：检查事项清单", first=2, keep=True)
    draft.line(keep=True)
    draft.line("示例市示例局", align="right", right=3.75, keep=True)
    date = draft.line("2024年3月5日", align="right", right=4)
    page_break = draft.line()
    page_break.add_run().add_break(WD_BREAK.PAGE)
    draft.line("附件", HEITI)
    draft.line()
    draft.line("检查事项清单", XIAOBIAOSONG, 44, "center", spacing=0)
    draft.imprint()
    assert rules(draft) == set()
    page_break._p.getparent().remove(page_break._p)
    assert rules(draft) == {"annex-label-page"}
    date.add_run().add_break(WD_BREAK.PAGE)
    assert rules(draft) == set()


def test_addressees_may_have_moved_to_the_imprint() -> None:
    everyone = "，".join(["示例经济开发区管委会党政综合办公室"] * 40)
    assert lint(render(circular(addressees=everyone), TEMPLATE).data) == []


def test_a_row_taller_than_it_is_worth_keeping_whole_may_split() -> None:
    opened = Opened(drawn())
    row = next(opened.document.iter(w("tbl"))).findall(w("tr"))[3]
    row.find(w("trPr")).remove(row.find(f"{w('trPr')}/{w('cantSplit')}"))
    assert {fault.rule for fault in lint(opened.close())} == {"table-rows"}
    next(row.iter(w("t"))).text = "内容未更新" * 40
    assert lint(opened.close()) == []


def test_minutes_and_orders_need_no_number_or_line() -> None:
    for mark in ("示例市人民政府会议纪要", "示例市人民政府令"):
        draft = Draft()
        draft.line(height=round(30.5 * 56.7))
        draft.line(mark, XIAOBIAOSONG, 72, "center", height=1200, spacing=0, colour="FF0000")
        draft.line()
        draft.body(LONG, LONG)
        assert not {"number-missing", "red-line-missing", "date-missing", "imprint-missing"} & rules(draft)


def test_an_imprint_in_plain_paragraphs_is_judged_too() -> None:
    draft = Draft()
    draft.letter()
    draft.signature()
    copy_to = draft.line("抄送：示例市人民政府办公室", size=28, left=1, right=1, spacing=0)
    printed = draft.line("示例市示例局办公室　　　　　2024年3月05日印发", size=28, left=1, right=1, spacing=0)
    for paragraph, sides in ((copy_to, {"top": 8}), (printed, {"top": 6, "bottom": 8})):
        borders = element("pBdr")
        for side, weight in sides.items():
            borders.append(element(side, val="single", sz=weight, space=1, color="000000"))
        put_property(paragraph._p, borders)
    assert rules(draft) == {"copy-to-end", "date-zero"}
    put_property(copy_to._p, element("pBdr"))
    put_property(printed._p, element("pBdr"))
    assert rules(draft) == {"copy-to-end", "date-zero", "imprint-rules"}
    # A shape beside it may be the rule.
    printed._p.append(element("r"))
    printed._p[-1].append(element("pict"))
    assert rules(draft) == {"copy-to-end", "date-zero"}


def test_an_unsealed_signature_is_right_too() -> None:
    draft = whole()
    office = next(one for one in draft.document.paragraphs if one.text == "示例市示例局")
    date = next(one for one in draft.document.paragraphs if one.text == "2024年3月5日")
    # Both are 6 字 wide: the office ends 2 字 from the right and the date begins 2 字 after it.
    put_property(office._p, element("ind", right=2 * 315))
    put_property(date._p, element("ind"))
    assert rules(draft) == set()
    put_property(office._p, element("ind", right=5 * 315))
    assert rules(draft) == {"office-place"}


def test_a_landscape_section_without_turned_numbers_is_found() -> None:
    draft = whole()
    draft.landscape()
    draft.line("示例")
    assert "landscape-number" in rules(draft)


def test_deleted_and_hidden_text_is_not_read() -> None:
    opened = Opened(drawn())
    paragraph = opened.paragraph("信息内容保障")
    hidden = element("r")
    properties = element("rPr")
    properties.append(element("vanish"))
    text = element("t")
    text.text = "２０２０年,"
    hidden.extend([properties, text])
    paragraph.append(hidden)
    assert lint(opened.close()) == []


def test_a_document_of_another_kind_gets_page_faults_only() -> None:
    """What is no official document has no elements to be wrong."""
    plain = docx.Document()
    plain.add_paragraph("hello")
    draft = Draft()
    draft.document = plain
    found = lint(draft.data())
    assert {fault.rule for fault in found if fault.severity is Severity.ERROR} <= {
        *("page-size", "margin-top", "margin-bottom", "margin-left", "margin-right", "page-number-missing"),
        *("lines-per-page", "characters-per-line", "body-indent", "body-spacing", "body-justify"),
    }
    assert "date-missing" not in {fault.rule for fault in found}


def test_an_empty_document_is_no_crash() -> None:
    opened = Opened(drawn())
    for child in list(opened.body):
        opened.body.remove(child)
    assert {fault.rule for fault in lint(opened.close())} <= set(RULES)


@pytest.mark.parametrize("value", ["x", "", "nan", "-1", "0", "1e999"])
@pytest.mark.parametrize("name", ["sz", "spacing", "ind", "docGrid", "gridSpan", "color"])
def test_measures_that_are_none_are_no_crash(name: str, value: str) -> None:
    opened = Opened(drawn())
    for cell in opened.document.iter(w("tcPr")):
        cell.append(element("gridSpan", val=1))
    for tree in (opened.document, opened.tree("word/styles.xml")):
        for found in tree.iter(w(name)):
            for key in found.attrib:
                found.set(key, value)
    assert {fault.rule for fault in lint(opened.close())} <= set(RULES)
