"""Which addresses a crawl asks for, under what name it knows them, and in which order: pure functions.

An address has two forms. The ``key`` is canonical (w3lib: sorted query, one spelling of escapes and host) and says which
addresses are the same page. The ``url`` is what is asked for: as the page wrote it, since some servers care for the order of
a query or answer ``?5`` and ``?5=`` differently, less what only identifies a visit (session ids, tracking, cache busters).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from w3lib.url import canonicalize_url, safe_url_string

LONGEST_URL = 2_000
_PLAIN = re.compile(r"https?://[a-z0-9][a-z0-9.-]*(?::(?:\d{1,4}|[1-5]\d{4}))?(?:/[A-Za-z0-9_~-][A-Za-z0-9_~.-]*)*/?")
_DEFAULT_PORT = re.compile(r"^(http://[^/?]*):80(?=[/?]|$)|^(https://[^/?]*):443(?=[/?]|$)", re.IGNORECASE)
_PATH_SESSION = re.compile(r";(?:jsessionid|sid|phpsessid)=[^/?#;]*", re.IGNORECASE)
_TRACKING = re.compile(r"utm_[a-z]+|gclid|fbclid|msclkid|spm|share_token|isappinstalled|nsukey|bd_vid|_hm\w*", re.IGNORECASE)
_SESSION = re.compile(r"jsessionid|phpsessid|aspsessionid\w*|asp\.net_sessionid", re.IGNORECASE)
_PERHAPS_SESSION = re.compile(r"sid|sessionid|session_id|session|sess|cfid|cftoken|token", re.IGNORECASE)
_TOKEN = re.compile(r"(?=[^&]*\d)(?=[^&]*[A-Za-z])[A-Za-z0-9_.!-]{16,}")
_PERHAPS_BUSTER = re.compile(r"_|t|_t|ts|time|timestamp|rnd|rand|random|r|nocache", re.IGNORECASE)
_BUSTER = re.compile(r"0?\.\d{5,}|1\d{9}|1\d{12}")
_SHARED_FROM = {"timeline", "groupmessage", "singlemessage"}
_SECTION = re.compile(r"(?:/|/(?:index|default|list|main|home)\.\w{2,5})$", re.IGNORECASE)
_DAY = re.compile(r"(?<!\d)(20[0-3]\d)[-_/]?(0[1-9]|1[0-2])[-_/]?(0[1-9]|[12]\d|3[01])(?!\d{3})")
_MONTH = re.compile(r"/(20[0-3]\d)[-_/]?(0[1-9]|1[0-2])/")
_NOT_PAGES = re.compile(
    r"\.(?:jpe?g|png|gif|bmp|ico|svg|webp|tiff?|css|js|json|xml|rss|swf|mp[34]|m4[av]|wmv|avi|mov|flv|wma|wav|webm|ogg|m3u8"
    r"|pdf|docx?|xlsx?|pptx?|wps|et|dps|ofd|ceb|txt|csv|rtf|zip|rar|7z|gz|tar|exe|apk|ipa|dmg|msi|iso|woff2?|ttf|eot)$",
    re.IGNORECASE,
)


class Address(NamedTuple):
    """One address in both forms; both are absolute http or https URLs without fragment."""

    key: str
    url: str


def normalise(raw: str) -> Address | None:
    """Return both forms of a link's absolute URL; None for what is not http(s), names no host or carries a login."""
    if len(raw) > 4 * LONGEST_URL:
        return None
    if _PLAIN.fullmatch(raw) and raw.count("/") > 2 and ":80/" not in raw and ":443/" not in raw:
        return Address(raw, raw)
    try:
        url = safe_url_string(raw.strip().partition("#")[0])
        parts = urlsplit(url)
        host, has_login = parts.hostname, "@" in parts.netloc
        _ = parts.port
        if parts.scheme.lower() not in ("http", "https") or not host or has_login:
            return None
        url = _without_visit(_DEFAULT_PORT.sub(r"\1\2", url))
        key = canonicalize_url(url)
        # A host of blanks and control characters alone is gone by now.
        return Address(key, _with_path(url)) if urlsplit(key).hostname else None
    except ValueError:
        return None


def _with_path(url: str) -> str:
    scheme, _, rest = url.partition("://")
    host = re.split(r"[/?]", rest, maxsplit=1)[0]
    tail = rest[len(host) :]
    return f"{scheme.lower()}://{host.lower()}{tail if tail.startswith('/') else '/' + tail}"


def _without_visit(url: str) -> str:
    """Cut out what names the visit and not the page; the rest stays letter for letter."""
    path, mark, query = url.partition("?")
    path = _PATH_SESSION.sub("", path)
    if not mark:
        return path
    kept = [part for part in query.split("&") if not _names_visit(*part.partition("=")[::2])]
    return f"{path}?{'&'.join(kept)}" if kept else path


def _names_visit(name: str, value: str) -> bool:
    """Whether a query parameter is of the visit: a name that could mean content needs a value that cannot."""
    if _TRACKING.fullmatch(name) or _SESSION.fullmatch(name):
        return True
    if _PERHAPS_SESSION.fullmatch(name) and _TOKEN.fullmatch(value):
        return True
    if _PERHAPS_BUSTER.fullmatch(name) and _BUSTER.fullmatch(value):
        return True
    return name == "from" and value in _SHARED_FROM


def homepage_of(address: str) -> Address | None:
    """Return a roster address as the crawl's first one; a bare host is read as http."""
    text = address.strip()
    return normalise(text if "://" in text else f"http://{text}")


def authority(url: str) -> str:
    """Return host[:port] of a normalised URL: where robots.txt and politeness are counted."""
    return url.split("/", 3)[2]


def origin(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])


@dataclass(frozen=True, slots=True)
class Scope:
    """What belongs to a site: its host with and without ``www.``, and hosts configured as parts of it; ports count."""

    authorities: frozenset[str]

    @classmethod
    def of(cls, homepage: Address, more_hosts: Iterable[str] = ()) -> Scope:
        hosts = {authority(homepage.key), *(host.lower() for host in more_hosts)}
        twins = {host.removeprefix("www.") if host.startswith("www.") else f"www.{host}" for host in hosts}
        return cls(frozenset(hosts | twins))

    def holds(self, key: str) -> bool:
        return key.split("/", 3)[2] in self.authorities


def may_be_page(key: str) -> bool:
    """Whether an address can be a page to read, going by its ending: files are checked as links, never read."""
    return not _NOT_PAGES.search(key.partition("?")[0])


def order_of(key: str, day: int) -> tuple[int, int, str]:
    """Return the place of a page among those of its depth: sections first, then the newest, then by address.

    ``day``: the date a list gives it, as 20201013; 0 where none does, then the date in the address counts. The order rests on
    nothing but what earlier pages said, so that a budget cuts the same pages however often the scan was interrupted.
    """
    path = key.split("/", 3)[3]
    if _SECTION.search("/" + path.partition("?")[0]):
        return 0, 0, key
    return 1, -(day or _day_in(path)), key


def _day_in(path: str) -> int:
    if found := _DAY.search(path):
        return int("".join(found.groups()))
    if found := _MONTH.search("/" + path):
        return int("".join(found.groups())) * 100
    return 0
