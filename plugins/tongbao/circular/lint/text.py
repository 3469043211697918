"""The body's type and setting (GB/T 9704, 5.2.2, 5.2.4 and 7.3.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tongbao.circular import gongwen as gw
from tongbao.circular.lint import patterns
from tongbao.circular.lint.anatomy import Anatomy
from tongbao.circular.lint.fault import Fault, Spot, excerpt
from tongbao.circular.lint.fonts import Family, chinese_pieces, family, font_fault, is_size, size_name
from tongbao.circular.lint.headings import lead
from tongbao.circular.lint.patterns import level_mark
from tongbao.circular.lint.reading import Para, Reading
from tongbao.circular.lint.rules import fault
from tongbao.circular.ooxml import w

_INDENT_TOLERANCE = 0.15
_ALIGNMENTS = {"left": "左对齐", "center": "居中", "right": "右对齐"}
_PLACE = re.compile(r"\{\{\s*[a-z_][a-z0-9_.]*\s*\}\}|\{%.*?%\}")


def check(reading: Reading, anatomy: Anatomy) -> Iterator[Fault]:
    for para in anatomy.prose:
        if level_mark(para.text) is None:
            yield from _type(para)
        else:
            # The heading in front has rules of its own.
            yield from font_fault("body-font", para, lead(para)[1], Family.FANGSONG)
        yield from _setting(para)
    yield from _colours(reading, anatomy)
    yield from _drafts(reading)


def _type(para: Para) -> Iterator[Fault]:
    pieces = chinese_pieces(para)
    if family(para.main.east_asia) is Family.FANGSONG:
        yield from _mixed(para)
    else:
        yield from font_fault(
            "body-font", para, [piece for piece in pieces if piece.format == para.main] or pieces, Family.FANGSONG
        )
    if pieces and not is_size(para.main, gw.SIZE_3):
        yield fault("body-size", para.spot, f"字号为{size_name(para.main.size)}")


def _mixed(para: Para) -> Iterator[Fault]:
    """A first sentence may be set like a heading; the rest is text."""
    yield from font_fault("body-mixed", para, lead(para)[1], Family.FANGSONG)


def _setting(para: Para) -> Iterator[Fault]:
    first, left, right = para.indent("firstLine"), para.indent("left"), para.indent("right")
    if abs(first + left - 2) > _INDENT_TOLERANCE:
        yield fault("body-indent", para.spot, f"首行左空{first + left:.3g}字")
    elif abs(left) > _INDENT_TOLERANCE or abs(right) > _INDENT_TOLERANCE:
        yield fault("body-wrap", para.spot, f"回行左空{left:.3g}字、右空{right:.3g}字")
    if para.format.before or para.format.after:
        yield fault("body-spacing", para.spot, f"段前{para.format.before / 20:g}磅、段后{para.format.after / 20:g}磅")
    if para.width + 2 <= gw.CHARACTERS_PER_LINE:
        return
    # Beside a long address the other words of a justified line are torn apart.
    if para.format.align != "both" and not patterns.UNBROKEN.search(para.text):
        yield fault("body-justify", para.spot, _ALIGNMENTS.get(para.format.align, para.format.align))
    elif para.format.align == "both" and para.main.spacing < 0 and not para.format.is_on("overflowPunct"):
        yield fault("overflow-punct", para.spot, "关闭或未设置，而正文紧缩排列")


def _colours(reading: Reading, anatomy: Anatomy) -> Iterator[Fault]:
    red = set(map(id, anatomy.mark))
    for para in reading.paragraphs:
        for piece in () if id(para) in red else para.pieces:
            if piece.text.strip() and not piece.format.is_black:
                yield fault("text-colour", Spot(para.part, para.number, excerpt(piece.text)), f"颜色为{piece.format.colour}")
                break
    begin = anatomy.title[0] if anatomy.title else None
    head = reading.blocks[: reading.blocks.index(begin)] if begin is not None else []
    for table in (one for one in reading.tables if one not in head):
        # Colours of table styles are not looked up: long annexes have hundreds of thousands of cells.
        found = {str(colour.get(w("val"))).upper() for colour in table.element.iter(w("color"))} - {"AUTO", "000000", "NONE"}
        if found:
            yield fault("text-colour", table.spot, f"颜色为{'、'.join(sorted(found))}")


def _drafts(reading: Reading) -> Iterator[Fault]:
    document = reading.package.document
    kinds = (("修订", ("ins", "del", "moveFrom", "moveTo")), ("批注", ("commentReference",)))
    for name, tags in kinds:
        if any(next(document.iter(w(tag)), None) is not None for tag in tags):
            yield fault("draft-marks", Spot("全文"), f"留有{name}")
    for para in reading.paragraphs:
        for piece in para.pieces:
            if piece.format.is_highlighted:
                yield fault("draft-marks", para.spot, "留有突出显示")
                break
        if _PLACE.search(para.text):
            yield fault("unfilled-place", para.spot, "留有未填写的占位符")
