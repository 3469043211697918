from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from tongbao.errors import TongbaoError
from tongbao.jurisdiction import Reviews
from tongbao.manifests import Decision, Outcome, Stage
from tongbao.publication.review import Answer, NotPassed, judge, newest_passed_round, passed_round

AT = datetime(2020, 10, 12, 2, tzinfo=UTC)
REVIEWS = Reviews(first=("zhang", "li"), second=("li", "wang"), final=("wang", "zhao"), days=3)


def decided(stage: Stage, by: str, outcome: Outcome = Outcome.PASSED, round_id: str = "r1") -> Decision:
    return Decision(round=round_id, stage=stage, outcome=outcome, by=by, at=AT)


PASSED = [decided(Stage.FIRST, "zhang"), decided(Stage.SECOND, "li"), decided(Stage.FINAL, "wang")]


@pytest.mark.parametrize(
    ("stage", "option", "by", "reason", "outcome", "told"),
    [
        (Stage.FIRST, "通过", "zhang", "", Outcome.PASSED, ""),
        (Stage.FIRST, "退回", "li", " 附件2\n有误 ", Outcome.RETURNED, "附件2 有误"),
        (Stage.FIRST, "退回", "li", "  ", Outcome.VOID, "未写明理由"),
        (Stage.FIRST, "退回", "", "", Outcome.TIMED_OUT, "3天内无人答复"),
        (Stage.FIRST, "通过", "", "", Outcome.TIMED_OUT, "按退回处理"),
        (Stage.FIRST, "通过", "wang", "", Outcome.VOID, "不在初审人员名单中"),
        (Stage.FIRST, "签发", "zhang", "", Outcome.VOID, "签发"),
        (Stage.SIGN, "签发", "wang", "", Outcome.PASSED, ""),
        (Stage.SIGN, "通过", "wang", "", Outcome.VOID, "通过"),
        (Stage.SIGN, "签发", "zhang", "", Outcome.VOID, "不在签发人员名单中"),
    ],
)
def test_an_answer_comes_to(stage: Stage, option: str, by: str, reason: str, outcome: Outcome, told: str) -> None:
    decision = judge(stage, Answer(option, by, AT, reason), REVIEWS, [], "r1")
    assert decision.outcome is outcome
    assert told in decision.reason


def test_nobody_decides_two_stages_of_one_round() -> None:
    known = [decided(Stage.FIRST, "li")]
    assert judge(Stage.SECOND, Answer("通过", "li", AT), REVIEWS, known, "r1").outcome is Outcome.VOID
    assert judge(Stage.SECOND, Answer("退回", "li", AT, "有误"), REVIEWS, known, "r1").outcome is Outcome.VOID
    assert judge(Stage.SECOND, Answer("通过", "li", AT), REVIEWS, known, "r2").outcome is Outcome.PASSED
    again = [*known, decided(Stage.FIRST, "zhang")]
    assert judge(Stage.SECOND, Answer("通过", "li", AT), REVIEWS, again, "r1").outcome is Outcome.PASSED
    assert judge(Stage.FIRST, Answer("通过", "li", AT), REVIEWS, known, "r1").outcome is Outcome.PASSED


def test_a_final_reviewer_may_sign() -> None:
    assert judge(Stage.SIGN, Answer("签发", "wang", AT), REVIEWS, PASSED, "r1").outcome is Outcome.PASSED


def test_three_passes_of_one_round_are_needed() -> None:
    assert passed_round(PASSED, "r1") == tuple(PASSED)
    for missing in range(3):
        with pytest.raises(TongbaoError, match=r"没有.审通过的记录"):
            passed_round(PASSED[:missing] + PASSED[missing + 1 :], "r1")
    with pytest.raises(TongbaoError, match=r"没有.审通过的记录"):
        passed_round(PASSED, "another run")


def test_the_last_answer_that_is_not_void_counts() -> None:
    returned = decided(Stage.SECOND, "wang", Outcome.RETURNED)
    with pytest.raises(TongbaoError, match="没有复审通过"):
        passed_round([*PASSED, returned], "r1")
    assert passed_round([returned, *PASSED], "r1") == tuple(PASSED)
    assert passed_round([*PASSED, decided(Stage.SECOND, "nobody", Outcome.VOID)], "r1") == tuple(PASSED)


def test_three_stages_by_two_persons_are_not_three_reviews() -> None:
    with pytest.raises(TongbaoError, match="不是由三个人"):
        passed_round([*PASSED, decided(Stage.FINAL, "zhang")], "r1")


def test_the_newest_whole_round_is_found() -> None:
    assert newest_passed_round(PASSED) == "r1"
    assert newest_passed_round([*PASSED, decided(Stage.FIRST, "zhang", round_id="r2")]) == "r1"
    assert newest_passed_round(PASSED[:2]) is None


def test_a_refusal_says_who_why_and_what_to_do() -> None:
    returned = Decision(round="r1", stage=Stage.FIRST, outcome=Outcome.RETURNED, by="zhang", at=AT, reason="附件2有误")
    assert str(NotPassed(returned)).startswith("退回（初审 zhang）：附件2有误。未印发任何文件")
    late = Decision(round="r1", stage=Stage.FINAL, outcome=Outcome.TIMED_OUT, at=AT, reason="3天内无人答复，按退回处理")
    assert "超时未审（终审）" in str(NotPassed(late))
    assert "请清除“终审”任务再次送审" in str(NotPassed(late))


@pytest.mark.parametrize(
    ("stages", "is_sound"),
    [
        ({"first": ["a"], "second": ["b"], "final": ["c"]}, True),
        ({"first": ["a", "b"], "second": ["a", "b"], "final": ["c"]}, True),
        ({"first": ["a", "b"], "second": ["a", "b"], "final": ["a", "b"]}, False),
        ({"first": ["a"], "second": ["a"], "final": ["b", "c"]}, False),
        ({"first": [], "second": ["b"], "final": ["c"]}, False),
        ({"first": [" "], "second": ["b"], "final": ["c"]}, False),
    ],
)
def test_settings_must_let_three_persons_decide(stages: dict[str, list[str]], is_sound: bool) -> None:
    if is_sound:
        assert Reviews.model_validate(stages).signers() == ("c",)
    else:
        with pytest.raises(ValidationError):
            Reviews.model_validate(stages)
