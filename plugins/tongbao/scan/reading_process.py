"""Read pages in a process beside the one that fetches: on two cores a crawl is then nearly twice as fast.

Pages travel in batches over a socket pair as they come in, and what was read of them comes back in the same order. The process
ends when its socket does, so that it never outlives a scan that is killed.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, NamedTuple

from tongbao.scan.client import Exchange
from tongbao.scan.page import PageFacts, read_page
from tongbao.scan.site_model import Site

Reader = Callable[[Site, Exchange, PageFacts], Mapping[str, Any]]
"""Makes the notes kept with a page: a small dict of what JSON can hold."""

_LENGTH = struct.Struct("!Q")
_PAGES_A_BATCH = 8
_BACKLOG = 40
_WAIT_S = 10.0
_LOOK_S = 0.02


class ReadPage(NamedTuple):
    """What a crawl keeps of a page it read; a link is its address as written, kind, whether hidden, and its date in a list."""

    title: str
    notes: dict[str, Any]
    links: tuple[tuple[str, str, bool, int], ...]


def read_here(site: Site, exchange: Exchange, reader: Reader | None) -> ReadPage:
    """Read one page in this process; dates are numbers like 20201013, 0 where a link has none."""
    facts = read_page(exchange.final_url, exchange.body, exchange.content_type)
    notes = dict(reader(site, exchange, facts)) if reader else {}
    days = {item.url: _day(item.published_on) for item in facts.items if item.published_on is not None}
    links = [(link.url, link.kind, link.is_hidden, days.get(link.url, 0)) for link in facts.links]
    return ReadPage(facts.title, notes, tuple(links))


def _day(at: datetime) -> int:
    return at.year * 10_000 + at.month * 100 + at.day


class ReadingProcess:
    """``async with ReadingProcess(make_reader) as reading: page = await reading.read(site, exchange)``.

    ``make_reader`` is called once in the new process. A process without threads is forked, so that nothing need be imported
    again; else a new interpreter is started, and ``make_reader`` must be picklable.
    """

    def __init__(self, make_reader: Callable[[], Reader | None]) -> None:
        self._socket, far = socket.socketpair()
        can_fork = hasattr(os, "fork") and threading.active_count() == 1
        with far:
            self._process = _forked(far, self._socket, make_reader) if can_fork else _started(far, self._socket, make_reader)
        self._waiting: list[asyncio.Future[ReadPage]] = []
        self._batch: list[tuple[Site, Exchange]] = []

    async def __aenter__(self) -> ReadingProcess:
        self._reader, self._writer = await asyncio.open_connection(sock=self._socket, limit=1 << 20)
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._listening.cancel()
        self._writer.close()
        await asyncio.to_thread(_ended, self._process)

    @property
    def process_id(self) -> int:
        return self._process

    @property
    def is_behind(self) -> bool:
        """Whether so many pages wait for it that it pays to read one elsewhere."""
        return len(self._waiting) >= _BACKLOG

    async def read(self, site: Site, exchange: Exchange) -> ReadPage:
        """Have one page read.

        Raises:
            RuntimeError: the process ended; what the reader itself raised is raised here.
        """
        if self._listening.done():
            raise RuntimeError("the reading process ended")
        if not self._batch:
            asyncio.get_running_loop().call_soon(self._send)
        self._batch.append((site, exchange))
        if len(self._batch) >= _PAGES_A_BATCH:
            self._send()
        answer: asyncio.Future[ReadPage] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        return await answer

    def _send(self) -> None:
        batch, self._batch = self._batch, []
        if batch:
            self._writer.write(_framed(batch))

    async def _listen(self) -> None:
        try:
            while True:
                (length,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
                answers = pickle.loads(await self._reader.readexactly(length))
                waiting, self._waiting = self._waiting[: len(answers)], self._waiting[len(answers) :]
                for future, answer in zip(waiting, answers, strict=True):
                    if not future.cancelled():
                        _settle(future, answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            for future in self._waiting:
                if not future.done():
                    future.set_exception(RuntimeError("the reading process ended"))


def _settle(future: asyncio.Future[ReadPage], answer: ReadPage | Exception) -> None:
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def _framed(content: Any) -> bytes:
    packed = pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(packed)) + packed


def _forked(far: socket.socket, near: socket.socket, make_reader: Callable[[], Reader | None]) -> int:
    process = os.fork()
    if process == 0:
        try:
            # Left open here it would keep the socket from ever ending.
            near.close()
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            _serve(far, make_reader())
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return process


def _started(far: socket.socket, near: socket.socket, make_reader: Callable[[], Reader | None]) -> int:
    program = f"from tongbao.scan.reading_process import serve_from; serve_from({far.fileno()})"
    # Its end is waited for by number, as a fork's is.
    process = subprocess.Popen([sys.executable, "-c", program], pass_fds=(far.fileno(),), stdin=subprocess.DEVNULL)
    process.returncode = 0
    near.sendall(_framed(make_reader))
    return process.pid


def serve_from(number: int) -> None:
    """Read pages for the process at the other end of an inherited socket, which first sends what makes the reader."""
    with socket.socket(fileno=number) as far:
        (length,) = _LENGTH.unpack(far.recv(_LENGTH.size, socket.MSG_WAITALL))
        make_reader = pickle.loads(far.recv(length, socket.MSG_WAITALL))
        _serve(far, make_reader())


def _ended(process: int) -> None:
    """Wait for a process to end, and end it if it does not."""
    for _ in range(int(_WAIT_S / _LOOK_S)):
        if os.waitpid(process, os.WNOHANG)[0]:
            return
        time.sleep(_LOOK_S)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def _serve(far: socket.socket, reader: Reader | None) -> None:
    """The process's life: read batches until the other end closes."""
    # What is there now stays to the end, and pages leave hardly any cycles behind: they are looked for less often.
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    with far.makefile("rb") as source:
        while len(header := source.read(_LENGTH.size)) == _LENGTH.size:
            (length,) = _LENGTH.unpack(header)
            batch = pickle.loads(source.read(length))
            try:
                far.sendall(_framed([_answer(site, exchange, reader) for site, exchange in batch]))
            except (BrokenPipeError, ConnectionResetError):
                return


def _answer(site: Site, exchange: Exchange, reader: Reader | None) -> ReadPage | Exception:
    try:
        return read_here(site, exchange, reader)
    except Exception as error:
        return error if _can_travel(error) else RuntimeError(f"{type(error).__name__}: {error}")


def _can_travel(error: Exception) -> bool:
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return False
    return True
