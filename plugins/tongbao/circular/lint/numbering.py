"""The numbers Word writes before paragraphs itself, which are nowhere in their text."""

from __future__ import annotations

import re
from collections.abc import Callable

from tongbao.circular.lint.effective import whole
from tongbao.circular.ooxml import Element, w

_DIGITS = "〇一二三四五六七八九"
_CIRCLED_FIRST = 0x2460
_CIRCLED_MOST = 20


def chinese(number: int) -> str:
    """1 … 99 in Chinese numerals, as headings are numbered."""
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens % 10]) + "十" + (_DIGITS[ones] if ones else "")


def chinese_value(text: str) -> int:
    """The number Chinese numerals up to 99 stand for; 0 for what is none."""
    tens, ten, ones = text.partition("十")
    values = {digit: value for value, digit in enumerate(_DIGITS)}
    if any(digit not in values for digit in tens + ones):
        return 0
    if not ten:
        return values[tens] if len(tens) == 1 else 0
    return (values[tens] if tens else 1) * 10 + (values[ones] if ones else 0)


def _circled(number: int) -> str:
    return chr(_CIRCLED_FIRST + number - 1) if number <= _CIRCLED_MOST else str(number)


def _letter(number: int) -> str:
    return chr(ord("A") + (number - 1) % 26)


_FORMATS: dict[str, Callable[[int], str]] = {
    "chineseCounting": chinese,
    "chineseCountingThousand": chinese,
    "japaneseCounting": chinese,
    "taiwaneseCountingThousand": chinese,
    "ideographDigital": chinese,
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalZero": "{:02d}".format,
    "upperLetter": _letter,
    "lowerLetter": lambda number: _letter(number).lower(),
    "none": lambda _: "",
    "bullet": lambda _: "",
}


class Numbering:
    """Counts along the document: ask for each paragraph once, in order."""

    def __init__(self, root: Element | None) -> None:
        self._levels: dict[str, dict[int, Element]] = {}
        self._abstract: dict[str, str] = {}
        self._restart: dict[str, set[int]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        if root is None:
            return
        for abstract in root.findall(w("abstractNum")):
            levels = {whole(level.get(w("ilvl")), 0): level for level in abstract.findall(w("lvl"))}
            self._levels[str(abstract.get(w("abstractNumId")))] = levels
        for number in root.findall(w("num")):
            reference = number.find(w("abstractNumId"))
            if reference is None:
                continue
            name = str(number.get(w("numId")))
            self._abstract[name] = str(reference.get(w("val")))
            overridden = {
                whole(override.get(w("ilvl")), 0)
                for override in number.findall(w("lvlOverride"))
                if override.find(w("startOverride")) is not None
            }
            if overridden:
                self._restart[name] = overridden

    def level(self, number: str, level: int) -> Element | None:
        """The ``w:lvl`` that gives the paragraph its number and indentation."""
        return self._levels.get(self._abstract.get(number, ""), {}).get(level)

    def level_of_style(self, number: str, style: str) -> int:
        """The level a list ties to a paragraph style; 0 when it ties none."""
        for index, level in self._levels.get(self._abstract.get(number, ""), {}).items():
            tied = level.find(w("pStyle"))
            if tied is not None and tied.get(w("val")) == style:
                return index
        return 0

    def label(self, number: str, level: int) -> str:
        """The text Word writes before the next paragraph of that list and level."""
        abstract = self._abstract.get(number, "")
        levels = self._levels.get(abstract, {})
        if level not in levels:
            return ""
        counts = self._counts.setdefault(abstract, {})
        if level in self._restart.get(number, set()):
            self._restart[number].discard(level)
            counts.pop(level, None)
        counts[level] = counts[level] + 1 if level in counts else _start(levels[level])
        for deeper in [index for index in counts if index > level]:
            del counts[deeper]
        text = levels[level].find(w("lvlText"))
        pattern = "" if text is None else str(text.get(w("val")) or "")
        return re.sub(r"%(\d)", lambda match: _printed(levels, counts, int(match[1]) - 1), pattern)


def _start(level: Element) -> int:
    start = level.find(w("start"))
    return 1 if start is None else whole(start.get(w("val")), 1)


def _printed(levels: dict[int, Element], counts: dict[int, int], level: int) -> str:
    if level not in levels:
        return ""
    form = levels[level].find(w("numFmt"))
    number = counts.get(level, _start(levels[level]))
    return _FORMATS.get("decimal" if form is None else str(form.get(w("val"))), str)(number)
