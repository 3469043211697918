"""Write on each run what it brought or made: run ids alone say little to an office."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.listeners import hookimpl

from tongbao_airflow.receipt import summary

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun
    from sqlalchemy.orm import Session

LENGTH = 1000
"""What Airflow's database holds of a note."""


@hookimpl
def on_dag_run_success(dag_run: DagRun, msg: str) -> None:
    _note(dag_run)


@hookimpl
def on_dag_run_failed(dag_run: DagRun, msg: str) -> None:
    _note(dag_run)


def of_circular(settled: dict[str, Any], filed: dict[str, Any]) -> str:
    """What to write on a run that made, or was to make, a circular."""
    title = settled.get("title") or settled.get("period") or "周期未定"
    if not filed:
        return f"{title}：未完成，原因见失败任务日志的最后一句"
    kind = "新版本" if filed["is_new"] else "与已有版本相同"
    return f"{title}：第{filed['edition']}版（{kind}）\n\n{filed['docx']}"


def of_intake(total: dict[str, Any]) -> str:
    """What to write on a run of the intake; the sentences about files refused whole come first to be mended."""
    if not total:
        return "未完成，原因见失败任务日志的最后一句"
    return "\n\n".join([summary(total), *(f"整份退回：{sentence}" for sentence in total["refused"])])


def _note(dag_run: DagRun) -> None:
    if not dag_run.dag_id.startswith(("circular_", "intake_")):
        return
    with _session_of(dag_run) as session:
        if dag_run.dag_id.startswith("circular_"):
            text = of_circular(_returned(session, dag_run, "settle"), _returned(session, dag_run, "file_edition"))
        else:
            text = of_intake(_returned(session, dag_run, "report"))
        session.get_one(type(dag_run), dag_run.id).note = text[:LENGTH]


@contextmanager
def _session_of(dag_run: DagRun) -> Iterator[Session]:
    """The scheduler's own session, since a second one would wait for its lock; a new one when the run has none."""
    from airflow.utils.session import create_session
    from sqlalchemy.orm import object_session

    if (session := object_session(dag_run)) is not None:
        yield session
        return
    with create_session() as session:
        yield session


def _returned(session: Session, dag_run: DagRun, task_id: str) -> dict[str, Any]:
    from airflow.models.xcom import XComModel

    query = XComModel.get_many(run_id=dag_run.run_id, key="return_value", task_ids=task_id, dag_ids=dag_run.dag_id)
    row = session.scalars(query).first()
    return XComModel.deserialize_value(row) if row is not None else {}
