"""The book of alarms: decided before told, told once a channel, whatever breaks in between."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from upath import UPath

from tests.tongbao.scan.test_alarms import START, history
from tongbao.scan.alarm_book import KEPT_OPEN, STALE, AlarmBook
from tongbao.scan.alarms import Event, events_since

CHANNELS = ("mail", "dingtalk-1")
NOW = START + timedelta(hours=3, minutes=1)


def opened(subject_id: str = "a") -> list[Event]:
    return events_since(history("ttt", subject_id), [], failures_before_alarm=3)


def book(tmp_path: Path) -> AlarmBook:
    return AlarmBook(UPath(tmp_path / "alarms"))


def test_nothing_is_written_where_nothing_happened(tmp_path: Path) -> None:
    book(tmp_path).decide([], NOW)
    assert book(tmp_path).decided(NOW) == []
    assert book(tmp_path).untold(CHANNELS, NOW) == []
    assert not (tmp_path / "alarms").exists()


def test_events_come_back_in_order(tmp_path: Path) -> None:
    later = NOW + timedelta(days=40)
    book(tmp_path).decide(opened("b"), later)
    book(tmp_path).decide(opened("a"), NOW)
    assert [event.subject_id for event in book(tmp_path).decided(later)] == ["a", "b"]
    assert [event.subject_id for event in book(tmp_path).decided(NOW)] == ["a"]
    assert [event.subject_id for event in book(tmp_path).decided(NOW + KEPT_OPEN + timedelta(days=1))] == ["b"]


def test_each_channel_is_told_once_and_only_what_it_misses(tmp_path: Path) -> None:
    book(tmp_path).decide(opened(), NOW)
    first, second = book(tmp_path).untold(CHANNELS, NOW)
    assert (first.channel, second.channel) == CHANNELS
    assert first.events == tuple(opened())
    book(tmp_path).tell(first, NOW)
    # The process died here: the next run tells the other channel alone.
    assert [waiting.channel for waiting in book(tmp_path).untold(CHANNELS, NOW + timedelta(hours=1))] == ["dingtalk-1"]
    book(tmp_path).tell(second, NOW)
    assert book(tmp_path).untold(CHANNELS, NOW + timedelta(hours=1)) == []


def test_old_news_is_left_alone(tmp_path: Path) -> None:
    book(tmp_path).decide(opened(), NOW)
    assert book(tmp_path).untold(CHANNELS, NOW + STALE - timedelta(minutes=1))
    assert book(tmp_path).untold(CHANNELS, NOW + STALE + timedelta(minutes=1)) == []


def test_a_half_written_decision_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "alarms" / f"{NOW:%Y-%m}"
    folder.mkdir(parents=True)
    (folder / f".{NOW:%Y%m%dT%H%M%S%f}.json.1.partial").write_text("[")
    assert book(tmp_path).decided(datetime.now(NOW.tzinfo)) == []
