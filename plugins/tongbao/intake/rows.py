"""Tell the data rows of a sheet from what stands around them: notes, totals, group headings, repeated headers."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from tongbao.intake.grid import Grid
from tongbao.intake.header import Header
from tongbao.vocabulary import Vocabulary, fold

_HEADING = re.compile(r"[(（]?[一二三四五六七八九十]{1,3}[)）]?\s*[、.．]")
_SHOWN = 40


def fill_merged(grid: Grid, header: Header) -> pd.DataFrame:
    """The cells below the header, each vertically merged range showing its text in every row it covers.

    Only the range's first column is filled, and only rows that hold something of their own.
    """
    cells = grid.cells.iloc[header.after :]
    numbers = grid.row_numbers[header.after :]
    tall = [merge for merge in grid.merges if merge[2] > merge[0] and 0 <= merge[1] < cells.shape[1]]
    if not tall or not len(cells):
        return cells.reset_index(drop=True)
    table = cells.to_numpy(dtype=object, copy=True)
    for top, left, bottom, _ in tall:
        first, last = np.searchsorted(numbers, (top + 1, bottom + 2))
        if first < last and numbers[first] == top + 1:
            table[first:last, left] = table[first, left]
    return pd.DataFrame(table, columns=cells.columns, dtype=object)


def is_data(grid: Grid, header: Header, vocabulary: Vocabulary) -> tuple[np.ndarray, tuple[str, ...]]:
    """Which rows below the header are data (boolean mask), and one sentence for every row left aside.

    A row is left aside only when it is plainly no data: its required columns are not filled and its text opens as a note,
    a total or a group heading does; or it holds nothing but a running number; or it repeats the header.
    """
    cells = grid.cells.iloc[header.after :]
    numbers = grid.row_numbers[header.after :]
    judge = _Judge(header, vocabulary)
    mask = np.ones(len(cells), dtype=bool)
    skipped = []
    for position in _candidates(cells, header):
        row = [(column, value) for column, value in enumerate(cells.iloc[position]) if not pd.isna(value)]
        reason = judge.reason(row, is_after_note=position > 0 and position - 1 in judge.notes)
        if reason:
            mask[position] = False
            text = "".join(str(value) for _, value in row)
            skipped.append(f"第{numbers[position]}行{reason}：{text[:_SHOWN]}")
            if reason == NOTE:
                judge.notes.add(position)
    return mask, tuple(skipped)


NOTE, TOTAL, HEADING, NUMBERED, REPEATED = "是说明", "是合计", "是分组标题", "只有序号", "重复表头"


class _Judge:
    def __init__(self, header: Header, vocabulary: Vocabulary) -> None:
        self.header = header
        self.vocabulary = vocabulary
        self.notes: set[int] = set()
        self.required = {position for name, position in header.columns.items() if header.feed.by_name[name].required}
        self.ordinals = {at for at, title in enumerate(header.titles) if fold(title) in vocabulary.words["ordinals"]}

    def reason(self, row: list[tuple[int, object]], *, is_after_note: bool) -> str:
        """Why a row is no data, or "" when it is (or may be) data."""
        texts = [(column, str(value).strip()) for column, value in row]
        if all(column in self.ordinals and re.fullmatch(r"[\d.、]+", text) for column, text in texts):
            return NUMBERED
        if self._is_note(texts) or (is_after_note and len(texts) == 1):
            return NOTE
        if self._is_total(texts):
            return TOTAL
        if len(texts) == 1 and _HEADING.match(texts[0][1]):
            return HEADING
        return REPEATED if self._repeats_header(texts) else ""

    def _is_note(self, texts: list[tuple[int, str]]) -> bool:
        opens = self.vocabulary.is_note(texts[0][1])
        return opens and all(self.vocabulary.is_note(text) for column, text in texts if column in self.required)

    def _is_total(self, texts: list[tuple[int, str]]) -> bool:
        totals = [column for column, text in texts[:2] if fold(text) in self.vocabulary.words["totals"]]
        others = (text for column, text in texts if column in self.required and column not in totals)
        return bool(totals) and all(re.fullmatch(r"[\d.,]+", text) for text in others)

    def _repeats_header(self, texts: list[tuple[int, str]]) -> bool:
        titles = self.header.titles
        return all(fold(text) == fold(titles[column]) for column, text in texts if titles[column]) and len(texts) > 1


def _candidates(cells: pd.DataFrame, header: Header) -> list[int]:
    """Rows worth a look: a required column is empty, only one cell is filled, or the subject cell repeats its header."""
    filled = cells.notna().to_numpy()
    required = [position for name, position in header.columns.items() if header.feed.by_name[name].required]
    doubtful = ~filled[:, required].all(axis=1) | (filled.sum(axis=1) <= 1)
    first = header.columns.get("subject_id")
    if first is not None:
        title = header.titles[first]
        doubtful |= (cells[first].astype(object) == title).to_numpy(dtype=bool, na_value=False)
    return [int(position) for position in np.flatnonzero(doubtful)]
