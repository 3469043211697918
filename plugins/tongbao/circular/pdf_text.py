"""Compare the text of a .docx with that of a PDF made of it: LibreOffice has been seen to lose closing marks."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections import Counter

from lxml import etree
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from tongbao.circular.ooxml import w
from tongbao.circular.package import DOCUMENT
from tongbao.errors import TongbaoError

_TEXT = w("t")
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_UNSEEN = {f"{w('rPr')}/{w(name)}" for name in ("vanish", "webHidden")}
_MOST = 20


def text_lost(docx: bytes, pdf: bytes) -> list[str]:
    """Characters of the .docx that the PDF has fewer of, each as “。”2处 with the words about its first place.

    Blanks do not count, nor does the order; what the PDF has beyond the .docx (page numbers, repeated table heads) is
    no loss. Raises TongbaoError when either cannot be read.
    """
    paragraphs = _docx_paragraphs(docx)
    wanted: Counter[str] = Counter()
    for paragraph in paragraphs:
        wanted.update(_seen(paragraph))
    missing = wanted - _pdf_characters(pdf)
    told = []
    for character, count in missing.most_common(_MOST):
        written, around = _about(character, paragraphs)
        told.append(f"“{written}”{count}处（如“{around}”）")
    return told if len(missing) <= _MOST else [*told, f"等{len(missing)}种字符"]


def _seen(text: str) -> str:
    """What can be compared: PDF text may hold a compatibility form of the same character."""
    shown = unicodedata.normalize("NFKC", text)
    return "".join(character for character in shown if unicodedata.category(character)[0] not in "ZC")


def _docx_paragraphs(docx: bytes) -> list[str]:
    """The text of each paragraph, those of text boxes once; row by row, so that long annexes stay small in memory."""
    paragraphs: list[str] = []
    try:
        with zipfile.ZipFile(io.BytesIO(docx)) as archive, archive.open(DOCUMENT) as part:
            pieces: list[str] = []
            for _, node in etree.iterparse(part, tag=(_TEXT, w("p"), w("tr")), resolve_entities=False, huge_tree=True):
                if node.tag == _TEXT:
                    pieces += [] if _is_unseen(node) else [node.text or ""]
                elif node.tag == w("p"):
                    paragraphs.append("".join(pieces))
                    pieces = []
                else:
                    node.clear()
    except (zipfile.BadZipFile, KeyError, etree.XMLSyntaxError) as error:
        raise TongbaoError("通报文件打不开，无法与 PDF 核对", remedy="请重新生成通报") from error
    return [paragraph for paragraph in paragraphs if paragraph.strip()]


def _is_unseen(text: etree._Element) -> bool:
    """Hidden text, and the copy of a text box that older readers fall back on."""
    run = text.getparent()
    hidden = run is not None and any(run.find(path) is not None for path in _UNSEEN)
    return hidden or next(text.iterancestors(_FALLBACK), None) is not None


def _pdf_characters(pdf: bytes) -> Counter[str]:
    found: Counter[str] = Counter()
    try:
        for page in PdfReader(io.BytesIO(pdf)).pages:
            found.update(_seen(page.extract_text()))
    except (PyPdfError, ValueError, KeyError) as error:
        raise TongbaoError("PDF 打不开，无法与通报核对", remedy="请在 Word、WPS 中打开通报另存为 PDF") from error
    return found


def is_page_empty(pdf: bytes, number: int) -> bool:
    """Whether a page (0 the first, -1 the last) was left blank by the one that must be even; False when there is no such page."""
    try:
        pages = PdfReader(io.BytesIO(pdf)).pages
        return len(pages) >= abs(number) and not pages[number].extract_text().strip()
    except (PyPdfError, ValueError, KeyError) as error:
        raise TongbaoError("PDF 打不开，无法数出页数", remedy="请在 Word、WPS 中打开通报核对版记页的页码") from error


def _about(character: str, paragraphs: list[str]) -> tuple[str, str]:
    """The first place of a character, as the .docx writes it, and the words about it."""
    for paragraph in paragraphs:
        for at, written in enumerate(paragraph):
            if character in _seen(written):
                return written, paragraph[max(at - 8, 0) : at + 9]
    return character, character
