"""The office's own .docx, edited in Word or WPS: number and date filled in, gated, linted, compared with the generated one."""

from __future__ import annotations

import difflib
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lxml import etree

from tongbao.circular import gate as gates
from tongbao.circular.document import CircularDocument
from tongbao.circular.gate_reading import read_back
from tongbao.circular.gongwen import DATE_BLANK, chinese_date, document_number
from tongbao.circular.lint import lint
from tongbao.circular.ooxml import Element, parse, w
from tongbao.circular.package import DOCUMENT
from tongbao.circular.render import BookmarkedFigure
from tongbao.errors import FileRefused, Place, TongbaoError
from tongbao.figures import Figures

_LARGEST_PART = 256 << 20
_COLUMNS = "　|　"


@dataclass(frozen=True)
class Drawn:
    """A generated file the edited one may stem from: its model, its figures, its bookmarks."""

    document: CircularDocument
    figures: Figures
    bookmarks: dict[str, BookmarkedFigure]


@dataclass(frozen=True)
class Difference:
    """Paragraphs of the generated file and those that stand in their place; either may be none. ``where`` counts from 1."""

    kind: str
    where: int
    generated: tuple[str, ...]
    edited: tuple[str, ...]


@dataclass(frozen=True)
class Edited:
    """An edited file made ready: its bytes with number and date, and all that is known against it.

    ``unverified`` names figures whose bookmarks are lost, with the text that should stand there and whether it occurs at all.
    """

    data: bytes
    report: gates.GateReport
    unverified: tuple[dict[str, Any], ...]
    lint: tuple[str, ...]
    differences: tuple[Difference, ...]


def examine(data: bytes, name: str, generated: bytes, issued: Drawn, draft: Drawn) -> Edited:
    """Fill in, gate, lint and compare; ``issued`` is the signed model, ``draft`` the one it was reviewed as.

    The file may have been edited from either, and their bookmarks differ, so it is held against both and judged by the one
    it agrees with best. Raises FileRefused when it cannot be read.
    """
    stamped, absent = stamp(data, issued.document, name)
    tries = [(gates.check(stamped, drawn.document, drawn.figures, drawn.bookmarks), drawn) for drawn in (issued, draft)]
    report, drawn = min(tries, key=lambda tried: len(tried[0].breaches))
    text = "".join("".join(paragraphs(stamped)).split())
    return Edited(
        data=stamped,
        report=gates.GateReport((*absent, *report.breaches), report.checked),
        unverified=tuple(_unverified(stamped, drawn, text)),
        lint=tuple(map(str, lint(stamped))),
        differences=tuple(differences(paragraphs(generated), paragraphs(stamped))),
    )


def stamp(data: bytes, document: CircularDocument, name: str = "") -> tuple[bytes, list[gates.Breach]]:
    """Write number and date where the draft left room for them; what the file then still lacks comes back as breaches."""
    parts = _parts(data, name)
    try:
        root = parse(parts[DOCUMENT])
    except etree.XMLSyntaxError as error:
        raise _unreadable(name) from error
    number, day = document_number(document.letterhead.document_number), chinese_date(document.signature.issued_on)
    blank = f"{number.partition('〕')[0]}〕号"
    for paragraph in root.iter(w("p")):
        squeezed = "".join(_text(paragraph).split())
        if blank in squeezed:
            _replace(paragraph, number)
        elif DATE_BLANK in _text(paragraph):
            _replace(paragraph, _text(paragraph).replace(DATE_BLANK, day))
    whole = "".join("".join(_text(root).split()))
    missing = [
        gates.Breach("missing", place, "（没有）", wanted)
        for place, wanted in (("发文字号", number), ("成文日期", day))
        if "".join(wanted.split()) not in whole
    ]
    parts[DOCUMENT] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return _packed(data, parts), missing


def paragraphs(data: bytes) -> list[str]:
    """What stands in a .docx, paragraph by paragraph, a table's row as one; empty ones left out."""
    root = parse(_parts(data)[DOCUMENT])
    return [text for text in map(str.strip, _lines(root)) if text]


def differences(generated: Sequence[str], edited: Sequence[str]) -> Iterator[Difference]:
    """Where the two differ, in order: changed, removed or added paragraphs."""
    kinds = {"replace": "changed", "delete": "removed", "insert": "added"}
    matcher = difflib.SequenceMatcher(None, generated, edited, autojunk=False)
    for tag, first, last, begin, end in matcher.get_opcodes():
        if tag in kinds:
            yield Difference(kinds[tag], first + 1, tuple(generated[first:last]), tuple(edited[begin:end]))


def differences_json(edited: Edited) -> bytes:
    content = {
        "differences": [asdict(difference) for difference in edited.differences],
        "unverified": edited.unverified,
        "lint": edited.lint,
        "gate": edited.report.to_json(),
    }
    return json.dumps(content, ensure_ascii=False, indent=1, default=str).encode()


def _unverified(data: bytes, drawn: Drawn, text: str) -> Iterator[dict[str, Any]]:
    kept = read_back(data).figures
    for bookmark, recorded in drawn.bookmarks.items():
        if bookmark not in kept:
            occurs = "".join(recorded.text.split()) in text
            yield {"figure": recorded.figure, "expected": recorded.text, "occurs_somewhere": occurs}


def _parts(data: bytes, name: str = "") -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            if sum(entry.file_size for entry in package.infolist()) > _LARGEST_PART:
                raise TongbaoError(f"修改稿《{name}》展开后过大", remedy="请压缩其中的图片后重新放入")
            parts = {entry.filename: package.read(entry) for entry in package.infolist()}
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError) as error:
        raise _unreadable(name) from error
    if DOCUMENT not in parts:
        raise _unreadable(name)
    return parts


def _packed(data: bytes, parts: dict[str, bytes]) -> bytes:
    """The package with its parts in their old order; equal input gives equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry, parts[entry.filename], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _unreadable(name: str) -> FileRefused:
    return FileRefused(
        "不是 Word 文档（.docx），或者已损坏",
        remedy="请在 Word 或 WPS 中打开，另存为 .docx 后重新放入",
        place=Place(file=name or None),
    )


def _lines(root: Element) -> Iterator[str]:
    rows = list(root.iter(w("tr")))
    inside = {paragraph for row in rows for paragraph in row.iter(w("p"))}
    for node in root.iter(w("tr"), w("p")):
        if node.tag == w("tr"):
            yield _COLUMNS.join("".join(map(_text, cell.iter(w("p")))) for cell in node.findall(w("tc")))
        elif node not in inside:
            yield _text(node)


def _text(node: Element) -> str:
    return "".join(text.text or "" for text in node.iter(w("t")))


def _replace(paragraph: Element, text: str) -> None:
    """Put a text in place of a paragraph's, in the form of its first run."""
    first, *others = paragraph.iter(w("t"))
    first.text = text
    for other in others:
        other.text = ""


__all__ = ["Difference", "Drawn", "Edited", "differences", "differences_json", "examine", "paragraphs", "stamp"]
