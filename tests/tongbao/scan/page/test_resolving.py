"""Addresses are joined as the full resolver joins them, only faster."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tongbao.scan.page.model import LinkKind
from tongbao.scan.page.resolving import Base, address_in_script, host_of, kind_of

BASES = (
    "http://www.shiliqi.example", "http://www.shiliqi.example/", "https://shiliqi.example:8443/xw/", "http://shiliqi.example/xw/2020/index.html?a=/b/",
    "http://shiliqi.example/a/../b/c.html", "http://shiliqi.example/a;b/c",
)  # fmt: skip
_pieces = st.lists(
    st.sampled_from(["a", "b.html", "/", "..", ".", "?", "q=1", "示例", "%20", "-", "_", "//h.example/"]), min_size=1, max_size=6
)


@given(st.sampled_from(BASES), _pieces.map("".join))
def test_joining_is_the_same_as_the_full_resolver(base: str, written: str) -> None:
    assume(
        "//" not in written[1:] and written != "//"
    )  # which the standard library's resolver makes one slash, and browsers do not
    resolved = Base(base).resolve(written)
    joined = urljoin(base, written)
    assert resolved == (joined if joined.split("/")[2] else None)


WHOLE = (
    "http://h.example", "http://h.example/", "https://h.example:8443/a/b.html", "http://H.Example/A?b=1&a=2", "http://h.example/a?",
    "http://h.example?a=1", "http://h.example/示例/a.html?名=值", "http://h.example/a;b", "http://h.example/a#b", "http://h.example//a",
    "http://h.example/../a", "http://-h.example/", "http://shiliqi.example/x", "https:///a", "http:a.html", "http:/a.html",
    "/a?b=http://c.example/", "/a?", "/a//b?c", "/a?b#c", "httpd/a.html", "https.html?a=1",
)  # fmt: skip


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("written", WHOLE)
def test_whole_addresses_and_queries_are_joined_as_the_full_resolver_does(base: str, written: str) -> None:
    joined = urljoin(base, written)
    assert Base(base).resolve(written) == (joined if urlsplit(joined).hostname else None)


@pytest.mark.parametrize(
    "written",
    ["", " ", "#", "#a", "javascript:a()", "mailto:a@b.example", "tel:1", "data:,a", "http://", "//", "http://[::1", "ftp://a/"],
)
def test_what_is_no_address(written: str) -> None:
    assert Base(BASES[1]).resolve(written) is None


@pytest.mark.parametrize(
    ("written", "url"),
    [(" a.html\n", "a.html"), ("a\\b.html", "a/b.html"), ("a.\nhtml", "a.html"), ("HTTP://h.example/A", "http://h.example/A")],
)
def test_addresses_are_tidied_as_browsers_do(written: str, url: str) -> None:
    assert Base(BASES[1]).resolve(written) == urljoin(BASES[1], url)


@pytest.mark.parametrize(
    ("script", "address"),
    [
        ("window.open('/a.html')", "/a.html"),
        ('location.href = "/a.html";', "/a.html"),
        ("location.replace('/a.html')", "/a.html"),
        ("window.open('/a.html', '_blank'); return false", "/a.html"),
        ("location.href='/a?id=' + id", None),
        ("goTo('/a.html')", None),
        ("", None),
    ],
)
def test_addresses_in_scripts_when_they_are_whole(script: str, address: str | None) -> None:
    assert address_in_script(script) == address


def test_hosts_and_kinds() -> None:
    assert host_of("https://u@WWW.Shiliqi.example:81/a?b") == "shiliqi.example"
    assert kind_of("/a.b/c") is LinkKind.ANCHOR
    assert kind_of("/a.PDF#page=2") is LinkKind.ATTACHMENT
    assert kind_of("/a.jpeg") is LinkKind.IMAGE
    assert kind_of("/a.html?f=x.wps") is LinkKind.ATTACHMENT
