"""Page numbers, the letter form, tables, and what programs leave behind."""

from __future__ import annotations

import copy

from tests.tongbao.circular.lint.bench import SETTINGS, Opened, attribute, put, remove
from tests.tongbao.circular.lint.seeding import fonts, page, said, seed, styled
from tongbao.circular.gongwen import StyleName
from tongbao.circular.ooxml import Element, element, put_property, run_of, w


# Page numbers
def _footers(opened: Opened) -> tuple[Element, Element]:
    return opened.tree("word/footer1.xml"), opened.tree("word/footer2.xml")


@seed("page-number-missing")
def no_page_numbers(opened: Opened) -> None:
    for footer in _footers(opened):
        for run in list(footer.iter(w("r"))):
            remove(run)


styled("page-number-size", StyleName.PAGE_NUMBER, "rPr", "sz", val=18)
styled("page-number-font", StyleName.PAGE_NUMBER, "rPr", "rFonts", **fonts("Times New Roman"))


@seed("page-number-font")
def only_the_chinese_font_of_the_number(opened: Opened) -> None:
    fonts = opened.style(StyleName.PAGE_NUMBER).find(f"{w('rPr')}/{w('rFonts')}")
    assert fonts is not None
    fonts.set(w("ascii"), "Calibri")


def _dashes(opened: Opened, before: str, after: str) -> None:
    for footer in _footers(opened):
        texts = list(footer.iter(w("t")))
        texts[0].text, texts[-1].text = before, after


@seed("page-number-dashes")
def hyphens(opened: Opened) -> None:
    _dashes(opened, "-", "-")


@seed("page-number-dashes")
def words(opened: Opened) -> None:
    _dashes(opened, "第", "页")


@seed("page-number-format")
def roman_field(opened: Opened) -> None:
    for footer in _footers(opened):
        next(footer.iter(w("instrText"))).text = r" PAGE \* roman "


@seed("page-number-format")
def roman_section(opened: Opened) -> None:
    opened.sections()[0].append(element("pgNumType", fmt="lowerRoman"))


@seed("page-number-odd-even")
def same_on_all_pages(opened: Opened) -> None:
    remove(opened.tree(SETTINGS).find(w("evenAndOddHeaders")))  # type: ignore[arg-type]


@seed("page-number-side")
def centred_numbers(opened: Opened) -> None:
    for footer in _footers(opened):
        attribute(next(footer.iter(w("p"))), "jc", val="center")


@seed("page-number-side")
def sides_swapped(opened: Opened) -> None:
    odd, even = _footers(opened)
    attribute(next(odd.iter(w("p"))), "jc", val="left")
    attribute(next(even.iter(w("p"))), "jc", val="right")


@seed("page-number-space")
def numbers_at_the_margin(opened: Opened) -> None:
    for footer in _footers(opened):
        put_property(next(footer.iter(w("p"))), element("ind"))


page("page-number-distance", "pgMar", footer=851)


@seed("page-number-continuous")
def annexes_count_anew(opened: Opened) -> None:
    opened.sections()[1].append(element("pgNumType", start=1))


@seed("landscape-number")
def number_at_the_bottom_of_a_landscape_page(opened: Opened) -> None:
    portrait, landscape = opened.sections()[:2]
    for old in (*landscape.findall(w("headerReference")), *landscape.findall(w("footerReference"))):
        landscape.remove(old)
    for reference in reversed(portrait.findall(w("footerReference"))):
        landscape.insert(0, copy.deepcopy(reference))


@seed("landscape-number")
def no_number_on_a_landscape_page(opened: Opened) -> None:
    for name in ("word/header3.xml", "word/header4.xml"):
        for run in list(opened.tree(name).iter(w("r"))):
            remove(run)


# The letter form
said("letter-mark", "示例旗政务服务局", "示例旗政务服务局", "示例旗政务服务局文件", base="letter")


@seed("letter-first-page", base="letter")
def number_on_the_first_page(opened: Opened) -> None:
    for first in list(opened.document.iter(w("titlePg"))):
        remove(first)


@seed("letter-lines", base="letter")
def line_of_the_text_width(opened: Opened) -> None:
    attribute(opened.paragraph("示例旗政务服务局"), "ind", left=0, right=0)


@seed("letter-imprint", base="letter")
def printed_by_below_a_letter(opened: Opened) -> None:
    made = element("p")
    put_property(made, element("pStyle", val=opened.style(StyleName.IMPRINT).get(w("styleId"))))
    put_property(made, element("ind", left=280, right=280))
    made.append(run_of("示例旗政务服务局办公室　　　　2020年10月21日印发"))
    opened.sections()[-1].addprevious(made)


# Tables and what programs leave behind
def _first_table(opened: Opened) -> Element:
    return next(opened.document.iter(w("tbl")))


@seed("table-header")
def head_not_repeated(opened: Opened) -> None:
    remove(next(_first_table(opened).iter(w("tblHeader"))))


@seed("table-header")
def head_repeated_from_row_3(opened: Opened) -> None:
    _first_table(opened).findall(w("tr"))[2].find(w("trPr")).append(element("tblHeader"))  # type: ignore[union-attr]


@seed("table-rows")
def rows_that_split(opened: Opened) -> None:
    for row in _first_table(opened).findall(w("tr"))[1:]:
        remove(row.find(f"{w('trPr')}/{w('cantSplit')}"))  # type: ignore[arg-type]


@seed("table-cells")
def cell_missing(opened: Opened) -> None:
    row = _first_table(opened).findall(w("tr"))[5]
    remove(row.findall(w("tc"))[-1])


@seed("table-empty-cell")
def cell_without_paragraph(opened: Opened) -> None:
    cell = _first_table(opened).findall(w("tr"))[5].findall(w("tc"))[-1]
    for paragraph in cell.findall(w("p")):
        cell.remove(paragraph)


@seed("table-width")
def table_wider_than_the_page(opened: Opened) -> None:
    next(_first_table(opened).iter(w("gridCol"))).set(w("w"), "4000")


@seed("stock-parts")
def stock_parts(opened: Opened) -> None:
    opened.parts["word/stylesWithEffects.xml"] = b"<styles/>"


@seed("stock-properties")
def stock_properties(opened: Opened) -> None:
    core = opened.tree("docProps/core.xml")
    next(core.iter("{*}description")).text = "generated by python-docx"


@seed("old-mode")
def mode_of_word_2010(opened: Opened) -> None:
    modes = [one for one in opened.tree(SETTINGS).iter(w("compatSetting")) if one.get(w("name")) == "compatibilityMode"]
    modes[0].set(w("val"), "14")


@seed("language")
def japanese(opened: Opened) -> None:
    put(opened.tree(SETTINGS), "themeFontLang", eastAsia="ja-JP")
