"""What stands between the figures: numbers without a source, periods of another time, words of a clean sweep."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from tongbao.circular.document import CircularDocument, Paragraph, Span
from tongbao.circular.gate_reading import FIGURE_PLACE, ReadParagraph
from tongbao.formatting import date_text

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PERIODS = (
    re.compile(r"\d{4}年第?[一二三四1-4]季度"),
    re.compile(r"\d{4}年[上下]半年"),
    re.compile(r"\d{4}年\d{1,2}月(?!\d)"),
    re.compile(r"\d{4}年\d{1,2}月\d{1,2}日"),
    re.compile(r"\d{4}年(?![\d第上下])"),
)
_ALWAYS_NAMED = _PERIODS[:2]
"""Quarters and half-years are named only as periods; months, days and years may be dates of something else."""
_FULL_RATE = re.compile(r"(?<![\d.])100(?:\.0+)?\s*[%％]|百分之百")
_ALL_PASS = re.compile(r"全部合格|均(?:为)?合格|未发现不合格|无不合格")


def paragraphs_of(document: CircularDocument) -> Iterator[Paragraph]:
    """All paragraphs of the model in the order they are drawn: the body and its tables' cells, then annexes' leads."""
    for paragraph in document.body:
        yield paragraph
        if paragraph.table is not None:
            yield from (Paragraph((Span(column.title),)) for column in paragraph.table.columns)
            yield from (Paragraph(cell) for row in paragraph.table.rows for cell in row)
    for annex in document.annexes:
        yield from annex.lead


def foreign_periods(text: str, period: str) -> Iterator[str]:
    """Periods named in a text other than the circular's own."""
    text = unicodedata.normalize("NFKC", text)
    own_kind = [pattern for pattern in _PERIODS if pattern.fullmatch(period)]
    for pattern in dict.fromkeys([*_ALWAYS_NAMED, *own_kind]):
        yield from (named for named in pattern.findall(text) if named != period)


def all_pass_words(text: str, *, everything_fails: bool) -> Iterator[str]:
    """Words that claim nobody failed; in words the claim may be of the other kind of subject, unless both failed."""
    yield from _FULL_RATE.findall(text)
    if everything_fails:
        yield from _ALL_PASS.findall(text)


def added_numbers(paragraphs: Sequence[ReadParagraph], document: CircularDocument) -> Iterator[tuple[ReadParagraph, str]]:
    """Numbers outside figures that the model does not hold there: typed in later, so without a source."""
    literal = Counter(number for text in _literal_texts(document) for number in _numbers(text))
    found = Counter(number for paragraph in paragraphs for number in _numbers(paragraph.outside))
    extra = found - literal
    known = {_plain(text) for text in _literal_texts(document)}
    # A number too many is sought in paragraphs that were changed first, then in those that are there twice.
    for paragraph in sorted(paragraphs, key=lambda p: _plain(p.outside) in known):
        for number in _numbers(paragraph.outside):
            if extra[number] > 0:
                extra[number] -= 1
                yield paragraph, number


def _plain(text: str) -> str:
    return "".join(text.split())


def _numbers(text: str) -> list[str]:
    return _NUMBER.findall(unicodedata.normalize("NFKC", text))


def _literal_texts(document: CircularDocument) -> Iterator[str]:
    """Everything the model prints outside figures, the front and end matter included."""
    head, imprint = document.letterhead, document.imprint
    yield from (head.document_number, head.copy_number, head.secrecy, head.urgency, head.signer, head.mark)
    yield from (document.title, document.addressees, document.note)
    issued_on = document.signature.issued_on
    yield date_text(issued_on) if issued_on else ""
    if imprint:
        yield from (imprint.printed_by, *imprint.copy_to)
        yield date_text(imprint.printed_on) if imprint.printed_on else ""
    for paragraph in paragraphs_of(document):
        yield "".join(FIGURE_PLACE if span.figure else span.text for span in paragraph.spans)
    for number, annex in enumerate(document.annexes, start=1):
        # Once in the list below the text, once as the annex's own label.
        yield from (f"{number}", f"{number}", annex.title, annex.title, annex.note)
