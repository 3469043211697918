"""Title and addressees (GB/T 9704, 7.3.1 and 7.3.2; GB/T 15834, B.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from tongbao.circular import gongwen as gw
from tongbao.circular.lint.anatomy import Anatomy, Kind
from tongbao.circular.lint.fault import Fault
from tongbao.circular.lint.fonts import Family, chinese_pieces, element_font, font_fault, is_size, size_name
from tongbao.circular.lint.reading import Para, Reading
from tongbao.circular.lint.rules import fault

_MARKS = re.compile(r"[，。；：！？,;!?]|[.:]$")
_QUOTED = re.compile(r"《[^》]*》|“[^”]*”|（[^）]*）")
_TOLERANCE = 0.2


def check(reading: Reading, anatomy: Anatomy) -> Iterator[Fault]:
    if not anatomy.title:
        if anatomy.kind is Kind.DOCUMENT and anatomy.body:
            yield fault("title-missing", anatomy.body[0].spot, "没有找到标题")
    else:
        yield from _title(anatomy)
        yield from _shape(anatomy)
        yield from _space(reading, anatomy)
    if anatomy.addressees is not None:
        yield from _addressees(anatomy.addressees)


def blank_lines(reading: Reading, above: Para, below: Para) -> float:
    """White between two paragraphs in lines of the standard; a table between them counts as none."""
    between = [para for para in reading.paragraphs if above.number < para.number < below.number]
    white = sum(para.line_height(reading.section_of(para).grid) + para.format.before + para.format.after for para in between)
    return (white + above.format.after + below.format.before) / gw.LINE


def _title(anatomy: Anatomy) -> Iterator[Fault]:
    for para in anatomy.title:
        yield from font_fault("title-font", para, chinese_pieces(para), Family.XIAOBIAOSONG)
        if not is_size(para.main, gw.SIZE_2):
            yield fault("title-size", para.spot, f"字号为{size_name(para.main.size)}")
        if para.main.is_bold:
            yield fault("title-bold", para.spot, "加粗")
        if para.format.align != "center" or abs(para.indent("left") + para.indent("firstLine") - para.indent("right")) > 1:
            yield fault("title-centred", para.spot, "没有居中")
    plain = _QUOTED.sub("", anatomy.title_text)
    if found := _MARKS.search(plain):
        yield fault("title-punctuation", anatomy.title[0].spot, f"标题中有“{found[0]}”")


def _shape(anatomy: Anatomy) -> Iterator[Fault]:
    lines = [line.strip() for para in anatomy.title for line in para.text.split("\n") if line.strip()]
    widths = [gw.characters(line) for line in lines]
    first = anatomy.title[0]
    if max(widths) > gw.TITLE_CHARACTERS + 0.5:
        yield fault("title-breaks", first.spot, f"一行有{max(widths):g}字，2号字每行只排{gw.TITLE_CHARACTERS}字")
    if len(widths) < 3:
        return
    steps = [after - before for before, after in pairwise(widths)]
    shrinking = next((place for place, step in enumerate(steps) if step < 0), len(steps))
    if any(step > 0 for step in steps[shrinking:]):
        yield fault("title-shape", first.spot, "各行排成沙漏形")
    elif not any(steps):
        yield fault("title-shape", first.spot, "各行等长，排成长方形")


def _space(reading: Reading, anatomy: Anatomy) -> Iterator[Fault]:
    title = anatomy.title
    if anatomy.kind is Kind.DOCUMENT and anatomy.head and (anatomy.red_line or anatomy.number):
        above = anatomy.red_line[0] if anatomy.red_line else anatomy.number
        if above is not None and above.in_flow:
            lines = blank_lines(reading, above, title[0])
            if abs(lines - 2) > 0.5:
                yield fault("title-space", title[0].spot, f"标题之上空{lines:.2g}行")
    if anatomy.addressees is not None:
        lines = blank_lines(reading, title[-1], anatomy.addressees)
        if abs(lines - 1) > 0.5:
            yield fault("addressees-space", anatomy.addressees.spot, f"主送机关之上空{lines:.2g}行")


def _addressees(para: Para) -> Iterator[Fault]:
    text = para.text.strip()
    if not text.endswith("："):
        yield fault("addressees-colon", para.spot, f"末尾为“{text[-1]}”")
    left, first = para.indent("left"), para.indent("firstLine")
    if abs(left) > _TOLERANCE or abs(first) > _TOLERANCE or para.format.align in ("center", "right"):
        yield fault("addressees-indent", para.spot, "没有顶格")
    yield from element_font("addressees-font", para)
