"""Three reviews, signing and publication over the REST API, and who is kept out of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from docx import Document

from tests.stack.conftest import SHENCHA, SHILIQI, STAGES
from tests.stack.installation import Installation, Person
from tongbao.archive import Archive
from tongbao.period import Period
from tongbao.storage import digest, read_file

pytestmark = pytest.mark.stack
PUBLISHED = "publications/quarterly/2020-Q2"
ANSWERED_FIRST = {"second_review", "sign"}
"""Stages whose worker dies while it takes the answer; that of the others before it has put the question."""
VICTIMS = {*STAGES, "sign", "publish", "announce"}
Waits = Callable[[str], None]


@pytest.fixture(scope="module")
def run_id(installation: Installation, operator: Person) -> str:
    """A draft that waits for its first review."""
    return operator.trigger(SHENCHA, period="2020-Q2")


@pytest.fixture(scope="module")
def waits(installation: Installation, operator: Person, run_id: str) -> Waits:
    def wait(task_id: str) -> None:
        def waiting() -> bool:
            tasks = operator.tasks(SHENCHA, run_id)
            assert "failed" not in {task["state"] for task in tasks.values()}, installation.logs()
            return bool(tasks[task_id]["state"] == "awaiting_input")

        installation.wait(waiting, f"{task_id} to ask", 180)

    return wait


def instances(run_id: str, *rest: str) -> str:
    return "/".join((f"/api/v2/dags/{SHENCHA}/dagRuns/{run_id}/taskInstances", *rest))


def names(installation: Installation, folder: str) -> list[str]:
    """Files of 审查旗 in the bucket below a folder."""
    root = installation.archive().root
    place = f"{root.path}/shencha/{folder}"
    return sorted(path.removeprefix(place + "/") for path in root.fs.find(place))


def test_nobody_gets_anything_without_logging_in(installation: Installation, run_id: str) -> None:
    nobody = Person(installation.api)
    paths = ["/api/v2/dags", f"/api/v2/dags/{SHENCHA}", f"/api/v2/dags/{SHENCHA}/dagRuns", instances(run_id)]
    paths += ["/api/v2/variables", "/api/v2/connections", "/api/v2/eventLogs", "/api/v2/config", "/api/v2/importErrors"]
    paths += ["/ui/dags", "/ui/config", instances(run_id, "file_edition", "xcomEntries")]
    assert {path: nobody.call("GET", path).status_code for path in paths} == dict.fromkeys(paths, 401)
    assert nobody.call("POST", f"/api/v2/dags/{SHENCHA}/dagRuns", {"logical_date": None}).status_code == 401
    assert nobody.decide(SHENCHA, run_id, "first_review", "通过").status_code == 401
    assert Person(installation.api, "made.up.token").call("GET", "/api/v2/dags").status_code in (401, 403)


def test_a_viewer_sees_runs_but_no_draft_and_starts_nothing(installation: Installation, run_id: str, waits: Waits) -> None:
    viewer = installation.person("kanyuan")
    waits("first_review")
    assert viewer.state(SHENCHA, run_id) == "running"
    drafts = [instances(run_id), instances(run_id, "first_review"), instances(run_id, "first_review", "-1", "hitlDetails")]
    drafts += [instances(run_id, "file_edition", "xcomEntries", "return_value"), instances(run_id, "write", "logs", "1")]
    drafts += [f"/api/v2/dags/{SHENCHA}/dagRuns/{run_id}/hitlDetails", "/api/v2/dags/~/dagRuns/~/hitlDetails"]
    assert {path: viewer.call("GET", path).status_code for path in drafts} == dict.fromkeys(drafts, 403)
    assert viewer.call("POST", f"/api/v2/dags/{SHENCHA}/dagRuns", {"logical_date": None}).status_code == 403
    assert viewer.call("PATCH", f"/api/v2/dags/{SHENCHA}", {"is_paused": True}).status_code == 403
    assert viewer.call("POST", f"/api/v2/dags/{SHENCHA}/clearTaskInstances", {"dry_run": False}).status_code == 403
    backfill = {"dag_id": SHILIQI, "from_date": "2020-04-01T00:00:00+08:00", "to_date": "2020-09-30T00:00:00+08:00"}
    assert viewer.call("POST", "/api/v2/backfills", backfill).status_code == 403
    assert viewer.decide(SHENCHA, run_id, "first_review", "通过", reason="").status_code == 403


@pytest.mark.parametrize("name", ["caozuo", "waiqi", "fushen", "admin"])
def test_only_the_reviewers_of_the_stage_decide_it(installation: Installation, run_id: str, waits: Waits, name: str) -> None:
    """Neither the operator nor the administrator, nor another office's reviewer, nor who has a later stage of this one."""
    waits("first_review")
    person = installation.admin if name == "admin" else installation.person(name)
    assert person.decide(SHENCHA, run_id, "first_review", "通过", reason="").status_code == 403


def test_a_reviewer_of_another_office_does_not_read_the_draft(installation: Installation, run_id: str) -> None:
    stranger = installation.person("waiqi")
    for path in (instances(run_id), instances(run_id, "first_review", "-1", "hitlDetails"), f"/api/v2/dags/{SHENCHA}"):
        assert stranger.call("GET", path).status_code == 403
    assert stranger.call("GET", f"/api/v2/dags/{SHILIQI}").ok


def test_silence_until_the_time_limit_publishes_nothing(
    installation: Installation, operator: Person, run_id: str, waits: Waits
) -> None:
    waits("first_review")
    # Five days later.
    late = "update task_instance set trigger_timeout = now() - interval '1 minute' where run_id = %s and task_id = 'first_review'"
    installation.postgres.execute(late, run_id)
    assert installation.finish(operator, SHENCHA, run_id) == "failed"
    assert "退回" in operator.get(f"/api/v2/dags/{SHENCHA}/dagRuns/{run_id}")["note"]
    assert names(installation, PUBLISHED) == []


def test_sending_back_ends_the_run_with_the_reason_and_publishes_nothing(
    installation: Installation, operator: Person, run_id: str, waits: Waits
) -> None:
    assert operator.clear(SHENCHA, run_id, "first_review").ok
    waits("first_review")
    chushen = installation.person("chushen")
    shown = chushen.get(instances(run_id, "first_review", "-1", "hitlDetails"))
    assert "初审" in shown["subject"]
    answer = chushen.decide(SHENCHA, run_id, "first_review", "退回", reason="附件2第3行单位名称有误")
    assert answer.ok, answer.text
    assert installation.finish(operator, SHENCHA, run_id) == "failed"
    note = operator.get(f"/api/v2/dags/{SHENCHA}/dagRuns/{run_id}")["note"]
    assert "退回" in note
    assert "chushen" in note
    assert "附件2第3行单位名称有误" in note
    assert names(installation, PUBLISHED) == []


def test_three_persons_approve_and_the_edited_circular_is_published_whatever_workers_die(
    installation: Installation, operator: Person, run_id: str
) -> None:
    """Killed before a question is put or while its answer is taken, a worker costs one more answer, and changes no byte."""
    assert operator.clear(SHENCHA, run_id, "first_review").ok
    edit_draft(installation)
    signature: dict[str, Any] = {"number": 12, "issued_on": "2020-10-20", "edited": "修改稿.docx", "first_number": None}
    signature |= {"override_reason": "", "republish_reason": "", "reason": ""}
    answers = {stage: (name, "通过", {"reason": ""}) for stage, name in STAGES.items()} | {
        "sign": ("zhongshen", "签发", signature)
    }
    persons = {name: installation.person(name) for name in STAGES.values()}
    killed: set[str] = set()
    answered: set[tuple[str, int]] = set()
    for tasks in installation.progress(operator, SHENCHA, run_id):
        for stage, (name, option, fields) in answers.items():
            asked = (stage, tasks[stage]["try_number"])
            if tasks[stage]["state"] == "awaiting_input" and asked not in answered:
                answer = persons[name].decide(SHENCHA, run_id, stage, option, **fields)
                assert answer.ok, answer.text
                assert persons[name].decide(SHENCHA, run_id, stage, option, **fields).status_code == 409
                answered.add(asked)
        for task in VICTIMS - killed:
            is_due = task not in ANSWERED_FIRST or (task, tasks[task]["try_number"]) in answered
            if is_due and installation.kill_worker_of(tasks[task], "/publications/" if task == "publish" else ""):
                killed.add(task)

    assert operator.state(SHENCHA, run_id) == "success", installation.logs()
    assert killed == VICTIMS
    assert {"0001/circular.docx", "0001/manifest.json"} <= set(names(installation, PUBLISHED))
    archive = installation.archive()
    (published,) = archive.publications("shencha", "quarterly", Period.parse("2020-Q2"))
    assert [decision.by for decision in published.reviews] == list(STAGES.values())
    files = {name: read_file(archive.publication_file(published, name)) for name in published.files}
    assert {name: digest(content) for name, content in files.items()} == published.files == signed_undisturbed(installation)
    text = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(files["circular.docx"])).paragraphs)
    assert "（此句由办公室在 Word 中改写）" in text
    assert (archive.root / "shencha/index.html").exists()


def signed_undisturbed(installation: Installation) -> dict[str, str]:
    """The files of the same draft, signed alike without Airflow and without faults in a copy of the archive."""
    bucket, copy = installation.archive().root, installation.folder / "reviewed"
    for kind in ("batches", "editions", "reviews"):
        bucket.fs.get(f"{bucket.path}/shencha/{kind}/", str(copy / "shencha" / kind) + "/", recursive=True)
    wish = [
        "--jurisdiction",
        "shencha",
        "--period",
        "2020-Q2",
        "--number",
        "12",
        "--date",
        "2020-10-20",
        "--edited",
        "修改稿.docx",
    ]
    installation.run("python", "-m", "tongbao.cli", "issue", *wish, "--yes", TONGBAO_ARCHIVE=str(copy))
    (signed,) = Archive.open(str(copy)).publications("shencha", "quarterly", Period.parse("2020-Q2"))
    return signed.files


def edit_draft(installation: Installation) -> None:
    """What an office does in Word: words changed, figures left alone."""
    root = installation.archive().root
    draft = Document(io.BytesIO((root / "shencha/editions/quarterly/2020-Q2/0001/circular.docx").read_bytes()))
    demand = next(paragraph for paragraph in draft.paragraphs if "继续加强规范管理" in paragraph.text)
    demand.runs[-1].text += "（此句由办公室在 Word 中改写）"
    folder = installation.base / "inbox/shencha/2020-Q2/修改稿"
    folder.mkdir(parents=True)
    draft.save(str(folder / "修改稿.docx"))
