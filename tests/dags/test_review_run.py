"""The three reviews on a real Airflow on loopback: pass, send back, ask again, sign, publish; each person by the API."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.airflow_home import REPOSITORY
from tests.dags.test_backfill import Stack, answers, free_port, start, stop, wait_for
from tongbao.archive import Archive
from tongbao.manifests import Outcome
from tongbao.period import Period
from tongbao_airflow import environment

pytestmark = pytest.mark.stack

OFFICE, CIRCULAR, PERIOD = "lizhengxian", "quarterly", "2024-Q2"
DAG, RUN = f"circular_{OFFICE}_{CIRCULAR}", "signed-by-three"
PERSONS = ("chushen", "fushen", "zhongshen", "qianfa", "caozuo")


@dataclass
class People:
    """Users of the API by name."""

    address: str

    def as_user(self, name: str, method: str, path: str, **content: Any) -> requests.Response:
        token = requests.post(f"{self.address}/auth/token", json={"username": name, "password": name}, timeout=30)
        headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
        return requests.request(method, f"{self.address}/api/v2{path}", json=content or None, headers=headers, timeout=30)

    def state_of(self, task: str) -> str:
        answer = self.as_user("caozuo", "GET", f"/dags/{DAG}/dagRuns/{RUN}/taskInstances/{task}")
        return str(answer.json().get("state"))

    def decide(self, name: str, task: str, option: str, **fields: Any) -> bool:
        """Answer until the task has taken it; True once it has ended.

        An answer in the second in which the task was put aside makes the scheduler ask once more (Airflow 3.3.2).
        """
        if self.state_of(task) == "awaiting_input":
            self.answer(name, task, option, **fields)
        return self.state_of(task) in ("success", "failed")

    def answer(self, name: str, task: str, option: str, **fields: Any) -> int:
        path = f"/dags/{DAG}/dagRuns/{RUN}/taskInstances/{task}/-1/hitlDetails"
        return self.as_user(name, "PATCH", path, chosen_options=[option], params_input=fields).status_code


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[tuple[Stack, People]]:
    """The quarter is taken in and its draft made when the components start."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    passwords = tmp_path / "passwords.json"
    passwords.write_text(json.dumps({name: name for name in PERSONS}))
    own = environment.settings(REPOSITORY, tmp_path) | {
        "TONGBAO_STATE": str(tmp_path),
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API_AUTH__JWT_SECRET": "only-for-this-test-and-long-enough-for-hmac-sha-512" * 2,
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "TONGBAO_RETRY_DELAY_S": "2",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:op" for name in PERSONS),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "PYTHONPATH": str(REPOSITORY / "plugins"),
    }
    stack = Stack(tmp_path, os.environ | own)
    once = stack.run("tongbao_airflow.once", "--jurisdiction", OFFICE, "--period", PERIOD)
    assert once.returncode == 0, once.stdout + once.stderr
    processes: list[subprocess.Popen[bytes]] = []
    try:
        processes.append(start(stack, "api-server"))
        wait_for(lambda: answers(f"{address}/api/v2/version"), "the API server", stack)
        processes.extend(start(stack, component) for component in ("dag-processor", "scheduler"))
        yield stack, People(address)
    finally:
        stop(processes)


def test_three_persons_pass_one_draft_and_a_fourth_signs_it(stack: tuple[Stack, People]) -> None:
    airflow, people = stack
    archive = Archive.open(str(airflow.state / "archive"))
    period = Period.parse(PERIOD)

    def decide(name: str, task: str, option: str, **fields: Any) -> None:
        wait_for(lambda: people.decide(name, task, option, **fields), f"{task} to be decided", airflow)

    def wait(task: str, *states: str) -> None:
        wait_for(lambda: people.state_of(task) in states, f"{task} to be {states}", airflow)

    airflow.airflow("dags", "trigger", DAG, "--conf", json.dumps({"period": PERIOD}), "--run-id", RUN)
    wait("first_review", "awaiting_input")
    asked = people.as_user("chushen", "GET", f"/dags/{DAG}/dagRuns/{RUN}/taskInstances/first_review/-1/hitlDetails").json()
    assert asked["subject"].startswith("初审：关于2024年第二季度")
    edition = archive.editions(OFFICE, CIRCULAR, period)[-1]
    assert f"/tongbao/editions/{OFFICE}/{CIRCULAR}/{PERIOD}/{edition.folder}/circular.docx" in asked["body"]
    assert people.answer("fushen", "first_review", "通过", reason="") == 403
    decide("chushen", "first_review", "通过", reason="")
    decide("fushen", "second_review", "退回", reason="附件2有误")
    wait_for(lambda: airflow.state_of(RUN) == "failed", "the run to be sent back", airflow)
    assert people.state_of("final_review") == "upstream_failed"
    [(note,)] = airflow.query(
        "select content from dag_run_note join dag_run on dag_run.id = dag_run_note.dag_run_id where run_id = ?", RUN
    )
    assert note.startswith("退回（复审 fushen）：附件2有误")
    assert archive.publications(OFFICE, CIRCULAR, period) == []

    clearing = {
        "task_ids": ["second_review"],
        "dag_run_id": RUN,
        "dry_run": False,
        "include_downstream": True,
        "only_failed": False,
    }
    assert people.as_user("caozuo", "POST", f"/dags/{DAG}/clearTaskInstances", **clearing).ok
    wait("second_review", "awaiting_input")
    decide("fushen", "second_review", "通过", reason="")
    decide("zhongshen", "final_review", "通过", reason="")
    signing = dict.fromkeys(("edited", "override_reason", "republish_reason", "reason"), "")
    fields = {**signing, "number": 7, "issued_on": "2024-07-15", "first_number": None}
    decide("qianfa", "sign", "签发", **fields)
    wait_for(lambda: airflow.state_of(RUN) in ("success", "failed"), "the run to end", airflow)
    assert airflow.state_of(RUN) == "success", airflow.logs()

    (published,) = archive.publications(OFFICE, CIRCULAR, period)
    assert (published.number_text, published.edition, published.signed_by) == ("例政办字〔2024〕7号", edition.number, "qianfa")
    assert [(decision.by, decision.outcome) for decision in published.reviews] == [
        ("chushen", Outcome.PASSED),
        ("fushen", Outcome.PASSED),
        ("zhongshen", Outcome.PASSED),
    ]
    assert [decision.outcome.value for decision in archive.decisions(edition)] == [
        "passed",
        "returned",
        "passed",
        "passed",
        "passed",
    ]
    assert "例政办字〔2024〕7号" in (airflow.state / "archive" / OFFICE / "index.html").read_text(encoding="utf-8")
