"""One round of an office's crawls in pieces that may run on several machines: plan, crawl, gather.

A round lies under ``<extent>/<instant due>/`` of the archive: the sites it is about, and one file a piece with what each of
its sites came to. The stores of the crawls are local to the machine and let a broken-off piece go on where it was.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, TypedDict

from upath import UPath

from tongbao.archive import Archive
from tongbao.errors import SourceUnavailable, TongbaoError
from tongbao.feeds import FEEDS, ColumnType
from tongbao.home import state_folder
from tongbao.scan.pieces import SITES, fix_sites, named, packed, piece_file, piece_files, sites_of_round
from tongbao.scan.site import SiteRows
from tongbao.scan.site_model import Site
from tongbao.scan.site_scans import SiteScan
from tongbao.storage import names_in, write_file

SITES_A_PIECE = 16
"""As many as a crawl scans side by side."""
KEPT = timedelta(days=40)
_ENDED = "ended"
"""Marks the stores of a whole round that nothing is written to any more."""
_FEEDS = ("updates", "links", "findings")

Crawler = Callable[[Path, Sequence[Site]], Sequence[SiteScan]]
"""Crawls sites with their stores in a folder, going on where that was left."""


class Extent(StrEnum):
    """How much of each site a round reads."""

    SAMPLE = "sample"
    WHOLE = "whole"


class Piece(TypedDict):
    """Some sites of one round, by their places in its list."""

    extent: str
    due: str
    first: int
    after: int


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a round came to: the sites scanned, and those of pieces that never ended."""

    scanned: tuple[SiteScan, ...]
    missing: tuple[Site, ...]

    @property
    def gaps(self) -> list[str]:
        """Every site that was not scanned whole, and why, a line each."""
        lines = [f"{site.name}（{site.subject_id}）：本轮没有扫描完，下一轮再扫描" for site in self.missing]
        for found in self.scanned:
            name = f"{found.site.name}（{found.site.subject_id}）"
            if found.error:
                lines.append(f"{name}：扫描出错（{found.error}）")
            lines.extend(f"{name}：{gap}" for gap in found.rows.gaps)
        return lines

    @property
    def summary(self) -> str:
        sound = [found for found in self.scanned if not found.error]
        whole = sum(found.rows.is_whole for found in sound)
        pages = sum(found.rows.pages_read for found in sound)
        return f"应扫描{len(self.scanned) + len(self.missing)}个网站，完成{len(sound)}个（其中全站{whole}个），共读取{pages}页"


class CrawlRound:
    """One round of one office."""

    def __init__(self, jurisdiction_id: str, extent: Extent, due: datetime) -> None:
        self._jurisdiction_id, self._extent, self._due = jurisdiction_id, extent, due
        self._folder = Archive.open().crawls_folder(jurisdiction_id) / extent / named(due)

    def plan(self, sites: Sequence[Site]) -> list[Piece]:
        """Fix the round's sites and part them into pieces; a round planned before keeps the sites it had."""
        due = self._due.isoformat()
        return [
            {"extent": self._extent.value, "due": due, "first": first, "after": after}
            for first, after in fix_sites(self._folder, sites, SITES_A_PIECE)
        ]

    def crawl(self, piece: Piece, crawler: Crawler) -> str:
        """Crawl one piece unless its file says that it came through; return what it came to, in a sentence.

        Raises:
            SourceUnavailable: a site could not be scanned; what the others came to is kept, and trying again goes on from there.
        """
        path = piece_file(self._folder, piece["first"], piece["after"])
        if not path.exists() or any(found.error for found in _read(path)):
            made = crawler(self._stores(), sites_of_round(self._folder)[piece["first"] : piece["after"]])
            write_file(path, packed([_plain(found) for found in made]))
        found = _read(path)
        if broken := [each for each in found if each.error]:
            raise SourceUnavailable(
                f"{len(broken)}个网站没有扫描成功，如{broken[0].site.name}（{broken[0].error}）",
                remedy="将自动再试，从中断处继续；其余网站的结果已保留",
            )
        return Gathered(tuple(found), ()).summary

    def gather(self) -> Gathered:
        """All that the round's pieces came to, however many ended.

        Raises:
            TongbaoError: the round was never planned.
        """
        if not (self._folder / SITES).exists():
            raise TongbaoError(
                "本轮还没有清点网站，没有可以接收的扫描结果", remedy="请先查看“清点网站”任务的日志，改正后重新运行"
            )
        scanned = [found for path in piece_files(self._folder) for found in _read(path)]
        known = {found.site.subject_id for found in scanned}
        return Gathered(tuple(scanned), tuple(site for site in sites_of_round(self._folder) if site.subject_id not in known))

    def earlier_stores(self) -> Path | None:
        """The stores of the last whole round on this machine, whose pages need only be asked whether they have changed."""
        return max((folder for folder in self._older_stores() if (folder / _ENDED).exists()), default=None)

    def tidy(self) -> None:
        """Remove what a delivered round leaves: its stores, but those of the last whole round, and rounds older than ``KEPT``."""
        oldest = named(self._due - KEPT)
        rounds = self._folder.parent
        for name in names_in(rounds):
            if name < oldest:
                (rounds / name).fs.rm((rounds / name).path, recursive=True)
        if self._extent is Extent.WHOLE and self._stores().exists():
            (self._stores() / _ENDED).touch()
        kept = self._stores() if self._extent is Extent.WHOLE else self.earlier_stores()
        for folder in [*self._older_stores(), self._stores()]:
            # A whole round may go on while samples come and go.
            is_under_way = f"{Extent.WHOLE}-{oldest}" < folder.name and not (folder / _ENDED).exists()
            if folder != kept and not is_under_way:
                shutil.rmtree(folder, ignore_errors=True)

    def _older_stores(self) -> list[Path]:
        """What rounds that were due before this one left on this machine."""
        stores = self._stores().parent
        due = named(self._due)
        return [folder for folder in stores.iterdir() if folder.name.partition("-")[2] < due] if stores.exists() else []

    def _stores(self) -> Path:
        return state_folder() / "crawls" / self._jurisdiction_id / f"{self._extent}-{named(self._due)}"


def _plain(found: SiteScan) -> dict[str, Any]:
    fields = asdict(found)
    for feed in _FEEDS:
        fields["rows"][feed] = [
            {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
            for row in fields["rows"][feed]
        ]
    return fields


def _read(path: UPath) -> list[SiteScan]:
    return [_scan(fields) for fields in json.loads(path.read_bytes())]


def _scan(fields: dict[str, Any]) -> SiteScan:
    rows = fields["rows"] | {feed: _rows(feed, fields["rows"][feed]) for feed in _FEEDS}
    return SiteScan(**(fields | {"site": Site(**fields["site"]), "rows": SiteRows(**rows)}))


def _rows(feed: str, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    instants = [column.name for column in FEEDS[feed].columns if column.type is ColumnType.INSTANT]
    return [
        row | {name: datetime.fromisoformat(row[name]) for name in instants if isinstance(row.get(name), str)} for row in rows
    ]
