"""The papers of one circular, drawn from its judged state: the .docx, its annexes, the notices. As a draft or as issued."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tongbao.circular.blocks import load_block_list
from tongbao.circular.document import CircularDocument
from tongbao.circular.notices import write_notices
from tongbao.circular.pagination import render_counted
from tongbao.circular.render import BookmarkedFigure
from tongbao.circular.wording import Issue, compose, with_issue
from tongbao.circular.workbook import annex_workbook
from tongbao.figures import Figures, PeriodResult
from tongbao.indicators import IndicatorSet
from tongbao.jurisdiction import Circular, Jurisdiction


@dataclass(frozen=True)
class Basis:
    """Everything papers are drawn from. ``parts`` maps blocks, words, template … to files in one folder (``part_files``)."""

    result: PeriodResult
    figures: Figures
    rules: IndicatorSet
    jurisdiction: Jurisdiction
    circular: Circular
    parts: dict[str, Path]
    observed: pd.DataFrame
    """subject_id and last_at: when each subject was last looked at."""


@dataclass(frozen=True)
class Papers:
    """What was drawn. ``figures`` are those the document prints, with what follows from the issue date.

    ``notices`` is the .zip of all units' papers, None where the circular has none; ``notice_count`` says how many units.
    ``pdf`` is that of ``docx``, where one was made to count its pages.
    """

    document: CircularDocument
    figures: Figures
    docx: bytes
    pdf: bytes | None
    bookmarks: dict[str, BookmarkedFigure]
    annexes: bytes
    notices: bytes | None
    notice_count: int


def compose_circular(basis: Basis, issue: Issue, blocks: str = "blocks") -> CircularDocument:
    """Compose the circular itself, or with ``blocks="reconciliation"`` the tables of the roster's check."""
    block_list = load_block_list(basis.parts[blocks])
    return compose(basis.figures, basis.result, block_list, basis.jurisdiction, basis.circular, issue)


def draw(basis: Basis, issue: Issue, *, first_number: int = 1) -> Papers:
    """Draw all papers; equal input gives equal bytes. ``first_number`` is the serial number of the first notice."""
    document = compose_circular(basis, issue)
    counted = render_counted(document, basis.parts["template"])
    buffer, count = io.BytesIO(), 0
    if basis.circular.notices:
        count = write_notices(
            buffer,
            basis.result,
            basis.rules,
            basis.jurisdiction,
            basis.circular,
            issue,
            basis.parts["template"].parent,
            observed=basis.observed,
            figures=basis.figures,
            first_number=first_number,
        )
    return Papers(
        document=document,
        figures=with_issue(basis.figures, basis.circular, issue),
        docx=counted.rendered.data,
        pdf=counted.pdf,
        bookmarks=dict(counted.rendered.bookmarks),
        annexes=annex_workbook(document),
        notices=buffer.getvalue() if basis.circular.notices else None,
        notice_count=count,
    )
