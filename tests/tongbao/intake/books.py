"""Builds the workbooks the reader's tests deliver: .xlsx, .ods, .xls and broken ones."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl

Rows = Sequence[Sequence[object]]
ROSTER_HEADER = ["标识码", "平台类型", "名称", "主办单位"]
ROSTER_ROW = ["slq_wx", "微信公众号", "示例旗发布", "示例旗人民政府办公室"]
_SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def xlsx(path: Path, sheets: Mapping[str, Rows] | Rows, merges: Mapping[str, Sequence[str]] | Sequence[str] = ()) -> Path:
    """An .xlsx; rows given without a sheet name go to Sheet1."""
    named = sheets if isinstance(sheets, Mapping) else {"Sheet1": sheets}
    merged = merges if isinstance(merges, Mapping) else {"Sheet1": merges}
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in named.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for merge in merged.get(name, ()):
            sheet.merge_cells(merge)
    book.save(path)
    return path


def with_parts(path: Path, extra: Mapping[str, bytes]) -> Path:
    """Add or replace parts of a zipped workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**parts, **extra}.items():
            archive.writestr(name, data)
    return path


def ods(path: Path, table: str, *, name: str = "名册") -> Path:
    """An .ods around the given rows in ODF markup (see ``ods_row``)."""
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    odf = "urn:oasis:names:tc:opendocument:xmlns:"
    spaces = " ".join(f'xmlns:{short}="{odf}{short}:1.0"' for short in ("office", "table", "text"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{odf}manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>',
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="{name}">{table}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path


def ods_row(*cells: str | tuple[str, int] | None, repeated: int = 1) -> str:
    """One ODF row: a text, (text, rows it spans), or None for a cell covered from above."""
    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(map(_ods_cell, cells))}</table:table-row>'


def _ods_cell(cell: str | tuple[str, int] | None) -> str:
    if cell is None:
        return "<table:covered-table-cell/>"
    text, rows = cell if isinstance(cell, tuple) else (cell, 1)
    spanned = f' table:number-rows-spanned="{rows}" table:number-columns-spanned="1"' if rows > 1 else ""
    return f'<table:table-cell office:value-type="string"{spanned}><text:p>{escape(text)}</text:p></table:table-cell>'


def xls(
    path: Path, rows: Rows, *, sheet: str = "名册", merges: Sequence[tuple[int, int, int, int]] = (), protected: bool = False
) -> Path:
    """An Excel 97 workbook of one sheet; ``merges`` are (first row, last row, first column, last column), 0-based."""
    path.write_bytes(compound({"Workbook": _biff(rows, sheet, merges, protected)}))
    return path


def _biff(rows: Rows, sheet: str, merges: Sequence[tuple[int, int, int, int]], protected: bool) -> bytes:
    name = sheet.encode("utf-16-le")
    begin = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6))
    if protected:
        begin += _record(0x002F, struct.pack("<HHH", 1, 1, 1) + bytes(48))
    bound_length = 4 + 4 + 2 + 2 + len(name)
    start = len(begin) + bound_length + 4
    bound = _record(0x0085, struct.pack("<IHBB", start, 0, len(sheet), 1) + name)
    cells = b"".join(_biff_cell(r, c, value) for r, row in enumerate(rows) for c, value in enumerate(row) if value is not None)
    merged = struct.pack("<H", len(merges)) + b"".join(struct.pack("<HHHH", *merge) for merge in merges)
    body = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6)) + cells
    return begin + bound + _record(0x000A) + body + (_record(0x00E5, merged) if merges else b"") + _record(0x000A)


def _biff_cell(row: int, column: int, value: object) -> bytes:
    if isinstance(value, (int, float)):
        return _record(0x0203, struct.pack("<HHHd", row, column, 0, float(value)))
    text = str(value).encode("utf-16-le")
    return _record(0x0204, struct.pack("<HHHHB", row, column, 0, len(text) // 2, 1) + text)


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def compound(streams: Mapping[str, bytes]) -> bytes:
    """An OLE compound file of a few streams, each padded past the limit of the small-stream table."""
    padded = {name: data.ljust(max(4096, -(-len(data) // _SECTOR) * _SECTOR), b"\0") for name, data in streams.items()}
    fat = [_FAT, _END]
    body = b""
    entries = [_entry("Root Entry", 5, 1, _END, 0)]
    for number, (name, data) in enumerate(padded.items(), start=1):
        first, count = len(fat), len(data) // _SECTOR
        fat += [*range(first + 1, first + count), _END]
        body += data
        entries.append(_entry(name, 2, _FREE, first, len(data), right=number + 1 if number < len(padded) else _FREE))
    directory = b"".join(entries).ljust(_SECTOR, b"\0")
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, _END, 0, _END, 0
    )
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    table = struct.pack(f"<{_SECTOR // 4}I", *fat, *[_FREE] * (_SECTOR // 4 - len(fat)))
    return header + table + directory + body


def _entry(name: str, kind: int, child: int, start: int, size: int, right: int = _FREE) -> bytes:
    text = name.encode("utf-16-le")
    return struct.pack("<64sHBBIII16xIQQIQ", text, len(text) + 2, kind, 1, _FREE, right, child, 0, 0, 0, start, size)


def bomb(path: Path, megabytes: int) -> Path:
    """A small .xlsx whose sheet inflates to that many megabytes of one row repeated."""
    buffer = BytesIO(b"<x/>" * 262_144)
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet9.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(megabytes):
            part.write(buffer.getvalue())
    return path


def zipped(sheet_data: str) -> bytes:
    """A bare .xlsx of one sheet with the given SpreadsheetML rows, for what no writer would produce."""
    office, package = "http://schemas.openxmlformats.org", "application/vnd.openxmlformats"
    kinds, links = f"{office}/package/2006/content-types", f"{office}/package/2006/relationships"
    main, document = f"{office}/spreadsheetml/2006/main", f"{office}/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{kinds}">'
        f'<Default Extension="rels" ContentType="{package}-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="{package}-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{links}">'
        f'<Relationship Id="r1" Type="{document}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{document}">'
        '<sheets><sheet name="名册" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{links}">'
        f'<Relationship Id="r1" Type="{document}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{sheet_data}</sheetData></worksheet>',
    }
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def inline(cell: str, text: str) -> str:
    """One inline-text cell of SpreadsheetML."""
    return f'<c r="{cell}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
