"""The classifier: what is blocked, what is permanent, what makes a link dead, what says nothing about a site."""

from __future__ import annotations

import errno
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

import pytest

from tongbao.errors import ConfigurationError
from tongbao.feeds import Outcome
from tongbao.scan.outcomes import OUTCOME_NAMES, classify, classify_error, is_permanent, is_untold, means_dead, walls

LINKS = "<a href='/p'>栏目</a>" * 6


@dataclass
class Seen:
    outcome: Outcome
    status: int | None = None
    error: str = ""


@pytest.mark.parametrize(
    "page",
    [
        "<html><head><title>网站防火墙</title></head></html>",
        "<script>document.cookie='__jsl_clearance=1'</script>",
        "<HTML><TITLE>Just a moment...</TITLE>",
        "<body>您的访问被阻断，请联系管理员</body>",
        "<script>var arg1='A0B1';</script>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("status", [200, 202, 405, 503, 521])
def test_pages_of_firewalls(page: str, encoding: str, status: int) -> None:
    assert classify(status, (), page.encode(encoding))[0] is Outcome.BLOCKED


@pytest.mark.parametrize(
    "page",
    [
        "<title>示例旗人民政府</title>" + LINKS + "关于加强网站安全狗的使用，您的访问被阻断时请联系",
        "<title>通知</title>本站今日开展安全验证演练，请各单位配合",
        "",
        "<title>安全生产</title>",
    ],
)
def test_pages_that_only_speak_of_such_things(page: str) -> None:
    assert classify(200, (), page.encode()) == (Outcome.OK, "")


def test_a_large_page_is_content() -> None:
    assert classify(200, (), b"<title>Access Denied</title>" + b"x" * 70_000)[0] is Outcome.OK


def test_headers_of_firewalls() -> None:
    assert classify(503, [("CF-Mitigated", "Challenge")], b"")[0] is Outcome.BLOCKED


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "ok"), (299, "ok"), (304, "ok"), (300, "bad_response"), (302, "bad_response"), (400, "http_4xx"), (401, "blocked"),
     (403, "blocked"), (404, "http_4xx"), (407, "blocked"), (410, "http_4xx"), (412, "blocked"), (429, "blocked"),
     (451, "blocked"), (499, "http_4xx"), (500, "http_5xx"), (599, "http_5xx"), (600, "bad_response"), (0, "bad_response")],
)  # fmt: skip
def test_statuses(status: int, outcome: str) -> None:
    assert classify(status)[0] == outcome


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ECONNREFUSED, ""), ("refused", "refused")),
        (OSError(errno.EHOSTUNREACH, ""), ("refused", "host_unreachable")),
        (OSError(errno.ENETUNREACH, ""), ("refused", "no_route")),
        (OSError(errno.EMFILE, ""), ("refused", "no_route")),
        (OSError(errno.ECONNRESET, ""), ("reset", "reset")),
        (OSError(errno.EPERM, ""), ("blocked", "address_not_allowed")),
        (TimeoutError(), ("timeout", "timeout")),
        (ConnectionAbortedError(), ("reset", "reset")),
        (ssl.SSLEOFError(), ("reset", "reset_in_handshake")),
        (ssl.SSLError(1, "x"), ("tls", "tls_handshake")),
        (socket.gaierror(socket.EAI_FAIL, ""), ("dns", "dns_temporary")),
        (RuntimeError("odd"), ("bad_response", "RuntimeError")),
    ],
)
def test_errors(error: BaseException, expected: tuple[str, str]) -> None:
    outcome, reason = classify_error(error)
    assert (outcome.value, reason) == expected


@pytest.mark.parametrize(
    ("outcome", "error", "permanent"),
    [
        ("ok", "", True),
        ("dns", "dns_unknown_name", True),
        ("dns", "dns_temporary", False),
        ("tls", "tls_expired", True),
        ("http_4xx", "http_404", True),
        ("blocked", "http_403", True),
        ("refused", "no_route", True),
        ("refused", "refused", False),
        ("timeout", "timeout", False),
        ("reset", "reset", False),
        ("http_5xx", "http_503", False),
        ("bad_response", "half_body", False),
    ],
)
def test_what_is_not_tried_again(outcome: str, error: str, permanent: bool) -> None:
    assert is_permanent(Outcome(outcome), error) is permanent


@pytest.mark.parametrize(
    ("seen", "dead"),
    [
        (Seen(Outcome.OK, 200), False),
        (Seen(Outcome.HTTP_4XX, 404), True),
        (Seen(Outcome.HTTP_4XX, 410), True),
        (Seen(Outcome.HTTP_4XX, 400), False),
        (Seen(Outcome.HTTP_4XX, 405), False),
        (Seen(Outcome.BLOCKED, 403), False),
        (Seen(Outcome.BLOCKED, 200), False),
        (Seen(Outcome.HTTP_5XX, 500), True),
        (Seen(Outcome.TIMEOUT, None), True),
        (Seen(Outcome.REFUSED, None, "refused"), True),
        (Seen(Outcome.REFUSED, None, "no_route"), False),
        (Seen(Outcome.DNS, None, "dns_unknown_name"), True),
        (Seen(Outcome.DNS, None, "dns_temporary"), False),
        (Seen(Outcome.TLS, None, "tls_expired"), True),
        (Seen(Outcome.TLS, None, "tls_unknown_issuer"), False),
        (Seen(Outcome.BAD_RESPONSE, 200, "encoding_not_offered"), False),
    ],
)
def test_what_makes_a_link_dead(seen: Seen, dead: bool) -> None:
    assert means_dead(seen) is dead


def test_what_says_nothing_about_the_site() -> None:
    assert is_untold(Seen(Outcome.BLOCKED, None, "address_not_allowed"))
    assert not is_untold(Seen(Outcome.BLOCKED, 403, "http_403"))


@pytest.mark.parametrize("content", ["", "statuses: [x]", "statuses: [403]\nheaders: []\ntitles: []\nsources: []", "{"])
def test_a_broken_table_of_marks_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "walls.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"walls\.yaml"):
        walls(path)


def test_every_outcome_has_its_name() -> None:
    assert set(OUTCOME_NAMES) == set(Outcome)
