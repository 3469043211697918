"""So many at once, and a pause between starts, per host."""

from __future__ import annotations

import asyncio

import pytest

from tests.tongbao.scan.loopback import plain, reply, served, settings
from tongbao.scan.client import Client
from tongbao.scan.politeness import Politeness


def test_never_more_at_once_than_allowed() -> None:
    now_serving, most = 0, 0

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
        nonlocal now_serving, most
        now_serving += 1
        most = max(most, now_serving)
        await asyncio.sleep(0.01)
        now_serving -= 1
        writer.write(reply())

    async def run() -> None:
        async with served(slow) as address, Client(settings(per_host=3)) as client:
            await asyncio.gather(*(client.fetch(f"{address}/{number}") for number in range(12)))

    asyncio.run(run())
    assert most == 3


def test_pauses_between_starts_and_slows_down_when_asked() -> None:
    async def run(pause_s: float) -> float:
        async with served(plain(reply())) as address, Client(settings(pause_s=0.02)) as client:
            client.politeness.slow_down(address.removeprefix("http://"), pause_s)
            begun = asyncio.get_running_loop().time()
            await asyncio.gather(*(client.fetch(f"{address}/{number}") for number in range(4)))
            return asyncio.get_running_loop().time() - begun

    assert 0.06 <= asyncio.run(run(0)) < 0.3
    assert asyncio.run(run(0.1)) >= 0.3


@pytest.mark.parametrize("pause_s", [0.0, 5.0])
def test_who_gives_up_waiting_keeps_no_place(pause_s: float) -> None:
    async def run() -> None:
        politeness = Politeness(1, pause_s)
        async with politeness.turn("h.example"):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(politeness.turn("h.example").__aenter__(), 0.01)
        if pause_s:
            # The place is free, its pause is not over.
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(politeness.turn("h.example").__aenter__(), 0.01)
        host = politeness._host("h.example")
        assert (host.users, host.places.locked()) == (0, False)

    asyncio.run(run())
