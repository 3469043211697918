"""The tasks after the draft, one after the other, as Airflow calls them."""

from __future__ import annotations

import getpass
from datetime import timedelta
from typing import Any

import pytest

from tests.sample_run import CIRCULAR, OFFICE
from tests.tongbao.publication.conftest import SIGNED_AT, Office
from tongbao.cli import main
from tongbao.errors import ConfigurationError, TongbaoError
from tongbao.jurisdiction import Reviews
from tongbao.manifests import Decision, Outcome, Stage
from tongbao.publication import tasks

FILED = {"period": "2020-Q3", "edition": "0001"}
REVIEWS = Reviews(first=("zhang",), second=("li",), final=("wang",), sign=("zhao",))
SIGNING = {"number": 12, "issued_on": "2020-10-20", "edited": "", "first_number": None, "override_reason": "", "reason": ""}


@pytest.fixture
def reviewed(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr(tasks, "_reviews", lambda *place: REVIEWS)
    return office


def answer(stage: Stage, by: str, option: str = "通过", round_id: str = "r1", **fields: Any) -> tuple[Decision, dict[str, Any]]:
    at = SIGNED_AT + timedelta(minutes=list(Stage).index(stage))
    return tasks.answer(stage, OFFICE, CIRCULAR, FILED, option=option, by=by, at=at, fields=fields, round_id=round_id)


def pass_all() -> dict[str, Any]:
    for stage, by in ((Stage.FIRST, "zhang"), (Stage.SECOND, "li"), (Stage.FINAL, "wang")):
        assert answer(stage, by)[0].outcome is Outcome.PASSED
    return answer(Stage.SIGN, "zhao", "签发", **SIGNING)[1]


def publish(signed: Any, round_id: str = "r1") -> dict[str, Any]:
    return tasks.publish(OFFICE, CIRCULAR, FILED, signed, round_id=round_id, run={"run_id": round_id})


def test_three_passes_a_signature_and_it_is_published(reviewed: Office) -> None:
    signed = pass_all()
    published = publish(signed)
    assert (published["number"], published["publication"], published["is_new"]) == ("示政服字〔2020〕12号", "0001", True)
    [manifest] = reviewed.archive.every_publication(OFFICE)
    assert [(d.stage, d.by) for d in manifest.reviews] == [(Stage.FIRST, "zhang"), (Stage.SECOND, "li"), (Stage.FINAL, "wang")]
    assert manifest.signed_by == "zhao"
    assert publish(signed) == {**published, "is_new": False}
    assert tasks.announce(OFFICE, CIRCULAR, published, lambda message: None)["sent"] == 0


def test_every_answer_is_written_down_once_and_in_order(reviewed: Office) -> None:
    answer(Stage.FIRST, "nobody")
    answer(Stage.FIRST, "zhang", "退回", reason="附件2有误")
    answer(Stage.FIRST, "zhang", "退回", reason="附件2有误")
    answer(Stage.FIRST, "", "退回")
    outcomes = [decision.outcome for decision in reviewed.archive.decisions(reviewed.draft.edition)]
    assert outcomes == [Outcome.VOID, Outcome.RETURNED, Outcome.TIMED_OUT]


def test_a_signature_that_cannot_stand_is_void_and_written_down(reviewed: Office) -> None:
    with pytest.raises(TongbaoError, match="成文日期"):
        answer(Stage.SIGN, "zhao", "签发", **{**SIGNING, "issued_on": None})
    [decision] = reviewed.archive.decisions(reviewed.draft.edition)
    assert (decision.outcome, decision.by) == (Outcome.VOID, "zhao")
    assert "成文日期" in decision.reason


def test_without_a_signature_or_without_reviews_nothing_is_published(reviewed: Office) -> None:
    with pytest.raises(TongbaoError, match="没有签发的记录"):
        publish(None)
    signed = pass_all()
    with pytest.raises(TongbaoError, match="没有初审通过的记录"):
        publish(signed, round_id="another run")
    assert list(reviewed.archive.every_publication(OFFICE)) == []


def test_an_office_whose_reviews_were_taken_off_cannot_decide(office: Office) -> None:
    with pytest.raises(ConfigurationError, match="没有 reviews"):
        answer(Stage.FIRST, "zhang")


def test_the_question_is_about_the_filed_edition(reviewed: Office) -> None:
    asked = tasks.question(Stage.SECOND, OFFICE, CIRCULAR, FILED, "http://airflow.example")
    assert asked["subject"].startswith("复审：关于2020年第三季度")
    assert "/tongbao/editions/shiliqi/quarterly/2020-Q3/0001/circular.pdf" not in asked["body"]
    assert "/tongbao/editions/shiliqi/quarterly/2020-Q3/0001/circular.docx" in asked["body"]


class TestCommands:
    """What a person sees who signs without Airflow."""

    ISSUE = ("issue", "--period", "2020-Q3", "--number", "12", "--date", "2020-10-20")

    @pytest.fixture(autouse=True)
    def _own_office(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        self.office = office
        monkeypatch.setenv("TONGBAO_ARCHIVE", str(office.archive.root))

    def test_a_dry_run_tells_everything_and_writes_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([*self.ISSUE, "--dry-run"]) == 0
        told = capsys.readouterr().out
        for words in ("示政服字〔2020〕12号", "整改期限：2020年11月3日", "未经系统三审", "第1至19号", "没有写任何文件"):
            assert words in told
        assert list(self.office.archive.every_publication(OFFICE)) == []
        assert self.office.archive.number_holder(OFFICE, 2020, "示政服字", 12) is None

    def test_without_consent_nothing_happens(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        monkeypatch.setattr("builtins.input", lambda question: "no")
        assert main(self.ISSUE) == 1
        assert list(self.office.archive.every_publication(OFFICE)) == []

    def test_where_nobody_can_be_asked_yes_is_needed(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(self.ISSUE) == 1
        assert "--yes" in capsys.readouterr().err

    def test_issue_withdraw_and_issue_again(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([*self.ISSUE, "--yes", "--by", "wang"]) == 0
        assert main([*self.ISSUE, "--yes", "--by", "wang"]) == 0
        assert "无需重复" in capsys.readouterr().out
        withdraw = ["withdraw", "--period", "2020-Q3", "--reason", "数字有误", "--by", "wang"]
        assert main([*withdraw, "--dry-run"]) == 0
        assert self.office.archive.in_force(OFFICE, CIRCULAR, self.office.draft.period) is not None
        assert main([*withdraw, "--yes"]) == 0
        assert main([*withdraw, "--yes"]) == 1
        assert main([*self.ISSUE, "--yes", "--reason", "更正后重发"]) == 0
        assert main(["index"]) == 0
        first, second = self.office.archive.every_publication(OFFICE)
        assert (second.supersedes, second.reason, second.signed_by) == (first.number, "更正后重发", getpass.getuser())
        page = (self.office.archive.root / OFFICE / "index.html").read_text(encoding="utf-8")
        assert "已撤回" in page
        assert "数字有误" in page

    def test_an_office_with_reviews_cannot_go_round_them(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from tongbao import jurisdiction

        own = jurisdiction.find_jurisdiction(OFFICE)
        circular = own.circular(CIRCULAR).model_copy(update={"reviews": REVIEWS})
        strict = own.model_copy(update={"circulars": {CIRCULAR: circular}})
        monkeypatch.setattr(jurisdiction, "find_jurisdiction", lambda *place: strict)
        assert main([*self.ISSUE, "--yes"]) == 1
        assert "还没有通过三审" in capsys.readouterr().err
        self.office.review()
        assert main([*self.ISSUE, "--yes"]) == 0
        [published] = self.office.archive.every_publication(OFFICE)
        assert len(published.reviews) == 3
