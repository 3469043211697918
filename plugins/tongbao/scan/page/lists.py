"""From the order of headings, links and dates to the entries of a page's lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate

from tongbao.scan.page.dates import find_dates, row_date
from tongbao.scan.page.elements import NOT_TITLES
from tongbao.scan.page.marks import Anchor, Dated, Heading, Mark
from tongbao.scan.page.model import Block, ListItem
from tongbao.scan.page.resolving import host_of

_FAR = 3
"""A date and its link stand at most this many levels below what holds both, unless they share a row."""
_SHORTEST_UNDATED = 10
_SHORTEST_DATED = 4
_LONGEST_HEADING = 24
_MORE = re.compile(r"(?:\s|^)(?:更多|more|查看更多|MORE|More)\s*[>》»+＋.…]*\s*$", re.IGNORECASE)
_EDGES = " \t[]【】()（）·•|/-"
_MAY_BE_DATED = re.compile(r"^[\s\[【(（]{0,3}[12]\d{3}|\d[\s\]】)）日]{0,3}$")
_LONGEST_LABEL = 12
_NOTICE = re.compile(
    r"暂无(?:相关|任何|更多)?(?:数据|内容|信息|文件|记录|文章|资料|公告|新闻|政策|结果)?|暂时没有|(?:没有|未)(?:找到|检索到|查询到)?(?:相关|任何|符合条件的)?"
    r"(?:数据|内容|信息|记录|文章)|(?:栏目|页面|内容|本页|网页)?(?:正在|尚在)?(?:建设|更新|维护|整理|完善)中|敬请期待|no data",
    re.IGNORECASE,
)
_NOTICE_MARKS = (
    "暂无",
    "没有",
    "未找到",
    "未检索",
    "未查询",
    "建设中",
    "更新中",
    "维护中",
    "整理中",
    "完善中",
    "敬请期待",
    "no data",
    "No data",
)
_LONGEST_NOTICE = 30


@dataclass(slots=True)
class _Row:
    """A link on its way to becoming an entry, and the dated texts found to be its own."""

    anchor: Anchor
    mark: Mark
    dated: list[Dated] = field(default_factory=list)


@dataclass(slots=True)
class _Group:
    """What stands under one heading."""

    heading: Heading | None
    rows: list[_Row] = field(default_factory=list)
    more_url: str | None = None


def blocks_of(marks: Iterable[Mark], host: str, notices: Sequence[tuple[int, str]] = ()) -> list[Block]:
    """The page's lists under their headings, in page order; headings without an entry are kept when they are short.

    A date belongs to the link with which it shares the smallest part of the tree; where two are equal, to the one before
    it that has none yet. A link without a date is an entry only if it reads like a title (ten characters or more), stays
    on the site and does not stand in header, menu or footer. A block without entries carries the first of ``notices`` (see
    :func:`notices_in`) between its heading and the next.
    """
    blocks: list[Block] = []
    groups = _grouped(marks)
    for number, group in enumerate(groups):
        items = tuple(_items(group.rows, host))
        heading = group.heading
        text = _MORE.sub("", heading.text).strip() if heading is not None else ""
        if not items and not (text and len(text) <= _LONGEST_HEADING):
            continue
        url = (heading.url if heading is not None else None) or group.more_url
        notice = "" if items or not notices else _notice_of(heading, groups[number + 1 : number + 2], notices)
        blocks.append(Block(text[:_LONGEST_HEADING], url, items, notice))
    return blocks


def _notice_of(heading: Heading | None, following: list[_Group], notices: Sequence[tuple[int, str]]) -> str:
    start = heading.segment if heading is not None else 0
    after = following[0].heading if following else None
    return next((text for at, text in notices if at >= start and (after is None or at < after.segment)), "")


def notices_in(segments: Sequence[str], text: str) -> list[tuple[int, str]]:
    """Where a page says that it has nothing to show (暂无信息, 建设中), as (index of the segment, its text)."""
    if not any(mark in text for mark in _NOTICE_MARKS):
        return []
    return [
        (index, segment) for index, segment in enumerate(segments) if len(segment) <= _LONGEST_NOTICE and _NOTICE.search(segment)
    ]


def _grouped(marks: Iterable[Mark]) -> list[_Group]:
    groups = [_Group(None)]
    pairing = _Pairing()
    for mark in marks:
        what = mark.what
        pairing.lows.append(mark.low)
        if isinstance(what, Dated):
            pairing.date(mark, what)
        elif isinstance(what, Heading):
            pairing.end()
            groups.append(_Group(what))
        elif isinstance(what, Anchor):
            if len(what.title) < _SHORTEST_UNDATED and (what.title in NOT_TITLES or _MORE.fullmatch(what.title)):
                groups[-1].more_url = groups[-1].more_url or (what.url if _MORE.search(what.title) else None)
                continue
            row = _Row(what, mark)
            groups[-1].rows.append(row)
            pairing.link(row)
    pairing.end()
    return groups


class _Pairing:
    """Pairs each dated text with the link before or after it."""

    def __init__(self) -> None:
        self._before: _Row | None = None
        self.lows: list[int] = []
        """The shallowest depth before each mark since the last link; one is added at every mark."""
        self._waiting: list[tuple[int, Mark, Dated]] = []
        """Dated texts since the last link, with their place in ``lows``."""

    def link(self, row: _Row) -> None:
        self._settle(row)
        self._before = row

    def date(self, mark: Mark, dated: Dated) -> None:
        if not dated.is_in_link:
            self._waiting.append((len(self.lows), mark, dated))
        elif self._before is not None:
            self._before.dated.append(dated)

    def end(self) -> None:
        """At a heading or the end of the page: no date after it belongs to a link before it."""
        self._settle(None)
        self._before = None

    def _settle(self, after: _Row | None) -> None:
        if self._waiting and (self._before is not None or after is not None):
            # Running minima, so that thousands of dates between two links stay one pass.
            to_before = list(accumulate(self.lows, min))
            to_after = list(accumulate(reversed(self.lows), min))[::-1] if after is not None else [-1] * (len(self.lows) + 1)
            for place, mark, dated in self._waiting:
                owner, bond = self._owner(to_before[place - 1], after, to_after[place])
                if owner is not None and _belong(mark, owner.mark, bond):
                    owner.dated.append(dated)
        self._waiting.clear()
        self.lows.clear()

    def _owner(self, bond_before: int, after: _Row | None, bond_after: int) -> tuple[_Row | None, int]:
        """The link a date stands closer to; of two equally close the one before, unless it has its date already."""
        before = self._before
        if before is None or bond_after > bond_before or (bond_after == bond_before and _date_of(before) is not None):
            return after, bond_after
        return before, bond_before


def _belong(date: Mark, link: Mark, bond: int) -> bool:
    return (date.row == link.row != 0) or (link.depth - bond <= _FAR and date.depth - bond <= _FAR)


def _date_of(row: _Row) -> datetime | None:
    """The newest date that stands by itself beside a title (of 成文日期 and 发布日期 the later), else the first in a sentence."""
    alone: datetime | None = None
    first: datetime | None = None
    for dated in row.dated:
        for found in dated.dates:
            first = first or found.at
            is_alone = len(dated.text) - (found.end - found.start) <= _LONGEST_LABEL
            if is_alone and (alone is None or found.at > alone):
                alone = found.at
    if alone is not None or first is not None or not row.dated:
        return alone or first
    return row_date(" ".join(dated.text for dated in row.dated), row.anchor.url)


def _items(rows: Iterable[_Row], host: str) -> Iterable[ListItem]:
    """The rows that are entries; a picture and a title that lead to the same place are one."""
    kept: dict[str, ListItem] = {}
    for row in rows:
        anchor = row.anchor
        if anchor.is_hidden:
            continue
        title, published_on = anchor.title, _date_of(row)
        if published_on is None and _MAY_BE_DATED.search(title):
            title, published_on = _dated_title(title)
        if not _is_entry(title, published_on, anchor, host):
            continue
        former = kept.get(anchor.url)
        if former is not None:
            title = max(former.title, title, key=len)
            published_on = published_on or former.published_on
        kept[anchor.url] = ListItem(anchor.url, title, published_on)
    return kept.values()


def _dated_title(title: str) -> tuple[str, datetime | None]:
    """Take a date off the edge of a title ([2020-10-13] …, … 2020-10-13); dates within belong to the title."""
    for found in find_dates(title):
        before, after = title[: found.start], title[found.end :]
        is_first = not before.strip(_EDGES) and after[:1].strip(_EDGES) == ""
        is_last = not after.strip(_EDGES) and before[-1:].strip(_EDGES) == ""
        if is_first or is_last:
            return (before + after).strip(_EDGES), found.at
    return title, None


def _is_entry(title: str, published_on: datetime | None, anchor: Anchor, host: str) -> bool:
    if published_on is not None:
        return len(title) >= _SHORTEST_DATED and anchor.area != "footer"
    return len(title) >= _SHORTEST_UNDATED and not anchor.area and host_of(anchor.url) == host
