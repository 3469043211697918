"""Questions people ask of what was filed: why this verdict, what became of this subject."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tongbao.archive import Archive, EditionManifest
from tongbao.errors import TongbaoError
from tongbao.feeds import ROSTER
from tongbao.indicators import load_indicator_set
from tongbao.period import Period
from tongbao.roster import RosterBatch, history
from tongbao.scoring import ExplainedLine, Explanation, ScoreSheet, explain
from tongbao.workspace import SHEET_TABLES, read_arrow

_VERDICTS = {"qualified": "合格", "unqualified": "不合格", "not_inspected": "未检"}
_STATES = {"met": "符合", "breached": "不符合", "not_measured": "未测", "blocked": "被拦截"}
_BASES = {"measure": "测算", "person": "人工检查", "tool": "工具检查", "check_on_record": "检查在案", "none": "—"}
_PARTS = {"veto": "单项否决", "deduction": "扣分", "bonus": "加分"}
_EVENTS = {"listed": "列入名册", "changed": "变更", "unlisted": "名册未列", "relisted": "重新列入"}


@dataclass(frozen=True)
class Answer:
    """Why a subject has its verdict in one edition."""

    subject: dict[str, object]
    edition: EditionManifest
    explanation: Explanation
    rules_changed: bool
    """Whether the indicator set's file was changed since the edition was filed."""


def explain_subject(jurisdiction: str, circular: str, period: str, subject_id: str, number: int | None = None) -> Answer:
    """Explain a subject's verdict in the newest edition of a period, or in a given one.

    Raises TongbaoError when there is no such edition or the edition does not know the subject.
    """
    archive = Archive.open()
    asked = Period.parse(period)
    editions = [e for e in archive.editions(jurisdiction, circular, asked) if number in (None, e.number)]
    if not editions:
        raise TongbaoError(
            f"{asked.title}没有{f'第{number}版' if number else '任何版本的'}通报", remedy="请先生成通报，或核对周期和版本号"
        )
    edition = editions[-1]
    sheet = ScoreSheet.from_tables({name: read_arrow(archive.edition_file(edition, f"{name}.parquet")) for name in SHEET_TABLES})
    subjects = read_arrow(archive.edition_file(edition, "subjects.parquet")).to_pandas()
    rules = load_indicator_set(edition.rules["id"])
    explanation = explain(sheet, rules, subject_id)
    row = subjects[subjects["subject_id"] == subject_id].iloc[0]
    return Answer(row.to_dict(), edition, explanation, rules.hash != edition.rules["hash"])


def print_explanation(answer: Answer, *, everything: bool = False, console: Console | None = None) -> None:
    """Print the verdict, the lines that are not simply met, and what to do about the breaches."""
    console = console or Console(highlight=False)
    subject, told = answer.subject, answer.explanation
    console.print(
        f"[bold]{escape(str(subject['name']))}[/]（{told.subject_id}，{escape(str(subject['sponsor']))}）", soft_wrap=True
    )
    console.print(f"{answer.edition.period} 第{answer.edition.folder}版　{answer.edition.rules['document']}", style="dim")
    points = "" if told.score is None else f"　得分 {told.score:g}（扣分 {told.deducted or 0:g}，加分 {told.bonus or 0:g}）"
    colour = {"qualified": "green", "unqualified": "red"}.get(told.verdict, "yellow")
    console.print(f"[bold {colour}]{_VERDICTS[told.verdict]}[/]{points}　{escape(told.reason)}", soft_wrap=True)
    if answer.rules_changed:
        console.print("注意：指标文件在归档后改过，条款名称以现行文件为准。", style="yellow")
    shown = [line for line in told.lines if everything or line.state != "met" or line.points]
    if shown:
        console.print(_lines_table(shown))
    if len(shown) < len(told.lines):
        console.print(f"其余 {len(told.lines) - len(shown)} 个条款符合要求；加 --all 逐条列出。", style="dim")
    for line in (line for line in shown if line.state == "breached" and line.part != "bonus"):
        console.print(f"• {line.clause} {escape(line.problem)}：{escape(line.remedy)}", soft_wrap=True)


def subject_history(jurisdiction: str, subject_id: str) -> pd.DataFrame:
    """Every change of a subject across all rosters taken in; raises TongbaoError when no roster knows it."""
    archive = Archive.open()
    batches = [
        RosterBatch(Period.parse(batch.period), batch.folder, read_arrow(archive.batch_file(batch, "data.parquet")).to_pandas())
        for batch in archive.batches(jurisdiction, "roster")
    ]
    events = history(batches)
    own = events[events["subject_id"] == subject_id]
    if own.empty:
        raise TongbaoError(f"历次名册中都没有“{subject_id}”", remedy="请核对标识码", value=subject_id)
    return own


def print_history(events: pd.DataFrame, console: Console | None = None) -> None:
    console = console or Console(highlight=False)
    table = Table("周期", "名册", "事件", "字段", "原值", "新值", "批次")
    for event in events.fillna("").to_dict("records"):
        side = "报备" if event["declared"] else "排查"
        field = ROSTER.by_name[event["field"]].title if event["field"] else ""
        cells = (event["period"], side, _EVENTS[event["event"]], field, event["before"], event["after"], event["batch"])
        table.add_row(*(escape(str(cell)) for cell in cells))
    console.print(table)


def _lines_table(lines: list[ExplainedLine]) -> Table:
    table = Table()
    for title in ("条款", "状态", "数量", "分值"):
        table.add_column(title, no_wrap=True)
    table.add_column("名称、依据与证据", overflow="fold", ratio=1)
    for line in lines:
        points = "" if not line.points else f"{line.counted:g}" + ("（封顶）" if line.is_capped else "")
        told = "；".join(filter(None, (line.evidence, line.note)))
        table.add_row(
            line.clause,
            _STATES[line.state],
            "" if line.count is None else f"{line.count:g}",
            points,
            escape(f"{line.name}〔{_PARTS[line.part]}，{_BASES[line.basis]}〕{told}"),
            style="red" if line.state == "breached" and line.part != "bonus" else None,
        )
    return table
