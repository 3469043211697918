"""Documents drawn by LibreOffice, all in one start of it: starting takes longer than drawing any of them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from tests.tongbao.circular.documents import circular, plain
from tongbao.circular.document import Annex, AnnexColumn, CircularDocument, Letterhead
from tongbao.circular.imprint import ImprintPage
from tongbao.circular.pdf import to_pdfs
from tongbao.circular.render import render
from tongbao.home import home

TEMPLATE = home() / "templates" / "circular-v1.docx"
LETTER_TEMPLATE = home() / "templates" / "letter-v1.docx"
LETTERHEAD = Letterhead("示例旗政务服务局", "示政服函〔2020〕8号")


def with_full_lines() -> CircularDocument:
    """A circular of several pages, one paragraph of which fills lines from margin to margin."""
    full_lines = plain("测试正文内容每行排二十八个字并撑满版心" * 60)
    document = circular()
    return replace(document, body=(*document.body[:3], full_lines, *document.body[3:]))


def with_a_row_higher_than_the_page() -> CircularDocument:
    columns = (AnnexColumn("number", "序号", 1), AnnexColumn("sponsor", "单位", 2), AnnexColumn("problem", "问题", 2))
    rows = tuple((number, "示例旗教育局", "链接无法访问；" * (120 if number == 2 else 2)) for number in (1, 2, 3))
    return circular(annexes=(Annex("清单", columns, rows, landscape=True),))


def of_few_annexes(count: int) -> CircularDocument:
    """With no annex or with one the text before the imprint ends on an odd page or on an even one."""
    return circular(annexes=circular(imprint=None).annexes[:count])


def letter() -> CircularDocument:
    return replace(circular(), letterhead=LETTERHEAD)


def pdf_of(docx: bytes) -> bytes:
    """What LibreOffice makes of one of the documents above as ``render`` draws it."""
    return _drawn()[docx]


@cache
def _drawn() -> dict[bytes, bytes]:
    documents = [render(document, TEMPLATE).data for document in (with_full_lines(), with_a_row_higher_than_the_page())]
    for document in (of_few_annexes(0), of_few_annexes(1)):
        documents += [render(document, TEMPLATE).data, render(document, TEMPLATE, imprint=ImprintPage.AFTER_BLANK).data]
    documents.append(render(letter(), LETTER_TEMPLATE).data)
    return dict(zip(documents, to_pdfs(documents), strict=True))
