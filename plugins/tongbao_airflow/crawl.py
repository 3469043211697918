"""What the tasks of a crawl do: the library's steps with this run's instant and the office's settings."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tongbao.jurisdiction import Jurisdiction
from tongbao.scan.settings import ScanSettings

if TYPE_CHECKING:
    from tongbao.scan.crawl_round import Piece

_MARGIN = timedelta(hours=1)


def longest(scan: ScanSettings) -> timedelta:
    """How long crawling one piece may take: the crawl, the links, and twice the wait before links are tried again."""
    return timedelta(seconds=2 * scan.scan_seconds + 2 * scan.retry_gap_s) + _MARGIN


def plan(jurisdiction: Jurisdiction, extent: str, run_after: str, wanted: str | None) -> list[Piece]:
    """The pieces of the round that is due; ``wanted`` names some sites by their codes, else all in operation are meant."""
    from tongbao.scan.crawl_round import CrawlRound, Extent
    from tongbao.scan.scans import sites_of

    due = datetime.fromisoformat(run_after)
    codes = re.split(r"[,，、\s]+", wanted.strip()) if wanted else ()
    return CrawlRound(jurisdiction.id, Extent(extent), due).plan(sites_of(jurisdiction.id, due, codes))


def crawl(jurisdiction: Jurisdiction, piece: Piece) -> str:
    """Crawl one piece, going on where an earlier try was broken off."""
    import asyncio
    from collections.abc import Sequence
    from pathlib import Path

    from tongbao.scan import scans
    from tongbao.scan.crawl_round import CrawlRound, Extent
    from tongbao.scan.site_model import Site
    from tongbao.scan.site_scans import SiteScan, crawl_sites

    settings, extent, due = scans.scan_settings(jurisdiction), Extent(piece["extent"]), datetime.fromisoformat(piece["due"])
    pages = settings.sample_pages if extent is Extent.SAMPLE else settings.pages_a_site

    made = CrawlRound(jurisdiction.id, extent, due)

    def crawler(folder: Path, sites: Sequence[Site]) -> list[SiteScan]:
        scan = scans.begin_scan(jurisdiction.id, folder, at=due, pages_a_site=pages)
        return asyncio.run(crawl_sites(scan, sites, settings, earlier=made.earlier_stores()))

    sentence = made.crawl(piece, crawler)
    print(sentence)
    return sentence


def deliver(jurisdiction: Jurisdiction, extent: str, run_after: str) -> dict[str, Any]:
    """Hand the round's rows to the intake, however many pieces came to their end; name the gaps."""
    from pathlib import Path

    from tongbao.scan import scans
    from tongbao.scan.crawl_round import CrawlRound, Extent
    from tongbao.scan.site_scans import Scan

    due = datetime.fromisoformat(run_after)
    made = CrawlRound(jurisdiction.id, Extent(extent), due)
    gathered = made.gather()
    scan = Scan(jurisdiction.id, scans.period_of(due, jurisdiction), Path(), due, 0)
    receipts = scans.deliver_scan(scan, [found for found in gathered.scanned if not found.error], received_at=due)
    made.tidy()
    files = [str(receipt["sentence"]) for receipt in receipts]
    print("\n".join([gathered.summary, *(f"未扫描：{gap}" for gap in gathered.gaps), *files]))
    return {"summary": gathered.summary, "gaps": len(gathered.gaps)}
