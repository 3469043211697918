from __future__ import annotations

from datetime import date, datetime

import pytest

from tongbao.errors import TongbaoError
from tongbao.period import (
    SHANGHAI,
    Period,
    PeriodKind,
    holidays_known,
    is_working_day,
    nth_working_day,
    working_days_later,
)


@pytest.mark.parametrize(
    ("label", "first", "last", "title"),
    [
        ("2020", date(2020, 1, 1), date(2020, 12, 31), "2020年"),
        ("2020-H1", date(2020, 1, 1), date(2020, 6, 30), "2020年上半年"),
        ("2020-H2", date(2020, 7, 1), date(2020, 12, 31), "2020年下半年"),
        ("2020-Q1", date(2020, 1, 1), date(2020, 3, 31), "2020年第一季度"),
        ("2020-Q3", date(2020, 7, 1), date(2020, 9, 30), "2020年第三季度"),
        ("2020-Q4", date(2020, 10, 1), date(2020, 12, 31), "2020年第四季度"),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29), "2020年2月"),
        ("2020-12", date(2020, 12, 1), date(2020, 12, 31), "2020年12月"),
        ("2020-09-30", date(2020, 9, 30), date(2020, 9, 30), "2020年9月30日"),
    ],
)
def test_label_and_days_belong_together(label: str, first: date, last: date, title: str) -> None:
    period = Period.parse(label)
    assert (period.first, period.last, period.label, period.title) == (first, last, label, title)
    assert Period.containing(last, period.kind) == period


@pytest.mark.parametrize("label", ["", "2020-Q5", "2020Q3", "2020-13", "2020-H3", "2020-02-30", "第三季度", "0000", "20-Q3"])
def test_an_unreadable_label_is_told_with_the_accepted_forms(label: str) -> None:
    with pytest.raises(TongbaoError, match="2020-Q3"):
        Period.parse(label)


def test_a_period_ends_at_the_instant_its_successor_starts_in_shanghai() -> None:
    period = Period.parse("2020-Q3")
    assert period.end_at == datetime(2020, 10, 1, tzinfo=SHANGHAI) == period.next().start_at
    assert period.start_at.utcoffset() == period.end_at.utcoffset()


@pytest.mark.parametrize(
    ("label", "previous", "year_before"),
    [
        ("2020-Q1", "2019-Q4", "2019-Q1"),
        ("2020-H1", "2019-H2", "2019-H1"),
        ("2020-03", "2020-02", "2019-03"),
        ("2020", "2019", "2019"),
    ],
)
def test_earlier_periods_are_of_the_same_kind(label: str, previous: str, year_before: str) -> None:
    period = Period.parse(label)
    assert (period.previous().label, period.year_before().label) == (previous, year_before)
    assert period.previous().next() == period


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2020, 10, 1), False),  # 国庆与中秋
        (date(2020, 10, 8), False),
        (date(2020, 10, 9), True),
        (date(2020, 10, 10), True),  # a Saturday worked in exchange
        (date(2020, 9, 27), True),  # a Sunday worked in exchange
        (date(2020, 1, 31), False),  # 春节 prolonged in 2020
        (date(2045, 10, 2), True),  # beyond the table: a Monday
        (date(2045, 10, 1), False),  # beyond the table: a Sunday
    ],
)
def test_working_days_follow_the_holiday_table_and_then_the_week(day: date, working: bool) -> None:
    assert is_working_day(day) is working


def test_the_table_says_how_far_it_reaches() -> None:
    assert holidays_known(date(2020, 1, 1))
    assert not holidays_known(date(2045, 1, 1))


def test_the_nth_working_day_counts_the_first_day_itself() -> None:
    assert nth_working_day(date(2020, 7, 1), 1) == date(2020, 7, 1)
    assert nth_working_day(date(2020, 10, 1), 1) == date(2020, 10, 9)
    assert nth_working_day(date(2020, 10, 1), 10) == date(2020, 10, 21)


def test_working_days_later_leaves_the_first_day_out() -> None:
    assert working_days_later(date(2020, 9, 30), 1) == date(2020, 10, 9)
    assert working_days_later(date(2020, 10, 9), 1) == date(2020, 10, 10)


def test_a_count_below_one_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        nth_working_day(date(2020, 1, 1), 0)


def test_kinds_have_distinct_labels_for_one_day() -> None:
    labels = {Period.containing(date(2020, 9, 30), kind).label for kind in PeriodKind}
    assert len(labels) == len(PeriodKind)
