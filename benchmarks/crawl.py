"""W5: crawl the generated site with all reading, against Scrapy fetching the same site and extracting links only.

The server has a process of its own and shares the machine's two cores with each crawler in turn. Every dead link must be
found and none invented: the site knows which are dead.
"""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks import Result
from benchmarks.child import ROOT, run_child
from benchmarks.crawl_site import LINKS_A_PAGE, PAGES, build

BUDGET_S, BUDGET_MIB, TIMES_SCRAPY = 6.0, 400.0, 4.0
_GAP_S = 0.3
_AT_ONCE = 64
_DEPTH = 100
_WORDS = ("common-misspellings", "institution-names", "placeholders")


def main() -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="tongbao-crawl-") as scratch:
        with served() as ports:
            ours = json.loads(run_child("benchmarks.crawl", "crawl", *map(str, ports), scratch).printed)
        with served() as ports:
            theirs = json.loads(run_child("benchmarks.crawl", "scrapy", *map(str, ports)).printed)
    times = theirs["seconds"] / ours["seconds"]
    return [
        Result(
            f"W5 site-crawl: {PAGES:,} pages, {PAGES * LINKS_A_PAGE:,} links, all reading, every link checked",
            ours["seconds"],
            ours["peak_mib"],
            f"{ours['pages']:,} pages at {ours['pages'] / ours['seconds']:,.0f}/s, {ours['links']:,} link rows, "
            f"{ours['checked']:,} targets checked; {ours['cpu_s']:.1f} s of CPU in two processes; "
            f"dead: {ours['found']} of {ours['dead']} found, {ours['invented']} invented",
            f"≤ {BUDGET_S:g} s, ≤ {BUDGET_MIB:g} MiB, all dead found, none invented",
        ),
        Result(
            "W5 site-crawl: Scrapy, fetching and extracting links only",
            theirs["seconds"],
            theirs["peak_mib"],
            f"{theirs['pages']:,} pages at {theirs['pages'] / theirs['seconds']:,.0f}/s; {theirs['cpu_s']:.1f} s of CPU; "
            f"ours is {times:.1f} × faster",
            f"≥ {TIMES_SCRAPY:g} × slower",
        ),
    ]


@contextmanager
def served() -> Iterator[tuple[int, int]]:
    """Serve the generated site in a process of its own; yields the ports of the site and of the host outside it."""
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.crawl_site"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        here, there = json.loads(server.stdout.readline())
        yield here, there
    finally:
        server.stdin.close()
        server.wait(30)


def crawl_whole(port: int, other_port: int, scratch: Path) -> dict[str, Any]:
    """Crawl, read and check the whole site in this process, and hold its dead links against the known ones."""
    from upath import UPath

    from tongbao.scan.client import Client
    from tongbao.scan.crawl import crawl
    from tongbao.scan.crawl_store import CrawlStore, store_path
    from tongbao.scan.evidence import EvidenceStore
    from tongbao.scan.link_checks import check_links
    from tongbao.scan.reading_process import ReadingProcess
    from tongbao.scan.settings import ScanSettings
    from tongbao.scan.site import load_site_rules, reader_for
    from tongbao.scan.site_model import Site
    from tongbao.vocabulary import load_vocabulary

    settings = ScanSettings(
        contact="scan@shiliqi.example",
        private_hosts=(f"127.0.0.1:{port}", f"127.0.0.1:{other_port}"),
        per_host=_AT_ONCE,
        pause_s=0,
        depth=_DEPTH,
        retry_gap_s=_GAP_S,
        words=_WORDS,
    )
    site = Site("1506990001", "示例旗人民政府", f"http://127.0.0.1:{port}/", "1506990001", is_portal=True)

    async def scan(store: CrawlStore, evidence: EvidenceStore) -> dict[str, Any]:
        reader = reader_for(settings, evidence, load_site_rules(), load_vocabulary())
        async with (
            ReadingProcess(lambda: reader_for(settings, None, load_site_rules(), load_vocabulary())) as reading,
            Client(settings) as client,
        ):
            crawled = await crawl(site, client, store, settings, reader=reader, reading=reading, cite=reader.cite, now=_now)
            at = time.perf_counter()
            checked = await check_links(site, client, store, settings, now=_now)
            return {"pages": crawled.read, "checked": checked.checked, "crawl_s": at, "gaps": [str(gap) for gap in crawled.gaps]}

    started = time.perf_counter()
    folder = UPath(scratch / "evidence")
    with (
        CrawlStore(store_path(scratch, site.subject_id)) as store,
        EvidenceStore(folder, "bench", user_agent="bench") as evidence,
    ):
        facts = asyncio.run(scan(store, evidence))
        dead, links = set(), 0
        for link in store.links():
            links += 1
            if link.attempts >= 2 and link.outcome not in ("ok", "blocked"):
                dead.add(link.link)
    seconds = time.perf_counter() - started
    known = build(port, other_port).dead
    return facts | {
        "seconds": seconds,
        "crawl_s": facts["crawl_s"] - started,
        "links": links,
        "dead": len(known),
        "found": len(known & dead),
        "invented": len(dead - known),
        **_used(),
    }


def scrapy_links(port: int) -> dict[str, Any]:
    """Let Scrapy fetch every page of the site and extract its links, with everything turned off that is not asked for."""
    import scrapy
    from scrapy.crawler import CrawlerProcess
    from scrapy.linkextractors import LinkExtractor

    logging.disable(logging.CRITICAL)
    seen = {"pages": 0, "links": 0, "started": 0.0, "ended": 0.0}
    host = f"http://127.0.0.1:{port}/"
    extractor = LinkExtractor()

    class Links(scrapy.Spider):
        name = "links"

        async def start(self) -> Any:
            seen["started"] = time.perf_counter()
            yield scrapy.Request(host)

        def parse(self, response: Any) -> Any:
            seen["ended"] = time.perf_counter()
            if response.status != 200 or b"html" not in response.headers.get("Content-Type", b""):
                return
            seen["pages"] += 1
            for link in extractor.extract_links(response):
                seen["links"] += 1
                if link.url.startswith(host):
                    yield scrapy.Request(link.url)

    process = CrawlerProcess(
        {
            "USER_AGENT": "bench (+scan@shiliqi.example)",
            "ROBOTSTXT_OBEY": True,
            "CONCURRENT_REQUESTS": _AT_ONCE,
            "CONCURRENT_REQUESTS_PER_DOMAIN": _AT_ONCE,
            "DOWNLOAD_DELAY": 0,
            "COOKIES_ENABLED": False,
            "RETRY_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "HTTPERROR_ALLOW_ALL": True,
            "LOG_ENABLED": False,
            "DNSCACHE_ENABLED": False,
            "REFERER_ENABLED": False,
            # It would ask tldextract for the list of public suffixes, which is fetched from outside.
            "DOWNLOADER_MIDDLEWARES": {"scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None},
        }
    )
    process.crawl(Links)
    process.start()
    return {"seconds": seen["ended"] - seen["started"], "pages": seen["pages"], "links": seen["links"], **_used()}


def _used() -> dict[str, float]:
    own, helper = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = [usage.ru_utime + usage.ru_stime for usage in (own, helper)]
    return {"cpu_s": sum(cpu), "helper_cpu_s": cpu[1], "peak_mib": (own.ru_maxrss + helper.ru_maxrss) / 1024}


def _now() -> datetime:
    from tongbao.period import SHANGHAI

    return datetime.now(SHANGHAI)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["crawl", here, there, folder]:
            print(json.dumps(crawl_whole(int(here), int(there), Path(folder))))
        case ["scrapy", here, _]:
            print(json.dumps(scrapy_links(int(here))))
        case _:
            for result in main():
                print(f"{result.name}: {result.seconds:.2f} s, {result.peak_mib:.0f} MiB ({result.budget}); {result.note}")
