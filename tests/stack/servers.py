"""PostgreSQL, Redis and an object store of the tests' own, on free ports of loopback, in folders that are thrown away."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import requests


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], object], what: str, limit_s: float = 120, pause_s: float = 0.3) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, f"waited {limit_s} s for {what}"
        time.sleep(pause_s)


def accepts(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def stop(processes: Sequence[subprocess.Popen[bytes]], first: signal.Signals = signal.SIGTERM, patience_s: float = 10) -> None:
    """End process groups that were started here: asked first, then made to."""
    for number in (first, signal.SIGKILL):
        for process in processes:
            if process.poll() is None:
                os.killpg(process.pid, number)
        end = time.monotonic() + patience_s
        for process in processes:
            try:
                process.wait(timeout=max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue


@dataclass
class Server:
    """One server process and its log."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def launch(self, command: Sequence[str | Path], *, user: str | None = None) -> None:
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=user,
            )

    def stop(self, first: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            stop([self.process], first)


class Postgres(Server):
    """A cluster of its own: the machine's own one may have other users, and must not go down for a test."""

    def create(self, password: str) -> None:
        self.password, self.user = password, _unprivileged()
        if self.user:
            shutil.chown(self.folder, self.user)
        (self.folder / "password").write_text(password)
        (self.folder / "password").chmod(0o644)
        command = [program("initdb"), "-D", self.folder / "data", "-U", "airflow", "-A", "scram-sha-256", "-E", "UTF8"]
        command += ["--locale=C", "--no-sync", f"--pwfile={self.folder / 'password'}"]
        done = subprocess.run([str(part) for part in command], user=self.user, cwd=self.folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        self.start()
        with closing(self.connect("postgres")) as connection:
            connection.autocommit = True
            connection.cursor().execute("create database airflow")

    def start(self) -> None:
        options = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "200"}
        command = [program("postgres"), "-D", self.folder / "data", "-p", str(self.port), "-k", self.folder, "-h", "127.0.0.1"]
        self.launch([*command, *(part for name, value in options.items() for part in ("-c", f"{name}={value}"))], user=self.user)
        wait_for(self._ready, "PostgreSQL")

    def stop(self, first: signal.Signals = signal.SIGINT) -> None:
        """Fast shutdown: connections are cut."""
        super().stop(first)

    def connect(self, database: str = "airflow") -> psycopg2.extensions.connection:
        return psycopg2.connect(host="127.0.0.1", port=self.port, user="airflow", password=self.password, dbname=database)

    def query(self, statement: str, *values: object, database: str = "airflow") -> list[tuple[Any, ...]]:
        with closing(self.connect(database)) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()

    def execute(self, statement: str, *values: object) -> None:
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            connection.commit()

    def _ready(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg2.OperationalError:
            return False
        return True


class Redis(Server):
    """A broker that keeps nothing on disk."""

    def start(self, password: str) -> None:
        (self.folder / "redis.conf").write_text(
            f'port {self.port}\nbind 127.0.0.1\nrequirepass {password}\nsave ""\nappendonly no\ndir {self.folder}\n'
        )
        self.launch([program("redis-server"), self.folder / "redis.conf"])
        wait_for(lambda: accepts(self.port), "Redis")


class Store(Server):
    """An S3-compatible store in memory."""

    def start(self) -> None:
        self.launch([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)])
        wait_for(lambda: accepts(self.port) and requests.get(self.url, timeout=5), "the object store")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def _unprivileged() -> str | None:
    """Who PostgreSQL runs as: it refuses root."""
    if os.geteuid():
        return None
    names = {user.pw_name for user in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


def program(name: str) -> str:
    """A program on PATH, or where Debian keeps the newest PostgreSQL's."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True)
    found = next((path for folder in versions if (path := shutil.which(name, path=str(folder)))), None) or shutil.which(name)
    assert found, f"{name} is not installed: .ci/run says which packages hold it"
    return found
