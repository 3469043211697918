"""The timetable against dates counted by hand from the State Council's holiday arrangements."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

import pendulum
import pytest
from airflow.timetables.base import DataInterval, TimeRestriction

from tongbao.period import SHANGHAI, Period
from tongbao_airflow import timetable as module
from tongbao_airflow.timetable import PeriodTimetable


def at(text: str) -> pendulum.DateTime:
    return pendulum.instance(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


def interval(label: str) -> DataInterval:
    period = Period.parse(label)
    return DataInterval(pendulum.instance(period.start_at), pendulum.instance(period.end_at))


def quarterly(**settings: Any) -> PeriodTimetable:
    return PeriodTimetable(**{"kind": "quarter", "working_day": 10, "hour": 8} | settings)


@pytest.mark.parametrize(
    ("label", "working_day", "due"),
    [
        # National Day 1–8 October 2020, Saturday the 10th worked instead.
        pytest.param("2020-Q3", 10, "2020-10-21T08:00", id="national-day"),
        pytest.param("2020-Q3", 1, "2020-10-09T08:00", id="first-day-after-the-holiday"),
        pytest.param("2020-Q3", 2, "2020-10-10T08:00", id="a-worked-saturday"),
        pytest.param("2020-Q2", 10, "2020-07-14T08:00", id="no-holiday"),
        pytest.param("2019-Q4", 10, "2020-01-15T08:00", id="new-year"),
        # Spring Festival 11–17 February 2021, Sunday the 7th worked instead.
        pytest.param("2021-01", 6, "2021-02-07T08:00", id="a-worked-sunday"),
        pytest.param("2021-01", 10, "2021-02-18T08:00", id="spring-festival"),
        # Prolonged to 2 February 2020 by the epidemic.
        pytest.param("2020-01", 1, "2020-02-03T08:00", id="prolonged-holiday"),
        pytest.param("2023-Q1", 10, "2023-04-17T08:00", id="tomb-sweeping"),
        pytest.param("2020-H1", 10, "2020-07-14T08:00", id="half-year"),
        pytest.param("2020", 10, "2021-01-15T08:00", id="year"),
        pytest.param("2040-Q3", 10, "2040-10-12T08:00", id="beyond-the-table-monday-to-friday"),
    ],
)
def test_run_is_due_on_the_nth_working_day_after_the_period(label: str, working_day: int, due: str) -> None:
    period = Period.parse(label)
    assert PeriodTimetable(period.kind, working_day, 8).due_at(period) == at(due)


def all_runs(timetable: PeriodTimetable, first: str, last: str) -> list[tuple[str, str]]:
    """What a backfill over these dates makes: (period, due day)."""
    restriction = TimeRestriction(at(first), at(last), catchup=True)
    runs, info = [], None
    while info := timetable.next_dagrun_info_v2(last_dagrun_info=info, restriction=restriction):
        assert info.data_interval is not None
        assert info.partition_key is None
        runs.append((Period.containing(info.data_interval.start.date(), timetable.kind).label, info.run_after.isoformat()))
    return runs


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        ("2020-04-01", "2020-09-30", ["2020-Q2", "2020-Q3"]),
        ("2020-04-01", "2020-06-30", ["2020-Q2"]),
        ("2020-04-02", "2020-09-30", ["2020-Q3"]),
        ("2020-04-01", "2020-07-01", ["2020-Q2", "2020-Q3"]),
        ("2020-10-01", "2021-04-01", ["2020-Q4", "2021-Q1", "2021-Q2"]),
        ("2020-04-02", "2020-06-30", []),
    ],
)
def test_backfill_makes_the_periods_that_start_within_its_dates(first: str, last: str, labels: list[str]) -> None:
    assert [label for label, _ in all_runs(quarterly(), first, last)] == labels


def test_runs_carry_the_due_day_not_the_end_of_the_period() -> None:
    assert all_runs(quarterly(), "2020-07-01", "2020-09-30") == [("2020-Q3", "2020-10-21T08:00:00+08:00")]


@pytest.mark.parametrize(
    ("now", "next_label"),
    [
        ("2020-10-01T00:00", "2020-Q3"),
        ("2020-10-21T07:59", "2020-Q3"),
        ("2020-10-21T08:00", "2020-Q3"),
        ("2020-10-28T07:59", "2020-Q3"),
        ("2020-10-28T08:00", "2020-Q4"),
        ("2026-11-22T12:00", "2026-Q4"),
    ],
)
def test_without_catchup_a_run_is_made_up_for_within_a_week(now: str, next_label: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_now", lambda: at(now))
    info = quarterly().next_dagrun_info(
        last_automated_data_interval=None, restriction=TimeRestriction(at("2020-04-01"), None, catchup=False)
    )
    assert info is not None
    assert info.data_interval == interval(next_label)


@pytest.mark.parametrize("working_day", [1, 10, 60])
@pytest.mark.parametrize("kind", ["day", "month", "quarter", "half", "year"])
def test_no_period_is_lost_or_repeated_over_three_years_of_scheduling(
    kind: str, working_day: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    timetable = PeriodTimetable(kind, working_day, 8)
    restriction = TimeRestriction(at("2019-01-01"), None, catchup=False)
    last, made = None, []
    now = at("2021-01-01T00:00")
    for _ in range(12):
        monkeypatch.setattr(module, "_now", lambda now=now: now)
        info = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
        assert info is not None
        last = info.data_interval
        made.append(last)
        now = max(now, info.run_after).add(minutes=1)
    assert all(before.end == after.start for before, after in pairwise(made))


def test_after_a_backfill_of_old_periods_scheduling_goes_on_from_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_now", lambda: at("2026-11-22T12:00"))
    restriction = TimeRestriction(at("2020-04-01"), None, catchup=False)
    info = quarterly().next_dagrun_info(last_automated_data_interval=interval("2020-Q3"), restriction=restriction)
    assert info is not None
    assert info.data_interval == interval("2026-Q4")


def test_a_change_from_months_to_quarters_repeats_no_day() -> None:
    restriction = TimeRestriction(at("2020-01-01"), None, catchup=True)
    info = quarterly().next_dagrun_info(last_automated_data_interval=interval("2020-04"), restriction=restriction)
    assert info is not None
    assert info.data_interval == interval("2020-Q3")


def test_start_after_the_last_allowed_date_makes_no_run() -> None:
    restriction = TimeRestriction(at("2020-07-01"), at("2020-06-30"), catchup=True)
    assert quarterly().next_dagrun_info(last_automated_data_interval=None, restriction=restriction) is None


@pytest.mark.parametrize(
    ("asked_at", "label"),
    [
        ("2020-10-01T00:00", "2020-Q3"),
        ("2020-09-30T23:59", "2020-Q2"),
        ("2020-12-31T23:59", "2020-Q3"),
    ],
)
def test_manual_run_is_about_the_last_complete_period(asked_at: str, label: str) -> None:
    assert quarterly().infer_manual_data_interval(run_after=at(asked_at)) == interval(label)


def test_instants_in_utc_are_judged_in_shanghai() -> None:
    last_hours_of_september = pendulum.datetime(2020, 9, 30, 16, tz="UTC")
    assert quarterly().infer_manual_data_interval(run_after=last_hours_of_september) == interval("2020-Q3")


def test_survives_serialisation() -> None:
    timetable = quarterly(kind="half", working_day=3, hour=17)
    copy = PeriodTimetable.deserialize(timetable.serialize())
    assert copy.serialize() == timetable.serialize() == {"kind": "half", "working_day": 3, "hour": 17}


def test_tells_its_schedule_and_where_the_holiday_table_ends() -> None:
    timetable = quarterly()
    assert timetable.summary == "季度结束后第10个工作日08:00（北京时间）"
    assert timetable.description.startswith(timetable.summary)
    assert "此后按周一至周五计" in timetable.description


def test_backfill_is_allowed() -> None:
    assert quarterly().periodic
