"""Draw papers by the thousand on one template: it is read, parsed and packed once."""

from __future__ import annotations

import copy
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from lxml import etree

from tongbao.circular import gongwen as gw
from tongbao.circular.bookmarks import Bookmarks
from tongbao.circular.document import CircularDocument
from tongbao.circular.forms import Form, form_xml
from tongbao.circular.gongwen import StyleName
from tongbao.circular.layout import Layout
from tongbao.circular.letter import draw_letter
from tongbao.circular.ooxml import DECLARATION, Element, element, parse, put_property, run_of, text_of, w
from tongbao.circular.package import CORE, DOCUMENT, STYLES, core_properties, entry_of, read_package, write_package
from tongbao.circular.paragraphs import draw_title
from tongbao.circular.placeholders import fill, places_in
from tongbao.circular.styles import Styles
from tongbao.circular.title import title_lines
from tongbao.errors import ConfigurationError, Place

_LONG_WORD = re.compile(r"[!-~]{24,}")
_TABLE = "form"


class PaperTemplate:
    """A template to draw many papers on. Raises ConfigurationError when it lacks a part, a style or a place."""

    def __init__(self, path: Path) -> None:
        parts = read_package(path)
        try:
            self._root, self._styles = parse(parts[DOCUMENT]), Styles.read(parts[STYLES], path.name)
        except etree.XMLSyntaxError as error:
            raise ConfigurationError(
                "Word 模板的内容已损坏", remedy="请用 Word 或 WPS 修复后另存为 .docx", place=Place(file=path.name)
            ) from error
        self._layout = Layout.read(self._root, self._styles)
        for child in list(self._layout.body):
            self._layout.body.remove(child)
        # What no paper changes is compressed once.
        self._unchanging = write_package({name: part for name, part in parts.items() if name not in (DOCUMENT, CORE)})

    def letter(self, document: CircularDocument, receipt: Form) -> bytes:
        """Draw a letter and the form annexed to it. Equal input gives equal bytes."""
        root, layout = self._blank()
        layout.body.extend(layout.letter)
        draw_letter(document, layout, Bookmarks(root))
        for paragraph in layout.body.iterchildren(w("p")):
            if _LONG_WORD.search(text_of(paragraph)):
                # Justifying would tear apart the line before an address that does not break.
                put_property(paragraph, element("wordWrap", val=0))
                put_property(paragraph, element("jc", val="left"))
        layout.body.extend(self._annex(receipt, layout, labelled=True))
        return self._packed(root, layout, receipt, document.properties)

    def form(self, form: Form, properties: Mapping[str, str]) -> bytes:
        """Draw a form that is a document of its own. Equal input gives equal bytes."""
        root, layout = self._blank()
        layout.body.extend(self._annex(form, layout, labelled=False))
        return self._packed(root, layout, form, properties)

    def _blank(self) -> tuple[Element, Layout]:
        root = copy.deepcopy(self._root)
        body = root.find(w("body"))
        if body is None:
            raise AssertionError("the template had a body when it was read")
        return root, replace(self._layout, letter=tuple(map(copy.deepcopy, self._layout.letter)), body=body)

    def _annex(self, form: Form, layout: Layout, *, labelled: bool) -> Iterator[Element]:
        blocks = list(layout.annex)
        if not labelled:
            # The label goes, and the blank line that parts it from the title.
            title = next(place for place, block in enumerate(blocks) if places_in(block) == ["annex_title"])
            blocks = blocks[title:]
        for prototype in blocks:
            yield from self._drawn(prototype, form, layout)

    def _drawn(self, prototype: Element, form: Form, layout: Layout) -> Iterator[Element]:
        if prototype is layout.table:
            yield from (self._lead(line) for line in form.lead)
            yield etree.Comment(_TABLE)
            return
        if layout.styles.name_of(prototype) == StyleName.ANNEX_EMPTY:
            return
        block, template = copy.deepcopy(prototype), layout.styles.template
        if places_in(block) == ["annex_title"]:
            most = gw.TITLE_CHARACTERS_LANDSCAPE if form.landscape else gw.TITLE_CHARACTERS
            draw_title(block, title_lines(form.title, most), template)
        elif fill(block, {"annex_number": "", "annex_note": form.note}, template) and "annex_note" in places_in(prototype):
            return
        yield block

    def _lead(self, line: str) -> Element:
        drawn = element("p")
        put_property(drawn, element("pStyle", val=self._styles.id_of(StyleName.ANNEX_NOTE)))
        put_property(drawn, element("keepNext"))
        drawn.append(run_of(line))
        return drawn

    def _packed(self, root: Element, layout: Layout, form: Form, properties: Mapping[str, str]) -> bytes:
        if layout.body[-1].tag != w("p"):
            layout.body.append(layout.styles.hair_paragraph())
        layout.body.append(layout.section(landscape=form.landscape))
        before, _, after = etree.tostring(root, encoding="unicode").partition(f"<!--{_TABLE}-->")
        table = form_xml(form, layout.prototype, layout.styles, layout.text_width(landscape=form.landscape))
        buffer = io.BytesIO(self._unchanging)
        with zipfile.ZipFile(buffer, "a") as archive:
            document = "".join((DECLARATION, before, table, after)).encode()
            archive.writestr(entry_of(DOCUMENT), document, compresslevel=6)
            archive.writestr(entry_of(CORE), core_properties(properties, properties.get("created", "")), compresslevel=6)
        return buffer.getvalue()
