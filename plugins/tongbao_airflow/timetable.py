"""The office's own timetable: one run per calendar period, on the n-th working day after it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval, Timetable

from tongbao.period import SHANGHAI, Period, PeriodKind, holiday_years, nth_working_day

if TYPE_CHECKING:
    from airflow.timetables.base import TimeRestriction

KIND_NAMES = {
    PeriodKind.YEAR: "年度",
    PeriodKind.HALF: "半年",
    PeriodKind.QUARTER: "季度",
    PeriodKind.MONTH: "月度",
    PeriodKind.DAY: "每日",
}

MADE_UP_FOR = timedelta(days=7)
"""How long after its hour a run is still made up for when Airflow stood still; later it takes a backfill."""


class PeriodTimetable(Timetable):
    """Run once per calendar period of Asia/Shanghai, at ``hour``:00 on the n-th Chinese working day after its end.

    The data interval is the period itself. Beyond the years of the holiday table Monday to Friday count as working days.
    """

    def __init__(self, kind: PeriodKind | str = PeriodKind.QUARTER, working_day: int = 10, hour: int = 8) -> None:
        self.kind = PeriodKind(kind)
        self.working_day = working_day
        self.hour = hour
        self.description = f"{self.summary}；法定节假日安排已知至{holiday_years()[-1]}年，此后按周一至周五计"

    @property
    def summary(self) -> str:
        return f"{KIND_NAMES[self.kind]}结束后第{self.working_day}个工作日{self.hour:02d}:00（北京时间）"

    def serialize(self) -> dict[str, Any]:
        return {"kind": self.kind.value, "working_day": self.working_day, "hour": self.hour}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        return cls(**data)

    def due_at(self, period: Period) -> datetime:
        """The instant the run of ``period`` is due."""
        return datetime.combine(nth_working_day(period.after, self.working_day), time(self.hour), SHANGHAI)

    def last_complete(self, at: datetime) -> Period:
        """The newest period that has ended at ``at``."""
        return Period.containing(at.astimezone(SHANGHAI).date(), self.kind).previous()

    def infer_manual_data_interval(self, *, run_after: pendulum.DateTime) -> DataInterval:
        return _interval(self.last_complete(run_after))

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """Find the run after the last automated one.

        Without catchup a run is left out once it is more than ``MADE_UP_FOR`` late: a DAG switched on in mid-quarter
        shall not issue last quarter's circular by surprise, and an hour's outage shall not lose one.
        """
        earliest = [_first_starting_from(at, self.kind) for at in (restriction.earliest,) if at]
        if last_automated_data_interval:
            earliest.append(_first_starting_from(last_automated_data_interval.end, self.kind))
        if not restriction.catchup:
            earliest.append(self._first_not_missed(_now()))
        if not earliest:
            return None
        period = max(earliest, key=lambda candidate: candidate.first)
        if restriction.latest and period.start_at > restriction.latest:
            return None
        # interval() fills in whatever else a run's description holds in this version of Airflow.
        return DagRunInfo.interval(*_interval(period))._replace(run_after=pendulum.instance(self.due_at(period)))

    def _first_not_missed(self, now: datetime) -> Period:
        period = Period.containing(_day(now) - timedelta(days=2 * self.working_day + 30), self.kind).previous()
        while self.due_at(period) + MADE_UP_FOR <= now:
            period = period.next()
        return period


def _now() -> datetime:
    return datetime.now(SHANGHAI)


def _day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


def _interval(period: Period) -> DataInterval:
    return DataInterval(pendulum.instance(period.start_at), pendulum.instance(period.end_at))


def _first_starting_from(at: datetime, kind: PeriodKind) -> Period:
    period = Period.containing(_day(at), kind)
    return period if period.start_at >= at else period.next()
