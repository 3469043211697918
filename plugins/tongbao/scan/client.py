"""The bounded, polite HTTP client of all scans: GET and HEAD, an honest name, and an outcome for whatever happens.

Bounded are time (from the lookup to the last byte, redirects included), body after decompression, headers and redirects.
Polite is the number of simultaneous requests to one host and the pause between them; neither counts as the site's time.
"""

from __future__ import annotations

import asyncio
import os
import re
import resource
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from operator import attrgetter
from types import TracebackType
from typing import Any, cast

import aiohttp
from aiohttp import hdrs
from multidict import CIMultiDict
from yarl import URL

from tongbao.feeds import Outcome
from tongbao.period import SHANGHAI
from tongbao.scan.addresses import AddressGuard, AddressRefused, GuardedResolver, Lookup, SystemLookup
from tongbao.scan.bodies import Body, EncodingNotOffered
from tongbao.scan.outcomes import ENCODING_NOT_OFFERED, NO_ROUTE, classify, classify_error, is_permanent
from tongbao.scan.politeness import Politeness
from tongbao.scan.redirects import Cookies, LedNowhere, redirect_of, target_of
from tongbao.scan.settings import ScanSettings

METHODS = ("GET", "HEAD")
_HEADER_LIMIT = 64 << 10
"""Of one line; browsers bear more than aiohttp's usual 8 KiB."""
_HEADERS = 256
_LOOKUP_THREADS = 256
_SPARE_FILES = 256
_ERRNO = re.compile(r"\[Errno (\d+)\]")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it; ``started_at`` carries its offset, ``elapsed_s`` counts from the lookup to the last byte.

    ``body`` is decompressed and at most ``body_limit`` bytes; ``error`` is a short technical reason, empty when all went well;
    ``address`` and ``family`` (4 or 6) are the peer's that was really connected to. ``redirects`` are the addresses asked before
    ``final_url``.
    """

    url: str
    final_url: str
    outcome: Outcome
    started_at: datetime
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    is_truncated: bool = False
    elapsed_s: float = 0.0
    address: str | None = None
    family: int | None = None
    redirects: tuple[str, ...] = ()
    error: str = ""
    method: str = "GET"

    def __reduce__(self) -> tuple[type[Exchange], tuple[Any, ...]]:
        # A crawl hands every page to another process; what dataclasses do for this by themselves takes five times as long.
        return Exchange, _FIELDS(self)

    def header(self, name: str) -> str:
        """The first header of that name, whatever its case; empty where there is none."""
        folded = name.lower()
        return next((value for key, value in self.headers if key.lower() == folded), "")

    @property
    def content_type(self) -> str:
        return self.header("content-type")


_FIELDS = attrgetter(*(each.name for each in fields(Exchange)))


def _now() -> datetime:
    return datetime.now(SHANGHAI)


class Client:
    """``async with Client(settings) as client: exchange = await client.fetch(url)``.

    ``resolver`` stands in for the machine's, ``now`` for its clock. ``keep`` is how many bytes of a body are kept where less than
    the limit will do, all of it being read none the less. ``reuses`` connections, unless each host is asked only once.
    """

    def __init__(
        self,
        settings: ScanSettings,
        *,
        resolver: Lookup | None = None,
        concurrency: int | None = None,
        keep: int | None = None,
        reuses: bool = True,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self.settings = settings
        self.politeness = Politeness(settings.per_host, settings.pause_s)
        self._lookup = resolver
        self._own_lookup: SystemLookup | None = None
        self._keep = settings.body_limit if keep is None else min(keep, settings.body_limit)
        self._now = now
        self._guard = AddressGuard(settings.private_hosts)
        self._concurrency = concurrency or settings.concurrency
        self._places = asyncio.Semaphore(self._concurrency)
        self._reuses = reuses
        self._sessions: dict[int, aiohttp.ClientSession] = {}
        self._tls: ssl.SSLContext | None = None

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()
        if self._own_lookup is not None:
            self._own_lookup.close()

    async def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        limit_s: float | None = None,
        headers: Mapping[str, str] | None = None,
        family: int | None = None,
    ) -> Exchange:
        """Fetch one address; network trouble is an outcome, never an exception.

        ``limit_s`` defaults to ``page_limit_s``; ``family`` 4 or 6 asks over that protocol only.

        Raises:
            ValueError: a method other than GET and HEAD.
        """
        if method not in METHODS:
            raise ValueError(f"scans use {METHODS} only, not {method}")
        try:
            target = target_of(url)
        except ValueError as error:
            no_errand = _Errand(url, method, {}, URL())
            return no_errand.failed(self._now(), 0.0, Outcome.BAD_RESPONSE, f"bad_address: {error}"[:120])
        errand = _Errand(url, method, dict(headers or {}), target)
        # The host's turn first: those who wait for a slow host must not keep others from the places.
        async with self.politeness.turn(errand.target.raw_authority), self._places:
            return await self._timed(errand, limit_s or self.settings.page_limit_s, self._session(family))

    async def fetch_patiently(self, url: str, *, tries: int, first_pause_s: float = 1.0, **how: Any) -> Exchange:
        """Fetch up to ``tries`` times, with doubling pauses, until the outcome is ok or permanent; the last exchange counts."""
        for attempt in range(tries):
            exchange = await self.fetch(url, **how)
            if attempt + 1 == tries or exchange.outcome is Outcome.OK or is_permanent(exchange.outcome, exchange.error):
                break
            await asyncio.sleep(first_pause_s * 2**attempt)
        return exchange

    async def _timed(self, errand: _Errand, limit_s: float, session: aiohttp.ClientSession) -> Exchange:
        clock = asyncio.get_running_loop().time
        started_at, begun = self._now(), clock()
        try:
            async with asyncio.timeout(limit_s):
                await self._follow(errand, session)
        except Exception as error:
            outcome, reason = _judged(error)
            return errand.failed(started_at, clock() - begun, outcome, reason)
        return errand.answered(started_at, clock() - begun)

    async def _follow(self, errand: _Errand, session: aiohttp.ClientSession) -> None:
        """Ask, and ask again where redirects lead, until a page answers."""
        seen: set[tuple[str, str]] = set()
        while True:
            errand.peer = errand.status = None
            self._check(errand.target)
            await self._ask(errand, session)
            following = errand.following
            if following is None:
                return
            step = (str(following), errand.cookies.header(following))
            if step in seen:
                raise LedNowhere("redirect_loop")
            if len(errand.redirects) >= self.settings.redirects:
                raise LedNowhere("too_many_redirects")
            seen.add(step)
            errand.redirects.append(str(errand.target))
            errand.target = following

    def _check(self, target: URL) -> None:
        """Refuse what the connector's own guard would not see: other schemes, and addresses written as numbers."""
        if target.scheme not in ("http", "https") or not target.raw_host:
            raise AddressRefused(f"{target.scheme} is neither http nor https")
        host = target.raw_host
        if (":" in host or host.replace(".", "").isdigit()) and not self._guard.allow(host, target.port or 0, host):
            raise AddressRefused(f"{host} is not public")

    async def _ask(self, errand: _Errand, session: aiohttp.ClientSession) -> None:
        asked = errand.headers
        if cookies := errand.cookies.header(errand.target):
            asked = asked | {"Cookie": cookies}
        async with session.request(errand.method, errand.target, headers=asked, allow_redirects=False) as answer:
            errand.peer = cast("_Response", answer).peer
            errand.status = answer.status
            errand.response_headers = answer.headers
            errand.following = redirect_of(answer)
            if errand.following is not None:
                errand.cookies.take(answer)
                return
            body = Body(answer.headers.get(hdrs.CONTENT_ENCODING, ""), self.settings.body_limit, self._keep)
            if errand.method == "GET":
                async for block in answer.content.iter_any():
                    if not body.take(block):
                        answer.close()
                        break
            errand.body, errand.is_truncated = body.done()

    def _session(self, family: int | None) -> aiohttp.ClientSession:
        kind = {None: socket.AF_UNSPEC, 4: socket.AF_INET, 6: socket.AF_INET6}[family]
        if kind not in self._sessions:
            self._sessions[kind] = self._open(kind)
        return self._sessions[kind]

    def _open(self, family: socket.AddressFamily) -> aiohttp.ClientSession:
        if self._lookup is None:
            self._lookup = self._own_lookup = SystemLookup(_LOOKUP_THREADS)
        if self._tls is None:
            self._tls = _tls(os.environ.get("SSL_CERT_FILE", ""))
            _make_room(2 * self._concurrency + _SPARE_FILES)
        connector = aiohttp.TCPConnector(
            limit=0,
            family=family,
            ssl=self._tls,
            resolver=GuardedResolver(self._guard, self._lookup),
            socket_factory=self._guard.open_socket,
            ttl_dns_cache=300,
            dns_cache_max_size=20_000,
            force_close=not self._reuses,
        )
        return aiohttp.ClientSession(
            connector=connector,
            response_class=_Response,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            auto_decompress=False,
            headers={
                "User-Agent": self.settings.user_agent,
                "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                "Accept-Language": "zh-CN,zh;q=0.9",
                "Accept-Encoding": "gzip, deflate",
            },
            max_line_size=_HEADER_LIMIT,
            max_field_size=_HEADER_LIMIT,
            max_headers=_HEADERS,
        )


class _Response(aiohttp.ClientResponse):
    """Knows its peer, which aiohttp forgets as soon as a small body has arrived."""

    peer: tuple[Any, ...] | None = None

    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        transport = connection.transport
        self.peer = transport.get_extra_info("peername") if transport is not None else None
        return await super().start(connection)


@dataclass(slots=True)
class _Errand:
    """One fetch under way: what was asked and what has come of it so far."""

    url: str
    method: str
    headers: dict[str, str]
    target: URL
    redirects: list[str] = field(default_factory=list)
    cookies: Cookies = field(default_factory=Cookies)
    following: URL | None = None
    peer: tuple[Any, ...] | None = None
    status: int | None = None
    response_headers: Mapping[str, str] = field(default_factory=CIMultiDict)
    body: bytes = b""
    is_truncated: bool = False

    def answered(self, started_at: datetime, elapsed_s: float) -> Exchange:
        headers = tuple(self.response_headers.items())
        outcome, reason = classify(self.status or 0, headers, self.body)
        return self._exchange(started_at, elapsed_s, outcome, reason, headers)

    def failed(self, started_at: datetime, elapsed_s: float, outcome: Outcome, reason: str) -> Exchange:
        return self._exchange(started_at, elapsed_s, outcome, reason, tuple(self.response_headers.items()))

    def _exchange(
        self, started_at: datetime, elapsed_s: float, outcome: Outcome, reason: str, headers: tuple[tuple[str, str], ...]
    ) -> Exchange:
        address = str(self.peer[0]) if self.peer else None
        return Exchange(
            url=self.url,
            final_url=str(self.target) if self.redirects else self.url,
            outcome=outcome,
            started_at=started_at,
            status=self.status,
            headers=headers,
            body=self.body,
            is_truncated=self.is_truncated,
            elapsed_s=elapsed_s,
            address=address,
            family=(6 if ":" in address else 4) if address else None,
            redirects=tuple(self.redirects),
            error=reason,
            method=self.method,
        )


def _judged(error: Exception) -> tuple[Outcome, str]:
    """Unwrap aiohttp's errors down to what the system said."""
    match error:
        case LedNowhere():
            return Outcome.BAD_RESPONSE, str(error)
        case EncodingNotOffered():
            return Outcome.BAD_RESPONSE, ENCODING_NOT_OFFERED
        case aiohttp.ServerDisconnectedError():
            return Outcome.RESET, "closed_without_answer"
        case aiohttp.ClientConnectorCertificateError():
            return classify_error(error.certificate_error)
        case aiohttp.ClientConnectorError():
            return _of_system(error.os_error)
        case aiohttp.ClientPayloadError():
            return Outcome.BAD_RESPONSE, "half_body"
        case OSError():
            return _of_system(error)
        case ValueError():
            return Outcome.BAD_RESPONSE, f"bad_address: {error}"[:120]
    return classify_error(error)


def _of_system(error: OSError) -> tuple[Outcome, str]:
    """Several addresses of a host may have failed for different reasons, which only the text tells; no way to one counts last."""
    numbers = _ERRNO.findall(str(error)) if error.errno is None else []
    judged = [classify_error(OSError(int(number), "")) for number in numbers] or [classify_error(error)]
    return next((verdict for verdict in judged if verdict[1] != NO_ROUTE), judged[0])


def _make_room(files: int) -> None:
    """Raise this process's limit of open files as far as it may: a socket that cannot be opened is nobody's failure."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = files if hard == resource.RLIM_INFINITY else min(files, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@cache
def _tls(authorities: str) -> ssl.SSLContext:
    """How to speak TLS; ``authorities`` is what SSL_CERT_FILE names, which the default context reads by itself.

    Certificates are checked; old protocols and ciphers are borne, since a browser of the office would
    open those pages too.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    return context
