"""Facts of a run: its period never comes from the clock, and mistakes are not retried."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from tongbao.errors import NothingToReport, SourceUnavailable
from tongbao.jurisdiction import Jurisdiction, find_jurisdiction
from tongbao.period import PeriodKind
from tongbao_airflow.run import PERIOD_EXAMPLES, PERIOD_PATTERNS, mistakes_are_final, period_of, periods_open, provenance


def run(*, interval_start: str | None = None, run_after: str = "2020-10-21T08:00+08:00", **more: Any) -> Any:
    start = datetime.fromisoformat(interval_start) if interval_start else None
    return SimpleNamespace(data_interval_start=start, run_after=datetime.fromisoformat(run_after), **more)


@pytest.mark.parametrize(
    ("params", "dag_run", "label"),
    [
        pytest.param({"period": "2019-Q4"}, run(interval_start="2020-07-01T00:00+08:00"), "2019-Q4", id="asked-for"),
        pytest.param({"period": None}, run(interval_start="2020-07-01T00:00+08:00"), "2020-Q3", id="data-interval"),
        pytest.param({"period": None}, run(interval_start="2020-06-30T16:00+00:00"), "2020-Q3", id="data-interval-in-utc"),
        pytest.param({"period": None}, run(), "2020-Q3", id="triggered-without-a-logical-date"),
        pytest.param({"period": None}, run(run_after="2020-09-30T23:59+08:00"), "2020-Q2", id="last-complete"),
        pytest.param({"period": None}, run(run_after="2020-09-30T16:00+00:00"), "2020-Q3", id="last-complete-in-utc"),
        pytest.param({}, run(), "2020-Q3", id="no-params"),
    ],
)
def test_period_of_a_run(params: dict[str, Any], dag_run: Any, label: str) -> None:
    assert period_of(PeriodKind.QUARTER, params, dag_run).label == label


@pytest.mark.parametrize("kind", list(PeriodKind))
def test_examples_fit_their_patterns(kind: PeriodKind) -> None:
    import re

    from tongbao.period import Period

    assert re.fullmatch(PERIOD_PATTERNS[kind], PERIOD_EXAMPLES[kind])
    assert Period.parse(PERIOD_EXAMPLES[kind]).kind is kind


def with_circulars(*kinds: str) -> Jurisdiction:
    office = find_jurisdiction("shiliqi")
    one = office.circulars["quarterly"]
    circulars = {f"c{number}": one.model_copy(update={"period": PeriodKind(kind)}) for number, kind in enumerate(kinds)}
    return office.model_copy(update={"circulars": circulars})


@pytest.mark.parametrize(
    ("kinds", "run_after", "labels"),
    [
        (("quarter",), "2020-10-21T06:00+08:00", ["2020-Q4", "2020-Q3"]),
        (("quarter",), "2020-09-30T16:00+00:00", ["2020-Q4", "2020-Q3"]),
        (("month", "quarter"), "2020-10-21T06:00+08:00", ["2020-10", "2020-Q4", "2020-09", "2020-Q3"]),
        (("quarter", "quarter"), "2020-10-21T06:00+08:00", ["2020-Q4", "2020-Q3"]),
    ],
)
def test_current_and_last_period_are_open(kinds: tuple[str, ...], run_after: str, labels: list[str]) -> None:
    assert [period.label for period in periods_open(with_circulars(*kinds), {}, run(run_after=run_after))] == labels


def test_a_period_asked_for_is_the_only_one_open() -> None:
    assert [period.label for period in periods_open(with_circulars("quarter"), {"period": "2020-Q2"}, run())] == ["2020-Q2"]


def test_several_periods_may_be_asked_for_the_first_of_them_being_the_current_one() -> None:
    asked = periods_open(with_circulars("quarter"), {"period": " 2020-Q3，2020-Q2, 2019-Q3"}, run())
    assert [period.label for period in asked] == ["2020-Q3", "2020-Q2", "2019-Q3"]


def test_mistakes_are_final_and_keep_their_sentence() -> None:
    @mistakes_are_final
    def step() -> None:
        raise NothingToReport("没有名册", remedy="请先接收名册")

    with pytest.raises(AirflowFailException, match="没有名册。请先接收名册。"):
        step()


@pytest.mark.parametrize("passing", [SourceUnavailable("没有应答", remedy="请稍后再试"), ConnectionError("reset")])
def test_what_may_pass_is_left_to_be_retried(passing: Exception) -> None:
    @mistakes_are_final
    def step() -> None:
        raise passing

    with pytest.raises(type(passing)):
        step()


def test_provenance_says_who_and_how() -> None:
    dag_run = run(dag_id="circular_x", run_id="manual__1", run_type=SimpleNamespace(value="manual"), triggering_user_name="王")
    assert provenance(dag_run) == {
        "dag_id": "circular_x",
        "run_id": "manual__1",
        "run_type": "manual",
        "triggered_by": "王",
        "run_after": "2020-10-21T08:00:00+08:00",
    }
