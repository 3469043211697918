"""VW5, D3.3 and D4.4b: messages, their replies and working days."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.tongbao.measures.bench import Bench, Cases, Clause, at

OVERDUE = Clause("overdue_messages")
JIUCUO = Clause("overdue_jiucuo")
PUBLISHED = Clause("published_messages_age_months")


def message(received: str, replied: str | None = None, number: str = "m1", **row: Any) -> dict[str, Any]:
    return {"message_id": number, "received_at": at(received), "replied_at": at(replied) if replied else None, **row}


def value_of(row: dict[str, Any] | None) -> float | None:
    return None if row is None else row["value"]


THREE_MONTHS = {
    "exactly 3 months": ("2020-07-01", None, 0),
    "a second more": ("2020-06-30 23:59:59", None, 1),
    "first of the year": ("2019-10-01", None, 1),
    "answered late": ("2020-03-01", "2020-09-30", 0),
    "answered after the cutoff": ("2020-03-01", "2020-10-01 00:00:01", 1),
}


@pytest.mark.parametrize("case", THREE_MONTHS)
def test_a_message_is_overdue_after_three_months(cases: Cases, case: str) -> None:
    rows = {name: [message(received, replied)] for name, (received, replied, _) in THREE_MONTHS.items()}
    assert value_of(cases.row(case, "messages", OVERDUE, rows)) == THREE_MONTHS[case][2]


def test_messages_before_the_look_back_are_not_seen(bench: Bench) -> None:
    bench.deliver("messages", message("2019-09-30 23:59:59"))
    assert bench.row(OVERDUE) is None


COUNTED: list[tuple[dict[str, Any], int]] = [
    ({"valid": False}, 0),
    ({"valid": None}, 1),
    ({"channel": "网上信访"}, 0),
    ({"channel": "纪检监察举报"}, 0),
    ({"channel": "我为政府网站找错"}, 1),
]


@pytest.mark.parametrize(("row", "value"), COUNTED)
def test_invalid_messages_and_petition_channels_do_not_count(cases: Cases, row: dict[str, Any], value: int) -> None:
    rows = {str(columns): [message("2020-01-10", **columns)] for columns, _ in COUNTED}
    assert value_of(cases.row(str(row), "messages", OVERDUE, rows)) == value


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


THREE_DAYS = {
    "third day's end": ("2020-09-24 17:00", "2020-09-28 23:59:59", 0),
    "fourth day": ("2020-09-24 17:00", "2020-09-29", 1),
    "never": ("2020-09-24 17:00", None, 1),
    "time over at the cutoff": ("2020-09-27 08:00", None, 1),
    "time not over": ("2020-09-28 08:00", None, 0),
    "first of six months": ("2020-04-01", None, 1),
    "too old": ("2020-03-31 23:59:59", None, None),
}


@pytest.mark.parametrize("case", THREE_DAYS)
def test_three_working_days_with_the_sunday_worked_for_the_national_day(cases: Cases, case: str) -> None:
    """24 September 2020 is a Thursday; Sunday the 27th was a working day: the three are the 25th, 27th and 28th."""
    rows = {name: [message(received, replied, channel="我为政府网站找错")] for name, (received, replied, _) in THREE_DAYS.items()}
    assert value_of(cases.row(case, "messages", JIUCUO, rows)) == THREE_DAYS[case][2]


HOLIDAY = {"2020-10-10 23:59:59": 0, "2020-10-11": 1, "2020-10-08 12:00": 0}


@pytest.mark.parametrize("replied", HOLIDAY)
def test_the_national_holiday_does_not_count(cases: Cases, replied: str) -> None:
    """Received on 29 September, due on 10 October: the 30th, the 9th and that Saturday are worked."""
    rows = {day: [message("2020-09-29", day, channel="找错")] for day in HOLIDAY}
    assert value_of(cases.row(replied, "messages", JIUCUO, rows, cutoff=at("2020-10-20"))) == HOLIDAY[replied]


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


RENEWED = {
    "exactly 2 months": (message("2020-07-20", "2020-08-01", published=True), 0),
    "a second more": (message("2020-07-20", "2020-07-31 23:59:59", published=True), 1),
    "dated by receipt": (message("2020-08-01", published=True), 0),
    "none published": (message("2020-09-20", "2020-09-21", published=False), 1),
}


@pytest.mark.parametrize("case", RENEWED)
def test_published_messages_are_renewed_within_two_months(cases: Cases, case: str) -> None:
    rows = {name: [row] for name, (row, _) in RENEWED.items()}
    assert value_of(cases.row(case, "messages", PUBLISHED, rows)) == RENEWED[case][1]
