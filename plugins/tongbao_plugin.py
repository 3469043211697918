"""The one plugin Airflow loads: it makes the timetable and the notes of runs known."""

from __future__ import annotations

from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

from tongbao_airflow import notes
from tongbao_airflow.timetable import PeriodTimetable


class TongbaoPlugin(AirflowPlugin):
    """Register what DAGs of Tongbao need in every Airflow process."""

    name = "tongbao"
    timetables: ClassVar[list[Any]] = [PeriodTimetable]
    listeners: ClassVar[list[Any]] = [notes]
