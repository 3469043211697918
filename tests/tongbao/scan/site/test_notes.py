"""What is noted of a page, and which pages' evidence is kept, whatever the order and however often a scan was broken off."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from samples.scan.building import healthy_sites, pages

from tests.tongbao.scan.site.records import AT, HOST, RULES, SITE, VOCABULARY
from tongbao.feeds import Outcome
from tongbao.scan.client import Exchange
from tongbao.scan.page import read_page
from tongbao.scan.settings import ScanSettings
from tongbao.scan.site import PageReader, reader_for
from tongbao.scan.site.notes import place_of, read_hit

SETTINGS = ScanSettings(contact="scan@shiliqi.example", words=("institution-names",))


class Kept:
    """Stands in for the evidence store."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    def keep(self, exchange: Exchange) -> str:
        self.urls.append(exchange.url)
        return f"sha256:{place_of(exchange.url):064x}"


def reader(evidence: Kept | None = None) -> PageReader:
    return reader_for(SETTINGS, evidence, RULES, VOCABULARY)


def read(made: PageReader, path: str, body: str | bytes) -> dict[str, Any]:
    data = body.encode() if isinstance(body, str) else body
    exchange = Exchange(HOST + path, HOST + path, Outcome.OK, AT, 200, (("Content-Type", "text/html; charset=utf-8"),), data)
    notes = made(SITE, exchange, read_page(exchange.final_url, exchange.body, exchange.content_type))
    assert json.loads(json.dumps(notes)) == notes
    return notes


@pytest.fixture(scope="module")
def healthy() -> dict[str, bytes]:
    site = healthy_sites()["1506990001"]
    return {path: answer.body for path, answer in pages(site).items() if answer.content_type.startswith("text/html")}


def test_a_page_in_order_is_noted_in_few_words(healthy: dict[str, bytes]) -> None:
    path = next(path for path in healthy if path.startswith("/zwdt/yw/2020"))
    notes = read(reader(), path, healthy[path])
    assert notes == {
        "article": True,
        "published": "2020-09-28T09:30+08:00",
        "column": ["要闻动态", "新闻"],
        "search": True,
    }


def test_a_section_s_entries_are_noted(healthy: dict[str, bytes]) -> None:
    notes = read(reader(), "/zwgk/tzgg/", healthy["/zwgk/tzgg/"])
    assert notes["is_section"]
    assert notes["section"]["items"] == 4
    assert 0 < notes["beside"] < 300
    assert notes["section"]["dates"][0].startswith("2020-09-28")
    assert "without" not in notes


def test_what_is_missing_is_noted() -> None:
    notes = read(reader(), "/a.html", "<html><title>页面</title><p>没有任何标识的页面</p></html>")
    assert set(notes["without"]["footer"]) == set(RULES.footer_items)
    assert notes["without"]["tags"] == list(RULES.tags.site)
    assert notes["no_jiucuo"]


def test_counterparts_are_told_by_the_words_of_links(healthy: dict[str, bytes]) -> None:
    path = next(path for path in healthy if path.startswith("/zwgk/zcjd/2020"))
    notes = read(reader(), path, healthy[path])
    assert notes["class"] == "interpretation"
    assert all("/zwgk/zcwj/2020" in url for url in notes["related"])
    assert notes["related"]


def test_hits_survive_being_written_down() -> None:
    notes = read(reader(), "/a.html", "<html><body><p>据国务院办公室通知</p></body></html>")
    [hit] = [read_hit(hit) for hit in notes["hits"]]
    assert hit.is_finding
    assert "国务院办公室" in hit.description


def test_evidence_is_kept_of_the_homepage_and_of_few_others() -> None:
    kept = Kept()
    made = reader(kept)
    for number in range(500):
        read(made, f"/x/{number}.html", "<html><title>页面</title><p>没有任何标识的页面</p></html>")
    read(made, "/", "<html><title>首页</title></html>")
    assert f"{HOST}/" in kept.urls
    assert len(kept.urls) < 100


def test_the_pages_a_finding_cites_have_evidence_whatever_happened() -> None:
    """In any order, and taken up again half-way by a reader that knows nothing of before."""
    paths = [f"/x/{number}.html" for number in range(120)]
    body = "<html><title>页面</title><p>没有任何标识的页面</p></html>"
    cited = sorted(paths, key=lambda path: place_of(HOST + path))[: RULES.samples.cited]
    for seed in range(3):
        order = random.Random(seed).sample(paths, len(paths))
        kept = Kept()
        first, second = reader(kept), reader(kept)
        for number, path in enumerate(order):
            read(first if number < 70 else second, path, body)
        assert {HOST + path for path in cited} <= set(kept.urls)
