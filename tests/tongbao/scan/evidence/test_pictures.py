from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tongbao.scan.evidence.test_store import exchange
from tongbao.feeds import Outcome
from tongbao.scan.client import Exchange
from tongbao.scan.evidence import Browser, EvidenceStore, draw_pictures, find_evidence
from tongbao.scan.evidence.screenshot import Screenshot


def test_pages_that_answered_are_drawn_once(tmp_path: Path) -> None:
    with EvidenceStore(tmp_path, "scan-1") as store:
        page, odd = store.keep(exchange(1)), store.keep(exchange(2))
        others = [store.keep(exchange(3, status=403, outcome=Outcome.BLOCKED)), store.keep(exchange(4, address=None))]
    asked: list[str] = []

    def take(kept: Exchange, **_: Any) -> Screenshot:
        asked.append(kept.final_url)
        return Screenshot(b"png") if kept.final_url.endswith("1.html") else Screenshot(None, "未截图")

    wanted = [page, odd, *others, page, "sha256:" + "0" * 64]
    assert draw_pictures(tmp_path, wanted, scan="scan-1", browser=Browser("x"), take=take) == ["未截图"]
    assert asked == ["http://www.shiliqi.example/1.html", "http://www.shiliqi.example/2.html"]
    found = find_evidence(tmp_path, page)
    assert found is not None
    assert found.screenshot == b"png"
    draw_pictures(tmp_path, [page], browser=Browser("x"), take=take)
    assert len(asked) == 2


def test_no_more_are_drawn_than_allowed(tmp_path: Path) -> None:
    with EvidenceStore(tmp_path, "scan-1") as store:
        ids = [store.keep(exchange(number)) for number in range(5)]
    problems = draw_pictures(tmp_path, ids, most=2, browser=Browser("x"), take=lambda *_, **__: Screenshot(b"png"))
    assert problems == ["已截图2张，其余页面未截图"]
    assert len(list((tmp_path / "screenshots").iterdir())) == 2


def test_without_a_browser_one_sentence_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGBAO_BROWSER", "")
    with EvidenceStore(tmp_path, "scan-1") as store:
        ids = [store.keep(exchange(number)) for number in range(5)]
    (problem,) = draw_pictures(tmp_path, ids)
    assert "没有 Chromium" in problem
