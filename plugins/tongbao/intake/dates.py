"""Read the dates and times offices write; what is impossible or incomplete is said so, never guessed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from tongbao.period import SHANGHAI

FIRST_YEAR = 1994
"""China's first year on the Internet: no subject, observation or publication is older. Also past Shanghai's last summer time."""
_EXCEL_EPOCH = datetime(1899, 12, 30)
_DASHES = str.maketrans("—–―−~", "-----")
_DAYS = (
    re.compile(r"(?P<year>\d{4})(?P<mark>[-./])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})\.?"),
    re.compile(r"(?P<year>\d{4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]?"),
    re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"),
)
_CLOCKS = (
    re.compile(r"\s*"),
    re.compile(
        r"(?:[T\s]+|(?<=[日号]))(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:\.(?P<fraction>\d{1,6})\d*)?)?"
        r"\s*(?P<offset>Z|[+-]\d{2}:?\d{2})?",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:[T\s]+|(?<=[日号]))(?P<hour>\d{1,2})[时点](?:(?P<minute>\d{1,2})分?)?(?:(?P<second>\d{1,2})秒?)?", re.IGNORECASE
    ),
    re.compile(r"[T\s]*(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?", re.IGNORECASE),
)
_INCOMPLETE = re.compile(r"(?P<year>\d{4})(?:[-./年]\d{0,2}[月]?[-./]?)?")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")


@dataclass(frozen=True)
class When:
    """What a cell says about time: ``at`` in Asia/Shanghai, or why it cannot be said."""

    at: datetime | None = None
    problem: str = ""
    is_incomplete: bool = False
    """Year, or year and month, without the day."""


def read_when(value: object, last_year: int) -> When:
    """The instant a cell holds; a date alone is that day's 00:00 in Shanghai, an offset is converted.

    Accepts date and datetime cells, Excel serials (1900 system), 2020-10-13, 2020.10.13, 2020/10/13, 20201013, 2020年10月13日,
    each with an optional time. Years outside FIRST_YEAR … ``last_year`` are problems.
    """
    if isinstance(value, datetime):
        return _within(value.replace(tzinfo=SHANGHAI) if value.tzinfo is None else value.astimezone(SHANGHAI), last_year)
    if isinstance(value, date):
        return _within(datetime.combine(value, time(), SHANGHAI), last_year)
    if isinstance(value, (time, timedelta)):
        return When(problem="只有时刻、没有日期，请写成 2020-10-13 09:30")
    if isinstance(value, bool):
        return _unreadable()
    if isinstance(value, (int, float)):
        text = str(int(value)) if float(value).is_integer() else repr(float(value))
    else:
        text = unicodedata.normalize("NFKC", str(value)).strip().translate(_DASHES)
    return _read_text(text, last_year)


def _read_text(text: str, last_year: int) -> When:
    if _SERIAL.fullmatch(text):
        return _within(_from_serial(float(text)), last_year)
    for days in _DAYS:
        day = days.match(text)
        clock = next((found for clocks in _CLOCKS if (found := clocks.fullmatch(text, day.end()))), None) if day else None
        if day and clock:
            return _from_parts({**day.groupdict(), **clock.groupdict()}, last_year)
    incomplete = _INCOMPLETE.fullmatch(text)
    if incomplete and FIRST_YEAR <= int(incomplete["year"]) <= last_year:
        return When(problem="日期不完整，缺少月或日，请写成 2020-10-13", is_incomplete=True)
    return _unreadable()


def _unreadable() -> When:
    return When(problem="看不懂的日期或时间，请写成 2020-10-13 或 2020-10-13 09:30")


def _from_serial(serial: float) -> datetime:
    # Serials carry binary noise: 9:30 is stored as 0.39583333333212067; seconds are as fine as a spreadsheet shows.
    return (_EXCEL_EPOCH + timedelta(seconds=round(serial * 86400))).replace(tzinfo=SHANGHAI)


def _from_parts(parts: dict[str, str | None], last_year: int) -> When:
    year, month, day, hour, minute, second = (
        int(parts.get(name) or 0) for name in ("year", "month", "day", "hour", "minute", "second")
    )
    microsecond = int((parts.get("fraction") or "").ljust(6, "0"))
    try:
        at = datetime(year, month, day, hour, minute, second, microsecond, _zone(parts.get("offset"))).astimezone(SHANGHAI)
    except (ValueError, OverflowError):
        return When(problem="不是存在的日期或时间，请核对原始记录后改正")
    return _within(at, last_year)


def _zone(offset: str | None) -> tzinfo:
    if not offset:
        return SHANGHAI
    if offset in "Zz":
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))


def _within(at: datetime, last_year: int) -> When:
    if FIRST_YEAR <= at.year <= last_year:
        return When(at)
    return When(problem=f"年份 {at.year} 不合理（应在 {FIRST_YEAR} 至 {last_year} 年之间），请核对后改正")
