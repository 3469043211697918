"""The crawl of one site: what it reads, what it leaves out and says so, and that neither timing nor interruption changes it."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.tongbao.scan.loopback import reply, served, settings
from tests.tongbao.scan.sample_site import HOST, SITE, Answer, Clock, SampleClient, count_links, crawled, moved, page, paths, rows
from tongbao.feeds import Outcome
from tongbao.scan import crawl_store
from tongbao.scan.client import Client
from tongbao.scan.crawl import crawl
from tongbao.scan.crawl_store import CrawlStore
from tongbao.scan.site_model import Gap, Why


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "site.sqlite"


def gaps(store: Path) -> list[tuple[str, Why, int]]:
    return [(gap.url.removeprefix(HOST), gap.why, gap.count) for gap in rows(store)[2]]


class TestWhatIsRead:
    def test_pages_by_depth_with_notes_and_links(self, store: Path) -> None:
        summary = crawled(
            store, SampleClient({"/": page("/a/", "/b.html"), "/a/": page("/c.html"), "/b.html": page("/"), "/c.html": page()})
        )
        pages, links, left_out = rows(store)
        assert [(record.url.removeprefix(HOST), record.depth) for record in pages] == [
            ("/", 0),
            ("/a/", 1),
            ("/b.html", 1),
            ("/c.html", 2),
        ]
        assert pages[0].notes == {"links": 2, "title": "示例"}
        assert pages[0].is_homepage
        assert [(link.page.removeprefix(HOST), link.link.removeprefix(HOST), link.on_homepage) for link in links] == [
            *(("/", "/a/", True), ("/", "/b.html", True), ("/a/", "/c.html", False), ("/b.html", "/", False)),
        ]
        assert left_out == []
        assert (summary.pages, summary.read, summary.failed, summary.is_complete) == (4, 4, 0, True)

    def test_each_page_is_asked_for_once_however_it_is_spelled(self, store: Path) -> None:
        spelled = page("/x?b=1&a=2", "/x?a=2&b=1#top", "/x?a=2&b=1&utm_source=w", f"{HOST}:80/x?a=2&b=1")
        client = SampleClient({"/": spelled, "/x?a=2&b=1": page()})
        crawled(store, client)
        assert client.log.count(("GET", f"{HOST}/x?a=2&b=1")) == 1
        assert paths(store) == ["/", "/x?a=2&b=1"]

    def test_a_redirect_is_kept_as_such_and_its_page_read_once(self, store: Path) -> None:
        client = SampleClient(
            {"/": moved("/index.html"), "/index.html": page("/old.html"), "/old.html": moved("/new.html"), "/new.html": page("/")}
        )
        crawled(store, client)
        pages = {record.url.removeprefix(HOST): record for record in rows(store)[0]}
        assert {path: (record.is_read, record.depth) for path, record in pages.items()} == {
            **{"/": (False, 0), "/index.html": (True, 0), "/old.html": (False, 1), "/new.html": (True, 1)},
        }
        assert pages["/old.html"].final_url == f"{HOST}/new.html"
        assert client.log.count(("GET", f"{HOST}/index.html")) == 0
        assert [link.on_homepage for link in rows(store)[1]] == [True, False]

    def test_frames_and_refreshes_belong_to_the_page_that_shows_them(self, store: Path) -> None:
        refresh = '<meta http-equiv="refresh" content="0;url=/home.html">'
        framed = 200, '<html><body><iframe src="/in.html"></iframe></body></html>'
        crawled(
            store,
            SampleClient({"/": page(extra=refresh), "/home.html": framed, "/in.html": page("/deep.html"), "/deep.html": page()}),
        )
        assert [(record.url.removeprefix(HOST), record.depth) for record in rows(store)[0]] == [
            *(("/", 0), ("/home.html", 0), ("/in.html", 0), ("/deep.html", 1)),
        ]

    def test_other_sites_and_files_are_not_read(self, store: Path) -> None:
        crawled(
            store,
            SampleClient(
                {"/": page("http://www.other.example/", "/a.pdf", "http://shiliqi.example/b"), "http://shiliqi.example/b": page()}
            ),
        )
        assert paths(store) == ["/", "http://shiliqi.example/b"]

    def test_a_homepage_that_leads_to_another_site_is_a_gap_not_that_site(self, store: Path) -> None:
        client = SampleClient({"/": moved("http://www.other.example/"), "http://www.other.example/": page("/a")})
        crawled(store, client)
        assert gaps(store) == [("/", Why.MOVED, 1)]
        assert not rows(store)[0][0].is_read

    def test_a_homepage_may_move_to_another_port_of_its_host(self, store: Path) -> None:
        there = f"{HOST}:8080"
        crawled(store, SampleClient({"/": moved(f"{there}/"), f"{there}/": page(f"{there}/a"), f"{there}/a": page()}))
        assert sorted(record.url for record in rows(store)[0] if record.is_read) == [f"{there}/", f"{there}/a"]

    def test_a_failure_that_passes_is_no_failure_and_a_page_gone_no_gap(self, store: Path) -> None:
        client = SampleClient(
            {
                "/": page("/busy", "/down", "/gone", "/wall"),
                "/busy": [(503, ""), page()],
                "/down": Outcome.TIMEOUT,
                "/wall": (403, ""),
            }
        )
        crawled(store, client)
        outcomes = {record.url.removeprefix(HOST): record.outcome for record in rows(store)[0]}
        assert outcomes == {
            **{
                "/": Outcome.OK,
                "/busy": Outcome.OK,
                "/down": Outcome.TIMEOUT,
                "/gone": Outcome.HTTP_4XX,
                "/wall": Outcome.BLOCKED,
            },
        }
        assert gaps(store) == [("/wall", Why.BLOCKED, 1), ("/down", Why.FAILED, 1)]
        assert client.asked[f"{HOST}/down"] == 2
        assert client.asked[f"{HOST}/wall"] == client.asked[f"{HOST}/gone"] == 1


class TestLimits:
    def test_robots_is_asked_once_and_obeyed(self, store: Path) -> None:
        client = SampleClient(
            {
                "/robots.txt": (200, "User-agent: *\nDisallow: /private/"),
                "/": page("/private/a", "/private/b", "/c"),
                "/c": page(),
            }
        )
        crawled(store, client)
        assert paths(store) == ["/", "/c"]
        assert gaps(store) == [("/private/a", Why.ROBOTS, 1), ("/private/b", Why.ROBOTS, 1)]
        assert client.asked[f"{HOST}/robots.txt"] == 1

    def test_a_site_whose_robots_fails_is_left_alone(self, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tongbao.scan.crawl._ROBOTS_PAUSE_S", 0)
        client = SampleClient({"/robots.txt": (503, ""), "/": page()})
        crawled(store, client)
        assert gaps(store) == [("/", Why.ROBOTS_UNREACHABLE, 1)]
        assert client.asked[f"{HOST}/"] == 0

    def test_depth(self, store: Path) -> None:
        chain: dict[str, Answer] = {f"/{number}": page(f"/{number + 1}") for number in range(9)}
        crawled(store, SampleClient({"/": page("/0"), **chain}), changes={"depth": 3})
        assert paths(store) == ["/", "/0", "/1", "/2"]
        assert gaps(store) == [("/3", Why.DEPTH, 1)]

    def test_a_budget_keeps_sections_and_the_newest(self, store: Path) -> None:
        listed = page("/t20200101_1.html", "/t20200901_2.html", "/about.html", "/zwgk/", "/t20200801_3.html")
        crawled(store, SampleClient({"/": listed}), until_pages=3)
        assert paths(store) == ["/", "/t20200901_2.html", "/zwgk/"]
        assert {(why, count) for _, why, count in gaps(store)} == {(Why.BUDGET, 2), (Why.BUDGET, 1)}

    def test_calendars_and_endless_paths_end(self, store: Path) -> None:
        class Endless(SampleClient):
            def _answer(self, url: str) -> Answer:
                if url.endswith("robots.txt"):
                    return 404, ""
                year = int(url.partition("year=")[2].partition("&")[0] or 2020)
                return page(
                    f"/rili?year={year + 1}&month=1", f"/rili?year={year}&month={year % 12 + 1}", f"{url.partition('?')[0]}/x/y/"
                )

        client = Endless({})
        summary = crawled(store, client, changes={"depth": 100, "pages_a_site": 3000})
        assert summary.is_complete
        assert {Why.TRAP_CALENDAR, Why.TRAP_REPETITION} <= {why for _, why, _ in gaps(store)}
        assert len(client.log) < 200

    def test_a_site_that_falls_silent_is_not_asked_on(self, store: Path) -> None:
        links = [f"/{number}" for number in range(500)]
        client = SampleClient({"/": page(*links), **dict.fromkeys(links, Outcome.TIMEOUT)})
        summary = crawled(store, client)
        assert not summary.is_complete
        assert len(client.log) < 60
        assert sum(gap.count for gap in summary.gaps) == 500
        assert Why.SILENT in {gap.why for gap in summary.gaps}

    def test_time_runs_out_and_another_run_goes_on(self, store: Path) -> None:
        answers = {"/": page("/a", "/b"), "/a": page(), "/b": page()}
        first = crawled(store, SampleClient(answers), changes={"scan_seconds": 1e-9})
        assert not first.is_complete
        assert gaps(store) == [("/", Why.UNFINISHED, 1), ("/", Why.TIME, 1)]
        assert crawled(store, SampleClient(answers)).is_complete
        assert paths(store) == ["/", "/a", "/b"]
        assert gaps(store) == []

    @pytest.mark.parametrize("terms", [{"until_pages": 2}, {"fingerprint": "2"}, {"changes": {"depth": 1}}])
    def test_a_store_begun_on_other_terms_is_begun_anew(self, store: Path, terms: dict[str, Any]) -> None:
        answers = {"/": page("/a"), "/a": page("/b"), "/b": page()}
        crawled(store, SampleClient(answers))
        client = SampleClient(answers)
        crawled(store, client, **terms)
        assert ("GET", f"{HOST}/") in client.log
        crawled(store.with_name("fresh.sqlite"), SampleClient(answers), **terms)
        assert rows(store) == rows(store.with_name("fresh.sqlite"))

    def test_a_store_of_the_same_terms_is_gone_on_with(self, store: Path) -> None:
        crawled(store, SampleClient({"/": page()}))
        client = SampleClient({"/": page()})
        crawled(store, client)
        assert client.log == []

    def test_what_a_reader_raises_ends_the_crawl_and_keeps_what_was_read(self, store: Path) -> None:
        def broken(*_: object) -> dict[str, str]:
            raise LookupError("reader")

        with pytest.raises(LookupError, match="reader"):
            crawled(store, SampleClient({"/": page()}), reader=broken)
        assert gaps(store)[0][1] is Why.UNFINISHED


def web() -> dict[str, Answer | list[Answer]]:
    """A small site with a bit of everything: sections, redirects, failures, dates, dead links."""
    answers: dict[str, Answer | list[Answer]] = {"/": page(*(f"/s{number}/" for number in range(6)), "/old0")}
    for number in range(6):
        items = [f"/s{number}/t2020{month:02d}01_{number}{month}.html" for month in range(1, 13)]
        answers[f"/s{number}/"] = page(*items, f"/old{number}", f"/gone{number}", f"/list?b={number}&a=1")
        answers[f"/old{number}"] = moved(f"/s{number}/t20200101_{number}1.html")
        answers[f"/list?b={number}&a=1"] = page(f"/deep{number}.html", f"/list?a=1&b={number}")
        for month, item in enumerate(items):
            answers[item] = page("/", f"/s{(number + month) % 6}/", f"/img/{month}.png", f"/x{month}.html")
    return answers | {f"/x{month}.html": page(f"/y{month}") for month in range(12)}


class TestNothingDependsOnTiming:
    @pytest.mark.parametrize("limit", [1000, 40, 7])
    def test_answers_in_any_order_give_the_same_rows(self, tmp_path: Path, limit: int) -> None:
        steady, shuffled = tmp_path / "steady.sqlite", tmp_path / "shuffled.sqlite"
        crawled(steady, SampleClient(web()), until_pages=limit, changes={"per_host": 1})
        client = SampleClient(web(), delay_s=0.004)
        crawled(shuffled, client, until_pages=limit, changes={"per_host": 16})
        assert rows(steady) == rows(shuffled)
        assert len(rows(steady)[0]) == min(limit, 1 + 6 + 6 + 72 + 6 + 6 + 6 + 12 + 12)

    def test_kills_at_any_request_change_nothing(self, tmp_path: Path) -> None:
        whole, broken = tmp_path / "whole.sqlite", tmp_path / "broken.sqlite"
        crawled(whole, SampleClient(web()), until_pages=70)
        kept = [killed_crawl(broken, request) for request in (1, 2, 5, 17, 18, 12)]
        assert kept == sorted(kept)
        assert 0 < kept[3] < kept[-1] < 70
        crawled(broken, SampleClient(web()), until_pages=70)
        assert rows(broken) == rows(whole)


def killed_crawl(store: Path, request: int) -> int:
    """Crawl in a process of its own that is killed at its n-th request; returns how many pages are in the store."""

    class Killed(SampleClient):
        async def fetch(self, url: str, **how: Any) -> Any:
            if len(self.log) >= request:
                os.kill(os.getpid(), signal.SIGKILL)
            return await super().fetch(url, **how)

    child = os.fork()
    if child == 0:
        crawl_store._PAGES_A_COMMIT = 3
        crawled(store, Killed(web(), delay_s=0.001), until_pages=70, changes={"per_host": 4})
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    return len(rows(store)[0])


class TestEarlierScans:
    ANSWERS: ClassVar[dict[str, Answer | list[Answer]]] = {
        "/": (
            200,
            '<html><body><a href="/a">示例</a><a href="/b">示例</a></body></html>',
            {"Content-Type": "text/html", "ETag": '"1"'},
        ),
        "/a": (
            200,
            "<html><title>甲</title></html>",
            {"Content-Type": "text/html", "Last-Modified": "Tue, 15 Sep 2020 00:00:00 GMT"},
        ),
        "/b": page(),
    }

    def again(self, tmp_path: Path, fingerprint: str) -> tuple[SampleClient, Path, int]:
        earlier, later = tmp_path / "earlier.sqlite", tmp_path / "later.sqlite"
        crawled(earlier, SampleClient(self.ANSWERS), fingerprint="1")
        client = SampleClient(self.ANSWERS | {"/": (304, ""), "/a": (304, "")})

        async def run() -> int:
            with CrawlStore(earlier, finished=True) as before, CrawlStore(later) as after:
                given = settings()
                how = {"reader": count_links, "now": Clock().now, "earlier": before, "fingerprint": fingerprint}
                return (await crawl(SITE, client, after, given, **how)).unchanged  # type: ignore[arg-type]

        return client, later, asyncio.run(run())

    def test_unchanged_pages_keep_notes_and_links(self, tmp_path: Path) -> None:
        client, later, unchanged = self.again(tmp_path, "1")
        assert unchanged == 2
        assert client.conditions[f"{HOST}/"] == {"If-None-Match": '"1"'}
        assert client.conditions[f"{HOST}/a"] == {"If-Modified-Since": "Tue, 15 Sep 2020 00:00:00 GMT"}
        assert f"{HOST}/b" not in client.conditions
        before, after = rows(tmp_path / "earlier.sqlite"), rows(later)
        assert [(page.url, page.title, page.notes) for page in before[0]] == [
            (page.url, page.title, page.notes) for page in after[0]
        ]
        assert [(link.page, link.link) for link in before[1]] == [(link.page, link.link) for link in after[1]]

    def test_notes_of_another_reader_are_not_taken_over(self, tmp_path: Path) -> None:
        client, _, unchanged = self.again(tmp_path, "2")
        assert unchanged == 0
        assert client.conditions == {}


def test_a_real_crawl_over_loopback(store: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
        known = {"/": b'<a href="/a">x</a><a href="/gone">x</a>', "/a": b"<p>a</p>"}
        writer.write(reply(b"<html>" + known[path]) if path in known else reply(status="404 Not Found"))

    async def run() -> None:
        async with served(answer) as address, Client(settings()) as client:
            from tongbao.scan.site_model import Site

            with CrawlStore(store) as kept:
                await crawl(Site("1506990002", "示例局", address), client, kept, settings(), now=Clock().now)
                assert [(record.outcome, record.is_read) for record in kept.pages()] == [
                    *((Outcome.OK, True), (Outcome.OK, True), (Outcome.HTTP_4XX, False)),
                ]

    asyncio.run(run())


def test_gaps_name_a_crawl_that_never_ended(store: Path) -> None:
    with CrawlStore(store) as kept:
        kept.remember("homepage", f"{HOST}/")
        assert list(kept.gaps()) == [Gap(f"{HOST}/", Why.UNFINISHED)]
