"""A real Airflow on loopback: intake and backfill through scheduler, DAG processor, API server and LocalExecutor."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from tests.airflow_home import REPOSITORY
from tongbao.archive import Archive, EditionManifest
from tongbao.period import Period
from tongbao_airflow import environment

pytestmark = pytest.mark.stack

INTAKE, CIRCULAR = "intake_shiliqi", "circular_shiliqi_quarterly"


@dataclass
class Stack:
    """One Airflow installation in a folder of its own."""

    state: Path
    environment: dict[str, str]
    writers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    """The components that write to the database all the time."""

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Hold the writers still, none of them inside a transaction: SQLite refuses a second writer it meets there."""
        while True:
            self._signal(signal.SIGSTOP)
            try:
                with closing(sqlite3.connect(self.state / "airflow" / "airflow.db", timeout=1)) as database:
                    database.execute("begin immediate")
                    database.rollback()
                break
            except sqlite3.OperationalError:
                self._signal(signal.SIGCONT)
                time.sleep(1)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        for process in self.writers:
            os.killpg(process.pid, number)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", *arguments]
        return subprocess.run(
            command, env=self.environment, cwd=REPOSITORY, capture_output=True, text=True, timeout=300, check=False
        )

    def airflow(self, *arguments: str) -> None:
        done = self.run("airflow", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr

    def query(self, statement: str, *values: str) -> list[tuple[str, ...]]:
        with closing(sqlite3.connect(f"file:{self.state}/airflow/airflow.db?mode=ro", uri=True, timeout=30)) as database:
            return database.execute(statement, values).fetchall()

    def runs(self, dag_id: str, run_type: str) -> dict[str, str]:
        """States by the day the run's data interval starts in Shanghai."""
        statement = """
            select date(data_interval_start, '+8 hours'), state from dag_run where dag_id = ? and run_type = ? order by 1"""
        return dict(self.query(statement, dag_id, run_type))  # type: ignore[arg-type]

    def state_of(self, run_id: str) -> str:
        return self.query("select state from dag_run where run_id = ?", run_id)[0][0]

    def notes(self, run_type: str) -> list[str]:
        statement = """
            select content from dag_run_note join dag_run on dag_run.id = dag_run_note.dag_run_id
            where dag_id = ? and run_type = ? order by data_interval_start"""
        return [note for (note,) in self.query(statement, CIRCULAR, run_type)]

    def editions(self, period: str) -> list[EditionManifest]:
        return Archive.open(str(self.state / "archive")).editions("shiliqi", "quarterly", Period.parse(period))

    def logs(self) -> str:
        return "\n".join(f"== {file.name}\n{file.read_text(errors='replace')[-3000:]}" for file in self.state.glob("*.log"))


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], bool], what: str, stack: Stack, limit_s: float = 300) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, f"waited {limit_s} s for {what}\n{stack.logs()}"
        time.sleep(0.5)


def answers(address: str) -> bool:
    try:
        return bool(requests.get(address, timeout=5).ok)
    except requests.RequestException:
        return False


def start(stack: Stack, component: str) -> subprocess.Popen[bytes]:
    with (stack.state / f"{component}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "airflow", component],
            env=stack.environment,
            cwd=stack.state,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in processes:
            if process.poll() is None:
                os.killpg(process.pid, number)
        for process in processes:
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                continue


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Q2 alone has been taken in and its circular made when the components start."""
    port = str(free_port())
    own = environment.settings(REPOSITORY, tmp_path) | {
        "TONGBAO_STATE": str(tmp_path),
        "AIRFLOW__API__PORT": port,
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API_AUTH__JWT_SECRET": "only-for-this-test-and-long-enough-for-hmac-sha-512" * 2,
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "PYTHONPATH": str(REPOSITORY / "plugins"),
    }
    stack = Stack(tmp_path, os.environ | own)
    once = stack.run("tongbao_airflow.once", "--period", "2020-Q2")
    assert once.returncode == 0, once.stdout + once.stderr
    processes: list[subprocess.Popen[bytes]] = []
    try:
        processes.append(start(stack, "api-server"))
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/api/v2/version"), "the API server", stack)
        stack.writers.extend(start(stack, component) for component in ("dag-processor", "scheduler"))
        processes.extend(stack.writers)
        yield stack
    finally:
        stop(processes)


def test_backfill_makes_exactly_the_runs_of_its_quarters_and_leaves_the_past_alone(stack: Stack) -> None:
    (before,) = stack.editions("2020-Q2")

    stack.airflow("dags", "trigger", INTAKE, "--conf", '{"period": "2020-Q3"}', "--run-id", "take-in-q3")
    wait_for(lambda: stack.state_of("take-in-q3") in ("success", "failed"), "the intake of Q3", stack)
    assert stack.state_of("take-in-q3") == "success", stack.logs()

    with stack.quiet():
        stack.airflow("backfill", "create", "--dag-id", CIRCULAR, "--from-date", "2020-04-01", "--to-date", "2020-09-30")
    wait_for(lambda: set(stack.runs(CIRCULAR, "backfill").values()) <= {"success", "failed"}, "the backfill", stack)

    assert stack.runs(CIRCULAR, "backfill") == {"2020-04-01": "success", "2020-07-01": "success"}, stack.logs()
    assert stack.editions("2020-Q2") == [before], "the second quarter's circular must not know of the third"
    (third,) = stack.editions("2020-Q3")
    assert third.run["run_type"] == "backfill"
    second_note, third_note = stack.notes("backfill")
    assert second_note.startswith("2020年第二季度：第0001版（与已有版本相同）")
    assert third_note.startswith("2020年第三季度：第0001版（新版本）")
