"""Pages are counted before the imprint is given a number."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from tests.tongbao.circular.documents import circular
from tongbao.circular.imprint import ImprintPage
from tongbao.circular.pagination import Counted, render_counted
from tongbao.circular.render import render
from tongbao.errors import TongbaoError
from tongbao.home import home

TEMPLATE = home() / "templates" / "circular-v1.docx"


@pytest.mark.parametrize(("texts", "is_numbered"), [(["文", "记"], True), (["文", "", "记"], False), (["记"], True)])
def test_counted_pages_decide_whether_the_imprint_bears_a_number(texts: list[str], is_numbered: bool) -> None:
    def convert(data: bytes) -> bytes:
        return pdf_of(texts)

    counted = render_counted(circular(), TEMPLATE, convert=convert)
    place = ImprintPage.OWN if is_numbered else ImprintPage.AFTER_BLANK
    assert counted.rendered.data == render(circular(), TEMPLATE, imprint=place).data
    assert counted.pdf == (pdf_of(texts) if is_numbered else None)


def test_pages_that_cannot_be_counted_are_numbered() -> None:
    def convert(data: bytes) -> bytes:
        raise TongbaoError("停了", remedy="再试")

    for conversion in (convert, lambda data: b"%PDF-broken"):
        assert render_counted(circular(), TEMPLATE, convert=conversion) == Counted(render(circular(), TEMPLATE), None)


def pdf_of(texts: list[str]) -> bytes:
    """A PDF with one page a text."""
    writer = PdfWriter()
    for text in texts:
        page = writer.add_blank_page(100, 100)
        font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
        names = {NameObject(key): NameObject(value) for key, value in font.items()}
        fonts = DictionaryObject({NameObject("/F1"): DictionaryObject(names)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        stream = DecodedStreamObject()
        stream.set_data(b"BT /F1 9 Tf (x) Tj ET" if text else b"0.1 w")
        page[NameObject("/Contents")] = stream
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()
