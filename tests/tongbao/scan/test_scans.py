"""Whole scans against the fictional websites on loopback: broken off and taken up again, partial, and failing on one site."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from samples.scan.demo import OFFICE, RECEIVED_AT, SCANNED_AT, Demo
from samples.scan.planting import demo_sites
from samples.scan.serving import Server

from tongbao.cli import main
from tongbao.errors import ConfigurationError, TongbaoError
from tongbao.jurisdiction import find_jurisdiction
from tongbao.scan import scans, site_scans
from tongbao.scan.site_scans import SiteScan, crawl_sites

pytestmark = pytest.mark.whole

PORTAL, WALLED = "1506990001", "1506990008"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Demo, Server]]:
    """The demo's websites, its home and its roster; nothing scanned yet."""
    demo = Demo(tmp_path_factory.mktemp("scans"), say=lambda sentence: None)
    sites = {key: site for key, site in demo_sites().items() if key in (PORTAL, WALLED)}
    with Server(sites) as server, demo.home(server):
        demo.take_in_roster(server)
        yield demo, server


@pytest.fixture(autouse=True)
def _at_home(_own_archive: None, served: tuple[Demo, Server], monkeypatch: pytest.MonkeyPatch) -> None:
    demo, _ = served
    monkeypatch.setenv("TONGBAO_HOME", str(demo.folder / "home"))
    monkeypatch.setenv("TONGBAO_ARCHIVE", str(demo.folder / "archive"))


def crawled(server: Server, folder: Path, *, pages: int = 0, stop_after_s: float | None = None, **changed: Any) -> list[SiteScan]:
    settings = scans.scan_settings(find_jurisdiction(OFFICE)).model_copy(update=changed)
    scan = scans.begin_scan(OFFICE, folder, at=SCANNED_AT, pages_a_site=pages)
    begun = time.monotonic()

    def now() -> datetime:
        return SCANNED_AT + timedelta(seconds=time.monotonic() - begun)

    async def run() -> list[SiteScan]:
        async with asyncio.timeout(stop_after_s):
            return await crawl_sites(scan, scans.sites_of(OFFICE, SCANNED_AT), settings, lookup=server.lookup, now=now)

    return asyncio.run(run())


def told(scanned: list[SiteScan]) -> dict[str, Any]:
    """All rows but for the instants at which links were tried."""
    return {
        found.site.subject_id: {
            "updates": found.rows.updates,
            "links": [{name: value for name, value in row.items() if name != "checked_at"} for row in found.rows.links],
            "findings": found.rows.findings,
            "gaps": found.rows.gaps,
        }
        for found in scanned
    }


def test_a_scan_broken_off_ends_with_the_rows_of_an_unbroken_one(served: tuple[Demo, Server], tmp_path: Path) -> None:
    _, server = served
    whole = crawled(server, tmp_path / "whole")
    broken = 0
    for stop_after_s in (0.05, 0.1, 0.15, 0.3):
        try:
            crawled(server, tmp_path / "broken", stop_after_s=stop_after_s)
        except TimeoutError:
            broken += 1
    assert broken > 0
    assert told(crawled(server, tmp_path / "broken")) == told(whole)


def test_a_sample_says_what_it_did_not_read(served: tuple[Demo, Server], tmp_path: Path) -> None:
    _, server = served
    [portal, _] = crawled(server, tmp_path, pages=6)
    assert not portal.rows.is_whole
    assert [row["section"] for row in portal.rows.updates] in ([], ["首页"])
    states = {row["clause"]: row["state"] for row in portal.rows.findings}
    assert states["D1.4.1"] == "not_measured"
    assert states["D4.9.1"] == "breached"
    assert any("超过页数限制" in gap for gap in portal.rows.gaps)


def test_a_resolver_that_knows_no_ipv6_proves_nothing(served: tuple[Demo, Server], tmp_path: Path) -> None:
    _, server = served
    portal = f"http://{demo_sites()[PORTAL].host}:{server.port}/"
    states = {}
    for name, references in (("none", ()), ("without", (portal,)), ("with", (portal, f"http://news.example:{server.port}/"))):
        [found, _] = crawled(server, tmp_path / name, pages=1, reference_addresses=references)
        [states[name]] = [row["state"] for row in found.rows.findings if row["clause"] == "D4.9.1"]
    assert states == {"none": "breached", "without": "not_measured", "with": "breached"}


def test_a_scan_keeps_its_instant(served: tuple[Demo, Server], tmp_path: Path) -> None:
    first = scans.begin_scan(OFFICE, tmp_path, at=SCANNED_AT, pages_a_site=7, wanted=[PORTAL])
    assert scans.begin_scan(OFFICE, tmp_path, at=RECEIVED_AT) == first
    assert (first.period, first.pages_a_site, first.wanted) == ("2020-Q3", 7, (PORTAL,))


def test_one_site_that_goes_wrong_does_not_cost_the_others(
    served: tuple[Demo, Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, server = served
    conclude = site_scans.conclude

    def failing(site: Any, *arguments: Any, **facts: Any) -> Any:
        if site.subject_id == PORTAL:
            raise RuntimeError("broken")
        return conclude(site, *arguments, **facts)

    monkeypatch.setattr(site_scans, "conclude", failing)
    [portal, walled] = crawled(server, tmp_path)
    assert portal.error == "RuntimeError: broken"
    assert not portal.rows.findings
    assert {row["state"] for row in walled.rows.findings} == {"blocked"}


def test_unknown_sites_are_told(served: tuple[Demo, Server]) -> None:
    with pytest.raises(TongbaoError, match="9999999999"):
        scans.sites_of(OFFICE, SCANNED_AT, ["9999999999"])


class TestCommands:
    """What a person sees who types ``tongbao scan …``."""

    @pytest.fixture(autouse=True)
    def _on_loopback(self, served: tuple[Demo, Server], monkeypatch: pytest.MonkeyPatch) -> None:
        """The commands know no resolver of their own: the client is given the demo's."""
        _, server = served
        client = scans.Client
        for module in (scans, site_scans):
            monkeypatch.setattr(module, "Client", lambda *a, **how: client(*a, **(how | {"resolver": server.lookup})))
        monkeypatch.setenv("COLUMNS", "200")

    def test_probe(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["scan", "probe"]) == 0
        shown = capsys.readouterr().out
        assert "应探测2个，已探测2个" in shown
        assert "被拦截1个" in shown

    def test_crawl_then_evidence(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["scan", "crawl", PORTAL, "--folder", str(tmp_path / "scan"), "--sample"]) == 0
        shown = capsys.readouterr().out
        assert "D4.9.1" in shown
        assert "退回0行" in shown
        assert main(["evidence", PORTAL, "--clause", "D4.9.1", "--to", str(tmp_path / "out")]) == 0
        explanation = Path(capsys.readouterr().out.splitlines()[0])
        assert explanation.name == "说明.html"
        assert "D4.9.1" in explanation.read_text(encoding="utf-8")

    def test_evidence_that_is_not_there(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["evidence", WALLED, "--clause", "VW1.1", "--to", str(tmp_path)]) == 1
        assert "没有找到" in capsys.readouterr().err

    def test_an_office_without_settings(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        office = find_jurisdiction(OFFICE).model_copy(update={"scan": None})
        with pytest.raises(ConfigurationError, match="contact"):
            scans.scan_settings(office)
