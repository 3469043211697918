"""From what a page writes as an address to an absolute one."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from tongbao.scan.page.elements import ATTACHMENTS, IMAGES, MEDIA
from tongbao.scan.page.model import LinkKind

_WHITE = re.compile(r"[\t\n\r\x00-\x1f]")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{0,20}:")
_ABSOLUTE = re.compile(r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,4})?(?:/[^?\s]*(?:\?\S+)?)?")
"""An absolute address that joining leaves as it is."""
_LITERAL = re.compile(
    r"""(?:(?:location(?:\.href)?|\.href)\s{0,3}=\s{0,3}|(?:location\.(?:replace|assign)|window\.open|\bopen)\s{0,3}\(\s{0,3})"""
    r"""(?:"([^"'<>\s]{1,1000})"|'([^"'<>\s]{1,1000})')\s{0,3}(?=[;,)}]|$)"""
)
_LONGEST = 4_000
_NO_HOST = frozenset(("http:", "https:", "http:/", "https:/", "http://", "https://", "//", "http://#", "https://#"))


class Base:
    """Where a page's relative addresses start from; the common forms are joined without the full resolver."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.host = ""
        self._origin = self._folder = self._scheme = ""
        try:
            parts = urlsplit(url)
            self.host = parts.hostname or ""
        except ValueError:
            return
        if parts.scheme in ("http", "https") and parts.netloc:
            self._scheme = parts.scheme + ":"
            self._origin = f"{parts.scheme}://{parts.netloc}"
            path = parts.path or "/"
            if "/." not in path and ";" not in path:
                self._folder = self._origin + path[: path.rindex("/") + 1] if "/" in path else ""

    def resolve(self, written: str) -> str | None:
        """The absolute http(s) address, or None for none (javascript:, mailto:, #top) and for what is malformed."""
        written = written.strip()
        if not written or written[0] == "#" or written in _NO_HOST or len(written) > _LONGEST:
            return None
        if "\\" in written or not written.isprintable():
            written = _tidied(written)
        if "./" not in written and "/." not in written and "#" not in written and ";" not in written and written[-1] != "?":
            joined = self._plain(written)
            if joined is not None:
                return joined
        return self._joined(written)

    def _plain(self, written: str) -> str | None:
        """Join an address without dots or fragment."""
        if written[0] == "/":
            return self._origin + written if self._origin and written[1:2] != "/" else None
        if written[:4] == "http":
            return written if self._origin and _ABSOLUTE.fullmatch(written) else None
        if ":" in written or "?" in written or written[0] == ".":
            return None
        return self._folder + written if self._folder else None

    def _joined(self, written: str) -> str | None:
        if _SCHEME.match(written) and written[:5].lower() not in ("http:", "https"):
            return None
        try:
            joined = urljoin(self.url, written)
            parts = urlsplit(joined)
            return joined if parts.scheme in ("http", "https") and parts.hostname else None
        except ValueError:
            return None


def address_in_script(script: str) -> str | None:
    """The address a piece of script goes to when it is a plain literal; None when it is put together from parts."""
    if "location" not in script and "open" not in script and "href" not in script:
        return None
    found = _LITERAL.search(script)
    return (found[1] or found[2]) if found else None


def may_link(written: str) -> bool:
    """A quick look at attributes as written: False when they hold no address an element that is no <a> could lead to."""
    return "onclick=" in written or "background=" in written or "data-href=" in written


def host_of(url: str) -> str:
    """The host of an absolute address without a leading www., for comparing; empty for what has none."""
    host = url.partition("://")[2].partition("/")[0].partition("?")[0].rpartition("@")[2].partition(":")[0].lower()
    return host.removeprefix("www.")


def kind_of(address: str) -> LinkKind:
    """What a link leads to, by the ending of its path (or of a file named in its query)."""
    path, _, query = address.partition("#")[0].partition("?")
    return _kind_by_endings(path[-8:], query[-8:])


@lru_cache(maxsize=8192)
def _kind_by_endings(*endings: str) -> LinkKind:
    for part in endings:
        _, dot, ending = part.rpartition(".")
        if dot:
            ending = ending.lower()
            if ending in ATTACHMENTS:
                return LinkKind.ATTACHMENT
            if ending in IMAGES:
                return LinkKind.IMAGE
            if ending in MEDIA:
                return LinkKind.MEDIA
    return LinkKind.ANCHOR


def _tidied(written: str) -> str:
    """As browsers read it: no line breaks or control characters, and a backslash before the query is a slash."""
    written = _WHITE.sub("", written)
    path, mark, rest = written.partition("?")
    return path.replace("\\", "/") + mark + rest
