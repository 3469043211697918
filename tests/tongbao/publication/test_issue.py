from __future__ import annotations

import json
import re
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest

from tests.sample_run import OFFICE
from tests.tongbao.publication.conftest import SIGNED_AT, Office, signing
from tongbao.circular.package import DOCUMENT, read_package, write_package
from tongbao.draft import CIRCULAR, Draft
from tongbao.errors import FileRefused, GateBreach, TongbaoError
from tongbao.jurisdiction import find_jurisdiction
from tongbao.manifests import NumberHolder, PublicationManifest
from tongbao.publication import brief, issue
from tongbao.publication.pages import index_page
from tongbao.publication.signing import read_signing
from tongbao.publication.withdrawal import find_in_force, withdraw

NUMBER = "示政服字〔2020〕12号"


def text_of(content: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in docx.Document(BytesIO(content)).paragraphs)


def read(office: Office, publication: PublicationManifest, name: str) -> bytes:
    return bytes(office.archive.publication_file(publication, name).read_bytes())


def every_file(office: Office) -> dict[str, bytes]:
    root = Path(str(office.archive.root))
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


class TestPublish:
    """From the filed draft to the signed circular."""

    def test_number_date_and_deadline_are_in_the_text_and_the_manifest_says_who(self, office: Office) -> None:
        office.review()
        published = office.publish(round_id="r1")
        text = text_of(read(office, published, CIRCULAR))
        assert NUMBER in text
        assert "2020年10月20日" in text
        assert "10个工作日内（2020年11月3日前）" in text
        assert published.deadline == date(2020, 11, 3)
        assert [decision.by for decision in published.reviews] == ["zhang", "li", "wang"]
        assert (published.signed_by, published.reviews_note, published.edition) == ("wang", "", 1)
        assert published.gate["passed"]
        assert published.notices == {"first": 1, "last": 19}
        assert all(office.archive.publication_file(published, name).exists() for name in published.files)

    def test_without_reviews_the_manifest_says_so(self, office: Office) -> None:
        assert office.publish().reviews_note == "未经系统三审"

    def test_without_a_record_of_three_passes_nothing_is_published(self, office: Office) -> None:
        office.review("another run")
        with pytest.raises(TongbaoError, match="没有初审通过的记录"):
            office.publish(round_id="r1")
        assert list(office.archive.every_publication(OFFICE)) == []

    def test_publishing_again_changes_no_byte(self, office: Office) -> None:
        first = office.publish()
        before = every_file(office)
        again, is_new = issue.publish(office.archive, office.draft, signing(), round_id=None, run={"run_id": "other"})
        assert (again, is_new) == (first, False)
        assert every_file(office) == before

    def test_an_interrupted_publication_is_completed_under_its_number(self, office: Office) -> None:
        first = office.publish()
        office.archive.publication_file(first, "manifest.json").unlink()
        assert list(office.archive.every_publication(OFFICE)) == []
        again = office.publish()
        assert (again.number, again.files) == (first.number, first.files)

    def test_changed_templates_and_settings_do_not_reach_what_was_reviewed(
        self, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import shutil

        for part in ("config", "templates"):
            shutil.copytree(part, tmp_path / "home" / part)
        changed = tmp_path / "home" / "templates" / "quarterly.yaml"
        changed.write_text(changed.read_text(encoding="utf-8").replace("逐项整改", "马上整改"), encoding="utf-8")
        monkeypatch.setenv("TONGBAO_HOME", str(tmp_path / "home"))
        text = text_of(read(office, office.publish(), CIRCULAR))
        assert "逐项整改" in text
        assert "马上整改" not in text

    def test_another_version_of_the_program_must_not_sign_other_words(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from tongbao import draft

        compose = draft.compose_circular
        monkeypatch.setattr(draft, "compose_circular", lambda *given: _retitled(compose(*given)))
        with pytest.raises(TongbaoError, match="与审过的草稿不同"):
            office.publish()

    def test_two_signings_at_once_do_not_both_become_the_first(self, office: Office) -> None:
        slow = issue.prepare(office.archive, office.draft, signing(13), round_id=None, run={})
        office.publish()
        with pytest.raises(TongbaoError, match="刚刚已由wang以示政服字〔2020〕12号签发"):
            issue.file(office.archive, office.draft, slow)
        [only] = office.archive.every_publication(OFFICE)
        assert only.document_number == 12


def _retitled(document: Any) -> Any:
    from dataclasses import replace

    return replace(document, title="另一个标题")


class TestSigning:
    """What signing refuses before anything is drawn."""

    @pytest.mark.parametrize(
        ("fields", "told"),
        [
            ({"number": 12, "day": "2020-09-29"}, "早于监测时间点（2020年9月30日）"),
            ({"number": 12, "day": "2020-10-30"}, "晚于签发之日10天以上"),
            ({"number": 11}, "已用于2020-08的通报"),
            ({"number": 12, "edited": "没有.docx"}, "请把它放入"),
            ({"number": 12, "edited": "../other.docx"}, "不是修改稿的文件名"),
            ({"number": 12, "edited": "稿.doc"}, "不是修改稿的文件名"),
        ],
    )
    def test_refused(self, office: Office, fields: dict[str, Any], told: str) -> None:
        office.archive.hold_number(OFFICE, 2020, "示政服字", 11, NumberHolder(circular="monthly", period="2020-08"))
        with pytest.raises(TongbaoError, match=told):
            office.publish(**fields)
        assert list(office.archive.every_publication(OFFICE)) == []

    @pytest.mark.parametrize("day", ["2020-09-30", "2020-10-29"])
    def test_the_first_and_last_day_that_can_be(self, office: Office, day: str) -> None:
        issue.prepare(office.archive, office.draft, signing(day=day), round_id=None, run={})

    @pytest.mark.parametrize(
        ("answers", "told"),
        [
            ({}, "发文字号的序号、成文日期"),
            ({"number": "十二", "issued_on": "2020-10-20"}, "发文字号的序号"),
            ({"number": 0, "issued_on": "2020-10-20"}, "发文字号的序号"),
            ({"number": 12, "issued_on": "2020-02-30"}, "成文日期"),
            ({"number": 12, "issued_on": "2020-10-20", "first_number": 0}, "整改通知书起始编号"),
        ],
    )
    def test_a_form_that_is_not_filled_in(self, answers: dict[str, Any], told: str) -> None:
        with pytest.raises(TongbaoError, match=told):
            read_signing(answers, by="wang", at=SIGNED_AT)

    def test_a_file_changed_after_signing_is_not_published(self, office: Office) -> None:
        name = office.hand_in(office.draft.read_bytes(CIRCULAR))
        with pytest.raises(TongbaoError, match="在签发之后又被改动"):
            office.publish(edited=name, edited_sha256="0" * 64)


class TestWithdrawal:
    """Nothing issued is ever overwritten."""

    def test_a_second_issue_needs_a_reason_and_leaves_the_first_untouched(self, office: Office) -> None:
        first = office.publish()
        with pytest.raises(TongbaoError, match="再次签发须有理由"):
            office.publish(number=13)
        before = every_file(office)
        second = office.publish(number=13, republish_reason="附件2有误")
        assert (second.number, second.supersedes, second.reason) == (2, first.number, "附件2有误")
        after = every_file(office)
        assert {name: after[name] for name in before} == before
        assert office.archive.in_force(OFFICE, "quarterly", office.draft.period) == second
        page = index_page(office.archive, find_jurisdiction(OFFICE)).decode()
        assert page.index("13号") < page.index("12号")
        assert [page.count(word) for word in ("已印发</span>", "已更正</span>", "已撤回</span>")] == [1, 1, 0]

    def test_withdrawn_and_issued_anew_under_the_same_number(self, office: Office) -> None:
        first = office.publish()
        withdraw(office.archive, first, reason="误发", by="wang", at=SIGNED_AT)
        assert office.archive.in_force(OFFICE, "quarterly", office.draft.period) is None
        with pytest.raises(TongbaoError, match="无可撤回"):
            find_in_force(office.archive, OFFICE, "quarterly", "2020-Q3")
        with pytest.raises(TongbaoError, match="先前已撤回"):
            withdraw(office.archive, first, reason="误发", by="wang", at=SIGNED_AT)
        with pytest.raises(TongbaoError, match="已撤回），再次签发须有理由"):
            office.publish()
        second = office.publish(republish_reason="重发")
        assert (second.number, second.document_number) == (2, 12)
        assert office.publish(republish_reason="重发") == second

    def test_a_withdrawal_has_a_reason(self, office: Office) -> None:
        with pytest.raises(TongbaoError, match="撤回须有理由"):
            withdraw(office.archive, office.publish(), reason=" ", by="wang", at=SIGNED_AT)

    def test_the_index_opens_without_a_network_and_its_links_lead_to_files(self, office: Office) -> None:
        office.publish()
        page = index_page(office.archive, find_jurisdiction(OFFICE)).decode()
        links = re.findall(r'href="([^"]+)"', page)
        root = Path(str(office.archive.root)) / OFFICE
        assert len(links) == 4
        assert all((root / link).is_file() for link in links)
        assert not re.search(r"https?:|//|<script", page)
        assert "政务新媒体90.32%" in page


class TestEditedInWord:
    """The office's own .docx in place of the generated one."""

    def edited(self, office: Office, old: str, new: str) -> str:
        parts = read_package(Path(str(office.archive.edition_file(office.draft.edition, CIRCULAR))))
        body = parts[DOCUMENT].decode()
        assert old in body
        return office.hand_in(write_package({**parts, DOCUMENT: body.replace(old, new).encode()}))

    def test_changed_words_are_published_with_number_date_and_a_list_of_what_differs(self, office: Office) -> None:
        name = self.edited(office, "由其复查销号。", "由其逐家复查销号。")
        published = office.publish(edited=name)
        text = text_of(read(office, published, CIRCULAR))
        assert NUMBER in text
        assert "2020年10月20日" in text
        assert "逐家复查销号" in text
        assert "逐家复查销号" not in text_of(read(office, published, issue.GENERATED))
        assert read(office, published, issue.HANDED_IN) != read(office, published, CIRCULAR)
        told = json.loads(read(office, published, issue.DIFFERENCES))
        assert any("逐家复查销号" in line for entry in told["differences"] for line in entry["edited"])
        assert "<ins>" in read(office, published, issue.DIFFERENCES_PAGE).decode()
        assert published.edited is not None
        assert published.edited["unverified"] == []

    def test_a_changed_figure_stops_it_until_a_reason_is_given(self, office: Office) -> None:
        name = self.edited(office, ">90.32%<", ">99.32%<")
        with pytest.raises(GateBreach, match=r"99\.32%"):
            office.publish(edited=name)
        assert list(office.archive.every_publication(OFFICE)) == []
        published = office.publish(edited=name, override_reason="领导同意")
        assert (published.gate["passed"], published.gate["override_reason"]) == (False, "领导同意")

    def test_figures_whose_bookmarks_are_lost_are_named(self, office: Office) -> None:
        name = self.edited(office, 'w:name="TB_0004"', 'w:name="Lost"')
        with pytest.raises(GateBreach, match="已删除"):
            office.publish(edited=name)
        published = office.publish(edited=name, override_reason="逐一核对过")
        assert published.edited is not None
        assert len(published.edited["unverified"]) == 1
        [entry] = json.loads(read(office, published, issue.DIFFERENCES))["unverified"]
        assert entry["occurs_somewhere"] is True

    def test_number_and_date_must_be_in_it(self, office: Office) -> None:
        name = self.edited(office, "年\u3000\u3000月\u3000\u3000日", "年")
        with pytest.raises(GateBreach, match="成文日期：文中为“（没有）”，应为“2020年10月20日”"):
            office.publish(edited=name)

    @pytest.mark.parametrize("data", [b"", b"not a document", b"PK\x03\x04 broken"])
    def test_what_is_no_document_is_refused(self, office: Office, data: bytes) -> None:
        with pytest.raises(FileRefused, match=r"修改稿\.docx.*不是 Word 文档"):
            office.publish(edited=office.hand_in(data))


class TestBrief:
    """What reviewers read."""

    def test_tells_figures_gate_changes_and_where_the_draft_lies(self, office: Office) -> None:
        office.review()
        body = brief.body(office.draft, "http://airflow.example/", office.archive.decisions(office.draft.edition))
        assert "| 政务新媒体 | 62 | 56 | 6 | 2 | 90.32% | +5.07个百分点 |" in body
        assert "**校核**：通过" in body
        assert "政务新媒体新增不合格2个：示例旗消防、样例镇人民政府" in body
        assert "http://airflow.example/tongbao/editions/shiliqi/quarterly/2020-Q3/0001/circular.docx" in body
        assert "2020年9月30日24时" in body
        assert "2020-10-19 09:00　通过（初审 zhang）" in body

    def test_names_are_never_markup(self) -> None:
        assert brief.plain("[点我](http://x.example) | <b>\n*") == r"\[点我\]\(http://x.example\) \| \<b\> \*"


def test_an_edition_filed_before_reviews_existed_cannot_be_signed(office: Office) -> None:
    edition = office.draft.edition
    old = edition.model_copy(update={"files": {name: sha for name, sha in edition.files.items() if name != "basis.json"}})
    with pytest.raises(TongbaoError, match="生成新版本后再签发"), Draft(office.archive, old).basis():
        pass


def test_a_draft_of_a_program_with_other_rules_is_told_and_not_signed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = office.draft
    kept = json.loads(draft.read_bytes("basis.json"))
    del kept["rules"]["reasons"]["nothing_usable"]
    monkeypatch.setattr(Draft, "read_bytes", lambda self, name: json.dumps(kept).encode())
    with pytest.raises(TongbaoError, match=r"旧版本程序生成的草稿.*请重新运行通报"), draft.basis():
        pass
