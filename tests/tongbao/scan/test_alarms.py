"""Incidents: opened after so many failures in a row, once; recovered once."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao.period import SHANGHAI
from tongbao.scan.alarms import Change, Event, events_since

START = datetime(2020, 9, 1, tzinfo=SHANGHAI)
LETTERS = {"o": "ok", "t": "timeout", "5": "http_5xx", "d": "dns", "b": "blocked", "s": "ok"}


def history(letters: str, subject_id: str = "a") -> list[dict[str, Any]]:
    """One probe an hour by its letter; a dot is a missing one, ``s`` one that took fifteen seconds."""
    return [
        {
            "subject_id": subject_id,
            "probed_at": START + timedelta(hours=hour),
            "outcome": LETTERS[letter],
            "elapsed_s": 15.0 if letter == "s" else None if letter == "b" else 0.1,
        }
        for hour, letter in enumerate(letters)
        if letter != "."
    ]


def told(letters: str, decided: list[Event] | None = None, number: int = 3) -> list[tuple[str, int, int]]:
    """Change, hour it was decided, hour it began."""
    events = events_since(history(letters), decided or [], failures_before_alarm=number)
    return [(event.change.value, _hour(event.at), _hour(event.since)) for event in events]


def _hour(at: datetime) -> int:
    return int((at - START) / timedelta(hours=1))


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("", []),
        ("oooo", []),
        ("ttott", []),
        ("ttt", [("opened", 2, 0)]),
        ("ottt", [("opened", 3, 1)]),
        ("t5d", [("opened", 2, 0)]),
        ("sss", [("opened", 2, 0)]),
        ("tttttt", [("opened", 2, 0)]),
        ("tttoo", [("opened", 2, 0), ("recovered", 3, 0)]),
        ("tttottt", [("opened", 2, 0), ("recovered", 3, 0), ("opened", 6, 4)]),
        # A firewall's answer or a missing probe neither counts nor ends a series.
        ("bbbb", []),
        ("tbtbbt", [("opened", 5, 0)]),
        ("t.t..t", [("opened", 5, 0)]),
        ("tttb", [("opened", 2, 0)]),
        ("tttbo", [("opened", 2, 0), ("recovered", 4, 0)]),
        ("tttbs", [("opened", 2, 0)]),
    ],
)
def test_series(letters: str, expected: list[tuple[str, int, int]]) -> None:
    assert told(letters) == expected


def test_the_number_of_failures_is_the_offices() -> None:
    assert told("t", number=1) == [("opened", 0, 0)]
    assert told("tttt", number=5) == []


def test_incident_and_recovery_bear_one_name() -> None:
    opened, recovered = events_since(history("ttto"), [], failures_before_alarm=3, names={"a": "示例网"})
    assert opened.incident == recovered.incident == "a@2020-09-01T00:00:00+08:00"
    assert (opened.name, opened.failures, opened.outcome.value) == ("示例网", 3, "timeout")
    assert (recovered.failures, recovered.outcome.value) == (3, "ok")


def test_sites_do_not_mix() -> None:
    rows = [*history("tt", "a"), *history("t..t", "b"), *history("ttt", "c")]
    assert [event.subject_id for event in events_since(rows, [], failures_before_alarm=3)] == ["c"]


def test_what_was_decided_is_not_decided_again_nor_by_rows_that_come_late() -> None:
    decided = events_since(history("ttt"), [], failures_before_alarm=3)
    assert told("ttttt", decided) == []
    # Delivered after the alarm, measured before it.
    assert told("oot", decided) == []
    assert told("tttto", decided) == [("recovered", 4, 0)]


def test_an_event_survives_being_written_down() -> None:
    (event,) = events_since(history("ttt"), [], failures_before_alarm=3)
    assert Event.from_json(event.to_json()) == event


@given(st.text(alphabet="otb.", max_size=40), st.lists(st.integers(0, 40), max_size=6), st.randoms(use_true_random=False))
def test_reading_piece_by_piece_tells_the_same_as_reading_at_once(letters: str, cuts: list[int], luck: random.Random) -> None:
    """Whatever the rounds, however often rows come again and in whatever order: each event once, alternating per site."""
    whole = events_since(history(letters), [], failures_before_alarm=2)
    decided: list[Event] = []
    for until in sorted({*cuts, 41}):
        rows = history(letters)
        seen = [row for row in rows if row["probed_at"] < START + timedelta(hours=until)]
        luck.shuffle(seen)
        decided += events_since(seen + seen[:3], decided, failures_before_alarm=2)
    assert decided == whole
    changes = [event.change for event in whole]
    assert changes == [(Change.OPENED, Change.RECOVERED)[number % 2] for number in range(len(changes))]
