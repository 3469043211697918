"""Traps are cut by their look or their number; large archives under plain paths are none."""

from __future__ import annotations

import pytest

from tongbao.scan.gaps import GapBook
from tongbao.scan.site_model import Gap, Why
from tongbao.scan.traps import PatternBudget, fixed_trap, is_calendar, pattern_of

HOST = "http://www.shiliqi.example"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/a/b/a/b/x.html", Why.TRAP_REPETITION),
        ("/a/a/a/x.html", Why.TRAP_REPETITION),
        ("/zw/gk/tz/zw/gk/tz/", Why.TRAP_REPETITION),
        ("/" + "/".join(f"s{number}" for number in range(21)), Why.TRAP_REPETITION),
        ("/" + "/".join(f"s{number}" for number in range(20)), None),
        ("/a/a/x.html", None),
        ("/art/2020/10/10/10/art_1.html", None),
        ("/art/10/10/10/10/art_1.html", None),
        ("/s?" + "&".join(f"p{number}=1" for number in range(11)), Why.TRAP_QUERY),
        ("/s?" + "&".join(f"p{number}=1" for number in range(10)), None),
        ("/s?f=1&f=2&f=3&f=4", Why.TRAP_QUERY),
        ("/s?f[]=1&f[]=2&f[]=3&f[]=4", None),
        ("/s?back=" + "x" * 800, Why.TRAP_QUERY),
        ("/" + "x" * 2001, Why.TRAP_QUERY),
        ("/zwgk/", None),
    ],
)
def test_traps_told_by_their_look(path: str, why: Why | None) -> None:
    assert fixed_trap(HOST + path) is why


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/rili?year=2020&month=3", True),
        ("/calendar/view?date=2020-10-13", True),
        ("/events/2020/10/", True),
        ("/events/2020-10-13", True),
        ("/news?year=2020", False),
        ("/art/2020/10/13/art_12_345.html", False),
        ("/202010/t20201013_12.html", False),
    ],
)
def test_calendars(path: str, expected: bool) -> None:
    assert is_calendar(HOST + path) is expected


def test_a_pattern_is_numbers_and_names_of_the_query() -> None:
    assert pattern_of(f"{HOST}/a12/t3.html") == f"{HOST}/a#/t#.html"
    assert pattern_of(f"{HOST}/s?b=1&a=2&b=3") == f"{HOST}/s?a&b"


def taken(budget: PatternBudget, addresses: list[str]) -> tuple[int, set[Why | None]]:
    answers = [budget.take(HOST + address) for address in addresses]
    return answers.count(None), set(answers) - {None}


def test_a_calendar_ends_after_two_months_of_days() -> None:
    addresses = [f"/rili?y={2000 + number}&m=1" for number in range(500)]
    assert taken(PatternBudget(1000), addresses) == (62, {Why.TRAP_CALENDAR})


def test_filters_end_and_plain_queries_go_on_for_longer() -> None:
    filters = [f"/list?area={number}&kind=1&page=2" for number in range(1500)]
    assert taken(PatternBudget(10_000), filters) == (500, {Why.TRAP_PATTERN})
    ids = [f"/content?id={number}" for number in range(6000)]
    assert taken(PatternBudget(10_000), ids) == (5000, {Why.TRAP_PATTERN})


def test_articles_under_plain_paths_are_never_counted() -> None:
    articles = [f"/202010/t20201013_{number}.html" for number in range(20_000)]
    assert taken(PatternBudget(100), articles) == (20_000, set())


def test_gaps_of_one_template_are_one_line_with_its_first_address() -> None:
    book = GapBook()
    for number in (3, 1, 2):
        book.add(f"{HOST}/a{number}", f"{HOST}/a{number}", Why.BUDGET)
    book.add(f"{HOST}/b", f"{HOST}/b", Why.DEPTH)
    assert book.listed() == (Gap(f"{HOST}/a3", Why.BUDGET, 3), Gap(f"{HOST}/b", Why.DEPTH, 1))
    assert book.has(Why.DEPTH)
    assert not book.has(Why.TIME)
