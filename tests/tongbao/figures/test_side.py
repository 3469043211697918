from __future__ import annotations

from datetime import datetime
from fractions import Fraction

import pandas as pd
import pytest

from tests.tongbao.judged import Q3, banner_figures
from tests.tongbao.ranked import city_figures
from tongbao.figures import Figures
from tongbao.figures.side import message_counts
from tongbao.period import SHANGHAI


@pytest.fixture(scope="module")
def figures() -> Figures:
    return city_figures()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("messages.received", 10),
        ("messages.unanswered", 1),
        ("messages.by_channel.我为政府网站找错.reply_rate", Fraction(3, 4)),
        ("messages.by_channel.领导信箱.replied", 6),
        ("websites.with_address", 3),
        ("websites.https", 2),
        ("websites.clauses.D4_9_1.judged", 3),
        ("websites.clauses.D4_9_1.met_rate", Fraction(2, 3)),
        ("accounts.clauses.VM2_1.breached", 2),
    ],
)
def test_side_metrics_counted_by_hand(figures: Figures, name: str, value: object) -> None:
    assert figures.value(name) == value


def test_what_was_not_delivered_is_absent() -> None:
    figures = banner_figures()
    assert figures.why_absent("messages.received") == "本期没有收到留言办理数据"
    assert figures.why_absent("websites.https_rate") == "websites.with_address为0，无从计算比率"


def at(day: int, month: int = 8) -> datetime:
    return datetime(2020, month, day, 9, tzinfo=SHANGHAI)


def test_of_a_message_delivered_twice_the_newest_counts_and_only_the_periods_own() -> None:
    rows = [
        ("w", "m1", "信箱", at(3), None, True),
        ("w", "m1", "信箱", at(3), at(5), True),
        ("w", "m2", "信箱", at(4), at(9, 10), None),
        ("w", "m3", "信箱", at(30, 6), at(1, 7), True),
        ("w", "m4", "信箱", at(6), at(7), False),
        ("v", "m1", "找错", at(6), None, True),
    ]
    columns = ["subject_id", "message_id", "channel", "received_at", "replied_at", "valid"]
    messages = pd.DataFrame(rows, columns=columns).astype({"received_at": "datetime64[us, Asia/Shanghai]"})
    messages["replied_at"] = pd.to_datetime(messages["replied_at"], utc=True).dt.tz_convert(SHANGHAI)
    table = message_counts(messages, Q3.start_at, Q3.end_at)
    assert table.to_dict("records") == [
        {"channel": "信箱", "received": 2, "replied": 1},
        {"channel": "找错", "received": 1, "replied": 0},
    ]
