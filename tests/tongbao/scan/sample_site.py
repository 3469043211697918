"""A site in memory and a client that asks it: answers at random moments, counts what it is asked."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.tongbao.scan.loopback import settings
from tongbao.feeds import Outcome
from tongbao.period import SHANGHAI
from tongbao.scan.client import Exchange
from tongbao.scan.crawl import crawl
from tongbao.scan.crawl_records import CrawlSummary
from tongbao.scan.crawl_store import CrawlStore
from tongbao.scan.link_checks import CheckSummary, check_links
from tongbao.scan.outcomes import classify
from tongbao.scan.page import PageFacts
from tongbao.scan.politeness import Politeness
from tongbao.scan.site_model import Site

HOST = "http://www.shiliqi.example"
SITE = Site("1506990001", "示例旗人民政府", f"{HOST}/", "1506990001", is_portal=True)
START = datetime(2020, 9, 15, 8, tzinfo=SHANGHAI)

Answer = tuple[int, str] | tuple[int, str, dict[str, str]] | Outcome
"""Status and body (with headers), or what the network does instead."""


def page(*links: str, extra: str = "", title: str = "示例") -> Answer:
    body = "".join(f'<li><a href="{link}">示例链接文字</a></li>' for link in links)
    return 200, f"<html><head><title>{title}</title>{extra}</head><body><ul>{body}</ul></body></html>"


def moved(location: str) -> Answer:
    return 301, location


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class SampleClient:
    """Stands in for the client: ``answers`` by address (paths are of the site), each an answer or a list of one a request."""

    def __init__(self, answers: Mapping[str, Answer | list[Answer]], *, delay_s: float = 0.0, refuses_head: bool = False) -> None:
        self.answers = {(HOST + name if name.startswith("/") else name): answer for name, answer in answers.items()}
        self.delay_s, self.refuses_head = delay_s, refuses_head
        self.asked: Counter[str] = Counter()
        self.log: list[tuple[str, str]] = []
        self.conditions: dict[str, Mapping[str, str]] = {}
        self.politeness = Politeness(64, 0)
        self.random = random.Random(7)

    async def fetch(
        self, url: str, *, method: str = "GET", limit_s: float | None = None, headers: Mapping[str, str] | None = None
    ) -> Exchange:
        await asyncio.sleep(self.delay_s * self.random.random())
        self.log.append((method, url))
        final, redirects = url, []
        while True:
            self.asked[final] += 1
            if headers:
                self.conditions[final] = headers
            answer = self._answer(final)
            if isinstance(answer, Outcome):
                return Exchange(url, final, answer, START, error="dns_unknown_name" if answer is Outcome.DNS else answer.value)
            if answer[0] != 301:
                break
            redirects.append(final)
            final = answer[1] if "://" in answer[1] else HOST + answer[1]
        status, body, *more = answer
        if method == "HEAD" and self.refuses_head:
            status = 405
        sent = tuple((more[0] if more else {"Content-Type": "text/html"}).items())
        outcome, error = classify(status, sent, body.encode())
        content = body.encode() if method == "GET" else b""
        return Exchange(url, final, outcome, START, status, sent, content, redirects=tuple(redirects), error=error, method=method)

    def _answer(self, url: str) -> Answer:
        answer = self.answers.get(url, (404, ""))
        return answer[min(self.asked[url], len(answer)) - 1] if isinstance(answer, list) else answer


def count_links(site: Site, exchange: Exchange, facts: PageFacts) -> dict[str, Any]:
    return {"links": len(facts.links), "title": facts.title}


def crawled(
    path: Path,
    client: SampleClient,
    *,
    clock: Callable[[], datetime] = lambda: START,
    changes: dict[str, Any] | None = None,
    **how: Any,
) -> CrawlSummary:
    """Crawl the sample site into a store."""

    async def run() -> CrawlSummary:
        with CrawlStore(path) as store:
            given = settings(**({"per_host": 8, "contact": "scan@shiliqi.example"} | (changes or {})))
            return await crawl(SITE, client, store, given, **({"reader": count_links, "now": clock} | how))  # type: ignore[arg-type]

    return asyncio.run(run())


def checked(path: Path, client: SampleClient, clock: Clock, *, changes: dict[str, Any] | None = None, **how: Any) -> CheckSummary:
    """Check the links of a crawled site; waiting moves the clock."""

    async def run() -> CheckSummary:
        with CrawlStore(path) as store:
            given = settings(**({"per_host": 8, "retry_gap_s": 1800} | (changes or {})))
            return await check_links(SITE, client, store, given, now=clock.now, sleep=clock.sleep, **how)  # type: ignore[arg-type]

    return asyncio.run(run())


def rows(path: Path) -> tuple[list[Any], list[Any], list[Any]]:
    """All pages, links and gaps of a store."""
    with CrawlStore(path) as store:
        return list(store.pages()), list(store.links()), list(store.gaps())


def paths(path: Path) -> list[str]:
    return [page.url.removeprefix(HOST) for page in rows(path)[0]]
