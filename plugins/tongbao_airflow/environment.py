"""The one place of Airflow's settings: everything a clone keeps lies under ``.tongbao/``.

``python -m tongbao_airflow.environment dags list`` runs an Airflow command in it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tongbao.home import home, state_folder


def settings(base: Path, state: Path) -> dict[str, str]:
    """The environment of every Airflow process of one installation.

    ``base`` holds dags/, plugins/ and config/; ``state`` is where the database, logs and the archive go.
    """
    return {
        "TONGBAO_HOME": str(base),
        "TONGBAO_ARCHIVE": str(state / "archive"),
        "TONGBAO_FONTS": str(state / "fonts"),
        "GX_ANALYTICS_ENABLED": "false",
        "AIRFLOW_HOME": str(state / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(base / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(base / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # Dates without an offset, such as those of `backfill create`, are then the office's own.
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Asia/Shanghai",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        # LocalExecutor forks that many workers at once.
        "AIRFLOW__CORE__PARALLELISM": "4",
        # On a small machine the API server may need longer than the usual 5 s for a worker's first request.
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": "8080",
        "AIRFLOW__API__INSTANCE_NAME": "通报",
        # No figures, traces or error reports leave the house.
        "AIRFLOW__METRICS__STATSD_ON": "False",
        "AIRFLOW__METRICS__OTEL_ON": "False",
        "AIRFLOW__TRACES__OTEL_ON": "False",
        "AIRFLOW__SENTRY__SENTRY_ON": "False",
    }


def apply(state: Path | None = None) -> Path:
    """Put the settings into this process's environment, where they are not set yet; return the state folder.

    Must come before the first import of airflow.
    """
    base = home().resolve()
    state = state or state_folder().resolve()
    for name, value in settings(base, state).items():
        os.environ.setdefault(name, value)
    return state


def main(arguments: Sequence[str]) -> None:
    """Replace this process by an Airflow command run in the installation's environment."""
    apply()
    os.execv(sys.executable, [sys.executable, "-m", "airflow", *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
