"""The figures of GB/T 9704—2012 as Word needs them; each was measured on rendered pages.

Lengths are twips (1/20 pt) unless the name says otherwise; sizes are half-points.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from enum import StrEnum

TWIPS_PER_MM = 1440 / 25.4
EMU_PER_TWIP = 635

PAGE_WIDTH, PAGE_HEIGHT = 11906, 16838
"""A4 (5.1)."""
MARGIN_TOP, MARGIN_LEFT, MARGIN_RIGHT, MARGIN_BOTTOM = 2098, 1587, 1474, 1984
"""天头 37 mm, 订口 28 mm, and what leaves a type area of 156 × 225 mm (5.2.1)."""
TEXT_WIDTH = 8844
TEXT_HEIGHT = PAGE_HEIGHT - MARGIN_TOP - MARGIN_BOTTOM

LINE = 579
"""22 lines a page (5.2.3): 580, the popular 29 pt, gives only 21."""
CHARACTER = 315
"""28 characters a line (5.2.3): 3号 is 16 pt in Word, set 0.25 pt closer."""
CONDENSED = -5
CHARACTERS_PER_LINE = 28
HAIR_LINE = 20

FANGSONG, KAITI, HEITI, SONGTI, XIAOBIAOSONG = "仿宋_GB2312", "楷体_GB2312", "黑体", "宋体", "方正小标宋简体"

SIZE_2, SIZE_3, SIZE_4, SIZE_SMALL_4, SIZE_5 = 44, 32, 28, 24, 21
SIZE_MARK = 84
SIZE_MARK_LEAST = 60
"""A longer mark is condensed rather than set smaller: it must stay 醒目 (7.2.4)."""

MARK_TOP_MM = 35
"""Top of the mark below the top of the type area (7.2.4)."""
MARK_LINE = 1200
MARK_LEADING_MM = 4.5
"""White above the glyphs of a 42 pt mark in its 60 pt line, measured."""
RED = "FF0000"
RED_LINE_EIGHTHS, RED_LINE_GAP_PT = 12, 8

IMPRINT_LINE = 560
RULE_THICK, RULE_THIN = 8, 6
"""0.35 mm and 0.25 mm in eighths of a point (7.4.1)."""
IMPRINT_CHARACTER = 280

FOOTER_DISTANCE = 1427
"""Puts the 一字线 of the page number 7 mm below the type area (7.5)."""
PAGE_NUMBER_LINE = 320

TITLE_CHARACTERS = 20
"""2号 characters that fit the type area; the landscape one takes 29."""
TITLE_CHARACTERS_LANDSCAPE = 29

DATE_BLANK = "\u3000\u3000年\u3000\u3000月\u3000\u3000日"
"""A date still to be written by hand: as wide as the date it makes room for."""
NUMBER_BLANK = "\u3000\u3000"


class StyleName(StrEnum):
    """Names of the template's styles: Word and WPS keep names when they renumber style ids."""

    BODY = "公文正文"
    LEVEL1 = "公文一级标题"
    LEVEL2 = "公文二级标题"
    LEVEL3 = "公文三级标题"
    LEVEL4 = "公文四级标题"
    COPY_NUMBER = "公文份号"
    SECRECY = "公文密级"
    HEAD_SPACE = "公文版头空白"
    MARK = "公文发文机关标志"
    NUMBER = "公文发文字号"
    UPWARD_NUMBER = "公文上行文字号"
    TITLE = "公文标题"
    ADDRESSEES = "公文主送机关"
    ANNEX_LIST = "公文附件说明"
    OFFICE = "公文署名"
    DATE = "公文成文日期"
    NOTE = "公文附注"
    ANNEX_LABEL = "附件标识"
    ANNEX_TITLE = "附件标题"
    ANNEX_EMPTY = "附件空表"
    ANNEX_NOTE = "附件注释"
    TABLE_HEAD = "附件表头"
    TABLE_CELL = "附件表格"
    TABLE_HEAD_SMALL = "附件表头五号"
    TABLE_CELL_SMALL = "附件表格五号"
    HAIR = "附件间隔"
    IMPRINT = "公文版记"
    PAGE_NUMBER = "公文页码"


def characters(text: str) -> float:
    """Width of the text in 字: half-width letters and digits count a half."""
    return sum(1.0 if unicodedata.east_asian_width(character) in "WFA" else 0.5 for character in text)


def chinese_date(day: date | None) -> str:
    """成文日期: Arabic, year in full, no leading zeros (7.3.5); unset, the blanks to fill."""
    return DATE_BLANK if day is None else f"{day.year}年{day.month}月{day.day}日"


def document_number(text: str) -> str:
    """发文字号 with 六角括号 (7.2.5); without its serial number, a blank stands where it goes."""
    number = text.strip().translate(str.maketrans("[]［］【】", "〔〕〔〕〔〕"))
    head, bracket, tail = number.partition("〕")
    if bracket and not tail.strip().removesuffix("号").strip():
        return f"{head}〕{NUMBER_BLANK}号"
    return number
