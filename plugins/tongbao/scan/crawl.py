"""The crawl of one site: fetch, read, keep; level by level, so that nothing depends on which answer came first.

Pages are asked for in waves: the homepage, what it redirects, refreshes or frames to, then every page those link to, and so
on. Which pages a wave holds, in which order and where a budget cuts it, follows only from what earlier waves stored. Taking up
a broken-off crawl replays the stored waves and goes on where they end: it comes to the same pages as one that was never broken.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from tongbao.feeds import Outcome
from tongbao.scan.client import Client, Exchange
from tongbao.scan.crawl_past import Past
from tongbao.scan.crawl_records import CrawlSummary, SeenLink, StoredPage
from tongbao.scan.crawl_store import CrawlStore
from tongbao.scan.frontier import Address, Scope, authority, homepage_of, may_be_page, normalise, order_of, origin
from tongbao.scan.gaps import GapBook
from tongbao.scan.outcomes import is_permanent, is_untold, means_dead
from tongbao.scan.page import LinkKind
from tongbao.scan.reading_process import Reader, ReadingProcess, ReadPage, read_here
from tongbao.scan.robots import Robots, Standing
from tongbao.scan.settings import ScanSettings
from tongbao.scan.site_model import Site, Why
from tongbao.scan.traps import PatternBudget, fixed_trap

Cite = Callable[[Site, Exchange, dict[str, Any]], dict[str, Any]]
"""Adds to a page's notes what only this process can, such as the id of kept evidence."""

_FOLLOWED = {LinkKind.ANCHOR, LinkKind.FRAME, LinkKind.REFRESH}
_CONTINUED = {LinkKind.FRAME, LinkKind.REFRESH}
_TRIES = 2
_MOST_WAVES_A_DEPTH = 10
_SILENT_AFTER = 30
_ROBOTS_TRIES = 3
_ROBOTS_PAUSE_S = 0.5
_MOST_BYTES = 4 << 30
_MOST_ARRIVED = 16 << 20
_SILENCE = {Outcome.TIMEOUT, Outcome.REFUSED, Outcome.RESET, Outcome.DNS, Outcome.TLS, Outcome.BLOCKED}
_TIGHT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


async def crawl(
    site: Site,
    client: Client,
    store: CrawlStore,
    settings: ScanSettings,
    *,
    reader: Reader | None = None,
    reading: ReadingProcess | None = None,
    cite: Cite | None = None,
    now: Callable[[], datetime],
    until_pages: int | None = None,
    earlier: CrawlStore | None = None,
    fingerprint: str = "",
) -> CrawlSummary:
    """Crawl a site into its store, taking up what the store already holds.

    Args:
        reader: makes the notes of each page from the exchange and what was read; its work is kept with the page.
        reading: a process that reads, too, with a reader like this one; where it falls behind, ``reader`` helps out.
        cite: is given the notes that came from that process, before they are kept.
        now: aware clock, for ``fetched_at``.
        until_pages: how many addresses to ask for at most, ``settings.pages_a_site`` if not given.
        earlier: the store of an earlier scan; pages it knows by ETag or date are asked for conditionally, and an unchanged
            one keeps its notes and links.
        fingerprint: of whatever the notes depend on besides the page (reader, word lists). Notes of an ``earlier`` store
            with another one are not taken over, and a store begun with another one, or another limit, is begun anew.

    Raises:
        ValueError: the site has no address that can be scanned.
    """
    homepage = homepage_of(site.address)
    if homepage is None:
        raise ValueError(f"{site.subject_id}: {site.address!r} is not an http or https address")
    limit = settings.pages_a_site if until_pages is None else until_pages
    _claim(store, {"homepage": homepage.url, "limit": str(limit), "depth": str(settings.depth), "fingerprint": fingerprint})
    past = Past(earlier, fingerprint)

    async def read(exchange: Exchange) -> ReadPage:
        if reading is None or (reader is not None and reading.is_behind):
            return read_here(site, exchange, reader)
        page = await reading.read(site, exchange)
        return page._replace(notes=cite(site, exchange, page.notes)) if cite else page

    return await _Crawl(site, homepage, client, store, settings, read, now, limit, past).run()


def _claim(store: CrawlStore, terms: Mapping[str, str]) -> None:
    """Note the terms of a scan in its store; what was read under other terms cannot stand beside it, so it is read anew."""
    if any(store.fact(name, value) != value for name, value in terms.items()):
        store.begin_anew()
    for name, value in terms.items():
        store.remember(name, value)


class _Crawl:
    """One run of :func:`crawl`: what it knows beside the store can be had again from the store."""

    def __init__(
        self,
        site: Site,
        homepage: Address,
        client: Client,
        store: CrawlStore,
        settings: ScanSettings,
        read: Callable[[Exchange], Awaitable[ReadPage]],
        now: Callable[[], datetime],
        limit: int,
        past: Past,
    ) -> None:
        self.site, self.client, self.store, self.settings = site, client, store, settings
        self.read, self.now, self.limit, self.past = read, now, limit, past
        self.homepage = homepage
        self.scope = Scope.of(homepage, settings.site_hosts.get(site.subject_id, ()))
        self.deadline = asyncio.get_running_loop().time() + settings.scan_seconds
        self.done = {page.target: page for page in store.stored_pages()}
        self.bytes = sum(page.size for page in self.done.values())
        self.robots: dict[str, Robots] = {}
        self.seen: set[int] = set()
        self.admitted = 0
        self.patterns = PatternBudget(limit)
        self.followed: dict[int, bool] = {}
        self.names: dict[str, int | None] = {}
        self.gaps = GapBook()
        self.at_hand: dict[int, Exchange] = {}
        """Answers to pages of this wave that came by a redirect in the last one; ``arrived`` are those for the next."""
        self.arrived: dict[int, Exchange] = {}
        self.arrived_bytes = 0
        self.silent_for = 0
        self.unchanged = 0
        self.stopped: Why | None = None
        self.wave = 0

    async def run(self) -> CrawlSummary:
        self.store.remember("complete", "no")
        depth, waves_here = 0, 0
        wanted = {self.store.target(self.homepage, 0): 0}
        deeper: dict[int, int] = {}
        try:
            while wanted:
                self.wave += 1
                waves_here += 1
                pages = await self._fetch_wave(await self._admit(wanted, depth), depth)
                if depth == 0:
                    self._widen(pages)
                wanted = self._continued(pages) if waves_here < _MOST_WAVES_A_DEPTH else {}
                for target, day in self._linked(pages):
                    deeper[target] = max(day, deeper.get(target, 0))
                for page in pages:
                    self.done[page.target] = page._replace(links=(), notes="")
                if not wanted:
                    depth, waves_here = depth + 1, 0
                    wanted, deeper = {target: day for target, day in deeper.items() if target not in self.seen}, {}
        finally:
            self.store.flush()
        return self._finish()

    # Which pages: pure but for robots.txt, in an order that rests on earlier waves alone.

    async def _admit(self, wanted: Mapping[int, int], depth: int) -> list[int]:
        """Return the pages of a wave in their order; those cut are gaps."""
        key_of = self.store.key_of
        ordered = sorted((order_of(key_of(target), day), target) for target, day in wanted.items())
        admitted = []
        for (*_, key), target in ordered:
            self.seen.add(target)
            why = self.stopped if target not in self.done else None
            why = why or (Why.DEPTH if depth > self.settings.depth else fixed_trap(key))
            why = why or await self._forbidden(key)
            why = why or self.patterns.take(key)
            why = why or (Why.BUDGET if self.admitted >= self.limit else None)
            if why is None:
                self.admitted += 1
                admitted.append(target)
            else:
                self.gaps.add(self.store.url_of(target), key, why)
        return admitted

    async def _forbidden(self, key: str) -> Why | None:
        place = origin(key)
        robots = self.robots.get(place)
        if robots is None:
            robots = self.robots[place] = await self._robots(place)
            if robots.delay_s:
                self.client.politeness.slow_down(authority(key), robots.delay_s)
        if robots.allows(key):
            return None
        return Why.ROBOTS_UNREACHABLE if robots.standing is Standing.UNREACHABLE else Why.ROBOTS

    async def _robots(self, place: str) -> Robots:
        """Return a host's robots.txt, asked for once a scan; no answer is believed only after several tries."""
        name = f"robots {place}"
        if stored := self.store.fact(name):
            return Robots.from_json(stored)
        for attempt in range(_ROBOTS_TRIES):
            if attempt:
                await asyncio.sleep(_ROBOTS_PAUSE_S * 2**attempt)
            robots = Robots.read(exchange := await self.client.fetch(f"{place}/robots.txt", limit_s=self.settings.page_limit_s))
            if robots.standing is not Standing.UNREACHABLE or is_permanent(exchange.outcome, exchange.error):
                break
        self.store.remember(name, robots.to_json())
        return robots

    def _linked(self, pages: Iterable[StoredPage]) -> Iterator[tuple[int, int]]:
        """Pages that these pages lead to, each with the date a list gives it."""
        for page in pages:
            if page.leads_to is not None:
                yield page.leads_to, 0
            for target, kind, _, day in page.links:
                if target not in self.seen and self._is_followed(target, kind):
                    yield target, day

    def _widen(self, pages: Iterable[StoredPage]) -> None:
        """Count the ports that the homepage redirects to on its own host as parts of the site."""
        ports = {authority(self.store.key_of(page.leads_to)) for page in pages if page.leads_to is not None}
        self.scope = Scope(self.scope.authorities | ports)

    def _continued(self, pages: Iterable[StoredPage]) -> dict[int, int]:
        """Pages that are part of these: where they redirect or refresh to, and their frames."""
        found: dict[int, int] = {}
        for page in pages:
            if page.leads_to is not None and page.leads_to not in self.seen:
                found[page.leads_to] = 0
            for target, kind, _, day in page.links:
                if kind in _CONTINUED and target not in self.seen and self._is_followed(target, kind):
                    found[target] = day
        return found

    def _is_followed(self, target: int, kind: str) -> bool:
        if kind not in _FOLLOWED:
            return False
        known = self.followed.get(target)
        if known is None:
            key = self.store.key_of(target)
            known = self.followed[target] = self.scope.holds(key) and may_be_page(key)
        return known

    # Fetching and reading.

    async def _fetch_wave(self, targets: Sequence[int], depth: int) -> list[StoredPage]:
        """Fetch what of a wave the store does not hold, failures that may pass once more at its end; return its pages."""
        self.at_hand, self.arrived, self.arrived_bytes = self.arrived, {}, 0
        for attempt in range(1, _TRIES + 1):
            pending = [target for target in targets if target not in self.done or self._may_pass(self.done[target], attempt)]
            queue = iter(pending)
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(self.settings.per_host, len(pending))):
                        group.create_task(self._work(queue, depth, attempt))
            except ExceptionGroup as failures:
                raise failures.exceptions[0] from None
        for target in targets:
            if target not in self.done:
                self.gaps.add(self.store.url_of(target), self.store.key_of(target), self.stopped or Why.TIME)
        return [self.done[target] for target in targets if target in self.done]

    def _may_pass(self, page: StoredPage, attempt: int) -> bool:
        return page.tries < attempt and page.outcome is not Outcome.OK and not is_permanent(page.outcome, page.error)

    async def _work(self, queue: Iterator[int], depth: int, attempt: int) -> None:
        loop = asyncio.get_running_loop()
        for target in queue:
            if self.stopped is None and (loop.time() >= self.deadline or self.bytes >= _MOST_BYTES):
                self.stopped = Why.TIME if self.bytes < _MOST_BYTES else Why.BUDGET
            if self.stopped is not None:
                return
            key, url = self.store.key_of(target), self.store.url_of(target)
            exchange = self.at_hand.pop(target, None)
            if exchange is None:
                limit = self.settings.page_limit_s
                exchange = await self.client.fetch(url, limit_s=limit, headers=self.past.conditions(key))
            page = await self._page(target, key, url, exchange, depth)
            page = page._replace(tries=attempt) if attempt > 1 else page
            self.done[target] = page
            self.bytes += page.size
            self.store.keep(page)
            self._listen(page)

    def _listen(self, page: StoredPage) -> None:
        """Stop where a site has stopped answering: asking on would only prolong its trouble."""
        self.silent_for = self.silent_for + 1 if page.outcome in _SILENCE else 0
        if self.silent_for >= _SILENT_AFTER:
            self.stopped = Why.BLOCKED if page.outcome is Outcome.BLOCKED else Why.SILENT

    async def _page(self, target: int, key: str, url: str, exchange: Exchange, depth: int) -> StoredPage:
        """Make of an exchange what is kept of it."""
        page = StoredPage(
            *(target, url, exchange.final_url, depth, exchange.outcome, exchange.status, self.now(), exchange.elapsed_s),
            size=len(exchange.body),
            error=exchange.error,
        )
        if exchange.status == 304 and (before := self.past.page(key)) is not None:
            return self._unchanged(page, before)
        if exchange.outcome is not Outcome.OK:
            return page._replace(why=_why_failed(exchange))
        final = normalise(exchange.final_url)
        if final is not None and final.key != key:
            return self._redirected(page, final, exchange)
        if not _is_html(exchange):
            return page
        return await self._read(page, exchange)

    async def _read(self, page: StoredPage, exchange: Exchange) -> StoredPage:
        read = await self.read(exchange)
        return page._replace(
            title=read.title,
            is_read=True,
            why=Why.TOO_LARGE if exchange.is_truncated else None,
            etag=exchange.header("etag"),
            modified=exchange.header("last-modified"),
            notes=_TIGHT.encode(read.notes),
            links=self._links(read),
        )

    def _links(self, read: ReadPage) -> tuple[SeenLink, ...]:
        """The page's links by target, each once, seen before hidden; targets that are no http address are left out."""
        found: dict[int, SeenLink] = {}
        for url, kind, is_hidden, day in read.links:
            target = self._target(url)
            if target is None:
                continue
            known = found.get(target)
            if known is None or (known.is_hidden and not is_hidden):
                found[target] = SeenLink(target, kind, is_hidden, day)
        return tuple(found.values())

    def _target(self, raw: str) -> int | None:
        """The number of a link's address; a spelling already met needs no second look."""
        if raw in self.names:
            return self.names[raw]
        address = normalise(raw)
        number = self.names[raw] = None if address is None else self.store.target(address, self.wave)
        return number

    def _redirected(self, page: StoredPage, final: Address, exchange: Exchange) -> StoredPage:
        """Keep a redirect as such; its answer is put by for the page it leads to, which is read once, under its own address."""
        if not (self.scope.holds(final.key) or (page.depth == 0 and self._is_at_home(final.key))):
            return page._replace(why=Why.MOVED if page.depth == 0 else None)
        leads_to = self.store.target(final, self.wave)
        if leads_to not in self.done and leads_to not in self.seen and self.arrived_bytes < _MOST_ARRIVED:
            self.arrived[leads_to] = replace(exchange, url=final.url, redirects=())
            self.arrived_bytes += len(exchange.body)
        return page._replace(leads_to=leads_to)

    def _is_at_home(self, key: str) -> bool:
        return urlsplit(key).hostname == urlsplit(self.homepage.key).hostname

    def _unchanged(self, page: StoredPage, before: StoredPage) -> StoredPage:
        """Take over what an earlier scan read of a page that has not changed since."""
        past = self.past.store
        assert past is not None
        self.unchanged += 1
        links = [
            SeenLink(self.store.target(Address(past.key_of(link.target), past.url_of(link.target)), self.wave), *link[1:])
            for link in before.links
        ]
        kept = {name: getattr(before, name) for name in ("title", "is_read", "why", "notes", "etag", "modified")}
        return page._replace(outcome=Outcome.OK, links=tuple(links), **kept)

    def _finish(self) -> CrawlSummary:
        for page in sorted(self.done.values(), key=lambda page: (page.depth, page.url)):
            if page.why is not None:
                self.gaps.add(page.url, self.store.key_of(page.target), page.why)
        gaps = self.gaps.listed()
        self.store.save_gaps("crawl", gaps)
        is_complete = self.stopped is None
        self.store.remember("complete", "yes" if is_complete else "no")
        read = sum(page.is_read for page in self.done.values())
        failed = sum(page.outcome is not Outcome.OK for page in self.done.values())
        pages = len(self.done)
        return CrawlSummary(self.site.subject_id, pages, read, failed, self.unchanged, self.store.target_count, gaps, is_complete)


def _why_failed(exchange: Exchange) -> Why | None:
    """Why a page that did not come is a gap; a page that is gone leaves none, it is a dead link."""
    if exchange.outcome is Outcome.BLOCKED:
        return Why.BLOCKED
    if is_untold(exchange):
        return Why.UNTOLD
    return None if exchange.outcome is Outcome.HTTP_4XX and means_dead(exchange) else Why.FAILED


def _is_html(exchange: Exchange) -> bool:
    kind = exchange.content_type.partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml"):
        return True
    return kind in ("", "text/plain", "application/octet-stream") and b"<html" in exchange.body[:2048].lower()
