"""Delivery by mail: the circular to its addressees, each unit its own notice. Every message is sent once.

What was sent is written down message by message, so a repeated run goes on where the last one stopped. Between sending
and writing down a crash can repeat one message; its Message-ID is the same, by which mail systems know it again.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from tongbao.archive import Archive
from tongbao.draft import ANNEXES, CIRCULAR, NOTICES, PDF
from tongbao.errors import SourceUnavailable, TongbaoError
from tongbao.formatting import date_text
from tongbao.jurisdiction import Publication
from tongbao.manifests import Delivered, PublicationManifest
from tongbao.publication.recipients import RECIPIENTS
from tongbao.storage import read_file

Send = Callable[[EmailMessage], None]
_TYPES = {
    "docx": ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pdf": ("application", "pdf"),
}


@dataclass(frozen=True)
class Planned:
    """One message to send. ``files`` are names in the publication, or ``notices.zip!<entry>``."""

    key: str
    to: tuple[str, ...]
    subject: str
    text: str
    files: tuple[str, ...]


def plan(archive: Archive, publication: PublicationManifest, settings: Publication) -> tuple[list[Planned], list[str]]:
    """The messages of a publication, and the units that want their notice but whose address nobody gave."""
    messages = [_to_addressees(publication, settings.mail_to)] if settings.mail_to else []
    without: list[str] = []
    if settings.notices_by_mail and RECIPIENTS in publication.files:
        for unit in json.loads(read_file(archive.publication_file(publication, RECIPIENTS))):
            if unit["mail"]:
                messages.append(_to_unit(publication, unit))
            else:
                without.append(unit["unit"])
    return messages, without


def deliver(
    archive: Archive, publication: PublicationManifest, settings: Publication, send: Send, *, now: datetime
) -> dict[str, Any]:
    """Send what was not sent yet; returns counts and the units without an address.

    Raises SourceUnavailable when the mail server is out of reach, TongbaoError naming the addresses it refused for good.
    """
    if archive.withdrawal(publication):
        raise TongbaoError(f"{publication.number_text}已撤回，不再发送", remedy="请核对后重新签发")
    messages, without = plan(archive, publication, settings)
    done = {sent.key for sent in archive.delivered(publication)}
    refused: list[str] = []
    sent_now = 0
    for planned in (planned for planned in messages if planned.key not in done):
        try:
            send(compose_message(archive, publication, planned, now))
        except SMTPRecipientsRefused as error:
            refused += list(error.recipients)
            continue
        except SMTPResponseException as error:
            if error.smtp_code >= 500:
                refused += planned.to
                continue
            raise _unreachable(error) from error
        except (SMTPException, OSError) as error:
            raise _unreachable(error) from error
        record = Delivered(key=planned.key, to=planned.to, subject=planned.subject, files=planned.files, sent_at=now)
        archive.add_delivered(publication, record)
        sent_now += 1
    if refused:
        raise TongbaoError(
            f"邮件服务器拒收{len(refused)}个地址：{'、'.join(refused)}",
            remedy="请改正辖区设置的 mail_to 或名册中的联系方式；已发出的不会重发",
            value=refused,
        )
    return {"sent": sent_now, "sent_before": len(done), "without_address": without}


def compose_message(archive: Archive, publication: PublicationManifest, planned: Planned, now: datetime) -> EmailMessage:
    """The message with its files attached; the sender is the connection's."""
    message = EmailMessage()
    message["To"] = ", ".join(planned.to)
    message["Subject"] = planned.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{planned.key}@tongbao.invalid>"
    message.set_content(planned.text)
    for name, data in _contents(archive, publication, planned.files):
        main, sub = _TYPES.get(name.rpartition(".")[2], ("application", "octet-stream"))
        message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return message


def _to_addressees(publication: PublicationManifest, to: Iterable[str]) -> Planned:
    files = tuple(name for name in (CIRCULAR, PDF, ANNEXES) if name in publication.files)
    text = f"{publication.title}（{publication.number_text}）已于{date_text(publication.issued_on)}印发，随信附上。\n"
    return _planned(publication, "circular", tuple(to), publication.title, text + _correction(publication), files)


def _to_unit(publication: PublicationManifest, unit: dict[str, Any]) -> Planned:
    text = (
        f"{unit['unit']}：\n{publication.title}（{publication.number_text}）已于{date_text(publication.issued_on)}印发。"
        f"现将贵单位的整改通知书和抽查情况反馈表随信发送，请于{date_text(publication.deadline)}前报送整改情况。\n"
    )
    files = tuple(f"{NOTICES}!{name}" for name in unit["files"])
    subject = f"整改通知书：{publication.title}"
    return _planned(publication, f"unit {unit['unit']}", tuple(unit["mail"]), subject, text + _correction(publication), files)


def _planned(
    publication: PublicationManifest, what: str, to: tuple[str, ...], subject: str, text: str, files: tuple[str, ...]
) -> Planned:
    key = hashlib.sha256("\n".join([publication.identity, what, *to]).encode()).hexdigest()[:32]
    title = f"更正：{subject}" if publication.supersedes else subject
    return Planned(key, to, title, text, files)


def _correction(publication: PublicationManifest) -> str:
    return f"本件为更正重发，此前印发的作废。理由：{publication.reason}\n" if publication.supersedes else ""


def _contents(archive: Archive, publication: PublicationManifest, files: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for name in files:
        outer, _, entry = name.partition("!")
        data = read_file(archive.publication_file(publication, outer))
        if not entry:
            yield _attachment_name(publication, outer), data
            continue
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            folder, _, paper = entry.rpartition("/")
            yield f"{folder}-{paper}", package.read(entry)


def _attachment_name(publication: PublicationManifest, name: str) -> str:
    head = "附件表" if name == ANNEXES else publication.title
    return f"{head}.{name.rpartition('.')[2]}"


def _unreachable(error: Exception) -> SourceUnavailable:
    return SourceUnavailable(
        f"邮件服务器没有接受信件（{error}）", remedy="稍后会自动再试；一直如此的，请核对 Airflow 的 SMTP 连接"
    )
