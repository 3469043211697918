"""Dates as Chinese pages write them; what is impossible is no date, what is incomplete is not completed by guessing."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

from tongbao.period import SHANGHAI

FIRST_YEAR = 1994
"""China's first year on the Internet; also past Shanghai's last summer time."""
LAST_YEAR = 2099

_CLOCK = (
    r"(?:(?:[T\s\u3000]{1,4}|(?<=[日号]))(?P<%hour>[01]?\d|2[0-4])(?:[:：](?P<%minute>[0-5]\d)(?:[:：](?P<%second>[0-5]\d)"
    r"(?:\.\d{1,9})?)?|[时点](?:(?P<%minute2>[0-5]?\d)分)?)(?P<%zone>\s?(?:Z|[+-]\d\d:?\d\d)(?!\d))?(?!\d))?"
)
_FULL = re.compile(
    r"(?<![\d.])(?P<year>(?:19|20)\d\d)(?:"
    r"\s{0,2}(?P<mark>[-./－．／—–])\s{0,2}(?P<month>\d{1,2})\s{0,2}(?P=mark)\s{0,2}(?P<day>\d{1,2})(?!\d)"
    r"|\s{0,2}年\s{0,2}(?P<month2>\d{1,2})\s{0,2}月\s{0,2}(?P<day2>\d{1,2})(?!\d)\s{0,2}[日号]?"
    r")" + _CLOCK.replace("%", "")
)
_HAN_DIGITS = {
    digit: value
    for value, digits in enumerate(("〇零○Ｏ", "一", "二", "三", "四", "五", "六", "七", "八", "九"))
    for digit in digits
}
_HAN = re.compile(
    r"(?P<year>[一二][一二三四五六七八九〇零○Ｏ]{3})\s{0,2}年\s{0,2}(?P<month>[一二三四五六七八九十〇零]{1,3})\s{0,2}月\s{0,2}"
    r"(?P<day>[一二三四五六七八九十廿卅〇零]{1,4})\s{0,2}[日号]"
)
_MONTH_DAY = re.compile(
    r"(?<![\d./:年-])(?<!\d\s)(?:(?P<month>\d{1,2})(?P<mark>[-./])(?P<day>\d{1,2})(?![\d%])(?!(?P=mark))|(?P<month2>\d{1,2})月(?P<day2>\d{1,2})日)"
)
_SPLIT = re.compile(
    r"(?<![\d.:/-])(?:(?P<day>\d{1,2})日?\s{1,3}(?P<year>20\d\d)\s?[-./年]\s?(?P<month>\d{1,2})(?![\d./-])月?"
    r"|(?P<year2>20\d\d)\s?[-./年]\s?(?P<month2>\d{1,2})月?\s{1,3}(?P<day2>\d{1,2})(?![\d:.]))"
)
_RELATIVE = re.compile(
    r"刚刚|(?P<number>\d{1,3})\s?(?P<unit>秒|分钟|小时|天|日|周)前|(?P<day>今天|昨天|前天)" + _CLOCK.replace("%", "r")
)
_IN_ADDRESS = (
    re.compile(r"(?<!\d)(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)"),
    re.compile(r"(?<!\d)(20\d\d)[-/_](0?[1-9]|1[0-2])[-/_](0?[1-9]|[12]\d|3[01])(?!\d)"),
    re.compile(r"(?<!\d)(20\d\d)[-/_]?(0[1-9]|1[0-2])[-/]?(0[1-9]|[12]\d|3[01])(?!\d)"),
)
_UNITS = {"秒": "seconds", "分钟": "minutes", "小时": "hours", "天": "days", "日": "days", "周": "weeks"}
_DAYS_AGO = {"今天": 0, "昨天": 1, "前天": 2}
_FULL_WIDTH = str.maketrans("０１２３４５６７８９：", "0123456789:")
_HAS_FULL_WIDTH = re.compile("[０-９]")


class FoundDate(NamedTuple):
    """A date in a text: where it stands (``start``, ``end``) and the instant it names, in Asia/Shanghai."""

    start: int
    end: int
    at: datetime
    has_clock: bool = False


def dates_in(text: str, *, year: int | None = None, seen_at: datetime | None = None) -> list[datetime]:
    """All dates a text names, in its order, in Asia/Shanghai; a date alone is that day's 00:00.

    Reads 2020-10-13, 2020.10.13, 2020/10/13, 2020年10月13日, 二〇二〇年十月十三日, full-width digits, each with an optional
    time or ISO offset. A month and day alone (10-13, 10月13日) count only when ``year`` is known; 昨天, 3小时前 only when
    ``seen_at`` is. Dates to come are returned: the conclusion judges them.
    """
    return [found.at for found in find_dates(text, year=year, seen_at=seen_at)]


def find_dates(text: str, *, year: int | None = None, seen_at: datetime | None = None) -> list[FoundDate]:
    """As :func:`dates_in`, with where each date stands."""
    if _HAS_FULL_WIDTH.search(text):
        text = text.translate(_FULL_WIDTH)
    found = [*_each(_FULL, text, _full)]
    if "年" in text:
        found += _each(_HAN, text, _han)
    if year is not None:
        found += _outside(found, _each(_MONTH_DAY, text, lambda match: _month_day(match, year)))
    if seen_at is not None and any(mark in text for mark in ("前", "刚刚", "天")):
        found += _outside(found, _each(_RELATIVE, text, lambda match: _relative(match, seen_at)))
    found.sort(key=lambda each: each.start)
    return found


def row_date(text: str, url: str = "") -> datetime | None:
    """The date of a list row that shows it in an incomplete form beside its title: day and month split in two (13 2020-10).

    Without a year, the row's own address may give it, but only when month and day agree with what is shown
    (/202010/t20201013_1.html beside 10-13). Never the address alone.
    """
    for match in _SPLIT.finditer(text):
        day = _day(match["year"] or match["year2"], match["month"] or match["month2"], match["day"] or match["day2"])
        if day is not None:
            return _midnight(day)
    hint = url_date(url)
    if hint is None:
        return None
    shown = [(found.at.month, found.at.day) for found in find_dates(text, year=hint.year)]
    return _midnight(hint) if (hint.month, hint.day) in shown else None


def url_date(url: str) -> date | None:
    """The day an address carries (t20201013_123.html, /2020/10/13/): a hint, never a publication date by itself."""
    for pattern in _IN_ADDRESS:
        days = [day for match in pattern.finditer(url[-300:]) if (day := _day(*match.groups())) is not None]
        if days:
            return days[-1]
    return None


def _each(pattern: re.Pattern[str], text: str, read: Callable[[re.Match[str]], FoundDate | None]) -> Iterator[FoundDate]:
    for match in pattern.finditer(text):
        found = read(match)
        if found is not None:
            yield found


def _outside(taken: list[FoundDate], more: Iterator[FoundDate]) -> list[FoundDate]:
    """Those that do not lie within a date already read (the 10-13 of 2020-10-13)."""
    taken = sorted(taken, key=lambda each: each.start)
    starts = [each.start for each in taken]
    kept = []
    for each in more:
        place = bisect_right(starts, each.start) - 1
        if place < 0 or taken[place].end <= each.start:
            kept.append(each)
    return kept


def _full(match: re.Match[str]) -> FoundDate | None:
    day = _day(match["year"], match["month"] or match["month2"], match["day"] or match["day2"])
    return None if day is None else _found(match, day)


def _found(match: re.Match[str], day: date, prefix: str = "") -> FoundDate:
    hour = match[prefix + "hour"]
    if hour is None:
        return FoundDate(match.start(), match.end(), _midnight(day))
    minute = match[prefix + "minute"] or match[prefix + "minute2"] or 0
    clock = timedelta(hours=int(hour), minutes=int(minute), seconds=int(match[prefix + "second"] or 0))
    zone = _zone(match[prefix + "zone"])
    at = (datetime(day.year, day.month, day.day, tzinfo=zone) + clock).astimezone(SHANGHAI)
    return FoundDate(match.start(), match.end(), at, has_clock=True)


def _zone(offset: str | None) -> tzinfo:
    if offset is None:
        return SHANGHAI
    offset = offset.strip()
    if offset == "Z":
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes)) if minutes < 15 * 60 else SHANGHAI


def _han(match: re.Match[str]) -> FoundDate | None:
    year = "".join(str(_HAN_DIGITS[digit]) for digit in match["year"])
    month, day = _han_number(match["month"]), _han_number(match["day"])
    read = None if month is None or day is None else _day(year, month, day)
    return None if read is None else FoundDate(match.start(), match.end(), _midnight(read))


def _han_number(written: str) -> int | None:
    """十三 → 13, 二十 → 20, 廿一 → 21, 〇九 → 9; None for what is no number below 100."""
    written = written.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = written.partition("十")
    if any(digit not in _HAN_DIGITS for digit in tens + ones) or len(tens) > 2 or len(ones) > 1:
        return None
    if not ten:
        return int("".join(str(_HAN_DIGITS[digit]) for digit in tens))
    return (_HAN_DIGITS[tens[-1]] if tens else 1) * 10 + (_HAN_DIGITS[ones] if ones else 0)


def _month_day(match: re.Match[str], year: int) -> FoundDate | None:
    day = _day(year, match["month"] or match["month2"], match["day"] or match["day2"])
    return None if day is None else FoundDate(match.start(), match.end(), _midnight(day))


def _relative(match: re.Match[str], seen_at: datetime) -> FoundDate | None:
    seen = seen_at.astimezone(SHANGHAI)
    if match["day"]:
        return _found(match, (seen - timedelta(days=_DAYS_AGO[match["day"]])).date(), "r")
    ago = timedelta(**{_UNITS[match["unit"]]: int(match["number"])}) if match["number"] else timedelta()
    at = seen - ago
    if match["unit"] in ("天", "日", "周"):
        at = _midnight(at.date())
    return FoundDate(match.start(), match.end(), at, has_clock=True)


def _day(year: str | int, month: str | int, day: str | int) -> date | None:
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
