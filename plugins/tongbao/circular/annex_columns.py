"""How wide an annex's columns are: by their shares, yet no number, date or platform breaks over two lines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, pairwise
from typing import Any

from tongbao.circular.cells import cell_text
from tongbao.circular.document import AnnexColumn
from tongbao.circular.gongwen import characters

SHORT = 8.0
"""字 up to which a column's longest text is kept on one line."""
_LOOKED_AT = 1000
_CELL_MARGINS = 140
_WIDENING = 1.1
"""Latin digits of a stand-in font are wider than half a Chinese character."""


def column_widths(
    columns: Sequence[AnnexColumn], total: int, rows: Sequence[Sequence[Any]] = (), character: int = 240
) -> list[int]:
    """Share ``total`` twips; the parts add up to it exactly.

    ``character`` is the width of one 字 in the cells. What short columns need beyond their share the others give up, in
    proportion to what they can spare; where they cannot, the shares stand.
    """
    shares = [max(column.width, 0.0) for column in columns]
    whole = sum(shares)
    fair = [total * share / whole if whole else total / len(shares) for share in shares]
    return _rounded(_relieved(fair, _needs(columns, rows, character), total))


def _needs(columns: Sequence[AnnexColumn], rows: Sequence[Sequence[Any]], character: int) -> list[float]:
    longest = [min(characters(column.title), SHORT) for column in columns]
    looked_at = list(islice(rows, _LOOKED_AT))
    for place in range(len(columns)):
        width = max((characters(cell_text(row[place])) for row in looked_at), default=0.0)
        if longest[place] < width <= SHORT:
            longest[place] = width
    return [width * character * _WIDENING + _CELL_MARGINS for width in longest]


def _relieved(fair: list[float], needs: list[float], total: int) -> list[float]:
    if sum(needs) > total:
        return fair
    missing = sum(max(need - width, 0.0) for width, need in zip(fair, needs, strict=True))
    spare = sum(max(width - need, 0.0) for width, need in zip(fair, needs, strict=True))
    given = missing / spare if spare else 0.0
    return [need if width < need else width - (width - need) * given for width, need in zip(fair, needs, strict=True)]


def _rounded(widths: list[float]) -> list[int]:
    edges, sum_so_far = [0], 0.0
    for width in widths:
        sum_so_far += width
        edges.append(round(sum_so_far))
    return [after - before for before, after in pairwise(edges)]
