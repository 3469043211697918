"""Reads a finished .docx back: figures in their bookmarks, paragraphs, the title, annex rows.

The file may have been edited in Word or WPS since it was drawn, so nothing but the bookmarks is relied on.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from tongbao.errors import GateBreach

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_P, _T, _TAB, _BR, _CR = (f"{_W}{tag}" for tag in ("p", "t", "tab", "br", "cr"))
_START, _END, _ROW, _HEADER, _TABS = (f"{_W}{tag}" for tag in ("bookmarkStart", "bookmarkEnd", "tr", "tblHeader", "tabs"))
_DELETED = {f"{_W}del", f"{_W}moveFrom"}
FIGURE_PREFIX, ANNEX_PREFIX, TITLE = "TB_", "TB_ANNEX_", "TB_TITLE"
FIGURE_PLACE = "\ufffc"
"""Stands in ``outside`` where a figure's bookmark was, so that text around it does not run together."""


@dataclass
class ReadParagraph:
    """A paragraph of the page or of a table in the text (not of an annex): all of it, and what lies outside figures."""

    text: str = ""
    outside: str = ""
    annex: int = 0


@dataclass
class ReadBack:
    """What stands in the file. ``figures`` maps TB_… to (printed text, paragraph); ``annex_rows`` counts data rows."""

    figures: dict[str, tuple[str, ReadParagraph]] = field(default_factory=dict)
    paragraphs: list[ReadParagraph] = field(default_factory=list)
    title: str = ""
    annex_rows: dict[int, int] = field(default_factory=dict)


def read_back(data: bytes) -> ReadBack:
    """Read the file; raises GateBreach when it is no .docx any more."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            content = archive.read("word/document.xml")
        reader = _Reader()
        reader.read(content)
    except (zipfile.BadZipFile, KeyError, etree.XMLSyntaxError) as error:
        raise GateBreach("通报文件打不开，无法核对", remedy="请重新生成通报，或者换回未损坏的 .docx") from error
    return reader.found


class _Reader:
    """Walks the XML once, row by row, so that an annex of many thousand rows stays small in memory."""

    def __init__(self) -> None:
        self.found = ReadBack()
        self._open: dict[str, str] = {}
        self._stack: list[ReadParagraph] = []
        self._row_depth = 0
        self._row_text: list[str] = []
        self._row_is_header = False
        self._annex = 0

    def read(self, content: bytes) -> None:
        tags = [_P, _T, _TAB, _BR, _CR, _START, _END, _ROW, _HEADER]
        events = etree.iterparse(
            io.BytesIO(content), events=("start", "end"), tag=tags, resolve_entities=False, no_network=True, huge_tree=True
        )
        for event, node in events:
            self._step(event, node)

    def _step(self, event: str, node: Any) -> None:
        tag = node.tag
        if tag == _P:
            self._paragraph(event)
        elif tag == _ROW:
            self._row(event, node)
        elif event == "start":
            self._mark(node)
        elif tag == _T:
            self._text(node, node.text or "")
        elif tag in (_TAB, _BR, _CR) and node.getparent().tag != _TABS:
            self._text(node, " " if tag == _TAB else "")

    def _paragraph(self, event: str) -> None:
        if event == "start":
            self._stack.append(ReadParagraph(annex=self._annex))
            return
        done = self._stack.pop()
        done.annex = self._annex
        if not self._stack and not (self._row_depth and self._annex) and done.text.strip():
            self.found.paragraphs.append(done)

    def _row(self, event: str, node: Any) -> None:
        if event == "start":
            self._row_depth += 1
            if self._row_depth == 1:
                self._row_text, self._row_is_header = [], False
            return
        self._row_depth -= 1
        if self._row_depth:
            return
        is_data = not self._row_is_header and "".join(self._row_text).strip() not in ("", "无")
        if self._annex and is_data and not self._stack:
            self.found.annex_rows[self._annex] += 1
        node.clear()

    def _mark(self, node: Any) -> None:
        if node.tag == _HEADER:
            self._row_is_header = True
        elif node.tag == _START:
            self._open_bookmark(node.get(f"{_W}name") or "", node.get(f"{_W}id") or "")
        elif node.tag == _END:
            self._open.pop(node.get(f"{_W}id") or "", None)

    def _open_bookmark(self, name: str, number: str) -> None:
        if not name.startswith(FIGURE_PREFIX):
            return
        if name.startswith(ANNEX_PREFIX):
            self._annex = int(name.removeprefix(ANNEX_PREFIX)) if name.removeprefix(ANNEX_PREFIX).isdecimal() else self._annex
            self.found.annex_rows.setdefault(self._annex, 0)
        elif name != TITLE:
            paragraph = self._stack[-1] if self._stack else ReadParagraph()
            paragraph.outside += FIGURE_PLACE
            self.found.figures[name] = ("", paragraph)
        self._open[number] = name

    def _text(self, node: Any, text: str) -> None:
        if any(ancestor.tag in _DELETED for ancestor in _ancestors(node)):
            return
        if self._row_depth:
            self._row_text.append(text)
        if self._stack:
            self._stack[-1].text += text
        inside = False
        for name in self._open.values():
            if name == TITLE:
                self.found.title += text
            elif not name.startswith(ANNEX_PREFIX):
                printed, paragraph = self.found.figures[name]
                self.found.figures[name] = (printed + text, paragraph)
                inside = True
        if self._stack and not inside:
            self._stack[-1].outside += text


def _ancestors(node: Any) -> Iterator[Any]:
    """The run's ancestors up to its paragraph: tracked deletions lie between them."""
    parent = node.getparent()
    while parent is not None and parent.tag != _P:
        yield parent
        parent = parent.getparent()
