"""The annexes as a workbook, for who wants to sort, filter or import them."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import xlsxwriter

from tongbao.circular.cells import cell_text, is_unknown
from tongbao.circular.document import Align, Annex, CircularDocument
from tongbao.circular.gongwen import characters
from tongbao.circular.ooxml import printable
from tongbao.period import SHANGHAI

_SHEET_NAME_MOST = 31
_FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_RESERVED = "history"
_LONGEST_CELL = 32_767
_EXACT_INTEGERS = 10**15
_NARROWEST, _WIDEST = 6.0, 60.0
_CREATED = datetime(2000, 1, 1, tzinfo=UTC)
_HEADER_ROW = 1
_STARTS_FORMULA = tuple("=+-@\t\r")


def annex_workbook(document: CircularDocument, *, labelled: bool = True) -> bytes:
    """One sheet for each annex: title, head row (frozen, filterable), typed cells, note. Equal input gives equal bytes.

    Text stays text whatever it looks like: nothing is turned into a formula, link or number. Instants are written as they
    read in Asia/Shanghai. Unknown values are blank. ``labelled``: whether sheets are named by their 附件 number too.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties(
            {"title": printable(document.title), "author": document.signature.office, "created": _created(document)}
        )
        formats = _Formats(book)
        names: set[str] = set()
        numbered = len(document.annexes) > 1
        for number, annex in enumerate(document.annexes, start=1):
            label = f"附件{number if numbered else ''} " if labelled else ""
            sheet = book.add_worksheet(_sheet_name(f"{label}{annex.title}", names))
            _write_annex(sheet, annex, formats)
        if not document.annexes:
            book.add_worksheet(_sheet_name(document.title, names))
    return buffer.getvalue()


def _created(document: CircularDocument) -> datetime:
    try:
        stated = datetime.fromisoformat(document.properties.get("created", ""))
    except ValueError:
        day = document.signature.issued_on
        return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else _CREATED
    return stated.astimezone(UTC) if stated.tzinfo else stated.replace(tzinfo=UTC)


class _Formats:
    """The book's cell formats, one for each alignment and kind of value."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[Align, str], Any] = {}
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.head = book.add_format(
            {"bold": True, "align": "center", "valign": "vcenter", "border": 1, "text_wrap": True, "bg_color": "#F2F2F2"}
        )
        self.note = book.add_format({"valign": "top"})

    def cell(self, align: Align, kind: str = "") -> Any:
        if (align, kind) not in self._made:
            properties: dict[str, Any] = {"align": align.value, "valign": "vcenter", "border": 1, "text_wrap": True}
            if kind == "text":
                properties["quote_prefix"] = True
            elif kind:
                properties["num_format"] = kind
            self._made[align, kind] = self._book.add_format(properties)
        return self._made[align, kind]


def _write_annex(sheet: Any, annex: Annex, formats: _Formats) -> None:
    sheet.write_string(0, 0, printable(annex.title), formats.title)
    for place, column in enumerate(annex.columns):
        sheet.write_string(_HEADER_ROW, place, printable(column.title), formats.head)
    row = _HEADER_ROW
    for row, values in enumerate(annex.rows, start=_HEADER_ROW + 1):
        for place, (column, value) in enumerate(zip(annex.columns, values, strict=True)):
            _write_cell(sheet, row, place, value, column.align, formats)
    if annex.note:
        sheet.write_string(row + 2, 0, printable(annex.note), formats.note)
    _set_up(sheet, annex, row)


def _write_cell(sheet: Any, row: int, place: int, value: Any, align: Align, formats: _Formats) -> None:
    if is_unknown(value):
        sheet.write_blank(row, place, None, formats.cell(align))
    elif isinstance(value, (bool, str)):
        text = printable(cell_text(value))[:_LONGEST_CELL]
        sheet.write_string(row, place, text, formats.cell(align, "text" if text.startswith(_STARTS_FORMULA) else ""))
    elif isinstance(value, (Real, Decimal)):
        _write_number(sheet, row, place, value, formats.cell(align))
    elif isinstance(value, datetime):
        local = value.astimezone(SHANGHAI).replace(tzinfo=None) if value.tzinfo else value
        sheet.write_datetime(row, place, local, formats.cell(align, "yyyy-mm-dd hh:mm"))
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, formats.cell(align, "yyyy-mm-dd"))
    else:
        sheet.write_string(row, place, printable(str(value))[:_LONGEST_CELL], formats.cell(align, "text"))


def _write_number(sheet: Any, row: int, place: int, value: Any, form: Any) -> None:
    """Numbers a spreadsheet would round or cannot hold are written as text."""
    exact = abs(int(value)) < _EXACT_INTEGERS if isinstance(value, Integral) else math.isfinite(value)
    if exact:
        sheet.write_number(row, place, value, form)
    else:
        sheet.write_string(row, place, str(value), form)


def _set_up(sheet: Any, annex: Annex, last_row: int) -> None:
    last_column = max(len(annex.columns) - 1, 0)
    for place, column in enumerate(annex.columns):
        sheet.set_column(place, place, _width(column.title, [row[place] for row in annex.rows[:1000]]))
    sheet.freeze_panes(_HEADER_ROW + 1, 0)
    if annex.columns:
        sheet.autofilter(_HEADER_ROW, 0, last_row, last_column)
        sheet.ignore_errors({"number_stored_as_text": f"A1:{xlsxwriter.utility.xl_rowcol_to_cell(last_row, last_column)}"})
    sheet.set_paper(9)
    sheet.set_landscape() if annex.landscape else sheet.set_portrait()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEADER_ROW)


def _width(title: str, values: Sequence[Any]) -> float:
    """A column as wide as most of its texts; Excel's unit is a digit, half a Chinese character."""
    widths = sorted(characters(cell_text(value)) * 2 for value in values)
    usual = widths[int(len(widths) * 0.9)] if widths else 0.0
    return min(max(usual, characters(title) * 2, _NARROWEST) + 2, _WIDEST)


def _sheet_name(title: str, taken: set[str]) -> str:
    plain = _FORBIDDEN_IN_NAMES.sub("", printable(title).replace("\n", " ")).strip("' ") or "1"
    name, number = plain[:_SHEET_NAME_MOST].rstrip("' "), 1
    while name.lower() in taken or name.lower() == _RESERVED:
        number += 1
        name = f"{plain[: _SHEET_NAME_MOST - 4]}（{number}）"
    taken.add(name.lower())
    return name
