"""Dates as Chinese pages write them."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pace import is_within
from tongbao.period import SHANGHAI
from tongbao.scan.page.dates import dates_in, find_dates, row_date, url_date

SEEN_AT = datetime(2020, 10, 14, 9, 30, tzinfo=SHANGHAI)


def _at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-10-13", [_at(2020, 10, 13)]),
        ("2020.10.13", [_at(2020, 10, 13)]),
        ("2020/1/3", [_at(2020, 1, 3)]),
        ("[2020-10-13]", [_at(2020, 10, 13)]),
        ("（2020－10－13）", [_at(2020, 10, 13)]),
        ("2020年10月13日", [_at(2020, 10, 13)]),
        ("2020 年 10 月 13 日", [_at(2020, 10, 13)]),
        ("二〇二〇年十月十三日", [_at(2020, 10, 13)]),
        ("二○二○年一月三十一日", [_at(2020, 1, 31)]),
        ("二零一九年十二月二十日", [_at(2019, 12, 20)]),
        ("一九九八年三月廿一日", [_at(1998, 3, 21)]),
        ("２０２０年１０月１３日", [_at(2020, 10, 13)]),
        ("2020-10-13 08:30", [_at(2020, 10, 13, 8, 30)]),
        ("2020-10-13 08:30:15", [_at(2020, 10, 13, 8, 30, 15)]),
        ("2020年10月13日8时30分", [_at(2020, 10, 13, 8, 30)]),
        ("2020年10月13日08:30", [_at(2020, 10, 13, 8, 30)]),
        ("2020-10-13T08:30:15+08:00", [_at(2020, 10, 13, 8, 30, 15)]),
        ("2020-10-13T00:30:00Z", [_at(2020, 10, 13, 8, 30)]),
        ("2020-10-13T20:30:00.123Z", [_at(2020, 10, 14, 4, 30)]),
        ("2020-10-13 24:00", [_at(2020, 10, 14)]),
        ("发布时间：2020-10-13 来源：示例旗", [_at(2020, 10, 13)]),
        ("2020-10-13 至 2020-10-20", [_at(2020, 10, 13), _at(2020, 10, 20)]),
        ("2020-10-132020-10-14", []),
        ("2020-02-30", []),
        ("2020-13-01", []),
        ("2019-02-29 2020-02-29", [_at(2020, 2, 29)]),
        ("1949-10-01", []),
        ("2020-10/13", []),
        ("12020-10-13", []),
        ("2020-10-131", []),
        ("2020-10", []),
        ("10-13", []),
        ("10月13日", []),
        ("昨天", []),
        ("150699000120201013", []),
        ("2099-12-31", [_at(2099, 12, 31)]),
        ("二〇二〇年十三月一日", []),
        ("", []),
    ],
)
def test_dates(text: str, expected: list[datetime]) -> None:
    assert dates_in(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10-13", [_at(2020, 10, 13)]),
        ("[10/13]", [_at(2020, 10, 13)]),
        ("10月13日", [_at(2020, 10, 13)]),
        ("2019-10-13", [_at(2019, 10, 13)]),
        ("2019年10月13日", [_at(2019, 10, 13)]),
        ("13-10", []),
        ("0477-10-13", []),
        ("3.5%", []),
        ("12:10-13", []),
    ],
)
def test_month_and_day_count_with_a_year_only(text: str, expected: list[datetime]) -> None:
    assert dates_in(text, year=2020) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("昨天", [_at(2020, 10, 13)]),
        ("前天 08:30", [_at(2020, 10, 12, 8, 30)]),
        ("3小时前", [_at(2020, 10, 14, 6, 30)]),
        ("15分钟前", [_at(2020, 10, 14, 9, 15)]),
        ("2天前", [_at(2020, 10, 12)]),
        ("刚刚", [SEEN_AT]),
        ("2020-10-01", [_at(2020, 10, 1)]),
    ],
)
def test_relative_dates_count_with_a_clock_only(text: str, expected: list[datetime]) -> None:
    assert dates_in(text, seen_at=SEEN_AT) == expected
    assert dates_in(text, seen_at=SEEN_AT.astimezone(UTC)) == expected


def test_a_date_knows_where_it_stands() -> None:
    text = "关于２０２０年１０月１３日会议"
    (found,) = find_dates(text)
    assert text[found.start : found.end] == "２０２０年１０月１３日"
    assert not found.has_clock


@pytest.mark.parametrize(
    ("text", "url", "expected"),
    [
        ("13 2020-10", "", _at(2020, 10, 13)),
        ("13日 2020年10月", "", _at(2020, 10, 13)),
        ("2020.10 13", "", _at(2020, 10, 13)),
        ("10-13", "http://www.shiliqi.example/202010/t20201013_1.html", _at(2020, 10, 13)),
        ("10-12", "http://www.shiliqi.example/202010/t20201013_1.html", None),
        ("", "http://www.shiliqi.example/202010/t20201013_1.html", None),
        ("10-13", "http://www.shiliqi.example/a.html", None),
        ("2020-10", "", None),
    ],
)
def test_a_row_without_a_whole_date(text: str, url: str, expected: datetime | None) -> None:
    assert row_date(text, url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/xw/202010/t20201013_123.html", date(2020, 10, 13)),
        ("/art/2020/10/13/art_1_2.html", date(2020, 10, 13)),
        ("/2020-10/13/content_1.html", date(2020, 10, 13)),
        ("/2020/1013/1.html", date(2020, 10, 13)),
        ("/id/1202010134.html", None),
        ("/20201313.html", None),
    ],
)
def test_the_day_in_an_address(url: str, expected: date | None) -> None:
    assert url_date(url) == expected


@given(
    st.dates(date(1994, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["{0:%Y-%m-%d}", "{0:%Y.%m.%d}", "{0:%Y/%m/%d}", "{0:%Y年%m月%d日}"]),
)
def test_every_day_in_every_form_within_any_text(day: date, form: str) -> None:
    assert dates_in("示例" + form.format(day) + "公布") == [datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)]


@pytest.mark.parametrize(
    "piece", ["2020-", " ", "年", "2020年", "20", "1", "二〇二〇年", "十", "2020-10-13 ", "10-", "２", "2020 年  ", "1 2020-1"]
)
def test_a_megabyte_of_anything_is_read_in_bounded_time(piece: str) -> None:
    text = piece * (1_000_000 // len(piece.encode()))
    started = time.process_time()
    dates_in(text)
    assert is_within(time.process_time() - started, 0.8)
