"""What may break under a run, and the edition that comes of it all the same: byte for byte, and once."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.stack.conftest import CUTOFF, OLDER, SHENCHA, SHILIQI, STAGES
from tests.stack.installation import ENDED, Installation, Person
from tongbao.archive import Archive, EditionManifest
from tongbao.period import Period
from tongbao.storage import read_file

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


@pytest.fixture(scope="module")
def reviewed_run(operator: Person) -> str:
    """A circular of the office with reviews. Its draft is made while the first test kills workers under it too."""
    return operator.trigger(SHENCHA, period="2020-Q3")


def test_a_worker_killed_in_each_task_leaves_the_same_edition(
    installation: Installation, operator: Person, undisturbed: Undisturbed, reviewed_run: str
) -> None:
    run_id = operator.trigger(SHILIQI, period="2020-Q3")
    killed: set[str] = set()
    for tasks in progress(installation, operator, SHILIQI, run_id):
        for name, task in tasks.items():
            if name not in killed and kill_worker_of(installation, task, "/shiliqi/editions/" if name == "file_edition" else ""):
                killed.add(name)

    assert operator.state(SHILIQI, run_id) == "success", installation.logs()
    tasks = operator.tasks(SHILIQI, run_id)
    assert killed == set(tasks)
    assert {name: task["try_number"] for name, task in tasks.items()} == dict.fromkeys(tasks, 2)
    edition_of(installation, undisturbed("2020-Q3"))


def test_a_worker_killed_in_each_review_and_in_publishing_leaves_the_same_publication(
    installation: Installation, operator: Person, reviewed_run: str
) -> None:
    """Killed before the question is put or while the answer is taken: it is put again, and what is published is the same."""
    signing = {"number": 11, "issued_on": "2020-10-20", "edited": "", "first_number": None}
    signing |= {"override_reason": "", "republish_reason": "", "reason": ""}
    answers = {stage: ("通过", {"reason": ""}) for stage in STAGES} | {"sign": ("签发", signing)}
    persons = {stage: installation.person(name) for stage, name in {**STAGES, "sign": "zhongshen"}.items()}
    victims = {"first_review", "second_review", "final_review", "sign", "publish", "announce"}
    killed: set[str] = set()
    answered: set[tuple[str, int]] = set()
    for tasks in progress(installation, operator, SHENCHA, reviewed_run):
        for name in victims:
            asked = (name, tasks[name]["try_number"])
            if tasks[name]["state"] == "awaiting_input" and asked not in answered:
                option, fields = answers[name]
                answer = persons[name].decide(SHENCHA, reviewed_run, name, option, **fields)
                assert answer.ok, answer.text
                answered.add(asked)
            is_due = name not in killed and (name not in ("second_review", "sign") or asked in answered)
            if is_due and kill_worker_of(installation, tasks[name], "/publications/" if name == "publish" else ""):
                killed.add(name)

    assert operator.state(SHENCHA, reviewed_run) == "success", installation.logs()
    tasks = operator.tasks(SHENCHA, reviewed_run)
    assert killed == victims
    assert min(tasks[name]["try_number"] for name in victims) >= 2
    bucket, copy = installation.archive().root, installation.folder / "reviewed"
    for kind in ("batches", "editions", "reviews"):
        bucket.fs.get(f"{bucket.path}/shencha/{kind}/", str(copy / "shencha" / kind) + "/", recursive=True)
    signed = ("--jurisdiction", "shencha", "--period", "2020-Q3", "--number", "11", "--date", "2020-10-20", "--yes")
    installation.run("python", "-m", "tongbao.cli", "issue", *signed, TONGBAO_ARCHIVE=str(copy))
    found, expected = (
        archive.publications("shencha", "quarterly", Period.parse("2020-Q3"))
        for archive in (installation.archive(), Archive.open(str(copy)))
    )
    assert [publication.files for publication in found] == [publication.files for publication in expected] != [{}]
    for name, digest in found[0].files.items():
        assert hashlib.sha256(read_file(installation.archive().publication_file(found[0], name))).hexdigest() == digest, name


def progress(installation: Installation, person: Person, dag_id: str, run_id: str) -> Iterator[dict[str, dict[str, Any]]]:
    """The run's tasks again and again, until it has ended."""
    end = time.monotonic() + 400
    while person.state(dag_id, run_id) not in ENDED:
        assert time.monotonic() < end, installation.logs()
        yield person.tasks(dag_id, run_id)
        time.sleep(0.1)


def kill_worker_of(installation: Installation, task: dict[str, Any], writing: str) -> bool:
    """Kill the worker of a running task, once somebody writes into the folder ``writing`` if it is named; False if it rests."""
    worker = installation.worker_of(task["pid"]) if task["state"] == "running" and task["pid"] else None
    if worker is None:
        return False
    if writing:
        written = len(installation.faults.written)
        installation.wait(lambda: any(writing in path for path in installation.faults.written[written:]), writing, 30)
    installation.kill(worker)
    return True


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
