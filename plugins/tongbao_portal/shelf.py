"""What the archive holds, found by the ids of an address. Only what a manifest names is ever found.

Ids are checked before anything is looked for: none of them can be a path, and files are opened by names that stand in a
manifest, never by what a browser asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from tongbao.archive import Archive
from tongbao.errors import ConfigurationError, TongbaoError
from tongbao.feeds import FEEDS
from tongbao.jurisdiction import Jurisdiction, find_jurisdiction, jurisdiction_files
from tongbao.manifests import BatchManifest, EditionManifest, PublicationManifest
from tongbao.period import Period
from tongbao_portal.standing import Standing, standing_of

_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NUMBER = re.compile(r"\d{4,6}")
_NAME = re.compile(r"^name:[ \t]*(?P<name>\S.*)$", re.MULTILINE)


_Filed = TypeVar("_Filed", EditionManifest, PublicationManifest)


class NotFound(TongbaoError):
    """The archive has nothing under an address."""

    def __init__(self) -> None:
        super().__init__("没有这一页", remedy="请核对网址，或从“通报”首页进入")


def checked(identifier: str) -> str:
    """An id as settings may write it; raises NotFound for anything else."""
    if not _ID.fullmatch(identifier):
        raise NotFound
    return identifier


def checked_feed(name: str) -> str:
    if name not in FEEDS:
        raise NotFound
    return name


def checked_period(label: str) -> Period:
    """A period by its very label; raises NotFound for any other writing."""
    try:
        period = Period.parse(label)
    except TongbaoError:
        raise NotFound from None
    if period.label != label:
        raise NotFound
    return period


def find_edition(archive: Archive, jurisdiction: str, circular: str, period: Period, number: str) -> EditionManifest:
    return _numbered(archive.editions(jurisdiction, circular, period), number)


def find_publication(archive: Archive, jurisdiction: str, circular: str, period: Period, number: str) -> PublicationManifest:
    return _numbered(archive.publications(jurisdiction, circular, period), number)


def find_batch(archive: Archive, jurisdiction: str, feed: str, period: Period, folder: str) -> BatchManifest:
    for batch in archive.filed_batches(jurisdiction, feed, period):
        if batch.folder == folder:
            return batch
    raise NotFound


def original_of(batch: BatchManifest) -> str:
    """The name under which a batch keeps the delivered file."""
    for name in batch.files:
        if name.startswith("original/"):
            return name
    raise NotFound


def standing(archive: Archive, jurisdiction: str, circular: str, period: Period, *, has_reviews: bool) -> Standing:
    """How far the circular of one period has come."""
    edition = next(reversed(archive.editions(jurisdiction, circular, period)), None)
    publication = next(reversed(archive.publications(jurisdiction, circular, period)), None)
    return standing_of(
        edition,
        archive.decisions(edition) if edition else (),
        publication,
        archive.withdrawal(publication) if publication else None,
        has_reviews=has_reviews,
    )


def periods_by_circular(archive: Archive, jurisdiction: str) -> dict[str, list[Period]]:
    """The periods each circular of an office has anything for, newest first; circulars as the settings order them."""
    settings = settings_of(jurisdiction)
    found: dict[str, list[Period]] = {circular: [] for circular in (settings.circulars if settings else ())}
    for circular, period in archive.circular_periods(jurisdiction):
        if _ID.fullmatch(circular):
            found.setdefault(circular, []).append(period)
    return {circular: sorted(periods, reverse=True) for circular, periods in found.items()}


def offices(archive: Archive) -> dict[str, str]:
    """Ids and names of all offices, those of the settings first, then those only the archive still knows."""
    known = {path.stem: _name_in(path, path.stat().st_mtime_ns) for path in jurisdiction_files()}
    return known | {name: name for name in archive.jurisdictions() if _ID.fullmatch(name) and name not in known}


def office_name(jurisdiction: str) -> str:
    """What an office is called; its id where its settings are gone or broken."""
    settings = settings_of(jurisdiction)
    return settings.name if settings else jurisdiction


def settings_of(jurisdiction: str) -> Jurisdiction | None:
    """An office's settings; None where they are gone or broken: what was filed stays to be read."""
    try:
        return find_jurisdiction(jurisdiction)
    except ConfigurationError:
        return None


def circular_name(settings: Jurisdiction | None, circular: str) -> str:
    """What operators call a circular."""
    own = settings.circulars.get(circular) if settings else None
    return own.label or "".join(own.name.partition("{period}")[::2]).removeprefix("关于") if own else circular


@lru_cache(maxsize=8192)
def _name_in(path: Path, changed: int) -> str:
    """An office's name, from that line alone: reading thousands of settings whole would take half a minute."""
    found = _NAME.search(path.read_text(encoding="utf-8", errors="replace"))
    try:
        name: Any = yaml.safe_load(found["name"]) if found else None
    except yaml.YAMLError:
        name = None
    return name if isinstance(name, str) else path.stem


def _numbered(filed: Iterable[_Filed], number: str) -> _Filed:
    """The one with this very number; numbers are written with leading zeros, as folders are."""
    if _NUMBER.fullmatch(number):
        for manifest in filed:
            if manifest.folder == number:
                return manifest
    raise NotFound
