"""Run the real DAGs of one office once, in this process: ``make circular``.

Prints one plain line per task and, last of all, the path of the .docx; Airflow's own logs go to a file.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from tongbao.errors import TongbaoError
from tongbao.jurisdiction import Circular, Jurisdiction, find_jurisdiction
from tongbao.period import SHANGHAI, Period
from tongbao_airflow import environment
from tongbao_airflow.stages import AFTER_DRAFT

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun


_AFTER_DRAFT = re.compile(f"^({'|'.join(AFTER_DRAFT)})$")


class Progress:
    """Tell of each task as it ends; an Airflow listener."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.failure: BaseException | str | None = None
        self._started_at = time.monotonic()

    def say(self, sentence: str) -> None:
        print(sentence, file=self.out, flush=True)

    def running(self) -> None:
        self._started_at = time.monotonic()

    def ended(self, task_instance: Any, mark: str) -> None:
        name = getattr(task_instance.task, "task_display_name", task_instance.task_id)
        self.say(f"  {mark} {name}（{time.monotonic() - self._started_at:.1f} 秒）")

    def failed(self, task_instance: Any, error: BaseException | str | None) -> None:
        self.failure = error
        self.ended(task_instance, "✗")


def main(arguments: Sequence[str] | None = None) -> int:
    """Take in the period's inbox and make its circular; 0 when it is filed, else 1 after one clear sentence."""
    wish = _parse(arguments)
    state = environment.apply()
    try:
        jurisdiction = find_jurisdiction(wish.jurisdiction)
        circular = jurisdiction.circular(wish.circular)
        period = choose_period(jurisdiction, circular, wish.period)
    except TongbaoError as mistake:
        print(mistake, file=sys.stderr)
        return 1
    log = state / "logs" / f"{wish.jurisdiction}-{wish.circular}-{period}.log"
    with _quiet(log) as out:
        progress = Progress(out)
        progress.say(f"{jurisdiction.name}：{circular.name.format(period=period.title)}")
        try:
            docx = _make(progress, jurisdiction, wish.circular, period)
        except _Unfinished as unfinished:
            progress.say(f"未完成：{unfinished}")
            progress.say(f"详细日志：{log}")
            return 1
        progress.say(docx)
    return 0


def choose_period(jurisdiction: Jurisdiction, circular: Circular, label: str) -> Period:
    """The period asked for, else the newest one of the circular's kind that has a folder in the inbox.

    Raises:
        TongbaoError: the label is no period, is of another kind than the circular, or nothing was delivered at all.
    """
    if label:
        period = Period.parse(label)
        if period.kind is not circular.period:
            example = Period.containing(period.first, circular.period)
            raise TongbaoError(f"“{label}”与这份通报的周期不符", remedy=f"请写成 {example} 的样子", value=label)
        return period
    from tongbao.intake.inbox import inbox_periods

    delivered = [period for period in inbox_periods(jurisdiction) if period.kind is circular.period]
    if not delivered:
        example = Period.containing(circular.start, circular.period)
        raise TongbaoError(
            f"收件文件夹 {jurisdiction.inbox_folder} 中没有任何周期的文件",
            remedy=f"请把名册和检查数据放入以周期命名的子文件夹，如 {example}",
        )
    return max(delivered, key=lambda period: period.first)


def periods_needed(jurisdiction: Jurisdiction, period: Period) -> list[Period]:
    """The periods whose deliveries a circular speaks of: its own first, then what lies within it or is compared with it."""
    from tongbao.intake.inbox import inbox_periods

    since = period.year_before().first
    delivered = [other for other in inbox_periods(jurisdiction) if since <= other.first and other.after <= period.after]
    return [period, *(other for other in reversed(delivered) if other != period)]


class _Unfinished(Exception):
    """A DAG run did not succeed; the message is what to tell."""


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make circular", description="接收一个周期的数据并生成通报")
    parser.add_argument("--jurisdiction", default="shiliqi", help="辖区，即 config/jurisdictions/ 下的文件名")
    parser.add_argument("--circular", default="quarterly", help="通报，即辖区设置 circulars 下的名称")
    parser.add_argument("--period", default="", help="检查周期，如 2020-Q3；不填则为收件文件夹中最新的周期")
    return parser.parse_args(arguments)


@contextmanager
def _quiet(log: Path) -> Iterator[TextIO]:
    """Send what this process and its libraries print to ``log``; yield the terminal for what the user is to read."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    with log.open("ab") as sink, os.fdopen(os.dup(kept[0]), "w", encoding="utf-8") as out:
        os.dup2(sink.fileno(), 1)
        os.dup2(sink.fileno(), 2)
        try:
            yield out
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, descriptor in enumerate(kept, start=1):
                os.dup2(descriptor, number)
                os.close(descriptor)


def _make(progress: Progress, jurisdiction: Jurisdiction, circular_id: str, period: Period) -> str:
    warnings.simplefilter("ignore")
    _prepare_database(progress)
    _listen(progress)
    from airflow.dag_processing.dagbag import DagBag

    from tongbao_airflow.receipt import summary

    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    for path, fault in bag.import_errors.items():
        raise _Unfinished(f"{Path(path).name} 无法载入：{fault.strip().splitlines()[-1]}")
    progress.say("接收数据")
    needed = ",".join(other.label for other in periods_needed(jurisdiction, period))
    received = _returned(_run(progress, bag.dags[f"intake_{jurisdiction.id}"], needed), "report")
    progress.say(f"  {summary(received)}")
    for sentence in received["refused"]:
        progress.say(f"  ! 整份退回：{sentence}")
    progress.say("生成通报")
    run = _run(progress, bag.dags[f"circular_{jurisdiction.id}_{circular_id}"], period.label)
    circular = jurisdiction.circular(circular_id)
    filed, printed = _returned(run, "file_edition"), _returned(run, "print_pdf")
    if not printed["made"] or printed["lost"]:
        progress.say(f"  ! {printed['note']}")
    if circular.reviews:
        progress.say("  ! 本命令只到草稿；三审与签发请在 Airflow 页面上运行该通报")
    progress.say(f"第{filed['edition']}版" + ("" if filed["is_new"] else "（数据与设置未变，与已有版本相同）"))
    return str(filed["docx"])


def _prepare_database(progress: Progress) -> None:
    from airflow.utils import db

    with db._configured_alembic_environment() as alembic:
        is_current = set(alembic.script.get_heads()) == set(alembic.get_context().get_current_heads())
    if not is_current:
        progress.say("准备数据库")
        db.upgradedb()


def _listen(progress: Progress) -> None:
    from airflow.listeners import hookimpl
    from airflow.sdk.listener import get_listener_manager

    class Listener:
        @hookimpl
        def on_task_instance_running(self, previous_state: Any, task_instance: Any) -> None:
            progress.running()

        @hookimpl
        def on_task_instance_success(self, previous_state: Any, task_instance: Any) -> None:
            progress.ended(task_instance, "✓")

        @hookimpl
        def on_task_instance_failed(self, previous_state: Any, task_instance: Any, error: Any) -> None:
            progress.failed(task_instance, error)

    manager: Any = get_listener_manager()
    manager.add_listener(Listener())


def _run(progress: Progress, dag: Any, period: str) -> DagRun:
    from airflow.utils.state import DagRunState

    for task in dag.tasks:
        # Someone waits at the terminal, and can repeat the command.
        task.retries = 0
    now = datetime.now(SHANGHAI)
    # Reviews wait for people in a browser, and here would wait for ever: the command ends with the draft.
    run: DagRun = dag.test(logical_date=now, run_after=now, run_conf={"period": period}, mark_success_pattern=_AFTER_DRAFT)
    if run.state != DagRunState.SUCCESS:
        raise _Unfinished(_sentence(progress.failure))
    return run


def _sentence(failure: BaseException | str | None) -> str:
    cause = failure.__cause__ if isinstance(failure, BaseException) and isinstance(failure.__cause__, TongbaoError) else failure
    if isinstance(cause, TongbaoError):
        return str(cause)
    return f"程序内部错误（{cause!r}）。请把详细日志交给维护人员。"


def _returned(run: DagRun, task_id: str) -> dict[str, Any]:
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        query = XComModel.get_many(run_id=run.run_id, dag_ids=run.dag_id, task_ids=task_id, key="return_value")
        row = session.scalars(query).first()
        value: dict[str, Any] = XComModel.deserialize_value(row) if row else {}
    return value


if __name__ == "__main__":
    sys.exit(main())
