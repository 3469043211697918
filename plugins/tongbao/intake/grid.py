"""A sheet as delivered: rows of cells with their row numbers, before anything is recognised in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Grid:
    """The rows of one sheet that hold anything; wholly blank rows are left out, blank cells are None or NaN."""

    sheet: str
    cells: pd.DataFrame
    """Columns 0 … n-1, counted from the sheet's first column; values str, number, bool, date, datetime or time."""
    row_numbers: np.ndarray
    """int32, 1-based row number in the delivered sheet, ascending."""
    merges: tuple[tuple[int, int, int, int], ...] = ()
    """Merged ranges as (first row, first column, last row, last column), 0-based."""
    is_hidden: bool = False

    def head(self, count: int) -> list[list[object]]:
        """The first rows, blank cells as None."""
        top = self.cells.head(count).astype(object)
        return [[None if pd.isna(value) else value for value in row] for row in top.to_numpy().tolist()]


def rows_to_grid(
    sheet: str,
    rows: list[list[object]],
    row_numbers: list[int],
    merges: tuple[tuple[int, int, int, int], ...] = (),
    *,
    is_hidden: bool = False,
) -> Grid:
    """Build a grid from ragged rows; short rows are padded with None."""
    width = max(map(len, rows), default=0)
    table = np.full((len(rows), width), None, dtype=object)
    for index, row in enumerate(rows):
        table[index, : len(row)] = row
    cells = pd.DataFrame(table, columns=range(width), dtype=object)
    return Grid(sheet, cells, np.asarray(row_numbers, dtype=np.int32), merges, is_hidden)


def is_blank(value: object) -> bool:
    """Whether a delivered cell holds nothing: empty or white space only."""
    return value is None or (isinstance(value, str) and not value.strip())
