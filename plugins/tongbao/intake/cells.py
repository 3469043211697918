"""Read single cells: text, identifiers, numbers, flags and choices; what cannot be read is said so."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from tongbao.feeds import Column
from tongbao.vocabulary import Vocabulary, fold

REJECT, WARN = "reject", "warn"
MAX_EXACT = 10**15
"""Excel keeps 15 digits: longer numbers have lost their last ones already."""
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_CARRIAGE_RETURN_ESCAPE = re.compile("_x000D_", re.IGNORECASE)
_BREAKS = re.compile(r"[^\S\r\n\t]*[\r\n\t]+\s*")
_ERROR_VALUE = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!)")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+\d{2,3}", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")


@dataclass(frozen=True)
class Reading:
    """What one cell says, and what is wrong with it if anything is."""

    value: object = None
    reason: str = ""
    severity: str = REJECT


Reader = Callable[[object], Reading]


def text_reader(vocabulary: Vocabulary, *, is_identifier: bool, keeps_lines: bool) -> Reader:
    """Text without outer space and invisible characters; identifiers are also brought to their NFKC form."""

    def read(value: object) -> Reading:
        if is_identifier and isinstance(value, (int, float)) and abs(value) >= MAX_EXACT:
            return Reading(reason="数字超过15位，Excel 已改动末尾数字，请把该列设为文本格式后重新填写")
        text = written(value)
        if _ERROR_VALUE.fullmatch(text.strip()):
            return Reading(reason="单元格是公式的错误值，请改为实际内容")
        clean = _CARRIAGE_RETURN_ESCAPE.sub("", text)
        visible = _INVISIBLE.sub("", clean)
        warning = "" if visible == clean else "含有不可见的控制字符，已去除"
        if is_identifier:
            visible = unicodedata.normalize("NFKC", visible)
        visible = visible.replace("\r\n", "\n").strip() if keeps_lines else _BREAKS.sub(_joint, visible.strip())
        if not visible or fold(visible) in vocabulary.words["blanks"]:
            return Reading(None, warning, WARN)
        if is_identifier and _SCIENTIFIC.fullmatch(visible):
            return Reading(reason="编号已被显示成科学计数法，末尾数字已丢失，请把该列设为文本格式后重新填写")
        return Reading(visible, warning, WARN)

    return read


def _joint(match: re.Match[str]) -> str:
    """Lines of Chinese join without a space, Latin words with one."""
    before, after = match.string[match.start() - 1], match.string[match.end()]
    return " " if before.isascii() and after.isascii() else ""


def written(value: object) -> str:
    """A cell's value as it would be written: whole numbers without a decimal point, midnight as a date."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        is_day = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if is_day else value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def platform_reader(vocabulary: Vocabulary) -> Reader:
    """The canonical platform; an unknown one stays as delivered, with a warning."""
    plain = text_reader(vocabulary, is_identifier=False, keeps_lines=False)
    websites = vocabulary.words["websites"] | vocabulary.words["portals"]

    def read(value: object) -> Reading:
        reading = plain(value)
        if not isinstance(reading.value, str) or fold(reading.value) in websites:
            return reading
        known = vocabulary.platform(reading.value)
        if known:
            return Reading(known, reading.reason, reading.severity)
        return Reading(reading.value, "不认识的平台类型，已原样保留；如确有此平台，请加入 config/vocabulary/platforms.yaml", WARN)

    return read


def choice_reader(vocabulary: Vocabulary, column: Column) -> Reader:
    """The canonical value of a choice column."""
    allowed = "、".join(vocabulary.choice_titles[column.name])

    def read(value: object) -> Reading:
        text = written(value)
        if _is_missing(text, vocabulary):
            return Reading()
        known = vocabulary.choice(column.name, _INVISIBLE.sub("", text))
        return Reading(known) if known else Reading(reason=f"不认识的{column.title}，请填：{allowed}")

    return read


def flag_reader(vocabulary: Vocabulary, column: Column) -> Reader:
    """Yes or no."""

    def read(value: object) -> Reading:
        if isinstance(value, bool):
            return Reading(value)
        text = written(value)
        if _is_missing(text, vocabulary):
            return Reading()
        known = vocabulary.flag(_INVISIBLE.sub("", text))
        return Reading(known) if known is not None else Reading(reason=f"看不懂“{column.title}”的取值，请填“是”或“否”")

    return read


def count_reader(vocabulary: Vocabulary, column: Column) -> Reader:
    """A whole number, with or without thousands separators and a measure word."""
    units = re.compile(rf"\s*(?:{'|'.join(map(re.escape, vocabulary.count_units))})?")

    def read(value: object) -> Reading:
        number, rest = _number(value)
        if number is None and _is_missing(rest, vocabulary):
            return Reading()
        if number is None or not units.fullmatch(rest) or not number.is_integer() or abs(number) >= MAX_EXACT:
            return Reading(reason=f"“{column.title}”应是整数")
        return Reading(int(number))

    return read


def number_reader(vocabulary: Vocabulary, column: Column, scale: float = 1.0) -> Reader:
    """A number in the unit of the contract: a unit in the cell goes before the one in the header (``scale``)."""

    def read(value: object) -> Reading:
        number, rest = _number(value)
        if number is None and _is_missing(rest, vocabulary):
            return Reading()
        factor = vocabulary.second_units.get(fold(rest)) if fold(rest) else scale
        if number is None or factor is None or abs(number) >= MAX_EXACT:
            return Reading(reason=f"“{column.title}”应是数字")
        return Reading(round(number * factor, 9) if factor != 1.0 else number)

    return read


def _number(value: object) -> tuple[float | None, str]:
    """The leading number of a cell and what follows it; None and the text when it opens with none."""
    if isinstance(value, (int, float)):
        return float(value), ""
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", written(value))).strip().replace(",", "")
    match = _NUMBER.match(text)
    return (float(match[0]), text[match.end() :]) if match else (None, text)


def _is_missing(text: str, vocabulary: Vocabulary) -> bool:
    word = fold(text)
    return not word or word in vocabulary.words["blanks"]
