"""VW5, D3.3 and D4.4b: messages, their replies and working days."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.tongbao.measures.bench import Bench, Clause, at

OVERDUE = Clause("overdue_messages")
JIUCUO = Clause("overdue_jiucuo")
PUBLISHED = Clause("published_messages_age_months")


def message(received: str, replied: str | None = None, number: str = "m1", **row: Any) -> dict[str, Any]:
    return {"message_id": number, "received_at": at(received), "replied_at": at(replied) if replied else None, **row}


@pytest.mark.parametrize(
    ("received", "replied", "value"),
    [
        ("2020-07-01", None, 0),
        ("2020-06-30 23:59:59", None, 1),
        ("2019-10-01", None, 1),
        ("2020-03-01", "2020-09-30", 0),
        ("2020-03-01", "2020-10-01 00:00:01", 1),
    ],
    ids=["exactly 3 months", "a second more", "first of the year", "answered late", "answered after the cutoff"],
)
def test_a_message_is_overdue_after_three_months(bench: Bench, received: str, replied: str | None, value: int) -> None:
    bench.deliver("messages", message(received, replied))
    assert bench.value(OVERDUE) == value


def test_messages_before_the_look_back_are_not_seen(bench: Bench) -> None:
    bench.deliver("messages", message("2019-09-30 23:59:59"))
    assert bench.row(OVERDUE) is None


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ({"valid": False}, 0),
        ({"valid": None}, 1),
        ({"channel": "网上信访"}, 0),
        ({"channel": "纪检监察举报"}, 0),
        ({"channel": "我为政府网站找错"}, 1),
    ],
)
def test_invalid_messages_and_petition_channels_do_not_count(bench: Bench, row: dict[str, Any], value: int) -> None:
    bench.deliver("messages", message("2020-01-10", **row))
    assert bench.value(OVERDUE) == value


def test_channels_may_be_chosen(bench: Bench) -> None:
    bench.deliver("messages", message("2020-01-10"), message("2020-01-11", number="m2", channel="区长信箱"))
    row = bench.row(Clause("overdue_messages", {"channels": ["信箱"]}))
    assert row is not None
    assert (row["value"], row["evidence"]) == (1, "区长信箱m2（2020-01-11收到）")


def test_the_newest_batch_knows_a_message_best(bench: Bench) -> None:
    bench.deliver("messages", message("2020-01-10"))
    bench.deliver("messages", message("2020-01-10", "2020-02-01"))
    assert bench.value(OVERDUE) == 0
    bench.batches["messages"].reverse()
    assert bench.value(OVERDUE) == 1


@pytest.mark.parametrize(
    ("received", "replied", "value"),
    [
        ("2020-09-24 17:00", "2020-09-28 23:59:59", 0),
        ("2020-09-24 17:00", "2020-09-29", 1),
        ("2020-09-24 17:00", None, 1),
        ("2020-09-27 08:00", None, 1),
        ("2020-09-28 08:00", None, 0),
        ("2020-04-01", None, 1),
        ("2020-03-31 23:59:59", None, None),
    ],
    ids=["third day's end", "fourth day", "never", "time over at the cutoff", "time not over", "first of six months", "too old"],
)
def test_three_working_days_with_the_sunday_worked_for_the_national_day(
    bench: Bench, received: str, replied: str | None, value: int | None
) -> None:
    """24 September 2020 is a Thursday; Sunday the 27th was a working day: the three are the 25th, 27th and 28th."""
    bench.deliver("messages", message(received, replied, channel="我为政府网站找错"))
    assert bench.value(JIUCUO) == value


@pytest.mark.parametrize(("replied", "value"), [("2020-10-10 23:59:59", 0), ("2020-10-11", 1), ("2020-10-08 12:00", 0)])
def test_the_national_holiday_does_not_count(bench: Bench, replied: str, value: int) -> None:
    """Received on 29 September, due on 10 October: the 30th, the 9th and that Saturday are worked."""
    bench.deliver("messages", message("2020-09-29", replied, channel="找错"))
    assert bench.value(JIUCUO, cutoff=at("2020-10-20")) == value


def test_only_valid_corrections_count(bench: Bench) -> None:
    bench.deliver("messages", message("2020-08-03", channel="找错", valid=False), message("2020-08-03", number="m2"))
    row = bench.row(JIUCUO)
    assert row is not None
    assert row["value"] == 0
    assert pd.isna(row["evidence"])


def test_the_evidence_tells_late_from_never(bench: Bench) -> None:
    bench.deliver(
        "messages", message("2020-08-03", channel="找错"), message("2020-08-04", "2020-08-20", number="m2", channel="找错")
    )
    row = bench.row(JIUCUO)
    assert row is not None
    assert row["evidence"] == "m1（2020-08-03收到，未答复）、m2（2020-08-04收到，2020-08-20答复）"


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        ([message("2020-07-20", "2020-08-01", published=True)], 0),
        ([message("2020-07-20", "2020-07-31 23:59:59", published=True)], 1),
        ([message("2020-08-01", published=True)], 0),
        ([message("2020-09-20", "2020-09-21", published=False)], 1),
    ],
    ids=["exactly 2 months", "a second more", "dated by receipt", "none published"],
)
def test_published_messages_are_renewed_within_two_months(bench: Bench, rows: list[dict[str, Any]], value: int) -> None:
    bench.deliver("messages", *rows)
    assert bench.value(PUBLISHED) == value
