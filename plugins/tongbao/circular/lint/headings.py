"""The levels of the text: 一、（一）1.（1）, their type and their order (GB/T 9704, 7.3.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tongbao.circular import gongwen as gw
from tongbao.circular.lint.anatomy import Anatomy
from tongbao.circular.lint.fault import Fault
from tongbao.circular.lint.fonts import Family, chinese_pieces, family, font_fault, is_size, size_name
from tongbao.circular.lint.patterns import LevelMark, level_mark
from tongbao.circular.lint.reading import Para, Piece, Reading
from tongbao.circular.lint.rules import fault

_FAMILIES = {1: Family.HEITI, 2: Family.KAITI, 3: Family.FANGSONG, 4: Family.FANGSONG}
_FONT_RULES = {1: "level1-font", 2: "level2-font", 3: "level34-font", 4: "level34-font"}
_MARKS = {1: ("、",), 2: ("",), 3: (".", "．"), 4: ("",)}
_ENDS = "。；：，、;:,."


@dataclass(frozen=True)
class Heading:
    """A numbered paragraph. ``is_line`` when it is a heading alone, else its first sentence may be set as one."""

    para: Para
    mark: LevelMark

    @property
    def content(self) -> str:
        return self.para.text.strip()[len(self.mark.written) :].strip()

    @property
    def is_line(self) -> bool:
        return "。" not in self.content[:-1] and not self.is_item

    @property
    def is_item(self) -> bool:
        """A numbered sentence of the text, as decisions and lists have: it ends like one and is set like text."""
        if not self.content.endswith(tuple(_ENDS)):
            return False
        return self.mark.level > 2 or all(
            family(piece.format.east_asia) is Family.FANGSONG for piece in chinese_pieces(self.para)
        )


def check(reading: Reading, anatomy: Anatomy) -> Iterator[Fault]:
    headings = [Heading(para, mark) for para in anatomy.body if (mark := level_mark(para.text))]
    for heading in headings:
        yield from _mark(heading)
        yield from _type(heading)
    yield from _order(headings)


def lead(para: Para) -> tuple[list[Piece], list[Piece]]:
    """The Chinese pieces of the first sentence and of the rest."""
    first: list[Piece] = []
    pieces = chinese_pieces(para)
    for place, piece in enumerate(pieces):
        head, stop, tail = piece.text.partition("。")
        first.append(Piece(head + stop, piece.format))
        if stop:
            rest = ([Piece(tail, piece.format)] if tail.strip() else []) + pieces[place + 1 :]
            return first, rest
    return first, []


def _mark(heading: Heading) -> Iterator[Fault]:
    mark = heading.mark
    level = mark.level
    if mark.brackets == "○":
        yield fault("level4-mark", heading.para.spot, f"写作“{mark.written}”")
    elif mark.brackets and mark.brackets != "（）":
        yield fault("level-brackets", heading.para.spot, f"写作“{mark.written}”")
    elif mark.mark not in _MARKS[level]:
        yield fault(f"level{level}-mark", heading.para.spot, f"写作“{mark.written}”")
    if heading.is_line and level <= 2 and heading.content.endswith(tuple(_ENDS)):
        yield fault("heading-end", heading.para.spot, f"末尾有“{heading.content[-1]}”")


def _type(heading: Heading) -> Iterator[Fault]:
    para, level = heading.para, heading.mark.level
    if heading.is_item:
        yield from font_fault("body-font", para, lead(para)[0], Family.FANGSONG)
        if not is_size(para.main, gw.SIZE_3):
            yield fault("body-size", para.spot, f"字号为{size_name(para.main.size)}")
        return
    if heading.is_line:
        yield from font_fault(_FONT_RULES[level], para, chinese_pieces(para), _FAMILIES[level])
        pieces = chinese_pieces(para)
    else:
        pieces = lead(para)[0]
        if any(family(piece.format.east_asia) is not Family.FANGSONG for piece in pieces):
            yield from font_fault(_FONT_RULES[level], para, pieces, _FAMILIES[level])
    if not is_size(para.main, gw.SIZE_3):
        yield fault("heading-size", para.spot, f"字号为{size_name(para.main.size)}")
    if any(piece.format.is_bold for piece in pieces):
        yield fault("heading-bold", para.spot, "加粗")


def _order(headings: list[Heading]) -> Iterator[Fault]:
    """Levels follow one another without gaps; numbers of one level under one heading run on from 1."""
    counts: dict[int, int] = {}
    for heading in headings:
        level, number = heading.mark.level, heading.mark.number
        above = max((one for one in counts if one < level), default=0)
        # Two levels alone may be 一、 and 1.
        if level - above > 1 and not (level == 3 and above == 1 and 2 not in counts):
            missing = {1: "一、", 2: "（一）", 3: "1."}[level - 1]
            yield fault("level-skip", heading.para.spot, f"“{heading.mark.written}”之上没有“{missing}”层")
        expected = counts.get(level, 0) + 1
        if number != expected and not (level >= 3 and number == 1):
            yield fault("level-sequence", heading.para.spot, f"编号为{number}，按顺序是{expected}")
        counts = {one: count for one, count in counts.items() if one < level} | {level: number}
