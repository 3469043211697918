"""A round of crawls in pieces: planned once, gone on with after a failure, gathered however many pieces ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tongbao.errors import SourceUnavailable, TongbaoError
from tongbao.feeds import State
from tongbao.period import SHANGHAI
from tongbao.scan.crawl_round import CrawlRound, Extent
from tongbao.scan.site import SiteRows
from tongbao.scan.site_model import Site
from tongbao.scan.site_scans import SiteScan

DUE = datetime(2020, 9, 15, 1, 30, tzinfo=SHANGHAI)
SITES = [Site(f"15069900{number:02d}", f"示例网{number}", f"http://s{number}.shiliqi.example") for number in range(20)]


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TONGBAO_HOME", str(tmp_path))
    monkeypatch.setenv("TONGBAO_ARCHIVE", str(tmp_path / "archive"))
    return tmp_path


class Crawler:
    """Scans every site but those that are ``down``."""

    def __init__(self, *down: str) -> None:
        self.down, self.folders = down, list[Path]()

    def __call__(self, folder: Path, sites: Sequence[Site]) -> list[SiteScan]:
        folder.mkdir(parents=True, exist_ok=True)
        self.folders.append(folder)
        return [self.scan(site) for site in sites]

    def scan(self, site: Site) -> SiteScan:
        if site.subject_id in self.down:
            return SiteScan(site, SiteRows(site.subject_id), error="OSError: disk")
        update = {"subject_id": site.subject_id, "section": "要闻", "section_class": "news", "observed_at": DUE}
        finding = {"subject_id": site.subject_id, "clause": "D4.2", "state": State.BREACHED, "found_at": DUE, "count": 1}
        rows = SiteRows(
            site.subject_id, [update | {"last_published_at": None}], [], [finding], ["3页没有读"], is_whole=True, pages_read=7
        )
        return SiteScan(site, rows, is_complete=True, links_complete=True)


def test_pieces_cover_the_sites_a_round_was_planned_with() -> None:
    made = CrawlRound("shiliqi", Extent.SAMPLE, DUE)
    pieces = made.plan(SITES)
    assert [(piece["first"], piece["after"]) for piece in pieces] == [(0, 16), (16, 20)]
    assert CrawlRound("shiliqi", Extent.SAMPLE, DUE).plan(SITES[:3]) == pieces
    assert len(CrawlRound("shiliqi", Extent.WHOLE, DUE).plan(SITES[:3])) == 1


def test_a_national_round_stays_within_what_airflow_maps() -> None:
    sites = [Site(f"{number:010d}", "示例", "http://s.example") for number in range(40_001)]
    pieces = CrawlRound("shiliqi", Extent.WHOLE, DUE).plan(sites)
    assert len(pieces) <= 1000
    assert pieces[-1]["after"] == len(sites)


def test_rows_come_back_as_they_were() -> None:
    made = CrawlRound("shiliqi", Extent.WHOLE, DUE)
    crawler = Crawler()
    for piece in made.plan(SITES):
        made.crawl(piece, crawler)
    gathered = made.gather()
    assert list(gathered.scanned) == [crawler.scan(site) for site in SITES]
    assert gathered.missing == ()
    assert gathered.summary == "应扫描20个网站，完成20个（其中全站20个），共读取140页"
    assert gathered.gaps[0] == "示例网0（1506990000）：3页没有读"


def test_a_piece_that_came_through_is_not_crawled_again_and_a_failed_one_is() -> None:
    made = CrawlRound("shiliqi", Extent.WHOLE, DUE)
    first, second = made.plan(SITES)
    sound, broken = Crawler(), Crawler("1506990018")
    made.crawl(first, sound)
    made.crawl(first, sound)
    assert len(sound.folders) == 1
    with pytest.raises(SourceUnavailable, match="示例网18"):
        made.crawl(second, broken)
    assert "示例网18（1506990018）：扫描出错（OSError: disk）" in made.gather().gaps
    assert len(made.gather().scanned) == 20
    made.crawl(second, sound)
    assert sound.folders == [broken.folders[0]] * 2
    assert made.gather().summary.startswith("应扫描20个网站，完成20个")


def test_sites_of_pieces_that_never_ended_are_named() -> None:
    made = CrawlRound("shiliqi", Extent.WHOLE, DUE)
    first, _ = made.plan(SITES)
    made.crawl(first, Crawler())
    gathered = made.gather()
    assert [site.subject_id for site in gathered.missing] == [site.subject_id for site in SITES[16:]]
    assert gathered.gaps[0].endswith("本轮没有扫描完，下一轮再扫描")


def test_a_round_never_planned_says_so() -> None:
    with pytest.raises(TongbaoError, match="没有清点网站"):
        CrawlRound("shiliqi", Extent.WHOLE, DUE).gather()


def test_old_rounds_go_from_the_archive() -> None:
    old, new = (CrawlRound("shiliqi", Extent.WHOLE, DUE + timedelta(days=days)) for days in (0, 41))
    for made in (old, new):
        made.crawl(made.plan(SITES[:2])[0], Crawler())
    new.tidy()
    assert len(new.gather().scanned) == 2
    with pytest.raises(TongbaoError):
        old.gather()


def test_only_the_stores_of_the_last_whole_round_stay() -> None:
    rounds = [
        CrawlRound("shiliqi", extent, DUE + timedelta(days=days))
        for days, extent in enumerate([Extent.WHOLE, Extent.SAMPLE, Extent.WHOLE, Extent.SAMPLE])
    ]
    folders = []
    for made in rounds:
        crawler = Crawler()
        made.crawl(made.plan(SITES[:2])[0], crawler)
        folders += crawler.folders
    assert [made.earlier_stores() for made in rounds] == [None] * 4
    rounds[0].tidy()
    assert [made.earlier_stores() for made in rounds] == [None, *[folders[0]] * 3]
    rounds[1].tidy()
    assert [folder.exists() for folder in folders] == [True, False, True, True]
    rounds[3].tidy()
    # The second whole round is still under way.
    assert [folder.exists() for folder in folders] == [True, False, True, False]
    rounds[2].tidy()
    assert [folder.exists() for folder in folders] == [False, False, True, False]
    assert rounds[3].earlier_stores() == folders[2]
