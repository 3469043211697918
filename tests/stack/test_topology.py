"""All processes well, quarters made up for from the command line and over REST, and a backup that can be restored."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

import pytest

from tests.stack.conftest import INTAKE, SHILIQI
from tests.stack.installation import ENDED, Installation, Person
from tests.stack.servers import program
from tongbao.archive import EditionManifest
from tongbao.period import Period
from tongbao_airflow import production

pytestmark = pytest.mark.stack


def backfilled(installation: Installation, operator: Person, asked_at: str) -> None:
    """Wait for both quarters of a backfill to be made since then, and look at what they are."""
    runs: list[dict[str, str]] = []

    def ended() -> bool:
        found = operator.get(f"/api/v2/dags/{SHILIQI}/dagRuns", run_type="backfill")["dag_runs"]
        runs[:] = sorted(found, key=lambda run: run["data_interval_start"])
        return len(runs) == 2 and all(run["state"] in ENDED and run["queued_at"] > asked_at for run in runs)

    installation.wait(ended, "the backfill")
    assert [run["state"] for run in runs] == ["success", "success"], installation.logs()
    assert [run["note"][:10] for run in runs] == ["2020年第二季度：", "2020年第三季度："], runs


def as_undisturbed(installation: Installation, undisturbed: Callable[..., EditionManifest]) -> bool:
    """Whether both quarters' editions, made again or found, are what they must be."""
    for period in ("2020-Q2", "2020-Q3"):
        expected = undisturbed(period)
        editions = installation.archive().editions("shiliqi", "quarterly", Period.parse(period))
        if [edition.files for edition in editions if edition.identity == expected.identity] != [expected.files]:
            return False
    return True


# Over REST only as the last: the scheduler looks every half minute whether a DAG's backfill has ended, and takes no other before.
def test_two_quarters_are_made_up_for_from_the_command_line(
    installation: Installation, operator: Person, undisturbed: Callable[..., EditionManifest]
) -> None:
    asked_at = datetime.now(UTC).isoformat()
    dates = ("--from-date", "2020-04-01", "--to-date", "2020-09-30", "--reprocess-behavior", "completed")
    installation.run("airflow", "backfill", "create", "--dag-id", SHILIQI, *dates)
    backfilled(installation, operator, asked_at)
    assert as_undisturbed(installation, undisturbed)


def test_every_process_is_well_by_its_own_health_check(installation: Installation, operator: Person) -> None:
    names = list(installation.processes)
    with ThreadPoolExecutor(2) as checks:
        assert dict(zip(names, checks.map(installation.healthy, names), strict=True)) == dict.fromkeys(names, True)


def test_delivered_files_are_taken_in(installation: Installation, operator: Person) -> None:
    run_id = operator.trigger(INTAKE, period="2024-Q2")
    assert installation.finish(operator, INTAKE, run_id) == "success", installation.logs()
    batches = installation.archive().batches("lizhengxian", "roster")
    assert [batch.period for batch in batches] == ["2024-Q2"] * len(batches) != []


def test_a_backup_brings_archive_and_database_back(installation: Installation, operator: Person) -> None:
    """The commands of ``make backup`` and ``make restore``, into a database and a bucket that are empty."""
    folder, dump = installation.folder / "backup", installation.folder / "database.dump"
    connection = ["--host", "127.0.0.1", "--port", str(installation.postgres.port), "--username", "airflow"]
    environment = installation.environment | {"PGPASSWORD": installation.postgres.password}
    dumped = [program("pg_dump"), *connection, "--format", "custom", "--file", str(dump), "airflow"]
    subprocess.run(dumped, env=environment, check=True, timeout=120)
    installation.run("python", "-m", "tongbao_airflow.backup", "save", str(folder))

    with closing(installation.postgres.connect("postgres")) as database:
        database.autocommit = True
        database.cursor().execute("create database restored")
    restored = [
        program("pg_restore"),
        *connection,
        "--dbname",
        "restored",
        "--clean",
        "--if-exists",
        "--exit-on-error",
        str(dump),
    ]
    subprocess.run(restored, env=environment, check=True, timeout=120)
    for table in ("ab_user", "ab_permission_view_role", "dag_run"):
        kept, back = (
            installation.postgres.query(f"select count(*) from {table}", database=name) for name in ("airflow", "restored")
        )
        assert back == kept != [(0,)], table

    bucket = installation.archive().root.fs
    bucket.mkdir("restored")
    place = {"TONGBAO_ARCHIVE": "s3://restored/archive"}
    assert "核对无误" in installation.run("python", "-m", "tongbao_airflow.backup", "restore", str(folder), **place)
    assert installation.run("python", "-m", "tongbao_airflow.backup", "check", str(folder))
    kept = {path.partition("/archive/")[2] for path in bucket.find(f"{production.BUCKET}/archive") if "/workspaces/" not in path}
    assert {path.partition("/archive/")[2] for path in bucket.find("restored/archive")} == kept


def test_two_quarters_are_made_up_for_over_rest(
    installation: Installation, operator: Person, undisturbed: Callable[..., EditionManifest]
) -> None:
    asked_at = datetime.now(UTC).isoformat()
    dates = {"from_date": "2020-04-01T00:00:00+08:00", "to_date": "2020-09-30T00:00:00+08:00"}
    wish = {"dag_id": SHILIQI, **dates, "reprocess_behavior": "completed", "max_active_runs": 1}
    installation.wait(lambda: operator.call("POST", "/api/v2/backfills", wish).ok, "the backfill to be accepted", 90)
    backfilled(installation, operator, asked_at)
    assert as_undisturbed(installation, undisturbed)
