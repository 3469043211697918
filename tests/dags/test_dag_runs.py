"""Both DAGs end to end on the sample, in this process."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow.utils.state import DagRunState, TaskInstanceState

from tests.airflow_home import REPOSITORY
from tongbao.archive import Archive
from tongbao.period import Period

INTAKE, CIRCULAR = "intake_shiliqi", "circular_shiliqi_quarterly"
RunDag = Callable[..., tuple[Any, dict[str, Any]]]


def states(dag_run: Any) -> dict[str, str]:
    return {instance.task_id: instance.state for instance in dag_run.get_task_instances()}


def test_a_quarter_is_taken_in_and_its_circular_made_once(run_dag: RunDag) -> None:
    received, returned = run_dag(INTAKE, period="2020-Q2")
    assert received.state == DagRunState.SUCCESS
    total = returned["report"]
    assert total["files"] == len(list((REPOSITORY / "samples/shiliqi/2020-Q2").iterdir()))
    assert total["delivered"] == total["accepted"] + total["rejected"]
    assert total["accepted"] > 0

    made, returned = run_dag(CIRCULAR, period="2020-Q2", reason="首次")
    assert made.state == DagRunState.SUCCESS
    filed = returned["file_edition"]
    assert (filed["edition"], filed["is_new"]) == ("0001", True)
    docx = Path(filed["docx"])
    assert docx.read_bytes().startswith(b"PK")
    assert not Path(returned["settle"]["workspace"]).exists()

    again, returned = run_dag(CIRCULAR, period="2020-Q2")
    assert again.state == DagRunState.SUCCESS
    assert returned["file_edition"] == {**filed, "is_new": False}

    (edition,) = Archive.open().editions("shiliqi", "quarterly", Period.parse("2020-Q2"))
    assert edition.run["run_id"] == made.run_id
    assert edition.run["reason"] == "首次"


def test_a_quarter_without_a_roster_fails_at_its_first_task(run_dag: RunDag) -> None:
    made, returned = run_dag(CIRCULAR, period="2019-Q1")
    assert made.state == DagRunState.FAILED
    assert states(made)["settle"] == TaskInstanceState.FAILED
    assert states(made)["measure"] == TaskInstanceState.UPSTREAM_FAILED
    assert returned == {}


def test_an_empty_inbox_is_no_failure(run_dag: RunDag) -> None:
    received, returned = run_dag(INTAKE, period="2019-Q1")
    assert received.state == DagRunState.SUCCESS
    assert states(received)["take_in"] == TaskInstanceState.SKIPPED
    assert returned["report"]["files"] == 0


@pytest.mark.parametrize("fail_when_refused", [False, True])
def test_a_refused_file_is_told_and_stops_nothing(run_dag: RunDag, inbox: Path, fail_when_refused: bool) -> None:
    (inbox / "2020-Q3").mkdir(parents=True)
    (inbox / "2020-Q3" / "链接检查.csv").write_bytes(b"")
    received, returned = run_dag(INTAKE, period="2020-Q3", fail_when_refused=fail_when_refused)
    assert received.state == (DagRunState.FAILED if fail_when_refused else DagRunState.SUCCESS)
    assert states(received)["take_in"] == TaskInstanceState.SUCCESS
    if not fail_when_refused:
        (sentence,) = returned["report"]["refused"]
        assert "链接检查.csv" in sentence


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An inbox of the test's own in place of the sample's."""
    from tongbao.jurisdiction import Jurisdiction

    monkeypatch.setattr(Jurisdiction, "inbox_folder", property(lambda self: tmp_path / "inbox"))
    return tmp_path / "inbox"


def test_a_reviewed_circular_waits_after_its_draft_and_publishes_nothing_by_itself(run_dag: RunDag) -> None:
    """Reviews are marked as passed here, as an operator could in the page: publishing still asks for the record."""
    run_dag("intake_lizhengxian", period="2024-Q2")
    made, returned = run_dag("circular_lizhengxian_quarterly", period="2024-Q2", mark_success=REVIEWS)
    assert returned["file_edition"]["edition"] == "0001"
    assert returned["file_edition"]["summary"]["judged"] > 0
    assert made.state == DagRunState.FAILED
    assert states(made)["publish"] == TaskInstanceState.FAILED
    assert list(Archive.open().every_publication("lizhengxian")) == []
    [event] = asset_events(made, "editions/lizhengxian/quarterly")
    assert event["sha256"]["circular.docx"]
    assert event["summary"]["accepted"] > 0


REVIEWS = re.compile("^(first_review|second_review|final_review|sign)$")


def asset_events(dag_run: Any, name: str) -> list[dict[str, Any]]:
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        events = select(AssetEvent).join(AssetModel, AssetModel.id == AssetEvent.asset_id)
        found = session.scalars(events.where(AssetModel.name == name, AssetEvent.source_run_id == dag_run.run_id))
        return [dict(event.extra) for event in found]
