"""Whole scans of one office, as the command line and the DAGs begin and end them: which sites, which period, what is delivered.

A crawl has a folder of its own with one store a site; run again on the same folder it goes on where it was broken off and
comes to the same rows. Its instant (``observed_at``) is fixed when the folder is begun.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from upath import UPath

from tongbao.archive import Archive, write_file
from tongbao.errors import ConfigurationError, TongbaoError
from tongbao.feeds import Kind
from tongbao.home import state_folder
from tongbao.indicators import indicator_set_on
from tongbao.jurisdiction import Jurisdiction, find_jurisdiction
from tongbao.period import MONTHS, SHANGHAI, Period, PeriodKind
from tongbao.roster import RosterBatch, as_of
from tongbao.scan.addresses import Lookup
from tongbao.scan.client import Client
from tongbao.scan.deliver import deliver_probes, deliver_site_rows
from tongbao.scan.pieces import named
from tongbao.scan.probe import KEEP, ProbeRound, probe_round
from tongbao.scan.settings import ScanSettings
from tongbao.scan.site_model import Site
from tongbao.scan.site_scans import Clock, Scan, SiteScan, shanghai_now
from tongbao.workspace import read_arrow

FACTS, DELIVERED = "scan.json", "delivered.json"


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


async def probe(
    sites: Sequence[Site], settings: ScanSettings, at: datetime, *, lookup: Lookup | None = None, now: Clock = shanghai_now
) -> ProbeRound:
    """One round of all homepages."""
    async with Client(
        settings, resolver=lookup, concurrency=settings.probe_concurrency, keep=KEEP, reuses=False, now=now
    ) as client:
        return await probe_round(sites, client, settings, at)


def probe_sites(jurisdiction_id: str, *, at: datetime | None = None, wanted: Iterable[str] = ()) -> ProbeRound:
    """Probe an office's websites once and deliver the rows to the period they belong to."""
    due = at or shanghai_now()
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


def scans_folder(jurisdiction_id: str) -> Path:
    """Where crawls keep their stores; they can be removed once delivered."""
    return state_folder() / "scans" / jurisdiction_id


def new_folder(jurisdiction_id: str, at: datetime) -> Path:
    return scans_folder(jurisdiction_id) / named(at)


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
