"""Calendar periods, cut-offs and working days, all in Asia/Shanghai."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar

from tongbao.errors import TongbaoError

SHANGHAI = ZoneInfo("Asia/Shanghai")


class PeriodKind(StrEnum):
    """The calendar lengths a period can have."""

    YEAR = "year"
    HALF = "half"
    QUARTER = "quarter"
    MONTH = "month"
    DAY = "day"


MONTHS = {PeriodKind.YEAR: 12, PeriodKind.HALF: 6, PeriodKind.QUARTER: 3, PeriodKind.MONTH: 1}

_LABELS = {
    PeriodKind.YEAR: re.compile(r"(?P<year>\d{4})"),
    PeriodKind.HALF: re.compile(r"(?P<year>\d{4})-H(?P<index>[12])"),
    PeriodKind.QUARTER: re.compile(r"(?P<year>\d{4})-Q(?P<index>[1-4])"),
    PeriodKind.MONTH: re.compile(r"(?P<year>\d{4})-(?P<index>0[1-9]|1[0-2])"),
    PeriodKind.DAY: re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})"),
}
_CHINESE_QUARTERS = "一二三四"


@dataclass(frozen=True, order=True)
class Period:
    """One calendar period: ``first`` is its first day, ``after`` the day after its last."""

    first: date
    after: date
    kind: PeriodKind

    @classmethod
    def parse(cls, label: str) -> Period:
        """Read ``2020``, ``2020-H1``, ``2020-Q3``, ``2020-09`` or ``2020-09-30``."""
        for kind, pattern in _LABELS.items():
            match = pattern.fullmatch(label.strip())
            if not match:
                continue
            try:
                if kind is PeriodKind.DAY:
                    return cls.containing(date.fromisoformat(match["day"]), kind)
                index = int(match["index"]) if kind is not PeriodKind.YEAR else 1
                return cls.containing(date(int(match["year"]), (index - 1) * MONTHS[kind] + 1, 1), kind)
            except (ValueError, OverflowError):
                break
        raise TongbaoError(
            f"看不懂检查周期“{label}”",
            remedy="请写成 2020（年）、2020-H1（半年）、2020-Q3（季度）、2020-09（月）或 2020-09-30（日）",
            value=label,
        )

    @classmethod
    def containing(cls, day: date, kind: PeriodKind) -> Period:
        if kind is PeriodKind.DAY:
            return cls(day, day + timedelta(days=1), kind)
        length = MONTHS[kind]
        first = date(day.year, (day.month - 1) // length * length + 1, 1)
        return cls(first, _add_months(first, length), kind)

    @property
    def label(self) -> str:
        year, month = self.first.year, self.first.month
        match self.kind:
            case PeriodKind.YEAR:
                return f"{year}"
            case PeriodKind.HALF:
                return f"{year}-H{(month - 1) // 6 + 1}"
            case PeriodKind.QUARTER:
                return f"{year}-Q{(month - 1) // 3 + 1}"
            case PeriodKind.MONTH:
                return f"{year}-{month:02d}"
            case PeriodKind.DAY:
                return self.first.isoformat()

    @property
    def title(self) -> str:
        """The name printed in documents, e.g. 2020年第三季度."""
        year, month = self.first.year, self.first.month
        match self.kind:
            case PeriodKind.YEAR:
                return f"{year}年"
            case PeriodKind.HALF:
                return f"{year}年{'上' if month == 1 else '下'}半年"
            case PeriodKind.QUARTER:
                return f"{year}年第{_CHINESE_QUARTERS[(month - 1) // 3]}季度"
            case PeriodKind.MONTH:
                return f"{year}年{month}月"
            case PeriodKind.DAY:
                return f"{year}年{month}月{self.first.day}日"

    @property
    def start_at(self) -> datetime:
        return datetime.combine(self.first, datetime.min.time(), SHANGHAI)

    @property
    def end_at(self) -> datetime:
        """The instant after the period's last: also its default cutoff."""
        return datetime.combine(self.after, datetime.min.time(), SHANGHAI)

    @property
    def last(self) -> date:
        return self.after - timedelta(days=1)

    def previous(self) -> Period:
        return Period.containing(self.first - timedelta(days=1), self.kind)

    def next(self) -> Period:
        return Period.containing(self.after, self.kind)

    def year_before(self) -> Period:
        return Period.containing(_add_months(self.first.replace(day=1), -12), self.kind)

    def __str__(self) -> str:
        return self.label


def _add_months(day: date, months: int) -> date:
    month = day.month - 1 + months
    return date(day.year + month // 12, month % 12 + 1, 1)


@lru_cache(maxsize=1)
def holiday_years() -> range:
    """Years whose official holiday arrangement is in the table of chinese-calendar."""
    days = chinese_calendar.constants.holidays
    return range(min(days).year, max(days).year + 1)


def is_working_day(day: date) -> bool:
    """Whether offices work on that day; Monday to Friday beyond the holiday table."""
    if day.year in holiday_years():
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5


def holidays_known(day: date) -> bool:
    """Whether the State Council's arrangement for that day's year is in the table."""
    return day.year in holiday_years()


def nth_working_day(after: date, n: int) -> date:
    """The n-th working day counted from ``after``, that day included (n ≥ 1)."""
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}")
    day = after
    while True:
        if is_working_day(day):
            n -= 1
            if n == 0:
                return day
        day += timedelta(days=1)


def working_days_later(day: date, n: int) -> date:
    """The day n working days after ``day``, which itself does not count."""
    return nth_working_day(day + timedelta(days=1), n)
