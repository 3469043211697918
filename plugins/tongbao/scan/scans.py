"""Whole scans of one office, as the command line and the DAGs call them: probe, crawl, conclude, deliver.

A crawl has a folder of its own with one store a site; run again on the same folder it goes on where it was broken off and
comes to the same rows. Its instant (``observed_at``) is fixed when the folder is begun.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from upath import UPath

from tongbao import __version__
from tongbao.archive import Archive, write_file
from tongbao.errors import ConfigurationError, TongbaoError
from tongbao.feeds import Kind, Outcome
from tongbao.home import config_folder, home
from tongbao.indicators import indicator_set_on
from tongbao.jurisdiction import Jurisdiction, find_jurisdiction
from tongbao.period import MONTHS, SHANGHAI, Period, PeriodKind
from tongbao.roster import RosterBatch, as_of
from tongbao.scan.addresses import Lookup
from tongbao.scan.client import Client
from tongbao.scan.crawl import crawl
from tongbao.scan.crawl_store import CrawlStore, store_path
from tongbao.scan.deliver import deliver_probes, deliver_site_rows
from tongbao.scan.evidence import EvidenceStore
from tongbao.scan.link_checks import check_links
from tongbao.scan.pictures import picture_findings
from tongbao.scan.probe import KEEP, ProbeRound, probe_round
from tongbao.scan.reading_process import ReadingProcess
from tongbao.scan.settings import ScanSettings
from tongbao.scan.site import Ipv6Check, PageReader, SiteRows, conclude, load_site_rules, reader_for
from tongbao.scan.site_model import Site
from tongbao.vocabulary import load_vocabulary
from tongbao.workspace import read_arrow

FACTS, DELIVERED = "scan.json", "delivered.json"
_SITES_AT_ONCE = 16
_READ_APART_FROM, _PAGES_A_SECOND = 50_000, 300
"""Pages that may have to be read, and how fast they may come in: from there on reading is worth a process of its own."""
_log = logging.getLogger(__name__)

Clock = Callable[[], datetime]


def _now() -> datetime:
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
        return f"{self.observed_at.astimezone(SHANGHAI):%Y%m%dT%H%M%S}"


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


def scan_settings(jurisdiction: Jurisdiction) -> ScanSettings:
    """The office's settings of scans; ConfigurationError where it has none."""
    if jurisdiction.scan is None:
        raise ConfigurationError(
            f"{jurisdiction.name}没有设置自行扫描",
            remedy=f"请在 config/jurisdictions/{jurisdiction.id}.yaml 中增加 scan 一节，至少写明 contact（联系邮箱或者网页）",
        )
    return jurisdiction.scan


def sites_of(jurisdiction_id: str, at: datetime, wanted: Iterable[str] = ()) -> list[Site]:
    """The websites in operation by the newest rosters of an instant, by subject_id; ``wanted`` picks some of them.

    Raises:
        TongbaoError: no roster was taken in, or a wanted site is not on it.
    """
    roster = operating_roster(jurisdiction_id, at)
    rows = roster[(roster["kind"] == Kind.WEBSITE) & roster["address"].notna()].drop_duplicates("subject_id")
    sites = {
        row.subject_id: Site(row.subject_id, row.name, row.address, row.subject_id, bool(row.is_portal))
        for row in rows[["subject_id", "name", "address", "is_portal"]].itertuples(index=False)
    }
    chosen = list(wanted) or sorted(sites)
    if unknown := [subject for subject in chosen if subject not in sites]:
        raise TongbaoError(
            f"名册中没有在运行的网站 {'、'.join(unknown)}", remedy="请核对网站标识码和名册中的网址", value=unknown[0]
        )
    return [sites[subject] for subject in chosen]


def operating_roster(jurisdiction_id: str, at: datetime) -> pd.DataFrame:
    """The subjects in operation by the newest rosters known at an instant, with the columns of ``feeds.ROSTER``."""
    archive = Archive.open()
    until = Period.containing(at.astimezone(SHANGHAI).date(), PeriodKind.YEAR)
    batches = archive.batches(jurisdiction_id, "roster", until)
    if not batches:
        raise TongbaoError("还没有名册", remedy="请先把名册放入收件文件夹并运行 tongbao intake")
    read = [
        RosterBatch(Period.parse(batch.period), batch.batch_id, read_arrow(archive.batch_file(batch, "data.parquet")).to_pandas())
        for batch in batches
        if Period.parse(batch.period).start_at <= at
    ]
    return as_of(read, at).operating


# ---------------------------------------------------------------- probing


async def probe(
    sites: Sequence[Site], settings: ScanSettings, at: datetime, *, lookup: Lookup | None = None, now: Clock = _now
) -> ProbeRound:
    """One round of all homepages."""
    async with Client(
        settings, resolver=lookup, concurrency=settings.probe_concurrency, keep=KEEP, reuses=False, now=now
    ) as client:
        return await probe_round(sites, client, settings, at)


def probe_sites(jurisdiction_id: str, *, at: datetime | None = None, wanted: Iterable[str] = ()) -> ProbeRound:
    """Probe an office's websites once and deliver the rows to the period they belong to."""
    due = at or _now()
    jurisdiction = find_jurisdiction(jurisdiction_id)
    found = asyncio.run(probe(sites_of(jurisdiction_id, due, wanted), scan_settings(jurisdiction), due))
    if found.rows:
        deliver_probes(jurisdiction_id, period_of(due, jurisdiction), found.rows)
    return found


def period_of(at: datetime, jurisdiction: Jurisdiction) -> str:
    """The period an observation is filed under: of the shortest kind the office issues circulars of, so that each sees it."""
    shortest = min((circular.period for circular in jurisdiction.circulars.values()), key=_length)
    return Period.containing(at.astimezone(SHANGHAI).date(), shortest).label


def _length(kind: PeriodKind) -> int:
    return MONTHS.get(kind, 0)


# ---------------------------------------------------------------- crawling


def scans_folder(jurisdiction_id: str) -> Path:
    """Where crawls keep their stores; they can be removed once delivered."""
    return home() / ".tongbao" / "scans" / jurisdiction_id


def new_folder(jurisdiction_id: str, at: datetime) -> Path:
    return scans_folder(jurisdiction_id) / f"{at.astimezone(SHANGHAI):%Y%m%dT%H%M%S}"


def unfinished_scan(jurisdiction_id: str) -> Path | None:
    """The newest scan that was begun and not delivered, None where there is none."""
    begun = sorted(scans_folder(jurisdiction_id).glob(f"*/{FACTS}"), reverse=True)
    return next((facts.parent for facts in begun if not (facts.parent / DELIVERED).exists()), None)


def begin_scan(
    jurisdiction_id: str, folder: Path, *, at: datetime, period: str = "", pages_a_site: int = 0, wanted: Iterable[str] = ()
) -> Scan:
    """Begin a scan in its folder, or take up the one that was begun there: its instant, extent and sites stay."""
    jurisdiction = find_jurisdiction(jurisdiction_id)
    settings = scan_settings(jurisdiction)
    facts = folder / FACTS
    if not facts.exists():
        begun = {
            "period": Period.parse(period).label if period else period_of(at, jurisdiction),
            "observed_at": at.astimezone(SHANGHAI).replace(microsecond=0).isoformat(),
            "pages_a_site": pages_a_site or settings.pages_a_site,
            "wanted": sorted(wanted),
        }
        folder.mkdir(parents=True, exist_ok=True)
        write_file(UPath(facts), json.dumps(begun, indent=1).encode())
    known = json.loads(facts.read_text(encoding="utf-8"))
    observed_at = datetime.fromisoformat(known["observed_at"])
    return Scan(jurisdiction_id, known["period"], folder, observed_at, known["pages_a_site"], tuple(known["wanted"]))


def finish_scan(scan: Scan, scanned: Sequence[SiteScan]) -> None:
    """Note that a scan was delivered; one that failed on a site is left to be taken up again."""
    if not any(found.error for found in scanned):
        write_file(UPath(scan.folder / DELIVERED), b"{}")


async def crawl_sites(
    scan: Scan,
    sites: Sequence[Site],
    settings: ScanSettings,
    *,
    lookup: Lookup | None = None,
    now: Clock = _now,
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
        self.settings = replace_pages(settings, scan.pages_a_site)
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
            pages, gaps = list(store.pages()), list(store.gaps())
            rows = conclude(
                site,
                pages,
                store.links,
                gaps,
                self.settings,
                self.scan.observed_at,
                rules=self.rules,
                vocabulary=self.vocabulary,
                ipv6=ipv6,
            )
        return SiteScan(site, rows, crawled.is_complete, checked.is_complete)

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


def replace_pages(settings: ScanSettings, pages_a_site: int) -> ScanSettings:
    return settings.model_copy(update={"pages_a_site": pages_a_site})


def deliver_scan(scan: Scan, scanned: Sequence[SiteScan], *, received_at: datetime | None = None) -> list[dict[str, Any]]:
    """Deliver the rows of a scan, less findings of clauses that none of the office's indicator sets knows."""
    known = _clauses(scan)
    rows = {
        "updates": [row for found in scanned for row in found.rows.updates],
        "links": [row for found in scanned for row in found.rows.links],
        "findings": [row for found in scanned for row in found.rows.findings if row["clause"] in known],
    }
    return deliver_site_rows(
        scan.jurisdiction_id,
        scan.period,
        rows,
        at=scan.observed_at,
        whole=[found.site.subject_id for found in scanned if found.rows.is_whole],
        links_whole=[found.site.subject_id for found in scanned if found.rows.is_whole and found.links_complete],
        received_at=received_at,
    )


def _clauses(scan: Scan) -> set[str]:
    day = Period.parse(scan.period).last
    sets = {circular.indicators for circular in find_jurisdiction(scan.jurisdiction_id).circulars.values()}
    return {clause.id for name in sets for clause in indicator_set_on(day, name).clauses}
