"""What goes back to the office: the rejected rows in its own columns, and the accepted rows as Parquet."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from tongbao.intake.validate import PROBLEM_COLUMNS, Validation, office_titles

if TYPE_CHECKING:
    from tongbao.intake.normalise import Normalised
    from tongbao.intake.read import RawTable

ROWS_A_SHEET = 1_000_000
"""Excel opens 1,048,576 rows; what is beyond goes to a further sheet."""
ADDED_HEADERS = ("行号", "字段", "原因")

_LONGEST_CELL = 32_767
_CUT = "…（过长，已截断，全文见原文件）"
_LARGEST_NUMBER = 1e15  # beyond 15 digits Excel rounds: site codes and the like stay texts
_MADE_ON = datetime(2020, 1, 1)  # a fixed date, so that equal rows make equal bytes
_ADDED_WIDTHS = (8, 18, 60)
_FONT = {"font_name": "宋体", "font_size": 11, "valign": "top"}
_FAULT = {"bg_color": "#FBE3E0"}
_FORMS: dict[str, dict[str, Any]] = {
    "header": {"bold": True, "border": 1, "text_wrap": True, "bg_color": "#DCE6F1"},
    "plain": {},
    # The quote prefix keeps a text a text even after someone edits the cell.
    "text": {"num_format": "@", "quote_prefix": True},
    "day": {"num_format": "yyyy-mm-dd"},
    "instant": {"num_format": "yyyy-mm-dd hh:mm:ss"},
    "added": {"text_wrap": True, "bg_color": "#FDF5E6"},
}


def accepted_parquet(normalised: Normalised, validation: Validation) -> bytes:
    """Return the accepted rows as Parquet: the feed's schema plus ``row_number`` int32, in delivered order."""
    table = accepted_table(normalised, validation)
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", version="2.6")
    return sink.getvalue()


def accepted_table(normalised: Normalised, validation: Validation) -> pa.Table:
    keep = ~validation.is_rejected
    schema = normalised.table.feed.schema
    table = pa.Table.from_pandas(normalised.frame[keep], schema=schema, preserve_index=False, safe=True)
    numbers = pa.array(np.asarray(normalised.table.row_numbers)[keep], pa.int32())
    return table.append_column(pa.field("row_number", pa.int32()), numbers).replace_schema_metadata(None)


def problems_by_row(problems: pd.DataFrame, titles: dict[str, str]) -> pd.DataFrame:
    """Join the problems of each row: position, columns (tuple of names), fields, values, reasons; ascending positions."""
    lines: dict[int, tuple[dict[str, str], dict[str, None]]] = {}
    for position, column, value, reason in problems[PROBLEM_COLUMNS].itertuples(index=False, name=None):
        cells, reasons = lines.setdefault(int(position), ({}, {}))
        cells.setdefault(column, value)
        reasons[reason] = None
    ordered = sorted(lines.items())
    return pd.DataFrame(
        {
            "position": np.array([position for position, _ in ordered], np.int64),
            "columns": [tuple(cells) for _, (cells, _) in ordered],
            "fields": ["、".join(titles.get(name, name) for name in cells) for _, (cells, _) in ordered],
            "values": ["、".join(value for value in cells.values() if value) for _, (cells, _) in ordered],
            "reasons": ["；".join(reasons) for _, (_, reasons) in ordered],
        }
    )


def rejected_workbook(raw: RawTable, validation: Validation) -> bytes:
    """Write the rejected rows as .xlsx: the office's columns as delivered, then 行号、字段、原因; cells at fault are tinted.

    Texts stay texts whatever they begin with: none becomes a formula, a link or a number. Equal input gives equal bytes.
    """
    rows = problems_by_row(validation.rejects, office_titles(raw))
    sink = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    # constant_memory: a national file rejected whole must not need a gigabyte.
    workbook = xlsxwriter.Workbook(sink, options | {"constant_memory": True})
    workbook.set_properties({"title": "退回的行", "created": _MADE_ON})
    formats = {
        (kind, fault): workbook.add_format(_FONT | form | (_FAULT if fault else {}))
        for kind, form in _FORMS.items()
        for fault in (False, True)
    }
    for start in range(0, max(len(rows), 1), ROWS_A_SHEET):
        _write_sheet(workbook, raw, rows.iloc[start : start + ROWS_A_SHEET], formats)
    workbook.close()
    return sink.getvalue()


def _write_sheet(workbook: Any, raw: RawTable, rows: pd.DataFrame, formats: dict[tuple[str, bool], Any]) -> None:
    sheet = workbook.add_worksheet()
    headers = [str(header) for header in raw.original.columns]
    width = len(headers)
    delivered = raw.original.iloc[rows["position"].to_numpy()]
    for index, wide in enumerate(_widths(headers, delivered)):
        sheet.set_column(index, index, wide)
    for offset, wide in enumerate(_ADDED_WIDTHS):
        sheet.set_column(width + offset, width + offset, wide)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(rows), 1), width + len(ADDED_HEADERS) - 1)
    for index, header in enumerate([*headers, *ADDED_HEADERS]):
        sheet.write_string(0, index, header, formats["header", index >= width])
    place = {name: headers.index(header) for name, header in raw.headers.items() if header in headers}
    numbers = np.asarray(raw.row_numbers)[rows["position"].to_numpy()]
    lines = zip(
        delivered.itertuples(index=False, name=None), numbers, rows["columns"], rows["fields"], rows["reasons"], strict=True
    )
    for row, (cells, number, columns, fields, reasons) in enumerate(lines, start=1):
        faulty = {place[name] for name in columns if name in place}
        for index, cell in enumerate(cells):
            _write_cell(sheet, row, index, cell, index in faulty, formats)
        sheet.write_number(row, width, int(number), formats["added", False])
        sheet.write_string(row, width + 1, fields, formats["added", False])
        sheet.write_string(row, width + 2, reasons[:_LONGEST_CELL], formats["added", False])


def _write_cell(sheet: Any, row: int, index: int, cell: Any, fault: bool, formats: dict[tuple[str, bool], Any]) -> None:
    if isinstance(cell, np.generic):
        cell = cell.item()
    match cell:
        case datetime():
            # Excel knows no time zones and nothing before 1900; such a cell keeps its text.
            if cell.tzinfo is None and cell.year >= 1900:
                sheet.write_datetime(row, index, cell, formats["instant", fault])
                return
        case date():
            if cell.year >= 1900:
                sheet.write_datetime(row, index, datetime.combine(cell, time()), formats["day", fault])
                return
        case bool():
            sheet.write_boolean(row, index, cell, formats["plain", fault])
            return
        case int() | float() if math.isfinite(cell) and abs(cell) < _LARGEST_NUMBER:
            sheet.write_number(row, index, cell, formats["plain", fault])
            return
    text = "" if is_missing(cell) else str(cell)
    if text:
        sheet.write_string(row, index, _fitting(text), formats["text", fault])
    elif fault:
        sheet.write_blank(row, index, None, formats["plain", fault])


def is_missing(cell: Any) -> bool:
    return cell is None or cell is pd.NaT or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell))


def _fitting(text: str) -> str:
    """Cut what a cell cannot hold; the whole of it is in the kept original."""
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - len(_CUT)] + _CUT


def _widths(headers: list[str], rows: pd.DataFrame) -> Iterable[int]:
    """Width of each column in characters, from its header and first rows; Chinese characters count twice."""
    for index, header in enumerate(headers):
        texts = [header, *(str(cell) for cell in rows.iloc[:100, index] if not is_missing(cell))]
        yield min(max(_display_length(text) for text in texts) + 2, 40)


def _display_length(text: str) -> int:
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text[:60])
