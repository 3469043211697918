"""What an alarm says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.tongbao.scan.test_alarms import history
from tongbao.scan.alarm_text import LISTED, _duration, alarm_text, subject_line
from tongbao.scan.alarms import events_since


def test_what_went_down_comes_first() -> None:
    rows = [*history("ttto", "a"), *history("ottt", "b")]
    events = events_since(rows, [], failures_before_alarm=3, names={"a": "示例旗人民政府网"})
    assert alarm_text("示例旗", events).splitlines() == [
        "示例旗网站巡检：2个网站无法访问，1个恢复",
        "异常：示例旗人民政府网（a），9月1日00:00起连续3次探测失败（超时）",
        "异常：b，9月1日01:00起连续3次探测失败（超时）",
        "恢复：示例旗人民政府网（a），9月1日03:00起可以访问，此前中断约3小时0分钟",
    ]


def test_one_kind_alone_is_not_padded() -> None:
    assert subject_line("示例旗", events_since(history("ttt"), [], failures_before_alarm=3)) == "示例旗网站巡检：1个网站无法访问"


def test_a_long_list_is_cut_and_says_so() -> None:
    rows = [row for number in range(LISTED + 5) for row in history("ttt", f"s{number:03d}")]
    lines = alarm_text("示例旗", events_since(rows, [], failures_before_alarm=3)).splitlines()
    assert len(lines) == LISTED + 2
    assert lines[-1] == "……另有5个，请到巡检记录中查看"


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=5), "1分钟"),
        (timedelta(minutes=59), "59分钟"),
        (timedelta(minutes=61), "1小时1分钟"),
        (timedelta(hours=47, minutes=59), "47小时59分钟"),
        (timedelta(hours=50), "2天2小时"),
    ],
)
def test_durations(length: timedelta, text: str) -> None:
    assert _duration(length) == text
