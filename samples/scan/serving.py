"""The fictional websites on loopback: one server, told apart by the Host header, answering as of a virtual hour.

``python -m samples.scan.serving`` serves them to look at; the demo runs :class:`Server` beside the scan.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Mapping
from types import TracebackType

from aiohttp import web
from samples.scan.building import Answer, DemoSite, calendar_page, pages, read_yaml
from samples.scan.planting import REDIRECT, demo_sites

_FIRST_ANSWER_S = 0.5
"""How long the first of several answers stays: what is asked again at once hears the same."""


class Server:
    """All websites on one loopback port in a thread of its own; a context manager."""

    def __init__(self, sites: Mapping[str, DemoSite], slow_s: float = 1.0) -> None:
        self.sites = {site.host: site for site in sites.values()}
        outside = read_yaml("sites.yaml")["outside"]
        self.outside: dict[str, int] = {host: facts.get("status", 200) for host, facts in outside.items()}
        self.slow_s = slow_s
        self.round: int | None = None
        """The number of the probe round under way; None while nobody probes."""
        self.port = 0
        self._pages: dict[str, dict[str, Answer]] = {}
        self._first_asked: dict[tuple[str, str], float] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def lookup(self, host: str, port: int, family: int) -> list[str]:
        """Stand in for the resolver: every host of the demo lies on this machine, all others have no address."""
        site = self.sites.get(host)
        if site is None and host not in self.outside:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        if family == socket.AF_INET6:
            if site is not None and not site.has_ipv6:
                raise socket.gaierror(socket.EAI_NODATA, "no address of this family")
            return ["::1"]
        return ["127.0.0.1"]

    async def _start(self) -> None:
        self._runner = web.ServerRunner(web.Server(self._answer), access_log=None)
        await self._runner.setup()
        first = web.TCPSite(self._runner, "127.0.0.1", 0)
        await first.start()
        self.port = self._runner.addresses[0][1]
        if socket.has_ipv6:
            # Without IPv6 on this machine the scan says that it cannot tell.
            with contextlib.suppress(OSError):
                await web.TCPSite(self._runner, "::1", self.port).start()
        for site in self.sites.values():
            site.port = self.port
            self._pages[site.host] = pages(site)

    async def _stop(self) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        host = request.host.partition(":")[0]
        site = self.sites.get(host)
        if site is None:
            return _page(self.outside.get(host, 404), "站外页面")
        if site.is_walled:
            return _page(403, "您的请求已被拦截")
        return await self._send(request, self._chosen(site, request))

    def _chosen(self, site: DemoSite, request: web.BaseRequest) -> Answer:
        path = request.path
        if path == "/" and self.round is not None and self.round in site.outage:
            return Answer(site.outage[self.round])
        if site.calendar and path == site.calendar:
            return calendar_page(site, request.query_string)
        if path in site.answers:
            return self._in_turn(site.host, path, site.answers[path])
        return self._pages[site.host].get(path, Answer(404, "<html><title>404</title><p>页面不存在</p></html>".encode()))

    def _in_turn(self, host: str, path: str, answers: list[Answer]) -> Answer:
        now = time.monotonic()
        first = self._first_asked.setdefault((host, path), now)
        return answers[0] if now - first < _FIRST_ANSWER_S else answers[-1]

    async def _send(self, request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
        if answer.what == "reset" and request.transport is not None:
            request.transport.abort()
            return web.Response()
        if answer.what == "slow":
            await asyncio.sleep(self.slow_s)
        if isinstance(answer.what, str) and answer.what.startswith(REDIRECT):
            return web.Response(status=302, headers={"Location": answer.what.removeprefix(REDIRECT)})
        status = answer.what if isinstance(answer.what, int) else 200
        return web.Response(status=status, body=answer.body, headers={"Content-Type": answer.content_type})


def _page(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=f"<html><title>{text}</title><p>{text}。</p></html>", content_type="text/html")


def main() -> None:
    """Serve the websites until Ctrl-C, and say under which addresses."""
    with Server(demo_sites()) as server:
        print(f"curl -H 'Host: 主机名' http://127.0.0.1:{server.port}/    主机名如下，Ctrl-C 结束")
        for site in server.sites.values():
            print(f"  {site.host}  {site.name}")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
