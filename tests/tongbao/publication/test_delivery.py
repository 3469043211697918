from __future__ import annotations

import json
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path
from smtplib import SMTPRecipientsRefused, SMTPResponseException, SMTPServerDisconnected

import pandas as pd
import pytest
from upath import UPath

from tests.tongbao.publication.notices import ZIP
from tongbao.archive import Archive
from tongbao.errors import SourceUnavailable, TongbaoError
from tongbao.jurisdiction import Publication
from tongbao.manifests import PublicationManifest, Withdrawal
from tongbao.period import Period
from tongbao.publication.delivery import deliver, plan
from tongbao.publication.recipients import addresses

NOW = datetime(2020, 10, 20, 2, tzinfo=UTC)
WANTED = Publication(mail_to=("office@flag.example",), notices_by_mail=True)
UNITS = [
    {
        "unit": "示例旗教育局",
        "files": ["通知书/001-示例旗教育局.docx", "反馈表/001-示例旗教育局.docx"],
        "mail": ["jyj@flag.example"],
    },
    {"unit": "示例旗统计局", "files": ["通知书/002-示例旗统计局.docx", "反馈表/002-示例旗统计局.docx"], "mail": []},
]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(UPath(tmp_path))


@pytest.fixture
def published(archive: Archive) -> PublicationManifest:
    return file_publication(archive)


def file_publication(archive: Archive, **facts: object) -> PublicationManifest:
    known = {
        "edition": 1,
        "edition_identity": "e" * 64,
        "title": "关于2020年第三季度检查情况的通报",
        "document_number": 12,
        "number_text": "示政服字〔2020〕12号",
        "number_code": "示政服字",
        "issued_on": date(2020, 10, 20),
        "deadline": date(2020, 11, 3),
        "signed_by": "wang",
        "signed_at": NOW,
        "notices": {"first": 1, "last": 2},
        "gate": {},
        "headlines": [],
        "summary": {},
        "versions": {},
        "run": {},
        "published_at": NOW,
    }
    return archive.file_publication(
        jurisdiction="shiliqi",
        circular="quarterly",
        period=Period.parse("2020-Q3"),
        identity="p" * 64,
        files={
            "circular.docx": b"docx",
            "annexes.xlsx": b"xlsx",
            "notices.zip": ZIP,
            "recipients.json": json.dumps(UNITS).encode(),
        },
        **{**known, **facts},
    )[0]


class Post:
    """Takes messages, and fails as it is told."""

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = list(failures)
        self.taken: list[EmailMessage] = []

    def __call__(self, message: EmailMessage) -> None:
        failure = self.failures.pop(0) if self.failures else None
        if failure:
            raise failure
        self.taken.append(message)


def test_addressees_get_the_circular_and_a_unit_only_its_own_notice(archive: Archive, published: PublicationManifest) -> None:
    post = Post()
    assert deliver(archive, published, WANTED, post, now=NOW) == {
        "sent": 2,
        "sent_before": 0,
        "without_address": ["示例旗统计局"],
    }
    circular, notice = post.taken
    assert (circular["To"], circular["Subject"]) == ("office@flag.example", "关于2020年第三季度检查情况的通报")
    assert [part.get_filename() for part in circular.iter_attachments()] == [
        "关于2020年第三季度检查情况的通报.docx",
        "附件表.xlsx",
    ]
    assert notice["To"] == "jyj@flag.example"
    assert [part.get_content() for part in notice.iter_attachments()] == ["教育局通知书".encode(), "教育局反馈表".encode()]
    assert "2020年11月3日前" in notice.get_body().get_content()  # type: ignore[union-attr]


def test_what_was_sent_is_not_sent_again(archive: Archive, published: PublicationManifest) -> None:
    broken = Post(None, SMTPServerDisconnected("gone"))
    with pytest.raises(SourceUnavailable, match="稍后会自动再试"):
        deliver(archive, published, WANTED, broken, now=NOW)
    post = Post()
    assert deliver(archive, published, WANTED, post, now=NOW)["sent"] == 1
    assert [message["To"] for message in post.taken] == ["jyj@flag.example"]
    assert deliver(archive, published, WANTED, Post(RuntimeError("never called")), now=NOW)["sent"] == 0
    assert [sent.to for sent in archive.delivered(published)] == [("office@flag.example",), ("jyj@flag.example",)]


def test_an_address_refused_for_good_does_not_stop_the_others_and_is_named(
    archive: Archive, published: PublicationManifest
) -> None:
    post = Post(SMTPRecipientsRefused({"office@flag.example": (550, b"no such user")}))
    with pytest.raises(TongbaoError, match=r"拒收1个地址：office@flag\.example"):
        deliver(archive, published, WANTED, post, now=NOW)
    assert [message["To"] for message in post.taken] == ["jyj@flag.example"]


@pytest.mark.parametrize(("code", "error"), [(450, SourceUnavailable), (554, TongbaoError)])
def test_a_refusal_for_now_is_tried_again_later(
    archive: Archive, published: PublicationManifest, code: int, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        deliver(archive, published, WANTED, Post(SMTPResponseException(code, "busy")), now=NOW)
    assert type(caught.value) is error


def test_a_repeated_message_has_the_same_id_and_another_publication_another(
    archive: Archive, published: PublicationManifest
) -> None:
    keys = [planned.key for planned in plan(archive, published, WANTED)[0]]
    assert keys == [planned.key for planned in plan(archive, published, WANTED)[0]]
    other = published.model_copy(update={"identity": "q" * 64})
    assert not set(keys) & {planned.key for planned in plan(archive, other, WANTED)[0]}


def test_nobody_who_is_not_wanted_gets_anything(archive: Archive, published: PublicationManifest) -> None:
    assert plan(archive, published, Publication()) == ([], [])


def test_a_correction_says_so(archive: Archive) -> None:
    corrected = file_publication(archive, supersedes=1, reason="附件2有误")
    planned, _ = plan(archive, corrected, Publication(mail_to=("office@flag.example",)))
    assert planned[0].subject.startswith("更正：")
    assert "理由：附件2有误" in planned[0].text


def test_a_withdrawn_circular_is_not_sent(archive: Archive, published: PublicationManifest) -> None:
    archive.withdraw(published, Withdrawal(by="wang", at=NOW, reason="误发"))
    with pytest.raises(TongbaoError, match="已撤回，不再发送"):
        deliver(archive, published, WANTED, Post(), now=NOW)


def test_addresses_are_read_from_the_contacts_of_the_unit_s_own_subjects() -> None:
    roster = pd.DataFrame(
        {
            "subject_id": ["a", "b", "c"],
            "contact": ["张三 0000-0000000，jyj@flag.example；jyj2@flag.example", None, "other@flag.example"],
        }
    )
    assert addresses(roster, ["a", "b"]) == {"jyj@flag.example", "jyj2@flag.example"}
    assert addresses(roster, ["b"]) == set()
