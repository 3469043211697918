from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.tongbao.judged import CIRCULAR, INDICATORS, JURISDICTION
from tests.tongbao.ranked import city, city_figures
from tongbao.circular.phrasing import change_text
from tongbao.figures import Figures, compute
from tongbao.indicators import load_indicator_set


@pytest.fixture(scope="module")
def figures() -> Figures:
    return city_figures()


def names(figures: Figures, name: str) -> list[str]:
    return [item.name for item in figures.value(name)]


def test_equal_scores_share_a_rank(figures: Figures) -> None:
    ranking = [(figures.value(f"{n}.rank"), len(figures.value(f"{n}.names"))) for n in figures.children("websites.ranking")]
    assert ranking == [(1, 1), (2, 2), (4, 1)]


def test_the_lowest_ranks_come_from_the_last_one_up(figures: Figures) -> None:
    assert [figures.value(f"{name}.rank") for name in figures.children("websites.lowest")] == [4, 2, 1]


@pytest.mark.parametrize(
    ("subject", "rank", "change", "points"), [("w1", 1, 1, Decimal("15.00")), ("w2", 2, -1, Decimal("-1.50")), ("w4", 4, -1, 10)]
)
def test_standings_tell_how_a_subject_moved(figures: Figures, subject: str, rank: int, change: int, points: Decimal) -> None:
    name = f"websites.standings.{subject}"
    assert figures.value(f"{name}.rank") == rank
    assert figures.value(f"{name}.rank_change") == change
    assert figures.value(f"{name}.score_change") == points


def test_a_subject_without_an_earlier_score_has_not_moved(figures: Figures) -> None:
    assert figures.why_absent("websites.standings.w3.rank_change") == "上期没有得分"


def test_a_change_of_score_survives_the_archive_and_prints_its_size(figures: Figures) -> None:
    again = Figures.from_json(json.loads(json.dumps(figures.to_json())))
    change = again["websites.standings.w2.score_change"]
    assert change == figures["websites.standings.w2.score_change"]
    assert change_text(change, again) == ("1.5", -1)


def test_grades_come_best_first_and_add_up() -> None:
    graded = load_indicator_set("shilishi-2024")
    figures = compute(city(), None, None, JURISDICTION, CIRCULAR, graded)
    grades = figures.children("websites.grades")
    assert [figures.value(f"{name}.label") for name in grades] == ["优秀", "良好", "合格", "不合格"]
    assert [figures.value(f"{name}.count") for name in grades] == [1, 2, 1, 0]
    assert [split.parts for split in figures.splits if split.whole == "websites.inspected" and "grades" in split.parts[0]] == [
        tuple(f"{name}.count" for name in grades)
    ]


def test_a_grade_of_no_set_does_not_pass_for_a_split() -> None:
    figures = compute(city(), None, None, JURISDICTION, CIRCULAR, INDICATORS)
    assert not [split for split in figures.splits if any("websites.grades" in part for part in split.parts)]
