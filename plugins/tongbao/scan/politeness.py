"""Turns at a host: so many requests at once, and a pause between the starts of two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

_MOST_HOSTS = 20_000


@dataclass(slots=True)
class _Host:
    places: asyncio.Semaphore
    pause_s: float
    next_at: float = 0.0
    users: int = 0


class Politeness:
    """Waits until a host may be asked; hosts are told apart by name and port."""

    def __init__(self, per_host: int, pause_s: float) -> None:
        self._per_host = per_host
        self._pause_s = pause_s
        self._hosts: dict[str, _Host] = {}

    def slow_down(self, authority: str, pause_s: float) -> None:
        """Ask a host at most once in ``pause_s`` seconds, as its robots.txt wishes; never faster than the settings say."""
        host = self._host(authority)
        host.pause_s = max(self._pause_s, pause_s)

    @asynccontextmanager
    async def turn(self, authority: str) -> AsyncIterator[None]:
        """Hold one of the host's places, after its pause."""
        host = self._host(authority)
        host.users += 1
        try:
            async with host.places:
                if host.pause_s:
                    await self._pause(host)
                yield
        finally:
            host.users -= 1

    async def _pause(self, host: _Host) -> None:
        now = asyncio.get_running_loop().time()
        start = max(now, host.next_at)
        host.next_at = start + host.pause_s
        if start > now:
            await asyncio.sleep(start - now)

    def _host(self, authority: str) -> _Host:
        host = self._hosts.get(authority)
        if host is None:
            if len(self._hosts) >= _MOST_HOSTS:
                self._forget()
            host = self._hosts[authority] = _Host(asyncio.Semaphore(self._per_host), self._pause_s)
        return host

    def _forget(self) -> None:
        """Let go of hosts that nobody asks and that were not asked for slowness."""
        now = asyncio.get_running_loop().time()
        idle = [
            name for name, host in self._hosts.items() if not host.users and host.next_at <= now and host.pause_s == self._pause_s
        ]
        for name in idle:
            del self._hosts[name]
