"""Signing (签发): document number, issue date and what else is decided there, checked before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tongbao.archive import Archive
from tongbao.draft import Draft
from tongbao.errors import TongbaoError
from tongbao.formatting import date_text, document_number
from tongbao.jurisdiction import Jurisdiction, find_jurisdiction
from tongbao.manifests import NumberHolder, PublicationManifest
from tongbao.period import SHANGHAI
from tongbao.storage import digest

EDITED_FOLDER = "修改稿"
LARGEST_EDITED_MIB = 50
DAYS_AHEAD = 10
"""How far ahead a circular may be dated: leaders sign on Friday what is sent on Monday."""

_TITLES = {"number": "发文字号的序号", "issued_on": "成文日期", "first_number": "整改通知书起始编号"}


class Signing(BaseModel):
    """What the signer wrote. ``edited`` names the office's own .docx under <inbox>/<period>/修改稿/, if there is one."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    number: int = Field(ge=1, le=99999)
    issued_on: date
    edited: str = ""
    edited_sha256: str = ""
    """Of that file when it was signed; empty: whatever it is now."""
    first_number: int | None = Field(default=None, ge=1, le=99999)
    """Serial number of the first 整改通知书; none: the next one free in that year."""
    override_reason: str = ""
    republish_reason: str = ""
    by: str
    at: datetime


def read_signing(answers: Mapping[str, Any], *, by: str, at: datetime) -> Signing:
    """Read the form's fields; raises TongbaoError naming every one that is missing or wrong."""
    given = {key: value for key, value in answers.items() if value not in (None, "")}
    try:
        return Signing.model_validate({**given, "by": by, "at": at})
    except ValidationError as error:
        faults = "、".join(dict.fromkeys(_TITLES.get(str(fault["loc"][0]), str(fault["loc"][0])) for fault in error.errors()))
        raise TongbaoError(
            f"签发信息不全或不正确：{faults}", remedy="序号请填整数，日期请写成 2020-10-20 的样子，然后重新签发", value=faults
        ) from error


def check_signing(archive: Archive, draft: Draft, signing: Signing) -> None:
    """Refuse what cannot be right: a date before the cutoff or far ahead, a number given away, a silent second issue."""
    edition = draft.edition
    day = (edition.cutoff.astimezone(SHANGHAI) - timedelta(microseconds=1)).date()
    latest = signing.at.astimezone(SHANGHAI).date() + timedelta(days=DAYS_AHEAD)
    if signing.issued_on < day:
        raise _wrong_date(signing, f"早于监测时间点（{date_text(day)}）")
    if signing.issued_on > latest:
        raise _wrong_date(signing, f"晚于签发之日{DAYS_AHEAD}天以上")
    code = draft.settings()[1].number_code
    holder = archive.number_holder(edition.jurisdiction, signing.issued_on.year, code, signing.number)
    refuse_taken(holder, draft, document_number(code, signing.issued_on.year, signing.number))
    earlier = newest_publication(archive, draft)
    if earlier is not None and not signing.republish_reason:
        state = "已撤回" if archive.withdrawal(earlier) else "已印发"
        raise TongbaoError(
            f"{draft.period.title}的通报以{earlier.number_text}签发过（{state}），再次签发须有理由",
            remedy="确需更正重发的，请填写重新印发理由",
            value=earlier.number_text,
        )


def refuse_taken(holder: NumberHolder | None, draft: Draft, printed: str) -> None:
    """Raise TongbaoError when a document number belongs to another circular or period."""
    edition = draft.edition
    if holder is not None and holder != NumberHolder(circular=edition.circular, period=edition.period):
        raise TongbaoError(
            f"{printed}已用于{holder.period}的通报（{holder.circular}）", remedy="请核对发文登记，改用未用过的序号", value=printed
        )


def newest_publication(archive: Archive, draft: Draft) -> PublicationManifest | None:
    edition = draft.edition
    return next(reversed(archive.publications(edition.jurisdiction, edition.circular, draft.period)), None)


def edited_file(jurisdiction: Jurisdiction, period: str, name: str) -> bytes:
    """The office's own .docx for a period; raises TongbaoError when it is not there or cannot be one."""
    folder = jurisdiction.inbox_folder / period / EDITED_FOLDER
    path = folder / name
    if Path(name).name != name or path.suffix.lower() != ".docx":
        raise TongbaoError(f"“{name}”不是修改稿的文件名", remedy="请只填 .docx 文件的名称，不带路径", value=name)
    if not path.is_file():
        raise TongbaoError(f"找不到修改稿《{name}》", remedy=f"请把它放入 {folder}", value=name)
    if path.stat().st_size > LARGEST_EDITED_MIB << 20:
        raise TongbaoError(f"修改稿《{name}》超过{LARGEST_EDITED_MIB} MB", remedy="请压缩其中的图片后重新放入", value=name)
    return path.read_bytes()


def signed_file(draft: Draft, signing: Signing) -> bytes | None:
    """The bytes of the edited file that was signed; None without one.

    Raises TongbaoError when it was changed since.
    """
    if not signing.edited:
        return None
    data = edited_file(find_jurisdiction(draft.edition.jurisdiction), draft.edition.period, signing.edited)
    if signing.edited_sha256 and digest(data) != signing.edited_sha256:
        raise TongbaoError(f"修改稿《{signing.edited}》在签发之后又被改动", remedy="请清除“签发”任务，核对后重新签发")
    return data


def _wrong_date(signing: Signing, why: str) -> TongbaoError:
    return TongbaoError(
        f"成文日期{date_text(signing.issued_on)}{why}", remedy="请核对后重新签发", value=signing.issued_on, rule="issue date"
    )
