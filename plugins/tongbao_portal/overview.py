"""What the index shows: offices, their circulars, the periods of each and how far these have come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from tongbao.archive import Archive
from tongbao.jurisdiction import Jurisdiction
from tongbao.period import Period
from tongbao_portal import shelf
from tongbao_portal.door import Visitor
from tongbao_portal.pages import place
from tongbao_portal.standing import Standing


@dataclass(frozen=True)
class Row:
    """One period of a circular, as one visitor may see it; no link where he may not follow it."""

    period: str
    standing: Standing
    issued_link: str
    draft_link: str
    is_draft_told: bool
    """Whether a draft's state may be told; its note (who sent it back and why) goes with the link."""


@dataclass(frozen=True)
class Section:
    """One circular of an office."""

    name: str
    rows: list[Row]
    has_more: bool


@dataclass(frozen=True)
class Office:
    """One office, as one visitor may see it."""

    id: str
    name: str
    sections: list[Section]
    shows_batches: bool


def office_view(archive: Archive, visitor: Visitor, jurisdiction: str, shown: int) -> Office:
    """An office with the newest ``shown`` periods of each circular."""
    settings = shelf.settings_of(jurisdiction)
    sections = []
    for circular, periods in shelf.periods_by_circular(archive, jurisdiction).items():
        rows = list(islice(_rows(archive, visitor, jurisdiction, circular, settings, periods), shown + 1))
        sections.append(Section(shelf.circular_name(settings, circular), rows[:shown], has_more=len(rows) > shown))
    return Office(jurisdiction, settings.name if settings else jurisdiction, sections, visitor.may_read_batches(jurisdiction))


def _rows(
    archive: Archive, visitor: Visitor, jurisdiction: str, circular: str, settings: Jurisdiction | None, periods: list[Period]
) -> Iterator[Row]:
    own = settings.circulars.get(circular) if settings else None
    may_read = visitor.may_read_drafts(jurisdiction, circular)
    may_know = may_read or visitor.may_know_drafts(jurisdiction, circular)
    for period in periods:
        found = shelf.standing(archive, jurisdiction, circular, period, has_reviews=bool(own and own.reviews))
        if found.publication is None and not may_know:
            continue
        publication, edition = found.publication, found.edition
        where = (jurisdiction, circular, period.label)
        yield Row(
            period=period.title,
            standing=found,
            issued_link=place("publications", *where, publication.folder, "") if publication else "",
            draft_link=place("editions", *where, edition.folder, "") if edition and may_read else "",
            is_draft_told=may_know,
        )
