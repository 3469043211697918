"""Letterhead, title and addressees."""

from __future__ import annotations

from tests.tongbao.circular.lint.bench import Opened, another_after, attribute, font, put, remove, rewrite, runs, say
from tests.tongbao.circular.lint.seeding import fonts, said, seed, styled
from tongbao.circular import gongwen as gw
from tongbao.circular.gongwen import StyleName
from tongbao.circular.ooxml import element, put_property, run_of, w

# Letterhead
said("copy-number", "000001", "000001", "0001", base="secret")
styled("copy-number", StyleName.COPY_NUMBER, "pPr", "jc", base="secret", val="right")
said("secrecy-form", "机密", "机密★1年", "机密 一年", base="secret")


@seed("head-order", base="secret")
def urgency_above_secrecy(opened: Opened) -> None:
    opened.paragraph("机密").addprevious(opened.paragraph("特急"))


@seed("secrecy-font", base="secret")
def secrecy_in_fangsong(opened: Opened) -> None:
    font(opened.paragraph("机密"), gw.FANGSONG)


@seed("urgency-font", base="secret")
def urgency_smaller(opened: Opened) -> None:
    runs(opened.paragraph("特急"), "sz", 28)


styled("mark-colour", StyleName.MARK, "rPr", "color", val="000000")
styled("mark-centred", StyleName.MARK, "pPr", "jc", val="left")
styled("mark-font", StyleName.MARK, "rPr", "rFonts", **fonts("华文中宋"))


@seed("mark-position")
def no_room_above_mark(opened: Opened) -> None:
    attribute(opened.body[0], "spacing", line=20, lineRule="exact")


@seed("number-missing")
def number_left_out(opened: Opened) -> None:
    rewrite(opened.paragraph("示政服字"), "　")


for _brackets in ("[2020]", "【2020】", "(2020)", "（2020）", "2020"):
    said("number-brackets", "示政服字", "〔2020〕", _brackets)
said("number-year", "示政服字", "〔2020〕", "〔20〕")
said("number-year", "示政服字", "〔2020〕", "〔二〇二〇〕")
said("number-ordinal-word", "示政服字", "8号", "第8号")
said("number-zero", "示政服字", "8号", "008号")
styled("number-place", StyleName.NUMBER, "pPr", "jc", val="left")
styled("number-font", StyleName.NUMBER, "rPr", "rFonts", **fonts("黑体"))


@seed("number-space")
def one_line_above_number(opened: Opened) -> None:
    remove(next(opened.blanks_above(opened.paragraph("示政服字"))))


@seed("red-line-missing")
def no_red_line(opened: Opened) -> None:
    put_property(opened.paragraph("示政服字"), element("pBdr"))
    remove(opened.style(StyleName.NUMBER).find(f"{w('pPr')}/{w('pBdr')}"))  # type: ignore[arg-type]


@seed("red-line-colour")
def black_line(opened: Opened) -> None:
    put(opened.style(StyleName.NUMBER).find(f"{w('pPr')}/{w('pBdr')}"), "bottom", color="000000")  # type: ignore[arg-type]


@seed("red-line-gap")
def line_close_to_number(opened: Opened) -> None:
    put(opened.style(StyleName.NUMBER).find(f"{w('pPr')}/{w('pBdr')}"), "bottom", space=1)  # type: ignore[arg-type]


@seed("red-line-width")
def short_line(opened: Opened) -> None:
    attribute(opened.paragraph("示政服字"), "ind", left=1134, right=1134)


@seed("signer-font")
def signer_without_kaiti(opened: Opened) -> None:
    number = opened.paragraph("示政服字")
    attribute(number, "jc", val="left")
    attribute(number, "ind", firstLine=320)
    number.append(run_of("　　　　　　　　签发人：某某某"))


@seed("signer-form")
def signer_with_latin_colon(opened: Opened) -> None:
    signer_without_kaiti(opened)
    number = opened.paragraph("示政服字")
    say(number, "签发人：某某某", "签发人:")
    name = run_of("某某某")
    number.append(name)
    properties = element("rPr")
    properties.append(element("rFonts", eastAsia=gw.KAITI))
    name.insert(0, properties)


# Title and addressees
@seed("title-missing")
def no_title(opened: Opened) -> None:
    paragraph = opened.paragraph("关于2020年第三季度")
    for blank in list(opened.blanks_above(paragraph)):
        remove(blank)
    remove(paragraph)


styled("title-font", StyleName.TITLE, "rPr", "rFonts", **fonts("黑体"))
styled("title-size", StyleName.TITLE, "rPr", "sz", val=36)
styled("title-bold", StyleName.TITLE, "rPr", "b", val=1)
styled("title-centred", StyleName.TITLE, "pPr", "jc", val="left")
said("title-punctuation", "关于2020年第三季度", "通报", "通报。")
said("title-punctuation", "关于2020年第三季度", "政府网站", "政府网站，")


@seed("title-breaks")
def title_in_one_line(opened: Opened) -> None:
    rewrite(opened.paragraph("关于2020年第三季度"), "关于2020年第三季度全旗政府网站与政务新媒体检查情况的通报")
    for line_break in list(opened.paragraph("关于2020年").iter(w("br"))):
        remove(line_break)


def _title_lines(opened: Opened, *lines: str) -> None:
    title = opened.paragraph("关于2020年第三季度")
    rewrite(title, lines[0])
    for line_break in list(title.iter(w("br"))):
        remove(line_break)
    for line in reversed(lines[1:]):
        another_after(title, line)


@seed("title-shape")
def hourglass(opened: Opened) -> None:
    _title_lines(opened, "关于第三季度全旗政府网站", "与政务新媒体", "检查情况和整改要求的通报")


@seed("title-shape")
def rectangle(opened: Opened) -> None:
    _title_lines(opened, "关于第三季度全旗政府", "网站与政务新媒体检查", "情况和整改要求的通报")


@seed("title-space")
def one_line_above_title(opened: Opened) -> None:
    remove(next(opened.blanks_above(opened.paragraph("关于2020年第三季度"))))


@seed("addressees-space")
def no_line_below_title(opened: Opened) -> None:
    remove(next(opened.blanks_above(opened.paragraph("示例经济开发区"))))


said("addressees-colon", "示例经济开发区", "：", ":")
said("addressees-colon", "示例经济开发区", "：", "")
said("addressees-colon", "示例经济开发区", "：", "。")
styled("addressees-indent", StyleName.ADDRESSEES, "pPr", "ind", firstLineChars=200, firstLine=630)
styled("addressees-font", StyleName.ADDRESSEES, "rPr", "rFonts", **fonts("宋体"))
