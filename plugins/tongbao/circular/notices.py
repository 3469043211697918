"""Per-unit papers of one circular: each unit's 整改通知书 with its own findings, and its 抽查情况反馈表."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pandas as pd

from tongbao.circular.document import Align, Annex, AnnexColumn, CircularDocument, Letterhead, Signature
from tongbao.circular.notice_drawing import PaperTemplate
from tongbao.circular.notice_settings import Index, load_notice_settings
from tongbao.circular.notice_units import units_of
from tongbao.circular.notice_wording import FeedbackWording, NoticeWording, Occasion
from tongbao.circular.package import entry_of
from tongbao.circular.wording import Issue, with_issue
from tongbao.circular.workbook import annex_workbook
from tongbao.figures import Figures, PeriodResult
from tongbao.figures import compute as compute_figures
from tongbao.indicators import IndicatorSet
from tongbao.jurisdiction import Circular, Jurisdiction

_LONGEST_NAME = 80
_EXTENSION = ".docx"
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ue000-\uf8ff]+')


@dataclass(frozen=True)
class Notice:
    """The two papers of one unit as .docx, and the name both have in their folders."""

    number: int
    unit: str
    subjects: int
    problems: int
    file_name: str
    notice: bytes
    feedback: bytes


def build_notices(
    result: PeriodResult,
    indicator_set: IndicatorSet,
    jurisdiction: Jurisdiction,
    circular: Circular,
    issue: Issue,
    templates: Path,
    *,
    first_number: int = 1,
    observed: pd.DataFrame | None = None,
    figures: Figures | None = None,
) -> Iterator[Notice]:
    """Draw the papers of every unit that has a breach with evidence, one unit after the other, by name.

    ``templates`` holds notice.yaml, feedback.yaml and the Word templates they name. ``first_number`` is the serial number of
    the first notice, for offices that number on through the year; it is printed once the issue date is known, and so is the
    last day to report. ``observed`` (subject_id, last_at) dates the checks. ``figures`` are the circular's, computed here
    when not given. Equal input gives equal bytes. Raises ConfigurationError when wording or template are at fault.
    """
    notice, feedback = load_notice_settings(templates)
    known = figures or compute_figures(result, None, None, jurisdiction, circular, indicator_set)
    occasion = Occasion(
        period=result.period,
        year=(issue.issued_on or result.cutoff.date()).year,
        jurisdiction=jurisdiction,
        circular=circular,
        issue=issue,
        figures=with_issue(known, circular, issue),
    )
    letters, forms = NoticeWording(notice, occasion), FeedbackWording(feedback, occasion)
    letter_page = PaperTemplate(templates / notice.template)
    form_page = letter_page if feedback.template == notice.template else PaperTemplate(templates / feedback.template)
    for unit in units_of(result, indicator_set, observed):
        number = first_number + unit.number - 1
        yield Notice(
            number=number,
            unit=unit.name,
            subjects=unit.subject_count.value,
            problems=unit.problem_count.value,
            file_name=file_name(number, unit.name),
            notice=letter_page.letter(*letters.letter(unit, number)),
            feedback=form_page.form(*forms.form(unit)),
        )


def write_notices(
    sink: IO[bytes],
    result: PeriodResult,
    indicator_set: IndicatorSet,
    jurisdiction: Jurisdiction,
    circular: Circular,
    issue: Issue,
    templates: Path,
    **wishes: Any,
) -> int:
    """Write all papers and their index into ``sink`` as one .zip while they are drawn; returns how many units there are.

    ``wishes`` are the keywords of ``build_notices``. Only one unit's papers are held at a time.
    """
    notice, feedback = load_notice_settings(templates)
    rows = []
    with zipfile.ZipFile(sink, "w") as package:
        for paper in build_notices(result, indicator_set, jurisdiction, circular, issue, templates, **wishes):
            for folder, data in ((notice.folder, paper.notice), (feedback.folder, paper.feedback)):
                package.writestr(entry_of(f"{folder}/{paper.file_name}", stored=True), data)
            rows.append((paper.unit, paper.subjects, paper.problems, paper.file_name))
        package.writestr(entry_of(notice.index.file, stored=True), _index(notice.index, rows))
    return len(rows)


def notices_zip(
    result: PeriodResult,
    indicator_set: IndicatorSet,
    jurisdiction: Jurisdiction,
    circular: Circular,
    issue: Issue,
    templates: Path,
    **wishes: Any,
) -> bytes:
    """All papers and their index as one .zip: a folder of notices, a folder of forms, an .xlsx of the units."""
    buffer = io.BytesIO()
    write_notices(buffer, result, indicator_set, jurisdiction, circular, issue, templates, **wishes)
    return buffer.getvalue()


def file_name(number: int, unit: str) -> str:
    """A name every file system takes, at most 80 bytes of UTF-8; its number makes it the only one."""
    head = f"{number:03d}-"
    plain = re.sub(r"\s+", "", _UNSAFE.sub("", unit))
    room = _LONGEST_NAME - len(head) - len(_EXTENSION)
    return head + plain.encode("utf-8", "ignore")[:room].decode("utf-8", "ignore").strip(". ") + _EXTENSION


def _index(settings: Index, rows: list[tuple[str, int, int, str]]) -> bytes:
    columns = (
        AnnexColumn("unit", settings.unit, 30),
        AnnexColumn("subjects", settings.subjects, 10, Align.CENTER),
        AnnexColumn("problems", settings.problems, 10, Align.CENTER),
        AnnexColumn("name", settings.name, 40),
    )
    index = CircularDocument(
        letterhead=Letterhead("", ""),
        title=settings.title,
        addressees="",
        body=(),
        signature=Signature("", None),
        annexes=(Annex(settings.title, columns, tuple(rows)),),
    )
    return annex_workbook(index)
