"""Whom the 整改通知书 of a publication go to, and under which numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from tongbao.archive import Archive
from tongbao.circular.notice_settings import load_notice_settings
from tongbao.circular.notice_units import units_of
from tongbao.circular.notices import file_name
from tongbao.draft import Draft
from tongbao.errors import TongbaoError
from tongbao.manifests import PublicationManifest
from tongbao.papers import Basis
from tongbao.publication.signing import Signing

RECIPIENTS = "recipients.json"
"""Beside the notices: which papers are whose, and where they go."""

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def first_number(archive: Archive, draft: Draft, signing: Signing, basis: Basis) -> int:
    """The serial number of the first notice: as the signer wrote, else the one of the publication taken back, else the next free.

    Raises TongbaoError when a number of the range belongs to another circular or period of that year.
    """
    if not basis.circular.notices:
        return 1
    count = sum(1 for _ in units_of(basis.result, basis.rules, basis.observed))
    others, own = _ranges(archive, draft, signing.issued_on.year)
    free = max((last for _, last in others), default=0) + 1
    wanted = signing.first_number or next((first for first, _ in reversed(own)), free)
    taken = [(first, last) for first, last in others if first <= wanted + count - 1 and wanted <= last]
    if taken and signing.first_number is None:
        return free
    if taken:
        first, last = taken[0]
        raise TongbaoError(
            f"整改通知书编号{wanted}至{wanted + count - 1}与已用的{first}至{last}重复", remedy=f"请从{free}号起编", value=wanted
        )
    return wanted


def recipients_of(basis: Basis, first: int) -> list[dict[str, Any]]:
    """Each unit's papers and mail addresses: those its own roster rows hold, never a guess."""
    notice, feedback = load_notice_settings(basis.parts["template"].parent)
    units = []
    for unit in units_of(basis.result, basis.rules, basis.observed):
        number = first + unit.number - 1
        name = file_name(number, unit.name)
        subjects = [subject.subject_id for subject in unit.subjects]
        mail = sorted(addresses(basis.result.subjects, subjects))
        units.append({"unit": unit.name, "files": [f"{notice.folder}/{name}", f"{feedback.folder}/{name}"], "mail": mail})
    return units


def addresses(subjects: pd.DataFrame, subject_ids: list[str]) -> set[str]:
    """Mail addresses in the contact column of a unit's subjects that have problems."""
    rows = subjects[subjects["subject_id"].isin(subject_ids)]
    return {found for contact in rows["contact"].dropna() for found in _ADDRESS.findall(str(contact))}


def _ranges(archive: Archive, draft: Draft, year: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Ranges of notice numbers used in a year: those of other circulars and periods, and those of this one."""
    others: list[tuple[int, int]] = []
    own: list[tuple[int, int]] = []
    for publication in _with_notices(archive, draft.edition.jurisdiction, year):
        assert publication.notices is not None
        numbers = (int(publication.notices["first"]), int(publication.notices["last"]))
        is_own = (publication.circular, publication.period) == (draft.edition.circular, draft.edition.period)
        (own if is_own else others).append(numbers)
    return others, own


def _with_notices(archive: Archive, jurisdiction: str, year: int) -> Iterator[PublicationManifest]:
    for publication in archive.every_publication(jurisdiction):
        if publication.notices and publication.issued_on.year == year:
            yield publication
