"""Write on each run what it brought or made: run ids alone say little to an office."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.listeners import hookimpl

from tongbao_airflow.receipt import summary
from tongbao_airflow.stages import DECISION, STAGES

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun
    from sqlalchemy.orm import Session

_COUNTS = {
    "delivered": "送达",
    "accepted": "接收",
    "rejected": "退回",
    "judged": "评定",
    "failed": "不合格",
    "not_inspected": "未检",
    "not_measured": "有未测条款",
}
_STEPS = {
    "settle": "确定范围",
    "measure": "计量",
    "score": "评分",
    "figures": "汇总数字",
    "write": "成文",
    "gate": "校核",
    "print_pdf": "转换 PDF",
}
UNFINISHED = "未完成，原因见失败任务日志的最后一句"
LENGTH = 1000
"""What Airflow's database holds of a note."""


@hookimpl
def on_dag_run_success(dag_run: DagRun, msg: str) -> None:
    _note(dag_run)


@hookimpl
def on_dag_run_failed(dag_run: DagRun, msg: str) -> None:
    _note(dag_run)


def of_circular(
    settled: dict[str, Any], filed: dict[str, Any], published: dict[str, Any] | None = None, refusals: Iterable[str] = ()
) -> str:
    """What to write on a run that made, or was to make, a circular.

    ``refusals``: what reviewers answered where that stopped the run.
    """
    title = settled.get("title") or settled.get("period") or "周期未定"
    if not filed:
        return f"{title}：未完成，原因见失败任务日志的最后一句"
    kind = "新版本" if filed["is_new"] else "与已有版本相同"
    draft = f"{title}：第{filed['edition']}版（{kind}）\n\n{filed['docx']}\n\n{of_summary(filed)}".strip()
    if published:
        return f"{title}：已以{published['number']}印发（{published['issued_on']}）\n\n{published['docx']}\n\n{draft}"
    return "\n\n".join([*refusals, draft])


def of_summary(filed: dict[str, Any]) -> str:
    """Counts of a run and the seconds of its steps, on one line each."""
    summary, seconds = filed.get("summary") or {}, filed.get("seconds") or {}
    counts = "，".join(f"{title}{summary[name]}" for name, title in _COUNTS.items() if name in summary)
    times = "，".join(f"{_STEPS.get(step, step)}{taken:g}秒" for step, taken in seconds.items())
    return "\n\n".join(line for line in (counts, times) if line)


def of_intake(total: dict[str, Any]) -> str:
    """What to write on a run of the intake; the sentences about files refused whole come first to be mended."""
    if not total:
        return "未完成，原因见失败任务日志的最后一句"
    return "\n\n".join([summary(total), *(f"整份退回：{sentence}" for sentence in total["refused"])])


def _note(dag_run: DagRun) -> None:
    if not dag_run.dag_id.startswith(("circular_", "intake_", "patrol_")):
        return
    with _session_of(dag_run) as session:
        if dag_run.dag_id.startswith("circular_"):
            settled, filed, published = (
                _returned(session, dag_run, task_id) for task_id in ("settle", "file_edition", "publish")
            )
            text = of_circular(settled, filed, published, _refusals(session, dag_run))
        elif dag_run.dag_id.startswith("patrol_"):
            text = _returned(session, dag_run, "deliver").get("summary") or UNFINISHED
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
    value = _pushed(session, dag_run, task_id, "return_value")
    return value if isinstance(value, dict) else {}


def _refusals(session: Session, dag_run: DagRun) -> list[str]:
    """What the stages answered that failed; a stage that passed is not told."""
    failed = {instance.task_id for instance in dag_run.get_task_instances(session=session) if instance.state == "failed"}
    told = (_pushed(session, dag_run, stage, DECISION) for stage in STAGES if stage in failed)
    return [str(decision) for decision in told if decision]


def _pushed(session: Session, dag_run: DagRun, task_id: str, key: str) -> Any:
    from airflow.models.xcom import XComModel

    query = XComModel.get_many(run_id=dag_run.run_id, key=key, task_ids=task_id, dag_ids=dag_run.dag_id)
    row = session.scalars(query).first()
    return XComModel.deserialize_value(row) if row is not None else None
