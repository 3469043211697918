"""Links are dead only after two tries apart in time that agree; walls, refusals and what passes never make one dead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tongbao.scan.sample_site import HOST, START, Answer, Clock, SampleClient, checked, crawled, page, rows
from tongbao.feeds import Outcome
from tongbao.scan.crawl_records import LinkRecord
from tongbao.scan.crawl_store import CrawlStore
from tongbao.scan.site_model import Why

THERE = "http://www.other.example"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "site.sqlite"


def links(store: Path) -> dict[str, LinkRecord]:
    return {link.link.removeprefix(HOST): link for link in rows(store)[1]}


def dead(store: Path) -> set[str]:
    return {
        name for name, link in links(store).items() if link.attempts >= 2 and link.outcome not in (Outcome.OK, Outcome.BLOCKED)
    }


def scanned(store: Path, answers: dict[str, Answer | list[Answer]], **how: Any) -> tuple[SampleClient, Clock]:
    """Crawl the sample site and check its links with a clock that waiting moves."""
    client, clock = SampleClient(answers, refuses_head=how.pop("refuses_head", False)), Clock()
    crawled(store, client, clock=clock.now)
    client.log.clear()
    checked(store, client, clock, **how)
    return client, clock


@pytest.mark.parametrize(
    ("answer", "outcome", "attempts", "is_dead"),
    [
        ((200, ""), Outcome.OK, 1, False),
        ((404, ""), Outcome.HTTP_4XX, 2, True),
        ((410, ""), Outcome.HTTP_4XX, 2, True),
        (Outcome.DNS, Outcome.DNS, 2, True),
        (Outcome.TIMEOUT, Outcome.TIMEOUT, 2, True),
        ((503, ""), Outcome.HTTP_5XX, 2, True),
        ((403, ""), Outcome.BLOCKED, 1, False),
        ((429, ""), Outcome.BLOCKED, 1, False),
        ((400, ""), Outcome.HTTP_4XX, 1, False),
        ((406, ""), Outcome.HTTP_4XX, 1, False),
    ],
)
def test_two_tries_and_what_they_make_of_a_link(
    store: Path, answer: Answer, outcome: Outcome, attempts: int, is_dead: bool
) -> None:
    _, clock = scanned(store, {"/": page(f"{THERE}/x"), f"{THERE}/x": answer})
    link = links(store)[f"{THERE}/x"]
    assert (link.outcome, link.attempts) == (outcome, attempts)
    assert (dead(store) == {f"{THERE}/x"}) is is_dead
    waited = (clock.at - START).total_seconds()
    assert waited == (1800 if attempts == 2 else 0)
    assert (link.checked_at - START).total_seconds() == waited


def test_a_page_that_did_not_come_was_the_first_try(store: Path) -> None:
    client, _ = scanned(store, {"/": page("/gone", "/back"), "/back": [(404, ""), (200, "")]})
    assert dead(store) == {"/gone"}
    assert links(store)["/gone"].attempts == 2
    assert (links(store)["/back"].outcome, links(store)["/back"].attempts) == (Outcome.OK, 1)
    assert client.log.count(("GET", f"{HOST}/gone")) == 1


def test_pages_read_are_not_asked_for_again(store: Path) -> None:
    client, _ = scanned(store, {"/": page("/a"), "/a": page("/")})
    assert client.log == []
    assert {name: link.outcome for name, link in links(store).items()} == {"/": Outcome.OK, "/a": Outcome.OK}


def test_tries_that_disagree_call_for_a_third(store: Path) -> None:
    client, clock = scanned(store, {"/": page(f"{THERE}/x"), f"{THERE}/x": [Outcome.TIMEOUT, Outcome.TIMEOUT, (503, "")]})
    assert (clock.at - START).total_seconds() == 3600
    assert links(store)[f"{THERE}/x"].attempts == 2
    other = {"/": page(f"{THERE}/x"), f"{THERE}/x": [Outcome.REFUSED, Outcome.DNS, Outcome.TIMEOUT, Outcome.TIMEOUT]}
    scanned(store.with_name("other.sqlite"), other)
    link = links(store.with_name("other.sqlite"))[f"{THERE}/x"]
    assert (link.outcome, link.attempts) == (Outcome.TIMEOUT, 1)
    # Each try is a HEAD and a GET.
    assert client.asked[f"{THERE}/x"] == 6


def test_a_host_that_refuses_head_is_asked_by_get(store: Path) -> None:
    answers = {
        "/": page(*(f"{THERE}/{number}" for number in range(20))),
        **{f"{THERE}/{number}": (200, "") for number in range(20)},
    }
    client, _ = scanned(store, answers, refuses_head=True)
    assert {link.outcome for link in links(store).values()} == {Outcome.OK}
    # Once a host is known for it, HEAD is not tried again.
    assert sum(method == "HEAD" for method, _ in client.log) == 8


def test_a_file_is_alive_though_it_has_no_such_piece(store: Path) -> None:
    scanned(store, {"/": (200, f'<html><img src="{THERE}/a.png">'), f"{THERE}/a.png": (416, "")})
    assert links(store)[f"{THERE}/a.png"].outcome is Outcome.OK


def test_scripts_and_styles_are_no_links(store: Path) -> None:
    head = '<head><link rel="stylesheet" href="/a.css"><script src="/a.js"></script></head>'
    body = f'<html>{head}<body><img src="/a.png"></body></html>'
    client, _ = scanned(store, {"/": (200, body)})
    assert {url.removeprefix(HOST) for _, url in client.log} == {"/a.png"}


def test_an_unknown_host_is_looked_up_once_for_all_its_links(store: Path) -> None:
    addresses = [f"{THERE}/{number}" for number in range(50)]
    client, _ = scanned(store, {"/": page(*addresses), **dict.fromkeys(addresses, Outcome.DNS)})
    assert dead(store) == set(addresses)
    assert len(client.log) == 2 * 8


def test_a_silent_host_is_not_asked_on_and_named(store: Path) -> None:
    addresses = [f"{THERE}/{number:03d}" for number in range(100)]
    client, _ = scanned(store, {"/": page(*addresses), **dict.fromkeys(addresses, Outcome.TIMEOUT)})
    asked = {url for _, url in client.log}
    assert asked == set(addresses[:24])
    assert dead(store) == asked
    assert [(gap.why, gap.count) for gap in rows(store)[2]] == [(Why.SILENT, 76)]


def test_links_of_the_homepage_come_first_where_a_budget_cuts(store: Path) -> None:
    answers = {"/": page("/a", f"{THERE}/z"), "/a": page(f"{THERE}/b", f"{THERE}/c"), f"{THERE}/z": (200, "")}
    scanned(store, answers, until_links=1)
    assert f"{THERE}/z" in links(store)
    assert f"{THERE}/b" not in links(store)
    assert {(gap.why, gap.count) for gap in rows(store)[2]} == {(Why.BUDGET, 1)}


def test_robots_of_the_site_holds_for_its_links_too(store: Path) -> None:
    answers = {
        "/robots.txt": (200, "User-agent: *\nDisallow: /private/"),
        "/": page("/private/a.pdf", "/b.pdf"),
        "/b.pdf": (200, ""),
    }
    client, _ = scanned(store, answers)
    assert {url.removeprefix(HOST) for _, url in client.log} == {"/b.pdf"}
    assert "/private/a.pdf" not in links(store)
    assert [(gap.url.removeprefix(HOST), gap.why) for gap in rows(store)[2]] == [("/private/a.pdf", Why.ROBOTS)]


def test_without_waiting_second_tries_are_left_for_another_run(store: Path) -> None:
    client, clock = SampleClient({"/": page("/gone", f"{THERE}/gone")}), Clock()
    crawled(store, client, clock=clock.now)
    first = checked(store, client, clock, waits=False)
    assert (first.dead, first.is_complete) == (0, False)
    assert first.due_at is not None
    assert (first.due_at - START).total_seconds() == 1800
    assert dead(store) == set()
    asked = len(client.log)
    assert checked(store, client, clock, waits=False) == first
    assert len(client.log) == asked
    clock.at = first.due_at
    last = checked(store, client, clock, waits=False)
    assert (last.dead, last.is_complete, last.due_at) == (2, True, None)
    assert dead(store) == {"/gone", f"{THERE}/gone"}


def test_breaking_off_between_tries_changes_nothing(tmp_path: Path) -> None:
    """The first tries of one host are stored, then the check dies; what is checked again is only the rest."""
    answers: dict[str, Answer | list[Answer]] = {
        "/": page("http://a.example/1", "http://b.example/2", "/gone"),
        "http://a.example/1": (404, ""),
    }

    class Dying(SampleClient):
        async def fetch(self, url: str, **how: Any) -> Any:
            if url.startswith("http://b.example"):
                raise KeyboardInterrupt
            return await super().fetch(url, **how)

    whole, broken = tmp_path / "whole.sqlite", tmp_path / "broken.sqlite"
    scanned(whole, answers)
    clock = Clock()
    crawled(broken, SampleClient(answers), clock=clock.now)
    with pytest.raises(KeyboardInterrupt):
        checked(broken, Dying(answers), clock, changes={"concurrency": 1, "per_host": 1})
    with CrawlStore(broken) as kept:
        assert len(kept.checks()) == 2
    client = SampleClient(answers)
    checked(broken, client, clock)
    assert rows(broken) == rows(whole)
    assert client.asked["http://a.example/1"] == 2


def test_what_this_machine_cannot_look_at_is_no_row_but_a_gap(store: Path) -> None:
    class Guarded(SampleClient):
        async def fetch(self, url: str, **how: Any) -> Any:
            from dataclasses import replace

            found = await super().fetch(url, **how)
            return replace(found, outcome=Outcome.REFUSED, error="address_not_allowed") if "10.0.0.1" in url else found

    client, clock = Guarded({"/": page("http://10.0.0.1/a")}), Clock()
    crawled(store, client, clock=clock.now)
    checked(store, client, clock)
    assert links(store) == {}
    assert [(gap.url, gap.why) for gap in rows(store)[2]] == [("http://10.0.0.1/a", Why.UNTOLD)]
