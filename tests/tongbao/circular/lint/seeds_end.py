"""Annexes, signature and imprint."""

from __future__ import annotations

from lxml import etree

from tests.tongbao.circular.lint.bench import Opened, attribute, font, put, remove, rewrite, say
from tests.tongbao.circular.lint.seeding import BODY, fonts, said, seed, styled
from tongbao.circular import gongwen as gw
from tongbao.circular.gongwen import StyleName
from tongbao.circular.ooxml import Element, element, run_of, w

# List of annexes
said("annex-list-colon", "附件：1.", "附件：", "附件:")
said("annex-list-number", "2.“全国", "2.", "2、")
said("annex-list-number", "附件：1.", "附件：1.", "附件：一、")
said("annex-list-order", "3.2020年第三季度", "3.", "4.")
said("annex-list-end", "附件：1.", "清单", "清单；")
said(
    "annex-list-marks",
    "3.2020年第三季度",
    "3.2020年第三季度政府网站与政务新媒体检查结果",
    "3.《2020年第三季度政府网站与政务新媒体检查结果》",
)
said("annex-list-single", "附件：上报", "附件：", "附件：1.", base="one annex")
styled("annex-list-font", StyleName.ANNEX_LIST, "rPr", "sz", val=28)


@seed("annex-list-space")
def no_line_above_list(opened: Opened) -> None:
    remove(next(opened.blanks_above(opened.paragraph("附件：1."))))


@seed("annex-list-indent")
def list_flush_left(opened: Opened) -> None:
    attribute(opened.paragraph("附件：1."), "ind", leftChars=600, left=1890, hangingChars=600, hanging=1890)


@seed("annex-list-wrap")
def list_wraps_to_the_margin(opened: Opened) -> None:
    attribute(opened.paragraph("附件：1."), "ind", firstLineChars=200, firstLine=630)


@seed("annex-list-place")
def list_below_the_date(opened: Opened) -> None:
    date = opened.paragraph("2020年10月21日")
    for beginning in ("3.2020年第三季度", "2.“全国", "附件：1."):
        date.addnext(opened.paragraph(beginning))


@seed("annex-list-missing")
def annexes_without_list(opened: Opened) -> None:
    for beginning in ("3.2020年第三季度", "2.“全国", "附件：1."):
        remove(opened.paragraph(beginning))


@seed("annex-reference")
def annex_that_is_not_there(opened: Opened) -> None:
    rewrite(opened.paragraph(BODY), "具体情况见附件4，请各有关单位对照整改，并按期报送整改情况。")


# Signature
said("date-zero", "2020年10月21日", "10月21日", "10月05日")
said("date-chinese", "2020年10月21日", "2020年10月21日", "二〇二〇年十月二十一日")
said("date-year", "2020年10月21日", "2020年", "20年")
said("date-form", "2020年10月21日", "2020年10月21日", "2020.10.21")


@seed("date-missing")
def no_date(opened: Opened) -> None:
    remove(opened.paragraph("2020年10月21日"))
    remove(opened.paragraph("（此件公开发布）"))


@seed("date-indent")
def date_at_the_margin(opened: Opened) -> None:
    attribute(opened.paragraph("2020年10月21日"), "ind", rightChars=0, right=0)


@seed("office-place")
def office_at_the_margin(opened: Opened) -> None:
    attribute(opened.paragraph("示例旗政务服务局", 1), "ind", rightChars=0, right=0)


@seed("signature-order")
def date_above_office(opened: Opened) -> None:
    office = opened.paragraph("示例旗政务服务局", 1)
    opened.paragraph("2020年10月21日").addnext(office)


@seed("signature-font")
def office_in_kaiti(opened: Opened) -> None:
    font(opened.paragraph("示例旗政务服务局", 1), gw.KAITI)


@seed("signature-page")
def signature_may_part(opened: Opened) -> None:
    attribute(opened.paragraph("附件：1."), "keepNext", val=0)


@seed("note-brackets")
def note_in_latin_brackets(opened: Opened) -> None:
    rewrite(opened.paragraph("（此件公开发布）"), "(此件公开发布)")


styled("note-indent", StyleName.NOTE, "pPr", "ind", firstLineChars=0, firstLine=0)
styled("note-font", StyleName.NOTE, "rPr", "rFonts", **fonts("楷体"))


# Annexes
@seed("annex-label-form")
def label_with_colon(opened: Opened) -> None:
    rewrite(opened.paragraph("附件1"), "附件1：")


@seed("annex-label-form")
def label_in_chinese_numerals(opened: Opened) -> None:
    rewrite(opened.paragraph("附件2"), "附件二")


@seed("annex-label-form")
def label_and_title_on_one_line(opened: Opened) -> None:
    label = opened.paragraph("附件3")
    rewrite(label, "附件3：2020年第三季度政府网站与政务新媒体检查结果")
    remove(opened.paragraph("2020年第三季度政府网站"))


styled("annex-label-font", StyleName.ANNEX_LABEL, "rPr", "rFonts", **fonts("仿宋_GB2312"))
styled("annex-label-indent", StyleName.ANNEX_LABEL, "pPr", "jc", val="center")


@seed("annex-label-page")
def annex_runs_on(opened: Opened) -> None:
    attribute(opened.paragraph("附件2"), "pageBreakBefore", val=0)


@seed("annex-label-order")
def labels_swapped(opened: Opened) -> None:
    rewrite(opened.paragraph("附件1"), "附件2")


@seed("annex-count")
def one_annex_too_few(opened: Opened) -> None:
    remove(opened.paragraph("3.2020年第三季度"))


@seed("annex-title-text")
def another_title(opened: Opened) -> None:
    say(opened.paragraph("2020年第三季度政府网站"), "检查结果", "检查情况")


@seed("annex-title-place")
def annex_title_at_the_left(opened: Opened) -> None:
    attribute(opened.paragraph("2020年第三季度政府网站"), "jc", val="left")


@seed("annex-title-place")
def no_line_below_label(opened: Opened) -> None:
    remove(next(opened.blanks_above(opened.paragraph("2020年第三季度政府网站"))))


# Imprint
@seed("imprint-missing")
def no_imprint(opened: Opened) -> None:
    box = next(p for p in opened.body.findall(w("p")) if next(p.iter(w("txbxContent")), None) is not None)
    remove(box)


def _imprint_table(opened: Opened) -> Element:
    return next(
        table for table in opened.document.iter(w("tbl")) if next(table.iterancestors(w("txbxContent")), None) is not None
    )


@seed("imprint-rules")
def no_last_rule(opened: Opened) -> None:
    put(_imprint_table(opened).find(f"{w('tblPr')}/{w('tblBorders')}"), "bottom", val="none")  # type: ignore[arg-type]


@seed("imprint-weight")
def thick_inner_rule(opened: Opened) -> None:
    put(_imprint_table(opened).find(f"{w('tblPr')}/{w('tblBorders')}"), "insideH", sz=12)  # type: ignore[arg-type]


@seed("imprint-bottom")
def box_in_the_middle_of_the_page(opened: Opened) -> None:
    next(opened.document.iter("{*}posOffset")).text = "5000000"


@seed("imprint-bottom")
def box_at_the_top_margin(opened: Opened) -> None:
    place = next(opened.document.iter("{*}positionV"))
    place.set("relativeFrom", "margin")
    align = etree.SubElement(place, str(place[0].tag).replace("posOffset", "align"))
    align.text = "top"
    place.remove(place[0])


@seed("imprint-last")
def text_below_imprint(opened: Opened) -> None:
    box = next(p for p in opened.body.findall(w("p")) if next(p.iter(w("txbxContent")), None) is not None)
    made = element("p")
    made.append(run_of("另见有关规定"))
    box.addnext(made)


@seed("imprint-even")
def imprint_on_odd_page(opened: Opened) -> None:
    put(opened.sections()[-1], "type", val="oddPage")


styled("imprint-font", StyleName.IMPRINT, "rPr", "sz", val=32)
said("copy-to-colon", "抄送", "抄送：", "抄送:")
said("copy-to-end", "抄送", "。", "")
said("print-date", "示例旗政务服务局办公室", "2020年10月21日印发", "2020年10月21日印")
said("print-date", "示例旗政务服务局办公室", "2020年10月21日印发", "二〇二〇年十月二十一日印发")
said("date-zero", "示例旗政务服务局办公室", "2020年10月21日印发", "2020年11月01日印发")
said("print-date-early", "示例旗政务服务局办公室", "2020年10月21日印发", "2020年10月20日印发")


@seed("imprint-indent")
def printed_by_at_the_margin(opened: Opened) -> None:
    attribute(opened.paragraph("示例旗政务服务局办公室"), "ind", left=0, leftChars=0)


@seed("copy-to-wrap")
def copy_to_wraps_to_the_margin(opened: Opened) -> None:
    copy_to = opened.paragraph("抄送")
    say(copy_to, "旗政协办公室", "旗政协办公室，旗纪委监委办公室，旗人民法院，旗人民检察院，旗人武部")
    attribute(copy_to, "ind", firstLineChars=100, firstLine=280)
