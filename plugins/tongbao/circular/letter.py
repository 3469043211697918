"""The letter: head, title, addressees, text, annex list and signature in the template's places."""

from __future__ import annotations

import copy

from tongbao.circular import gongwen as gw
from tongbao.circular.body_table import draw_table
from tongbao.circular.bookmarks import TITLE_BOOKMARK, Bookmarks
from tongbao.circular.document import CircularDocument
from tongbao.circular.gongwen import StyleName
from tongbao.circular.layout import Layout
from tongbao.circular.ooxml import (
    Element,
    element,
    paragraphs_in,
    printable,
    put_property,
    put_run_property,
    text_of,
    texts_of,
    w,
)
from tongbao.circular.paragraphs import draw_paragraph, draw_title, indent, replace
from tongbao.circular.placeholders import drop, fill, places_in
from tongbao.circular.signature import signature_place
from tongbao.circular.title import title_lines

_LEFT, _ANNEX_WORD = 2.0, 3.0
"""附件说明 begins 2 字 in; its word 附件： is 3 字 wide (7.3.4)."""
_MARK_SINKS = 22.5
"""Twips the glyphs sink in their line for each point the mark is smaller: measured on rendered pages."""


def draw_letter(document: CircularDocument, layout: Layout, bookmarks: Bookmarks) -> None:
    """Fill the letter's places, in place; those with nothing to print go with their paragraphs."""
    values = _values(document)
    for paragraph in [p for block in layout.letter for p in paragraphs_in(block)]:
        match places_in(paragraph):
            case ["body"]:
                replace(paragraph, _body(document, layout, bookmarks))
            case ["title"]:
                draw_title(paragraph, document.title_lines or title_lines(printable(document.title)), layout.styles.template)
                bookmarks.about_runs(TITLE_BOOKMARK, paragraph)
            case ["annex_list"]:
                _draw_annex_list(document, paragraph, layout.styles.template)
            case _:
                if fill(paragraph, values, layout.styles.template):
                    drop(paragraph)
    _fit_head(document, layout)
    _place_signature(document, layout)


def addressees_move(document: CircularDocument) -> bool:
    """Whether the addressees are so many that page 1 would show no text: they go to the imprint (7.3.2)."""
    title = document.title_lines or title_lines(document.title)
    head = gw.MARK_TOP_MM * gw.TWIPS_PER_MM + gw.MARK_LINE + (2 + 1 + 2 + len(title) + 1) * gw.LINE
    free = int((gw.TEXT_HEIGHT - head) // gw.LINE)
    lines = -(-gw.characters(document.addressees) // gw.CHARACTERS_PER_LINE)
    return document.imprint is not None and lines > free - 1


def without_end(text: str) -> str:
    """A list of addressees without the mark that ends it, which the template prints."""
    return text.strip().rstrip("：:。")


def _values(document: CircularDocument) -> dict[str, str]:
    head, signature = document.letterhead, document.signature
    number = gw.document_number(head.document_number)
    return {
        "copy_number": head.copy_number,
        "secrecy": head.secrecy,
        "urgency": head.urgency,
        "mark": head.mark,
        "document_number": "" if head.signer else number,
        "upward_number": number if head.signer else "",
        "signer": head.signer,
        "title": "".join(document.title_lines) or document.title,
        "addressees": "" if addressees_move(document) else without_end(document.addressees),
        "office": signature.office,
        "issued_on": gw.chinese_date(signature.issued_on),
        "note": document.note.strip().strip("（）()"),
    }


def _body(document: CircularDocument, layout: Layout, bookmarks: Bookmarks) -> list[Element]:
    drawn: list[Element] = []
    for paragraph in document.body:
        if paragraph.table is None:
            drawn.append(draw_paragraph(paragraph, layout.styles, bookmarks))
        else:
            width = layout.text_width(landscape=False)
            drawn += draw_table(paragraph.spans, paragraph.table, layout.prototype, layout.styles, bookmarks, width)
    if drawn:
        # The signature never stands on a page without text (7.3.5.5).
        put_property(drawn[-1], element("keepNext"))
    return drawn


def _draw_annex_list(document: CircularDocument, paragraph: Element, template: str) -> None:
    titles = [printable(annex.title) for annex in document.annexes]
    if not titles:
        blank = paragraph.getprevious()
        if blank is not None and not text_of(blank):
            drop(blank)
    lines = []
    for number, title in enumerate(titles, start=1):
        label = f"{number}." if len(titles) > 1 else ""
        line = copy.deepcopy(paragraph)
        fill(line, {"annex_list": label + title}, template)
        if number > 1:
            _print_only(line, label + title)
        label_width = 1.0 if label else 0.0
        before_name = gw.characters(label) + (_ANNEX_WORD if number == 1 else 0.0)
        indent(line, left=_LEFT + _ANNEX_WORD + label_width, hanging=before_name)
        lines.append(line)
    replace(paragraph, lines)


def _print_only(line: Element, content: str) -> None:
    first, *others = texts_of(line)
    first.text = content
    for text in others:
        text.text = ""


def _fit_head(document: CircularDocument, layout: Layout) -> None:
    """Keep the mark where the template has it, whatever stands above it and however small it must be to fit its line.

    White above the mark (公文版头空白) gives up what other lines take; in a letter the mark stands in a box, and the white
    above the rule below gives up as much as that in the box.
    """
    head = [part for block in layout.letter if block.getparent() is not None for part in paragraphs_in(block)]
    names = [layout.styles.name_of(paragraph) for paragraph in head]
    if StyleName.MARK not in names:
        return
    mark = head[names.index(StyleName.MARK)]
    size = layout.styles.size_of(mark)
    width = gw.characters(document.letterhead.mark) or 1.0
    full_width = int(gw.TEXT_WIDTH / 10 / width)
    fitting = min(size, max(full_width, gw.SIZE_MARK_LEAST))
    if full_width < size:
        for run in mark.findall(w("r")):
            put_run_property(run, "sz", fitting)
            put_run_property(run, "szCs", fitting)
            put_run_property(run, "w", min(100, 100 * full_width // fitting))
    above = 0
    for paragraph, name in zip(head, names, strict=True):
        above += name in (StyleName.COPY_NUMBER, StyleName.SECRECY)
        spacing = paragraph.find(f"{w('pPr')}/{w('spacing')}")
        if name == StyleName.HEAD_SPACE and spacing is not None:
            line = int(spacing.get(w("line"), gw.LINE)) - above * gw.LINE - _MARK_SINKS * (size - fitting) / 2
            spacing.set(w("line"), str(max(gw.HAIR_LINE, round(line))))


def _place_signature(document: CircularDocument, layout: Layout) -> None:
    signature = document.signature
    place = signature_place(signature.office, gw.chinese_date(signature.issued_on), sealed=signature.sealed)
    for block in layout.letter:
        name = layout.styles.name_of(block)
        if name == StyleName.DATE:
            indent(block, right=place.date)
        elif name == StyleName.OFFICE:
            indent(block, right=place.office)
            above = block.getprevious()
            # A seal needs two blank lines; without one a single line parts the text from the office (7.3.5).
            if not signature.sealed and above is not None and not text_of(above):
                drop(above)
