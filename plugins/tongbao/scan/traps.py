"""Recognise addresses that lead a crawl round in circles or on without end: pure functions and one counter.

A trap is cut by what its address looks like, or by how many of its kind were already asked for; articles under plain paths
are never counted, so that a large archive is not mistaken for a trap.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby

from tongbao.scan.frontier import LONGEST_URL
from tongbao.scan.site_model import Why

_MOST_SEGMENTS = 20
_MOST_PARAMETERS = 10
_LONGEST_QUERY = 700
_NUMBER = re.compile(r"\d+")
_CALENDAR_NAME = re.compile(r"y|m|d|year|month|day|date|week|yyyy|mm|ym|ymd|nian|yue|ri|riqi|curdate|currdate", re.IGNORECASE)
_CALENDAR_WORD = re.compile(r"calend|rili|schedule|events?(?:/|$)", re.IGNORECASE)
_CALENDAR_PATH = re.compile(r"/(?:19|20|21)\d\d(?:/|-)(?:0?[1-9]|1[0-2])(?:[/-](?:0?[1-9]|[12]\d|3[01]))?/?$")


def fixed_trap(key: str) -> Why | None:
    """Return why an address is a trap by its look alone: repeated path segments, or a query that keeps growing."""
    path, _, query = key.partition("?")
    segments = [segment for segment in path.split("/")[3:] if segment]
    if len(segments) > _MOST_SEGMENTS or _repeats(segments):
        return Why.TRAP_REPETITION
    if len(key) > LONGEST_URL or len(query) > _LONGEST_QUERY:
        return Why.TRAP_QUERY
    names = Counter(part.partition("=")[0] for part in query.split("&")) if query else Counter()
    if len(names) > _MOST_PARAMETERS or any(times > 3 and not name.endswith(("[]", "%5B%5D")) for name, times in names.items()):
        return Why.TRAP_QUERY
    return None


def _repeats(segments: list[str]) -> bool:
    """Whether a path repeats itself: the same segment three times running, or a run of two or more that returns at once.

    Runs of numbers do not count: /2020/10/10/10/ is a date and an issue.
    """
    if any(len(list(same)) >= 3 for name, same in groupby(segments) if not name.isdigit()):
        return True
    for length in range(2, len(segments) // 2 + 1):
        for start in range(len(segments) - 2 * length + 1):
            run = segments[start : start + length]
            if run == segments[start + length : start + 2 * length] and not all(name.isdigit() for name in run):
                return True
    return False


def pattern_of(key: str) -> str:
    """Return the template an address is made from: numbers as ``#``, a query by its sorted names."""
    path, mark, query = key.partition("?")
    if not mark:
        return _NUMBER.sub("#", path)
    return f"{_NUMBER.sub('#', path)}?{'&'.join(sorted({part.partition('=')[0] for part in query.split('&')}))}"


def is_calendar(key: str) -> bool:
    """Whether an address looks like a leaf of a calendar: a query of dates, or a path that ends in a month or day."""
    path, _, query = key.partition("?")
    names = [part.partition("=")[0] for part in query.split("&")] if query else []
    dated = sum(1 for name in names if _CALENDAR_NAME.fullmatch(name))
    return dated >= 2 or (dated == 1 and _CALENDAR_WORD.search(path) is not None) or _CALENDAR_PATH.search(path) is not None


class PatternBudget:
    """Counts addresses by template and says when one has had enough; ``pages`` is the site's budget.

    A calendar gets a hundredth of it (at least 62, two months of days), a query of three and more parameters a twentieth
    (at least 100), any other query half. Plain paths have no limit but the site's.
    """

    def __init__(self, pages: int) -> None:
        self._limits = {
            Why.TRAP_CALENDAR: max(62, pages // 100),
            Why.TRAP_PATTERN: max(100, pages // 20),
            None: max(200, pages // 2),
        }
        self._taken: Counter[str] = Counter()

    def take(self, key: str) -> Why | None:
        """Count one address; return why it is too many, or None."""
        query = key.partition("?")[2]
        kind = Why.TRAP_CALENDAR if is_calendar(key) else Why.TRAP_PATTERN if query.count("&") >= 2 else None
        if kind is None and not query:
            return None
        pattern = pattern_of(key)
        if self._taken[pattern] >= self._limits[kind]:
            return kind or Why.TRAP_PATTERN
        self._taken[pattern] += 1
        return None
