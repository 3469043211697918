"""Two DAGs per office that scans: every night a sample of each website's pages, every week all of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, Param, task

from tongbao.jurisdiction import Jurisdiction
from tongbao.period import SHANGHAI
from tongbao.scan.settings import ScanSettings
from tongbao_airflow.crawl import longest
from tongbao_airflow.offices import read_offices
from tongbao_airflow.run import mistakes_are_final, patient, provenance

DOC = """
### 做什么
{when}扫描**{name}**名册中在运行的全部网站，每个网站最多读{pages}页：栏目更新、链接、敏感内容和各项标识，
结果写入收件文件夹并自动接收。打不开的链接隔{minutes:g}分钟再试，两次都打不开才算。疑似问题须由人核实。

### 失败了怎么办
某个网站扫描出错会自动再试，从中断处继续，不会重头扫描；仍不成功的，其余网站的结果照常接收，
「汇总接收」任务的日志列出没有扫描到的网站、页面和原因。
「清点网站」失败多半是还没有名册：请先把名册放入收件文件夹并运行数据接收。

### 能不能等
能等。没有扫描到的不作不合格判定，下一轮再扫描；通报运行之前至少应有一轮全站扫描。
"""
EXTENTS = {
    "sample": ("每日抽样扫描", "每天夜里", "30 1 * * 1-6"),
    "whole": ("每周全站扫描", "每周日夜里", "30 1 * * 0"),
}
"""Title, when in words and when for the timetable: nights, since a scan must not hinder the sites' visitors."""


def declare(jurisdiction: Jurisdiction, scan: ScanSettings, extent: str) -> DAG:
    """Wire the crawls of one office: pieces in a pool, then one delivery of whatever came through."""
    title, when, cron = EXTENTS[extent]
    numbers = {"pages": scan.sample_pages if extent == "sample" else scan.pages_a_site, "minutes": scan.retry_gap_s / 60}
    with DAG(
        dag_id=f"crawl_{extent}_{jurisdiction.id}",
        dag_display_name=f"{jurisdiction.name}·{title}",
        description=f"{when}扫描全部网站，每个最多{numbers['pages']}页",
        doc_md=DOC.format(name=jurisdiction.name, when=when, **numbers),
        schedule=CronTriggerTimetable(cron, timezone="Asia/Shanghai"),
        start_date=datetime(2020, 1, 1, tzinfo=SHANGHAI),
        catchup=False,
        max_active_runs=1,
        tags=["网站扫描", jurisdiction.name],
        default_args=patient(jurisdiction.name, retries=2),
        params={
            "sites": Param(
                None,
                type=["null", "string"],
                title="网站标识码",
                description="只扫描这些网站，多个用逗号隔开；不填则扫描名册中在运行的全部网站",
            ),
        },
    ) as dag:

        @task(task_display_name="清点网站")
        @mistakes_are_final
        def plan(params: dict[str, Any], dag_run: Any) -> list[Any]:
            from tongbao_airflow import crawl

            return list(crawl.plan(jurisdiction, extent, provenance(dag_run)["run_after"], params["sites"]))

        @task(task_display_name="扫描网站", pool=scan.pool, max_active_tis_per_dagrun=4, execution_timeout=longest(scan))
        @mistakes_are_final
        def crawl_piece(piece: Any) -> str:
            from tongbao_airflow import crawl

            return crawl.crawl(jurisdiction, piece)

        # What was scanned counts, whatever became of the rest: even a piece that failed has kept what its other sites came to.
        @task(task_display_name="汇总接收", trigger_rule="all_done")
        @mistakes_are_final
        def deliver(dag_run: Any) -> dict[str, Any]:
            from tongbao_airflow import crawl

            return crawl.deliver(jurisdiction, extent, provenance(dag_run)["run_after"])

        crawl_piece.expand(piece=plan()) >> deliver()
    return dag


for office in read_offices()[0]:
    if office.scan is not None:
        for extent in EXTENTS:
            declare(office, office.scan, extent)
