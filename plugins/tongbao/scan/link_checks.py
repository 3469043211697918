"""Try every link once, and those that look dead once more, apart in time: only what stays dead is.

Targets that the crawl read are not asked for again. The others are asked for by HEAD, and by GET where that is not answered
well, since many servers refuse HEAD or answer it wrongly. A second try is due ``retry_gap_s`` after the first; where the two
disagree a third decides. Walls, refusals of the request itself and what this machine cannot look at never make a link dead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from tongbao.feeds import Outcome
from tongbao.scan.client import Client, Exchange
from tongbao.scan.crawl_records import Check
from tongbao.scan.crawl_store import CrawlStore
from tongbao.scan.frontier import Scope, authority, homepage_of, origin
from tongbao.scan.gaps import GapBook
from tongbao.scan.outcomes import UNKNOWN_NAME, is_untold, means_dead
from tongbao.scan.page import LinkKind
from tongbao.scan.robots import Robots, Standing
from tongbao.scan.settings import ScanSettings
from tongbao.scan.site_model import Gap, Site, Why
from tongbao.scan.traps import PatternBudget, fixed_trap

_NOT_LINKS = {LinkKind.SCRIPT, LinkKind.STYLE}
_PAGE_KINDS = {LinkKind.ANCHOR, LinkKind.FRAME, LinkKind.REFRESH}
_MOST_TRIES = 3
_SILENT_AFTER = 20
_SILENCE = {Outcome.TIMEOUT, Outcome.REFUSED, Outcome.RESET, Outcome.TLS}
_NO_USE_TO_GET = {Outcome.DNS, Outcome.REFUSED, Outcome.TLS}
_A_PIECE = {"Range": "bytes=0-1023"}
_RANGE_NOT_SATISFIABLE = 416


@dataclass(frozen=True, slots=True)
class CheckSummary:
    """What came of a site's links: targets tried as links, and of all its targets those dead and those blocked.

    ``is_complete`` is false where second tries are still due or time ran out: checking again goes on from there.
    """

    subject_id: str
    checked: int
    dead: int
    blocked: int
    gaps: tuple[Gap, ...]
    is_complete: bool
    due_at: datetime | None
    """When the next try may be made; None where none is due."""


async def check_links(
    site: Site,
    client: Client,
    store: CrawlStore,
    settings: ScanSettings,
    *,
    now: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    until_links: int | None = None,
    waits: bool = True,
) -> CheckSummary:
    """Check the links of a crawled site, taking up what its store already holds.

    Args:
        now: aware clock; ``retry_gap_s`` is measured by it.
        sleep: how to wait for second tries.
        until_links: how many targets to try at most, ``settings.pages_a_site`` if not given; links of the homepage come first.
        waits: whether to wait for tries that are not due yet; if not, only those due by now are made.
    """
    limit = settings.pages_a_site if until_links is None else until_links
    return await _Checks(site, client, store, settings, now, sleep, limit).run(waits)


class _Checks:
    """One run of :func:`check_links`."""

    def __init__(
        self,
        site: Site,
        client: Client,
        store: CrawlStore,
        settings: ScanSettings,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
        limit: int,
    ) -> None:
        self.site, self.client, self.store, self.settings = site, client, store, settings
        self.now, self.sleep, self.limit = now, sleep, limit
        homepage = homepage_of(site.address)
        self.scope = Scope.of(homepage, settings.site_hosts.get(site.subject_id, ())) if homepage else Scope(frozenset())
        self.deadline = asyncio.get_running_loop().time() + settings.scan_seconds
        self.checks = store.checks()
        self.gaps = GapBook()
        self.files: set[int] = set()
        """Targets that are no pages: a piece of them is enough."""
        self.refuses_head: set[str] = set()

    async def run(self, waits: bool) -> CheckSummary:
        self._begin_with_pages()
        await self._try_all([target for target in self._wanted() if target not in self.checks])
        while (first_due := self._next_due()) is not None and not self._is_late():
            if wait := max(0.0, (first_due - self.now()).total_seconds()):
                if not waits:
                    break
                await self.sleep(wait)
            await self._try_all(self._due(max(first_due, self.now())))
        return self._finish()

    def _begin_with_pages(self) -> None:
        """A page that did not come was the first try of its address."""
        first = []
        for page in self.store.failed_pages():
            if page.target not in self.checks:
                first.append(self._judged(page.target, _Answer(page.outcome, page.status, page.error), page.fetched_at))
        self._save(first)

    def _wanted(self) -> list[int]:
        """Targets to try as links, those of the homepage first, in the order of their addresses; those cut are gaps."""
        is_deeper: dict[int, bool] = {}
        pages = set()
        for page, depth, links in self.store.page_links():
            pages.add(page)
            for target, kind, _, _ in links:
                if kind not in _NOT_LINKS:
                    is_deeper[target] = is_deeper.get(target, True) and depth > 0
                    if kind not in _PAGE_KINDS:
                        self.files.add(target)
        ordered = sorted(
            (deeper, self.store.key_of(target), target) for target, deeper in is_deeper.items() if target not in pages
        )
        patterns = PatternBudget(self.limit)
        admitted: list[int] = []
        for _, key, target in ordered:
            why = self._forbidden(key) or fixed_trap(key) or (patterns.take(key) if self.scope.holds(key) else None)
            why = why or (Why.BUDGET if len(admitted) >= self.limit else None)
            if why is None:
                admitted.append(target)
            else:
                self._leave_out(target, why)
        return admitted

    def _forbidden(self, key: str) -> Why | None:
        """Whether the site's own robots.txt forbids the address; other hosts' are not asked (see :mod:`tongbao.scan.robots`)."""
        stored = self.store.fact(f"robots {origin(key)}") if self.scope.holds(key) else ""
        if not stored:
            return None
        robots = Robots.from_json(stored)
        if robots.allows(key):
            return None
        return Why.ROBOTS_UNREACHABLE if robots.standing is Standing.UNREACHABLE else Why.ROBOTS

    def _leave_out(self, target: int, why: Why) -> None:
        self.gaps.add(self.store.url_of(target), self.store.key_of(target), why)

    # Trying.

    async def _try_all(self, targets: Iterable[int]) -> None:
        """Try targets host by host, hosts side by side."""
        key_of = self.store.key_of
        ordered = sorted(targets, key=lambda target: (authority(key_of(target)), key_of(target)))
        hosts = iter([list(group) for _, group in groupby(ordered, key=lambda target: authority(key_of(target)))])
        workers = max(1, self.settings.concurrency // self.settings.per_host)

        async def work() -> None:
            for group in hosts:
                await self._try_host(group)

        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(min(workers, len(ordered))):
                    tasks.create_task(work())
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _try_host(self, targets: Sequence[int]) -> None:
        """Try the targets of one host a few at a time; once it has fallen silent, the rest of first tries is not made."""
        silent_for = 0
        is_first = targets[0] not in self.checks
        size = self.settings.per_host
        for start in range(0, len(targets), size):
            batch = targets[start : start + size]
            if why := Why.TIME if self._is_late() else Why.SILENT if silent_for >= _SILENT_AFTER else None:
                for target in targets[start:]:
                    self._leave_out(target, why)
                return
            answers = await asyncio.gather(*(self._ask(target) for target in batch))
            for answer in answers:
                silent_for = silent_for + 1 if answer.outcome in _SILENCE and is_first else 0
            self._save([self._judged(target, answer, self.now()) for target, answer in zip(batch, answers, strict=True)])
            # No name, no page: what the lookup of one address says, it says of all of that host.
            if answers[-1].outcome is Outcome.DNS and answers[-1].error == UNKNOWN_NAME:
                self._save([self._judged(target, answers[-1], self.now()) for target in targets[start + size :]])
                return

    async def _ask(self, target: int) -> _Answer:
        url, host = self.store.url_of(target), authority(self.store.key_of(target))
        limit = self.settings.page_limit_s
        if host not in self.refuses_head:
            exchange = await self.client.fetch(url, method="HEAD", limit_s=limit)
            if exchange.outcome is Outcome.OK or exchange.outcome in _NO_USE_TO_GET or is_untold(exchange):
                return _Answer.of(exchange)
        exchange = await self.client.fetch(url, limit_s=limit, headers=_A_PIECE if target in self.files else None)
        if exchange.outcome is Outcome.OK or exchange.status == _RANGE_NOT_SATISFIABLE:
            self.refuses_head.add(host)
            return replace(_Answer.of(exchange), outcome=Outcome.OK)
        return _Answer.of(exchange)

    def _judged(self, target: int, answer: _Answer, at: datetime) -> Check:
        """Add one try to what is known of a target."""
        before = self.checks.get(target)
        tries = before.tries + 1 if before else 1
        agreeing = before.agreeing + 1 if before and before.outcome is answer.outcome else 1
        is_open = means_dead(answer) and agreeing < 2 and tries < _MOST_TRIES
        due_at = at + timedelta(seconds=self.settings.retry_gap_s) if is_open else None
        return Check(target, answer.outcome, answer.status, answer.error, at, tries, agreeing, due_at)

    def _save(self, checks: Sequence[Check]) -> None:
        if checks:
            self.store.save_checks(checks)
            self.checks.update((check.target, check) for check in checks)

    def _is_late(self) -> bool:
        return asyncio.get_running_loop().time() >= self.deadline

    # Second tries.

    def _next_due(self) -> datetime | None:
        return min((check.due_at for check in self.checks.values() if check.due_at is not None), default=None)

    def _due(self, moment: datetime) -> list[int]:
        return [check.target for check in self.checks.values() if check.due_at is not None and check.due_at <= moment]

    def _finish(self) -> CheckSummary:
        for check in self.checks.values():
            if is_untold(check):
                self._leave_out(check.target, Why.UNTOLD)
        gaps = self.gaps.listed()
        self.store.save_gaps("links", gaps)
        dead = sum(1 for check in self.checks.values() if check.agreeing >= 2 and means_dead(check))
        blocked = sum(1 for check in self.checks.values() if check.outcome is Outcome.BLOCKED)
        due_at = self._next_due()
        is_complete = due_at is None and not self.gaps.has(Why.TIME)
        return CheckSummary(self.site.subject_id, len(self.checks), dead, blocked, gaps, is_complete, due_at)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one try said."""

    outcome: Outcome
    status: int | None
    error: str

    @classmethod
    def of(cls, exchange: Exchange) -> _Answer:
        return cls(exchange.outcome, exchange.status, exchange.error)
