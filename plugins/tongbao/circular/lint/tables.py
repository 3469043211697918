"""Annex tables: what keeps them readable over pages, and what Word cannot open."""

from __future__ import annotations

from collections.abc import Iterator

from tongbao.circular import gongwen as gw
from tongbao.circular.lint.anatomy import Anatomy
from tongbao.circular.lint.effective import is_on, number, whole
from tongbao.circular.lint.fault import Fault
from tongbao.circular.lint.reading import Para, Reading, Section, Table
from tongbao.circular.lint.rules import fault
from tongbao.circular.ooxml import Element, w

_TALL_LINES = 8
_LONG = 12
"""Rows from which a table may well run over a page."""


def check(reading: Reading, anatomy: Anatomy) -> Iterator[Fault]:
    for table in reading.tables:
        yield from _cells(table)
        yield from _width(table, _section_of(reading, table))
        if len(table.rows) >= _LONG:
            yield from _over_pages(table)


def _section_of(reading: Reading, table: Table) -> Section:
    after = reading.blocks[reading.blocks.index(table) :]
    para = next((block for block in after if isinstance(block, Para)), None)
    return reading.sections[-1] if para is None else reading.section_of(para)


def _set(row: Element, name: str) -> bool:
    found = row.find(f"{w('trPr')}/{w(name)}")
    return found is not None and is_on({"val": str(found.get(w("val"), "1"))})


def _over_pages(table: Table) -> Iterator[Fault]:
    repeated = [_set(row, "tblHeader") for row in table.rows]
    heads = repeated.index(False) if False in repeated else len(repeated)
    if not repeated[0]:
        yield fault("table-header", table.spot, f"{len(table.rows)}行的表格没有重复标题行")
    elif any(repeated[heads:]):
        yield fault("table-header", table.spot, "重复标题行不是从首行起连续设置")
    loose = sum(not _set(row, "cantSplit") and not _is_tall(row) for row in table.rows)
    if loose:
        yield fault("table-rows", table.spot, f"有{loose}行允许跨页断行")


def _is_tall(row: Element) -> bool:
    """Whether a cell has so many lines that the row had better run over to the next page."""
    for cell in row.iterfind(w("tc")):
        width = cell.find(f"{w('tcPr')}/{w('tcW')}")
        twips = 0.0 if width is None else number(width.get(w("w"))) or 0.0
        text = "".join(text.text or "" for text in cell.iter(w("t")))
        if twips > 0 and gw.characters(text) * gw.SIZE_5 * 10 / twips > _TALL_LINES:
            return True
    return False


def _cells(table: Table) -> Iterator[Fault]:
    columns = len(table.element.findall(f"{w('tblGrid')}/{w('gridCol')}"))
    uneven, empty = [], []
    for place, row in enumerate(table.rows, start=1):
        if columns and _width_in_columns(row) != columns:
            uneven.append(place)
        if any(cell.find(w("p")) is None and next(cell.iter(w("p")), None) is None for cell in row.iterfind(w("tc"))):
            empty.append(place)
    if uneven:
        yield fault("table-cells", table.spot, f"第{uneven[0]}行{'等' if len(uneven) > 1 else ''}的单元格数与{columns}列不符")
    if empty:
        yield fault("table-empty-cell", table.spot, f"第{empty[0]}行有不含段落的单元格")


def _width_in_columns(row: Element) -> int:
    def value(path: str) -> int:
        found = row.find(path)
        return 0 if found is None else whole(found.get(w("val")), 0)

    spans = 0
    for cell in (*row.iterfind(w("tc")), *row.iterfind(f"{w('sdt')}/{w('sdtContent')}/{w('tc')}")):
        span = cell.find(f"{w('tcPr')}/{w('gridSpan')}")
        spans += 1 if span is None else whole(span.get(w("val")), 1)
    return spans + value(f"{w('trPr')}/{w('gridBefore')}") + value(f"{w('trPr')}/{w('gridAfter')}")


def _width(table: Table, section: Section) -> Iterator[Fault]:
    room = gw.PAGE_HEIGHT - gw.MARGIN_TOP - gw.MARGIN_BOTTOM if section.is_landscape else gw.TEXT_WIDTH
    width = sum(number(column.get(w("w"))) or 0.0 for column in table.element.findall(f"{w('tblGrid')}/{w('gridCol')}"))
    # Word lets cell margins stand out on both sides of a table of full width.
    if width > room + 2 * 115:
        yield fault("table-width", table.spot, f"宽{width / gw.TWIPS_PER_MM:.0f}毫米，版心宽{room / gw.TWIPS_PER_MM:.0f}毫米")
