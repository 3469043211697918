"""The few pieces of WordprocessingML the circular is made of: names, text, runs, ordered properties."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

from lxml import etree

Element = etree._Element

W_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R_NAMESPACE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMESPACES = {
    "w": W_NAMESPACE,
    "r": R_NAMESPACE,
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
}
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# The schema fixes the order of properties, and Word refuses a file that breaks it.
_PARAGRAPH_PROPERTIES = (
    *("pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "numPr", "suppressLineNumbers"),
    *("pBdr", "shd", "tabs", "suppressAutoHyphens", "kinsoku", "wordWrap", "overflowPunct", "topLinePunct", "autoSpaceDE"),
    *("autoSpaceDN", "bidi", "adjustRightInd", "snapToGrid", "spacing", "ind", "contextualSpacing", "mirrorIndents"),
    *("suppressOverlap", "jc", "textDirection", "textAlignment", "textboxTightWrap", "outlineLvl", "divId", "cnfStyle"),
    *("rPr", "sectPr", "pPrChange"),
)
_RUN_PROPERTIES = (
    *("rStyle", "rFonts", "b", "bCs", "i", "iCs", "caps", "smallCaps", "strike", "dstrike", "outline", "shadow", "emboss"),
    *("imprint", "noProof", "snapToGrid", "vanish", "webHidden", "color", "spacing", "w", "kern", "position", "sz", "szCs"),
    *("highlight", "u", "effect", "bdr", "shd", "fitText", "vertAlign", "rtl", "cs", "em", "lang", "eastAsianLayout"),
    *("specVanish", "oMath", "rPrChange"),
)
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")


def w(name: str) -> str:
    """The qualified name of an element or attribute of the main namespace."""
    return f"{{{W_NAMESPACE}}}{name}"


def printable(text: str) -> str:
    """Drop what XML forbids or what would hide or turn round other text; line ends become line feeds, tabs blanks."""
    return _UNPRINTABLE.sub("", _LINE_ENDS.sub("\n", text)).replace("\t", " ")


def element(name: str, /, **attributes: object) -> Element:
    """An element of the main namespace; attribute names belong to the same namespace."""
    made = etree.Element(w(name), nsmap={"w": W_NAMESPACE})
    for key, value in attributes.items():
        made.set(w(key), str(value))
    return made


def properties_of(paragraph: Element) -> Element:
    found = paragraph.find(w("pPr"))
    if found is None:
        found = element("pPr")
        paragraph.insert(0, found)
    return found


def put_property(paragraph: Element, made: Element) -> None:
    """Set one paragraph property, in the place the schema gives it; an older one of that name goes."""
    _put(properties_of(paragraph), made, _PARAGRAPH_PROPERTIES)


def _put(properties: Element, made: Element, order: tuple[str, ...]) -> None:
    for old in properties.findall(made.tag):
        properties.remove(old)
    ranks = {w(name): rank for rank, name in enumerate(order)}
    # What Word adds in namespaces of its own stands after all this.
    after = (index for index, child in enumerate(properties) if ranks.get(str(child.tag), len(order)) > ranks[str(made.tag)])
    properties.insert(next(after, len(properties)), made)


def put_run_property(run: Element, name: str, value: object) -> None:
    """Set one run property, in the place the schema gives it; an older one of that name goes."""
    properties = run.find(w("rPr"))
    if properties is None:
        properties = element("rPr")
        run.insert(0, properties)
    _put(properties, element(name, val=value), _RUN_PROPERTIES)


def texts_of(paragraph: Element) -> list[Element]:
    """The paragraph's own ``w:t`` elements, without those of paragraphs in its text boxes."""
    return [text for text in paragraph.iter(w("t")) if next(text.iterancestors(w("p"))) is paragraph]


def text_of(paragraph: Element) -> str:
    return "".join(text.text or "" for text in texts_of(paragraph))


def paragraphs_in(part: Element) -> Iterator[Element]:
    yield from part.iter(w("p"))


def set_text(text: Element, content: str) -> None:
    """Put ``content`` into a ``w:t``; further lines follow in the same run after line breaks."""
    first, *others = content.split("\n")
    text.text = first
    text.set(XML_SPACE, "preserve")
    run, place = text.getparent(), text
    if run is None:
        return
    for line in others:
        for made in (element("br"), element("t")):
            run.insert(run.index(place) + 1, made)
            place = made
        place.text = line
        place.set(XML_SPACE, "preserve")


def run_of(content: str, properties: Element | None = None) -> Element:
    """A run printing ``content``, already printable, with a copy of the run properties given."""
    run = element("r")
    if properties is not None and len(properties):
        run.append(properties)
    text = element("t")
    run.append(text)
    set_text(text, content)
    return run


def run_xml(content: str) -> str:
    """The inside of a run as text, for tables too long to build as a tree; ``content`` is made printable."""
    content = printable(content)
    return "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in content.split("\n"))


def fragment(part: Element | None) -> str:
    """The part as text to splice into a document whose root declares all its namespaces."""
    if part is None:
        return ""
    return re.sub(r' xmlns:\w+="[^"]*"', "", etree.tostring(part, encoding="unicode", with_tail=False))


def parse(data: bytes) -> Element:
    """Read one part; entities and outside references are never followed."""
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
