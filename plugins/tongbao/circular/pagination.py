"""Count pages to learn whether the imprint's page bears a number; who cannot count prints it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tongbao.circular.document import CircularDocument
from tongbao.circular.imprint import ImprintPage
from tongbao.circular.pdf import office_program, to_pdf
from tongbao.circular.pdf_text import is_page_empty
from tongbao.circular.render import Rendered, render
from tongbao.errors import TongbaoError

_TIME_LIMIT_S = 60
"""Annexes of thousands of pages are not worth the wait."""


@dataclass(frozen=True)
class Counted:
    """A drawn document and, where its pages were counted as it stands, the PDF they were counted in."""

    rendered: Rendered
    pdf: bytes | None


def render_counted(document: CircularDocument, template: Path, *, convert: Callable[[bytes], bytes] | None = None) -> Counted:
    """Draw the document with its 版记 on an even page of its own, unnumbered where a blank page comes before it.

    GB/T 9704, 7.4 and 7.5. Pages are counted by LibreOffice where it is installed. The even page is certain whatever the
    reader's Word makes of the text before; the missing number is as LibreOffice counts. Equal input gives equal bytes on
    one machine.
    """
    rendered = render(document, template)
    if document.imprint is None or (convert is None and office_program() is None):
        return Counted(rendered, None)
    try:
        pdf = (convert or partial(to_pdf, time_limit_s=_TIME_LIMIT_S))(rendered.data)
        is_after_blank = is_page_empty(pdf, -2)
    except TongbaoError:
        return Counted(rendered, None)
    if is_after_blank:
        return Counted(render(document, template, imprint=ImprintPage.AFTER_BLANK), None)
    return Counted(rendered, pdf)
