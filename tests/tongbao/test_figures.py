from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest

from tests.tongbao.judged import (
    CIRCULAR,
    INDICATORS,
    JURISDICTION,
    Q2,
    Q3,
    account,
    banner,
    banner_figures,
    judged,
    line,
    website,
)
from tongbao.figures import FigureKind, Figures, PeriodResult, Rectified, compute
from tongbao.figures.model import LONGEST_LIST
from tongbao.period import Period


def figures_of(result: PeriodResult, previous: PeriodResult | None = None, **more: Any) -> Figures:
    return compute(result, previous, None, JURISDICTION, CIRCULAR, INDICATORS, **more)


@pytest.fixture(scope="module")
def figures() -> Figures:
    return banner_figures(compared=True)


def names(figures: Figures, name: str) -> list[str]:
    return [item.name for item in figures.value(name)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("websites.declared", 1),
        ("websites.undeclared", 0),
        ("accounts.declared", 6),
        ("accounts.undeclared", 2),
        ("accounts.inspected", 5),
        ("accounts.qualified", 2),
        ("accounts.unqualified", 3),
        ("accounts.not_inspected", 1),
        ("subjects.declared", 7),
        ("subjects.inspected", 6),
        ("accounts.pass_rate", Fraction(2, 5)),
        ("accounts.inspected_rate", Fraction(5, 6)),
        ("accounts.by_platform.微信公众号.declared", 3),
        ("accounts.by_platform.新浪微博.unqualified", 1),
        ("accounts.by_unit_class.township.pass_rate", Fraction(1, 2)),
        ("accounts.by_platform_and_unit_class.新浪微博.township.qualified", 1),
        ("accounts.undeclared_by_platform.抖音.count", 1),
        ("accounts.not_inspected_reasons.1.label", "未抽中"),
        ("accounts.with_not_measured", 0),
        ("websites.with_blocked", 1),
        ("accounts.problems.VM2_1.subjects", 2),
        ("accounts.undeclared_problems.VM2_1.subjects", 1),
        ("accounts.reasons.VM3_1.subjects", 2),
        ("accounts.with_several_reasons", 1),
        ("accounts.main_reasons.VM2.count", 2),
        ("accounts.main_reasons.VM3.count", 1),
        ("websites.problems.D4_3_1.count", 3),
        ("websites.deduction_problem_count", 2),
        ("accounts.veto_problem_count", 4),
        ("subjects.result_rows", 8),
        ("websites.average_score", Decimal("86.50")),
        ("cutoff", date(2020, 9, 30)),
        ("period", "2020年第三季度"),
        ("next_period", "2020年第四季度"),
    ],
)
def test_figures_of_a_banner_counted_by_hand(figures: Figures, name: str, value: object) -> None:
    assert figures.value(name) == value


def test_undeclared_subjects_are_no_part_of_rates(figures: Figures) -> None:
    assert figures.value("accounts.inspected") == 5
    assert names(figures, "accounts.undeclared_names") == ["示例u1", "示例u2"]
    assert "示例u1" not in names(figures, "accounts.unqualified_names")


@pytest.mark.parametrize(
    ("name", "who"),
    [
        ("newly_failing", ["示例a2"]),
        ("still_failing", ["示例a3"]),
        ("failing_first_check", ["示例a4"]),
        ("mended", ["示例a1"]),
        ("not_rechecked", []),
        ("gone", ["示例a7"]),
        ("added", ["示例a4", "示例a6"]),
        ("removed", ["示例a7"]),
    ],
)
def test_comparison_is_by_subject(figures: Figures, name: str, who: list[str]) -> None:
    assert names(figures, f"accounts.previous.{name}_names") == who
    assert figures.value(f"accounts.previous.{name}") == len(who)


def test_changes_are_differences_of_named_figures(figures: Figures) -> None:
    change = figures["accounts.previous.pass_rate_change"]
    assert (change.value, change.minuend, change.subtrahend) == (Fraction(0), "accounts.pass_rate", "accounts.previous.pass_rate")
    assert figures.value("accounts.previous.declared_change") == 1


def test_every_split_adds_up_and_every_list_is_as_long_as_its_count(figures: Figures) -> None:
    assert len(figures.splits) > 100
    for split in figures.splits:
        assert sum(figures.value(part) for part in split.parts) == figures.value(split.whole), split
    for figure in figures.values():
        if figure.kind is FigureKind.LIST:
            assert len(figure.value) == figures.value(figure.list_of), figure.name


def test_every_figure_says_where_it_comes_from(figures: Figures) -> None:
    for figure in figures.values():
        assert "2020年第三季度" in figure.source
        assert "0001-abcdef012345" in figure.source
        assert f"national-2019（{INDICATORS.hash[:12]}）" in figure.source
    assert "；比较2020年第二季度，监测时间点2020-07-01 00:00" in figures["accounts.previous.declared"].source


def test_what_has_no_basis_is_absent_with_its_reason(figures: Figures) -> None:
    assert "accounts.year_before" not in figures
    assert figures.why_absent("accounts.year_before.pass_rate") == "没有可比较的往期结果"
    assert figures.why_absent("accounts.by_platform.快手.declared") == "数据中没有这一项"
    assert figures.why_absent("accounts.declred") is None
    nobody = figures_of(judged([account("a1")], {"a1": "not_inspected"}))
    assert nobody.why_absent("accounts.pass_rate") == "accounts.inspected为0，无从计算比率"


def test_platforms_come_by_size_with_the_rest_last() -> None:
    subjects = [account("1", "其他"), account("2", "其他"), account("3", "抖音"), account("4", "快手"), account("5", None)]
    figures = figures_of(judged(subjects, dict.fromkeys("12345", "qualified")))
    groups = [figures.value(f"{name}.label") for name in figures.children("accounts.by_platform")]
    assert groups == ["抖音", "快手", "其他", "未填写"]


def test_names_of_groups_bear_any_data() -> None:
    nasty = "V1.0{{ 7*7 }}\ue000\n号"
    figures = figures_of(judged([account("a1", nasty)], {"a1": "qualified"}))
    (group,) = figures.children("accounts.by_platform")
    assert group == "accounts.by_platform.V1．0{{ 7*7 }} 号"
    assert figures.value(f"{group}.declared") == 1


def test_a_subject_failing_by_score_alone_has_a_reason_of_its_own() -> None:
    verdicts = {
        "w1": {"verdict": "unqualified", "score": 59.99, "breached": 1},
        "w2": {"verdict": "qualified", "score": 60.0},
        "w3": {"verdict": "qualified", "score": 80.0},
        "w4": {"verdict": "qualified", "score": 80.01},
        "w5": {"verdict": "unqualified", "vetoes": "VW2", "breached": 1},
    }
    lines = [line("w1", "D1.4.2", points=5.0), line("w5", "VW2.1")]
    figures = figures_of(judged([website(name) for name in verdicts], verdicts, lines))
    assert figures.value("websites.main_reasons.below_mark.count") == 1
    assert figures.value("websites.main_reasons.VW2.count") == 1
    assert [figures.value(f"websites.bands.{band}") for band in ("above", "between", "below")] == [1, 2, 1]
    assert figures.value("websites.scored") == 4
    assert figures.value("websites.average_score") == Decimal("70.00")


def test_equal_scores_share_a_rank() -> None:
    verdicts = {f"w{n}": {"verdict": "qualified", "score": score} for n, score in enumerate((90.0, 95.5, 90.0, 70.25))}
    figures = figures_of(judged([website(name, name) for name in verdicts], verdicts))
    ranks = [figures.value(f"{name}.rank") for name in figures.children("websites.ranking")]
    assert ranks == [1, 2, 4]
    assert names(figures, "websites.ranking.2.names") == ["w0", "w2"]
    assert figures.value("websites.ranking.4.score") == Decimal("70.25")


def test_bonus_lines_and_unproven_states_are_no_problems() -> None:
    lines = [line("w1", "B1.1.1"), line("w1", "D1.4.2", state="not_measured"), line("w1", "D1.5.2", state="blocked")]
    figures = figures_of(judged([website("w1")], {"w1": "qualified"}, lines))
    assert figures.value("websites.problem_count") == 0
    assert figures.children("websites.problems") == ()
    assert figures.value("websites.without_problem") == 1


def test_streaks_count_consecutive_periods_only() -> None:
    subjects = [account(name) for name in ("a1", "a2", "a3")]

    def period(label: str, *failing: str) -> PeriodResult:
        verdicts = {s["subject_id"]: "unqualified" if s["subject_id"] in failing else "qualified" for s in subjects}
        return judged(subjects, verdicts, period=Period.parse(label))

    earlier = [period("2020-Q1", "a1", "a3"), period("2019-Q4", "a1", "a2")]
    figures = figures_of(period("2020-Q3", "a1", "a2", "a3"), period("2020-Q2", "a1", "a2"), earlier=earlier)
    assert figures.value("accounts.streaks.4.count") == 1
    assert names(figures, "accounts.streaks.2.names") == ["示例a2"]
    assert "accounts.streaks.3.count" not in figures


def test_last_issues_rectification_is_told_when_known() -> None:
    rectified = Rectified(required=3, reported=2, mended=1, unreported=(("甲", "一局", "抖音"),))
    figures = figures_of(banner(), previous_rectified=rectified)
    assert figures.value("rectified.rate") == Fraction(1, 3)
    assert names(figures, "rectified.unreported_names") == ["甲"]
    assert banner_figures().why_absent("rectified.rate") == "没有上期整改台账"


def test_order_of_rows_is_irrelevant_to_counts() -> None:
    result = banner()
    shuffled = replace(result, **{k: getattr(result, k).iloc[::-1].reset_index(drop=True) for k in ("subjects", "verdicts")})
    first, second = banner_figures(), figures_of(shuffled)
    assert set(first) == set(second)
    for name, figure in first.items():
        if figure.kind is FigureKind.LIST:
            assert sorted(figure.value) == sorted(second.value(name))
        else:
            assert figure == second[name]


def test_a_found_subject_matched_to_a_declared_one_is_not_counted_twice() -> None:
    subjects = [account("a1"), account("a1", declared=False), account("x9", declared=False), account("u1", declared=False)]
    unmatched = [account("u1", declared=False)]
    result = judged(subjects, {"a1": "qualified", "u1": "qualified"}, reconciliation={"found_not_declared": unmatched})
    figures = figures_of(result)
    assert (figures.value("accounts.declared"), figures.value("accounts.undeclared")) == (1, 1)


def test_reconciliation_is_counted_by_subject() -> None:
    twice = [account("a2"), account("a2")]
    figures = figures_of(replace(banner(), reconciliation={**banner().reconciliation, "differing": pd.DataFrame(twice)}))
    assert figures.value("accounts.reconciliation.differing.count") == 1
    assert figures.value("websites.reconciliation.differing.count") == 0


def test_figures_survive_json(figures: Figures) -> None:
    again = Figures.from_json(json.loads(json.dumps(figures.to_json(), ensure_ascii=False)))
    assert dict(again) == dict(figures)
    assert (again.splits, dict(again.absent), again.open) == (figures.splits, dict(figures.absent), figures.open)
    assert again.children("accounts.by_platform") == figures.children("accounts.by_platform")


def test_no_rows_at_all_give_zero_counts_and_no_rates() -> None:
    empty = judged([account("a1")], {"a1": "qualified"})
    nothing = replace(empty, subjects=empty.subjects.iloc[:0], verdicts=empty.verdicts.iloc[:0])
    figures = figures_of(nothing)
    assert figures.value("subjects.declared") == 0
    assert "subjects.pass_rate" not in figures
    assert all(figure.value == 0 for figure in figures.values() if figure.name.endswith((".declared", ".unqualified")))


def test_long_lists_keep_their_beginning_and_their_count() -> None:
    subjects = [account(f"a{n:04d}") for n in range(LONGEST_LIST + 3)]
    figures = figures_of(judged(subjects, {s["subject_id"]: "unqualified" for s in subjects}))
    assert len(figures.value("accounts.unqualified_names")) == LONGEST_LIST
    assert figures.value("accounts.unqualified") == LONGEST_LIST + 3


def test_a_period_is_compared_with_its_own_kind_only(figures: Figures) -> None:
    assert figures.value("previous_period") == Q2.title
    assert figures.value("year_before_period") == "2019年第三季度"
    assert figures.value("period_last") == Q3.last
