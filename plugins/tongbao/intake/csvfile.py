"""Text tables (.csv, .tsv) to one grid: encoding, delimiter, quotes and ragged rows."""

from __future__ import annotations

import csv
import re
from io import BytesIO, StringIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from tongbao.errors import FileRefused, Place
from tongbao.intake.grid import Grid, is_blank, rows_to_grid
from tongbao.intake.guard import Delivered

DELIMITERS = (",", "\t", ";")
MAX_LINES_IN_CELL = 200
"""A cell of more lines than this is a quotation mark that was never closed."""
_HEAD_LINES = 60
_LINE_ENDS = re.compile(r"\r\n|\n|\r")
_ENCODINGS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def read_csv(delivered: Delivered) -> Grid:
    """One grid with an empty sheet name; row numbers are those a spreadsheet shows when it opens the file.

    Raises FileRefused when the encoding is neither UTF-8 nor GB18030, or a quotation mark is never closed.
    """
    place = Place(file=delivered.name)
    text = _decode(delivered.data, place)
    delimiter = _delimiter(text)
    if '"' not in text:
        grid = _plain(text, delimiter)
        if grid is not None:
            return grid
    return _quoted(text, delimiter, place)


def _decode(data: bytes, place: Place) -> str:
    encoding = next((encoding for mark, encoding in _ENCODINGS if data.startswith(mark)), "utf-8")
    row = 1
    for candidate in (encoding, "gb18030"):
        try:
            return data.decode(candidate)
        except UnicodeDecodeError as error:
            # The right encoding is the one that got furthest.
            row = max(row, data.count(b"\n", 0, error.start) + 1)
    problem = "文字编码既不是 UTF-8 也不是 GBK，从这里起无法读取"
    remedy = "请用 Excel 或 WPS 打开，另存为“CSV UTF-8（逗号分隔）”或 .xlsx 后报送"
    raise FileRefused(problem, remedy=remedy, place=Place(place.file, row=row))


def _delimiter(text: str) -> str:
    """The candidate that most lines of the head hold, and most often."""
    lines = [line for line in _head(text) if line.strip()]
    return max(DELIMITERS, key=lambda mark: (sum(mark in line for line in lines), sum(line.count(mark) for line in lines)))


def _head(text: str) -> list[str]:
    return _LINE_ENDS.split(text[:200_000])[:_HEAD_LINES]


def _plain(text: str, delimiter: str) -> Grid | None:
    """The fast way for files without quotation marks; None when rows differ in width below the title lines."""
    lines = _head(text)
    width = max((line.count(delimiter) for line in lines), default=0) + 1
    titles = next((index for index, line in enumerate(lines) if line.count(delimiter) + 1 == width), 0)
    if width == 1:
        return None
    names = [str(index) for index in range(width)]
    try:
        table = pyarrow.csv.read_csv(
            BytesIO(text.encode("utf-8")),
            read_options=pyarrow.csv.ReadOptions(skip_rows=titles, column_names=names, block_size=8 << 20),
            parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )
    except pa.ArrowInvalid:
        return None
    body, numbers = _without_blank_rows(table, titles + 1)
    head = [[cell.strip() or None for cell in line.split(delimiter)] for line in lines[:titles]]
    kept = [(row, number) for number, row in enumerate(head, start=1) if any(row)]
    if not kept:
        return Grid("", body, numbers)
    top = rows_to_grid("", [[*row, *[None] * (width - len(row))] for row, _ in kept], [number for _, number in kept])
    return Grid("", pd.concat([top.cells.astype("str"), body], ignore_index=True), np.concatenate([top.row_numbers, numbers]))


def _without_blank_rows(table: pa.Table, first_number: int) -> tuple[pd.DataFrame, np.ndarray]:
    columns = [_blank_to_null(column.combine_chunks()) for column in table.columns]
    filled = np.zeros(len(table), dtype=bool)
    for column in columns:
        filled |= np.asarray(column.is_valid())
    numbers = np.flatnonzero(filled).astype(np.int32) + np.int32(first_number)
    if not filled.all():
        columns = [column.filter(pa.array(filled)) for column in columns]
    frame = pd.DataFrame({index: pd.Series(column, dtype="str") for index, column in enumerate(columns)})
    return frame, numbers


def _blank_to_null(column: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(pc.utf8_trim_whitespace(column), ""), pa.scalar(None, pa.string()), column)


def _quoted(text: str, delimiter: str, place: Place) -> Grid:
    rows: list[list[object]] = []
    numbers: list[int] = []
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        for number, cells in enumerate(reader, start=1):
            row: list[object] = [None if is_blank(cell) else cell for cell in cells]
            if any(cell is not None for cell in row):
                rows.append(row)
                numbers.append(number)
                if any(cell.count("\n") > MAX_LINES_IN_CELL for cell in cells):
                    raise csv.Error("unclosed quotation mark")
    except csv.Error as error:
        raise _unclosed(place, number + 1 if rows else 1) from error
    if '"' in text and _ends_inside_quotes(text, delimiter):
        raise _unclosed(place, numbers[-1] if numbers else 1)
    return rows_to_grid("", rows, numbers)


def _ends_inside_quotes(text: str, delimiter: str) -> bool:
    try:
        for _ in csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _unclosed(place: Place, row: int) -> FileRefused:
    problem = "引号没有成对，后面的内容会被并进一格"
    return FileRefused(problem, remedy="请补上或删去多余的英文双引号后重新报送", place=Place(place.file, row=row))
