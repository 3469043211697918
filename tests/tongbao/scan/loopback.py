"""A server on loopback that answers as badly as a test wants, and one fetch from it."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from tongbao.scan.client import Client, Exchange
from tongbao.scan.settings import ScanSettings

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter, str], Awaitable[None]]
"""Reader, writer and the path asked for; the request is already read."""


def settings(**changes: Any) -> ScanSettings:
    plain = {"contact": "scan@tongbao.example", "private_hosts": ("127.0.0.1", "[::1]"), "pause_s": 0, "page_limit_s": 5}
    return ScanSettings(**(plain | changes))


@asynccontextmanager
async def served(answer: Answer, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve on a free port until the block ends; yields the address without a path."""
    open_: set[asyncio.StreamWriter] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, TimeoutError):
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                await answer(reader, writer, request.split(b" ")[1].decode())
                await writer.drain()
        with suppress(Exception):
            writer.close()

    server = await asyncio.start_server(handle, host, 0, ssl=tls)
    name = f"[{host}]" if ":" in host else host
    try:
        yield f"http{'s' if tls else ''}://{name}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in open_:
            writer.transport.abort()
        await asyncio.sleep(0)


def fetched(
    answer: Answer, path: str = "/", *, client: ScanSettings | None = None, tls: ssl.SSLContext | None = None, **how: Any
) -> Exchange:
    """One exchange with a fresh client."""

    async def run() -> Exchange:
        async with served(answer, tls=tls) as address, Client(client or settings()) as scanner:
            return await scanner.fetch(address + path, **how)

    return asyncio.run(run())


class Names:
    """A resolver that says what a test wants, in turn."""

    def __init__(self, *answers: list[str] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int, int]] = []

    async def __call__(self, host: str, port: int, family: int) -> list[str]:
        self.asked.append((host, port, family))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def fetch_only(address: str, names: Names | None = None, **changes: Any) -> Exchange:
    """One exchange of a client that may touch no private address."""

    async def run() -> Exchange:
        async with Client(settings(private_hosts=(), **changes), resolver=names or Names([])) as client:
            return await client.fetch(address, limit_s=1)

    return asyncio.run(run())


def outcome_of(exchange: Exchange) -> tuple[str, str]:
    """What came of an exchange, and why."""
    return exchange.outcome.value, exchange.error


def reply(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    lines = {"Content-Length": str(len(body)), "Content-Type": "text/html"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode("utf-8", "surrogateescape") + body


def plain(answer: bytes) -> Answer:
    """Always the same bytes."""

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
        writer.write(answer)

    return respond


def by_path(answers: dict[str, bytes]) -> Answer:
    """The answer of a path; 404 for any other."""

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
        writer.write(answers.get(path, reply(status="404 Not Found")))

    return respond


def certificate(folder: Path, *, host: str = "127.0.0.1", days: int = 1, is_own: bool = True) -> ssl.SSLContext:
    """A server's context with a fresh certificate, signed by itself or by an authority nobody knows."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, issuer = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    authority = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Example Authority")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name if is_own else authority)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - datetime.timedelta(days=9))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key if is_own else issuer, hashes.SHA256())
    )
    plain_key = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(plain_key + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
