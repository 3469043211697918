"""Workbooks (.xlsx, .xls, .ods) to grids, through calamine."""

from __future__ import annotations

import subprocess
import sys
import xml.parsers.expat
import zipfile
from io import BytesIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from tongbao.errors import FileRefused, Place
from tongbao.intake.grid import Grid, is_blank, rows_to_grid
from tongbao.intake.guard import Content, Delivered, damaged, password_protected

MAX_CELLS = 12_000_000
"""Cells kept of one sheet; beyond it a .csv is the way."""
MAX_MERGES = 100_000
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_Merge = tuple[int, int, int, int]

# calamine lays a sheet out as a dense block before handing it over: one stray cell in XFD1048576 makes it ask for
# 512 GiB, and the allocator then aborts the whole process. A child with bounded memory and time tries it first.
_REHEARSAL = """
import io, sys
try:
    import resource
    for limit, value in ((resource.RLIMIT_AS, 1536 << 20), (resource.RLIMIT_CPU, 60), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(limit)[1]
        resource.setrlimit(limit, (value if hard < 0 else min(value, hard), hard))
except ImportError:
    pass
import python_calamine as calamine
try:
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    for index, sheet in enumerate(book.sheets_metadata):
        if sheet.typ == calamine.SheetTypeEnum.WorkSheet:
            book.get_sheet_by_index(index).merged_cell_ranges
except MemoryError:
    sys.exit(5)
except calamine.PasswordError:
    sys.exit(3)
except BaseException:
    sys.exit(4)
"""
_PASSWORD, _DAMAGED = 3, 4


def read_sheets(delivered: Delivered) -> list[Grid]:
    """Every worksheet with its non-blank rows, in workbook order; chart and macro sheets are left out.

    Raises FileRefused for workbooks that are protected, damaged or lie about their extent.
    """
    place = Place(file=delivered.name)
    _rehearse(delivered.data, place)
    merges = _ods_merges(delivered.data) if delivered.content is Content.ODS else {}
    try:
        with CalamineWorkbook.from_filelike(BytesIO(delivered.data)) as book:
            return [
                _grid(book.get_sheet_by_index(index), merges.get(index), sheet.visible != SheetVisibleEnum.Visible, place)
                for index, sheet in enumerate(book.sheets_metadata)
                if sheet.typ == SheetTypeEnum.WorkSheet
            ]
    except PasswordError as error:
        raise password_protected(place) from error
    except CalamineError as error:
        raise damaged(place) from error


def _rehearse(data: bytes, place: Place) -> None:
    command = [sys.executable, "-P", "-c", _REHEARSAL]
    quiet = subprocess.DEVNULL
    try:
        outcome = subprocess.run(command, input=data, stdout=quiet, stderr=quiet, timeout=180).returncode
    except subprocess.TimeoutExpired as error:
        raise _too_large(place) from error
    if outcome == _PASSWORD:
        raise password_protected(place)
    if outcome == _DAMAGED:
        raise damaged(place)
    if outcome != 0:
        raise _too_large(place)


def _too_large(place: Place) -> FileRefused:
    remedy = "请删除表格下方和右侧多余的行、列（选中后整行整列删除），另存后报送；确有大量数据的，请用 .csv 报送"
    return FileRefused("工作表的数据区过大，读取时超出内存或时间上限", remedy=remedy, place=place)


def _grid(sheet: CalamineSheet, merges: tuple[_Merge, ...] | None, is_hidden: bool, place: Place) -> Grid:
    offset = sheet.start[1] if sheet.start else 0
    rows: list[list[object]] = []
    numbers: list[int] = []
    blank: object = None
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        # One blank row may be repeated to the end of the sheet, a million times.
        if cells == blank:
            continue
        row: list[object] = [None if is_blank(cell) else cell for cell in cells]
        if any(cell is not None for cell in row):
            rows.append(row)
            numbers.append(number)
            if len(rows) * len(row) > MAX_CELLS:
                raise _too_large(Place(place.file, sheet.name))
        else:
            blank = cells
    if merges is None:
        merges = tuple((first[0], first[1], last[0], last[1]) for first, last in sheet.merged_cell_ranges or ())
    shifted = tuple((top, left - offset, bottom, right - offset) for top, left, bottom, right in merges[:MAX_MERGES])
    return rows_to_grid(sheet.name, rows, numbers, shifted, is_hidden=is_hidden)


def _ods_merges(data: bytes) -> dict[int, tuple[_Merge, ...]]:
    """Merged ranges by sheet index: calamine does not tell them for .ods."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        content = archive.read("content.xml")
    walker = _OdsWalker()
    if b"-spanned" in content:
        walker.walk(content)
    return {index: tuple(merges) for index, merges in enumerate(walker.merges)}


class _OdsWalker:
    """Walks content.xml counting rows and cells with their repetitions."""

    def __init__(self) -> None:
        self.merges: list[list[_Merge]] = []
        self._row = self._column = self._row_repeat = 0
        self._depth = 0

    def walk(self, content: bytes) -> None:
        parser = xml.parsers.expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.Parse(content, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == _TABLE + "table":
            self._depth += 1
            if self._depth == 1:
                self.merges.append([])
                self._row = 0
        elif name == _TABLE + "table-row" and self._depth == 1:
            self._column = 0
            self._row_repeat = int(attributes.get(_TABLE + "number-rows-repeated", 1))
        elif name in (_TABLE + "table-cell", _TABLE + "covered-table-cell") and self._depth == 1:
            self._cell(attributes)

    def _cell(self, attributes: dict[str, str]) -> None:
        rows = int(attributes.get(_TABLE + "number-rows-spanned", 1))
        columns = int(attributes.get(_TABLE + "number-columns-spanned", 1))
        if rows > 1 or columns > 1:
            self.merges[-1].append((self._row, self._column, self._row + rows - 1, self._column + columns - 1))
        self._column += int(attributes.get(_TABLE + "number-columns-repeated", 1))

    def _end(self, name: str) -> None:
        if name == _TABLE + "table":
            self._depth -= 1
        elif name == _TABLE + "table-row" and self._depth == 1:
            self._row += self._row_repeat
