"""The facts of one DAG run that the library's steps ask for."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from airflow.sdk.exceptions import AirflowFailException

from tongbao.errors import SourceUnavailable, TongbaoError
from tongbao.jurisdiction import Jurisdiction
from tongbao.period import SHANGHAI, Period, PeriodKind

if TYPE_CHECKING:
    from airflow.sdk.types import DagRunProtocol

P = ParamSpec("P")
R = TypeVar("R")

PERIOD_PATTERNS = {
    PeriodKind.YEAR: r"^\d{4}$",
    PeriodKind.HALF: r"^\d{4}-H[12]$",
    PeriodKind.QUARTER: r"^\d{4}-Q[1-4]$",
    PeriodKind.MONTH: r"^\d{4}-(0[1-9]|1[0-2])$",
    PeriodKind.DAY: r"^\d{4}-\d{2}-\d{2}$",
}
PERIOD_EXAMPLES = {
    PeriodKind.YEAR: "2020",
    PeriodKind.HALF: "2020-H2",
    PeriodKind.QUARTER: "2020-Q3",
    PeriodKind.MONTH: "2020-09",
    PeriodKind.DAY: "2020-09-30",
}


def period_of(kind: PeriodKind, params: Mapping[str, Any], dag_run: DagRunProtocol) -> Period:
    """The period a run is about: as asked for, else its data interval, else the last one complete before it was due.

    Never reads the clock: a run cleared and repeated next year is about the same period.
    """
    if params.get("period"):
        return Period.parse(params["period"])
    if dag_run.data_interval_start:
        return Period.containing(shanghai_day(dag_run.data_interval_start), kind)
    return Period.containing(shanghai_day(dag_run.run_after), kind).previous()


def periods_open(jurisdiction: Jurisdiction, params: Mapping[str, Any], dag_run: DagRunProtocol) -> list[Period]:
    """The periods whose inbox a run looks into: those asked for, else of each circular the current one and the last.

    Older ones stay closed: a changed vocabulary must not take history in anew by itself. The first is the one that
    data fetched now belong to.
    """
    if params.get("period"):
        return [Period.parse(label) for label in re.split(r"[,，、\s]+", params["period"].strip())]
    day = shanghai_day(dag_run.run_after)
    current = [Period.containing(day, circular.period) for circular in jurisdiction.circulars.values()]
    return list(dict.fromkeys([*current, *(period.previous() for period in current)]))


def patient(owner: str, *, retries: int) -> dict[str, Any]:
    """Defaults of tasks that read or write the archive, which may lie across a network: tried again, ever later."""
    return {
        "owner": owner,
        "retries": retries,
        "retry_delay": timedelta(seconds=float(os.environ.get("TONGBAO_RETRY_DELAY_S", "60"))),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=15),
        "execution_timeout": timedelta(hours=2),
    }


def shanghai_day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


def provenance(dag_run: DagRunProtocol) -> dict[str, str]:
    """Who had this run made and how, for the edition's manifest."""
    return {
        "dag_id": dag_run.dag_id,
        "run_id": dag_run.run_id,
        "run_type": str(getattr(dag_run.run_type, "value", dag_run.run_type)),
        "triggered_by": str(getattr(dag_run, "triggering_user_name", None) or ""),
        "run_after": dag_run.run_after.isoformat(),
    }


def mistakes_are_final(step: Callable[P, R]) -> Callable[P, R]:
    """Fail at once, with the sentence and no retry, on what trying again cannot mend."""

    @wraps(step)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return step(*args, **kwargs)
        except SourceUnavailable:
            raise
        except TongbaoError as mistake:
            raise AirflowFailException(str(mistake)) from mistake

    return told
