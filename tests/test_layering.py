"""Dependencies point one way: dags → tongbao_airflow → tongbao."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "common.py"}
ADDRESS_MARKS = ("--index-url", "--extra-index-url", "--find-links", "--trusted-host", "http://", "https://")


def test_import_contracts_are_kept() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_library_runs_where_airflow_cannot_be_imported() -> None:
    code = "import tests.without_airflow, tongbao.steps, tongbao.cli, sys; assert 'airflow' not in sys.modules"
    path = {"PYTHONPATH": f"{REPOSITORY / 'plugins'}:{REPOSITORY}"}
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, env=path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_dag_files_do_not_import_each_other() -> None:
    names = {path.stem for path in (REPOSITORY / "dags").glob("*.py")}
    for path in (REPOSITORY / "dags").glob("*.py"):
        for name in names:
            lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
            assert not [
                line for line in lines if line == f"import {name}" or line.startswith((f"from {name} ", f"from dags.{name}"))
            ]


def test_no_module_of_leftovers() -> None:
    found = [
        path for folder in ("plugins", "dags") for path in (REPOSITORY / folder).rglob("*.py") if path.name in FORBIDDEN_NAMES
    ]
    assert found == []


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml", "Makefile", ".ci/run", ".pre-commit-config.yaml"])
def test_no_index_address_in_a_file_that_installs(name: str) -> None:
    for line in (REPOSITORY / name).read_text(encoding="utf-8").splitlines():
        if "127.0.0.1" not in line:
            assert not any(mark in line for mark in ADDRESS_MARKS), line
