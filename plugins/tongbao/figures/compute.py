"""Computes every figure a circular may print, from judged results alone: no disk, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from tongbao.figures.clauses import add_clause_rates
from tongbao.figures.collector import Collector, basis_of
from tongbao.figures.comparison import add_comparison, add_streaks
from tongbao.figures.groups import SCOPES, add_counts
from tongbao.figures.history import add_history
from tongbao.figures.model import FigureKind, Figures, Named, clean
from tongbao.figures.problems import add_problems, clause_words
from tongbao.figures.regions import add_regions
from tongbao.figures.result import NOT_INSPECTED, PeriodResult, Rectified
from tongbao.figures.scores import add_scores
from tongbao.figures.side import add_https, add_messages
from tongbao.indicators import IndicatorSet
from tongbao.jurisdiction import Circular, Jurisdiction
from tongbao.period import SHANGHAI

_RECONCILED = {
    "matched": "已报备且已发现",
    "declared_not_found": "已报备而未发现",
    "found_not_declared": "已发现而未报备",
    "differing": "报备信息与实际不一致",
    "closed_but_publishing": "已关停、注销而仍在发布信息",
    "several_accounts": "同一单位在同一平台开设多个账号",
    "unlisted": "最新名册未列",
}


def compute(
    result: PeriodResult,
    previous: PeriodResult | None,
    year_before: PeriodResult | None,
    jurisdiction: Jurisdiction,
    circular: Circular,
    indicator_set: IndicatorSet,
    previous_rectified: Rectified | None = None,
    earlier: Sequence[PeriodResult] = (),
) -> Figures:
    """Compute all figures of one circular.

    ``previous`` and ``year_before`` are the results of the period before and of the same period a year before,
    if the archive holds them; ``earlier`` the consecutive ones before ``previous``, newest first, for 连续N期.
    What cannot be computed is recorded as absent with its reason, so that wording may leave it out.
    """
    collector = Collector(basis_of(result))
    _add_facts(collector, result, jurisdiction, circular)
    words = clause_words(indicator_set)
    for scope in SCOPES:
        add_counts(collector, result, scope)
        add_regions(collector, result, previous, scope)
    for scope in ("websites", "accounts"):
        add_problems(collector, result, scope, words)
        add_clause_rates(collector, result, scope, indicator_set)
        add_scores(collector, result, previous, scope, indicator_set)
        add_streaks(collector, [result, *([previous, *earlier] if previous else [])], scope)
    add_comparison(collector, result, previous, "previous")
    add_comparison(collector, result, year_before, "year_before")
    add_history(collector, result, (previous, year_before, *earlier))
    for count in ("declared", "inspected", "qualified", "unqualified", "not_inspected", "undeclared"):
        collector.split(f"subjects.{count}", (f"websites.{count}", f"accounts.{count}"))
    add_messages(collector, result)
    add_https(collector, result)
    _add_reconciliation(collector, result)
    _add_annex_counts(collector, result)
    _add_rectified(collector, previous_rectified)
    return collector.build()


def _add_facts(collector: Collector, result: PeriodResult, jurisdiction: Jurisdiction, circular: Circular) -> None:
    period = result.period
    for name, other, what in (
        ("period", period, "检查周期"),
        ("previous_period", period.previous(), "上一检查周期"),
        ("year_before_period", period.year_before(), "上年同期"),
        ("next_period", period.next(), "下一检查周期"),
    ):
        collector.text(name, circular.name_of(other), what)
    collector.text("year", f"{period.first.year}年", "检查周期所在的年份")
    collector.day("period_first", period.first, "检查周期首日")
    collector.day("period_last", period.last, "检查周期末日")
    # The cutoff is the instant after the last that counts, so midnight belongs to the day before.
    collector.day("cutoff", (result.cutoff - timedelta(microseconds=1)).astimezone(SHANGHAI).date(), "监测时间点")
    collector.text("jurisdiction", jurisdiction.name, "辖区设置")
    collector.text("office", circular.office, "辖区设置的发文机关")
    collector.open("basis")
    for number, document in enumerate(circular.basis, start=1):
        collector.text(f"basis.{number}.title", document.title, "辖区设置的依据文件")
        for key in ("number", "short"):
            if value := getattr(document, key):
                collector.text(f"basis.{number}.{key}", value, "辖区设置的依据文件")
            else:
                collector.absent(f"basis.{number}.{key}", "辖区设置未填写")
    rectification = circular.rectification
    collector.count("rectification.working_days", rectification.working_days, "辖区设置的整改期限（工作日）")
    collector.text("rectification.office", rectification.office, "辖区设置的整改报送单位")
    if rectification.contact:
        collector.text("rectification.contact", rectification.contact, "辖区设置的联系电话")
    else:
        collector.absent("rectification.contact", "辖区设置未填写联系电话")
    collector.absent("deadline", "尚未确定印发日期")
    collector.absent("issued_on", "尚未确定印发日期")


def _add_reconciliation(collector: Collector, result: PeriodResult) -> None:
    for scope, kind in SCOPES.items():
        for table, title in _RECONCILED.items():
            name = f"{scope}.reconciliation.{table}"
            rows = result.reconciliation.get(table)
            if rows is None:
                collector.absent(name, "没有名册比对结果")
                continue
            rows = (rows if kind is None else rows[rows["kind"] == kind.value]).drop_duplicates("subject_id")
            collector.listed(f"{name}.count", f"{name}.names", rows, f"名册比对：{title}")


def _add_annex_counts(collector: Collector, result: PeriodResult) -> None:
    """Rows of the annex of results: one a problem of an inspected declared subject, one a subject without problem."""
    for scope, kind in SCOPES.items():
        inspected = result.of_kind(kind)
        inspected = inspected[inspected["verdict"] != NOT_INSPECTED]
        what = "已检、已报备对象的问题条数（一个对象的一个条款计一条）"
        vetoes, deductions = inspected["veto_problems"].sum(), inspected["deduction_problems"].sum()
        without = ((inspected["veto_problems"] + inspected["deduction_problems"]) == 0).sum()
        collector.count(f"{scope}.veto_problem_count", vetoes, f"{what}，单项否决部分")
        collector.count(f"{scope}.deduction_problem_count", deductions, f"{what}，扣分部分")
        collector.count(f"{scope}.problem_count", vetoes + deductions, what)
        collector.count(f"{scope}.without_problem", without, "已检、已报备对象中未发现问题的")
        collector.count(f"{scope}.result_rows", vetoes + deductions + without, "问题条数与未发现问题的对象数之和")
        collector.split(f"{scope}.problem_count", (f"{scope}.veto_problem_count", f"{scope}.deduction_problem_count"))
        collector.split(f"{scope}.result_rows", (f"{scope}.problem_count", f"{scope}.without_problem"))


def _add_rectified(collector: Collector, rectified: Rectified | None) -> None:
    if rectified is None:
        collector.absent("rectified", "没有上期整改台账")
        return
    what = "上期整改台账"
    for name in ("required", "reported", "mended"):
        collector.count(f"rectified.{name}", getattr(rectified, name), what)
    collector.rate("rectified.rate", "rectified.mended", "rectified.required")
    for name in ("unreported", "unmended"):
        items = tuple(Named(*(clean(part) for part in item)) for item in getattr(rectified, name))
        collector.count(f"rectified.{name}", len(items), what)
        collector.add(f"rectified.{name}_names", items, FigureKind.LIST, what, list_of=f"rectified.{name}")
