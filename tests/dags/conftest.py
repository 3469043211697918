"""Airflow's settings must stand before a test module imports it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests import airflow_home
from tongbao.period import SHANGHAI

airflow_home.prepare()


@pytest.fixture(autouse=True)
def _parses_every_office(monkeypatch: pytest.MonkeyPatch) -> None:
    """A DAG run in this process leaves behind for which DAG its file was parsed; the next test parses for all."""
    for name in ("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "_AIRFLOW_PARSING_CONTEXT_TASK_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run_dag(tmp_path: Path) -> Callable[..., Any]:
    """Run a DAG in this process on an archive of the test's own; returns the DAG run and what its tasks returned."""
    airflow_home.migrate()
    from airflow.dag_processing.dagbag import DagBag
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])

    def run(dag_id: str, mark_success: Any = None, **conf: Any) -> tuple[Any, dict[str, Any]]:
        dag = bag.dags[dag_id]
        for task in dag.tasks:
            task.retries = 0
        now = datetime.now(SHANGHAI)
        dag_run = dag.test(logical_date=now, run_after=now, run_conf=conf, mark_success_pattern=mark_success)
        with create_session() as session:
            query = XComModel.get_many(run_id=dag_run.run_id, dag_ids=dag_id, key="return_value")
            returned = {row.task_id: XComModel.deserialize_value(row) for row in session.scalars(query)}
        return dag_run, returned

    return run
