"""Turns at a host: so many requests at once, and a pause between the starts of two."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import TracebackType

_MOST_HOSTS = 20_000


@dataclass(slots=True)
class _Host:
    places: asyncio.Semaphore
    pause_s: float
    next_at: float = 0.0
    users: int = 0

    async def pause(self) -> None:
        now = asyncio.get_running_loop().time()
        start = max(now, self.next_at)
        self.next_at = start + self.pause_s
        if start > now:
            await asyncio.sleep(start - now)


class _Turn:
    """One turn at a host; a class of its own, since a generator around every request costs several times as much."""

    def __init__(self, host: _Host) -> None:
        self._host = host

    async def __aenter__(self) -> None:
        host = self._host
        host.users += 1
        try:
            await host.places.acquire()
        except BaseException:
            host.users -= 1
            raise
        if host.pause_s:
            try:
                await host.pause()
            except BaseException:
                self._end()
                raise

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def _end(self) -> None:
        self._host.places.release()
        self._host.users -= 1


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

    def turn(self, authority: str) -> _Turn:
        """Hold one of the host's places, after its pause: ``async with politeness.turn(authority): …``."""
        return _Turn(self._host(authority))

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
