"""Find the imprint (版记), whether it is set in a text box, a table or plain paragraphs."""

from __future__ import annotations

from dataclasses import dataclass, field

from tongbao.circular.lint import patterns
from tongbao.circular.lint.reading import Para, Reading, boxes_in
from tongbao.circular.ooxml import NAMESPACES, Element, w

PART = "版记"
_MOST_ROWS = 8
"""An imprint's table is short; longer ones are not searched."""


@dataclass
class ImprintParts:
    """The imprint's lines, and what holds them: ``table`` and the ``anchor`` of the text box, where there are such."""

    send_to: Para | None = None
    copy_to: Para | None = None
    printed: Para | None = None
    lines: list[Para] = field(default_factory=list)
    table: Element | None = None
    anchor: Element | None = None
    may_have_drawn_rules: bool = False
    """Whether shapes stand near it, which may be its rules."""
    block: int = 0
    """Position among the document's blocks."""

    @property
    def elements(self) -> set[Element]:
        return {para.element for para in self.lines}


def find_imprint(reading: Reading) -> ImprintParts | None:
    """The last place in the document where 抄送 or 印发 stands; nothing when neither does."""
    for position, block in reversed(list(enumerate(reading.blocks))):
        boxes = boxes_in(block.element) if isinstance(block, Para) and block.has_picture else []
        holders = boxes or ([block.element] if not isinstance(block, Para) and len(block.rows) <= _MOST_ROWS else [])
        for holder in holders:
            found = _in_holder(reading, holder)
            if found is not None:
                found.block = position
                return found
        if isinstance(block, Para) and not boxes and _is_printed_line(block):
            return _in_flow(reading, position)
    return None


def _in_holder(reading: Reading, holder: Element) -> ImprintParts | None:
    lines = [reading.para(element, place, PART) for place, element in enumerate(holder.iter(w("p")), start=1)]
    found = _sorted_out([para for para in lines if not para.is_blank])
    if found is None or (holder.tag == w("tbl") and found.copy_to is None and not _is_printed_line(found.lines[-1])):
        return None  # any table may end in a date
    inside = next(holder.iter(w("tbl")), None)
    found.table = holder if holder.tag == w("tbl") else inside
    anchors = list(holder.iterancestors(f"{{{NAMESPACES['wp']}}}anchor"))
    found.anchor = anchors[0] if anchors else None
    return found


def _in_flow(reading: Reading, position: int) -> ImprintParts | None:
    lines: list[Para] = []
    for block in reversed(reading.blocks[: position + 1]):
        if not isinstance(block, Para) or not (_is_printed_line(block) or patterns.COPY_TO.match(block.text)):
            break
        lines.insert(0, block)
    found = _sorted_out(lines)
    if found is not None:
        found.block = position
        near = reading.blocks[max(position - len(lines) - 1, 0) : position + 2]
        found.may_have_drawn_rules = any(isinstance(block, Para) and block.has_picture for block in near)
    return found


def _is_printed_line(para: Para) -> bool:
    text = para.text.strip()
    printed = patterns.PRINTED.search(text)
    if printed is not None and printed["word"] and "。" not in text:
        return True
    copy = patterns.COPY_TO.match(text)
    return copy is not None and copy["word"][0] != "主" and bool(copy["colon"])


def _sorted_out(lines: list[Para]) -> ImprintParts | None:
    found = ImprintParts(lines=lines)
    for para in lines:
        copy = patterns.COPY_TO.match(para.text)
        if copy is not None and copy["word"][0] == "主":
            found.send_to = para
        elif copy is not None:
            found.copy_to = para
        elif patterns.PRINTED.search(para.text.strip()):
            found.printed = para
    return found if found.copy_to is not None or found.printed is not None else None
