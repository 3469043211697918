"""D4.3: links that stay dead."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tongbao.measures.bench import ACCOUNT, SITE, Bench, Cases, Clause, at

HOME, ELSEWHERE = Clause("dead_links", {"on_homepage": True}), Clause("dead_links", {"on_homepage": False})


def check(link: str, outcome: str, attempts: int = 2, **row: Any) -> dict[str, Any]:
    return {"link": link, "outcome": outcome, "attempts": attempts, "checked_at": at("2020-09-20"), **row}


ATTEMPTS = [("http_4xx", 2, 1), ("http_4xx", 1, 0), ("dns", 3, 1), ("blocked", 5, 0), ("ok", 1, 0)]


@pytest.mark.parametrize(("outcome", "attempts", "dead"), ATTEMPTS)
def test_a_link_is_dead_after_two_attempts(cases: Cases, outcome: str, attempts: int, dead: int) -> None:
    rows = {f"{a} {n}": [check("http://a.example", a, n), check("http://b.example", "ok")] for a, n, _ in ATTEMPTS}
    row = cases.row(f"{outcome} {attempts}", "links", HOME, rows)
    assert row is not None
    assert row["value"] == dead


def test_the_evidence_says_what_where_and_when(bench: Bench) -> None:
    bench.deliver("links", check("http://a.example", "http_4xx"))
    row = bench.row(HOME)
    assert row is not None
    assert row["evidence"] == "http://a.example（页面不存在或无权访问，所在页面http://s.example/，检查时间2020-09-20）"


def test_one_link_on_many_pages_is_one(bench: Bench) -> None:
    rows = [check("http://a.example", "timeout", page=f"http://s.example/{i}", on_homepage=False) for i in range(3)]
    bench.deliver("links", *rows)
    assert bench.value(ELSEWHERE) == 1


def test_a_link_dead_on_the_homepage_is_not_counted_again_elsewhere(bench: Bench) -> None:
    bench.deliver(
        "links",
        check("http://a.example", "timeout"),
        check("http://a.example", "timeout", page="http://s.example/1", on_homepage=False),
        check("http://b.example", "timeout", page="http://s.example/1", on_homepage=False),
    )
    assert bench.values(HOME, ELSEWHERE) == [1, 1]


@pytest.mark.parametrize(
    ("day", "outcome", "dead"), [("21", "ok", 0), ("19", "ok", 1), ("21", "blocked", 1), ("21", "timeout", 1)]
)
def test_a_link_seen_ok_later_is_not_dead(bench: Bench, day: str, outcome: str, dead: int) -> None:
    bench.deliver("links", check("http://a.example", "http_5xx"))
    bench.deliver(
        "links", check("http://a.example", outcome, attempts=1, checked_at=at(f"2020-09-{day}"), page="http://s.example/2")
    )
    assert bench.value(HOME) == dead


def test_another_sites_link_revives_nothing(bench: Bench) -> None:
    bench.deliver("links", check("http://a.example", "http_5xx"))
    bench.deliver("links", check("http://a.example", "ok", checked_at=at("2020-09-21"), subject_id="1500000002"))
    assert bench.value(HOME) == 1


def test_a_website_whose_checks_were_all_blocked_is_blocked(bench: Bench) -> None:
    bench.deliver("links", check("http://a.example", "blocked"), check("http://b.example", "blocked"))
    assert bench.state(HOME) == "blocked"
    assert bench.row(ELSEWHERE) is None
    bench.deliver("links", check("http://c.example", "ok"))
    assert bench.state(HOME) == "met"


def test_links_of_accounts_are_not_judged(bench: Bench) -> None:
    bench.deliver("links", check("http://a.example", "timeout", subject_id=ACCOUNT))
    measured = bench.measured(HOME)
    assert measured.values.empty
    assert measured.observed.subject_id.tolist() == [ACCOUNT]


def test_what_was_checked_after_the_cutoff_is_not_seen(bench: Bench) -> None:
    bench.deliver(
        "links", check("http://a.example", "ok"), check("http://a.example", "timeout", checked_at=at("2020-10-01 00:00:01"))
    )
    assert bench.value(HOME) == 0
    assert SITE in set(bench.measured(HOME).values.subject_id)
