"""Read a delivered file into tables: one for every sheet that is recognised as a feed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from tongbao.errors import FileRefused, Place
from tongbao.feeds import FEEDS, Feed
from tongbao.intake.csvfile import read_csv
from tongbao.intake.grid import Grid
from tongbao.intake.guard import Content, Delivered, examine
from tongbao.intake.header import Header, find_headers
from tongbao.intake.rows import fill_merged, is_data
from tongbao.intake.sheets import read_sheets
from tongbao.vocabulary import Vocabulary

_LIKENESS = 3
"""Columns recognised before an unnamed sheet is taken for a feed that lacks something, rather than for no feed at all."""


@dataclass(frozen=True)
class RawTable:
    """One sheet recognised as a feed, its values as delivered."""

    file: str
    """File name as delivered."""
    sheet: str
    """Sheet name; "" for text tables."""
    feed: Feed
    frame: pd.DataFrame
    """One column per recognised feed column; str, number, bool, date, datetime, time or missing (None or NaN); RangeIndex."""
    row_numbers: np.ndarray
    """int32, the row number of each row in the delivered sheet, 1-based."""
    headers: dict[str, str]
    """Canonical column → the office's own header, in sheet order."""
    original: pd.DataFrame
    """All delivered columns under the office's own headers (made unique; 第N列 where there was none), rows as in frame."""
    skipped: tuple[str, ...] = ()
    """One sentence for every row or sheet left aside because it is plainly no data."""
    overfull: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Positions of rows with filled cells beyond the last header: in a text table its delimiters went wrong there."""


def read_tables(path: Path, vocabulary: Vocabulary, feed: str | None = None, *, name: str | None = None) -> list[RawTable]:
    """Read one delivered file; ``feed`` restricts it to one feed, ``name`` is its name as delivered (default: the path's).

    Returns at least one table, each with at least one row, in sheet order. Raises FileRefused, naming file, sheet, what is
    wrong and the remedy, when the file cannot be read or any sheet that looks like a feed lacks required columns.
    """
    delivered = examine(path, name)
    grids = [read_csv(delivered)] if delivered.content is Content.TEXT else read_sheets(delivered)
    return _Reading(delivered, vocabulary, feed).tables(grids)


class _Reading:
    """The decisions over all sheets of one file."""

    def __init__(self, delivered: Delivered, vocabulary: Vocabulary, feed: str | None) -> None:
        self.delivered = delivered
        self.vocabulary = vocabulary
        self.feed = feed
        self.file_hint = feed or vocabulary.feed_named(Path(delivered.name).stem)
        self.aside: list[str] = []

    def tables(self, grids: list[Grid]) -> list[RawTable]:
        if not any(len(grid.cells) for grid in grids):
            raise FileRefused("文件里没有任何内容", remedy="请确认报送的是填好的表格", place=Place(file=self.delivered.name))
        candidates = [grid for grid in grids if self._is_candidate(grid)]
        found = [(grid, header) for grid in candidates if (header := self._header(grid, len(candidates)))]
        if not found:
            raise self._unrecognised(grids)
        tables = [table for grid, header in found if (table := self._table(grid, header)) is not None]
        if not tables:
            grid, header = found[0]
            row = int(grid.row_numbers[header.after - 1])
            place = Place(self.delivered.name, grid.sheet or None, row)
            raise FileRefused(
                "找到了表头，但表头下面没有数据行", remedy="请填写数据后报送；没有内容可报的，不必报送", place=place
            )
        return [replace(tables[0], skipped=(*tables[0].skipped, *self.aside)), *tables[1:]]

    def _is_candidate(self, grid: Grid) -> bool:
        if not len(grid.cells):
            return False
        if grid.is_hidden or self.vocabulary.is_ignored_sheet(grid.sheet):
            self.aside.append(f"工作表“{grid.sheet}”{'是隐藏的' if grid.is_hidden else '是说明'}，未读取")
            return False
        return True

    def _header(self, grid: Grid, sheets: int) -> Header | None:
        """The header by which a sheet is read, or None when the sheet is none of the feeds."""
        hint = self.feed or self.vocabulary.feed_named(grid.sheet) or self.file_hint
        feeds = [FEEDS[self.feed]] if self.feed else FEEDS.values()
        headers = find_headers(grid, self.vocabulary, feeds)
        complete = {name: header for name, header in headers.items() if self._is_convincing(header, hint)}
        if hint in complete:
            return complete[hint]
        if complete:
            # A list of problems may well repeat each subject's name and sponsor; a roster holds no more than that.
            return max(complete.values(), key=lambda header: (header.feed.name != "roster", header.worth))
        likely = headers.get(hint) if hint else max(headers.values(), key=lambda header: header.worth, default=None)
        if likely and len(likely.columns) >= (2 if hint else _LIKENESS):
            raise self._missing(grid, likely)
        if hint and sheets == 1:
            raise self._headless(grid, FEEDS[hint])
        self.aside.append(f"工作表“{grid.sheet}”不是任何一种数据表，未读取")
        return None

    @staticmethod
    def _is_convincing(header: Header, hint: str | None) -> bool:
        needs_period = header.feed.name == "sample" and hint != "sample"
        return not header.missing and not (needs_period and "period" not in header.columns)

    def _table(self, grid: Grid, header: Header) -> RawTable | None:
        mask, skipped = is_data(grid, header, self.vocabulary)
        if not mask.any():
            self.aside.append(f"工作表“{grid.sheet}”只有表头，没有数据行")
            return None
        filled = fill_merged(grid, header)
        cells = filled if mask.all() else filled[mask].reset_index(drop=True)
        titles = _unique_titles(header.titles)
        original = cells.set_axis(titles, axis=1)
        untitled = [title for title, own in zip(titles, header.titles, strict=True) if not own and original[title].isna().all()]
        return RawTable(
            file=self.delivered.name,
            sheet=grid.sheet,
            feed=header.feed,
            frame=cells[list(header.columns.values())].set_axis(list(header.columns), axis=1),
            row_numbers=grid.row_numbers[header.after :][mask],
            headers={column: header.titles[position] for column, position in header.columns.items()},
            original=original.drop(columns=untitled),
            skipped=skipped,
            overfull=self._overfull(cells, header),
        )

    def _overfull(self, cells: pd.DataFrame, header: Header) -> np.ndarray:
        last = max(position for position, title in enumerate(header.titles) if title)
        if self.delivered.content is not Content.TEXT or last + 1 == cells.shape[1]:
            return np.empty(0, dtype=np.int64)
        return np.flatnonzero(cells.iloc[:, last + 1 :].notna().to_numpy().any(axis=1))

    def _missing(self, grid: Grid, header: Header) -> FileRefused:
        feed = header.feed
        titles = [feed.by_name[name].title for name in header.missing]
        accepted = "；".join(self._spellings(feed, name) for name in header.missing)
        place = Place(self.delivered.name, grid.sheet or None, int(grid.row_numbers[header.after - 1]), "、".join(titles))
        problem = f"按《{feed.title}》读取，缺少必需的列：{'、'.join(titles)}"
        return FileRefused(problem, remedy=f"请补上后重新报送（{accepted}）", place=place)

    def _spellings(self, feed: Feed, column: str) -> str:
        others = self.vocabulary.accepted[feed.name][column][2:8]
        return f"“{feed.by_name[column].title}”也可以写成{'、'.join(others)}"

    def _headless(self, grid: Grid, feed: Feed) -> FileRefused:
        titles = "、".join(column.title for column in feed.columns if column.required)
        place = Place(self.delivered.name, grid.sheet or None)
        problem = f"按文件名应是《{feed.title}》，但前面各行中找不到它的表头，缺少必需的列：{titles}"
        return FileRefused(problem, remedy=f"请核对是否报错了文件或工作表；表头应有：{titles}", place=place)

    def _unrecognised(self, grids: Iterable[Grid]) -> FileRefused:
        sheets = "、".join(f"“{grid.sheet}”{'（隐藏）' if grid.is_hidden else ''}" for grid in grids if grid.sheet)
        wanted = [FEEDS[self.feed]] if self.feed else list(FEEDS.values())
        expected = "；".join(f"《{f.title}》须有{'、'.join(c.title for c in f.columns if c.required)}" for f in wanted)
        problem = f"没有认出任何数据表{f'，文件里有工作表{sheets}' if sheets else ''}"
        return FileRefused(problem, remedy=f"请核对表头：{expected}", place=Place(file=self.delivered.name))


def _unique_titles(titles: Iterable[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique = []
    for position, title in enumerate(titles, start=1):
        name = title or f"第{position}列"
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name}（{seen[name]}）")
    return unique
