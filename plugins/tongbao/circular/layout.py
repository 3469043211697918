"""What a template holds, found by its places: the letter, the annex to repeat, the two kinds of page, the imprint."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from tongbao.circular.annex import TablePrototype
from tongbao.circular.gongwen import StyleName
from tongbao.circular.ooxml import Element, paragraphs_in, w
from tongbao.circular.placeholders import places_in
from tongbao.circular.styles import Styles
from tongbao.errors import ConfigurationError, Place

_NEEDED = (
    "title",
    "addressees",
    "body",
    "annex_list",
    "office",
    "issued_on",
    "annex_title",
    "annex_header",
    "annex_cell",
    "annex_note",
)
"""Places without which something a circular says would silently not be printed."""
_IMPRINT = frozenset({"printed_by", "copy_to"})
"""Either marks the imprint: a letter's has no 印发 line (GB/T 9704, 10.1)."""


@dataclass(frozen=True)
class Layout:
    """The template's parts, each an element still to be copied or filled."""

    letter: tuple[Element, ...]
    annex: tuple[Element, ...]
    table: Element
    prototype: TablePrototype
    portrait: Element
    landscape: Element
    imprint: Element
    body: Element
    styles: Styles

    @classmethod
    def read(cls, document: Element, styles: Styles) -> Layout:
        """Find the parts; ConfigurationError names the first that is missing."""
        body = document.find(w("body"))
        if body is None:
            raise _missing("正文", styles)
        blocks = [child for child in body if child.tag != w("sectPr")]
        sections = list(body.iter(w("sectPr")))
        for place in _NEEDED:
            _with_place(blocks, place, styles)
        first = _with_place(blocks, "annex_number", styles)
        last = max(
            index
            for index, block in enumerate(blocks)
            if "annex_note" in _places(block) or "annex_cell" in _places(block) or _named(block, StyleName.ANNEX_EMPTY, styles)
        )
        table = blocks[_with_place(blocks, "annex_cell", styles)]
        prototype = TablePrototype.read(table) if table.tag == w("tbl") else None
        if prototype is None:
            raise _missing("含有{{ annex_header }}与{{ annex_cell }}两行的附件表格", styles)
        layout = cls(
            letter=tuple(blocks[:first]),
            annex=tuple(blocks[first : last + 1]),
            table=table,
            prototype=prototype,
            portrait=_section(sections, "纵向", styles),
            landscape=_section(sections, "横向", styles),
            imprint=_imprint(blocks, styles),
            body=body,
            styles=styles,
        )
        for section in sections:
            parent = section.getparent()
            if parent is not None:
                parent.remove(section)
        return layout

    def section(self, *, landscape: bool, starts: str = "nextPage") -> Element:
        """Properties of one more section of that orientation; ``starts`` is where it begins.

        Only the document's first section has a first page of its own kind, if the template gives it one.
        """
        section = copy.deepcopy(self.landscape if landscape else self.portrait)
        follows = next(self.body.iter(w("sectPr")), None) is not None
        for old in (*section.findall(w("type")), *(section.findall(w("titlePg")) if follows else ())):
            section.remove(old)
        references = sum(1 for child in section if child.tag in (w("headerReference"), w("footerReference")))
        made = copy.deepcopy(section.makeelement(w("type"), {w("val"): starts}))
        section.insert(references, made)
        return section

    def text_width(self, *, landscape: bool) -> int:
        """Twips between the left and right margins."""
        size, margins = self._page(self.landscape if landscape else self.portrait)
        return int(size.get(w("w"), 0)) - int(margins.get(w("left"), 0)) - int(margins.get(w("right"), 0))

    @property
    def text_foot(self) -> int:
        """Twips from the top of an upright page to the foot of its type area."""
        size, margins = self._page(self.portrait)
        return int(size.get(w("h"), 0)) - int(margins.get(w("bottom"), 0))

    def _page(self, section: Element) -> tuple[Element, Element]:
        size, margins = section.find(w("pgSz")), section.find(w("pgMar"))
        if size is None or margins is None:
            raise _missing("纸张大小与页边距", self.styles)
        return size, margins


def _places(block: Element) -> set[str]:
    return {place for paragraph in paragraphs_in(block) for place in places_in(paragraph)}


def _named(block: Element, name: StyleName, styles: Styles) -> bool:
    return block.tag == w("p") and styles.name_of(block) == name


def _with_place(blocks: list[Element], place: str, styles: Styles) -> int:
    for index, block in enumerate(blocks):
        if place in _places(block):
            return index
    raise _missing(f"占位符{{{{ {place} }}}}", styles)


def _imprint(blocks: list[Element], styles: Styles) -> Element:
    found = next((block for block in blocks if _places(block) & _IMPRINT), None)
    if found is None:
        raise _missing("占位符{{ printed_by }}", styles)
    return found


def _section(sections: list[Element], orientation: str, styles: Styles) -> Element:
    for section in sections:
        size = section.find(w("pgSz"))
        is_landscape = size is not None and size.get(w("orient")) == "landscape"
        if is_landscape == (orientation == "横向"):
            return section
    raise _missing(f"{orientation}页面的分节", styles)


def _missing(what: str, styles: Styles) -> ConfigurationError:
    return ConfigurationError(
        f"Word 模板中缺少{what}",
        remedy="请以随系统提供的模板为基础重新修改，不要删除占位符与分节",
        place=Place(file=styles.template),
    )
