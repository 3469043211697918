"""Which paragraph is which element of the document: known by what it is, not by the name of its style.

What is wrong with an element must not keep it from being known, so each is found by several signs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from tongbao.circular import gongwen as gw
from tongbao.circular.lint import patterns
from tongbao.circular.lint.closing import ImprintParts, find_imprint
from tongbao.circular.lint.patterns import written_date
from tongbao.circular.lint.reading import Para, Reading, Table, boxes_in
from tongbao.circular.ooxml import w

_HEAD = 60
"""Paragraphs in which the letterhead, title and addressees are looked for."""
_MARK_LEAST = 52
_TITLE_LEAST = 34
_LONGEST_NAME = 40
_MOST_HEAD_ROWS = 6
_MOST_FORM_LINES = 6


class Kind(Enum):
    """The forms of the standard (chapter 7 and 10.1 to 10.3); PLAIN has no letterhead of its own, a FORM is mostly table."""

    DOCUMENT = "document"
    LETTER = "letter"
    ORDER = "order"
    MINUTES = "minutes"
    FORM = "form"
    PLAIN = "plain"


@dataclass
class AnnexPart:
    """One annex: its label, the paragraphs of its title, and whether both stand on one line."""

    label: Para
    title: list[Para] = field(default_factory=list)
    is_one_line: bool = False


@dataclass
class Anatomy:
    """The elements found; what a document does not have stays empty."""

    kind: Kind = Kind.PLAIN
    head: list[Para] = field(default_factory=list)
    mark: list[Para] = field(default_factory=list)
    number: Para | None = None
    title: list[Para] = field(default_factory=list)
    addressees: Para | None = None
    body: list[Para] = field(default_factory=list)
    annex_list: list[Para] = field(default_factory=list)
    annex_list_after_date: bool = False
    offices: list[Para] = field(default_factory=list)
    offices_after_date: list[Para] = field(default_factory=list)
    date: Para | None = None
    note: Para | None = None
    annexes: list[AnnexPart] = field(default_factory=list)
    imprint: ImprintParts | None = None
    letter: list[Para] = field(default_factory=list)
    """All paragraphs from the title to the note, the blank ones too."""

    @property
    def red_line(self) -> tuple[Para, str] | None:
        """The paragraph of the head whose border is the red line, and the side it is on."""
        for para in self.head:
            for side in ("bottom", "top"):
                if para.format.border(side):
                    return para, side
        return None

    @property
    def prose(self) -> list[Para]:
        """The body without pictures and the captions of figures and tables, which are set their own way."""
        return [para for para in self.body if not para.has_picture and not patterns.CAPTION.match(para.text)]

    @property
    def title_text(self) -> str:
        return "".join("".join(para.text.split()) for para in self.title)


def dissect(reading: Reading) -> Anatomy:
    """Find the elements of a document."""
    found = Anatomy()
    found.imprint = find_imprint(reading)
    paragraphs = [para for para in reading.paragraphs if found.imprint is None or para.element not in found.imprint.elements]
    written = [para for para in paragraphs if not para.is_blank]
    limit = _addressees_or_text(written)
    _find_head(found, written[:limit])
    _find_boxed_head(found, reading, written[:limit])
    after_head = written.index(found.head[-1]) + 1 if found.head else 0
    _find_title(found, written[after_head : max(limit, after_head + 1)])
    after_title = written.index(found.title[-1]) + 1 if found.title else after_head
    found.addressees = _addressees(written[after_title:], limit - after_title)
    _find_rest(found, reading, written, paragraphs, after_title + (found.addressees is not None))
    _extend_head(found, paragraphs)
    found.kind = _kind(found, reading)
    return found


def _is_title(para: Para) -> bool:
    text = para.text.strip()
    return (
        bool(text)
        and not para.main.is_red
        and (
            (para.format.align == "center" and para.main.size >= _TITLE_LEAST)
            or para.main.size >= gw.SIZE_2 - 4
            or (bool(patterns.TITLE.search(text)) and gw.characters(text) <= 2 * _LONGEST_NAME and "。" not in text[:-1])
        )
    )


def _addressees_or_text(written: list[Para]) -> int:
    """Where the head and title end at the latest: at the addressees, else at the first sentence."""
    for place, para in enumerate(written[:_HEAD]):
        text = para.text.strip()
        if text.endswith(("：", ":")) and "。" not in text and not text.endswith(("如下：", "如下:")) and not _is_title(para):
            return place
        if "。" in text[:-1] or (text.endswith("。") and gw.characters(text) > _LONGEST_NAME):
            return place
    return min(len(written), _HEAD)


def _find_head(found: Anatomy, written: list[Para]) -> None:
    """The letterhead: from the first paragraph to the number, else to the mark."""
    numbers = [place for place, para in enumerate(written) if patterns.NUMBER.match(para.text)]
    end = numbers[0] + 1 if numbers else 0
    if numbers:
        found.number = written[numbers[0]]
    for place, para in enumerate(written[: end or len(written)]):
        text = para.text.strip()
        is_large = para.main.size >= _MARK_LEAST
        if para is not found.number and (para.main.is_red or is_large or (patterns.MARK_END.search(text) and "关于" not in text)):
            found.mark.append(para)
            end = max(end, place + 1)
    if not found.mark and found.number is None:
        return
    found.head = written[:end]


def _find_boxed_head(found: Anatomy, reading: Reading, written: list[Para]) -> None:
    """Letterheads are often set in a text box or a table before the text."""
    last = written[-1].number if written else 0
    boxed: list[Para] = []
    for block in reading.blocks:
        if isinstance(block, Para) and block.number > last:
            break
        if isinstance(block, Table):
            holders, part = [block.element] if len(block.rows) <= _MOST_HEAD_ROWS else [], "版头表格"
        else:
            holders, part = boxes_in(block.element) if block.has_picture else [], "版头文本框"
        boxed += [
            reading.para(element, place, part) for holder in holders for place, element in enumerate(holder.iter(w("p")), start=1)
        ]
    if not found.mark:
        found.mark = [para for para in boxed if para.text.strip() and (para.main.is_red or para.main.size >= _MARK_LEAST)]
    if found.number is None:
        found.number = next((para for para in boxed if patterns.NUMBER.match(para.text)), None)


def _find_title(found: Anatomy, written: list[Para]) -> None:
    for place, para in enumerate(written):
        if not _is_title(para):
            continue
        found.title = [para]
        for more in written[place + 1 :]:
            same = more.main.size == para.main.size and more.main.size != gw.SIZE_3
            if more.number != found.title[-1].number + 1 or not (_is_title(more) and (same or more.format.align == "center")):
                return
            found.title.append(more)
        return


def _addressees(written: list[Para], limit: int) -> Para | None:
    for place, para in enumerate(written[:3]):
        text = para.text.strip()
        if text.startswith(("（", "(")):
            continue
        if place == limit and text.endswith(("：", ":")) and "。" not in text:
            return para
        is_short = gw.characters(text) <= 4 * gw.CHARACTERS_PER_LINE
        return para if place <= limit and is_short and patterns.ADDRESSEES.match(text) and para.indent("firstLine") < 1 else None
    return None


def _find_rest(found: Anatomy, reading: Reading, written: list[Para], paragraphs: list[Para], start: int) -> None:
    rest = written[start:]
    letter_end = _letter_end(rest)
    letter = rest[:letter_end]
    found.annexes = _annexes(rest[letter_end:], reading)
    dates = [place for place, para in enumerate(letter) if place and written_date(para.text)]
    signed = dates[-1] if dates else len(letter)
    found.date = letter[signed] if dates else None
    listed = next((place for place, para in enumerate(letter) if place and _begins_annex_list(para)), None)
    if listed is not None:
        found.annex_list = _annex_items(letter[listed:signed] if listed < signed else letter[listed:])
        found.annex_list_after_date = listed > signed
    before = letter[: min(signed, len(letter) if listed is None else listed)]
    if found.date is not None:
        found.offices = _offices(letter[:signed], found.annex_list)
        after = [para for para in letter[signed + 1 :] if para not in found.annex_list]
        found.offices_after_date = [para for para in after[:1] if not found.offices and _is_office(para)]
        found.note = next(
            (para for para in after if para not in found.offices_after_date and patterns.NOTE.match(para.text)), None
        )
    found.body = [para for para in before if para not in found.offices]
    ends = (para for para in (found.note, found.date, *reversed(found.annex_list), *reversed(found.body)) if para is not None)
    last = next(ends, None)
    if last is not None:
        first = found.title[0].number if found.title else 0
        found.letter = [para for para in paragraphs if first <= para.number <= last.number]


def _letter_end(rest: list[Para]) -> int:
    """Where the annexes begin: at a label on a new page, else at a label after the date."""
    labels = [place for place, para in enumerate(rest) if place and _is_label(para)]
    on_new_page = [place for place in labels if rest[place].on_new_page]
    dated = next((place for place, para in enumerate(rest) if place and written_date(para.text)), None)
    plain = [place for place in labels if dated is not None and place > dated and patterns.ANNEX_LABEL.match(rest[place].text)]
    return min([*on_new_page, *plain], default=len(rest))


def _is_label(para: Para) -> bool:
    if patterns.ANNEX_LABEL.match(para.text):
        return True
    return (
        para.on_new_page and bool(patterns.ANNEX_LABEL_AND_TITLE.match(para.text)) and gw.characters(para.text) <= _LONGEST_NAME
    )


def _begins_annex_list(para: Para) -> bool:
    found = patterns.ANNEX_LIST.match(para.text)
    if found is None or "。" in para.text.strip()[:-1]:
        return False
    return bool(found["after"].strip()) or bool(patterns.ANNEX_ITEM.match(found["rest"]))


def _annex_items(rest: list[Para]) -> list[Para]:
    items = rest[:1]
    for para in rest[1:]:
        if not patterns.ANNEX_ITEM.match(para.text) or para.number != items[-1].number + 1:
            break
        items.append(para)
    return items


def _is_office(para: Para) -> bool:
    text = para.text.strip()
    is_aside = para.format.align in ("right", "center") or para.indent("left") + para.indent("firstLine") > 4
    return (
        2 <= gw.characters(text) <= _LONGEST_NAME and is_aside and not text.endswith(("。", "；", "：")) and text[0] not in "（("
    )


def _offices(before_date: list[Para], annex_list: list[Para]) -> list[Para]:
    offices: list[Para] = []
    for para in reversed(before_date):
        if para in annex_list or not _is_office(para):
            break
        offices.insert(0, para)
    return offices


def _annexes(rest: list[Para], reading: Reading) -> list[AnnexPart]:
    annexes: list[AnnexPart] = []
    blocks = reading.blocks
    for para in rest:
        if not _is_label(para) or (annexes and para in annexes[-1].title):
            continue
        plain = patterns.ANNEX_LABEL.match(para.text)
        annex = AnnexPart(para, [] if plain else [para], is_one_line=not plain)
        for block in blocks[blocks.index(para) + 1 :] if plain else ():
            if isinstance(block, Table) or (annex.title and (block.is_blank or not _is_title(block))) or _is_label(block):
                break
            if not block.is_blank:
                annex.title.append(block)
        annexes.append(annex)
    return annexes


def _extend_head(found: Anatomy, paragraphs: list[Para]) -> None:
    """Take the blank paragraphs up to the title into the head: the red line may be the border of one."""
    if not found.mark and found.number is None:
        return
    following = [para.number for para in (*found.title, *([found.addressees] if found.addressees else []), *found.body)]
    end = following[0] if following else found.head[-1].number + 1 if found.head else 0
    found.head = [para for para in paragraphs if para.number < end]


def _is_form(found: Anatomy, reading: Reading) -> bool:
    """Whether a paper without letterhead and annexes is a table with a few lines around it."""
    if found.annexes or found.annex_list or found.imprint is not None or not reading.tables:
        return False
    return sum(para.in_flow and not para.is_blank for para in reading.paragraphs) <= _MOST_FORM_LINES


def is_double(para: Para) -> bool:
    """Whether its border is a double line, drawn as one border or as those of both its edges."""
    borders = [border.get("val", "") for side in ("top", "bottom") if (border := para.format.border(side))]
    return len(borders) > 1 or any(word in val for val in borders for word in ("hick", "hin", "ouble"))


def _kind(found: Anatomy, reading: Reading) -> Kind:
    if not found.mark and found.number is None:
        return Kind.FORM if _is_form(found, reading) else Kind.PLAIN
    mark = "".join("".join(para.text.split()) for para in found.mark)
    line = found.red_line
    if line is not None and is_double(line[0]):
        return Kind.LETTER
    if mark.endswith("纪要"):
        return Kind.MINUTES
    if mark.endswith("令"):
        return Kind.ORDER
    if found.number is not None and found.number.format.align == "right" and not mark.endswith("文件"):
        return Kind.LETTER
    return Kind.DOCUMENT
