"""Where an answer sends the visitor, and the cookies that some sites want back before they stop sending him about."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes

import aiohttp
from aiohttp import hdrs
from yarl import URL

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_COOKIES = 50


class LedNowhere(Exception):
    """Redirects that do not end."""


@dataclass(slots=True)
class Cookies:
    """What a site sets while it redirects: some send a visitor back and forth until the cookie comes along."""

    set: list[tuple[str, str, str]] = field(default_factory=list)
    """Host (with a leading dot where subhosts are meant), name and value."""

    def take(self, answer: aiohttp.ClientResponse) -> None:
        host = answer.url.raw_host or ""
        for line in answer.headers.getall(hdrs.SET_COOKIE, ())[:_COOKIES]:
            pair, *attributes = line.split(";")
            name, sign, value = pair.strip().partition("=")
            domains = [
                part.partition("=")[2].strip().lstrip(".") for part in attributes if part.strip().lower().startswith("domain=")
            ]
            # A cookie for a whole top-level domain or for someone else's is set for the host alone.
            wide = domains and domains[-1].count(".") and f".{host}".endswith(f".{domains[-1]}")
            scope = f".{domains[-1]}" if wide else host
            if sign and name and len(line) <= 4096 and line.isprintable():
                others = [known for known in self.set if known[:2] != (scope, name)]
                self.set = [*others[-_COOKIES:], (scope, name, value)]

    def header(self, target: URL) -> str:
        if not self.set:
            return ""
        host = target.raw_host or ""
        return "; ".join(
            f"{name}={value}"
            for scope, name, value in self.set
            if host == scope or (scope.startswith(".") and f".{host}".endswith(scope))
        )


def redirect_of(answer: aiohttp.ClientResponse) -> URL | None:
    """Where an answer sends the visitor; None where it is the page itself."""
    location = answer.headers.get(hdrs.LOCATION) if answer.status in _REDIRECTS else None
    if not location:
        return None
    try:
        return answer.url.join(target_of(location)).with_fragment(None)
    except ValueError as error:
        raise LedNowhere(f"bad_redirect: {error}"[:120]) from error


def target_of(address: str) -> URL:
    """Read an address; bytes that are no UTF-8 (GBK in a Location header) are sent back as they came.

    Raises:
        ValueError: it is not an address at all.
    """
    plain = address.strip()
    if not plain.isascii():
        with contextlib.suppress(UnicodeEncodeError):
            plain.encode()
            return _nameless(URL(plain))
        plain = quote_from_bytes(plain.encode("utf-8", "surrogateescape"), safe="%/:=&?~#+!$,;'@()*[]")
    return _nameless(URL(plain))


def _nameless(address: URL) -> URL:
    """A name and password in an address would be sent: a scan logs in nowhere."""
    return address if address.raw_user is None and address.raw_password is None else address.with_user(None)
