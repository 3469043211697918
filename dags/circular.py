"""One DAG per office and circular: from the accepted batches of a period to a filed edition ready for signature."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

from airflow.sdk import DAG, Param, task

from tongbao.jurisdiction import Circular, Jurisdiction
from tongbao.period import SHANGHAI
from tongbao_airflow.offices import read_offices
from tongbao_airflow.run import PERIOD_EXAMPLES, PERIOD_PATTERNS, mistakes_are_final, patient, period_of, provenance
from tongbao_airflow.timetable import KIND_NAMES, PeriodTimetable

DOC = """
### 做什么
按`{indicators}`指标体系，用已接收的名册与检查数据生成**{office}**的{kind}通报（Word 文件、附件表、打分表），
核对文中每个数字后归档为一个不可更改的版本。运行时间：{schedule}。

### 失败了怎么办
打开失败的任务，日志最后一句说明哪个文件、哪一行、怎样改。改好后点“清除”重跑即可：数据未变时得到同一版本，不会重复出版。
「校核」失败表示文中数字与计算结果不一致；确需放行时，以参数“放行理由”重新触发，理由会记入版本清单。

### 能不能等
能。失败不影响已出版本；请在印发日期之前处理。补做以前的周期用回填（backfill），日期按北京时间写。
"""


DRAWING = {"measure": "计量", "score": "评分", "figures": "汇总数字", "write": "成文"}
FILING = {"print_pdf": "转换 PDF", "file_edition": "归档"}


def plain_step(name: str, title: str) -> Any:
    """A task that hands the run's workspace to the library's step of that name."""

    @task(task_id=name, task_display_name=title)
    @mistakes_are_final
    def run(workspace: str) -> dict[str, Any]:
        from tongbao import steps

        facts: dict[str, Any] = getattr(steps, name)(workspace)
        return facts

    return run


def declare(jurisdiction: Jurisdiction, circular_id: str, circular: Circular) -> DAG:
    """Wire the steps of one circular; every value the parsing process uses comes from its settings file."""
    kind = KIND_NAMES[circular.period]
    timetable = PeriodTimetable(circular.period, circular.working_day, circular.hour)
    with DAG(
        dag_id=f"circular_{jurisdiction.id}_{circular_id}",
        dag_display_name=f"{jurisdiction.name}·{circular.label or f'{kind}通报'}",
        description=timetable.description,
        doc_md=DOC.format(indicators=circular.indicators, office=circular.office, kind=kind, schedule=timetable.summary),
        schedule=timetable,
        start_date=datetime.combine(circular.start, datetime.min.time(), SHANGHAI),
        catchup=False,
        max_active_runs=1,
        tags=["通报", jurisdiction.name],
        default_args=patient(circular.office, retries=2),
        params={
            "period": Param(
                None,
                type=["null", "string"],
                pattern=PERIOD_PATTERNS[circular.period],
                title="检查周期",
                description=f"如 {PERIOD_EXAMPLES[circular.period]}；不填则为最近一个已结束的周期",
            ),
            "cutoff": Param(
                None,
                type=["null", "string"],
                format="date-time",
                title="监测时间点",
                description="此后的数据不计；不填则按辖区设置（通常为周期最后一日24时）",
            ),
            "reason": Param("", type="string", title="重新出版理由", description="数据更正后重出时填写，记入版本清单"),
            "override_reason": Param("", type="string", title="放行理由", description="校核不通过仍需出版时填写，记入版本清单"),
        },
    ) as dag:

        @task(task_display_name="确定范围")
        @mistakes_are_final
        def settle(params: dict[str, Any], dag_run: Any) -> dict[str, Any]:
            from tongbao import steps

            period = period_of(circular.period, params, dag_run)
            workspace = steps.workspace_for(jurisdiction.id, circular_id, period.label, dag_run.run_id)
            wishes = {"cutoff": params["cutoff"], "reason": params["reason"], "run": provenance(dag_run)}
            facts = steps.settle(jurisdiction.id, circular_id, period.label, workspace=workspace, **wishes)
            return {**facts, "title": period.title, "workspace": workspace}

        @task(task_display_name="校核")
        @mistakes_are_final
        def gate(workspace: str, params: dict[str, Any]) -> dict[str, Any]:
            from tongbao import steps

            return steps.gate(workspace, override_reason=params["override_reason"])

        # Not a teardown: after a failure the workspace must stay, so that clearing the failed task goes on from there.
        @task(task_display_name="清理")
        def discard(workspace: str) -> None:
            from tongbao.workspace import Workspace

            Workspace.at(workspace).discard()

        workspace = settle()["workspace"]
        drawn = [plain_step(name, title) for name, title in DRAWING.items()]
        filed = [plain_step(name, title) for name, title in FILING.items()]
        chain = [step(workspace) for step in (*drawn, gate, *filed, discard)]
        for before, after in pairwise(chain):
            before >> after
    return dag


for office in read_offices()[0]:
    for circular_id, circular in office.circulars.items():
        declare(office, circular_id, circular)
