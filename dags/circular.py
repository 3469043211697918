"""One DAG per office and circular: from the accepted batches of a period to a filed edition ready for signature."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

from airflow.sdk import DAG, Asset, Param, task
from airflow.sdk.definitions.param import ParamsDict

from tongbao.jurisdiction import Circular, Jurisdiction
from tongbao.period import SHANGHAI, PeriodKind
from tongbao_airflow.log import name_in_log
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
REVIEWS_DOC = """
### 三审与签发
归档后依次由初审、复审、终审在页面的“浏览—待响应的任务实例”中选择“通过”或“退回”，每审等候{days}天，到期无人答复按退回处理；
三审通过后由签发人填写发文字号、成文日期。一人不得参加两审。退回须写理由，本次运行以失败告终，备注写明谁因何退回，不印发任何文件。
答复无效的，日志说明原因，清除该任务即可重新答复。印发后的更正、撤回见使用说明。
"""


def plain_step(name: str, title: str) -> Any:
    """A task that hands the run's workspace to the library's step of that name."""

    @task(task_id=name, task_display_name=title)
    @mistakes_are_final
    def run(settled: dict[str, Any]) -> dict[str, Any]:
        from tongbao import steps

        name_in_log(settled)
        facts: dict[str, Any] = getattr(steps, name)(settled["workspace"])
        return facts

    return run


# One object for all DAGs each: making them anew for every office is what parsing thousands of settings would cost.
DRAWN = [plain_step(*named) for named in (("measure", "计量"), ("score", "评分"), ("figures", "汇总数字"), ("write", "成文"))]
PRINTED = plain_step("print_pdf", "转换 PDF")


@task(task_display_name="校核")
@mistakes_are_final
def gate(settled: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    from tongbao import steps

    name_in_log(settled)
    return steps.gate(settled["workspace"], override_reason=params["override_reason"])


# Not a teardown: after a failure the workspace must stay, so that clearing the failed task goes on from there.
@task(task_display_name="清理")
def discard(settled: dict[str, Any]) -> None:
    from tongbao.workspace import Workspace

    Workspace.at(settled["workspace"]).discard()


def outlet(kind: str, jurisdiction: Jurisdiction, circular_id: str) -> Asset:
    """The asset whose events tell of each new edition or publication of a circular."""
    place = f"{kind}/{jurisdiction.id}/{circular_id}"
    return Asset(name=place, uri=f"x-tongbao://{place}", group="tongbao")


def doc_of(circular: Circular, kind: str, schedule: str) -> str:
    """What the page of the DAG says; of reviews only where there are any."""
    doc = DOC.format(indicators=circular.indicators, office=circular.office, kind=kind, schedule=schedule)
    return doc + (REVIEWS_DOC.format(days=circular.reviews.days) if circular.reviews else "")


def params_of(kind: PeriodKind) -> dict[str, Param]:
    """What an operator may ask for when starting a run by hand."""
    return {
        "period": Param(
            None,
            type=["null", "string"],
            pattern=PERIOD_PATTERNS[kind],
            title="检查周期",
            description=f"如 {PERIOD_EXAMPLES[kind]}；不填则为最近一个已结束的周期",
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
    }


def declare(jurisdiction: Jurisdiction, circular_id: str, circular: Circular) -> DAG:
    """Wire the steps of one circular; every value the parsing process uses comes from its settings file."""
    kind = KIND_NAMES[circular.period]
    timetable = PeriodTimetable(circular.period, circular.working_day, circular.hour)
    with DAG(
        dag_id=f"circular_{jurisdiction.id}_{circular_id}",
        dag_display_name=f"{jurisdiction.name}·{circular.label or f'{kind}通报'}",
        description=timetable.description,
        doc_md=doc_of(circular, kind, timetable.summary),
        schedule=timetable,
        start_date=datetime.combine(circular.start, datetime.min.time(), SHANGHAI),
        catchup=False,
        max_active_runs=1,
        tags=["通报", jurisdiction.name],
        default_args=patient(circular.office, retries=2),
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

        edition = outlet("editions", jurisdiction, circular_id)

        @task(task_display_name="归档", outlets=[edition])
        @mistakes_are_final
        def file_edition(settled: dict[str, Any], outlet_events: Any) -> dict[str, Any]:
            from tongbao import steps

            name_in_log(settled)
            filed = steps.file_edition(settled["workspace"])
            outlet_events[edition].extra = filed
            return filed

        settled = settle()
        filed = file_edition(settled)
        chain = [*(step(settled) for step in DRAWN), gate(settled), PRINTED(settled), filed, discard(settled)]
        if circular.reviews:
            chain += signed(jurisdiction, circular_id, circular, filed)
        for before, after in pairwise(chain):
            before >> after
    # Last, because every task made before would copy them; past the attribute's check, which takes a fifth of all parsing
    # and which the tests make once.
    object.__setattr__(dag, "params", ParamsDict(params_of(circular.period)))
    return dag


def signed(jurisdiction: Jurisdiction, circular_id: str, circular: Circular, filed: Any) -> list[Any]:
    """The tasks from the draft to the circular in its addressees' hands. They rest on the filed edition alone."""
    from tongbao.manifests import Stage
    from tongbao_airflow.review import ask

    where = {"jurisdiction": jurisdiction.id, "circular": circular_id}
    stages = {stage: ask(stage, circular.reviews, filed=filed, **where) for stage in Stage}
    publication = outlet("publications", jurisdiction, circular_id)

    @task(task_display_name="印发", outlets=[publication])
    @mistakes_are_final
    def publish(filed: dict[str, Any], signing: dict[str, Any], dag_run: Any, outlet_events: Any) -> dict[str, Any]:
        from tongbao.publication import tasks

        name_in_log(filed)
        published = tasks.publish(*where.values(), filed, signing, round_id=dag_run.run_id, run=provenance(dag_run))
        outlet_events[publication].extra = published
        return published

    @task(task_display_name="送达")
    @mistakes_are_final
    def announce(published: dict[str, Any]) -> dict[str, Any]:
        from tongbao.publication import tasks
        from tongbao_airflow.mail import mail_sender

        name_in_log(published)
        with mail_sender(circular.publication.mail_connection) as send:
            return tasks.announce(*where.values(), published, send)

    published = publish(filed, stages[Stage.SIGN].output)
    return [*stages.values(), published, announce(published)]


for office in read_offices()[0]:
    for circular_id, circular in office.circulars.items():
        declare(office, circular_id, circular)
