"""Which addresses a scan may touch: public ones, and private hosts the office has listed.

Decided on the numeric address that is connected to, so that neither a redirect nor a DNS answer that changes, nor an unusual
spelling of an address, leads into the office's own network.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

Lookup = Callable[[str, int, int], Awaitable[list[str]]]
"""Host, port and address family (0: any) to numeric addresses; raises ``socket.gaierror``."""

_CARRIERS = tuple(
    IPv6Network(network)
    for network in (
        "::/96",  # IPv4-compatible
        "::ffff:0:0/96",  # IPv4-mapped
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64 inside one network
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local
    )
)
"""IPv6 addresses that carry an IPv4 address past a check of the outer one, and ranges ``is_global`` does not know everywhere."""


class AddressRefused(OSError):
    """An address a scan must not touch."""

    def __init__(self, problem: str) -> None:
        super().__init__(errno.EACCES, problem)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address lies on the open Internet: no private, loopback, link-local, shared, multicast or reserved one."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return isinstance(address, IPv4Address) or not any(address in network for network in _CARRIERS)


@lru_cache(maxsize=4096)
def _read(address: str) -> tuple[str, bool]:
    """A numeric address in its one spelling, and whether it is public."""
    numeric = ip_address(address)
    return str(numeric), is_public(numeric)


class AddressGuard:
    """The office's rule; remembers which private sockets its listed hosts stand for."""

    def __init__(self, private_hosts: Iterable[str] = ()) -> None:
        self._listed = frozenset(host.lower() for host in private_hosts)
        self._permitted: set[tuple[str, int]] = set()

    def is_listed(self, host: str, port: int) -> bool:
        name = host.lower().rstrip(".")
        name = f"[{name}]" if ":" in name else name
        return name in self._listed or f"{name}:{port}" in self._listed

    def allow(self, host: str, port: int, address: str) -> bool:
        """Whether ``host``:``port`` may be reached at a numeric address; what only its listing allows is remembered."""
        try:
            numeric, is_free = _read(address)
        except ValueError:
            return False
        if is_free:
            return True
        if self.is_listed(host, port):
            self._permitted.add((numeric, port))
            return True
        return False

    def open_socket(self, info: tuple[Any, ...]) -> socket.socket:
        """Make the socket for one connection: the last check, on the very address that is connected to."""
        family, kind, protocol, _, (address, port, *_) = info
        try:
            numeric, is_free = _read(address)
        except ValueError:
            raise AddressRefused(f"{address} is no address") from None
        if not is_free and (numeric, port) not in self._permitted:
            raise AddressRefused(f"{address} is not public")
        made = socket.socket(family=family, type=kind, proto=protocol)
        made.setblocking(False)
        return made


class GuardedResolver(AbstractResolver):
    """Looks names up and leaves out what must not be touched; only where nothing is left is the host refused."""

    def __init__(self, guard: AddressGuard, lookup: Lookup) -> None:
        self._guard = guard
        self._lookup = lookup

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        found = await self._lookup(host, port, family)
        allowed = [address for address in found if self._guard.allow(host, port, address)]
        if not allowed:
            if found:
                raise AddressRefused(f"{host} lies at {found[0]}, which is not public")
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in allowed
        ]

    async def close(self) -> None:
        """Nothing is held."""


class SystemLookup:
    """The machine's own resolver in threads of its own: a few names that hang must not hold up all others."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="lookup")

    async def __call__(self, host: str, port: int, family: int) -> list[str]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, socket.getaddrinfo, host, port, family, socket.SOCK_STREAM)
        return list(dict.fromkeys(str(place[4][0]) for place in found))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
