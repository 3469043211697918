"""The page and the body: its type, its levels, its punctuation."""

from __future__ import annotations

from tests.tongbao.circular.lint.bench import Opened, another_after, attribute, font, put, remove, runs, say
from tests.tongbao.circular.lint.seeding import BODY, PREAMBLE, SHORT_BODY, fonts, page, said, seed, styled
from tongbao.circular import gongwen as gw
from tongbao.circular.gongwen import StyleName
from tongbao.circular.ooxml import Element, element, run_of, w

# Page
page("page-size", "pgSz", w=12240, h=15840)
page("page-size", "pgSz", section=1, w=23811, h=16838)
page("margin-top", "pgMar", top=1440)
page("margin-bottom", "pgMar", bottom=1440)
page("margin-left", "pgMar", left=1800)
page("margin-right", "pgMar", right=1800)
page("margin-left", "pgMar", section=1, left=1440)
page("page-gutter", "pgMar", gutter=284)
page("grid-characters", "docGrid", type="linesAndChars", charSpace=-842)


@seed("lines-per-page")
def twenty_nine_points(opened: Opened) -> None:
    put(opened.style(StyleName.BODY).find(w("pPr")), "spacing", line=580)  # type: ignore[arg-type]


@seed("lines-per-page")
def one_and_a_half_lines(opened: Opened) -> None:
    attribute(opened.paragraph(BODY), "spacing", line=360, lineRule="auto", before=0, after=0)


@seed("lines-fill")
def twenty_eight_points(opened: Opened) -> None:
    attribute(opened.paragraph(BODY), "spacing", line=560, lineRule="exact")


@seed("grid-pitch")
def grid_of_word(opened: Opened) -> None:
    """Word's own grid of 15.6 pt takes two cells for a line of 三号."""
    put(opened.sections()[0], "docGrid", linePitch=312)
    paragraph = opened.paragraph(BODY)
    attribute(paragraph, "spacing", line=240, lineRule="auto")
    attribute(paragraph, "snapToGrid", val=1)


@seed("characters-per-line")
def not_condensed(opened: Opened) -> None:
    for style in (StyleName.BODY, StyleName.LEVEL1, StyleName.LEVEL2):
        put(opened.style(style).find(w("rPr")), "spacing", val=0)  # type: ignore[arg-type]


# Body
styled("body-font", StyleName.BODY, "rPr", "rFonts", **fonts("宋体"))
styled("body-indent", StyleName.BODY, "pPr", "ind", firstLineChars=0, firstLine=0)
styled("body-spacing", StyleName.BODY, "pPr", "spacing", after=120)
styled("body-justify", StyleName.BODY, "pPr", "jc", val="left")
styled("overflow-punct", StyleName.BODY, "pPr", "overflowPunct", val=0)


@seed("body-size")
def body_in_size_4(opened: Opened) -> None:
    runs(opened.paragraph(SHORT_BODY), "sz", 28)


@seed("body-size")
def numbered_sentence_in_small_3(opened: Opened) -> None:
    runs(_item(opened, "1.更新不及时。"), "sz", 30)


@seed("body-wrap")
def hanging_body(opened: Opened) -> None:
    attribute(opened.paragraph(BODY), "ind", leftChars=200, left=630, firstLineChars=0, firstLine=0)


@seed("body-mixed")
def heiti_in_the_text(opened: Opened) -> None:
    paragraph = another_after(opened.paragraph(BODY), "各单位要认真对照检查。")
    paragraph.append(run_of("逾期未整改的予以约谈。"))
    paragraph.append(run_of("有关情况另行通报，请各单位遵照执行。"))
    properties = element("rPr")
    properties.append(element("rFonts", eastAsia="黑体"))
    paragraph.findall(w("r"))[1].insert(0, properties)


@seed("eastasia-font")
def only_the_latin_font_set(opened: Opened) -> None:
    remove(opened.style(StyleName.LEVEL1).find(f"{w('rPr')}/{w('rFonts')}"))  # type: ignore[arg-type]
    font(opened.paragraph("一、总体情况"), "黑体", "ascii", "hAnsi")
    font(opened.paragraph("二、存在问题"), "黑体")
    font(opened.paragraph("三、下一步"), "黑体")


@seed("text-colour")
def blue_words(opened: Opened) -> None:
    runs(opened.paragraph(BODY), "color", "0000FF")


@seed("text-colour")
def red_cell(opened: Opened) -> None:
    runs(opened.paragraph("微信公众号"), "color", "FF0000")


@seed("draft-marks")
def tracked_change(opened: Opened) -> None:
    paragraph = opened.paragraph(BODY)
    inserted = element("ins", id=900, author="示例")
    inserted.append(run_of("请各单位重视。"))
    paragraph.append(inserted)


@seed("draft-marks")
def highlighted(opened: Opened) -> None:
    runs(opened.paragraph(BODY), "highlight", "yellow")


said("unfilled-place", BODY, "政府门户网站", "{{ website_name }}")

# Levels
styled("level1-font", StyleName.LEVEL1, "rPr", "rFonts", **fonts("仿宋_GB2312"))
styled("level2-font", StyleName.LEVEL2, "rPr", "rFonts", **fonts("黑体"))
styled("heading-size", StyleName.LEVEL1, "rPr", "sz", val=28)
styled("heading-bold", StyleName.LEVEL1, "rPr", "b", val=1)
said("level1-mark", "一、总体情况", "一、", "一.")
said("level2-mark", "（一）政府网站", "（一）", "（一）、")
said("level-brackets", "（一）政府网站", "（一）", "(一)")
said("level-sequence", "二、存在问题", "二、", "三、")
said("level-sequence", "（二）政务新媒体", "（二）", "（三）")
said("heading-end", "一、总体情况", "情况", "情况。")
said("heading-end", "（一）政府网站", "方面", "方面：")


def _item(opened: Opened, content: str, after: str = BODY) -> Element:
    return another_after(opened.paragraph(after), content)


@seed("level3-mark")
def pause_mark_after_digit(opened: Opened) -> None:
    _item(opened, "1、更新不及时。")


@seed("level4-mark")
def circled_digit(opened: Opened) -> None:
    _item(opened, "①动态要闻栏目未更新。")
    _item(opened, "1.更新不及时。")


@seed("level4-mark")
def pause_mark_after_brackets(opened: Opened) -> None:
    _item(opened, "（1）、动态要闻栏目未更新。")
    _item(opened, "1.更新不及时。")


@seed("level34-font")
def third_level_in_heiti(opened: Opened) -> None:
    font(_item(opened, "1.更新不及时"), "黑体")


@seed("level-skip")
def fourth_level_under_second(opened: Opened) -> None:
    _item(opened, "（1）动态要闻栏目未更新。")


@seed("level-skip")
def second_level_without_first(opened: Opened) -> None:
    another_after(opened.paragraph(BODY), "（一）请各单位整改。")
    paragraph = opened.paragraph("一、总体情况")
    say(paragraph, "一、总体情况", "总体情况如下")
    font(paragraph, gw.FANGSONG)
    for beginning in ("二、存在问题", "三、下一步", "（一）政府网站", "（二）政务新媒体"):
        remove(opened.paragraph(beginning))


# Punctuation and numerals
said("latin-punctuation", BODY, "，", ",")
said("latin-punctuation", BODY, "，", ";")
said("half-brackets", PREAMBLE, "（国办秘函", "(国办秘函")
said("straight-quotes", BODY, "薄弱环节", '"薄弱环节"')
said("unpaired-marks", PREAMBLE, "考核指标的通知》", "考核指标的通知")
said("unpaired-marks", BODY, "薄弱环节", "“薄弱环节")
said("doubled-marks", BODY, "，", "，，")
said("doubled-marks", BODY, "。", "；。")
said("ellipsis", BODY, "有待加强。", "有待加强...")
said("dash", BODY, "薄弱环节，", "薄弱环节--")
said("marks-comma", BODY, "政策文件及解读", "《办法》、《细则》")
said("inner-space", BODY, "薄弱环节", "薄弱 环节")
said("full-width-digits", "请各有关单位", "2020", "２０２０")
said("year-short", "请各有关单位", "2020年", "20年")
said("date-zero", "请各有关单位", "11月4日", "11月04日")
said("percent-sign", BODY, "薄弱环节", "薄弱环节（占9％）")
said("date-styles", BODY, "薄弱环节", "薄弱环节（截至2020.9.30）")
said("period-styles", BODY, "薄弱环节", "第3季度的薄弱环节")
