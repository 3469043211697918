"""Pictures of cited pages: which ones, how many, and never instead of the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tongbao.feeds import Outcome
from tongbao.period import SHANGHAI
from tongbao.scan import pictures
from tongbao.scan.client import Exchange
from tongbao.scan.evidence import Browser, EvidenceStore
from tongbao.scan.evidence.screenshot import Screenshot
from tongbao.scan.settings import ScanSettings

AT = datetime(2020, 9, 30, 10, tzinfo=SHANGHAI)
SETTINGS = ScanSettings(contact="scan@shiliqi.example", screenshots=True)


@pytest.fixture
def evidence(tmp_path: Path) -> Iterator[EvidenceStore]:
    with EvidenceStore(tmp_path / "evidence", "scan") as store:
        yield store


def findings(evidence: EvidenceStore, number: int, state: str = "breached") -> list[dict[str, Any]]:
    rows = []
    for place in range(number):
        url = f"http://www.shiliqi.example/{state}/{place}.html"
        exchange = Exchange(url, url, Outcome.OK, AT, 200, (("Content-Type", "text/html"),), b"<p>x</p>", address="192.0.2.1")
        rows.append({"state": state, "evidence": f"{evidence.keep(exchange)} {url}"})
    evidence.sync()
    return rows


def drawing(monkeypatch: pytest.MonkeyPatch, result: Screenshot, browser: Browser | None) -> list[str]:
    drawn: list[str] = []

    def take(exchange: Exchange, **_: Any) -> Screenshot:
        drawn.append(exchange.final_url)
        return result

    monkeypatch.setattr(pictures, "take_screenshot", take)
    monkeypatch.setattr(pictures, "find_browser", lambda: browser)
    return drawn


def test_breaches_come_first_and_five_are_enough(evidence: EvidenceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = drawing(monkeypatch, Screenshot(b"png"), Browser("chromium"))
    rows = findings(evidence, 3, "not_measured") + findings(evidence, 4)
    assert pictures.picture_findings([rows], evidence, SETTINGS) == []
    assert [url.split("/")[3] for url in drawn] == ["breached"] * 4 + ["not_measured"]
    pictures.picture_findings([rows], evidence, SETTINGS)
    assert len(drawn) == 5


def test_without_a_browser_one_sentence_is_told(evidence: EvidenceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = drawing(monkeypatch, Screenshot(None, "本机没有浏览器"), None)
    sites = [findings(evidence, 3), findings(evidence, 2, "met")]
    assert pictures.picture_findings(sites, evidence, SETTINGS) == ["本机没有浏览器"]
    assert len(drawn) <= 5
