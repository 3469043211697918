"""The tasks that wait for a person, without a scheduler: what they ask, and what an answer comes to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests import airflow_home
from tongbao.errors import SourceUnavailable, TongbaoError
from tongbao.jurisdiction import Reviews
from tongbao.manifests import Decision, Outcome, Stage

airflow_home.prepare()

AT = datetime(2020, 10, 12, 2, tzinfo=UTC)
REVIEWS = Reviews(first=("zhang",), second=("li",), final=("wang",), sign=("zhao",), days=3)
FILED = {"period": "2020-Q3", "edition": "0001"}


def operator(stage: Stage) -> Any:
    from airflow.sdk import DAG

    from tongbao_airflow.review import ask

    with DAG("circular_test", schedule=None):
        return ask(stage, REVIEWS, "shiliqi", "quarterly", FILED)


class Instance:
    """Stands for the task instance: keeps what was pushed."""

    def __init__(self) -> None:
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value


def answered(task: Any, event: dict[str, Any], instance: Instance) -> Any:
    return task.execute_complete({"run_id": "r1", "ti": instance}, event)


def event(option: str, by: str = "zhang", **fields: Any) -> dict[str, Any]:
    person = {"id": "7", "name": by} if by else None
    return {"chosen_options": [option], "params_input": fields, "responded_at": AT, "responded_by_user": person}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Answers as the library got them; it says what the option says."""
    from tongbao.publication import tasks

    seen: list[dict[str, Any]] = []

    def answer(stage: Stage, *place: Any, option: str, by: str, **more: Any) -> tuple[Decision, dict[str, Any]]:
        seen.append({"stage": stage, "option": option, "by": by, **more})
        outcome = {"通过": Outcome.PASSED, "签发": Outcome.PASSED}.get(option, Outcome.RETURNED)
        decision = Decision(round=more["round_id"], stage=stage, outcome=outcome, by=by, at=AT, reason="附件2有误")
        return decision, {"outcome": outcome.value}

    monkeypatch.setattr(tasks, "answer", answer)
    return seen


@pytest.mark.parametrize("stage", Stage)
def test_silence_returns_and_only_listed_persons_are_asked(stage: Stage) -> None:
    task = operator(stage)
    assert task.defaults == ["退回"]
    assert task.response_timeout == timedelta(days=3)
    assert task.execution_timeout is None
    expected = {Stage.FIRST: "zhang", Stage.SECOND: "li", Stage.FINAL: "wang", Stage.SIGN: "zhao"}[stage]
    assert [user["id"] for user in task.assigned_users] == [expected]
    assert set(task.serialized_params) >= {"reason"}


def test_a_pass_goes_on_with_what_was_decided(asked: list[dict[str, Any]]) -> None:
    instance = Instance()
    assert answered(operator(Stage.FIRST), event("通过", reason=""), instance) == {"outcome": "passed"}
    assert asked == [
        {"stage": Stage.FIRST, "option": "通过", "by": "zhang", "at": AT, "fields": {"reason": ""}, "round_id": "r1"}
    ]
    assert instance.pushed == {"decision": "通过（初审 zhang）：附件2有误"}


def test_a_return_fails_for_good_with_one_sentence(asked: list[dict[str, Any]]) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    instance = Instance()
    with pytest.raises(AirflowFailException, match="退回（初审 zhang）：附件2有误。未印发任何文件"):
        answered(operator(Stage.FIRST), event("退回", reason="附件2有误"), instance)
    assert instance.pushed["decision"].startswith("退回（初审 zhang）")


def test_a_default_taken_at_the_end_of_the_time_names_nobody(asked: list[dict[str, Any]]) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    with pytest.raises(AirflowFailException):
        answered(operator(Stage.FINAL), {**event("退回", by=""), "timedout": True}, Instance())
    assert asked[0]["by"] == ""


@pytest.mark.parametrize(
    ("mistake", "is_final"),
    [(TongbaoError("示政服字〔2020〕12号已用", remedy="请改用"), True), (SourceUnavailable("归档不通", remedy="稍后"), False)],
)
def test_a_mistake_is_final_and_an_outage_is_not(monkeypatch: pytest.MonkeyPatch, mistake: TongbaoError, is_final: bool) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    from tongbao.publication import tasks
    from tongbao_airflow import review

    def answer(*given: Any, **more: Any) -> None:
        raise mistake

    monkeypatch.setattr(tasks, "answer", answer)
    monkeypatch.setattr(review, "PAUSES_S", (0, 0))
    with pytest.raises(AirflowFailException if is_final else SourceUnavailable):
        answered(operator(Stage.SIGN), event("签发", by="zhao"), Instance())


@pytest.mark.parametrize("fields", [{"number": 0}, {"issued_on": 5}, {"number": 12, "unknown": 1}])
def test_a_form_filled_in_wrongly_over_the_api_is_told(asked: list[dict[str, Any]], fields: dict[str, Any]) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    empty = dict.fromkeys(operator(Stage.SIGN).serialized_params)
    whole = {**empty, "edited": "", "override_reason": "", "republish_reason": "", "reason": "", **fields}
    with pytest.raises(AirflowFailException, match="不合表单要求"):
        answered(operator(Stage.SIGN), event("签发", by="zhao", **whole), Instance())
    assert asked == []


def test_an_answer_is_not_lost_while_the_archive_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    from tongbao.publication import tasks
    from tongbao_airflow import review

    passed = Decision(round="r1", stage=Stage.FIRST, outcome=Outcome.PASSED, by="zhang", at=AT)
    failures = [ConnectionError("down"), OSError("slow down")]

    def answer(*given: Any, **more: Any) -> tuple[Decision, dict[str, Any]]:
        if failures:
            raise failures.pop()
        return passed, {"outcome": "passed"}

    monkeypatch.setattr(tasks, "answer", answer)
    monkeypatch.setattr(review, "PAUSES_S", (0, 0))
    assert answered(operator(Stage.FIRST), event("通过", reason=""), Instance()) == {"outcome": "passed"}
    failures += [OSError("down")] * 3
    with pytest.raises(OSError, match="down"):
        answered(operator(Stage.FIRST), event("通过", reason=""), Instance())


def test_the_question_is_written_when_the_task_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.providers.standard.operators import hitl
    from airflow.sdk.exceptions import TaskAwaitingInput

    from tongbao.publication import tasks

    written: dict[str, Any] = {}
    monkeypatch.setattr(hitl, "upsert_hitl_detail", lambda **given: written.update(given))
    monkeypatch.setattr(tasks, "question", lambda stage, *place: {"subject": f"{stage.label}：通报", "body": str(place)})
    with pytest.raises(TaskAwaitingInput):
        operator(Stage.SECOND).execute({"task_instance": type("Instance", (), {"id": "1"})()})
    assert written["subject"] == "复审：通报"
    assert "2020-Q3" in written["body"]
    assert written["options"] == ["通过", "退回"]
