"""One round over 15,000 homepages on loopback: simulated latencies, and 3 % that never answer."""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import subprocess
import sys
import time
from datetime import datetime

from benchmarks import Result
from benchmarks.child import ROOT, run_child

SITES = 15_000
SILENT_SHARE = 0.03
BUDGET_S, BUDGET_MIB = 45.0, 400.0
_PORTS = 8
_PAGE = b"<html><head><title>Example</title></head><body>" + b'<a href="/p/1">item</a>\n' * 300 + b"</body></html>"


def main() -> list[Result]:
    facts = json.loads(run_child("benchmarks.probe", "round").printed)
    note = (
        f"{facts['ok']:,} opened, {facts['timeout']:,} timed out of {facts['silent']:,} silent, {facts['other']:,} otherwise, "
        f"{facts['gaps']:,} gaps; scanner's CPU {facts['cpu_ms']:.2f} ms a site"
    )
    budget = f"≤ {BUDGET_S:g} s, ≤ {BUDGET_MIB:g} MiB"
    return [Result(f"probe round: {SITES:,} homepages, 15 s limit", facts["seconds"], facts["peak_mib"], note, budget)]


def is_silent(number: int) -> bool:
    return random.Random(number).random() < SILENT_SHARE


def latency_s(number: int) -> float:
    """Mostly tenths of a second, now and then seconds."""
    return min(8.0, random.Random(-number).lognormvariate(-1.5, 0.8))


class _Homepage(asyncio.Protocol):
    """Answers by the host asked for, after its latency."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        number = int(data.partition(b"Host: s")[2].partition(b".")[0])
        if not is_silent(number):
            asyncio.get_running_loop().call_later(latency_s(number), self.answer)

    def answer(self) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(_PAGE)
        if not self.transport.is_closing():
            self.transport.write(head + _PAGE)  # type: ignore[attr-defined]


async def serve() -> None:
    """Print the ports and serve until the process that reads them is gone."""
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(_Homepage, "127.0.0.1", 0, backlog=4096) for _ in range(_PORTS)]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(1)


async def probe(ports: list[int]) -> dict[str, float]:
    from tongbao.period import SHANGHAI
    from tongbao.scan.client import Client
    from tongbao.scan.probe import KEEP, probe_round
    from tongbao.scan.settings import ScanSettings
    from tongbao.scan.site_model import Site

    async def resolve(host: str, port: int, family: int) -> list[str]:
        return ["127.0.0.1"]

    hosts = [f"s{number}.example:{ports[number % len(ports)]}" for number in range(SITES)]
    sites = [Site(f"15{number:08d}", f"示例网站{number}", f"http://{host}/") for number, host in enumerate(hosts)]
    settings = ScanSettings(contact="scan@tongbao.example", private_hosts=tuple(hosts))
    started, cpu = time.perf_counter(), time.process_time()
    async with Client(settings, resolver=resolve, concurrency=settings.probe_concurrency, keep=KEEP, reuses=False) as client:
        made = await probe_round(sites, client, settings, datetime.now(SHANGHAI))
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    outcomes = [probe.outcome for probe in made.probes]
    ok, timeout = outcomes.count("ok"), outcomes.count("timeout")  # type: ignore[arg-type]
    return {
        "seconds": seconds,
        "cpu_ms": cpu / SITES * 1000,
        "ok": ok,
        "timeout": timeout,
        "other": len(outcomes) - ok - timeout,
        "gaps": len(made.gaps),
        "silent": sum(map(is_silent, range(SITES))),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def run() -> dict[str, float]:
    """The round in this process, the sites in another."""
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.probe", "serve"], stdout=subprocess.PIPE, text=True, env=dict(os.environ), cwd=ROOT
    )
    try:
        assert server.stdout is not None
        return asyncio.run(probe(json.loads(server.stdout.readline())))
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        asyncio.run(serve())
    else:
        print(json.dumps(run()))
