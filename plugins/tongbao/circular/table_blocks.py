"""From a table's description and the figures to a small table with its caption: the document model's paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tongbao.circular.blocks import TableSpec
from tongbao.circular.document import AnnexColumn, Cell, Paragraph, Span, Table
from tongbao.circular.phrasing import Phrasing

_NUMBER = re.compile(r"\bnumber\b")


def table_paragraph(spec: TableSpec, phrasing: Phrasing, where: str, **values: Any) -> Paragraph | None:
    """Fill one table, its caption above it; None where too few members have figures.

    ``values``: what its wording may name beside the row's ``item``. Raises ConfigurationError naming ``where`` when its
    wording and the figures do not meet.
    """
    members = [
        member
        for member in phrasing.members(spec.each, where, **values)
        if phrasing.holds(spec.show_when, where, item=member, **values)
    ]
    if len(members) < spec.at_least:
        return None

    def row(member: Any, number: str, *, total: bool = False) -> Iterator[Cell]:
        for column in spec.columns:
            wording = (column.total or column.text) if total else column.text
            spans = phrasing.spans(f"[[{wording}]]", where, item=member, number=number, **values)
            # A total has no place among the rows, which is nothing missing.
            yield spans or (Span("" if total and _NUMBER.search(wording) else column.missing),)

    rows = [tuple(row(member, str(number))) for number, member in enumerate(members, start=1)]
    totals = phrasing.members(f"[{spec.total}]", where, **values) if spec.total else ()
    rows += [tuple(row(total, "", total=True)) for total in totals]
    columns = tuple(AnnexColumn(str(place), c.title, c.width, c.align) for place, c in enumerate(spec.columns))
    return Paragraph(phrasing.spans(spec.title, where, **values), table=Table(columns, tuple(rows)))
