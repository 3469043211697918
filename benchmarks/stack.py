"""Many offices' circulars started at once on the production topology: scheduler, two Celery workers, PostgreSQL, an S3 store.

Every office has the sample banner's quarter (W1). ``TONGBAO_BENCH_CIRCULARS`` says how many offices, 100 unless told otherwise.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

from benchmarks import Result
from tests.airflow_home import REPOSITORY
from tests.stack.installation import ENDED, Installation, Person

PERIOD = "2020-Q2"
LIMIT_S = 3 * 60 * 60


def main() -> list[Result]:
    """Start the installation, give every office its batches, start all runs, wait for the last one."""
    count = int(os.environ.get("TONGBAO_BENCH_CIRCULARS", "100"))
    folder = Path(tempfile.mkdtemp(prefix="tongbao-stack-"))
    folder.chmod(0o711)
    text = (REPOSITORY / "config/jurisdictions/shiliqi.yaml").read_text(encoding="utf-8")
    offices = [f"office{number:03d}" for number in range(count)]
    installation = Installation(folder, {name: text.replace("id: shiliqi", f"id: {name}", 1) for name in offices})
    try:
        installation.prepare()
        installation.start()
        installation.run("python", "-m", "tongbao.cli", "intake", "--jurisdiction", offices[0], "--period", PERIOD)
        installation.lend_batches(offices[0], offices[1:])
        return [start_all(installation, installation.admin, offices)]
    finally:
        installation.close()
        shutil.rmtree(folder, ignore_errors=True)


def start_all(installation: Installation, person: Person, offices: list[str]) -> Result:
    """Trigger one circular of every office and time until the last has ended."""
    dags = [f"circular_{office}_quarterly" for office in offices]
    installation.wait(lambda: all(person.call("GET", f"/api/v2/dags/{dag}").ok for dag in dags), "all DAGs", 600)
    for dag in dags:
        assert person.call("PATCH", f"/api/v2/dags/{dag}", {"is_paused": False}).ok
    began = time.monotonic()
    runs = {dag: person.trigger(dag, period=PERIOD) for dag in dags}
    states: dict[str, str] = {}
    peak = 0.0
    while len(states) < len(runs):
        assert time.monotonic() - began < LIMIT_S, Counter(states.values())
        for dag in [dag for dag in dags if dag not in states][:20]:
            if (state := person.state(dag, runs[dag])) in ENDED:
                states[dag] = state
        peak = max(peak, memory_mib(installation))
        time.sleep(1)
    seconds = time.monotonic() - began
    assert set(states.values()) == {"success"}, Counter(states.values())
    note = f"{60 * len(dags) / seconds:.1f} circulars a minute on two workers and {os.cpu_count()} cores; all were made"
    return Result(f"{len(dags)} circulars (W1) started at once", seconds, peak, note)


def memory_mib(installation: Installation) -> float:
    """Resident memory of Airflow's processes, shared pages counted once for each."""
    total = 0
    for process in list(installation.processes.values()):
        try:
            leader = psutil.Process(process.pid)
            total += sum(member.memory_info().rss for member in (leader, *leader.children(recursive=True)))
        except psutil.NoSuchProcess:
            continue
    return total / (1 << 20)
