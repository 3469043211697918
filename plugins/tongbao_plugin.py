"""The one plugin Airflow loads: it makes the timetable, the notes of runs and the pages known."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

from tongbao_airflow import notes
from tongbao_airflow.timetable import PeriodTimetable
from tongbao_portal import Portal

PORTAL = "/tongbao"


def _address(place: str) -> str:
    """Where browsers find a page of the portal: behind a proxy Airflow may lie below a path of its own."""
    return f"{urlsplit(conf.get('api', 'base_url', fallback='') or '').path.rstrip('/')}{PORTAL}{place}"


class TongbaoPlugin(AirflowPlugin):
    """Register what DAGs of Tongbao need in every Airflow process."""

    name = "tongbao"
    timetables: ClassVar[list[Any]] = [PeriodTimetable]
    listeners: ClassVar[list[Any]] = [notes]
    # Airflow does not authenticate what is mounted here; the portal does, on every path.
    fastapi_apps: ClassVar[list[Any]] = [{"name": "通报", "url_prefix": PORTAL, "app": Portal()}]
    external_views: ClassVar[list[Any]] = [
        # A plain link: in the frame Airflow would put it in, browsers show no PDF.
        {"name": "通报", "href": _address("/"), "destination": "nav", "nav_top_level": True},
        {"name": "通报", "href": _address("/runs/{DAG_ID}/{RUN_ID}"), "destination": "dag_run", "url_route": "tongbao_run"},
    ]
