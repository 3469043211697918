"""Annex tables as text: rows are written straight into the document, because a tree of 20,000 rows costs gigabytes.

A long list becomes tables of 500 rows with a hair line between: Word processors take quadratic time over one long table.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tongbao.circular import gongwen as gw
from tongbao.circular.annex_columns import column_widths
from tongbao.circular.cells import cell_text
from tongbao.circular.document import Align, Annex, AnnexColumn
from tongbao.circular.gongwen import SIZE_5, SIZE_SMALL_4, StyleName
from tongbao.circular.ooxml import Element, element, fragment, put_property, run_xml, w
from tongbao.circular.placeholders import places_in
from tongbao.circular.styles import Styles

ROWS_PER_TABLE = 500
LINES_KEPT_WHOLE = 15
"""A landscape page takes 26 lines of 五号; broken web addresses may take a third more lines than counted."""
ROOMY_COLUMNS = 6
"""Tables with more columns than this are set in 五号 instead of 小四."""


@dataclass(frozen=True)
class RowPrototype:
    """One row of the template's table: how its cells look, whatever stands in them."""

    row: Element
    cell: Element
    paragraph: Element

    def opening(self, columns: Sequence[AnnexColumn], widths: Sequence[int], style: str, *, head: bool) -> tuple[str, list[str]]:
        """The row's own properties, and for each column the text up to its first run's content."""
        return fragment(self._row_properties(head=head)), [
            self._cell(column, width, style, head=head) for column, width in zip(columns, widths, strict=True)
        ]

    def _row_properties(self, *, head: bool) -> Element:
        found = self.row.find(w("trPr"))
        properties = copy.deepcopy(found) if found is not None else element("trPr")
        for name in ("cantSplit", *(["tblHeader"] if head else [])):
            if properties.find(w(name)) is None:
                properties.append(element(name))
        return properties

    def _cell(self, column: AnnexColumn, width: int, style: str, *, head: bool) -> str:
        found = self.cell.find(w("tcPr"))
        cell_properties = copy.deepcopy(found) if found is not None else element("tcPr")
        for old in (*cell_properties.findall(w("tcW")), *cell_properties.findall(w("gridSpan"))):
            cell_properties.remove(old)
        cell_properties.insert(0, element("tcW", w=width, type="dxa"))
        paragraph = element("p")
        properties = self.paragraph.find(w("pPr"))
        if properties is not None:
            paragraph.append(copy.deepcopy(properties))
        if style:
            put_property(paragraph, element("pStyle", val=style))
        if not head:
            put_property(paragraph, element("jc", val=column.align.value if column.align != Align.LEFT else "left"))
        run = self.paragraph.find(w("r"))
        run_properties = "" if run is None else fragment(run.find(w("rPr")))
        return f"<w:tc>{fragment(cell_properties)}<w:p>{fragment(paragraph.find(w('pPr')))}<w:r>{run_properties}"


_KEPT_WHOLE = "<w:cantSplit/>"
_CELL_END = "</w:r></w:p></w:tc>"
_DASH = "—"
_LEFT, _CENTRED = '<w:jc w:val="left"/>', '<w:jc w:val="center"/>'


@dataclass(frozen=True)
class TablePrototype:
    """The template's annex table: its borders and margins, a head row and a data row."""

    properties: Element
    head: RowPrototype
    data: RowPrototype

    @classmethod
    def read(cls, table: Element) -> TablePrototype | None:
        """Find the two rows by their places ``{{ annex_header }}`` and ``{{ annex_cell }}``."""
        rows: dict[str, RowPrototype] = {}
        for row in table.findall(w("tr")):
            for cell in row.findall(w("tc")):
                for paragraph in cell.findall(w("p")):
                    rows.update((place, RowPrototype(row, cell, paragraph)) for place in places_in(paragraph))
        properties = table.find(w("tblPr"))
        if properties is None or "annex_header" not in rows or "annex_cell" not in rows:
            return None
        return cls(properties, rows["annex_header"], rows["annex_cell"])

    def sized(self, width: int) -> str:
        properties = copy.deepcopy(self.properties)
        for name, made in (
            ("tblW", element("tblW", w=width, type="dxa")),
            ("tblLayout", element("tblLayout", type="fixed")),
        ):
            old = properties.find(w(name))
            if old is not None:
                properties.replace(old, made)
        return fragment(properties)


def table_rows(
    rows: Iterable[Sequence[Any]], row_properties: str, openings: Sequence[str], most: Sequence[float] | None = None
) -> Iterator[str]:
    """Each row as XML. Rows shorter or longer than the columns are a mistake of the caller: ValueError.

    Rows with a text longer than ``most`` characters of its column may break over pages: kept whole, a row higher than the page
    would lose its end. A dash, which stands for nothing to say, is centred in every column.
    """
    breakable = row_properties.replace(_KEPT_WHOLE, "")
    limits = most or [float("inf")] * len(openings)
    centred = [opening.replace(_LEFT, _CENTRED) for opening in openings]
    for row in rows:
        if len(row) != len(openings):
            raise ValueError(f"a row of {len(row)} cells in a table of {len(openings)} columns")
        texts = [cell_text(value) for value in row]
        is_long = any(len(text) > limit and gw.characters(text) > limit for text, limit in zip(texts, limits, strict=True))
        places = [middle if text == _DASH else side for text, side, middle in zip(texts, openings, centred, strict=True)]
        cells = "".join([f"{opening}{run_xml(text)}{_CELL_END}" for opening, text in zip(places, texts, strict=True)])
        yield f"<w:tr>{breakable if is_long else row_properties}{cells}</w:tr>"


def tables_xml(annex: Annex, prototype: TablePrototype, styles: Styles, width: int) -> Iterator[str]:
    """The annex's rows in tables of at most 500, each with the head row, ``width`` twips wide in all."""
    small = len(annex.columns) > ROOMY_COLUMNS
    character = 10 * (SIZE_5 if small else SIZE_SMALL_4)
    widths = column_widths(annex.columns, width, annex.rows, character=character)
    head_style = styles.id_of(StyleName.TABLE_HEAD_SMALL) if small else ""
    cell_style = styles.id_of(StyleName.TABLE_CELL_SMALL) if small else ""
    head_properties, head_openings = prototype.head.opening(annex.columns, widths, head_style, head=True)
    row_properties, openings = prototype.data.opening(annex.columns, widths, cell_style, head=False)
    head = "".join(table_rows([[column.title for column in annex.columns]], head_properties, head_openings))
    grid = "".join(f'<w:gridCol w:w="{column}"/>' for column in widths)
    opening = f"<w:tbl>{prototype.sized(width)}<w:tblGrid>{grid}</w:tblGrid>{head}"
    rows = table_rows(annex.rows, row_properties, openings, [LINES_KEPT_WHOLE * column / character for column in widths])
    for start in range(0, len(annex.rows), ROWS_PER_TABLE):
        if start:
            yield styles.hair_line
        yield opening
        yield from islice(rows, ROWS_PER_TABLE)
        yield "</w:tbl>"
