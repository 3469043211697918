"""Draw a circular: the template's page, the document's words, every printed figure in a bookmark of its own."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from tongbao.circular import gongwen as gw
from tongbao.circular.annex import tables_xml
from tongbao.circular.bookmarks import ANNEX_BOOKMARK, BookmarkedFigure, Bookmarks
from tongbao.circular.document import Annex, CircularDocument, Imprint
from tongbao.circular.gongwen import StyleName
from tongbao.circular.imprint import ImprintPage, fit_box
from tongbao.circular.layout import Layout
from tongbao.circular.letter import addressees_move, draw_letter, without_end
from tongbao.circular.ooxml import DECLARATION, Element, element, paragraphs_in, parse, printable, put_property, text_of, w
from tongbao.circular.package import CORE, DOCUMENT, STYLES, core_properties, read_package, write_package
from tongbao.circular.paragraphs import draw_paragraph, draw_title
from tongbao.circular.picture import embed, pictures_of, with_picture_style
from tongbao.circular.placeholders import drop, fill, places_in
from tongbao.circular.styles import Styles
from tongbao.circular.title import title_lines
from tongbao.errors import ConfigurationError, Place

__all__ = ["BookmarkedFigure", "ImprintPage", "Rendered", "render"]


@dataclass(frozen=True)
class Rendered:
    """A finished .docx. ``bookmarks`` maps TB_0001 … in reading order to the figures printed there.

    Besides these the title lies in TB_TITLE and the label of the n-th annex in TB_ANNEX_n.
    """

    data: bytes
    bookmarks: dict[str, BookmarkedFigure] = field(default_factory=dict)


def render(document: CircularDocument, template: Path, *, imprint: ImprintPage = ImprintPage.OWN) -> Rendered:
    """Draw the document on the template's page. Equal input gives equal bytes.

    ``imprint`` says whether the page of the 版记 bears a number (see ``tongbao.circular.imprint``). Raises
    ConfigurationError when the template lacks a style, a section or a place, or holds a place nobody can fill.
    """
    parts, pictures = read_package(template), pictures_of(document)
    try:
        if pictures:
            parts[STYLES] = with_picture_style(parts[STYLES])
        root, styles = parse(parts[DOCUMENT]), Styles.read(parts[STYLES], template.name)
    except etree.XMLSyntaxError as error:
        raise ConfigurationError(
            "Word 模板的内容已损坏", remedy="请用 Word 或 WPS 修复后另存为 .docx", place=Place(file=template.name)
        ) from error
    layout = Layout.read(root, styles)
    bookmarks = Bookmarks(root)
    for child in list(layout.body):
        layout.body.remove(child)
    layout.body.extend(layout.letter)
    draw_letter(document, layout, bookmarks)
    annexes = _Annexes(document, layout, bookmarks)
    landscape = annexes.draw()
    _draw_end(document, layout, imprint, landscape=landscape)
    dated = document.signature.issued_on
    properties = {"title": document.title, "creator": document.signature.office, **document.properties}
    parts[CORE] = core_properties(properties, _instant(properties.get("created") or (dated.isoformat() if dated else "")))
    embed(parts, root, pictures)
    parts[DOCUMENT] = annexes.serialise(root)
    return Rendered(write_package(parts), bookmarks.figures)


def _instant(text: str) -> str:
    """An ISO date or instant as Word's properties want it, in UTC; nothing if it is no date."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return (moment.astimezone(UTC) if moment.tzinfo else moment).strftime("%Y-%m-%dT%H:%M:%SZ")


class _Annexes:
    """The annexes being drawn: blocks into the tree, tables kept as text to be spliced into the tree's."""

    def __init__(self, document: CircularDocument, layout: Layout, bookmarks: Bookmarks) -> None:
        self._document = document
        self._layout = layout
        self._bookmarks = bookmarks
        self._tables: list[list[str]] = []

    def draw(self) -> bool:
        """Append all annexes to the body; returns whether the last page lies landscape."""
        landscape = False
        for number, annex in enumerate(self._document.annexes, start=1):
            turned = annex.landscape != landscape
            if turned:
                _end_section(self._layout, landscape=landscape)
            landscape = annex.landscape
            for prototype in self._layout.annex:
                self._layout.body.extend(self._drawn(prototype, number, annex, new_section=turned))
        return landscape

    def serialise(self, root: Element) -> bytes:
        """The whole document as bytes, each table in the place of its token."""
        text = etree.tostring(root, encoding="unicode")
        pieces = [DECLARATION]
        for index, table in enumerate(self._tables):
            before, _, text = text.partition(f"<!--{_token(index)}-->")
            pieces += [before, *table]
        return "".join((*pieces, text)).encode()

    def _drawn(self, prototype: Element, number: int, annex: Annex, *, new_section: bool) -> list[Element]:
        if prototype is self._layout.table:
            return self._table(annex)
        block, template = copy.deepcopy(prototype), self._layout.styles.template
        if self._layout.styles.name_of(block) == StyleName.ANNEX_EMPTY:
            return [] if annex.rows else [block]
        match places_in(block):
            case ["annex_number"]:
                fill(block, {"annex_number": str(number) if len(self._document.annexes) > 1 else ""}, template)
                self._bookmarks.about_runs(f"{ANNEX_BOOKMARK}{number}", block)
                if new_section:
                    put_property(block, element("pageBreakBefore", val="0"))
            case ["annex_title"]:
                most = gw.TITLE_CHARACTERS_LANDSCAPE if annex.landscape else gw.TITLE_CHARACTERS
                draw_title(block, title_lines(printable(annex.title), most), template)
            case _:
                if fill(block, {"annex_note": annex.note}, template):
                    return []
        return [block]

    def _table(self, annex: Annex) -> list[Element]:
        layout = self._layout
        drawn = [draw_paragraph(paragraph, layout.styles, self._bookmarks) for paragraph in annex.lead]
        if annex.rows:
            drawn.append(etree.Comment(_token(len(self._tables))))
            self._tables.append(
                list(tables_xml(annex, layout.prototype, layout.styles, layout.text_width(landscape=annex.landscape)))
            )
        return drawn


def _token(index: int) -> str:
    return f"annex table {index}"


def _end_section(layout: Layout, *, landscape: bool) -> None:
    last = layout.body[-1]
    if last.tag != w("p"):
        last = layout.styles.hair_paragraph()
        layout.body.append(last)
    put_property(last, layout.section(landscape=landscape))


def _draw_end(document: CircularDocument, layout: Layout, imprint: ImprintPage, *, landscape: bool) -> None:
    """The imprint and the properties of the last section."""
    body = layout.body
    closes_even_page = any("printed_by" in places_in(paragraph) for paragraph in paragraphs_in(layout.imprint))
    if document.imprint is None or not _fill_imprint(document, document.imprint, layout):
        if body[-1].tag != w("p"):
            body.append(layout.styles.hair_paragraph())
        body.append(layout.section(landscape=landscape))
        return
    # A letter's imprint has no 印发 line and stands on the last page, be it odd or even (10.1).
    own_page = landscape or closes_even_page
    if own_page:
        _end_section(layout, landscape=landscape)
    body.append(layout.imprint)
    section = layout.section(landscape=False, starts="evenPage" if own_page else "nextPage")
    if imprint is ImprintPage.AFTER_BLANK:
        _use_footers(section, layout.landscape)
    body.append(section)


def _fill_imprint(document: CircularDocument, imprint: Imprint, layout: Layout) -> bool:
    """Fill the template's box; returns whether anything is left in it to print."""
    values = {
        "send_to": without_end(document.addressees) if addressees_move(document) else "",
        "copy_to": "，".join(imprint.copy_to),
        "printed_by": imprint.printed_by,
        "printed_on": gw.chinese_date(imprint.printed_on),
    }
    for paragraph in list(paragraphs_in(layout.imprint)):
        if fill(paragraph, values, layout.styles.template):
            drop(paragraph)
    fit_box(layout.imprint, layout.text_foot)
    return any(text_of(paragraph) for paragraph in paragraphs_in(layout.imprint))


def _use_footers(section: Element, other: Element) -> None:
    """Take the other section's footers, which are empty on landscape pages: no page number."""
    for old in section.findall(w("footerReference")):
        section.remove(old)
    place = len(section.findall(w("headerReference")))
    for offset, reference in enumerate(other.findall(w("footerReference"))):
        section.insert(place + offset, copy.deepcopy(reference))
