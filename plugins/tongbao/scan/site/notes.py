"""What of one page the conclusions need: made once when the page is read, kept with it, small."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Protocol

from tongbao.feeds import SectionClass
from tongbao.scan.client import Exchange
from tongbao.scan.frontier import homepage_of, normalise, order_of
from tongbao.scan.page.model import LinkKind, ListState, PageFacts
from tongbao.scan.site.rules import SiteRules
from tongbao.scan.site_model import Site
from tongbao.scan.words import Severity, WordHit

_MOST_DATES, _MOST_UNDATED, _MOST_RELATED, _MOST_HITS = 5, 60, 20, 20
_DATE_LENGTH = 12
_KEPT_DOCUMENTS = 50
"""Policy documents and interpretations without a link to their counterpart whose evidence is kept, for a sample of three."""

_normalised = lru_cache(maxsize=4096)(normalise)
"""Entries without a date are the menus of a site for the most part: the same on all its pages."""
Words = Callable[[PageFacts], list[WordHit]]


class Evidence(Protocol):
    """Where exchanges are kept; returns the evidence id."""

    def keep(self, exchange: Exchange) -> str: ...


def page_notes(
    site: Site, exchange: Exchange, facts: PageFacts, words: Words, rules: SiteRules, class_of: Callable[[str], str]
) -> dict[str, Any]:
    """What the conclusions need of a page; names absent where nothing is to be said, so that a page in order is short.

    ``class_of`` tells the class of a section by its name. ``section``: name, type, state of the list, number of entries,
    newest dates, addresses of entries without a date; ``beside``: characters on its page beside them.
    ``without``: footer items and tags that are missing.
    """
    notes: dict[str, Any] = {}
    if facts.is_article:
        notes["article"] = True
        notes["published"] = _iso(facts.published_at)
    if facts.items or facts.is_section:
        notes["section"] = _section(facts)
    if facts.is_section:
        notes["is_section"] = True
        notes["beside"] = max(0, len(facts.text) - sum(len(item.title) + _DATE_LENGTH for item in facts.items))
    if without := _without(facts, rules):
        notes["without"] = without
    if facts.column_name or facts.column_type:
        notes["column"] = [facts.column_name or "", facts.column_type or ""]
    if facts.is_article and (related := _related(facts, rules, class_of)):
        notes |= related
    notes |= _marks(site, facts)
    if hits := [hit for hit in words(facts) if hit.severity is not Severity.INFO]:
        notes["hits"] = [{name: value for name, value in asdict(hit).items() if value} for hit in hits[:_MOST_HITS]]
    return notes


def read_hit(written: Mapping[str, Any]) -> WordHit:
    """A hit as :func:`page_notes` wrote it."""
    empty: dict[str, Any] = {"clause": None, "context": "", "start": 0, "end": 0, "list_name": ""}
    return WordHit(**{**empty, **written, "severity": Severity(written["severity"])})


class PageReader:
    """The reader a crawl calls for every page: notes, and evidence for the pages a conclusion may cite.

    Which pages these are does not depend on the order or on an interruption: of each kind of fault the pages whose addresses
    have the smallest digests are cited, and a page that is among them at the end was among them when it was read.
    """

    def __init__(self, words: Words, rules: SiteRules, class_of: Callable[[str], str], evidence: Evidence | None) -> None:
        self._words = words
        self._rules = rules
        self._class_of = class_of
        self._evidence = evidence
        self._smallest: dict[tuple[str, str], list[int]] = {}
        self._homes: dict[str, str] = {}

    def __call__(self, site: Site, exchange: Exchange, facts: PageFacts) -> dict[str, Any]:
        return self.cite(site, exchange, page_notes(site, exchange, facts, self._words, self._rules, self._class_of))

    def cite(self, site: Site, exchange: Exchange, notes: dict[str, Any]) -> dict[str, Any]:
        """Keep the evidence of a page that may be cited, and add its id to the page's notes."""
        if self._evidence is not None and self._may_be_cited(site, exchange, notes):
            notes["evidence"] = self._evidence.keep(exchange)
        return notes

    def _may_be_cited(self, site: Site, exchange: Exchange, notes: Mapping[str, Any]) -> bool:
        if site.subject_id not in self._homes:
            home = homepage_of(site.address)
            self._homes[site.subject_id] = home.url if home else ""
        if self._homes[site.subject_id] in (exchange.url, exchange.final_url):
            return True
        order = place_of(exchange.url)
        among = [self._is_among(site, kind, most, order) for kind, most in self._kinds(notes)]
        return any(among)  # after every kind was asked: each must see every page that bears on it

    def _kinds(self, notes: Mapping[str, Any]) -> list[tuple[str, int]]:
        samples = self._rules.samples
        kinds = [(f"hit {hit['word']}", samples.cited) for hit in notes.get("hits", ())]
        kinds += [(f"without {name}", samples.cited) for name in notes.get("without", {}).get("footer", ())]
        if notes.get("no_jiucuo"):
            kinds.append(("no_jiucuo", samples.cited))
        if notes.get("article"):
            kinds.append(("article", samples.tags))
        if notes.get("is_section"):
            kinds.append(("section", samples.tags))
        if notes.get("class") and not notes.get("related"):
            kinds.append((notes["class"], _KEPT_DOCUMENTS))
        return kinds

    def _is_among(self, site: Site, kind: str, most: int, order: int) -> bool:
        heap = self._smallest.setdefault((site.subject_id, kind), [])
        if -order in heap:
            return True
        if len(heap) < most:
            heapq.heappush(heap, -order)
            return True
        return -order > heap[0] and heapq.heappushpop(heap, -order) != -order


def place_of(url: str) -> int:
    """A page's place in the order samples are drawn by: arbitrary, and the same in every scan."""
    return int.from_bytes(blake2b(url.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _section(facts: PageFacts) -> dict[str, Any]:
    dates = sorted({item.published_on for item in facts.items if item.published_on is not None}, reverse=True)
    undated = [item.url for item in facts.items if item.published_on is None]
    section: dict[str, Any] = {"name": facts.column_name or facts.heading or facts.title, "state": facts.list_state.value}
    if facts.column_type:
        section["type"] = facts.column_type
    if facts.items:
        section["items"] = len(facts.items)
    if dates:
        section["dates"] = [_iso(date) for date in dates[:_MOST_DATES]]
    if undated:
        section["undated"] = [address.key for url in undated[:_MOST_UNDATED] if (address := _normalised(url))]
    if facts.list_state is not ListState.HAS_ITEMS and facts.is_scripted:
        section["state"] = ListState.SCRIPTED.value
    return section


def _without(facts: PageFacts, rules: SiteRules) -> dict[str, list[str]]:
    footer = facts.footer
    shown = {
        "conac": footer.has_conac,
        "code": footer.site_code,
        "icp": footer.icp,
        "police": footer.police,
        "sponsor": footer.sponsor,
        "contact": footer.contact,
    }
    wanted = list(rules.tags.site)
    wanted += rules.tags.section if facts.is_section else ()
    wanted += rules.tags.article if facts.is_article else ()
    missing = {
        "footer": [name for name in rules.footer_items if not shown.get(name)],
        "tags": [name for name in wanted if name.lower() not in facts.meta],
    }
    return {kind: names for kind, names in missing.items() if names}


def _marks(site: Site, facts: PageFacts) -> dict[str, Any]:
    footer = facts.footer
    expected = site.site_code or site.subject_id
    marks: dict[str, Any] = {
        "no_jiucuo": footer.jiucuo_url is None,
        "search": facts.has_search_form,
        "scripted": facts.is_scripted,
        "charset_wrong": facts.charset_is_wrong,
        "other_code": next((code for code in (facts.site_code, footer.site_code) if code and code != expected), ""),
        "other_jiucuo": footer.jiucuo_site_code if footer.jiucuo_site_code not in (None, expected) else "",
    }
    return {name: value for name, value in marks.items() if value}


def _related(facts: PageFacts, rules: SiteRules, class_of: Callable[[str], str]) -> dict[str, Any]:
    """Of a policy document or an interpretation, the links whose words lead to its counterpart."""
    kind = class_of(facts.column_type or "")
    if kind not in _COUNTERPARTS:
        kind = class_of(facts.column_name or "")
    if kind not in _COUNTERPARTS:
        return {}
    words = rules.policy_words if kind == SectionClass.INTERPRETATION else rules.interpretation_words
    targets = {
        address.key
        for link in facts.links
        if link.kind in (LinkKind.ANCHOR, LinkKind.ATTACHMENT) and not link.is_hidden and any(word in link.text for word in words)
        if (address := normalise(link.url)) and order_of(address.key, 0)[0]
    }
    return {"class": kind, "related": sorted(targets)[:_MOST_RELATED]} if targets else {"class": kind}


_COUNTERPARTS = (SectionClass.POLICY, SectionClass.INTERPRETATION)


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat(timespec="minutes") if instant else None
