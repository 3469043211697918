"""Families of type by the names they go by in Word and WPS, and sizes by their Chinese names."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from tongbao.circular import gongwen as gw
from tongbao.circular.lint.effective import TextFormat
from tongbao.circular.lint.fault import Fault
from tongbao.circular.lint.reading import Para, Piece
from tongbao.circular.lint.rules import fault


class Family(Enum):
    """The families the standard asks for; its text names them, offices install them under many names."""

    FANGSONG = ("仿宋", "fangsong", "simfang")
    KAITI = ("楷", "kaiti", "simkai")
    HEITI = ("黑体", "simhei", "heiti")
    XIAOBIAOSONG = ("小标宋", "xiaobiaosong")
    SONGTI = ("宋体", "simsun", "songti")


_SIZES = {
    84: "初号",
    72: "小初",
    52: "一号",
    48: "小一",
    44: "二号",
    36: "小二",
    32: "三号",
    30: "小三",
    28: "四号",
    24: "小四",
    21: "五号",
    18: "小五",
}


def family(name: str) -> Family | None:
    """The family a font belongs to, nothing for others; 仿宋 is tried first because some call it 仿宋体."""
    lowered = name.lower().replace(" ", "")
    return next((one for one in Family if any(sign in lowered for sign in one.value)), None)


def size_name(half_points: float) -> str:
    return _SIZES.get(int(half_points), f"{half_points / 2:g}磅")


def is_size(form: TextFormat, half_points: int) -> bool:
    return half_points - 1 <= form.size <= half_points


def chinese_pieces(para: Para) -> list[Piece]:
    """The pieces that hold Chinese characters: only these show the Chinese font."""
    return [piece for piece in para.pieces if any("\u4e00" <= character <= "\u9fff" for character in piece.text)]


def font_fault(rule: str, para: Para, pieces: list[Piece], wanted: Family) -> Iterator[Fault]:
    """At most one fault for pieces in another family than wanted; a font set for Latin text only is named as such."""
    for piece in pieces:
        form = piece.format
        if family(form.east_asia) is wanted:
            continue
        if not form.east_asia or (form.is_latin_only and family(form.ascii) is wanted):
            yield fault(
                "eastasia-font", para.spot, f"字体“{form.ascii or '未指定'}”只用于西文，中文字体为“{form.east_asia or '未指定'}”"
            )
        else:
            yield fault(rule, para.spot, f"字体为{form.east_asia}")
        return


def element_font(rule: str, para: Para, wanted: Family = Family.FANGSONG, size: int = gw.SIZE_3) -> Iterator[Fault]:
    """The font and the size of an element that has one of each."""
    faults = list(font_fault(rule, para, chinese_pieces(para), wanted))
    if not faults and not is_size(para.main, size):
        faults = [fault(rule, para.spot, f"字号为{size_name(para.main.size)}")]
    yield from faults
