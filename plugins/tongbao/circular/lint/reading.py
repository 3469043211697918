"""The document as a reader meets it: paragraphs with their printed text and format, tables, text boxes, sections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from tongbao.circular import gongwen as gw
from tongbao.circular.lint.effective import Bag, Effective, ParagraphFormat, TextFormat, is_on, number, over, whole
from tongbao.circular.lint.fault import Spot, excerpt
from tongbao.circular.lint.numbering import Numbering
from tongbao.circular.lint.source import Package
from tongbao.circular.ooxml import NAMESPACES, Element, w

BODY = "正文"
_WIDE_SPACE = "\u3000"
_HOLDERS = frozenset(
    map(w, ("hyperlink", "ins", "moveTo", "smartTag", "sdt", "sdtContent", "fldSimple", "customXml", "dir", "bdo"))
)
_BLOCK_HOLDERS = frozenset(map(w, ("sdt", "sdtContent", "customXml", "ins", "moveTo")))
_PRINTED = {w("tab"): "\t", w("br"): "\n", w("cr"): "\n", w("noBreakHyphen"): "-"}
_FALLBACK = f"{{{NAMESPACES['mc']}}}Fallback"
_SINGLE_LINE = 1.3
"""Height of a line of single spacing, in heights of its type."""
_PICTURES = frozenset(map(w, ("drawing", "pict", "object")))


@dataclass(frozen=True)
class Piece:
    """A stretch of text in one format."""

    text: str
    format: TextFormat


@dataclass(eq=False)
class Para:
    """One paragraph; ``number`` counts from 1 within its part, ``label`` is the number Word writes before it."""

    number: int
    element: Element
    effective: Effective
    label: str = ""
    list_level: Bag | None = None
    section: int = 0
    on_new_page: bool = False
    part: str = BODY

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """The printed text by format; deleted and hidden text is not printed."""
        found: list[Piece] = []
        for run in runs_in(self.element):
            text = "".join(_printed(child) for child in run)
            if text:
                form = self.effective.text(self.element, run)
                if not form.is_hidden:
                    found.append(Piece(text, form))
        return tuple(found)

    @cached_property
    def text(self) -> str:
        return self.label + "".join(piece.text for piece in self.pieces)

    @cached_property
    def format(self) -> ParagraphFormat:
        return self.effective.paragraph(self.element, self.list_level)

    @cached_property
    def main(self) -> TextFormat:
        """The format most of its text has; of its mark when there is no text."""
        weights: Counter[TextFormat] = Counter()
        for piece in self.pieces:
            weights[piece.format] += len(piece.text.strip())
        return max(weights, key=lambda form: weights[form]) if weights else self.effective.text(self.element, None)

    @cached_property
    def has_picture(self) -> bool:
        return any(next(self.element.iter(tag), None) is not None for tag in _PICTURES)

    @property
    def is_blank(self) -> bool:
        return not self.text.strip() and not self.has_picture

    @property
    def in_flow(self) -> bool:
        """Whether it stands in the text itself, not in a table, text box, header or footer."""
        return self.part == BODY

    @property
    def spot(self) -> Spot:
        return Spot(self.part, self.number, excerpt(self.text))

    @property
    def character(self) -> float:
        """Width of one 字 of its type, in twips."""
        return max(self.main.size * 10 + self.main.spacing, 1.0)

    def indent(self, side: str) -> float:
        """Indentation in 字; blanks typed at the beginning count as indentation of the first line."""
        width = self.format.indent(side, self.character)
        if side != "firstLine":
            return width
        typed = len(self.text) - len(self.text.lstrip(_WIDE_SPACE))
        return width - self.format.indent("hanging", self.character) + typed

    @property
    def right_space(self) -> float:
        """White at the end of its line, in 字: indentation and blanks typed, or what a line begun at the left leaves."""
        if self.format.align == "right":
            typed = len(self.text) - len(self.text.rstrip(_WIDE_SPACE))
            return self.indent("right") + typed
        begin = self.indent("left") + self.indent("firstLine")
        if self.format.align == "center":
            return (gw.CHARACTERS_PER_LINE - self.width) / 2
        return gw.CHARACTERS_PER_LINE - begin - self.width

    @property
    def width(self) -> float:
        """Width of its text in 字, without blanks round it."""
        return gw.characters(self.text.strip())

    def line_height(self, pitch: float | None) -> float:
        """Twips from one of its lines to the next; ``pitch`` is the section's grid, if it has one."""
        line, rule = self.format.line, self.format.line_rule
        if line is not None and rule == "exact":
            return max(line, 1.0)
        natural = self.main.size * 10 * _SINGLE_LINE
        if pitch is not None and self.format.is_on("snapToGrid", default=True):
            natural = max(1, -(-natural // pitch)) * pitch if natural > pitch else pitch
        if line is None:
            return natural
        return max(line, natural) if rule == "atLeast" else max(natural * line / 240, 1.0)

    @property
    def ends_page(self) -> bool:
        """Whether a page break stands after all its text."""
        return self._breaks_and_text.endswith("\f")

    @property
    def begins_with_break(self) -> bool:
        """Whether a page break stands before all its text."""
        return self._breaks_and_text.startswith("\f")

    @cached_property
    def _breaks_and_text(self) -> str:
        pieces = ("\f" if _is_page_break(child) else _printed(child) for run in runs_in(self.element) for child in run)
        return "".join(pieces).strip(" \t\n\u3000")


@dataclass(eq=False)
class Table:
    """One table; ``number`` counts from 1."""

    number: int
    element: Element

    @cached_property
    def rows(self) -> list[Element]:
        return self.element.findall(w("tr"))

    @property
    def spot(self) -> Spot:
        return Spot(f"第{self.number}个表格")


@dataclass(eq=False)
class Section:
    """One section: its properties, and the headers and footers it shows, its own or the ones before it."""

    number: int
    element: Element
    parts: dict[tuple[str, str], Element] = field(default_factory=dict)

    @property
    def spot(self) -> Spot:
        return Spot(f"第{self.number}节页面设置")

    def attributes(self, name: str) -> dict[str, str]:
        found = self.element.find(w(name))
        return {} if found is None else {str(key).rpartition("}")[2]: str(value) for key, value in found.attrib.items()}

    @property
    def is_landscape(self) -> bool:
        size = self.attributes("pgSz")
        return size.get("orient") == "landscape" or (number(size.get("w")) or 0.0) > (number(size.get("h")) or 1.0)

    @property
    def has_first_page(self) -> bool:
        found = self.element.find(w("titlePg"))
        return found is not None and is_on({"val": str(found.get(w("val"), "1"))})

    @property
    def starts(self) -> str:
        return self.attributes("type").get("val", "nextPage")

    @property
    def grid(self) -> float | None:
        """The pitch of its line grid in twips, nothing without one."""
        grid = self.attributes("docGrid")
        pitch = number(grid.get("linePitch")) if grid.get("type") else None
        return pitch if pitch is not None and pitch > 0 else None


class Reading:
    """A whole document, read once."""

    def __init__(self, data: bytes) -> None:
        self.package = Package(data)
        self.settings = self.package.related("settings")
        language = self.setting("themeFontLang").get("eastAsia", "zh-CN")
        self.effective = Effective(self.package.related("styles"), self.package.related("theme"), language)
        self._numbering = Numbering(self.package.related("numbering"))
        self.blocks: list[Para | Table] = []
        self.sections: list[Section] = []
        body = self.package.document.find(w("body"))
        if body is not None:
            self._read(body)

    def setting(self, name: str) -> dict[str, str]:
        found = None if self.settings is None else self.settings.find(w(name))
        return {} if found is None else {"val": "1"} | {str(key).rpartition("}")[2]: str(v) for key, v in found.attrib.items()}

    @cached_property
    def paragraphs(self) -> list[Para]:
        return [block for block in self.blocks if isinstance(block, Para)]

    @cached_property
    def tables(self) -> list[Table]:
        return [block for block in self.blocks if isinstance(block, Table)]

    def section_of(self, para: Para) -> Section:
        return self.sections[min(para.section, len(self.sections) - 1)]

    def para(self, element: Element, number: int, part: str) -> Para:
        """A paragraph of a table, text box, header or footer."""
        return Para(number, element, self.effective, part=part)

    def _read(self, body: Element) -> None:
        paragraphs = tables = 0
        breaks = False
        for block in _blocks_in(body):
            if block.tag == w("tbl"):
                tables += 1
                breaks = False
                self.blocks.append(Table(tables, block))
                continue
            paragraphs += 1
            label, level = self._label(block)
            para = Para(paragraphs, block, self.effective, label, level, section=len(self.sections))
            para.on_new_page = breaks or para.format.is_on("pageBreakBefore") or para.begins_with_break
            self.blocks.append(para)
            # A page break stays in force over blank paragraphs after it.
            breaks = para.ends_page or (para.is_blank and para.on_new_page)
            ending = block.find(f"{w('pPr')}/{w('sectPr')}")
            if ending is not None:
                self._add_section(ending)
                breaks = True
        last = body.find(w("sectPr"))
        self._add_section(last if last is not None else body.makeelement(w("sectPr")))
        self._judge_section_starts()

    def _judge_section_starts(self) -> None:
        """A section that starts without a page break does not begin a page."""
        previous = 0
        for para in self.paragraphs:
            if para.section != previous and self.section_of(para).starts == "continuous":
                para.on_new_page = para.format.is_on("pageBreakBefore") or para.begins_with_break
            previous = para.section

    def _add_section(self, properties: Element) -> None:
        shown = dict(self.sections[-1].parts) if self.sections else {}
        for kind in ("header", "footer"):
            for reference in properties.findall(w(f"{kind}Reference")):
                part = self.package.referred(reference)
                if part is not None:
                    shown[(kind, str(reference.get(w("type"), "default")))] = part
        self.sections.append(Section(len(self.sections) + 1, properties, shown))

    def _label(self, paragraph: Element) -> tuple[str, Bag | None]:
        own = self.effective.bag(paragraph.find(w("pPr")))
        style = self.effective.style_of(paragraph)
        listed = {**self.effective.style(style, "pPr").get("numPr", {}), **own.get("numPr", {})}
        name = listed.get("numId", "0")
        if name == "0":
            return "", None
        level = whole(listed["ilvl"], 0) if "ilvl" in listed else self._numbering.level_of_style(name, style)
        found = self._numbering.level(name, level)
        inside = None if found is None else over(self.effective.bag(found.find(w("pPr"))))
        return self._numbering.label(name, level), inside


def runs_in(paragraph: Element) -> Iterator[Element]:
    """The paragraph's runs, also those in links, fields and insertions; not those deleted or in text boxes."""
    for child in paragraph:
        if child.tag == w("r"):
            yield child
        elif child.tag in _HOLDERS:
            yield from runs_in(child)


def boxes_in(root: Element) -> list[Element]:
    """The contents of its text boxes, each once: a fallback drawing repeats what the drawing holds."""
    return [box for box in root.iter(w("txbxContent")) if next(box.iterancestors(_FALLBACK), None) is None]


def _blocks_in(holder: Element) -> Iterator[Element]:
    for child in holder:
        if child.tag in (w("p"), w("tbl")):
            yield child
        elif child.tag in _BLOCK_HOLDERS:
            yield from _blocks_in(child)


def _printed(child: Element) -> str:
    if child.tag == w("t"):
        return child.text or ""
    if child.tag == w("br") and child.get(w("type")) in ("page", "column"):
        return ""
    return _PRINTED.get(str(child.tag), "")


def _is_page_break(child: Element) -> bool:
    return bool(child.tag == w("br") and child.get(w("type")) == "page")
