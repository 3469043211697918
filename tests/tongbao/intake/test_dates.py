"""What cells of dates and times become, in every form offices write them."""

from __future__ import annotations

from datetime import date, datetime, time

import pandas as pd
import pytest

from tests.tongbao.intake.cells import Q3, VOCABULARY, one, problems, raw, value
from tongbao.intake.normalise import normalise
from tongbao.period import SHANGHAI


def shanghai(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2020-10-13", shanghai(2020, 10, 13)),
        ("2020.10.13", shanghai(2020, 10, 13)),
        ("2020.9.3", shanghai(2020, 9, 3)),
        ("2020/10/13", shanghai(2020, 10, 13)),
        ("20201013", shanghai(2020, 10, 13)),
        (20201013, shanghai(2020, 10, 13)),
        (20201013.0, shanghai(2020, 10, 13)),
        ("2020年10月13日", shanghai(2020, 10, 13)),
        ("2020年9月3号", shanghai(2020, 9, 3)),
        ("２０２０年１０月１３日", shanghai(2020, 10, 13)),
        ("2020 年 10 月 13 日", None),
        ("2020—10—13", shanghai(2020, 10, 13)),
        (44117, shanghai(2020, 10, 13)),
        (44117.39583333333, shanghai(2020, 10, 13, 9, 30)),
        ("44117", shanghai(2020, 10, 13)),
        (date(2020, 10, 13), shanghai(2020, 10, 13)),
        (datetime(2020, 10, 13, 9, 30), shanghai(2020, 10, 13, 9, 30)),
        ("2020-10-13 9:30", shanghai(2020, 10, 13, 9, 30)),
        ("2020-10-13 09:30:05", shanghai(2020, 10, 13, 9, 30, 5)),
        ("2020-10-13T09:30:05.25", shanghai(2020, 10, 13, 9, 30, 5, 250_000)),
        ("2020-10-13T01:30:00Z", shanghai(2020, 10, 13, 9, 30)),
        ("2020-10-13T01:30:00+00:00", shanghai(2020, 10, 13, 9, 30)),
        ("2020/10/13 01:30 -0200", shanghai(2020, 10, 13, 11, 30)),
        ("2020年10月13日9时30分", shanghai(2020, 10, 13, 9, 30)),
        ("2020年10月13日 9：30", shanghai(2020, 10, 13, 9, 30)),
        ("20201013093005", shanghai(2020, 10, 13, 9, 30, 5)),
        ("2020-02-29", shanghai(2020, 2, 29)),
        ("1994-01-01", shanghai(1994, 1, 1)),
        ("2021-12-31", shanghai(2021, 12, 31)),
    ],
)
def test_instants(cell: object, expected: datetime | None) -> None:
    result = one("updates")(subject_id="a", section="要闻", observed_at="2020-09-28", last_published_at=cell)
    assert value(result, "last_published_at") == expected
    assert bool(len(result.problems)) is (expected is None)


@pytest.mark.parametrize("cell", [None, "", " ", "—", "/", "无", "未标注时间", "从未更新", "不详"])
def test_no_time_given(cell: object) -> None:
    result = one("updates")(subject_id="a", section="要闻", observed_at="2020-09-28", last_published_at=cell)
    assert value(result, "last_published_at") is None
    assert len(result.problems) == 0


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("2020-02-30", "不是存在的日期"),
        ("2020.13.01", "不是存在的日期"),
        ("2020-09-31 10:00", "不是存在的日期"),
        ("2020-09-30 25:00", "不是存在的日期"),
        ("20200230", "不是存在的日期"),
        ("0001-01-01", "不合理"),
        ("1900-01-01", "年份 1900 不合理"),
        ("1993-12-31", "年份 1993 不合理"),
        ("2022-01-01", "年份 2022 不合理"),
        ("2099-01-01 00:00:00", "年份 2099 不合理"),
        (10000, "年份 1927 不合理"),
        (datetime(2099, 1, 1), "年份 2099 不合理"),
        (time(9, 30), "没有日期"),
        ("2020年9月", "不完整"),
        (2020.1, "不完整"),
        (2020, "不完整"),
        ("9月28日", "看不懂"),
        ("20.9.28", "看不懂"),
        ("28/09/2020", "看不懂"),
        ("2020-09/28", "看不懂"),
        ("2020-09-281", "看不懂"),
        (1600000000, "看不懂"),
        (True, "看不懂"),
        ("昨天", "看不懂"),
    ],
)
def test_instants_that_cannot_be(cell: object, said: str) -> None:
    result = one("updates")(subject_id="a", section="要闻", observed_at="2020-09-28", last_published_at=cell)
    assert value(result, "last_published_at") is None
    assert problems(result) == [("last_published_at", "reject")]
    assert said in result.problems["reason"].iloc[0]


def test_a_day_without_its_day_is_only_warned_of() -> None:
    result = one("roster")(subject_id="a", name="甲", sponsor="某局", opened_on="2018年5月", filed_on="2018-02-30")
    assert value(result, "opened_on") is None
    assert problems(result) == [("opened_on", "warn"), ("filed_on", "reject")]


def test_days_are_shanghai_days() -> None:
    result = one("roster")(subject_id="a", name="甲", sponsor="某局", opened_on="2020-09-03 23:59", filed_on=44117)
    assert value(result, "opened_on") == pd.Timestamp(2020, 9, 3)
    assert value(result, "filed_on") == pd.Timestamp(2020, 10, 13)


def test_fast_and_careful_times_agree() -> None:
    texts = [
        "2020-09-28 09:30",
        "2020-09-28T09:30:15",
        "2020-09-28T01:30:00Z",
        "2020-02-30 09:30",
        "2099-01-01 00:00",
        "2020-09-28 24:00",
    ]
    careful = [one("probes")(subject_id="a", outcome="正常", probed_at=text.replace("-", "/")) for text in texts]
    fast = normalise(
        raw("probes", [{"subject_id": "a", "outcome": "正常", "probed_at": text} for text in texts]), VOCABULARY, period=Q3
    )
    assert [None if pd.isna(at) else at for at in fast.frame["probed_at"]] == [value(each, "probed_at") for each in careful]
    assert fast.problems["position"].tolist() == [3, 4, 5]
    assert fast.problems["value"].tolist() == texts[3:]
