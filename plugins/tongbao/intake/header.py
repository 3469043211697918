"""Find the header of a sheet below its title rows and tell which feed the sheet is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tongbao.feeds import FEEDS, Feed
from tongbao.intake.grid import Grid
from tongbao.vocabulary import Vocabulary, fold

SEARCHED_ROWS = 30
MAX_HEADER_ROWS = 3
DERIVABLE = {"updates": frozenset({"section_class"}), "sample": frozenset({"period"})}
"""Required columns the normaliser fills in when the sheet has none: from the section's name, from the period of the delivery."""


@dataclass(frozen=True)
class Header:
    """A header found for one feed."""

    feed: Feed
    first: int
    """Position of its first row among the grid's rows."""
    rows: int
    titles: tuple[str, ...]
    """The office's own header over each column of the sheet; "" where there is none."""
    columns: dict[str, int]
    """Canonical column → position in the sheet, in sheet order."""
    derivable: frozenset[str]

    @property
    def after(self) -> int:
        """Position of the first row below the header."""
        return self.first + self.rows

    @property
    def missing(self) -> list[str]:
        """Required columns that the sheet neither has nor lets derive."""
        known = self.derivable.union(self.columns)
        return [column.name for column in self.feed.columns if column.required and column.name not in known]

    @property
    def worth(self) -> tuple[int, int]:
        """By what headers are compared: required columns found, then columns found."""
        return sum(column.required and column.name in self.columns for column in self.feed.columns), len(self.columns)


def find_headers(grid: Grid, vocabulary: Vocabulary, feeds: Iterable[Feed] = FEEDS.values()) -> dict[str, Header]:
    """The best header of a sheet for every feed that knows at least one of its columns, by feed name.

    Up to three rows are joined where groups stand above their parts (联系人 over 姓名 → 联系人姓名); ties go to fewer rows,
    then to the upper row.
    """
    rows = _spread_merges(grid, grid.head(SEARCHED_ROWS + MAX_HEADER_ROWS))
    best: dict[str, Header] = {}
    for count in range(1, MAX_HEADER_ROWS + 1):
        for first in range(min(SEARCHED_ROWS, len(rows) - count + 1)):
            titles = _titles(rows[first : first + count])
            for feed in feeds:
                header = _header(feed, first, count, titles, vocabulary)
                if header.columns and (feed.name not in best or header.worth > best[feed.name].worth):
                    best[feed.name] = header
    return {name: _grown(header, grid, rows, vocabulary) for name, header in best.items()}


def speaks_of_accounts(feed: Feed, title: str, vocabulary: Vocabulary) -> bool:
    """Whether the subject column's own title says that the sheet lists accounts."""
    return feed.name == "updates" and fold(title) in vocabulary.words["account_headers"]


def _header(feed: Feed, first: int, count: int, titles: list[tuple[str, str]], vocabulary: Vocabulary) -> Header:
    columns = _match(titles, feed, vocabulary)
    derivable = DERIVABLE.get(feed.name, frozenset())
    if "subject_id" in columns and speaks_of_accounts(feed, titles[columns["subject_id"]][1], vocabulary):
        derivable |= {"section"}
    return Header(feed, first, count, tuple(joined for joined, _ in titles), columns, derivable)


def _grown(header: Header, grid: Grid, rows: list[list[object]], vocabulary: Vocabulary) -> Header:
    """Take in the rows below that a merged header cell reaches into: they are its second level, not data."""
    numbers = grid.row_numbers
    first, last = int(numbers[header.first]) - 1, int(numbers[header.after - 1]) - 1
    reach = max((bottom for top, _, bottom, _ in grid.merges if first <= top <= last), default=last)
    reach = min(reach, last + MAX_HEADER_ROWS)
    count = sum(first <= int(number) - 1 <= reach for number in numbers[: len(rows)])
    if count <= header.rows:
        return header
    grown = _header(header.feed, header.first, count, _titles(rows[header.first : header.first + count]), vocabulary)
    return grown if grown.worth >= header.worth else replace(header, rows=count)


def _spread_merges(grid: Grid, rows: list[list[object]]) -> list[list[object]]:
    """The head's rows with every cell of a merged range showing the range's text."""
    position = {int(number) - 1: index for index, number in enumerate(grid.row_numbers[: len(rows)])}
    for top, left, bottom, right in grid.merges:
        if top not in position or not 0 <= left < len(rows[position[top]]):
            continue
        value = rows[position[top]][left]
        for number in range(top, min(bottom, top + MAX_HEADER_ROWS) + 1):
            if number in position:
                row = rows[position[number]]
                row[left : right + 1] = [value] * (min(right + 1, len(row)) - left)
    return rows


def _titles(levels: list[list[object]]) -> list[tuple[str, str]]:
    """Per column the joined title and its lowest level's own."""
    titles = []
    for cells in zip(*levels, strict=True):
        parts = list(dict.fromkeys(text for cell in cells if (text := _text(cell))))
        titles.append(("".join(parts), parts[-1] if parts else ""))
    return titles


def _text(value: object) -> str:
    return "".join(str(value).split()) if value is not None else ""


def _match(titles: list[tuple[str, str]], feed: Feed, vocabulary: Vocabulary) -> dict[str, int]:
    found: dict[str, tuple[int, int]] = {}
    for position, (joined, own) in enumerate(titles):
        hit = vocabulary.column(feed.name, joined) or vocabulary.column(feed.name, own)
        if hit and (hit[0] not in found or hit[1] < found[hit[0]][0]):
            found[hit[0]] = (hit[1], position)
    return {column: position for column, (_, position) in sorted(found.items(), key=lambda item: item[1][1])}
