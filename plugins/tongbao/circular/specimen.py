"""A specimen to draw on a template: every element once, in words that say nothing."""

from __future__ import annotations

import re
from datetime import date

from tongbao.circular.blocks import BlockList
from tongbao.circular.document import (
    Annex,
    AnnexColumn,
    CircularDocument,
    Imprint,
    Letterhead,
    Paragraph,
    ParagraphStyle,
    Signature,
    Span,
)

_WORD = "示例"
_SENTENCE = _WORD * 18 + "。"
_DAY = date(2020, 10, 21)
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\[\[|\]\]", re.S)
_ROWS = 2


def specimen_annexes(blocks: BlockList | None) -> tuple[Annex, ...]:
    """The annexes of a block list with rows that say nothing; without one, a narrow upright and a wide landscape table."""
    if blocks is None or not blocks.annexes:
        return tuple(_annex(f"{_WORD}清单", 4 + 4 * landscape, landscape=bool(landscape)) for landscape in range(2))
    return tuple(
        Annex(
            _JINJA.sub("", annex.title) or _WORD,
            tuple(AnnexColumn(column.key, column.title, column.width, column.align) for column in annex.columns),
            tuple((_WORD,) * len(annex.columns) for _ in range(_ROWS)),
            note=_WORD if annex.note else "",
            landscape=annex.landscape,
        )
        for annex in blocks.annexes
    )


def specimen(annexes: tuple[Annex, ...]) -> CircularDocument:
    """A whole document with these annexes, written to the standard."""
    levels = (
        ("一、", ParagraphStyle.LEVEL1),
        ("（一）", ParagraphStyle.LEVEL2),
        ("1.", ParagraphStyle.LEVEL3),
        ("（1）", ParagraphStyle.LEVEL4),
    )
    body = [_paragraph(_SENTENCE)]
    for mark, style in levels:
        body += [_paragraph(mark + _WORD, style), _paragraph(_SENTENCE)]
    return CircularDocument(
        letterhead=Letterhead(mark=f"{_WORD}机关", document_number="示字〔2020〕1号"),
        title=f"关于{_WORD}事项的通报",
        addressees=f"各{_WORD}单位",
        body=tuple(body),
        signature=Signature(f"{_WORD}机关", _DAY),
        imprint=Imprint(f"{_WORD}机关办公室", _DAY, (f"{_WORD}单位", f"{_WORD}部门")),
        annexes=annexes,
        note=f"此件{_WORD}",
    )


def _paragraph(text: str, style: ParagraphStyle = ParagraphStyle.BODY) -> Paragraph:
    return Paragraph((Span(text),), style)


def _annex(title: str, columns: int, *, landscape: bool) -> Annex:
    heads = tuple(AnnexColumn(f"c{place}", _WORD, 1) for place in range(columns))
    rows = tuple((_WORD,) * columns for _ in range(_ROWS))
    return Annex(title, heads, rows, note="" if landscape else _WORD, landscape=landscape)
