"""Write small untidy sheets as .xlsx, .ods, .xls and .csv with reproducible bytes.

A cell is text, a number, a day, an instant or None; days and instants become real date cells.
"""

from __future__ import annotations

import csv
import io
import struct
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter

Cell = str | int | float | date | datetime | None
Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column; from 0."""

WRITTEN_ON = datetime(2020, 1, 1)
_EPOCH = date(1899, 12, 30)


@dataclass
class Sheet:
    """One sheet as delivered; ``header`` is the position of its header row, kept for emphasis only."""

    name: str
    rows: list[list[Cell]]
    header: int = 0
    merges: list[Merge] = field(default_factory=list)


def serial(moment: date | datetime) -> float:
    """The Excel serial of a day or instant in the 1900 system."""
    day = moment.date() if isinstance(moment, datetime) else moment
    share = (moment.hour * 3600 + moment.minute * 60 + moment.second) / 86400 if isinstance(moment, datetime) else 0.0
    return (day - _EPOCH).days + share


# ---------------------------------------------------------------- .xlsx


def write_xlsx(path: Path, sheets: list[Sheet], author: str = "示例旗政务服务局") -> None:
    """Write a workbook whose properties and zip entries carry fixed dates."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"author": author, "created": WRITTEN_ON})
        looks = {
            "title": book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"}),
            "header": book.add_format({"bold": True, "border": 1, "align": "center", "text_wrap": True, "bg_color": "#D9E2F3"}),
            "body": book.add_format({"border": 1, "valign": "vcenter"}),
            "day": book.add_format({"border": 1, "valign": "vcenter", "num_format": "yyyy-mm-dd"}),
            "instant": book.add_format({"border": 1, "valign": "vcenter", "num_format": "yyyy-mm-dd hh:mm"}),
            "plain": book.add_format({}),
        }
        for sheet in sheets:
            _fill_xlsx(book.add_worksheet(sheet.name), sheet, looks)


def _fill_xlsx(target: xlsxwriter.worksheet.Worksheet, sheet: Sheet, looks: dict[str, object]) -> None:
    for merge in sheet.merges:
        target.merge_range(*merge, "", looks["title" if merge[0] < sheet.header else "body"])
    for number, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            if cell is not None:
                target.write(number, column, _xlsx_value(cell), looks[_look(sheet, number, cell)])
    width = max((len(row) for row in sheet.rows), default=1)
    for column in range(width):
        texts = [str(row[column]) for row in sheet.rows[sheet.header :] if column < len(row) and row[column] is not None]
        target.set_column(column, column, min(44, max([6, *(len(text) * 1.6 for text in texts)])))


def _xlsx_value(cell: Cell) -> str | float | int | None:
    return serial(cell) if isinstance(cell, date) else cell


def _look(sheet: Sheet, number: int, cell: Cell) -> str:
    if number < sheet.header:
        return "title"
    if number == sheet.header:
        return "header"
    if isinstance(cell, datetime):
        return "instant"
    return "day" if isinstance(cell, date) else "body"


# ---------------------------------------------------------------- .ods

_ODS_MIME = "application/vnd.oasis.opendocument.spreadsheet"
_ODS_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    f' manifest:version="1.2"><manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS_MIME}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)
_ODS_OPEN = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content office:version="1.2"'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
)
_ODS_CLOSE = "</office:spreadsheet></office:body></office:document-content>"


def write_ods(path: Path, sheets: list[Sheet]) -> None:
    """Write an OpenDocument spreadsheet; merged cells are not supported."""
    tables = "".join(
        f"<table:table table:name={quoteattr(sheet.name)}>"
        + "".join("<table:table-row>" + "".join(map(_ods_cell, row)) + "</table:table-row>" for row in sheet.rows)
        + "</table:table>"
        for sheet in sheets
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, text, method in (
            ("mimetype", _ODS_MIME, zipfile.ZIP_STORED),
            ("META-INF/manifest.xml", _ODS_MANIFEST, zipfile.ZIP_DEFLATED),
            ("content.xml", _ODS_OPEN + tables + _ODS_CLOSE, zipfile.ZIP_DEFLATED),
        ):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text, method)


def _ods_cell(cell: Cell) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, date):
        kind = f'office:value-type="date" office:date-value="{cell.isoformat()}"'
        return f"<table:table-cell {kind}><text:p>{cell.isoformat()}</text:p></table:table-cell>"
    if isinstance(cell, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'


# ---------------------------------------------------------------- .xls (BIFF8 in a compound file)

_SECTOR = 512
_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DAY_LOOK, _INSTANT_LOOK, _BODY_LOOK = 16, 17, 15
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def write_xls(path: Path, sheets: list[Sheet]) -> None:
    """Write the workbook of Excel 97, as older office machines still send it (at most 60 kB of content)."""
    bodies = [_biff_sheet(sheet) for sheet in sheets]
    names = [
        _record(0x85, struct.pack("<IBBBB", 0, 0, 0, len(name), 1) + name.encode("utf-16-le"))
        for name in (s.name for s in sheets)
    ]
    head, tail = _biff_head(), _record(0x0A, b"")
    offset = len(head) + sum(map(len, names)) + len(tail)
    directory = b""
    for name, body in zip(names, bodies, strict=True):
        directory += name[:4] + struct.pack("<I", offset) + name[8:]
        offset += len(body)
    path.write_bytes(_compound(head + directory + tail + b"".join(bodies)))


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _biff_head() -> bytes:
    font = struct.pack("<HHHHHBBBBBB", 220, 0, 0x7FFF, 400, 0, 0, 0, 134, 0, 2, 1) + "宋体".encode("utf-16-le")
    styles = [struct.pack("<HHHBBBBIIH", 0, 0, 0xFFF5, 0x20, 0, 0, 0, 0, 0, 0x20C0)] * 15
    cells = [struct.pack("<HHHBBBBIIH", 0, look, 1, 0x20, 0, 0, 0, 0, 0, 0x20C0) for look in (0, 14, 22)]
    return b"".join(
        [
            _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 0x07CC, 0, 6)),
            _record(0x42, struct.pack("<H", 0x4B0)),
            _record(0x3D, struct.pack("<HHHHHHHHH", 0, 0, 0x4000, 0x2000, 0x38, 0, 0, 1, 600)),
            *[_record(0x31, font)] * 5,
            *[_record(0xE0, look) for look in styles + cells],
            _record(0x293, struct.pack("<HBB", 0x8000, 0, 0xFF)),
        ]
    )


def _biff_sheet(sheet: Sheet) -> bytes:
    width = max(map(len, sheet.rows))
    parts = [
        _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0x0DBB, 0x07CC, 0, 6)),
        _record(0x200, struct.pack("<IIHHH", 0, len(sheet.rows), 0, width, 0)),
    ]
    parts += [_biff_cell(r, c, cell) for r, row in enumerate(sheet.rows) for c, cell in enumerate(row) if cell is not None]
    parts.append(_record(0x23E, struct.pack("<HHHIHHI", 0x6B6, 0, 0, 0x40, 0, 0, 0)))
    if sheet.merges:
        ranges = b"".join(struct.pack("<HHHH", r1, r2, c1, c2) for r1, c1, r2, c2 in sheet.merges)
        parts.append(_record(0xE5, struct.pack("<H", len(sheet.merges)) + ranges))
    return b"".join([*parts, _record(0x0A, b"")])


def _biff_cell(row: int, column: int, cell: str | float | date) -> bytes:
    if isinstance(cell, str):
        return _record(0x204, struct.pack("<HHHHB", row, column, _BODY_LOOK, len(cell), 1) + cell.encode("utf-16-le"))
    look = _BODY_LOOK
    if isinstance(cell, date):
        look = _INSTANT_LOOK if isinstance(cell, datetime) else _DAY_LOOK
        cell = serial(cell)
    return _record(0x203, struct.pack("<HHHd", row, column, look, cell))


def _compound(stream: bytes) -> bytes:
    # Streams under 4096 bytes would have to live in a mini stream: padding keeps this writer small.
    size = -(-max(len(stream), 4096) // _SECTOR) * _SECTOR
    count = size // _SECTOR
    if count + 2 > _SECTOR // 4:
        raise ValueError(f"workbook of {len(stream)} bytes needs a second allocation sector")
    table = [_FAT, _END, *range(3, count + 2), _END]
    table += [_FREE] * (_SECTOR // 4 - len(table))
    header = _SIGNATURE + struct.pack("<16xHHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    entries = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, 2, size)
    entries += (b"\x00" * 64 + b"\x00" * 2 + b"\x00\x00" + b"\xff" * 12 + b"\x00" * 48) * 2
    return header + struct.pack("<128I", *table) + entries + stream.ljust(size, b"\x00")


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    return struct.pack("<64sHBBIII16xI8x8xIQ", text, len(text), kind, 1, _FREE, _FREE, child, 0, start, size)


# ---------------------------------------------------------------- .csv


def write_csv(path: Path, rows: list[list[str]], encoding: str) -> None:
    """Write rows with CRLF line ends, as spreadsheet programs on office machines do."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    path.write_bytes(buffer.getvalue().encode(encoding))
