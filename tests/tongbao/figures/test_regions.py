from __future__ import annotations

import pytest

from tests.tongbao.judged import banner_figures
from tests.tongbao.ranked import city_figures
from tongbao.circular.phrasing import change_text
from tongbao.figures import Figures


@pytest.fixture(scope="module")
def figures() -> Figures:
    return city_figures()


def names(figures: Figures, name: str) -> list[str]:
    return [item.name for item in figures.value(name)]


def test_regions_free_of_failures_and_the_others(figures: Figures) -> None:
    assert names(figures, "subjects.perfect_regions_names") == ["乙县", "丙县"]
    assert names(figures, "subjects.imperfect_regions_names") == ["甲县"]
    assert figures.value("subjects.perfect_regions_rate") == 1
    assert figures.value("subjects.perfect_regions_inspected") == 4


def test_regions_that_tie_share_a_rank_and_the_next_follows_their_number(figures: Figures) -> None:
    ranking = figures.children("subjects.region_ranking")
    assert [(figures.value(f"{name}.rank"), names(figures, f"{name}.names")) for name in ranking] == [
        (1, ["乙县", "丙县"]),
        (3, ["甲县"]),
    ]


@pytest.mark.parametrize(("region", "before", "change"), [("乙县", 3, 2), ("丙县", 1, 0), ("甲县", 1, -2)])
def test_rank_movement_is_up_when_positive(figures: Figures, region: str, before: int, change: int) -> None:
    name = f"subjects.region_standings.{region}"
    assert figures.value(f"{name}.previous_rank") == before
    assert figures.value(f"{name}.rank_change") == change


def test_the_offices_own_level_is_counted_but_not_ranked(figures: Figures) -> None:
    assert "subjects.region_standings.市直" not in [f"{name}" for name in figures.children("subjects.region_standings")]
    assert (figures.value("accounts.by_level.own.declared"), figures.value("accounts.by_level.lower.declared")) == (2, 5)
    assert figures.value("accounts.by_level_and_platform_group.lower.快手、抖音.declared") == 4


def test_platforms_counted_together_are_one_row(figures: Figures) -> None:
    assert figures.value("accounts.by_platform_group.快手、抖音.declared") == 4
    assert figures.value("accounts.by_platform.抖音.declared") == 2


def test_equal_groups_come_by_pinyin(figures: Figures) -> None:
    labels = [figures.value(f"{name}.label") for name in figures.children("subjects.by_region")]
    assert labels == ["甲县", "乙县", "丙县", "市直", "未填写"]


def test_without_a_period_before_nothing_moves() -> None:
    alone = city_figures(compared=False)
    assert alone.why_absent("subjects.region_standings.甲县.rank_change") == "没有可比较的往期结果"


def test_an_office_without_regions_has_none_to_compare() -> None:
    figures = banner_figures()
    assert figures.value("subjects.regions") == 0
    assert figures.children("subjects.region_ranking") == ()
    assert "accounts.by_level.own.declared" not in figures


def test_a_change_of_rank_prints_its_size(figures: Figures) -> None:
    assert change_text(figures["subjects.region_standings.甲县.rank_change"], figures) == ("2", -1)
