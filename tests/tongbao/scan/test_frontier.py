"""Which addresses are one page, what belongs to a site, and in which order pages are asked for."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tongbao.scan.frontier import Scope, homepage_of, may_be_page, normalise, order_of, origin

HOST = "http://www.shiliqi.example"


@pytest.mark.parametrize(
    ("raw", "key", "url"),
    [
        ("/", "/", "/"),
        ("", "/", "/"),
        ("/a/b.html#top", "/a/b.html", "/a/b.html"),
        ("/list?b=2&a=1", "/list?a=1&b=2", "/list?b=2&a=1"),
        ("/wsdl?5", "/wsdl?5=", "/wsdl?5"),
        ("/x;jsessionid=0A1B2C?id=3", "/x?id=3", "/x?id=3"),
        ("/x?PHPSESSID=abc&id=3", "/x?id=3", "/x?id=3"),
        ("/x?id=3&utm_source=a&spm=1.2", "/x?id=3", "/x?id=3"),
        ("/x?id=3&_=1602571234567", "/x?id=3", "/x?id=3"),
        ("/x?t=0.8391827364", "/x", "/x"),
        ("/x?from=timeline&isappinstalled=0", "/x", "/x"),
        ("/x?sid=a1b2c3d4e5f6a7b8c9", "/x", "/x"),
        ("/政务.html", "/%E6%94%BF%E5%8A%A1.html", "/%E6%94%BF%E5%8A%A1.html"),
        ("/%7ea/b", "/~a/b", "/%7ea/b"),
        (" /a b.html ", "/a%20b.html", "/a%20b.html"),
    ],
)
def test_an_address_is_known_by_its_canonical_form_and_asked_for_as_written(raw: str, key: str, url: str) -> None:
    stripped = raw.strip()
    assert normalise(HOST + stripped) == (HOST + key, HOST + url)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/content?sid=12", "/content?sid=13"),
        ("/content?from=bureau", "/content"),
        ("/content?t=5", "/content?t=6"),
        ("/a", "/a/"),
        ("/", "/index.html"),
        ("/A", "/a"),
        ("/token?token=news", "/token"),
    ],
)
def test_different_pages_are_not_merged(one: str, other: str) -> None:
    first, second = normalise(HOST + one), normalise(HOST + other)
    assert first is not None
    assert second is not None
    assert first.key != second.key


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("HTTP://WWW.Shiliqi.Example:80/A", f"{HOST}/A"),
        ("https://www.shiliqi.example:443", "https://www.shiliqi.example/"),
        ("http://www.shiliqi.example:8080/", "http://www.shiliqi.example:8080/"),
        ("http://www.shiliqi.example?a=1", f"{HOST}/?a=1"),
        ("http://[2001:DB8::1]:8080/a", "http://[2001:db8::1]:8080/a"),
    ],
)
def test_hosts_and_default_ports_have_one_spelling(raw: str, key: str) -> None:
    address = normalise(raw)
    assert address is not None
    assert address.key == key
    assert normalise(address.url) == address


@pytest.mark.parametrize(
    "raw",
    [
        *(
            "mailto:a@shiliqi.example",
            "javascript:void(0)",
            "tel:0470",
            "ftp://shiliqi.example/a",
            "data:text/html,x",
            "",
            "#top",
        ),
        *("http://", "http:///a", "http://user:word@shiliqi.example/", "http://a.example:99999/", "http://[::1/", "//a/b"),
        "http://a.example/" + "x" * 9000,
    ],
)
def test_what_is_no_web_address_is_none(raw: str) -> None:
    assert normalise(raw) is None


@settings(max_examples=200, deadline=None)
@example("\xa0\x1b")
@given(st.text(max_size=60))
def test_normalising_never_fails_and_is_stable(text: str) -> None:
    for raw in (text, f"{HOST}/{text}", f"http://{text}"):
        address = normalise(raw)
        if address is not None:
            again = normalise(address.key)
            assert again is not None
            assert again.key == address.key
            assert origin(address.key).startswith("http")


@pytest.mark.parametrize("address", ["www.shiliqi.example", " http://www.shiliqi.example ", "http://www.shiliqi.example/"])
def test_a_roster_address_may_be_a_bare_host(address: str) -> None:
    home = homepage_of(address)
    assert home is not None
    assert home.key == f"{HOST}/"


def test_a_site_is_its_host_with_and_without_www_and_what_is_configured() -> None:
    home = normalise(f"{HOST}/")
    assert home is not None
    scope = Scope.of(home, ["zwgk.shiliqi.example:8080"])
    assert scope.holds(f"{HOST}/a")
    assert scope.holds("https://shiliqi.example/a")
    assert scope.holds("http://zwgk.shiliqi.example:8080/")
    assert not scope.holds("http://zwgk.shiliqi.example/")
    assert not scope.holds("http://www.shiliqi.example.evil.example/")
    assert not scope.holds("http://www.shiliqi.example:8080/")


@pytest.mark.parametrize(
    ("path", "is_page"), [("/a.pdf", False), ("/a.PDF?x=1", False), ("/down?f=a.pdf", True), ("/a.shtml", True)]
)
def test_files_are_told_by_their_ending(path: str, is_page: bool) -> None:
    assert may_be_page(HOST + path) is is_page


def test_sections_come_first_then_the_newest_then_by_address() -> None:
    pages = [
        ("/about.html", 0),
        ("/z/t20200101_1.html", 0),
        ("/a/index.html", 0),
        ("/z/", 0),
        ("/y.html", 20201013),
        ("/202009/1.html", 0),
    ]
    ordered = sorted(pages, key=lambda page: order_of(HOST + page[0], page[1]))
    assert [path for path, _ in ordered] == [
        "/a/index.html",
        "/z/",
        "/y.html",
        "/202009/1.html",
        "/z/t20200101_1.html",
        "/about.html",
    ]
