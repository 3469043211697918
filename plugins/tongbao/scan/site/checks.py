"""From a site's pages to findings: one row for each clause that the pages themselves decide.

A breach names its evidence; ``met`` is said only where the whole site was read, or the whole of the sample.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from tongbao.feeds import Outcome, SectionClass, State
from tongbao.scan.crawl_records import LinkRecord, PageRecord
from tongbao.scan.frontier import normalise, order_of
from tongbao.scan.outcomes import NO_ADDRESS, UNKNOWN_NAME
from tongbao.scan.page.model import LinkKind
from tongbao.scan.site.articles import page_key
from tongbao.scan.site.notes import place_of, read_hit
from tongbao.scan.site.rules import SiteRules
from tongbao.scan.site_model import Site
from tongbao.scan.words import as_findings

SOURCE = "自动扫描"


@dataclass(frozen=True, slots=True)
class Ipv6Check:
    """What came of asking for the homepage over IPv6 alone, and where that is kept."""

    url: str
    outcome: Outcome
    error: str
    evidence: str = ""

    @property
    def has_no_address(self) -> bool:
        return self.outcome is Outcome.DNS and self.error in (NO_ADDRESS, UNKNOWN_NAME)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the pages say of one clause; ``evidence`` is empty unless there is a breach or a suspicion."""

    clause: str
    state: State
    description: str
    count: int = 0
    evidence: str = ""


class SiteChecks:
    """Everything of one site that the clauses are decided from."""

    def __init__(
        self,
        site: Site,
        pages: Sequence[PageRecord],
        links: Callable[[], Iterable[LinkRecord]],
        rules: SiteRules,
        class_of: Mapping[str, str],
        whole: str,
        ipv6: Ipv6Check | None,
    ) -> None:
        """What is shown within another page's frame is no page by itself: it needs no footer of its own.

        ``class_of``: class by section name; ``whole``: empty, or the sentence of what was not read.
        """
        self.site = site
        self.rules = rules
        framed = {page_key(link.link) for link in links() if link.kind == LinkKind.FRAME}
        self.read = [page for page in pages if page.is_read and (page.is_homepage or page_key(page.url) not in framed)]
        self.home = [page for page in self.read if page.is_homepage]
        self.others = [page for page in self.read if not page.is_homepage]
        self.articles = _by_place(page for page in self.others if page.notes.get("article"))
        self.sections = _by_place(page for page in self.others if page.notes.get("is_section"))
        self._links = links
        self._class_of = class_of
        self._whole = whole
        self._ipv6 = ipv6

    def findings(self, found_at: datetime) -> list[dict[str, Any]]:
        """Rows of the findings feed: the clauses of the pages, then suspicions."""
        verdicts = [verdict for check in _CHECKS for verdict in check(self)]
        return [self._row(verdict, found_at) for verdict in verdicts] + self._suspicions(found_at)

    # -- clauses -----------------------------------------------------------------------------------

    def domain(self) -> Iterator[Verdict]:
        """域名名称 (D4.1): the host ends as a government's must."""
        home = self.home[0]
        host = urlsplit(home.final_url).hostname or ""
        if any(host == ending or host.endswith(f".{ending}") for ending in self.rules.domain_endings):
            yield self._met("D4.1.1")
        else:
            yield self._breach("D4.1.1", 1, [home], host=host)

    def footer(self) -> Iterator[Verdict]:
        """网站标识 (D4.2): each of six items that some page lacks; where no page shows any, a script may write them."""
        pages = [page for page in self.read if page.is_homepage or page.notes.get("article") or page.notes.get("is_section")]
        lacking = {name: [page for page in pages if name in _missing(page, "footer")] for name in self.rules.footer_items}
        lacking = {name: found for name, found in lacking.items() if found}
        if not lacking:
            yield self._met("D4.2.1")
            return
        if all(len(lacking.get(name, ())) == len(pages) for name in self.rules.footer_items) and self._is_scripted(pages):
            yield self._unknown("D4.2.1", "scripted")
            return
        told = [
            self.rules.describe("D4.2.1_item", name=self.rules.footer_items[name], pages=len(pages), missing=len(found))
            for name, found in lacking.items()
        ]
        cited = [page for found in lacking.values() for page in _by_place(found)[:2]]
        rest = [page for found in lacking.values() for page in found]
        yield self._breach("D4.2.1", len(lacking), [*cited, *_by_place(rest)], items="、".join(told))

    def site_code(self) -> Iterator[Verdict]:
        """A site code that is not the roster's: a person looks whether page or roster is wrong."""
        found = [page for page in self.read if page.notes.get("other_code")]
        if found:
            expected = self.site.site_code or self.site.subject_id
            yield self._suspected("D4.2.1", "other_code", found, found=found[0].notes["other_code"], expected=expected)

    def jiucuo(self) -> Iterator[Verdict]:
        """我为政府网站找错 (D4.4a): on the homepage, else counted on the other pages."""
        without = [page for page in self.home if page.notes.get("no_jiucuo")]
        elsewhere = [page for page in (*self.articles, *self.sections) if page.notes.get("no_jiucuo")]
        elsewhere = list({page.url: page for page in elsewhere}.values())
        others = {page.url for page in (*self.articles, *self.sections)}
        if len(without) == len(self.home):
            if self._is_scripted(self.home) and len(elsewhere) == len(others):
                yield self._unknown("D4.4a.1", "scripted")
                yield self._unknown("D4.4a.2", "scripted")
                return
            yield self._breach("D4.4a.1", 1, without)
        else:
            yield Verdict("D4.4a.1", State.MET, self._all_read())
        if elsewhere:
            yield self._breach("D4.4a.2", len(elsewhere), _by_place(elsewhere), pages=len(others))
        else:
            yield self._met("D4.4a.2")
        if found := [page for page in self.read if page.notes.get("other_jiucuo")]:
            yield self._suspected("D4.4a.1", "other_jiucuo", found, found=found[0].notes["other_jiucuo"])

    def search(self) -> Iterator[Verdict]:
        """站内搜索 (D4.5): none on any page is a breach; whether one works, nobody tried."""
        if any(page.notes.get("search") for page in self.read):
            yield self._unknown("D4.5.1", "has_search")
        elif self._is_scripted(self.home):
            yield self._unknown("D4.5.1", "scripted")
        else:
            yield self._breach("D4.5.1", 1, self.home, pages=len(self.read))

    def tags(self) -> Iterator[Verdict]:
        """页面标签 (D4.7): five articles and five sections, drawn by their addresses' digests."""
        for clause, pages in (("D4.7.1", self.articles), ("D4.7.2", self.sections)):
            drawn = pages[: self.rules.samples.tags]
            found = [page for page in drawn if _missing(page, "tags")]
            if not drawn:
                yield self._unknown(clause, "few")
            elif not found:
                yield Verdict(clause, State.MET, self._all_read())
            else:
                names = Counter(name for page in found for name in _missing(page, "tags"))
                yield self._breach(clause, len(found), found, sampled=len(drawn), tags="、".join(names))

    def relations(self) -> Iterator[Verdict]:
        """解读关联 (D1.8): three interpretations, each linked to its document, and that document back."""
        by_class: dict[str, dict[str, PageRecord]] = {SectionClass.POLICY: {}, SectionClass.INTERPRETATION: {}}
        for page in self.articles:
            section_class = self._article_class(page)
            if section_class in by_class:
                by_class[section_class][page_key(page.url)] = page
        policies, readings = by_class[SectionClass.POLICY], by_class[SectionClass.INTERPRETATION]
        drawn = list(readings.values())[: self.rules.samples.interpretations]
        if not drawn:
            yield self._unknown("D1.8.1", "few")
            yield self._unknown("D1.8.2", "few")
            return
        targets = self._targets({*policies, *(page_key(page.url) for page in drawn)})
        common = _common([set(page.notes.get("related", ())) for page in drawn])
        documents: dict[str, PageRecord] = {}
        unlinked = []
        for page in drawn:
            own = [key for key in targets.get(page_key(page.url), ()) if key in policies and key not in common]
            documents |= {key: policies[key] for key in own[:1]}
            if not own and not set(page.notes.get("related", ())) - common:
                unlinked.append(page)
        yield self._counted("D1.8.1", unlinked, sampled=len(drawn))
        if not documents:
            yield self._unknown("D1.8.2", "few")
            return
        not_back = [
            page
            for key, page in documents.items()
            if not page.notes.get("related") and not any(target in readings for target in targets.get(key, ()))
        ]
        yield self._counted("D1.8.2", not_back, sampled=len(documents))

    def ipv6(self) -> Iterator[Verdict]:
        """IPv6改造 (D4.9): no address record is a breach; that this network does not get there proves nothing."""
        found = self._ipv6
        if found is not None and found.outcome is Outcome.OK:
            yield Verdict("D4.9.1", State.MET, self._all_read())
        elif found is not None and found.has_no_address and found.evidence:
            told = self.rules.describe("D4.9.1", host=urlsplit(found.url).hostname or "")
            yield Verdict("D4.9.1", State.BREACHED, told, 1, f"{found.evidence} {found.url}")
        else:
            yield self._unknown("D4.9.1", "no_ipv6_line")

    # -- verdicts ----------------------------------------------------------------------------------

    def _met(self, clause: str) -> Verdict:
        if self._whole:
            return self._unknown(clause, "not_whole", gaps=self._whole)
        return Verdict(clause, State.MET, self._all_read())

    def _all_read(self) -> str:
        return self.rules.describe("met", pages=len(self.read))

    def _unknown(self, clause: str, why: str, /, **facts: Any) -> Verdict:
        return Verdict(clause, State.NOT_MEASURED, self.rules.describe(why, **facts))

    def _counted(self, clause: str, found: Sequence[PageRecord], /, **facts: Any) -> Verdict:
        return self._breach(clause, len(found), found, **facts) if found else Verdict(clause, State.MET, self._all_read())

    def _breach(self, clause: str, count: int, cited: Sequence[PageRecord], /, **facts: Any) -> Verdict:
        """A breach with the evidence of some pages; without any kept evidence it is not measured."""
        told = self.rules.describe(clause, count=count, **facts)
        evidence = self._cited(cited)
        return Verdict(clause, State.BREACHED if evidence else State.NOT_MEASURED, told, count, evidence)

    def _suspected(self, clause: str, why: str, seen: Sequence[PageRecord], /, **facts: Any) -> Verdict:
        told = self.rules.describe(why, **facts)
        return Verdict(clause, State.NOT_MEASURED, told, len(seen), self._cited(seen))

    def _cited(self, pages: Sequence[PageRecord]) -> str:
        kept = {page.url: page.notes["evidence"] for page in pages if page.notes.get("evidence")}
        return "；".join(f"{evidence} {url}" for url, evidence in list(kept.items())[: self.rules.samples.cited])

    def _row(self, verdict: Verdict, found_at: datetime) -> dict[str, Any]:
        return {
            "subject_id": self.site.subject_id,
            "clause": verdict.clause,
            "state": verdict.state.value,
            "count": verdict.count,
            "description": verdict.description,
            "evidence": verdict.evidence,
            "found_at": found_at,
            "source": SOURCE,
            "inspector": "",
        }

    def _suspicions(self, found_at: datetime) -> list[dict[str, Any]]:
        seen = [
            (page.url, read_hit(hit), page.notes.get("evidence", "")) for page in self.read for hit in page.notes.get("hits", ())
        ]
        return [row | {"found_at": found_at} for row in as_findings(self.site, seen, found_at)]

    # -- reading -----------------------------------------------------------------------------------

    def _article_class(self, page: PageRecord) -> str:
        """The class of the section an article belongs to: by its tags, else by the longest section path above it."""
        if known := page.notes.get("class"):
            return str(known)
        name = page.notes.get("column", ("",))[0]
        if name in self._class_of:
            return self._class_of[name]
        above = [
            (len(_folder(section.url)), self._class_of.get(str(section.notes["section"].get("name", "")), ""))
            for section in self.sections
            if page.url.startswith(_folder(section.url))
        ]
        return max(above, default=(0, ""))[1]

    def _targets(self, wanted: set[str]) -> dict[str, list[str]]:
        """Where the wanted pages lead, by their keys: articles only, in the pages' order."""
        targets: dict[str, list[str]] = {}
        keys: dict[str, str] = {}
        for link in self._links():
            key = keys.get(link.page)
            if key is None:
                key = keys[link.page] = page_key(link.page)
            if key in wanted and not link.is_hidden and (target := normalise(link.link)) and order_of(target.key, 0)[0]:
                targets.setdefault(key, []).append(target.key)
        return targets

    def _is_scripted(self, pages: Iterable[PageRecord]) -> bool:
        return any(page.notes.get("scripted") for page in pages)


_CHECKS: tuple[Callable[[SiteChecks], Iterator[Verdict]], ...] = (
    SiteChecks.relations,
    SiteChecks.domain,
    SiteChecks.footer,
    SiteChecks.site_code,
    SiteChecks.jiucuo,
    SiteChecks.search,
    SiteChecks.tags,
    SiteChecks.ipv6,
)


def _missing(page: PageRecord, kind: str) -> Sequence[str]:
    names: Sequence[str] = page.notes.get("without", {}).get(kind, ())
    return names


def _by_place(pages: Iterable[PageRecord]) -> list[PageRecord]:
    return sorted(pages, key=lambda page: (place_of(page.url), page.url))


def _common(related: Sequence[set[str]]) -> set[str]:
    """What every drawn page leads to is its frame, not its own document."""
    return set.intersection(*related) if len(related) > 1 else set()


def _folder(url: str) -> str:
    return url[: url.rindex("/") + 1]
