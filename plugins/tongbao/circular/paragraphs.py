"""Paragraphs of the body: the document model's roles in the template's styles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tongbao.circular import gongwen as gw
from tongbao.circular.bookmarks import Bookmarks
from tongbao.circular.document import Paragraph, ParagraphStyle
from tongbao.circular.gongwen import StyleName
from tongbao.circular.ooxml import Element, element, printable, put_property, run_of
from tongbao.circular.picture import picture_runs, picture_style_id
from tongbao.circular.placeholders import drop, fill, places_in
from tongbao.circular.styles import Styles

_STYLE_NAMES = {
    ParagraphStyle.BODY: StyleName.BODY,
    ParagraphStyle.LEVEL1: StyleName.LEVEL1,
    ParagraphStyle.LEVEL2: StyleName.LEVEL2,
    ParagraphStyle.LEVEL3: StyleName.LEVEL3,
    ParagraphStyle.LEVEL4: StyleName.LEVEL4,
}


def draw_paragraph(paragraph: Paragraph, styles: Styles, bookmarks: Bookmarks) -> Element:
    """One paragraph, its picture first; each span that prints a figure is a run in a bookmark of its own."""
    drawn = element("p")
    style = styles.id_of(_STYLE_NAMES[paragraph.style]) if paragraph.picture is None else picture_style_id(styles)
    put_property(drawn, element("pStyle", val=style))
    if paragraph.picture is not None:
        drawn.extend(picture_runs(paragraph.picture, captioned=bool(paragraph.spans)))
    for span in paragraph.spans:
        properties = None
        if span.style is not None and span.style is not paragraph.style:
            properties = styles.inside_a_paragraph(_STYLE_NAMES[span.style])
        run = run_of(printable(span.text), properties)
        drawn.extend(bookmarks.figure(span, run) if span.figure else [run])
    return drawn


def draw_title(paragraph: Element, lines: Sequence[str], template: str) -> None:
    """Fill the one place of a title's paragraph with its lines."""
    fill(paragraph, {place: "\n".join(lines) for place in places_in(paragraph)}, template)


def indent(paragraph: Element, *, left: float = 0.0, hanging: float = 0.0, right: float = 0.0) -> None:
    """Indent by 字, written both in hundredths for Word and in twips for who reads only these."""
    attributes: dict[str, int] = {}
    for side, width in (("left", left), ("right", right), ("hanging", hanging)):
        if width:
            attributes[f"{side}Chars"] = round(width * 100)
            attributes[side] = round(width * gw.CHARACTER)
    put_property(paragraph, element("ind", **attributes))


def replace(paragraph: Element, others: Iterable[Element]) -> None:
    """Put other elements where a paragraph stands."""
    for other in others:
        paragraph.addprevious(other)
    drop(paragraph)
