"""From a site's checked links to rows of the links feed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tongbao.feeds import Outcome
from tongbao.scan.crawl_records import LinkRecord
from tongbao.scan.outcomes import means_dead
from tongbao.scan.page.model import LinkKind
from tongbao.scan.site_model import Site

_ANSWERING_KEPT = 50
"""Answering links beyond the homepage, delivered to show that links were checked; there may be a hundred thousand."""
_UNSEEN = {LinkKind.SCRIPT, LinkKind.STYLE}


def link_rows(site: Site, links: Iterable[LinkRecord]) -> list[dict[str, Any]]:
    """One row for each link of the homepage, each failing one elsewhere, and some of those that answer.

    A link that stands on many pages is told once for the homepage and once for the rest. Scripts, styles and what visitors
    cannot see are no links in the sense of the clause (D4.3).
    """
    rows: dict[tuple[str, bool], dict[str, Any]] = {}
    answering = 0
    for link in links:
        if link.is_hidden or link.kind in _UNSEEN or (link.link, link.on_homepage) in rows:
            continue
        if link.outcome is Outcome.OK and not link.on_homepage:
            answering += 1
            if answering > _ANSWERING_KEPT:
                continue
        rows[link.link, link.on_homepage] = {
            "subject_id": site.subject_id,
            "page": link.page,
            "link": link.link,
            "on_homepage": link.on_homepage,
            "outcome": link.outcome.value,
            "checked_at": link.checked_at,
            "attempts": _agreeing(link),
        }
    return list(rows.values())


@dataclass(frozen=True, slots=True)
class _Answer:
    outcome: Outcome
    status: int | None
    error: str = ""


def _agreeing(link: LinkRecord) -> int:
    """Tries that count towards death: an answer about the request (405, 406 …) is none, however often it comes."""
    is_doubtful = link.outcome not in (Outcome.OK, Outcome.BLOCKED) and not means_dead(_Answer(link.outcome, link.status))
    return 1 if is_doubtful else max(link.attempts, 1)
