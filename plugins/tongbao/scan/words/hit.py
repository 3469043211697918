"""One suspicion and the row of the findings feed it becomes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tongbao.feeds import State
from tongbao.period import SHANGHAI
from tongbao.scan.site_model import Site

SOURCE = "自动扫描"
_PAGES_NAMED = 5


class Severity(StrEnum):
    """How much a hit matters: ``info`` is never delivered as a finding, ``minor`` only where its list names a clause."""

    SERIOUS = "serious"
    MINOR = "minor"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class WordHit:
    """One suspicion.

    ``start`` and ``end`` are offsets in the text that was searched (both 0 where it was not found in a text); ``found`` and
    ``context`` (some 20 characters to each side) are as they stand there, but for long numbers, which are masked.
    ``description`` is the sentence for the findings feed, from the list's own template.
    """

    word: str
    severity: Severity
    clause: str | None
    context: str
    start: int
    end: int
    list_name: str
    found: str = ""
    suggestion: str = ""
    description: str = ""

    @property
    def is_finding(self) -> bool:
        return self.clause is not None and self.severity is not Severity.INFO


def as_finding(site: Site, page_url: str, hit: WordHit, evidence_id: str, found_at: datetime) -> dict[str, Any] | None:
    """Return the suspicion as a row by the columns of ``feeds.FINDINGS``, or None for what is no more than a hint."""
    rows = as_findings(site, [(page_url, hit, evidence_id)], found_at)
    return rows[0] if rows else None


def as_findings(site: Site, seen: Iterable[tuple[str, WordHit, str]], found_at: datetime) -> list[dict[str, Any]]:
    """Gather suspicions (page, hit, evidence id) of one site into rows: what stands on every page is told once, with its count.

    ``found_at`` carries its offset. Rows are sorted; the state is always ``not_measured``: a person decides.
    """
    places: dict[tuple[str, str, str, str], list[tuple[str, WordHit, str]]] = {}
    for page_url, hit, evidence_id in seen:
        if hit.clause is not None and hit.is_finding:
            places.setdefault((hit.clause, hit.list_name, hit.word, hit.found), []).append((page_url, hit, evidence_id))
    rows = [_row(site, key[0], group, found_at) for key, group in places.items()]
    return sorted(rows, key=lambda row: (row["clause"], row["description"], row["evidence"]))


def _row(site: Site, clause: str, group: list[tuple[str, WordHit, str]], found_at: datetime) -> dict[str, Any]:
    group = sorted(group, key=lambda place: (place[0], place[1].start))
    cited = list(dict.fromkeys(f"{evidence_id} {page_url}".strip() for page_url, _, evidence_id in group))
    return {
        "subject_id": site.subject_id,
        "clause": clause,
        "state": State.NOT_MEASURED.value,
        "count": len(group),
        "description": group[0][1].description,
        "evidence": "；".join(cited[:_PAGES_NAMED]),
        "found_at": found_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "source": SOURCE,
        "inspector": "",
    }
