"""What the crawl of a site keeps and tells: pages, links, the tries of targets, and the crawl as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from tongbao.feeds import Outcome
from tongbao.scan.site_model import Gap, Why


class SeenLink(NamedTuple):
    """One link of a page as stored: target's number, kind, whether hidden, and the date a list gives it (20201013 or 0)."""

    target: int
    kind: str
    is_hidden: bool
    day: int


class StoredPage(NamedTuple):
    """One page as the engine keeps it; ``leads_to`` is the target a redirect ended at, ``why`` the gap it left."""

    target: int
    url: str
    final_url: str
    depth: int
    outcome: Outcome
    status: int | None
    fetched_at: datetime
    elapsed_s: float
    tries: int = 1
    title: str = ""
    is_read: bool = False
    leads_to: int | None = None
    why: Why | None = None
    size: int = 0
    etag: str = ""
    modified: str = ""
    error: str = ""
    links: tuple[SeenLink, ...] = ()
    notes: str = "{}"


@dataclass(frozen=True, slots=True)
class PageRecord:
    """One address that was asked for as a page; ``is_read`` where an HTML page came and was read.

    A redirect within the site has ``is_read`` false and ``final_url`` another page of the store. ``depth`` 0 is the homepage
    with what it redirects, refreshes or frames to. ``fetched_at`` carries its offset.
    """

    url: str
    final_url: str
    depth: int
    outcome: Outcome
    status: int | None
    fetched_at: datetime
    elapsed_s: float
    title: str
    is_read: bool
    link_count: int
    error: str = ""
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_homepage(self) -> bool:
        return self.depth == 0


class LinkRecord(NamedTuple):
    """One link of one page and what came of its target, once per page and target.

    ``attempts`` counts the tries, apart in time, that agree on the outcome; a link is dead with at least two of them.
    """

    page: str
    link: str
    on_homepage: bool
    kind: str
    is_hidden: bool
    outcome: Outcome
    checked_at: datetime
    attempts: int
    status: int | None


@dataclass(frozen=True, slots=True)
class Check:
    """The tries of one target so far; ``due_at`` is when the next one may be made, None where none is needed."""

    target: int
    outcome: Outcome
    status: int | None
    error: str
    checked_at: datetime
    tries: int
    agreeing: int
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class CrawlSummary:
    """What a crawl did: addresses asked for as pages, how many were read, failed, and were kept from an earlier scan.

    ``is_complete`` is false where time ran out or the site fell silent: crawling again goes on from there.
    """

    subject_id: str
    pages: int
    read: int
    failed: int
    unchanged: int
    targets: int
    gaps: tuple[Gap, ...]
    is_complete: bool
