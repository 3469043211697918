"""A finished circular laid open, so that a test can break one thing in it and close it again."""

from __future__ import annotations

import copy
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from lxml import etree

from tests.tongbao.circular.documents import circular
from tongbao.circular import gongwen as gw
from tongbao.circular.document import CircularDocument, Letterhead
from tongbao.circular.ooxml import (
    Element,
    element,
    parse,
    put_property,
    put_run_property,
    run_of,
    text_of,
    texts_of,
    w,
)
from tongbao.circular.package import write_package
from tongbao.circular.render import render
from tongbao.home import home

TEMPLATE = home() / "templates" / "circular-v1.docx"
SETTINGS = "word/settings.xml"


class Opened:
    """The parts of a .docx, those touched as trees."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        self._trees: dict[str, Element] = {}

    def tree(self, name: str) -> Element:
        if name not in self._trees:
            self._trees[name] = parse(self.parts[name])
        return self._trees[name]

    @property
    def document(self) -> Element:
        return self.tree("word/document.xml")

    @property
    def body(self) -> Element:
        found = self.document.find(w("body"))
        assert found is not None
        return found

    def close(self) -> bytes:
        return write_package(self.parts | {name: etree.tostring(tree) for name, tree in self._trees.items()})

    def paragraph(self, beginning: str, nth: int = 0) -> Element:
        """The n-th paragraph whose own text begins so, in text boxes and tables too."""
        return [p for p in self.document.iter(w("p")) if text_of(p).startswith(beginning)][nth]

    def style(self, name: gw.StyleName | str) -> Element:
        return next(
            style
            for style in self.tree("word/styles.xml").iter(w("style"))
            if style.find(w("name")).get(w("val")) == name  # type: ignore[union-attr]
        )

    def sections(self) -> list[Element]:
        return list(self.document.iter(w("sectPr")))

    def blanks_above(self, paragraph: Element) -> Iterator[Element]:
        above = paragraph.getprevious()
        while above is not None and above.tag == w("p") and not text_of(above):
            yield above
            above = above.getprevious()


def say(paragraph: Element, old: str, new: str) -> None:
    """Change text inside one of the paragraph's runs."""
    for text in texts_of(paragraph):
        if old in (text.text or ""):
            text.text = (text.text or "").replace(old, new, 1)
            return
    raise AssertionError(f"{old} not in one run of {text_of(paragraph)}")


def rewrite(paragraph: Element, content: str) -> None:
    first, *others = texts_of(paragraph)
    first.text = content
    for other in others:
        other.text = ""


def attribute(paragraph: Element, name: str, **values: object) -> None:
    """Set a paragraph property with these attributes."""
    put_property(paragraph, element(name, **values))


def runs(paragraph: Element, name: str, value: object) -> None:
    for run in paragraph.iter(w("r")):
        put_run_property(run, name, value)


def font(paragraph: Element, name: str, *slots: str) -> None:
    """Set the font of all runs directly; without slots, all of them."""
    for run in paragraph.iter(w("r")):
        properties = run.find(w("rPr"))
        if properties is None:
            properties = element("rPr")
            run.insert(0, properties)
        for old in properties.findall(w("rFonts")):
            properties.remove(old)
        made = element("rFonts", **dict.fromkeys(slots or ("ascii", "hAnsi", "eastAsia"), name))
        properties.insert(1 if properties.find(w("rStyle")) is not None else 0, made)


def another_after(paragraph: Element, content: str) -> Element:
    """A copy of the paragraph below it with other text."""
    made = copy.deepcopy(paragraph)
    for child in list(made):
        if child.tag not in (w("pPr"),):
            made.remove(child)
    made.append(run_of(content))
    paragraph.addnext(made)
    return made


def remove(part: Element) -> None:
    parent = part.getparent()
    assert parent is not None
    parent.remove(part)


def put(properties: Element, name: str, **values: object) -> None:
    """Set attributes of a child that is there."""
    found = properties.find(w(name))
    assert found is not None
    for key, value in values.items():
        found.set(w(key), str(value))


@cache
def drawn(document: str = "circular") -> bytes:
    """One of the clean documents the faults are put into."""
    if document == "letter":
        return _letter()
    return render(_DOCUMENTS[document], TEMPLATE).data


_SHORT = circular(annexes=tuple(replace(annex, rows=annex.rows[:14]) for annex in circular().annexes))
_DOCUMENTS: dict[str, CircularDocument] = {
    "circular": _SHORT,
    "one annex": replace(
        _SHORT,
        annexes=_SHORT.annexes[:1],
        body=tuple(
            replace(p, spans=tuple(replace(s, text=s.text.replace("附件2", "附件")) for s in p.spans)) for p in _SHORT.body
        ),
    ),
    "secret": replace(
        _SHORT,
        letterhead=Letterhead(
            "示例旗政务服务局文件", "示政服字〔2020〕8号", copy_number="000001", secrecy="机密★1年", urgency="特急"
        ),
    ),
}


def _letter() -> bytes:
    """The same text as a 信函 (GB/T 9704, 10.1)."""
    opened = Opened(
        render(
            circular(
                title="示例旗政务服务局关于报送检查情况的函",
                letterhead=Letterhead("示例旗政务服务局", "示政服函〔2020〕8号"),
                annexes=(),
                imprint=None,
            ),
            TEMPLATE,
        ).data
    )
    number, mark = opened.paragraph("示政服函"), opened.paragraph("示例旗政务服务局")
    attribute(number, "jc", val="right")
    put_property(number, element("pBdr"))
    double = element("pBdr")
    double.append(element("bottom", val="thickThinSmallGap", sz=24, space=8, color=gw.RED))
    put_property(mark, double)
    attribute(mark, "ind", left=-397, right=-397)
    section = opened.sections()[-1]
    section.insert(len(section) - 1, element("titlePg"))
    return opened.close()
