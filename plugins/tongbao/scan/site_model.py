"""The website a scan is about, and what of it was not scanned and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Site:
    """One website to be scanned; ``address`` is its homepage's, a bare host is read as ``http://host/``."""

    subject_id: str
    name: str
    address: str
    site_code: str | None = None
    is_portal: bool = False


class Why(StrEnum):
    """Why something of a site was not scanned; none of them is a fault of the site."""

    ROBOTS = "robots"
    ROBOTS_UNREACHABLE = "robots_unreachable"
    DEPTH = "depth"
    BUDGET = "budget"
    TIME = "time"
    TRAP_REPETITION = "trap_repetition"
    TRAP_QUERY = "trap_query"
    TRAP_CALENDAR = "trap_calendar"
    TRAP_PATTERN = "trap_pattern"
    BLOCKED = "blocked"
    FAILED = "failed"
    SILENT = "silent"
    """Its host stopped answering, so the rest of it was not asked for."""
    MOVED = "moved"
    """The homepage leads to another site, which is not this one's to answer for."""
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"
    UNTOLD = "untold"
    """This machine could not look properly (a private address, no IPv6, an unknown certificate authority)."""
    UNFINISHED = "unfinished"
    """The scan was broken off and has not been taken up again."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something not scanned: ``count`` addresses like ``url``, the first of them in the order of the scan."""

    url: str
    why: Why
    count: int = 1
