"""The production topology on loopback: its commands and settings are those of docker-compose.yaml."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psutil
import requests

from tests.airflow_home import REPOSITORY
from tests.stack.servers import Postgres, Redis, Store, free_port, stop, wait_for
from tests.stack.store_faults import FaultyStore
from tongbao.archive import Archive
from tongbao_airflow import production

LIGHT = {
    # Small enough for two cores.
    "AIRFLOW__CORE__PARALLELISM": "4",
    "AIRFLOW__CELERY__WORKER_CONCURRENCY": "2",
    "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
    "AIRFLOW__DAG_PROCESSOR__PRINT_STATS_INTERVAL": "0",
    # Quick to notice a dead worker, so that the test need not wait minutes.
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "6",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "1",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "40",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "5",
    # Requests the store refuses are given up sooner; s3fs asks five times as often.
    "AWS_MAX_ATTEMPTS": "2",
    "AIRFLOW__LOGGING__JSON_LOGS": "False",
    "TONGBAO_RETRY_DELAY_S": "1",
}
ENDED = ("success", "failed")


@dataclass(frozen=True)
class Person:
    """Somebody logged in, or (without a token) nobody."""

    api: str
    token: str = ""

    def call(self, method: str, path: str, body: Any = None, **parameters: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return requests.request(
            method, f"{self.api}{path}", json=body, params=parameters, headers=headers, timeout=60, allow_redirects=False
        )

    def get(self, path: str, **parameters: Any) -> Any:
        answer = self.call("GET", path, **parameters)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def trigger(self, dag_id: str, **conf: Any) -> str:
        answer = self.call("POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf})
        assert answer.ok, answer.text
        return str(answer.json()["dag_run_id"])

    def state(self, dag_id: str, run_id: str) -> str:
        return str(self.get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def tasks(self, dag_id: str, run_id: str) -> dict[str, dict[str, Any]]:
        found = self.get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]
        return {task["task_id"]: task for task in found}

    def clear(self, dag_id: str, run_id: str, task_id: str) -> requests.Response:
        """Have a task and all that follows it done again."""
        wish = {"dry_run": False, "dag_run_id": run_id, "task_ids": [task_id], "include_downstream": True, "only_failed": False}
        return self.call("POST", f"/api/v2/dags/{dag_id}/clearTaskInstances", wish)

    def decide(self, dag_id: str, run_id: str, task_id: str, option: str, **answers: Any) -> requests.Response:
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/-1/hitlDetails"
        return self.call("PATCH", path, {"chosen_options": [option], "params_input": answers})


@dataclass
class Installation:
    """One production installation: servers, Airflow's processes, archive."""

    folder: Path
    jurisdictions: Mapping[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    restarts: Counter[str] = field(default_factory=Counter)
    _closing: Event = field(default_factory=Event)

    def prepare(self) -> None:
        """Start what Airflow stands on, and bring it to what this version expects, in the order of docker-compose.yaml."""
        self.secrets = production.Secrets.fresh()
        self.base, self.state = self.folder / "home", self.folder / "state"
        self._copy_home()
        servers = {name: self.folder / name for name in ("postgres", "redis", "store")}
        for folder in servers.values():
            folder.mkdir()
        self.postgres, self.redis, self.store = (
            Postgres(servers["postgres"]),
            Redis(servers["redis"]),
            Store(servers["store"]),
        )
        self.postgres.create(self.secrets.database_password)
        self.redis.start(self.secrets.broker_password)
        self.store.start()
        self.faults = FaultyStore(self.store.port)
        self.port, self.health_port = free_port(), free_port()
        self.api = f"http://127.0.0.1:{self.port}"
        places = production.Places(f"127.0.0.1:{self.postgres.port}", f"127.0.0.1:{self.redis.port}", self.faults.url, self.api)
        own = production.settings(self.base, self.state, places, self.secrets)
        own |= {"TONGBAO_STATE": str(self.state)}
        own |= {"AIRFLOW__API__HOST": "127.0.0.1", "AIRFLOW__API__PORT": str(self.port), "AIRFLOW__API__BASE_URL": self.api}
        own |= {"AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(self.health_port)}
        if fonts := os.environ.get("TONGBAO_FONTS"):
            own["TONGBAO_FONTS"] = fonts
        self.environment = {**os.environ, **own, **LIGHT}
        self.run(*production.PREPARE, TONGBAO_ADMIN_PASSWORD=self.secrets.admin_password)

    def start(self) -> None:
        """Start Airflow's processes, and again whichever of them ends."""
        self.launch("api-server")
        wait_for(self.answers, "the API server", 180)
        for name in ("scheduler", "dag-processor", "triggerer", "worker-1", "worker-2"):
            self.launch(name)
        self._keeper = Thread(target=self._keep_running, daemon=True)
        self._keeper.start()

    def _keep_running(self) -> None:
        """What ``restart: unless-stopped`` does."""
        while not self._closing.wait(1):
            for name, process in list(self.processes.items()):
                if process.poll() is not None and not self._closing.is_set():
                    self.restarts[name] += 1
                    self.launch(name)

    def close(self) -> None:
        self._closing.set()
        if hasattr(self, "_keeper"):
            self._keeper.join()
        stop(list(self.processes.values()), patience_s=20)
        if hasattr(self, "faults"):
            self.faults.close()
        for server in ("store", "redis", "postgres"):
            if hasattr(self, server):
                getattr(self, server).stop()

    def launch(self, name: str) -> None:
        """Start one of the processes by its command; a worker's number tells it from the other."""
        process = next(
            process for process in production.PROCESSES if process.name == name.rpartition("-")[0] or process.name == name
        )
        command = list(process.command)
        environment = dict(self.environment)
        if process.name == "worker":
            command += ["--celery-hostname", f"celery@{name}"]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *command],
                env=environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """What a lost machine does to a process and all it has started; it is started again by itself."""
        process = self.processes[name]
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        for member in family:
            try:
                member.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue
        process.wait(timeout=10)

    def worker_of(self, pid: int) -> str | None:
        """Which worker a task's process belongs to."""
        try:
            ancestors = {parent.pid for parent in psutil.Process(pid).parents()}
        except psutil.NoSuchProcess:
            return None
        return next(
            (name for name, process in self.processes.items() if name.startswith("worker") and process.pid in ancestors), None
        )

    def run(self, *command: str, limit_s: float = 300, **settings: str) -> str:
        """Run a command of the installation to its end, and return what it prints."""
        program = [sys.executable, *command[1:]] if command[0] == "python" else [sys.executable, "-m", *command]
        done = subprocess.run(
            program,
            env=self.environment | settings,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def healthy(self, name: str) -> bool:
        """Run the health check docker-compose.yaml has for a process."""
        process = next(
            process for process in production.PROCESSES if process.name == name.rpartition("-")[0] or process.name == name
        )
        line = process.healthy.replace("localhost:8080", f"127.0.0.1:{self.port}").replace(
            "localhost:8974", f"127.0.0.1:{self.health_port}"
        )
        host = name if process.name == "worker" else socket.getfqdn()
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", "-c", line],
            env=self.environment | {"HOSTNAME": host, "PATH": path},
            capture_output=True,
            timeout=120,
            check=False,
        )
        return done.returncode == 0

    # -- people ----------------------------------------------------------------------------------

    def add_people(self, people: Mapping[str, str]) -> None:
        """Users by role, each with his own name as password."""
        script = (
            "import json, sys\n"
            "from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder\n"
            "with get_application_builder() as builder:\n"
            "    for name, role in json.loads(sys.argv[1]).items():\n"
            "        security = builder.sm\n"
            "        assert security.add_user(name, name, name, name + '@office.example', security.find_role(role), name)\n"
        )
        self.run("python", "-c", script, json.dumps(people))

    def person(self, name: str, password: str | None = None) -> Person:
        answer = requests.post(f"{self.api}/auth/token", json={"username": name, "password": password or name}, timeout=60)
        assert answer.status_code == 201, f"{name}: {answer.status_code} {answer.text}"
        return Person(self.api, answer.json()["access_token"])

    @property
    def admin(self) -> Person:
        return self.person("admin", self.secrets.admin_password)

    # -- runs ------------------------------------------------------------------------------------

    def finish(self, person: Person, dag_id: str, run_id: str, limit_s: float = 240) -> str:
        self.wait(lambda: person.state(dag_id, run_id) in ENDED, f"{dag_id} {run_id}", limit_s)
        return person.state(dag_id, run_id)

    def progress(self, person: Person, dag_id: str, run_id: str) -> Iterator[dict[str, dict[str, Any]]]:
        """The run's tasks again and again, until it has ended."""
        end = time.monotonic() + 400
        while person.state(dag_id, run_id) not in ENDED:
            assert time.monotonic() < end, self.logs()
            yield person.tasks(dag_id, run_id)
            time.sleep(0.1)

    def kill_worker_of(self, task: dict[str, Any], writing: str = "") -> bool:
        """Kill the worker of a running task, once something is written below ``writing`` if named; False if the task rests."""
        worker = self.worker_of(task["pid"]) if task["state"] == "running" and task["pid"] else None
        if worker is None:
            return False
        if writing:
            known = len(self.faults.written)
            self.wait(lambda: any(writing in path for path in self.faults.written[known:]), writing, 30)
        self.kill(worker)
        return True

    def wait(self, condition: Any, what: str, limit_s: float = 240) -> None:
        try:
            wait_for(condition, what, limit_s, pause_s=0.5)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.logs()}") from None

    def logs(self) -> str:
        files = sorted(self.folder.glob("*.log"))
        return "\n".join(f"== {file.name}\n{file.read_text(errors='replace')[-1500:]}" for file in files)

    # -- archive ---------------------------------------------------------------------------------

    def archive(self) -> Archive:
        """The archive as it lies in the bucket, read around the faults."""
        from upath import UPath

        options = {"key": self.secrets.store_key, "secret": self.secrets.store_secret, "endpoint_url": self.store.url}
        return Archive(UPath(f"s3://{production.BUCKET}/archive", **options, use_listings_cache=False, skip_instance_cache=True))

    def lend_batches(self, lender: str, borrowers: Sequence[str]) -> None:
        """File one office's batches under others' names too: taking the same files in again would take longer."""
        root = self.archive().root
        first = f"{root.path}/{lender}/batches"
        contents = {path.removeprefix(f"{first}/"): root.fs.cat(path) for path in root.fs.find(first)}
        for borrower in borrowers:
            for name, content in contents.items():
                told = content.replace(lender.encode(), borrower.encode()) if name.endswith(".json") else content
                root.fs.pipe(f"{root.path}/{borrower}/batches/{name}", told)

    def answers(self) -> bool:
        assert self.processes["api-server"].poll() is None, self.logs()
        try:
            return requests.get(f"{self.api}/api/v2/version", timeout=5).ok
        except requests.RequestException:
            return False

    def _copy_home(self) -> None:
        self.base.mkdir()
        self.state.mkdir()
        # A copy: whoever edits the repository meanwhile changes the editions of later runs, as a new version does.
        for name in ("dags", "config", "plugins", "templates", "expectations"):
            shutil.copytree(REPOSITORY / name, self.base / name, ignore=shutil.ignore_patterns("__pycache__"))
        (self.base / "samples").symlink_to(REPOSITORY / "samples")
        for name, content in self.jurisdictions.items():
            (self.base / "config" / "jurisdictions" / f"{name}.yaml").write_text(content, encoding="utf-8")
