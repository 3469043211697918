"""The one classifier of what came of a request: network trouble, refusals of firewalls, answers.

Blocked is not down: a firewall's answer says nothing about the site behind it (lesson 1). What trying again cannot change is
permanent (lesson 11).
"""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import yaml

from tongbao.errors import ConfigurationError, Place
from tongbao.feeds import Outcome

NOT_ALLOWED = "address_not_allowed"
"""The scanner itself would not go there: a private address, or a scheme other than http and https."""
NO_ROUTE = "no_route"
"""The scanner's own network knows no way there, e.g. IPv6 from a machine without it."""
UNKNOWN_ISSUER = "tls_unknown_issuer"
"""The certificate's chain is incomplete or ends in an authority this machine does not know; a browser may know it."""
ENCODING_NOT_OFFERED = "encoding_not_offered"
"""The body is compressed in a way that was not offered; a browser may read it."""
TEMPORARY_DNS = "dns_temporary"
UNKNOWN_NAME = "dns_unknown_name"
NO_ADDRESS = "dns_no_address"

_UNTOLD = frozenset({NOT_ALLOWED, NO_ROUTE, UNKNOWN_ISSUER, ENCODING_NOT_OFFERED})
OUTCOME_NAMES = {
    Outcome.OK: "正常",
    Outcome.TIMEOUT: "超时",
    Outcome.DNS: "域名无法解析",
    Outcome.REFUSED: "拒绝连接",
    Outcome.RESET: "连接中断",
    Outcome.TLS: "证书或加密连接错误",
    Outcome.HTTP_4XX: "页面不存在或者拒绝访问",
    Outcome.HTTP_5XX: "服务器错误",
    Outcome.BAD_RESPONSE: "应答异常",
    Outcome.BLOCKED: "被拦截",
}
"""What came of a request, in an operator's words: alarms, summaries, evidence."""
_DEAD_STATUSES = frozenset({404, 410})
_MOST_SOURCE = 64 << 10
"""Walls are small; a page larger than that is content."""
_MOST_ANCHORS = 5

_WALLS = Path(__file__).parents[3] / "config" / "scan" / "walls.yaml"


class Answered(Protocol):
    """What the judgements below need of an exchange."""

    @property
    def outcome(self) -> Outcome: ...
    @property
    def status(self) -> int | None: ...
    @property
    def error(self) -> str: ...


@dataclass(frozen=True)
class Walls:
    """The marks of firewalls and challenge pages; texts in each encoding such pages come in."""

    statuses: frozenset[int]
    headers: dict[str, str]
    titles: tuple[bytes, ...]
    sources: tuple[bytes, ...]

    def mark(self, headers: Iterable[tuple[str, str]], body: bytes) -> str:
        """The first mark of a wall in an answer; empty where there is none."""
        for name, value in headers:
            word = self.headers.get(name.lower())
            if word and word in value.lower():
                return f"{name}: {word}"
        if not body or len(body) > _MOST_SOURCE or body.count(b"<a ") + body.count(b"<A ") > _MOST_ANCHORS:
            return ""
        return _first(self.sources, body) or _first(self.titles, _title(body))


@cache
def walls(path: Path = _WALLS) -> Walls:
    """Read the marks.

    Raises:
        ConfigurationError: the file is missing or not of the shape it documents itself.
    """
    try:
        content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Walls(
            statuses=frozenset(int(status) for status in content["statuses"]),
            headers={str(name).lower(): str(word).lower() for name, word in content["headers"].items()},
            titles=_encoded(content["titles"]),
            sources=_encoded(content["sources"]),
        )
    except (OSError, KeyError, TypeError, ValueError, AttributeError, yaml.YAMLError) as error:
        raise ConfigurationError(
            "不是正确的拦截页标志表",
            remedy="请对照仓库中的 config/scan/walls.yaml 恢复 statuses、headers、titles、sources 四项",
            place=Place(file=path.name),
        ) from error


def classify(status: int, headers: Iterable[tuple[str, str]] = (), body: bytes = b"") -> tuple[Outcome, str]:
    """The outcome of an answer and, where it is not ok, a short reason.

    2xx and 304 are ok unless the page is a wall; other 3xx that reach this are redirects that lead nowhere.
    """
    known = walls()
    if status in known.statuses:
        return Outcome.BLOCKED, f"http_{status}"
    if mark := known.mark(headers, body):
        return Outcome.BLOCKED, f"wall: {mark}"
    if 200 <= status < 300 or status == 304:
        return Outcome.OK, ""
    if 400 <= status < 500:
        return Outcome.HTTP_4XX, f"http_{status}"
    if 500 <= status < 600:
        return Outcome.HTTP_5XX, f"http_{status}"
    return Outcome.BAD_RESPONSE, f"http_{status}"


_ERRNOS = {
    errno.ECONNREFUSED: (Outcome.REFUSED, "refused"),
    errno.EHOSTUNREACH: (Outcome.REFUSED, "host_unreachable"),
    errno.ENETUNREACH: (Outcome.REFUSED, NO_ROUTE),
    errno.EADDRNOTAVAIL: (Outcome.REFUSED, NO_ROUTE),
    errno.EAFNOSUPPORT: (Outcome.REFUSED, NO_ROUTE),
    errno.ENETDOWN: (Outcome.REFUSED, NO_ROUTE),
    errno.EMFILE: (Outcome.REFUSED, NO_ROUTE),
    errno.ENFILE: (Outcome.REFUSED, NO_ROUTE),
    errno.ENOBUFS: (Outcome.REFUSED, NO_ROUTE),
    # Our own guard, or a firewall on this machine.
    errno.EACCES: (Outcome.BLOCKED, NOT_ALLOWED),
    errno.EPERM: (Outcome.BLOCKED, NOT_ALLOWED),
    errno.ETIMEDOUT: (Outcome.TIMEOUT, "timeout"),
    errno.ECONNRESET: (Outcome.RESET, "reset"),
    errno.ECONNABORTED: (Outcome.RESET, "reset"),
    errno.EPIPE: (Outcome.RESET, "reset"),
}

_CERTIFICATE_CODES = {10: "tls_expired", 18: "tls_self_signed", 19: "tls_self_signed", 62: "tls_wrong_host", 64: "tls_wrong_host"}
_UNKNOWN_ISSUER_CODES = (2, 20, 21)


def classify_error(error: BaseException) -> tuple[Outcome, str]:
    """The outcome of a low-level failure and a short reason; what is not known is a bad response."""
    match error:
        case socket.gaierror():
            return Outcome.DNS, _dns_reason(error)
        case ssl.SSLCertVerificationError():
            code = error.verify_code
            return Outcome.TLS, UNKNOWN_ISSUER if code in _UNKNOWN_ISSUER_CODES else _CERTIFICATE_CODES.get(code, f"tls_{code}")
        # The connection broke off during the handshake, which says nothing about certificates.
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError() | ssl.SSLSyscallError():
            return Outcome.RESET, "reset_in_handshake"
        case ssl.SSLError():
            return Outcome.TLS, f"tls_{getattr(error, 'reason', None) or 'handshake'}".lower()[:80]
        case TimeoutError():
            return Outcome.TIMEOUT, "timeout"
        case OSError() if error.errno in _ERRNOS:
            return _ERRNOS[error.errno]
        case ConnectionError():
            return Outcome.RESET, "reset"
        case _:
            return Outcome.BAD_RESPONSE, type(error).__name__


def is_permanent(outcome: Outcome, error: str = "") -> bool:
    """Whether trying again at once would be no use: an unknown name, a bad certificate, a 4xx, a firewall, our own refusal."""
    if outcome in (Outcome.TLS, Outcome.HTTP_4XX, Outcome.BLOCKED, Outcome.OK):
        return True
    return (outcome is Outcome.DNS and error != TEMPORARY_DNS) or error in _UNTOLD


def is_untold(exchange: Answered) -> bool:
    """Whether the exchange says nothing about the site because this machine could not look properly: not measured."""
    return exchange.error in _UNTOLD


def means_dead(exchange: Answered) -> bool:
    """Whether a link that answers so twice, apart in time, is dead.

    Never where a firewall answered, where this machine could not look, or where the answer is about the request rather than
    the page (400, 405, 406, …).
    """
    if exchange.outcome in (Outcome.OK, Outcome.BLOCKED) or is_untold(exchange):
        return False
    if exchange.outcome is Outcome.HTTP_4XX:
        return exchange.status in _DEAD_STATUSES
    return not (exchange.outcome is Outcome.DNS and exchange.error == TEMPORARY_DNS)


def _dns_reason(error: socket.gaierror) -> str:
    if error.errno == socket.EAI_NONAME:
        return UNKNOWN_NAME
    if error.errno in (getattr(socket, "EAI_NODATA", None), getattr(socket, "EAI_ADDRFAMILY", None)):
        return NO_ADDRESS
    return TEMPORARY_DNS


def _encoded(texts: Iterable[Any]) -> tuple[bytes, ...]:
    made = {str(text).encode(encoding): None for text in texts for encoding in ("utf-8", "gb18030")}
    return tuple(made)


def _first(marks: tuple[bytes, ...], text: bytes) -> str:
    found = next((mark for mark in marks if mark in text), b"")
    try:
        return found.decode()
    except UnicodeDecodeError:
        return found.decode("gb18030")


_TITLE = re.compile(rb"<title[^>]*>([^<]{0,400})", re.IGNORECASE)


def _title(body: bytes) -> bytes:
    found = _TITLE.search(body, 0, 8192)
    return found[1] if found else b""
