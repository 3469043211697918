"""What an earlier crawl of the same site is good for: pages that did not change since need not be read again."""

from __future__ import annotations

from tongbao.scan.crawl_records import StoredPage
from tongbao.scan.crawl_store import CrawlStore


class Past:
    """What an earlier scan knows of a site's pages, for conditional requests."""

    def __init__(self, store: CrawlStore | None, fingerprint: str) -> None:
        self.store = store
        is_alike = store is not None and store.fact("fingerprint") == fingerprint
        self._pages = store.revisable() if store is not None and is_alike else {}

    def conditions(self, key: str) -> dict[str, str] | None:
        if key not in self._pages:
            return None
        _, etag, modified = self._pages[key]
        named = {"If-None-Match": etag, "If-Modified-Since": modified}
        return {name: value for name, value in named.items() if value}

    def page(self, key: str) -> StoredPage | None:
        known = self._pages.get(key)
        return self.store.stored_page(known[0]) if self.store is not None and known is not None else None
