"""Withdraw (撤回) a publication: it stays where it is, and everyone who asks learns that it no longer holds."""

from __future__ import annotations

from datetime import datetime

from tongbao.archive import Archive
from tongbao.errors import TongbaoError
from tongbao.jurisdiction import find_jurisdiction
from tongbao.manifests import PublicationManifest, Withdrawal
from tongbao.period import Period
from tongbao.publication.pages import write_index


def find_in_force(archive: Archive, jurisdiction: str, circular: str, period: str) -> PublicationManifest:
    """The publication that holds; raises TongbaoError when there is none."""
    wanted = Period.parse(period)
    found = archive.in_force(jurisdiction, circular, wanted)
    if found is None:
        raise TongbaoError(f"{wanted.title}没有已印发的通报，无可撤回", remedy="请核对周期和通报名称", value=wanted.label)
    return found


def withdraw(archive: Archive, publication: PublicationManifest, *, reason: str, by: str, at: datetime) -> str:
    """Withdraw a publication with a reason and write the index anew; returns the index's place.

    Raises TongbaoError without a reason, or when it was withdrawn before.
    """
    if not reason.strip():
        raise TongbaoError("撤回须有理由", remedy="请写明撤回理由")
    if not archive.withdraw(publication, Withdrawal(by=by, at=at, reason=reason.strip())):
        raise TongbaoError(f"{publication.number_text}先前已撤回", remedy="无需再次撤回", value=publication.number_text)
    return write_index(archive, find_jurisdiction(publication.jurisdiction))
