"""Redirects are followed by hand, each hop guarded."""

from __future__ import annotations

import asyncio

import pytest

from tests.tongbao.scan.loopback import by_path, fetched, outcome_of, plain, reply, settings
from tongbao.scan.client import Client, Exchange


def test_the_way_is_told() -> None:
    answers = {
        "/": reply(status="301 Moved", Location="/a?x=1#part"),
        "/a?x=1": reply(status="307 Temporary", Location="b"),
        "/b": reply(b"there"),
    }
    exchange = fetched(by_path(answers))
    assert exchange.body == b"there"
    assert [address.rpartition(":")[2].partition("/")[2] for address in exchange.redirects] == ["", "a?x=1"]
    assert exchange.final_url.endswith("/b")


def test_a_location_in_gbk_is_asked_for_as_it_came() -> None:
    location = "/" + "通知".encode("gbk").decode("utf-8", "surrogateescape")
    answers = {"/": reply(status="302 Found", Location=location), "/%CD%A8%D6%AA": reply(b"there")}
    assert fetched(by_path(answers)).body == b"there"


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"/": reply(status="302 Found", Location="/")}, "redirect_loop"),
        ({"/": reply(status="302 F", Location="/a"), "/a": reply(status="302 F", Location="/")}, "redirect_loop"),
        ({f"/{'x' * n}": reply(status="302 F", Location=f"/{'x' * (n + 1)}") for n in range(99)}, "too_many_redirects"),
    ],
)
def test_loops_end(answers: dict[str, bytes], reason: str) -> None:
    assert outcome_of(fetched(by_path(answers))) == ("bad_response", reason)


def test_as_many_as_allowed_are_followed() -> None:
    answers = {f"/{'x' * n}": reply(status="302 F", Location=f"/{'x' * (n + 1)}") for n in range(5)}
    assert fetched(by_path(answers | {"/xxxxx": reply(b"there")})).body == b"there"


def test_a_site_that_turns_visitors_round_until_its_cookie_comes_along() -> None:
    async def run() -> list[Exchange]:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while request := await reader.readuntil(b"\r\n\r\n"):
                came = b"Cookie: visited=1\r\n" in request
                writer.write(reply(b"page") if came else reply(status="302 F", Location="/", Set_Cookie="visited=1; path=/"))

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with Client(settings()) as client:
            exchanges = [await client.fetch(address) for _ in range(2)]
        server.close()
        return exchanges

    first, second = asyncio.run(run())
    assert first.body == second.body == b"page"
    # Nothing is remembered from one visit to the next.
    assert len(second.redirects) == 1


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.2/",
        "http://localhost:1/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest",
        "ftp://a.example/",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_into_the_office_is_not_followed(location: str) -> None:
    exchange = fetched(plain(reply(status="302 F", Location=location)))
    assert outcome_of(exchange) == ("blocked", "address_not_allowed")
    assert exchange.status is None
