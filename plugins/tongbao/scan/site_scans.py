"""Many sites of one scan side by side: crawl, check links, conclude, each with a store that survives being broken off."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from tongbao import __version__
from tongbao.archive import Archive
from tongbao.feeds import Outcome
from tongbao.home import config_folder
from tongbao.period import SHANGHAI
from tongbao.scan.addresses import Lookup
from tongbao.scan.client import Client
from tongbao.scan.crawl import crawl
from tongbao.scan.crawl_store import CrawlStore, store_path
from tongbao.scan.evidence import EvidenceStore
from tongbao.scan.link_checks import check_links
from tongbao.scan.pictures import picture_findings
from tongbao.scan.pieces import named
from tongbao.scan.reading_process import ReadingProcess
from tongbao.scan.settings import ScanSettings
from tongbao.scan.site import Ipv6Check, PageReader, SiteRows, conclude, load_site_rules, reader_for
from tongbao.scan.site_model import Site
from tongbao.vocabulary import load_vocabulary

_SITES_AT_ONCE = 16
_READ_APART_FROM, _PAGES_A_SECOND = 50_000, 300
"""Pages that may have to be read, and how fast they may come in: from there on reading is worth a process of its own."""
_log = logging.getLogger(__name__)

Clock = Callable[[], datetime]


def shanghai_now() -> datetime:
    return datetime.now(SHANGHAI)


@dataclass(frozen=True, slots=True)
class Scan:
    """One crawl of an office's sites: its folder, the instant it stands for, how many pages a site it reads, and which sites.

    ``wanted`` is empty where all sites in operation are meant.
    """

    jurisdiction_id: str
    period: str
    folder: Path
    observed_at: datetime
    pages_a_site: int
    wanted: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return named(self.observed_at)


@dataclass(frozen=True, slots=True)
class SiteScan:
    """What came of one site: its rows, and whether its crawl and its link checks came to their end.

    ``error`` is empty unless the scan itself failed on this site, which is no fault of the site and leaves no rows.
    """

    site: Site
    rows: SiteRows
    is_complete: bool = False
    links_complete: bool = False
    error: str = ""


async def crawl_sites(
    scan: Scan,
    sites: Sequence[Site],
    settings: ScanSettings,
    *,
    lookup: Lookup | None = None,
    now: Clock = shanghai_now,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    told: Callable[[SiteScan], None] = lambda site: None,
    earlier: Path | None = None,
) -> list[SiteScan]:
    """Crawl sites side by side, check their links and conclude; ``told`` hears of each as it ends.

    ``earlier``: the folder of a scan that ended; its pages are only asked whether they have changed.
    """
    folder = Archive.open().evidence_folder(scan.jurisdiction_id)
    gate = asyncio.Semaphore(_SITES_AT_ONCE)
    scanned: list[SiteScan] = []

    async def sleep_apart(seconds: float) -> None:
        # Half an hour goes by before links are tried again: another site is crawled meanwhile.
        gate.release()
        try:
            await sleep(seconds)
        finally:
            await gate.acquire()

    async with contextlib.AsyncExitStack() as stack:
        # First of all: it is forked while there are no threads and no open files.
        reading = None
        if _is_worth_a_process(scan, len(sites), settings):
            reading = await stack.enter_async_context(ReadingProcess(partial(reader_apart, settings)))
        evidence = stack.enter_context(EvidenceStore(folder, scan.name, user_agent=settings.user_agent, now=now))
        async with Client(settings, resolver=lookup, now=now) as client:
            work = _Crawls(scan, settings, client, evidence, reading, earlier, now, sleep_apart)

            async def one(site: Site) -> None:
                async with gate:
                    found = await work.try_site(site)
                scanned.append(found)
                told(found)

            async with asyncio.TaskGroup() as group:
                for site in sites:
                    group.create_task(one(site))
        # Findings cite evidence: it must be on the disk before they are.
        evidence.sync()
        if settings.screenshots:
            findings = [found.rows.findings for found in scanned]
            for sentence in await asyncio.to_thread(picture_findings, findings, evidence, settings):
                _log.warning(sentence)
    return sorted(scanned, key=lambda found: found.site.subject_id)


def _is_worth_a_process(scan: Scan, sites: int, settings: ScanSettings) -> bool:
    comes_fast = min(sites, _SITES_AT_ONCE) > _PAGES_A_SECOND * settings.pause_s
    return comes_fast and sites * scan.pages_a_site >= _READ_APART_FROM and (os.cpu_count() or 1) > 1


def reading_fingerprint(settings: ScanSettings) -> str:
    """What the notes of a page depend on besides the page: this version, and what an operator edits of words and rules."""
    digest = hashlib.sha256(f"{__version__} {settings.words} {settings.sections}".encode())
    for name in ("scan", "words", "vocabulary"):
        folder = config_folder(name)
        for path in sorted(folder.rglob("*.yaml")) if folder.exists() else ():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def reader_apart(settings: ScanSettings) -> PageReader:
    """The reader of a process that only reads; evidence is kept where pages are fetched."""
    return reader_for(settings, None, load_site_rules(), load_vocabulary())


class _Crawls:
    """What all crawls of one scan share."""

    def __init__(
        self,
        scan: Scan,
        settings: ScanSettings,
        client: Client,
        evidence: EvidenceStore,
        reading: ReadingProcess | None,
        earlier: Path | None,
        now: Clock,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.scan, self.client, self.evidence, self.reading = scan, client, evidence, reading
        self.earlier, self.now, self.sleep = earlier, now, sleep
        self.fingerprint = reading_fingerprint(settings)
        self.settings = settings.model_copy(update={"pages_a_site": scan.pages_a_site})
        self.rules, self.vocabulary = load_site_rules(), load_vocabulary()
        self.reader = reader_for(settings, evidence, self.rules, self.vocabulary)
        self._ipv6_names: asyncio.Future[bool] | None = None

    async def try_site(self, site: Site) -> SiteScan:
        """Scan one site; what goes wrong with it must not cost the others their results."""
        try:
            return await self.scan_site(site)
        except Exception as error:
            _log.exception("scan of %s failed", site.subject_id)
            return SiteScan(site, SiteRows(site.subject_id), error=f"{type(error).__name__}: {error}")

    async def scan_site(self, site: Site) -> SiteScan:
        with CrawlStore(store_path(self.scan.folder, site.subject_id)) as store, contextlib.ExitStack() as stack:
            past = store_path(self.earlier, site.subject_id) if self.earlier else None
            crawled = await crawl(
                site,
                self.client,
                store,
                self.settings,
                reader=self.reader,
                reading=self.reading,
                cite=self.reader.cite,
                now=self.now,
                earlier=stack.enter_context(CrawlStore(past, finished=True)) if past and past.exists() else None,
                fingerprint=self.fingerprint,
            )
            checked = await check_links(site, self.client, store, self.settings, now=self.now, sleep=self.sleep)
            ipv6 = await self._ipv6(site, store)
        # In a thread: a large site takes a while, and meanwhile the answers of its neighbours would seem late.
        rows = await asyncio.to_thread(self._concluded, site, ipv6)
        return SiteScan(site, rows, crawled.is_complete, checked.is_complete)

    def _concluded(self, site: Site, ipv6: Ipv6Check | None) -> SiteRows:
        with CrawlStore(store_path(self.scan.folder, site.subject_id), finished=True) as store:
            return conclude(
                site,
                list(store.pages()),
                store.links,
                list(store.gaps()),
                self.settings,
                self.scan.observed_at,
                rules=self.rules,
                vocabulary=self.vocabulary,
                ipv6=ipv6,
            )

    async def _ipv6(self, site: Site, store: CrawlStore) -> Ipv6Check | None:
        """Ask for the homepage over IPv6 once a scan; None where it did not even answer over any protocol."""
        known = store.fact("ipv6")
        if known:
            facts = json.loads(known)
            return Ipv6Check(**{**facts, "outcome": Outcome(facts["outcome"])})
        home_url = next((page.url for page in store.pages() if page.is_homepage and page.outcome is Outcome.OK), None)
        if home_url is None:
            return None
        exchange = await self.client.fetch(home_url, family=6)
        found = Ipv6Check(home_url, exchange.outcome, exchange.error)
        if found.has_no_address and await self._knows_ipv6_names():
            found = replace(found, evidence=self.evidence.keep(exchange))
        store.remember("ipv6", json.dumps(asdict(found)))
        return found

    async def _knows_ipv6_names(self) -> bool:
        """Whether this network's resolver tells IPv6 addresses at all: some leave them out, and no site would have any."""
        if self._ipv6_names is None:
            self._ipv6_names = asyncio.ensure_future(self._ask_references())
        return await self._ipv6_names

    async def _ask_references(self) -> bool:
        addresses = self.settings.reference_addresses
        answers = [await self.client.fetch(address, family=6) for address in addresses]
        checks = [Ipv6Check(answer.url, answer.outcome, answer.error) for answer in answers]
        return not checks or not all(check.has_no_address for check in checks)
