"""Small tables in the text: drawn like annex tables, with every printed figure in a bookmark of its own."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from tongbao.circular.annex import ROOMY_COLUMNS, RowPrototype, TablePrototype
from tongbao.circular.annex_columns import column_widths
from tongbao.circular.bookmarks import Bookmarks
from tongbao.circular.document import AnnexColumn, Cell, Span, Table
from tongbao.circular.gongwen import SIZE_5, SIZE_SMALL_4, StyleName
from tongbao.circular.ooxml import NAMESPACES, Element, element, parse, printable, put_property, run_xml, w
from tongbao.circular.styles import Styles

KEPT_TOGETHER = 20
"""Rows up to which a table stays on one page with its caption."""


def draw_table(
    caption: Sequence[Span], table: Table, prototype: TablePrototype, styles: Styles, bookmarks: Bookmarks, width: int
) -> list[Element]:
    """The table, ``width`` twips wide, its caption the first row, and the hair line that must follow it."""
    small = len(table.columns) > ROOMY_COLUMNS
    texts = [["".join(span.text for span in cell) for cell in row] for row in table.rows]
    widths = column_widths(table.columns, width, texts, character=10 * (SIZE_5 if small else SIZE_SMALL_4))
    head_style = styles.id_of(StyleName.TABLE_HEAD_SMALL) if small else ""
    cell_style = styles.id_of(StyleName.TABLE_CELL_SMALL) if small else ""
    head, data = _Rows(prototype.head, bookmarks), _Rows(prototype.data, bookmarks)
    head.open(table.columns, widths, head_style, head=True)
    data.open(table.columns, widths, cell_style, head=False)
    drawn = _parsed(f"<w:tbl>{prototype.sized(width)}</w:tbl>")
    grid = element("tblGrid")
    grid.extend([element("gridCol", w=column) for column in widths])
    drawn.append(grid)
    if caption:
        drawn.append(_caption(head.row([tuple(caption)], styles.id_of(StyleName.TABLE_HEAD)), len(widths), width))
    drawn.append(head.row([(Span(column.title),) for column in table.columns]))
    drawn.extend([data.row(row) for row in table.rows])
    kept = drawn.findall(w("tr"))[:-1] if len(table.rows) <= KEPT_TOGETHER else []
    for paragraph in [paragraph for row in kept for paragraph in row.iter(w("p"))]:
        put_property(paragraph, element("keepNext"))
    return [drawn, styles.hair_paragraph()]


def _caption(row: Element, columns: int, width: int) -> Element:
    """Make a row of one cell the caption: as wide as the table, without borders but the one the head row shares."""
    for properties in row.iter(w("tcPr")):
        for old in properties.findall(w("tcBorders")):
            properties.remove(old)
        for size in properties.findall(w("tcW")):
            size.set(w("w"), str(width))
        borders = element("tcBorders")
        borders.extend([element(side, val="nil") for side in ("top", "left", "right")])
        properties[1:1] = [element("gridSpan", val=columns), borders]
    return row


class _Rows:
    """Rows in the looks of one row of the template's table."""

    def __init__(self, prototype: RowPrototype, bookmarks: Bookmarks) -> None:
        self._prototype, self._bookmarks = prototype, bookmarks
        self._properties = ""
        self._cells: list[Element] = []

    def open(self, columns: Sequence[AnnexColumn], widths: Sequence[int], style: str, *, head: bool) -> None:
        self._properties, openings = self._prototype.opening(columns, widths, style, head=head)
        self._cells = [_parsed(f"{opening}</w:r></w:p></w:tc>") for opening in openings]

    def row(self, cells: Sequence[Cell], style: str = "") -> Element:
        """One row; fewer cells than columns take the looks of the first columns."""
        drawn = _parsed(f"<w:tr>{self._properties}</w:tr>")
        drawn.extend([self._cell(prototype, spans) for prototype, spans in zip(self._cells, cells, strict=False)])
        for paragraph in drawn.iter(w("p")) if style else ():
            put_property(paragraph, element("pStyle", val=style))
        return drawn

    def _cell(self, prototype: Element, spans: Cell) -> Element:
        cell = copy.deepcopy(prototype)
        paragraph = cell.find(w("p"))
        run = paragraph.find(w("r")) if paragraph is not None else None
        if paragraph is None or run is None:
            return cell
        paragraph.remove(run)
        for span in spans:
            filled = copy.deepcopy(run)
            filled.extend(_parsed(f"<w:r>{run_xml(printable(span.text))}</w:r>"))
            paragraph.extend(self._bookmarks.figure(span, filled) if span.figure else [filled])
        return cell


def _parsed(text: str) -> Element:
    """An element from text that leaves the namespaces to the document's root."""
    declared = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in NAMESPACES.items())
    first, _, rest = text.partition(">")
    closed = first.endswith("/")
    return parse(f"{first.rstrip('/')} {declared}{'/' if closed else ''}>{rest}".encode())
