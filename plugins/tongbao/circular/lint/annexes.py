"""The list of annexes and the annexes themselves (GB/T 9704, 7.3.4 and 7.3.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tongbao.circular import gongwen as gw
from tongbao.circular.lint import patterns
from tongbao.circular.lint.anatomy import Anatomy, AnnexPart
from tongbao.circular.lint.fault import Fault
from tongbao.circular.lint.fonts import Family, element_font
from tongbao.circular.lint.numbering import chinese_value
from tongbao.circular.lint.reading import Para, Reading
from tongbao.circular.lint.rules import fault
from tongbao.circular.lint.title import blank_lines

_TOLERANCE = 0.3
_ENDS = "。；;，,、.：:"
_REFERENCE = re.compile(r"附件\s*(\d{1,2})")


@dataclass(frozen=True)
class _Item:
    """One line of the list: its number (0 without), the mark after it, the name."""

    para: Para
    number: int
    written: str
    mark: str
    name: str


def check(reading: Reading, anatomy: Anatomy) -> Iterator[Fault]:
    items = _items(anatomy.annex_list)
    if items:
        yield from _list(reading, anatomy, items)
        for item in items:
            yield from _item(item, is_only=len(items) == 1)
    elif anatomy.annexes and anatomy.date is not None:
        yield fault("annex-list-missing", anatomy.annexes[0].label.spot, "有附件而没有附件说明")
    for place, annex in enumerate(anatomy.annexes, start=1):
        yield from _label(reading, annex)
        yield from _against_list(annex, place, items, anatomy)
    if items and anatomy.annexes and len(items) != len(anatomy.annexes):
        found = f"附件说明列{len(items)}个，文后有{len(anatomy.annexes)}个"
        yield fault("annex-count", anatomy.annex_list[0].spot, found)
    yield from _references(anatomy, max(len(items), len(anatomy.annexes)))


def _items(paragraphs: list[Para]) -> list[_Item]:
    items: list[_Item] = []
    for para in paragraphs:
        text = para.text
        if not items:
            found = patterns.ANNEX_LIST.match(text)
            text = found["rest"] if found else text
        numbered = patterns.ANNEX_ITEM.match(text)
        # A name may begin with a numeral of its own, as 一网通办 does.
        if numbered and (numbered["mark"] or numbered["number"].isdecimal()):
            digits = numbered["number"].strip("（）()")
            number = int(digits) if digits.isdecimal() else chinese_value(digits)
            items.append(_Item(para, number, numbered["number"], numbered["mark"], _flat(numbered["name"])))
        else:
            items.append(_Item(para, 0, "", "", _flat(text)))
    return items


def _flat(text: str) -> str:
    return "".join(text.split())


def _list(reading: Reading, anatomy: Anatomy, items: list[_Item]) -> Iterator[Fault]:
    first = anatomy.annex_list[0]
    found = patterns.ANNEX_LIST.match(first.text)
    if found is not None and found["after"].strip() != "：":
        yield fault("annex-list-colon", first.spot, f"写作“{_flat(first.text)[:6]}”")
    if anatomy.annex_list_after_date:
        yield fault("annex-list-place", first.spot, "在成文日期之后")
    elif anatomy.body:
        lines = blank_lines(reading, anatomy.body[-1], first)
        if abs(lines - 1) > 0.5:
            yield fault("annex-list-space", first.spot, f"之上空{lines:.2g}行")
    numbers = [item.number for item in items]
    if len(items) > 1 and all(numbers) and numbers != list(range(1, len(items) + 1)):
        yield fault("annex-list-order", first.spot, f"序号为{'、'.join(map(str, numbers))}")
    begin = first.indent("left") + first.indent("firstLine")
    if abs(begin - 2) > _TOLERANCE:
        yield fault("annex-list-indent", first.spot, f"左空{begin:.2g}字")


def _item(item: _Item, *, is_only: bool) -> Iterator[Fault]:
    spot = item.para.spot
    is_written_right = not item.number if is_only else item.written.isdecimal() and item.mark in (".", "．")
    if is_written_right:
        yield from _wrap(item)
    elif is_only:
        yield fault("annex-list-single", spot, f"只有一个附件而编了序号“{item.written}”")
    else:
        yield fault("annex-list-number", spot, f"写作“{item.written}{item.mark}{item.name[:6]}…”")
    if item.name.endswith(tuple(_ENDS)):
        yield fault("annex-list-end", spot, f"末尾有“{item.name[-1]}”")
    if item.name.startswith("《") and item.name.rstrip(_ENDS).endswith("》"):
        yield fault("annex-list-marks", spot, "附件名称加有书名号")
    yield from element_font("annex-list-font", item.para)


def _wrap(item: _Item) -> Iterator[Fault]:
    """Where later lines of an item begin: under the first character of its name; only long items have such lines."""
    para = item.para
    begin, later = para.indent("left") + para.indent("firstLine"), para.indent("left")
    if begin + gw.characters(para.text.strip()) <= gw.CHARACTERS_PER_LINE or "\n" in para.text:
        return
    wanted = 5 + (gw.characters(item.written + item.mark) if item.number else 0)
    if abs(later - wanted) > _TOLERANCE:
        yield fault("annex-list-wrap", para.spot, f"回行左空{later:.2g}字，附件名称的首字在{wanted:g}字之后")


def _label(reading: Reading, annex: AnnexPart) -> Iterator[Fault]:
    label = annex.label
    found = patterns.ANNEX_LABEL.match(label.text)
    number = "" if found is None else found["number"] or ""
    if found is None or found["colon"] or (number and not number.isdecimal()) or "表" in label.text:
        yield fault("annex-label-form", label.spot, f"写作“{label.text.strip()[:12]}”")
    if not annex.is_one_line:
        yield from element_font("annex-label-font", label, Family.HEITI)
    begin = label.indent("left") + label.indent("firstLine")
    if label.format.align in ("center", "right") or abs(begin) > _TOLERANCE:
        yield fault("annex-label-indent", label.spot, "没有顶格")
    if not label.on_new_page:
        yield fault("annex-label-page", label.spot, "没有另面编排")
    if annex.title and not annex.is_one_line:
        title = annex.title[0]
        lines = blank_lines(reading, label, title)
        if title.format.align != "center" or abs(lines - 1) > 0.5:
            found_place = "没有居中" if title.format.align != "center" else f"之上空{lines:.2g}行"
            yield fault("annex-title-place", title.spot, found_place)


def _against_list(annex: AnnexPart, place: int, items: list[_Item], anatomy: Anatomy) -> Iterator[Fault]:
    found = patterns.ANNEX_LABEL.match(annex.label.text)
    written = "" if found is None else found["number"] or ""
    number = (int(written) if written.isdecimal() else chinese_value(written)) if written else 0
    wanted = place if len(anatomy.annexes) > 1 or len(items) > 1 else 0
    if found is not None and number != wanted and not (wanted == 0 and number == 1):
        yield fault("annex-label-order", annex.label.spot, f"写作“{_flat(annex.label.text)}”，按顺序是“附件{wanted or ''}”")
    if place > len(items) or annex.is_one_line or not annex.title:
        return
    title = _flat("".join(para.text for para in annex.title))
    listed = items[place - 1].name.rstrip(_ENDS)
    if title != listed and title != listed.removeprefix("《").removesuffix("》"):
        yield fault("annex-title-text", annex.title[0].spot, f"标题为“{title}”，附件说明为“{listed}”")


def _references(anatomy: Anatomy, count: int) -> Iterator[Fault]:
    if not count:
        return
    for para in anatomy.body:
        for match in _REFERENCE.finditer(para.text):
            if int(match[1]) > count:
                yield fault("annex-reference", para.spot, f"提到附件{match[1]}，而附件只有{count}个")
