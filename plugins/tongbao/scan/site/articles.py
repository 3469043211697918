"""What is known of the pages that lists lead to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tongbao.feeds import Outcome
from tongbao.scan.crawl_records import PageRecord
from tongbao.scan.frontier import Scope, homepage_of, may_be_page, normalise
from tongbao.scan.site_model import Site


def page_key(url: str) -> str:
    """The name by which two spellings of one address are the same page."""
    address = normalise(url)
    return address.key if address else url


class Articles:
    """The pages of a site by their keys: read with a date or without, moved or gone; all others may be anything."""

    def __init__(self, site: Site, pages: Iterable[PageRecord], more_hosts: Iterable[str]) -> None:
        homepage = homepage_of(site.address)
        self._scope = Scope.of(homepage, more_hosts) if homepage else None
        self.published: dict[str, datetime | None] = {}
        """Articles that were read, with their dates."""
        self._others: set[str] = set()
        self._moved: dict[str, str] = {}
        self._gone: set[str] = set()
        for page in pages:
            key = page_key(page.url)
            if page.is_read and page.notes.get("article"):
                told = page.notes.get("published")
                self.published[key] = datetime.fromisoformat(told) if told else None
            elif page.is_read:
                self._others.add(key)
            elif page.outcome is Outcome.OK:
                self._moved[key] = page_key(page.final_url)
            elif page.outcome is Outcome.HTTP_4XX:
                self._gone.add(key)

    def is_article(self, key: str) -> bool:
        return self._moved.get(key, key) in self.published

    def date_of(self, key: str) -> datetime | None:
        return self.published.get(self._moved.get(key, key))

    def may_be_dated(self, key: str) -> bool:
        """Whether a page of the site was not read, for whatever reason: it may show a date."""
        is_known = key in self.published or key in self._others or key in self._moved or key in self._gone
        return not is_known and self._scope is not None and self._scope.holds(key) and may_be_page(key)
