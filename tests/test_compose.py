"""docker-compose.yaml against the processes and settings that the stack test runs, and against its own schema."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.airflow_home import REPOSITORY
from tongbao_airflow import production

COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OUTSIDE = {"postgres", "redis", "store"}
REQUIRED = re.compile(r"\$\{(\w+):\?[^}]*\}")


def named(settings: dict[str, str]) -> dict[str, str]:
    return {name: REQUIRED.sub(r"${\1}", value) for name, value in settings.items()}


def test_is_valid_by_the_compose_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, str(REPOSITORY / "docker-compose.yaml")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_runs_the_processes_of_the_stack_test_with_their_health_checks() -> None:
    assert set(SERVICES) == {process.name for process in production.PROCESSES} | {"prepare"} | OUTSIDE
    assert tuple(SERVICES["prepare"]["command"]) == production.PREPARE
    for process in production.PROCESSES:
        service = SERVICES[process.name]
        assert tuple(service["command"]) == process.command
        assert service["healthcheck"]["test"] == ["CMD-SHELL", process.healthy.replace("$", "$$")]
        assert service["depends_on"] == {"prepare": {"condition": "service_completed_successfully"}}
    assert SERVICES["worker"]["deploy"]["replicas"] == 2


def test_states_the_settings_of_the_stack_test() -> None:
    wanted = production.compose_settings()
    for name in {*SERVICES} - OUTSIDE:
        own = named(SERVICES[name]["environment"])
        if name == "prepare":
            assert own.pop("TONGBAO_ADMIN_PASSWORD") == "${TONGBAO_ADMIN_PASSWORD}"
        assert own == wanted, name


def test_no_secret_has_a_default_or_stands_in_the_file() -> None:
    secrets = set(production.Secrets.named().as_variables())
    text = (REPOSITORY / "docker-compose.yaml").read_text(encoding="utf-8")
    used = set(re.findall(r"\$\{(TONGBAO_\w+)", text))
    assert secrets <= used
    for name in secrets:
        assert set(re.findall(rf"\$\{{{name}(..)", text)) == {":?"}, f"{name} must be required wherever it is used"
    passwords = re.findall(r"(?i)(?:password|secret\w*|_key\w*|auth): (.+)", text)
    assert all(value.strip("'").startswith("${TONGBAO_") for value in passwords), passwords


def test_services_are_bounded_and_kept_to_themselves() -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name, service in SERVICES.items():
        limits = service["deploy"]["resources"]["limits"]
        assert limits["memory"], name
        assert limits["cpus"], name
        assert service["logging"]["options"] == {"max-size": "20m", "max-file": "5"}, name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service["restart"] == ("no" if name == "prepare" else "unless-stopped")
        assert name == "prepare" or "healthcheck" in service
        assert ":" in service.get("image", "")
        assert not service.get("image", "").endswith(":latest")
        assert service["networks"] == (["inside"] if name in OUTSIDE else ["inside", "outside"])
        for volume in service["volumes"]:
            source = volume.partition(":")[0]
            assert source in COMPOSE["volumes"] or source[0] in ".$", f"{name}: {volume}"
    assert {name for name, service in SERVICES.items() if service.get("ports")} == {"api-server"}
    assert SERVICES["api-server"]["ports"] == ["${TONGBAO_LISTEN:-127.0.0.1:8080}:8080"]
    assert all(SERVICES[name]["user"] == "50000:0" for name in {*SERVICES} - OUTSIDE)


def test_the_image_holds_what_the_lock_pins_and_ends_as_nobody_special() -> None:
    lines = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    version = re.search(r"^apache-airflow==(\S+)", (REPOSITORY / "requirements.lock").read_text(), re.MULTILINE)
    assert version
    assert next(line for line in lines if line.startswith("FROM")).startswith(f"FROM apache/airflow:{version[1]}")
    assert any("--require-hashes -r requirements.lock" in line for line in lines)
    assert [line for line in lines if line.startswith("USER")][-1] == "USER airflow"


def test_env_is_made_once_for_its_owner_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / ".env"
    assert production.main(["env", str(target)]) == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    made = production.read_env(target)
    wanted = set(re.findall(r"\$\{(TONGBAO_\w+)", (REPOSITORY / "docker-compose.yaml").read_text(encoding="utf-8")))
    observed = {variable for variable, _ in production.OBSERVED.values()}
    assert wanted - observed == set(made)
    secret = [made[name] for name in production.Secrets.named().as_variables()]
    assert len(set(secret)) == len(secret)
    assert min(map(len, secret)) >= 20
    assert all(re.fullmatch(r"[\w=-]+", value) for value in secret), "secrets stand in URLs"

    assert production.main(["env", str(target)]) == 1
    assert "已存在" in capsys.readouterr().err
    assert production.read_env(target) == made


def test_env_needs_nothing_but_python(tmp_path: Path) -> None:
    """It runs where only Docker is installed: before there is an environment, and on Python without packages."""
    command = [sys.executable, "-I", "-S", "-c"]
    script = f"import sys; sys.path.insert(0, {str(REPOSITORY / 'plugins')!r}); from tongbao_airflow import production as p; "
    done = subprocess.run(
        [*command, script + "sys.exit(p.main(['env', '.env']))"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def test_the_pinned_celery_is_one_its_provider_knows() -> None:
    """Version 5.7 of Celery dropped what provider 3.26 imports, which only a starting worker would tell."""
    script = "import airflow.providers.celery.executors.celery_executor_utils"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-1000:]
