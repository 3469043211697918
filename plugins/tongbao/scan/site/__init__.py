"""All pages of one site → rows of the updates, links and findings feeds; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from tongbao.feeds import Outcome, State
from tongbao.scan.crawl_records import LinkRecord, PageRecord
from tongbao.scan.page.model import PageFacts
from tongbao.scan.settings import ScanSettings
from tongbao.scan.site.checks import SOURCE, Ipv6Check, SiteChecks
from tongbao.scan.site.link_rows import link_rows
from tongbao.scan.site.notes import Evidence, PageReader, page_notes
from tongbao.scan.site.rules import SiteRules, load_site_rules
from tongbao.scan.site.sections import read_sections
from tongbao.scan.site_model import Gap, Site
from tongbao.scan.words import WordHit, WordLists, hidden_links, personal_data
from tongbao.vocabulary import Vocabulary

__all__ = [
    "Evidence",
    "Ipv6Check",
    "PageReader",
    "SiteRows",
    "SiteRules",
    "conclude",
    "load_site_rules",
    "page_notes",
    "reader_for",
]

_GAPS_TOLD = 8


@dataclass(frozen=True, slots=True)
class SiteRows:
    """What a scan of one site concludes: rows by the columns of their feeds, and what could not be looked at.

    ``gaps`` and ``notices`` are sentences for the scan's summary. ``is_whole``: the rows stand for the whole site and replace
    what earlier scans of the period said of it.
    """

    subject_id: str
    updates: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    is_whole: bool = False
    pages_read: int = 0


def conclude(
    site: Site,
    pages: Sequence[PageRecord],
    links: Callable[[], Iterable[LinkRecord]],
    gaps: Sequence[Gap],
    settings: ScanSettings,
    observed_at: datetime,
    *,
    rules: SiteRules,
    vocabulary: Vocabulary,
    ipv6: Ipv6Check | None = None,
) -> SiteRows:
    """Conclude what the pages of one site show as of ``observed_at`` (with offset); ``links`` may be asked more than once.

    Where the homepage was not read, every clause a scan could decide is told as blocked or not measured.
    """
    home = [page for page in pages if page.is_homepage]
    if not any(page.is_read for page in home):
        findings = _unread(site, home, observed_at, rules)
        return SiteRows(site.subject_id, findings=findings, gaps=_told_gaps(gaps, rules), links=link_rows(site, links()))
    sections = read_sections(site, pages, links, gaps, settings, rules, vocabulary, observed_at)
    told = [*_told_gaps(gaps, rules), *sections.gaps]
    limits = [] if sections.is_whole else told
    checks = SiteChecks(site, pages, links, rules, sections.class_of, "；".join(limits[:_GAPS_TOLD]), ipv6)
    findings = checks.findings(observed_at)
    if not sections.is_whole:
        why = rules.describe("not_whole", gaps="；".join(told[:_GAPS_TOLD]))
        findings += [_said(site, clause, State.NOT_MEASURED, why, observed_at) for clause in rules.clauses.sections]
    return SiteRows(
        subject_id=site.subject_id,
        updates=sections.rows,
        links=link_rows(site, links()),
        findings=findings,
        gaps=told,
        notices=_notices(pages, rules),
        is_whole=sections.is_whole,
        pages_read=sum(page.is_read for page in pages),
    )


def _unread(site: Site, home: Sequence[PageRecord], found_at: datetime, rules: SiteRules) -> list[dict[str, Any]]:
    is_blocked = any(page.outcome is Outcome.BLOCKED for page in home)
    state = State.BLOCKED if is_blocked else State.NOT_MEASURED
    outcomes = "、".join(dict.fromkeys(page.outcome.value for page in home)) or "—"
    why = rules.describe("blocked") if is_blocked else rules.describe("unread", why=outcomes)
    return [_said(site, clause, state, why, found_at) for clause in rules.clauses.all]


def _said(site: Site, clause: str, state: State, why: str, found_at: datetime) -> dict[str, Any]:
    return {
        "subject_id": site.subject_id,
        "clause": clause,
        "state": state.value,
        "count": 0,
        "description": why,
        "evidence": "",
        "found_at": found_at,
        "source": SOURCE,
        "inspector": "",
    }


def _told_gaps(gaps: Iterable[Gap], rules: SiteRules) -> list[str]:
    counts: dict[str, int] = defaultdict(int)
    first: dict[str, str] = {}
    for gap in gaps:
        counts[gap.why] += gap.count
        first.setdefault(gap.why, gap.url)
    return [f"{rules.gap(why, count=count)}（{first[why]}）" for why, count in counts.items()]


def _notices(pages: Sequence[PageRecord], rules: SiteRules) -> list[str]:
    """What the guideline (国办发〔2017〕47号) asks for and no clause charges."""
    home = next(page for page in pages if page.is_homepage and page.is_read)
    told = []
    if home.elapsed_s > rules.slow_page_s:
        told.append(rules.notice("slow", seconds=f"{home.elapsed_s:.1f}", limit=f"{rules.slow_page_s:g}"))
    if urlsplit(home.final_url).scheme != "https":
        told.append(rules.notice("no_https"))
    if wrong := [page for page in pages if page.notes.get("charset_wrong")]:
        told.append(rules.notice("wrong_charset", pages=len(wrong), page=wrong[0].url))
    return told + _hints(pages, rules)


def _hints(pages: Sequence[PageRecord], rules: SiteRules) -> list[str]:
    """Words no clause charges, such as misspellings: where each stands first, and on how many pages."""
    places: dict[str, list[str]] = defaultdict(list)
    for page in pages:
        hits = [hit for hit in page.notes.get("hits", ()) if not hit.get("clause") and hit.get("description")]
        for found in dict.fromkeys(str(hit["found"]) for hit in hits):
            places[found].append(page.url)
    first = {str(hit["found"]): str(hit["description"]) for page in reversed(pages) for hit in page.notes.get("hits", ())}
    return [rules.notice("hint", what=first[found], pages=len(urls), page=urls[0]) for found, urls in sorted(places.items())]


def reader_for(settings: ScanSettings, evidence: Evidence | None, rules: SiteRules, vocabulary: Vocabulary) -> PageReader:
    """The reader of an office's crawls: its word lists, personal data, hidden links, and notes for the conclusions."""
    lists = WordLists.load(settings.words)

    def words(facts: PageFacts) -> list[WordHit]:
        return [*lists.hits(facts.text), *personal_data(facts.text), *hidden_links(facts)]

    @cache
    def class_of(name: str) -> str:
        return vocabulary.choice("section_class", name) or vocabulary.section_class(name)

    return PageReader(words, rules, class_of, evidence)
