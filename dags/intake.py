"""One DAG per office: every morning, what lies in its inbox or is offered over HTTP becomes accepted batches."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.sdk import DAG, Asset, CronTriggerTimetable, Param, task

from tongbao.errors import ConfigurationError
from tongbao.jurisdiction import Jurisdiction
from tongbao.period import SHANGHAI
from tongbao_airflow.offices import read_offices
from tongbao_airflow.run import mistakes_are_final, patient, periods_open, provenance

DOC = """
### 做什么
每天早上接收**{name}**收件文件夹（`{inbox}/<周期>/`）和接口送来的名册与检查数据：留存原件，逐行校验，
合格的入库，不合格的退回到一个 Excel 文件（附行号、字段、原因）。送达行数＝接收行数＋退回行数。

### 失败了怎么办
整份退回的文件不会使运行失败：请看「汇总」任务的日志或本次运行的备注，按提示改好后重新放入文件夹，次日自动接收，或立即手动触发。
接口连不上会自动重试；仍失败时请联系接口提供方。同一文件重复放入不会重复入库。

### 能不能等
能等到通报运行之前（周期结束后的第N个工作日）。
"""


def declare(jurisdiction: Jurisdiction) -> DAG:
    """Wire the intake of one office: rosters before all other feeds, which refer to them."""
    with DAG(
        dag_id=f"intake_{jurisdiction.id}",
        dag_display_name=f"{jurisdiction.name}·数据接收",
        description="接收收件文件夹和接口送来的名册与检查数据",
        doc_md=DOC.format(name=jurisdiction.name, inbox=jurisdiction.inbox),
        schedule=CronTriggerTimetable("0 6 * * *", timezone="Asia/Shanghai"),
        start_date=datetime(2020, 1, 1, tzinfo=SHANGHAI),
        catchup=False,
        max_active_runs=1,
        tags=["数据接收", jurisdiction.name],
        default_args=patient(jurisdiction.name, retries=3),
        params={
            "period": Param(
                None,
                type=["null", "string"],
                title="检查周期",
                description="如 2020-Q3，多个用逗号隔开；不填则接收当前周期和上一周期的文件",
            ),
            "fail_when_refused": Param(False, type="boolean", title="有整份退回即判失败", description="默认只提示，不判失败"),
        },
    ) as dag:

        @task(task_display_name="取接口数据")
        @mistakes_are_final
        def fetch(number: int, params: dict[str, Any], dag_run: Any) -> str:
            from tongbao_airflow.inbox import fetch_feed

            period = periods_open(jurisdiction, params, dag_run)[0].label
            return fetch_feed(jurisdiction, number, period, provenance(dag_run)["run_after"])

        @task(task_display_name="清点文件", multiple_outputs=False)
        @mistakes_are_final
        def collect(fetched: list[str], params: dict[str, Any], dag_run: Any) -> dict[str, Any]:
            from tongbao.intake.inbox import inbox_files
            from tongbao_airflow.inbox import in_pieces

            periods = [period.label for period in periods_open(jurisdiction, params, dag_run)]
            files = {period: inbox_files(jurisdiction.id, period) for period in periods}
            files[periods[0]].extend(fetched)
            return dict(in_pieces(files))

        @task(task_display_name="接收名册")
        @mistakes_are_final
        def take_in_rosters(found: dict[str, Any], dag_run: Any) -> list[dict[str, Any]]:
            from tongbao.intake.inbox import take_in_files

            received_at = provenance(dag_run)["run_after"]
            return [take_in_files(jurisdiction.id, **piece, received_at=received_at) for piece in found["rosters"]]

        @task(task_display_name="分派数据文件")
        def hand_out(found: dict[str, Any]) -> list[dict[str, Any]]:
            return list(found["others"])

        # One at a time: whether a row repeats an earlier delivery is checked against the batches already filed.
        @task(task_display_name="接收数据", max_active_tis_per_dagrun=1)
        @mistakes_are_final
        def take_in(piece: dict[str, Any], dag_run: Any) -> dict[str, Any]:
            from tongbao.intake.inbox import take_in_files

            return take_in_files(jurisdiction.id, **piece, received_at=provenance(dag_run)["run_after"])

        @task(
            task_display_name="汇总",
            trigger_rule="none_failed",
            outlets=[Asset(name=f"batches_{jurisdiction.id}", uri=f"x-tongbao://{jurisdiction.id}/batches", group="tongbao")],
        )
        @mistakes_are_final
        def report(rosters: list[dict[str, Any]], others: Any, params: dict[str, Any]) -> dict[str, Any]:
            from tongbao_airflow.receipt import add_up

            return add_up([*rosters, *(others or [])], fail_when_refused=params["fail_when_refused"])

        numbers = list(range(len(jurisdiction.http_sources)))
        found = collect(fetch.expand(number=numbers) if numbers else [])
        rosters = take_in_rosters(found)
        rest = hand_out(found)
        rosters >> rest
        report(rosters, take_in.expand(piece=rest))
    return dag


def declare_fault(stem: str, fault: ConfigurationError) -> DAG:
    """Show a broken settings file where its operator looks, in place of the DAGs it should have made."""
    with DAG(
        dag_id=f"intake_{stem}",
        dag_display_name=f"{stem}·辖区设置有误",
        doc_md=f"### 辖区设置有误\n{fault}\n\n改正后本页自动恢复。",
        schedule=None,
        catchup=False,
        max_active_runs=1,
        tags=["设置有误"],
        default_args={"owner": "tongbao", "retries": 0},
    ) as dag:

        @task(task_display_name="说明错误")
        @mistakes_are_final
        def tell() -> None:
            raise fault

        tell()
    return dag


offices, faults = read_offices()
for office in offices:
    declare(office)
for stem, fault in faults.items():
    declare_fault(stem, fault)
