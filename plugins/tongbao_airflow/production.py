"""The processes of a production installation, their commands and settings: docker-compose.yaml and the stack test share them.

``python -m tongbao_airflow.production env`` writes the secrets of a new installation; it needs nothing but Python.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tongbao_airflow import environment

BUCKET = "tongbao"
CONTAINER_HOME = Path("/opt/tongbao")
CONTAINER_STATE = CONTAINER_HOME / ".tongbao"


@dataclass(frozen=True)
class Process:
    """One long-running process: what starts it, and the command that ends with 0 while it is well."""

    name: str
    command: tuple[str, ...]
    healthy: str
    """A line for a shell; $HOSTNAME is the container's name."""


PROCESSES = (
    Process("api-server", ("airflow", "api-server"), "curl -fsS http://localhost:8080/api/v2/monitor/health"),
    Process("scheduler", ("airflow", "scheduler"), "curl -fsS http://localhost:8974/health"),
    Process("dag-processor", ("airflow", "dag-processor"), "airflow jobs check --job-type DagProcessorJob --local"),
    # Logs lie in a folder all processes share: nobody has to serve his own.
    Process(
        "triggerer",
        ("airflow", "triggerer", "--skip-serve-logs"),
        "airflow jobs check --job-type TriggererJob --local",
    ),
    Process(
        "worker",
        ("airflow", "celery", "worker", "--skip-serve-logs"),
        'celery --app airflow.providers.celery.executors.celery_executor.app inspect ping --destination "celery@$HOSTNAME"',
    ),
)
STORE_OPTIONS = {
    # Other processes write there too: what a folder held a minute ago is not asked for.
    "use_listings_cache": False,
    # To read in parts side by side the size is asked for first: for the many small files, a second request each.
    "max_concurrency": 1,
    "config_kwargs": {"connect_timeout": 10, "read_timeout": 60},
}
"""How s3fs deals with the object store."""
PREPARE = ("python", "-m", "tongbao_airflow.prepare")
"""Brings database, bucket and roles to what this version expects; every other process waits for it."""


@dataclass(frozen=True)
class Places:
    """Where the parts of an installation are reached: as in docker-compose.yaml, unless told otherwise."""

    database: str = "postgres:5432"
    broker: str = "redis:6379"
    store: str = "http://store:8333"
    api: str = "http://api-server:8080"


@dataclass(frozen=True)
class Secrets:
    """What nobody else may know; each a name in ``.env``."""

    database_password: str
    broker_password: str
    store_key: str
    store_secret: str
    fernet_key: str
    session_key: str
    token_key: str
    admin_password: str

    @classmethod
    def fresh(cls) -> Secrets:
        """Random ones, fit for URLs."""
        return cls(
            database_password=secrets.token_urlsafe(24),
            broker_password=secrets.token_urlsafe(24),
            store_key=secrets.token_hex(10),
            store_secret=secrets.token_urlsafe(30),
            fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            session_key=secrets.token_urlsafe(48),
            token_key=secrets.token_urlsafe(72),
            admin_password=secrets.token_urlsafe(15),
        )

    @classmethod
    def named(cls) -> Secrets:
        """Their names in ``.env``, as docker-compose.yaml refers to them."""
        return cls(**{field: f"${{{variable(field)}}}" for field in cls.__dataclass_fields__})

    def as_variables(self) -> dict[str, str]:
        return {variable(field): getattr(self, field) for field in self.__dataclass_fields__}


def variable(field: str) -> str:
    return f"TONGBAO_{field.upper()}"


def settings(base: Path, state: Path, places: Places, own: Secrets) -> dict[str, str]:
    """The environment of every process of a production installation.

    ``base`` holds dags/, plugins/ and config/; ``state`` is Airflow's home with the logs, shared by all processes.
    """
    database = f"airflow:{own.database_password}@{places.database}/airflow"
    return environment.settings(base, state) | {
        "TONGBAO_ARCHIVE": f"s3://{BUCKET}/archive",
        "PYTHONPATH": str(base / "plugins"),
        "AIRFLOW__API__HOST": "0.0.0.0",
        "AIRFLOW__API__SECRET_KEY": own.session_key,
        "AIRFLOW__API_AUTH__JWT_SECRET": own.token_key,
        "AIRFLOW__CORE__AUTH_MANAGER": "tongbao_airflow.auth_manager.TongbaoAuthManager",
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{places.api}/execution/",
        "AIRFLOW__CORE__FERNET_KEY": own.fernet_key,
        # As many as two workers hold: what is queued then waits in the database, where a lost worker cannot take it along.
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{database}",
        "AIRFLOW__CELERY__BROKER_URL": f"redis://:{own.broker_password}@{places.broker}/0",
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+postgresql+psycopg2://{database}",
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": "4",
        "AIRFLOW__CELERY__EXTRA_CELERY_CONFIG": json.dumps(
            {"worker_disable_prefetch": True, "imports": ["tongbao_airflow.preload"]}
        ),
        # Longer than any task may run; a message of a lost worker comes back after it and finds its task done.
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "86400",
        # Three thousand offices take a DAG file half a minute, and as much again to be written down.
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "180",
        "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "240",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "120",
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "True",
        # A task whose worker died is tried again after this; a task sits out a database that is away for shorter.
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "120",
        "AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS": "20",
        "AIRFLOW__WORKERS__EXECUTION_API_RETRIES": "8",
        "AIRFLOW__WORKERS__EXECUTION_API_RETRY_WAIT_MAX": "10",
        "AIRFLOW__LOGGING__JSON_LOGS": "True",
        "AWS_ACCESS_KEY_ID": own.store_key,
        "AWS_SECRET_ACCESS_KEY": own.store_secret,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_S3": places.store,
        # Stores other than Amazon's own need not know its newer checksums.
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
        "FSSPEC_S3": json.dumps(STORE_OPTIONS, separators=(",", ":")),
    }


OBSERVED = {
    "AIRFLOW__METRICS__STATSD_ON": ("TONGBAO_STATSD_ON", "False"),
    "AIRFLOW__METRICS__STATSD_HOST": ("TONGBAO_STATSD_HOST", "localhost"),
    "AIRFLOW__METRICS__OTEL_ON": ("TONGBAO_OTEL_ON", "False"),
    "AIRFLOW__TRACES__OTEL_ON": ("TONGBAO_OTEL_ON", "False"),
    "OTEL_EXPORTER_OTLP_ENDPOINT": ("TONGBAO_OTEL_ENDPOINT", "http://localhost:4318"),
}
"""What an office may switch on in ``.env`` to see figures of its own machines, and what holds when it does not."""


def compose_settings() -> dict[str, str]:
    """The environment as docker-compose.yaml must state it, secrets by their names."""
    own = settings(CONTAINER_HOME, CONTAINER_STATE, Places(), Secrets.named())
    own["AIRFLOW__API__BASE_URL"] = "${TONGBAO_BASE_URL:-http://127.0.0.1:8080}"
    own["TONGBAO_FONTS"] = "/usr/share/fonts/opentype/fandol"
    return own | {name: f"${{{variable}:-{default}}}" for name, (variable, default) in OBSERVED.items()}


def write_env(target: Path) -> None:
    """Write the secrets of a new installation, for its owner's eyes only.

    Raises:
        FileExistsError: the file is there; with other secrets the database and store made with these could not be opened.
    """
    lines = [
        "# 本机密钥，由 make env 随机生成。请妥善备份，勿提交、勿外传；丢失后数据库中的连接密码无法恢复。",
        *(f"{name}={value}" for name, value in Secrets.fresh().as_variables().items()),
        "# 对外地址与监听：默认只在本机可见；由反向代理提供 https 时改 TONGBAO_BASE_URL。",
        "TONGBAO_BASE_URL=http://127.0.0.1:8080",
        "TONGBAO_LISTEN=127.0.0.1:8080",
        "# 收件文件夹：辖区设置中写作 inbox: inbox/<辖区>；工作进程（用户号 50000）要能读，有接口数据的还要能写。",
        "TONGBAO_INBOX=./inbox",
    ]
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as sink:
        sink.write("\n".join(lines) + "\n")


def read_env(source: Path) -> Mapping[str, str]:
    """The variables of an ``.env`` file as written by :func:`write_env`."""
    lines = (line.strip() for line in source.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def main(arguments: Sequence[str]) -> int:
    """``env [file]``: make the secrets of a new installation; refuses to overwrite."""
    target = Path(arguments[1] if len(arguments) > 1 else ".env")
    if not arguments or arguments[0] != "env":
        print("用法：python -m tongbao_airflow.production env [文件]", file=sys.stderr)
        return 2
    try:
        write_env(target)
        (target.parent / "inbox").mkdir(exist_ok=True)
    except FileExistsError:
        print(
            f"{target} 已存在，未改动：换了密钥，原有的数据库和归档就打不开。确需重建请先将其移走，并删除旧数据卷。",
            file=sys.stderr,
        )
        return 1
    print(f"已生成 {target}（仅本用户可读）；管理员 admin 的初始密码见其中 TONGBAO_ADMIN_PASSWORD")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
