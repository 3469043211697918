"""Count pages to find where the imprint belongs; who cannot count leaves it on an even page of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tongbao.circular.document import CircularDocument
from tongbao.circular.imprint import ImprintPage
from tongbao.circular.pdf import page_count, to_pdf
from tongbao.circular.render import render


def imprint_page(document: CircularDocument, template: Path, *, convert: Callable[[bytes], bytes] = to_pdf) -> ImprintPage:
    """Draw the document, count its pages, and say where its 版记 belongs (GB/T 9704, 7.4 and 7.5).

    On the last page of the text if that is even and has room; else on the next even page, unnumbered after a blank one.
    What LibreOffice counts may differ by a page from the reader's Word: the even page is only certain with ``OWN``.
    """
    if document.imprint is None:
        return ImprintPage.OWN
    joined = not (document.annexes and document.annexes[-1].landscape)
    if joined and page_count(convert(render(document, template, imprint=ImprintPage.LAST).data)) % 2 == 0:
        return ImprintPage.LAST
    pages = page_count(convert(render(replace(document, imprint=None), template).data))
    return ImprintPage.OWN if pages % 2 else ImprintPage.AFTER_BLANK
