"""One production installation for all tests of this folder: starting it takes longer than any one of them."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.airflow_home import REPOSITORY
from tests.stack.installation import Installation, Person
from tongbao.archive import Archive, EditionManifest
from tongbao.period import Period

SHILIQI, SHENCHA = "circular_shiliqi_quarterly", "circular_shencha_quarterly"
OLDER, CUTOFF = "2020-06-30T18:00:00+08:00", "2020-09-30T18:00:00+08:00"
"""Cutoffs that give either quarter an edition of its own."""
WISHES = (("2020-Q3", ""), ("2020-Q2", OLDER), ("2020-Q3", CUTOFF), ("2020-Q2", ""))
"""The editions of 示例旗 that the tests make under faults or make up for, in the order they ask for them."""
STAGES = {"first_review": "chushen", "second_review": "fushen", "final_review": "zhongshen"}
INTAKE = "intake_lizhengxian"
PEOPLE = {
    "kanyuan": "tongbao_viewer",
    "caozuo": "tongbao_operator",
    "chushen": "tongbao_reviewer_shencha",
    "fushen": "tongbao_reviewer_shencha",
    "zhongshen": "tongbao_reviewer_shencha",
    "waiqi": "tongbao_reviewer_shiliqi",
}
"""Users by role. 示例旗 issues without reviews; 审查旗, the same data under another name, has three."""


def reviewed() -> str:
    """The settings of an office like 示例旗 whose circular three persons review."""
    text = (
        (REPOSITORY / "config/jurisdictions/shiliqi.yaml").read_text(encoding="utf-8").replace("samples/shiliqi", "inbox/shencha")
    )
    reviews = "    reviews: {first: [chushen], second: [fushen], final: [zhongshen], days: 5}\n"
    return text.replace("id: shiliqi", "id: shencha", 1).replace("    slots:\n", f"{reviews}    slots:\n", 1)


def take_in(installed: Installation) -> None:
    """Two quarters of both offices, by the command for people without Airflow: the DAG has a test of its own."""
    for period in ("2020-Q2", "2020-Q3"):
        installed.run("python", "-m", "tongbao.cli", "intake", "--jurisdiction", "shiliqi", "--period", period)
    installed.lend_batches("shiliqi", ["shencha"])


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    # PostgreSQL runs as another user, who must be able to pass through.
    folder = Path(tempfile.mkdtemp(prefix="tongbao-stack-"))
    folder.chmod(0o711)
    installed = Installation(folder, {"shencha": reviewed()})
    # Whoever stops the tests stops what they started.
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    try:
        installed.prepare()
        with ThreadPoolExecutor(2) as meanwhile:
            pending = [meanwhile.submit(installed.add_people, PEOPLE), meanwhile.submit(take_in, installed)]
            installed.start()
            for task in pending:
                task.result()
        yield installed
    finally:
        installed.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def operator(installation: Installation) -> Person:
    person = installation.person("caozuo")
    for dag_id in (SHILIQI, SHENCHA, INTAKE):
        installation.wait(lambda dag_id=dag_id: person.call("GET", f"/api/v2/dags/{dag_id}").ok, f"the DAG {dag_id}", 120)
        assert person.call("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False}).ok
    return person


@pytest.fixture(scope="session")
def undisturbed(installation: Installation) -> Iterator[Callable[..., EditionManifest]]:
    """What an edition must be, made without Airflow and without faults from a copy of the same batches.

    All are made beside the first tests, which wait for killed workers half of their time.
    """
    folder = installation.folder / "copy"
    bucket = installation.archive().root
    bucket.fs.get(f"{bucket.path}/shiliqi/batches/", str(folder / "shiliqi" / "batches") + "/", recursive=True)

    def make(period: str, cutoff: str) -> EditionManifest:
        before = {edition.number for edition in Archive.open(str(folder)).editions("shiliqi", "quarterly", Period.parse(period))}
        wish = ["--cutoff", cutoff] if cutoff else []
        installation.run("python", "-m", "tongbao.cli", "circular", "--period", period, *wish, TONGBAO_ARCHIVE=str(folder))
        made = Archive.open(str(folder)).editions("shiliqi", "quarterly", Period.parse(period))
        (new,) = [edition for edition in made if edition.number not in before]
        return new

    with ThreadPoolExecutor(1) as meanwhile:
        made = {wish: meanwhile.submit(make, *wish) for wish in WISHES}
        yield lambda period, cutoff="": made[period, cutoff].result()
