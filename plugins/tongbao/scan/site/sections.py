"""From a site's pages to rows of the updates feed: the homepage and every section, with its newest publication.

What is not known for sure is not said: an undated entry whose own page was not read, or a list that a script fills, leaves
its section out, and where leaving it out could make another section look missing or stale, all sections.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from tongbao.feeds import Outcome, SectionClass
from tongbao.period import SHANGHAI
from tongbao.scan.crawl_records import LinkRecord, PageRecord
from tongbao.scan.frontier import normalise, order_of
from tongbao.scan.page.model import ListState
from tongbao.scan.settings import ScanSettings, SectionHint
from tongbao.scan.site.articles import Articles, page_key
from tongbao.scan.site.rules import SiteRules
from tongbao.scan.site_model import Gap, Site, Why
from tongbao.vocabulary import Vocabulary

HOMEPAGE = "首页"
_DAY = timedelta(days=1)
_LONGEST_NAME = 60
_LEAST_COMPARED = 3
_HEADING = 30
"""Characters by which the pages of sections differ that hold nothing but their names."""
_FRAME_PAGES = 20
"""What more pages than these, and a quarter of all, lead to belongs to the frame of the site."""

# The classes one section of which can save a site (D1.4 to D1.6): of them none may be missed.
_DECISIVE = {SectionClass.NEWS, SectionClass.POLICY, SectionClass.INTERPRETATION}

# Cut by their shape, not by a limit: endless by nature, so no section is lost with them.
_HARMLESS = {Why.TRAP_REPETITION, Why.TRAP_QUERY, Why.TRAP_CALENDAR, Why.TRAP_PATTERN, Why.DEPTH, Why.UNSUPPORTED, Why.TOO_LARGE}
_TRIES_OF_THE_DEAD = 2
_NOT_DEAD = {Outcome.OK, Outcome.BLOCKED}
_FURTHER_PAGE = re.compile(
    r"(?:[_-]|index|list|/)\d{1,4}(?:\.\w{2,5}|/)$|[?&](?:page|p|pageno|pageindex|currentpage|pn|nav)=\d+", re.I
)


@dataclass(frozen=True, slots=True)
class SectionsRead:
    """Rows of the updates feed, the sentences of what could not be judged, and whether the sections can be judged at all."""

    rows: list[dict[str, Any]]
    gaps: list[str]
    is_whole: bool
    class_of: Mapping[str, str] = field(default_factory=dict)
    """Class by section name, of all sections read."""


@dataclass(slots=True)
class _Section:
    name: str
    section_class: str
    items: int = 0
    dates: list[datetime] = field(default_factory=list)
    states: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    """The addresses of its pages."""
    beside: list[int] = field(default_factory=list)
    """Characters on its pages beside the entries."""
    has_articles: bool = False
    """Whether an entry without a date was read and is an article."""
    is_unsure: bool = False
    is_bare: bool = True
    """Whether nothing stands on its pages but what stands on every page."""


def read_sections(
    site: Site,
    pages: Sequence[PageRecord],
    links: Callable[[], Iterable[LinkRecord]],
    gaps: Sequence[Gap],
    settings: ScanSettings,
    rules: SiteRules,
    vocabulary: Vocabulary,
    observed_at: datetime,
) -> SectionsRead:
    """Rows for the homepage and each section: no last publication where nothing is dated, 0 items where nothing is listed."""
    articles = Articles(site, pages, settings.site_hosts.get(site.subject_id, ()))
    home, sections = _gathered(pages, articles, settings, rules, vocabulary, observed_at)
    _look_closer([section for section in sections if not section.items], pages, articles, links, observed_at)
    troubles = {section.name: trouble for section in sections if (trouble := _trouble(section))}
    is_whole = not (
        home.is_unsure
        or any(section.section_class in _DECISIVE for section in sections if section.name in troubles)
        or _hidden_sections(pages, links, gaps, rules)
    )
    judged = [section for section in sections if is_whole and section.name not in troubles]
    if home.items and not home.is_unsure:
        judged.insert(0, home)
    if home.is_unsure:
        troubles[HOMEPAGE] = "undated"
    return SectionsRead(
        rows=[_row(site, section, observed_at) for section in judged],
        gaps=[rules.gap(trouble, section=name) for name, trouble in troubles.items()],
        is_whole=is_whole,
        class_of={section.name: section.section_class for section in sections},
    )


def _gathered(
    pages: Sequence[PageRecord],
    articles: Articles,
    settings: ScanSettings,
    rules: SiteRules,
    vocabulary: Vocabulary,
    observed_at: datetime,
) -> tuple[_Section, list[_Section]]:
    """The homepage and the sections, each with all its pages: what bears one name is one section, newest entry first."""
    hints = {address.key: hint for hint in settings.sections if (address := normalise(hint.url))}
    home = _Section(HOMEPAGE, SectionClass.HOMEPAGE)
    sections: dict[str, _Section] = {}
    for page in pages:
        notes = page.notes.get("section")
        if not page.is_read or not notes:
            continue
        if page.is_homepage:
            _add(home, notes, articles, observed_at)
        elif page.notes.get("is_section") or page_key(page.url) in hints:
            name, section_class = _named(page, notes, hints, vocabulary)
            if name and not rules.is_static(name):
                section = sections.setdefault(name, _Section(name, section_class))
                section.keys.add(page_key(page.url))
                section.beside.append(page.notes.get("beside", 0))
                _add(section, notes, articles, observed_at)
    return home, list(sections.values())


def _look_closer(
    bare: Sequence[_Section],
    pages: Sequence[PageRecord],
    articles: Articles,
    links: Callable[[], Iterable[LinkRecord]],
    observed_at: datetime,
) -> None:
    """Before a section without entries is called empty: articles its pages lead to, and most pages do not, are its entries.

    A list without dates looks like a menu to whoever reads one page alone. And a page that says more than the other sections'
    pages say beside their entries has content of its own, a form or a text: it is no empty list.
    """
    of_page = {key: section for section in bare if ListState.SAYS_EMPTY not in section.states for key in section.keys}
    if not of_page:
        return
    beside = [page.notes["beside"] for page in pages if page.notes.get("section", {}).get("items") and "beside" in page.notes]
    for section in of_page.values():
        section.is_bare = len(beside) >= _LEAST_COMPARED and max(section.beside) <= median(beside) + _HEADING
    keys = {page.url: page_key(page.url) for page in pages}
    led_to: dict[str, set[str]] = {}
    for link in links():
        target = page_key(link.link)
        if target in articles.published and not link.is_hidden:
            led_to.setdefault(target, set()).add(keys.get(link.page, link.page))
    most = max(_FRAME_PAGES, len(keys) // 4)
    for target, sources in led_to.items():
        if len(sources) <= most:
            for section in {id(of_page[key]): of_page[key] for key in sources if key in of_page}.values():
                section.items += 1
                section.has_articles = True
                date = articles.published[target]
                section.dates += [date] if date is not None and date <= observed_at + _DAY else []


def _add(section: _Section, notes: Mapping[str, Any], articles: Articles, observed_at: datetime) -> None:
    section.items += notes.get("items", 0)
    section.states.add(notes["state"])
    dates = [datetime.fromisoformat(date) for date in notes.get("dates", ())]
    for key in notes.get("undated", ()):
        date = articles.date_of(key)
        section.has_articles = section.has_articles or articles.is_article(key)
        if date is not None:
            dates.append(date)
        elif articles.may_be_dated(key):
            section.is_unsure = True
    section.dates += [date for date in dates if date <= observed_at + _DAY]


def _named(
    page: PageRecord, notes: Mapping[str, Any], hints: Mapping[str, SectionHint], vocabulary: Vocabulary
) -> tuple[str, str]:
    hint = hints.get(page_key(page.url))
    if hint is not None:
        return hint.name, hint.section_class.value
    name = str(notes.get("name") or page.title).strip()[:_LONGEST_NAME]
    told = str(notes.get("type", ""))
    section_class = vocabulary.choice("section_class", told) or vocabulary.section_class(told)
    if section_class in (SectionClass.OTHER, SectionClass.HOMEPAGE, SectionClass.ACCOUNT):
        section_class = vocabulary.section_class(name)
    return name, SectionClass.OTHER if section_class in (SectionClass.HOMEPAGE, SectionClass.ACCOUNT) else section_class


def _trouble(section: _Section) -> str:
    """Why a section cannot be judged, by the name of its sentence; empty where it can."""
    if section.is_unsure:
        return "undated"
    if section.items:
        # Entries that are no articles and show no date: a directory, of which nobody expects news.
        return "" if section.dates or section.has_articles else "directory"
    if ListState.SCRIPTED in section.states:
        return "scripted"
    return "" if section.is_bare else "no_list"


def _row(site: Site, section: _Section, observed_at: datetime) -> dict[str, Any]:
    newest = max((_latest(date, observed_at) for date in section.dates), default=None)
    return {
        "subject_id": site.subject_id,
        "section": section.name,
        "section_class": str(section.section_class),
        "observed_at": observed_at,
        "last_published_at": newest,
        "item_count": section.items,
    }


def _latest(date: datetime, observed_at: datetime) -> datetime:
    """The latest instant a date can stand for: a day without a time of day may have been its last minute."""
    moment = date.astimezone(SHANGHAI)
    if moment.time() == time.min:
        moment = max(moment, min(moment + _DAY - timedelta(minutes=1), observed_at.astimezone(SHANGHAI)))
    return moment


def _hidden_sections(
    pages: Iterable[PageRecord], links: Callable[[], Iterable[LinkRecord]], gaps: Iterable[Gap], rules: SiteRules
) -> set[str]:
    """Addresses that were not read and could be sections; one that is gone or stays dead is a dead link, not a section."""
    hidden = {gap.url for gap in gaps if gap.why not in _HARMLESS}
    hidden |= {page.url for page in pages if page.outcome not in (Outcome.OK, Outcome.HTTP_4XX) and not page.is_homepage}
    hidden = {url for url in hidden if may_be_section(url, rules)}
    if hidden:
        hidden -= {link.link for link in links() if link.attempts >= _TRIES_OF_THE_DEAD and link.outcome not in _NOT_DEAD}
    return hidden


def may_be_section(url: str, rules: SiteRules) -> bool:
    """Whether an address that was not read could be a section: not an article, a further page of a list, or a search."""
    path = urlsplit(url).path + ("?" + urlsplit(url).query if urlsplit(url).query else "")
    if _FURTHER_PAGE.search(path) or any(word in path.lower() for word in rules.not_section_paths):
        return False
    key = page_key(url)
    return order_of(key, 0)[0] == 0
