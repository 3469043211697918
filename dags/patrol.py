"""One DAG per office that scans: round the clock, every homepage is visited, and who is told when one stays away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.sdk import DAG, MultipleCronTriggerTimetable, task

from tongbao.jurisdiction import Jurisdiction
from tongbao.period import SHANGHAI
from tongbao.scan.settings import ScanSettings
from tongbao_airflow.offices import read_offices
from tongbao_airflow.patrol import crons
from tongbao_airflow.run import mistakes_are_final, patient, provenance

DOC = """
### 做什么
每天{number}次访问**{name}**名册中在运行的全部网站首页（{limit:g}秒打不开即为失败），结果写入收件文件夹并自动接收，供“站点无法访问”判定。
连续{failures}次失败时告警一次，恢复时再告知一次。被防火墙拦截、本机网络中断等不能说明网站有问题的，不计失败，列入“未计入”。

### 失败了怎么办
部分网站没有探测完不会使运行失败：「汇总接收」任务的日志列出未计入的网站和原因，下一轮照常。
「告警」失败表示消息没有送达，会自动再试，三天内补发，不会重复；请按提示核对邮件或者群机器人的连接。
「清点网站」失败多半是还没有名册：请先把名册放入收件文件夹并运行数据接收。

### 能不能等
不能久等：一天探测不足20次，当天不能用来判定“站点无法访问”。停运期间的轮次不补做。
"""


def declare(jurisdiction: Jurisdiction, scan: ScanSettings) -> DAG:
    """Wire the patrol of one office: alarms wait for the probes, not for the intake."""
    numbers = {"number": scan.probes_a_day, "limit": scan.probe_limit_s, "failures": scan.failures_before_alarm}
    with DAG(
        dag_id=f"patrol_{jurisdiction.id}",
        dag_display_name=f"{jurisdiction.name}·网站巡检",
        description=f"每天{scan.probes_a_day}次访问全部网站首页，连续失败时告警",
        doc_md=DOC.format(name=jurisdiction.name, **numbers),
        schedule=MultipleCronTriggerTimetable(*crons(jurisdiction), timezone="Asia/Shanghai"),
        start_date=datetime(2020, 1, 1, tzinfo=SHANGHAI),
        catchup=False,
        max_active_runs=1,
        tags=["网站巡检", jurisdiction.name],
        default_args=patient(jurisdiction.name, retries=2),
    ) as dag:

        @task(task_display_name="清点网站")
        @mistakes_are_final
        def plan(dag_run: Any) -> list[Any]:
            from tongbao_airflow import patrol

            return list(patrol.plan(jurisdiction, provenance(dag_run)["run_after"]))

        @task(task_display_name="探测首页", pool=scan.pool, max_active_tis_per_dagrun=4)
        @mistakes_are_final
        def probe(piece: Any) -> str:
            from tongbao_airflow import patrol

            return patrol.probe(jurisdiction, piece)

        # What was probed counts, whatever became of the rest.
        @task(task_display_name="汇总接收", trigger_rule="all_done_min_one_success")
        @mistakes_are_final
        def deliver(dag_run: Any) -> dict[str, Any]:
            from tongbao_airflow import patrol

            return patrol.deliver(jurisdiction, provenance(dag_run)["run_after"])

        @task(task_display_name="告警", trigger_rule="all_done_min_one_success")
        @mistakes_are_final
        def alarm(dag_run: Any) -> dict[str, Any]:
            from tongbao_airflow import patrol

            return patrol.alarm(jurisdiction, provenance(dag_run)["run_after"])

        probe.expand(piece=plan()) >> [deliver(), alarm()]
    return dag


for office in read_offices()[0]:
    if office.scan is not None:
        declare(office, office.scan)
