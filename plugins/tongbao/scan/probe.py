"""One round of homepage probes: who opened within the limit, who did not, and of whom this machine cannot tell.

A probe is one visit in the sense of the clause on unreachable sites. A failure that may pass (a reset, a 503, a hiccup of the
resolver) is written down only after the last try of the visit. Fifteen seconds of waiting are the failure the clause itself
describes and are not repeated, unless so many sites time out at once that the scanner's own line may have been the bottleneck.
What says nothing about the site is no row but a gap: a line that is down, a scanner that stood still, an address this machine
may not touch.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from tongbao.feeds import Outcome
from tongbao.period import SHANGHAI
from tongbao.scan.client import Client, Exchange
from tongbao.scan.outcomes import OUTCOME_NAMES, is_permanent, is_untold
from tongbao.scan.settings import ScanSettings
from tongbao.scan.site_model import Site

KEEP = 64 << 10
"""Bytes of a homepage a probe keeps to tell a firewall's page: make its client with ``keep=KEEP``."""

SPACED_PROBES_A_DAY = 20
SPACING = timedelta(minutes=30)
"""As the measure of availability counts: distinct half hours."""

_TICK_S = 0.1
_LATE_S = 0.2
"""Beyond that no further site is begun, until the scanner keeps up again: its own load must not become the sites' time."""
_STOOD_STILL_SHARE = 0.2
_CROWD = 10
_CROWD_SHARE = 0.1
_NO_ANSWER = frozenset({Outcome.TIMEOUT, Outcome.DNS, Outcome.REFUSED, Outcome.RESET})


class Gap(StrEnum):
    """Why a site has no row of this round; none of them is the site's fault. Values are what operators read."""

    NO_ADDRESS = "名册中没有网址"
    OWN_LINE = "疑似本机网络中断，本轮失败不计"
    STOOD_STILL = "探测程序一度停顿，超时不计"
    UNTOLD = "本机无法判断"
    UNFINISHED = "本轮探测未完成"


@dataclass(frozen=True, slots=True)
class Probe:
    """One visit to one homepage: the last try's outcome, and over which protocol and address it went."""

    subject_id: str
    probed_at: datetime
    outcome: Outcome
    status_code: int | None
    elapsed_s: float
    family: int | None = None
    address: str | None = None
    final_url: str = ""
    error: str = ""
    tries: int = 1

    @property
    def row(self) -> dict[str, Any]:
        """By the columns of ``feeds.PROBES``."""
        return {
            "subject_id": self.subject_id,
            "probed_at": self.probed_at,
            "outcome": self.outcome,
            "status_code": self.status_code,
            # Rounded down: 14.9996 s are within the limit.
            "elapsed_s": int(self.elapsed_s * 1000) / 1000,
        }


@dataclass(frozen=True, slots=True)
class ProbeGap:
    """One site without a row; ``detail`` is the technical reason where there is one."""

    subject_id: str
    name: str
    why: Gap
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ProbeRound:
    """All probes and gaps of one round, each in the order of the sites."""

    at: datetime
    probes: tuple[Probe, ...]
    gaps: tuple[ProbeGap, ...]

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [probe.row for probe in self.probes]

    @property
    def summary(self) -> str:
        """In one sentence for operators: sites, outcomes, protocols, gaps by reason."""
        outcomes = Counter(probe.outcome for probe in self.probes)
        protocols = Counter(probe.family for probe in self.probes if probe.outcome is Outcome.OK)
        over = {Outcome.OK: f"（IPv4 {protocols[4]}个、IPv6 {protocols[6]}个）"}
        told = "，".join(f"{OUTCOME_NAMES[o]}{outcomes[o]}个{over.get(o, '')}" for o in Outcome if outcomes[o])
        gaps = Counter(gap.why for gap in self.gaps)
        missing = "；".join(f"{why}{gaps[why]}个" for why in Gap if gaps[why])
        sentence = f"应探测{len(self.probes) + len(self.gaps)}个，已探测{len(self.probes)}个：{told or '无'}"
        return f"{sentence}。未计入：{missing}" if missing else sentence


async def probe_round(sites: Sequence[Site], client: Client, settings: ScanSettings, at: datetime) -> ProbeRound:
    """Probe all homepages side by side, at most ``probe_concurrency`` at once.

    Rows carry the instant each probe really started, not ``at``, which is when the round was due.
    """
    if settings.reference_addresses and not await _line_is_up(client, settings):
        return ProbeRound(at, (), tuple(ProbeGap(site.subject_id, site.name, Gap.OWN_LINE) for site in sites))
    visits = [_Visit(site, _homepages(site.address)) for site in sites]
    reachable = _spread([visit for visit in visits if visit.homepages])
    async with _Watch() as watch:
        await _side_by_side(settings.probe_concurrency, reachable, watch, lambda visit: visit.make(client, settings))
        slow = [visit for visit in reachable if visit.outcome is Outcome.TIMEOUT]
        if len(slow) >= _CROWD and len(slow) > _CROWD_SHARE * len(reachable):
            await _side_by_side(settings.probe_concurrency, slow, watch, lambda visit: visit.ask(client, settings))
    is_line_down = await _is_line_down(reachable, client, settings)
    for visit in visits:
        visit.gap = _gap(visit, is_line_down, watch)
    return ProbeRound(
        at,
        tuple(visit.probe() for visit in visits if visit.gap is None),
        tuple(
            ProbeGap(visit.site.subject_id, visit.site.name, visit.gap, visit.error) for visit in visits if visit.gap is not None
        ),
    )


def round_times(day: date, probes_a_day: int) -> list[datetime]:
    """The instants of a day's rounds, evenly spaced from midnight in Asia/Shanghai."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    return [midnight + timedelta(days=1) * number / probes_a_day for number in range(probes_a_day)]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How well one site was watched on one day, as the measure of availability counts it."""

    subject_id: str
    day: date
    probes: int
    spaced: int
    """Distinct half hours with a probe that no firewall answered."""

    @property
    def is_enough(self) -> bool:
        return self.spaced >= SPACED_PROBES_A_DAY


def coverage(rows: Iterable[dict[str, Any]]) -> list[Coverage]:
    """The coverage achieved by probe rows, by site and day of Asia/Shanghai."""
    probes: Counter[tuple[str, date]] = Counter()
    spaced: defaultdict[tuple[str, date], set[int]] = defaultdict(set)
    for row in rows:
        at = row["probed_at"].astimezone(SHANGHAI)
        key = (str(row["subject_id"]), at.date())
        probes[key] += 1
        if row["outcome"] != Outcome.BLOCKED:
            spaced[key].add((at.hour * 60 + at.minute) // 30)
    return [Coverage(*key, probes[key], len(spaced[key])) for key in sorted(probes)]


@dataclass(slots=True)
class _Visit:
    """One homepage being probed."""

    site: Site
    homepages: tuple[str, ...]
    exchange: Exchange | None = None
    begun: float = 0.0
    ended: float = 0.0
    tries: int = 0
    gap: Gap | None = None

    async def make(self, client: Client, settings: ScanSettings) -> None:
        """Try until it is ok, permanent or the tries are used up; an address without a scheme is tried over both."""
        for attempt in range(max(settings.probe_tries, len(self.homepages))):
            exchange = await self.ask(client, settings)
            has_other_way = attempt + 1 < len(self.homepages) and exchange.status is None
            if exchange.outcome is Outcome.TIMEOUT and not has_other_way:
                return
            if is_permanent(exchange.outcome, exchange.error) and not (has_other_way and exchange.outcome is Outcome.TLS):
                return
            if not has_other_way:
                await asyncio.sleep(settings.probe_pause_s * 2**attempt)

    async def ask(self, client: Client, settings: ScanSettings) -> Exchange:
        """One try, over the address's other scheme in turn where the roster names none."""
        homepage = self.homepages[self.tries % len(self.homepages)]
        clock = asyncio.get_running_loop().time
        self.tries += 1
        self.begun = clock()
        # Without the page, of which thousands would fill the memory.
        self.exchange = replace(await client.fetch(homepage, limit_s=settings.probe_limit_s), body=b"", headers=())
        self.ended = clock()
        return self.exchange

    @property
    def host(self) -> str:
        return self.homepages[0].partition("://")[2].partition("/")[0].lower()

    @property
    def outcome(self) -> Outcome | None:
        return self.exchange.outcome if self.exchange else None

    @property
    def error(self) -> str:
        return self.exchange.error if self.exchange else ""

    def probe(self) -> Probe:
        exchange = self.exchange
        assert exchange is not None
        return Probe(
            subject_id=self.site.subject_id,
            probed_at=exchange.started_at,
            outcome=exchange.outcome,
            status_code=exchange.status,
            elapsed_s=exchange.elapsed_s,
            family=exchange.family,
            address=exchange.address,
            final_url=exchange.final_url,
            error=exchange.error,
            tries=self.tries,
        )


def _spread(visits: Sequence[_Visit]) -> list[_Visit]:
    """The first site of each host, then the second …: many sites of one platform must not hold up all others."""
    seen: Counter[str] = Counter()
    places = []
    for number, visit in enumerate(visits):
        places.append((seen[visit.host], number))
        seen[visit.host] += 1
    return [visits[number] for _, number in sorted(places)]


def _homepages(address: str) -> tuple[str, ...]:
    plain = address.strip() if isinstance(address, str) else ""
    if not plain:
        return ()
    return (plain,) if "://" in plain else (f"http://{plain}", f"https://{plain}")


def _gap(visit: _Visit, is_line_down: bool, watch: _Watch) -> Gap | None:
    exchange = visit.exchange
    if not visit.homepages:
        return Gap.NO_ADDRESS
    if exchange is None:
        return Gap.UNFINISHED
    if is_untold(exchange):
        return Gap.UNTOLD
    if is_line_down and exchange.outcome in _NO_ANSWER:
        return Gap.OWN_LINE
    waited_s = visit.ended - visit.begun
    if exchange.outcome is Outcome.TIMEOUT and watch.stood_still_s(visit.begun, visit.ended) > _STOOD_STILL_SHARE * waited_s:
        return Gap.STOOD_STILL
    return None


async def _is_line_down(visits: Sequence[_Visit], client: Client, settings: ScanSettings) -> bool:
    """Whether failures are rather this machine's: no reference answers, or where none is named, nobody at all does.

    One site alone cannot be told from the line: name references where an office has but one.
    """
    silent = [visit for visit in visits if visit.outcome in _NO_ANSWER and not is_untold(visit.exchange)]  # type: ignore[arg-type]
    if not silent:
        return False
    if settings.reference_addresses:
        return not await _line_is_up(client, settings)
    return len(silent) == len(visits) and len({visit.host for visit in silent}) > 1


async def _line_is_up(client: Client, settings: ScanSettings) -> bool:
    """Whether any of the office's references answers, whatever it says."""
    asked = [client.fetch(address, limit_s=settings.probe_limit_s) for address in settings.reference_addresses]
    return any(exchange.status is not None for exchange in await asyncio.gather(*asked))


async def _side_by_side(
    workers: int, visits: Sequence[_Visit], watch: _Watch, work: Callable[[_Visit], Awaitable[object]]
) -> None:
    waiting = iter(visits)

    async def worker() -> None:
        for visit in waiting:
            await watch.admit()
            await work(visit)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(workers, len(visits))):
            group.create_task(worker())


class _Watch:
    """Notices when the scanner itself stood still: what timed out meanwhile may have answered in time."""

    def __init__(self) -> None:
        self._pauses: list[tuple[float, float]] = []
        self._door = asyncio.Lock()
        self._on_time = asyncio.Event()
        self._on_time.set()

    async def __aenter__(self) -> _Watch:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def admit(self) -> None:
        """Let one more site in for each pass of the loop, and none while the scanner is late with those it has begun.

        So a slow machine probes fewer at once; hundreds begun in one burst would wait for each other's work.
        """
        async with self._door:
            await self._on_time.wait()
            await asyncio.sleep(0)

    def stood_still_s(self, begun: float, ended: float) -> float:
        """Seconds of standing still between two instants of the loop's clock."""
        return sum(max(0.0, min(ended, until) - max(begun, since)) for since, until in self._pauses)

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + _TICK_S
            await asyncio.sleep(_TICK_S)
            now = clock()
            if now - due > _LATE_S:
                self._pauses.append((due, now))
                self._on_time.clear()
            else:
                self._on_time.set()
