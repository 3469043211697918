"""Reading in a process of its own comes to the same as reading here, and its end is noticed."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.tongbao.scan.loopback import settings
from tests.tongbao.scan.sample_site import HOST, SITE, START, Clock, SampleClient, count_links, crawled, page, rows
from tongbao.feeds import Outcome
from tongbao.scan.client import Exchange
from tongbao.scan.crawl import crawl
from tongbao.scan.crawl_store import CrawlStore
from tongbao.scan.page import PageFacts
from tongbao.scan.reading_process import Reader, ReadingProcess, read_here
from tongbao.scan.site_model import Site

BODY = (
    '<html><head><meta charset="utf-8"><title>示例</title></head><body><ul>'
    + "".join(f'<li><a href="/t{day}.html">示例信息标题第{day}条</a><span>2020-09-{day:02d}</span></li>' for day in range(1, 9))
    + "</ul></body></html>"
).encode()


def exchange(path: str = "/", body: bytes = BODY) -> Exchange:
    return Exchange(HOST + path, HOST + path, Outcome.OK, START, 200, (("Content-Type", "text/html"),), body)


def make_reader() -> Reader:
    return count_links


def failing(site: Site, exchange: Exchange, facts: PageFacts) -> Mapping[str, Any]:
    raise LookupError(exchange.url)


def make_failing() -> Reader:
    return failing


@pytest.mark.parametrize("is_alone", [True, False])
def test_it_reads_what_is_read_here(is_alone: bool) -> None:
    async def run() -> None:
        async with ReadingProcess(make_reader) as reading:
            read = await asyncio.gather(*(reading.read(SITE, exchange(f"/{number}")) for number in range(20)))
            assert read == [read_here(SITE, exchange(f"/{number}"), count_links) for number in range(20)]
            assert read[0].notes == {"links": 8, "title": "示例"}
            assert read[0].links[2] == (f"{HOST}/t3.html", "anchor", False, 20200903)

    other = threading.Event()
    if not is_alone:
        threading.Thread(target=other.wait, args=(30,), daemon=True).start()
    try:
        asyncio.run(run())
    finally:
        other.set()


def test_an_exchange_arrives_as_it_was() -> None:
    sent = replace(exchange(), is_truncated=True, elapsed_s=1.5, redirects=(HOST,), error="half_body", address="::1", family=6)
    assert pickle.loads(pickle.dumps(sent)) == sent


def test_what_the_reader_raises_is_raised_here() -> None:
    async def run() -> None:
        async with ReadingProcess(make_failing) as reading:
            with pytest.raises(LookupError, match="/a"):
                await reading.read(SITE, exchange("/a"))

    asyncio.run(run())


def test_its_death_is_an_error_and_not_a_hang() -> None:
    async def run() -> None:
        async with ReadingProcess(make_reader) as reading:
            await reading.read(SITE, exchange())
            os.kill(reading.process_id, signal.SIGKILL)
            while True:
                await reading.read(SITE, exchange())

    with pytest.raises(RuntimeError, match="ended"):
        asyncio.run(asyncio.wait_for(run(), 20))


def test_it_ends_with_the_scan() -> None:
    async def run() -> int:
        async with ReadingProcess(make_reader) as reading:
            return reading.process_id

    process = asyncio.run(run())
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_crawl_with_it_gives_the_same_rows(tmp_path: Path) -> None:
    answers = {"/": page("/a", "/b"), "/a": page("/"), "/b": page("/c"), "/c": page()}
    crawled(tmp_path / "here.sqlite", SampleClient(answers))

    async def run() -> None:
        async with ReadingProcess(make_reader) as reading:
            with CrawlStore(tmp_path / "there.sqlite") as store:
                client: Any = SampleClient(answers)
                await crawl(
                    SITE, client, store, settings(), reading=reading, cite=lambda site, sent, notes: notes, now=Clock().now
                )

    asyncio.run(run())
    assert rows(tmp_path / "here.sqlite") == rows(tmp_path / "there.sqlite")
