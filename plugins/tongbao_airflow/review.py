"""The three reviews and the signing as tasks that wait for a person, in the browser or over the API.

Silence returns (退回): a question nobody answers in time never publishes. An answer that does not let the edition pass
fails the task for good with one sentence, and with it the run; clearing the task asks again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowFailException, ParamValidationError

from tongbao.errors import SourceUnavailable, TongbaoError
from tongbao.manifests import Outcome, Stage
from tongbao.publication.review import PASS, RETURN, SIGN, NotPassed, persons
from tongbao_airflow.stages import DECISION

if TYPE_CHECKING:
    from airflow.sdk import Context

    from tongbao.jurisdiction import Reviews
    from tongbao.manifests import Decision

R = TypeVar("R")
PAUSES_S = (2, 10, 30, 60)
"""Seconds between tries to write an answer down."""

Field = tuple[str, str, dict[str, Any]]
"""Title, hint and schema of one field of a form."""

_REASON: dict[str, Any] = {"type": "string", "maxLength": 1000}
REVIEW_FIELDS: dict[str, Field] = {"reason": ("退回理由", "退回时必填", {**_REASON})}
SIGNING_FIELDS: dict[str, Field] = {
    "number": ("发文字号的序号", "如 12，年份取成文日期的年份", {"type": ["null", "integer"], "minimum": 1, "maximum": 99999}),
    "issued_on": ("成文日期", "如 2020-10-20；整改期限由此推算", {"type": ["null", "string"], "format": "date"}),
    "edited": ("修改稿文件名", "在 Word 中改过的，放入收件文件夹该周期的“修改稿”子文件夹，填 .docx 文件名", {"type": "string"}),
    "first_number": (
        "整改通知书起始编号",
        "不填则接着本年度已用的编号",
        {"type": ["null", "integer"], "minimum": 1, "maximum": 99999},
    ),
    "override_reason": ("放行理由", "修改稿校核不通过仍要印发时填写", {**_REASON}),
    "republish_reason": ("重新印发理由", "该周期已签发过、现更正重发时填写", {**_REASON}),
    "reason": ("退回理由", "退回时必填", {**_REASON}),
}


class ReviewOperator(HITLOperator):
    """Ask the persons of one stage about the edition that ``filed`` names, write their answer down, go on only if it passes."""

    template_fields: Collection[str] = (*HITLOperator.template_fields, "filed")

    def __init__(self, *, stage: Stage, jurisdiction: str, circular: str, filed: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stage, self.jurisdiction, self.circular, self.filed = stage, jurisdiction, circular, filed

    def execute(self, context: Context) -> Any:
        from airflow.sdk.configuration import conf

        from tongbao.publication.tasks import question

        asked = question(self.stage, self.jurisdiction, self.circular, self.filed, conf.get("api", "base_url", fallback="") or "")
        self.subject, self.body = asked["subject"], asked["body"]
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        from tongbao.publication.tasks import answer

        try:
            answered = super().execute_complete(context, event)
        except (ValueError, ParamValidationError) as fault:
            raise AirflowFailException(f"答复不合表单要求（{fault}）。请清除“{self.stage.label}”任务，重新答复。") from fault
        fields: Mapping[str, Any] = answered["params_input"]
        decision, facts = _told(
            lambda: answer(
                self.stage,
                self.jurisdiction,
                self.circular,
                self.filed,
                option=answered["chosen_options"][0] if answered["chosen_options"] else RETURN,
                by=(answered["responded_by_user"] or {}).get("name", ""),
                at=answered["responded_at"] or datetime.now(UTC),
                fields=fields,
                round_id=str(context["run_id"]),
            )
        )
        context["ti"].xcom_push(key=DECISION, value=str(decision))
        _pass_or_fail(decision)
        return facts


def ask(stage: Stage, reviews: Reviews, jurisdiction: str, circular: str, filed: Any) -> ReviewOperator:
    """The task of one stage, put to the persons the settings name."""
    is_signing = stage is Stage.SIGN
    return ReviewOperator(
        task_id=stage.value,
        task_display_name=stage.label,
        stage=stage,
        jurisdiction=jurisdiction,
        circular=circular,
        filed=filed,
        subject=f"{stage.label}：通报草稿",
        options=[SIGN if is_signing else PASS, RETURN],
        defaults=RETURN,
        params=_form(SIGNING_FIELDS if is_signing else REVIEW_FIELDS),
        # By user name: what an auth manager compares as id is a number in one and the name in another.
        assigned_users=[{"id": name, "name": name} for name in persons(reviews, stage)],
        response_timeout=timedelta(days=reviews.days),
        execution_timeout=None,
    )


def _told(answer: Callable[[], R]) -> R:
    """Take an answer, and wait for an archive out of reach: a retry of the task would ask the person once more."""
    for pause_s in (*PAUSES_S, None):
        try:
            return answer()
        except TongbaoError as mistake:
            if not isinstance(mistake, SourceUnavailable):
                raise AirflowFailException(str(mistake)) from mistake
            if pause_s is None:
                raise
        except OSError:
            if pause_s is None:
                raise
        time.sleep(pause_s)
    raise AssertionError("the last try returns or raises")


def _pass_or_fail(decision: Decision) -> None:
    if decision.outcome is not Outcome.PASSED:
        refusal = NotPassed(decision)
        raise AirflowFailException(str(refusal)) from refusal


def _form(fields: Mapping[str, Field]) -> dict[str, Any]:
    return {
        name: Param(None if "null" in schema["type"] else "", title=title, description=hint, **schema)
        for name, (title, hint, schema) in fields.items()
    }
