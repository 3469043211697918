"""The client against servers that misbehave: the right outcome, within bounds, and never an exception."""

from __future__ import annotations

import asyncio
import gzip
import socket
import tracemalloc
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.tongbao.scan.loopback import Answer, certificate, fetch_only, fetched, outcome_of, plain, reply, served, settings
from tongbao.feeds import Outcome
from tongbao.scan.client import Client, Exchange

MIB = 1 << 20


def late(seconds: float, answer: bytes = reply(b"late")) -> Answer:
    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
        await asyncio.sleep(seconds)
        writer.write(answer)

    return respond


def closing(*parts: bytes, aborts: bool = False, pause_s: float = 0.0) -> Answer:
    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause_s)
        if aborts:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            writer.transport.abort()
        else:
            writer.close()
        raise ConnectionError

    return respond


def endless(head: bytes, block: bytes, sent: list[int]) -> Answer:
    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
        writer.write(head)
        while True:
            writer.write(block)
            sent.append(len(block))
            await writer.drain()

    return respond


class TestAnswers:
    """What a sound server says comes through whole."""

    def test_an_exchange_says_all_that_was_seen(self) -> None:
        exchange = fetched(plain(reply("你好".encode(), ETag='"a"')), "/p?q=1")
        assert outcome_of(exchange) == ("ok", "")
        assert (exchange.status, exchange.body.decode(), exchange.header("etag")) == (200, "你好", '"a"')
        assert (exchange.address, exchange.family, exchange.method) == ("127.0.0.1", 4, "GET")
        assert exchange.final_url == exchange.url
        assert exchange.url.endswith("/p?q=1")
        assert exchange.started_at.utcoffset() is not None
        assert 0 < exchange.elapsed_s < 5
        assert not exchange.is_truncated

    def test_head_brings_no_body(self) -> None:
        exchange = fetched(plain(reply(b"")[:-2] + b"X: y\r\n\r\n"), method="HEAD")
        assert (exchange.outcome, exchange.body, exchange.method) == (Outcome.OK, b"", "HEAD")

    def test_nothing_but_get_and_head(self) -> None:
        with pytest.raises(ValueError, match="POST"):
            fetched(plain(reply()), method="POST")

    def test_the_request_is_honest_and_asks_for_what_it_can_read(self) -> None:
        asked: list[bytes] = []

        async def run() -> None:
            async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                asked.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(reply())

            server = await asyncio.start_server(handle, "127.0.0.1", 0)
            async with Client(settings()) as client:
                port = server.sockets[0].getsockname()[1]
                await client.fetch(f"http://user:secret@127.0.0.1:{port}/", headers={"If-None-Match": '"a"'})
            server.close()

        asyncio.run(run())
        request = asked[0].decode()
        assert "User-Agent: TongbaoScan/" in request
        assert "(+scan@tongbao.example)" in request
        assert "Accept-Encoding: gzip, deflate\r\n" in request
        assert 'If-None-Match: "a"' in request
        assert "Authorization" not in request
        assert "Cookie" not in request

    def test_over_ipv6(self) -> None:
        async def run() -> Exchange:
            async with served(plain(reply(b"six")), host="::1") as address, Client(settings()) as client:
                return await client.fetch(address, family=6)

        exchange = asyncio.run(run())
        assert (exchange.outcome, exchange.family, exchange.address) == (Outcome.OK, 6, "::1")

    @pytest.mark.parametrize(
        ("encoding", "packed"),
        [
            ("gzip", gzip.compress(b"page", mtime=0)),
            ("x-gzip", gzip.compress(b"page", mtime=0)),
            ("deflate", zlib.compress(b"page")),
            ("deflate", zlib.compress(b"page", wbits=-15)),
            ("identity", b"page"),
        ],
    )
    def test_compressed_bodies_are_read(self, encoding: str, packed: bytes) -> None:
        exchange = fetched(plain(reply(packed, Content_Encoding=encoding)))
        assert (exchange.outcome, exchange.body, exchange.is_truncated) == (Outcome.OK, b"page", False)

    @pytest.mark.parametrize(
        ("status", "outcome"),
        [
            ("204 No Content", "ok"),
            ("304 Not Modified", "ok"),
            ("404 Not Found", "http_4xx"),
            ("403 Forbidden", "blocked"),
            ("412 Precondition Failed", "blocked"),
            ("429 Too Many Requests", "blocked"),
            ("500 Internal Server Error", "http_5xx"),
            ("503 Service Unavailable", "http_5xx"),
            ("302 Found", "bad_response"),
            ("600 What", "bad_response"),
        ],
    )
    def test_statuses(self, status: str, outcome: str) -> None:
        assert fetched(plain(reply(status=status))).outcome == outcome

    def test_a_wall_that_says_200_is_a_wall(self) -> None:
        page = "<html><title>访问被拦截！</title></html>"
        for encoding in ("utf-8", "gb18030"):
            assert fetched(plain(reply(page.encode(encoding)))).outcome is Outcome.BLOCKED


class TestTime:
    """The limit counts from the start to the last byte, redirects included, and only the site's own time."""

    @pytest.mark.parametrize(("seconds", "outcome"), [(0.3, "ok"), (1.0, "timeout")])
    def test_an_answer_just_within_and_just_beyond_the_limit(self, seconds: float, outcome: str) -> None:
        exchange = fetched(late(seconds), limit_s=0.6)
        assert exchange.outcome == outcome
        assert (exchange.elapsed_s >= 0.6) == (outcome == "timeout")
        assert exchange.elapsed_s < 1.0

    def test_a_body_that_drips_is_cut_off_at_the_limit(self) -> None:
        head = reply(b"", Content_Length="100000")
        exchange = fetched(closing(head, *[b"x"] * 100, pause_s=0.02), limit_s=0.2)
        assert outcome_of(exchange) == ("timeout", "timeout")
        assert exchange.status == 200

    def test_a_server_that_drips_headers_is_cut_off(self) -> None:
        assert fetched(closing(b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 50, pause_s=0.02), limit_s=0.2).outcome is Outcome.TIMEOUT

    def test_redirects_count(self) -> None:
        async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
            await asyncio.sleep(0.1)
            writer.write(reply(status="302 Found", Location=f"{path}x") if len(path) < 4 else reply())

        assert fetched(slow, limit_s=0.25).outcome is Outcome.TIMEOUT
        assert fetched(slow, limit_s=2).outcome is Outcome.OK

    def test_waiting_for_a_turn_does_not_count(self) -> None:
        async def run() -> list[Exchange]:
            async with served(late(0.1)) as address, Client(settings(per_host=1, page_limit_s=0.35)) as client:
                return await asyncio.gather(*(client.fetch(f"{address}/{number}") for number in range(4)))

        assert [exchange.outcome for exchange in asyncio.run(run())] == [Outcome.OK] * 4

    @pytest.mark.whole
    def test_the_real_limit(self) -> None:
        async def run() -> list[Exchange]:
            async with served(late(14.9)) as soon, served(late(15.1)) as late_, Client(settings(page_limit_s=15)) as client:
                return await asyncio.gather(client.fetch(soon), client.fetch(late_))

        within, beyond = asyncio.run(run())
        assert (within.outcome, beyond.outcome) == (Outcome.OK, Outcome.TIMEOUT)
        assert within.elapsed_s < 15 <= beyond.elapsed_s < 15.1


class TestBrokenConnections:
    """Resets, half bodies and garbage."""

    @pytest.mark.parametrize(
        ("answer", "expected"),
        [
            (closing(), ("reset", "closed_without_answer")),
            (closing(aborts=True), ("reset", "reset")),
            (closing(b"HTTP/1.1 200 OK\r\nX-Half: "), ("reset", "closed_without_answer")),
            (closing(reply(b"half", Content_Length="100")), ("bad_response", "half_body")),
            (closing(reply(b"half", Content_Length="100"), aborts=True, pause_s=0.05), ("bad_response", "half_body")),
            (closing(reply(b"5\r\nhe", Content_Length="", Transfer_Encoding="chunked")), ("bad_response", "half_body")),
            (closing(reply(b"zz\r\n", Content_Length="", Transfer_Encoding="chunked")), ("bad_response", "ClientResponseError")),
            (closing(b"SSH-2.0-OpenSSH_9.9\r\n"), ("bad_response", "ClientResponseError")),
            (closing(b"\0\xff" * 500), ("bad_response", "ClientResponseError")),
        ],
    )
    def test_outcomes(self, answer: Answer, expected: tuple[str, str]) -> None:
        assert outcome_of(fetched(answer)) == expected

    def test_nobody_listens(self) -> None:
        async def run() -> Exchange:
            with socket.socket() as unused:
                unused.bind(("127.0.0.1", 0))
                async with Client(settings()) as client:
                    return await client.fetch(f"http://127.0.0.1:{unused.getsockname()[1]}/")

        assert outcome_of(asyncio.run(run())) == ("refused", "refused")

    def test_a_kept_connection_that_the_server_gave_up_is_no_failure(self) -> None:
        served_once: list[str] = []

        async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
            if len(served_once) == 1:
                served_once.append("closed")
                raise ConnectionError
            served_once.append(path)
            writer.write(reply(b"page"))

        async def run() -> list[Outcome]:
            async with served(once) as address, Client(settings()) as client:
                return [(await client.fetch(address)).outcome for _ in range(2)]

        assert asyncio.run(run()) == [Outcome.OK, Outcome.OK]
        assert "closed" in served_once

    def test_an_address_that_is_none(self) -> None:
        for address in ("http://", "http://[::1", "http://a b/", "/only/a/path", "http://x.example:99999/", ""):
            assert fetch_only(address).outcome in (Outcome.BAD_RESPONSE, Outcome.BLOCKED, Outcome.DNS), address


class TestBounds:
    """Bodies, bombs, headers: bounded memory and an end."""

    def test_a_gigabyte_stops_at_the_limit(self) -> None:
        sent: list[int] = []
        head = reply(b"", Content_Length=str(1 << 30))
        tracemalloc.start()
        exchange = fetched(endless(head, b"x" * (256 << 10), sent), client=settings(body_limit_mib=2))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (exchange.outcome, len(exchange.body), exchange.is_truncated) == (Outcome.OK, 2 * MIB, True)
        assert sum(sent) < 30 * MIB
        assert peak < 24 * MIB

    def test_a_gzip_bomb_stops_at_the_limit(self) -> None:
        packer = zlib.compressobj(1, wbits=31)
        bomb = b"".join(packer.compress(bytes(MIB)) for _ in range(64)) + packer.flush()
        tracemalloc.start()
        exchange = fetched(plain(reply(bomb, Content_Encoding="gzip")), client=settings(body_limit_mib=1))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (exchange.outcome, len(exchange.body), exchange.is_truncated) == (Outcome.OK, MIB, True)
        assert peak < 16 * MIB

    @pytest.mark.parametrize(("size", "is_truncated"), [(MIB - 1, False), (MIB, False), (MIB + 1, True)])
    def test_the_limit_is_exact(self, size: int, is_truncated: bool) -> None:
        exchange = fetched(plain(reply(bytes(size))), client=settings(body_limit_mib=1))
        assert (len(exchange.body), exchange.is_truncated) == (min(size, MIB), is_truncated)

    def test_only_the_head_of_a_page_is_kept_where_that_will_do(self) -> None:
        async def run() -> Exchange:
            async with served(plain(reply(b"x" * 5000))) as address, Client(settings(), keep=1000) as client:
                return await client.fetch(address)

        exchange = asyncio.run(run())
        assert (len(exchange.body), exchange.is_truncated, exchange.outcome) == (1000, True, Outcome.OK)

    @pytest.mark.parametrize(
        ("encoding", "body", "expected"),
        [
            ("gzip", b"no gzip at all", ("bad_response", "error")),
            ("br", b"\x0b\x02\x80page\x03", ("bad_response", "encoding_not_offered")),
            ("gzip, gzip", b"x", ("bad_response", "encoding_not_offered")),
        ],
    )
    def test_what_cannot_be_unpacked(self, encoding: str, body: bytes, expected: tuple[str, str]) -> None:
        assert outcome_of(fetched(plain(reply(body, Content_Encoding=encoding)))) == expected

    def test_a_packed_page_cut_short_says_so(self) -> None:
        packed = gzip.compress(bytes(range(256)) * 100)
        exchange = fetched(plain(reply(packed[: len(packed) // 2], Content_Encoding="gzip")))
        assert (exchange.outcome, exchange.is_truncated) == (Outcome.OK, True)

    def test_headers_without_end(self) -> None:
        sent: list[int] = []
        assert fetched(endless(b"HTTP/1.1 200 OK\r\n", b"X: yyyyyyyyyyyyyyy\r\n" * 100, sent)).outcome is Outcome.BAD_RESPONSE
        assert fetched(endless(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 10_000, sent)).outcome is Outcome.BAD_RESPONSE
        assert sum(sent) < 10 * MIB

    def test_long_headers_that_browsers_bear(self) -> None:
        assert fetched(plain(reply(b"page", Content_Security_Policy="x" * 30_000))).outcome is Outcome.OK


class TestTls:
    """Broken TLS is its own outcome; an unknown authority is told apart."""

    def test_outcomes(self, tmp_path: Path) -> None:
        for reason, how in {
            "tls_self_signed": {},
            "tls_unknown_issuer": {"is_own": False},
        }.items():
            exchange = fetched(plain(reply()), tls=certificate(tmp_path, **how))  # type: ignore[arg-type]
            assert outcome_of(exchange) == ("tls", reason)

    def test_trusted_certificates_are_still_judged(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for host, days, reason in (("127.0.0.1", -1, "tls_expired"), ("127.0.0.2", 1, "tls_wrong_host"), ("127.0.0.1", 1, "")):
            folder = tmp_path / f"{host}.{days}"
            folder.mkdir()
            tls = certificate(folder, host=host, days=days)
            monkeypatch.setenv("SSL_CERT_FILE", str(folder / "server.pem"))
            assert outcome_of(fetched(plain(reply()), tls=tls)) == ("tls" if reason else "ok", reason)

    def test_http_where_https_was_asked_for(self) -> None:
        async def run() -> Exchange:
            async with served(plain(reply())) as address, Client(settings()) as client:
                return await client.fetch(address.replace("http:", "https:"), limit_s=0.3)

        assert asyncio.run(run()).outcome in (Outcome.TLS, Outcome.RESET, Outcome.TIMEOUT)


class TestPatience:
    """What may pass is tried again, what is permanent is not."""

    @pytest.mark.parametrize(
        ("first", "tries", "outcome"),
        [(reply(status="503 S"), 2, "ok"), (reply(status="404 N"), 1, "http_4xx"), (reply(status="403 F"), 1, "blocked")],
    )
    def test_tries(self, first: bytes, tries: int, outcome: str) -> None:
        asked: list[str] = []

        async def flaky(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
            asked.append(path)
            writer.write(first if len(asked) == 1 else reply(b"page"))

        async def run() -> Exchange:
            async with served(flaky) as address, Client(settings()) as client:
                return await client.fetch_patiently(address, tries=3, first_pause_s=0.01)

        assert asyncio.run(run()).outcome == outcome
        assert len(asked) == tries

    def test_the_clock_is_the_callers(self) -> None:
        at = datetime(2020, 7, 1, tzinfo=UTC)

        async def run() -> Exchange:
            async with served(plain(reply())) as address, Client(settings(), now=lambda: at) as client:
                return await client.fetch(address)

        assert asyncio.run(run()).started_at == at
