"""What may break under a run, and the edition that comes of it all the same: byte for byte, and once."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.stack.conftest import CUTOFF, OLDER, SHILIQI
from tests.stack.installation import ENDED, Installation, Person
from tongbao.archive import EditionManifest
from tongbao.period import Period

pytestmark = pytest.mark.stack
Undisturbed = Callable[..., EditionManifest]


def editions(installation: Installation, period: str) -> list[EditionManifest]:
    return installation.archive().editions("shiliqi", "quarterly", Period.parse(period))


def edition_of(installation: Installation, expected: EditionManifest) -> EditionManifest:
    """The one edition in the bucket made of the same; its files must be what the manifest and the undisturbed run say."""
    (found,) = [edition for edition in editions(installation, expected.period) if edition.identity == expected.identity]
    assert found.files == expected.files
    archive = installation.archive()
    for name, digest in found.files.items():
        assert hashlib.sha256(archive.edition_file(found, name).read_bytes()).hexdigest() == digest, name
    return found


def test_a_worker_killed_in_each_task_leaves_the_same_edition(
    installation: Installation, operator: Person, undisturbed: Undisturbed
) -> None:
    """In each up to filing; test_reviews.py goes on with those after it."""
    run_id = operator.trigger(SHILIQI, period="2020-Q3")
    killed: set[str] = set()
    for tasks in installation.progress(operator, SHILIQI, run_id):
        for name, task in tasks.items():
            if name not in killed and installation.kill_worker_of(task, "/editions/" if name == "file_edition" else ""):
                killed.add(name)

    assert operator.state(SHILIQI, run_id) == "success", installation.logs()
    tasks = operator.tasks(SHILIQI, run_id)
    assert killed == set(tasks)
    assert {name: task["try_number"] for name, task in tasks.items()} == dict.fromkeys(tasks, 2)
    edition_of(installation, undisturbed("2020-Q3"))


def test_lost_scheduler_database_and_store_while_operators_press_the_same_button(
    installation: Installation, operator: Person, undisturbed: Undisturbed
) -> None:
    """Two operators start one quarter at once, a third an older one; each run meets a fault of its own."""
    # With cutoffs of their own, both are editions that no other run has filed.
    wishes = [{"period": "2020-Q2", "cutoff": OLDER}, *[{"period": "2020-Q3", "cutoff": CUTOFF}] * 2]
    with ThreadPoolExecutor(3) as operators:
        runs = list(operators.map(lambda wish: operator.trigger(SHILIQI, **wish), wishes))
    store = [("measure", trouble_store), ("file_edition", close_store)]
    faults = dict(zip(runs, (store, [("measure", lose_scheduler)], [("score", lose_database)]), strict=True))

    end = time.monotonic() + 500
    states: dict[str, str] = {}
    while not set(states.values()) or not set(states.values()) <= set(ENDED):
        assert time.monotonic() < end, installation.logs()
        for run_id in runs:
            states[run_id] = operator.state(SHILIQI, run_id)
            if faults[run_id] and operator.tasks(SHILIQI, run_id)[faults[run_id][0][0]]["state"] == "running":
                faults[run_id].pop(0)[1](installation)
        time.sleep(0.3)

    assert set(states.values()) == {"success"}, installation.logs()
    assert not any(faults.values())
    assert installation.faults.all_met()
    edition_of(installation, undisturbed("2020-Q2", OLDER))
    edition_of(installation, undisturbed("2020-Q3", CUTOFF))
    news = [operator.get(f"/api/v2/dags/{SHILIQI}/dagRuns/{run_id}")["note"] for run_id in runs[1:]]
    assert sorted("新版本" in note for note in news) == [False, True], news


def lose_scheduler(installation: Installation) -> None:
    installation.kill("scheduler")


def lose_database(installation: Installation) -> None:
    installation.postgres.stop()
    time.sleep(30)
    installation.postgres.start()
    installation.wait(installation.answers, "the API server after the database")


def trouble_store(installation: Installation) -> None:
    """Some requests are refused, late or cut off in the middle."""
    for kind in ("refused", "delayed", "cut"):
        installation.faults.ask_for(kind, "GET", 2)
        installation.faults.ask_for(kind, "PUT", 2)


def close_store(installation: Installation) -> None:
    """Nothing can be written for longer than one attempt lasts, as on a full disk."""
    installation.faults.ask_for("cut", "PUT", 2)
    installation.faults.ask_for("refused", "PUT", 14)
