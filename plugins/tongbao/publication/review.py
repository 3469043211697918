"""The three reviews (三审): who may decide what, and what an answer comes to. Nobody decides two of one round.

A round is one run's three questions on one edition. Answers are never changed: a question put again gets another
answer, and the last one that is not void counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tongbao.errors import TongbaoError
from tongbao.jurisdiction import Reviews
from tongbao.manifests import Decision, Outcome, Stage

PASS, SIGN, RETURN = "通过", "签发", "退回"
REVIEWS = (Stage.FIRST, Stage.SECOND, Stage.FINAL)
NO_REVIEWS = "未经系统三审"


@dataclass(frozen=True)
class Answer:
    """What came back of one question: the option taken, by whom (empty: nobody in time), when (with offset), and why."""

    option: str
    by: str
    at: datetime
    reason: str = ""


class NotPassed(TongbaoError):
    """A stage did not let the edition pass; ``decision`` says how."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        super().__init__(str(decision), remedy=_remedy(decision))


def persons(reviews: Reviews, stage: Stage) -> tuple[str, ...]:
    """The user names that may decide a stage."""
    return {
        Stage.FIRST: reviews.first,
        Stage.SECOND: reviews.second,
        Stage.FINAL: reviews.final,
        Stage.SIGN: reviews.signers(),
    }[stage]


def judge(stage: Stage, answer: Answer, reviews: Reviews, known: Iterable[Decision], round_id: str) -> Decision:
    """Say what an answer comes to. ``known`` are the decisions on this edition so far.

    Void is an answer of someone not listed, of someone who decided another review of this round, or a return without reason.
    """
    outcome, reason = _outcome(stage, answer, reviews, counting(known, round_id))
    return Decision(round=round_id, stage=stage, outcome=outcome, by=answer.by, at=answer.at, reason=reason)


def _outcome(stage: Stage, answer: Answer, reviews: Reviews, counted: dict[Stage, Decision]) -> tuple[Outcome, str]:
    reason = " ".join(answer.reason.split())
    if not answer.by:
        return Outcome.TIMED_OUT, f"{reviews.days}天内无人答复，按退回处理"
    if answer.by not in persons(reviews, stage):
        return Outcome.VOID, f"{answer.by}不在{stage.label}人员名单中"
    other = next((d for s, d in counted.items() if s is not stage and s in REVIEWS and d.by == answer.by), None)
    if stage in REVIEWS and other is not None:
        return Outcome.VOID, f"{answer.by}已作出{other.stage.label}决定，一人不得参加两审"
    if answer.option == RETURN:
        return (Outcome.RETURNED, reason) if reason else (Outcome.VOID, "退回而未写明理由")
    if answer.option != (SIGN if stage is Stage.SIGN else PASS):
        return Outcome.VOID, f"看不懂的答复“{answer.option}”"
    return Outcome.PASSED, reason


def counting(decisions: Iterable[Decision], round_id: str) -> dict[Stage, Decision]:
    """The decision that counts of each stage of a round: the last one that is not void."""
    return {d.stage: d for d in decisions if d.round == round_id and d.outcome is not Outcome.VOID}


def passed_round(decisions: Sequence[Decision], round_id: str) -> tuple[Decision, ...]:
    """The three passes of a round by three persons.

    Raises TongbaoError naming the stage that lacks one: a task marked as done by hand is no decision.
    """
    counted = counting(decisions, round_id)
    for stage in REVIEWS:
        if stage not in counted or counted[stage].outcome is not Outcome.PASSED:
            raise TongbaoError(f"没有{stage.label}通过的记录，不能签发", remedy=f"请清除“{stage.label}”任务，由名单中的人员审核")
    passes = tuple(counted[stage] for stage in REVIEWS)
    if len({decision.by for decision in passes}) < len(REVIEWS):
        raise TongbaoError("三审不是由三个人作出的，不能签发", remedy="请清除其中一审的任务，换人重审")
    return passes


def newest_passed_round(decisions: Sequence[Decision]) -> str | None:
    """The newest round in which all three reviews passed."""
    for round_id in reversed(list(dict.fromkeys(decision.round for decision in decisions))):
        try:
            passed_round(decisions, round_id)
        except TongbaoError:
            continue
        return round_id
    return None


def _remedy(decision: Decision) -> str:
    if decision.outcome is Outcome.VOID:
        return f"请清除“{decision.stage.label}”任务，由名单中的人员重新答复"
    if decision.outcome is Outcome.TIMED_OUT:
        return f"未印发任何文件；请清除“{decision.stage.label}”任务再次送审"
    return "未印发任何文件；请按理由改正数据或设置后重新运行通报，重新送审"
