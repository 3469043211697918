"""The draft edition as files: what a run leaves in it, and how its papers are drawn again when it is signed.

Reviews may take weeks in which templates, settings and rules change. What is signed must be what was reviewed, so an
edition holds its own copies of everything its words come from.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from tongbao.archive import Archive, EditionManifest
from tongbao.circular.document import CircularDocument
from tongbao.circular.render import BookmarkedFigure
from tongbao.circular.wording import Issue
from tongbao.errors import TongbaoError
from tongbao.figures import Figures
from tongbao.indicators import IndicatorSet
from tongbao.judged import RECONCILIATION, period_result
from tongbao.jurisdiction import OPERATIONAL, Circular, Jurisdiction
from tongbao.papers import Basis, compose_circular
from tongbao.period import Period
from tongbao.scoring import ScoreSheet
from tongbao.selection import Selection, part_files, rules_of
from tongbao.storage import read_file
from tongbao.workspace import SHEET_TABLES, Workspace, read_arrow

SELECTION, FIGURES, DOCUMENT, BOOKMARKS, GATE = "selection.json", "figures.json", "document.json", "bookmarks.json", "gate.json"
PDF, PDF_FACTS, NOTICES = "circular.pdf", "pdf.json", "notices.zip"
CIRCULAR, ANNEXES, RECONCILED = "circular.docx", "annexes.xlsx", "reconciliation.xlsx"
BASIS, PARTS = "basis.json", "parts"
OVERRIDE = "override_reason"
_TABLES = ("subjects", "observed", "messages", *SHEET_TABLES, *RECONCILIATION)


class _Kept(BaseModel):
    """What an edition's words rest on besides its tables; ``parts`` maps blocks, template … to names under parts/."""

    model_config = ConfigDict(frozen=True)

    jurisdiction: Jurisdiction
    rules: IndicatorSet
    rosters: list[str]
    parts: dict[str, str]


def draft_files(work: Workspace, selection: Selection) -> dict[str, bytes | Path]:
    """Everything an edition holds. Equal identity gives equal files, whichever run wrote them.

    Raises TongbaoError when a template or the settings were changed since the run began.
    """
    files: dict[str, bytes | Path] = {
        f"{name}.parquet": work.read_bytes(f"{selection.period}/{name}.parquet") for name in _TABLES
    }
    printed = [name for name in (PDF, NOTICES) if work.holds(name)]
    files |= {name: work.read_bytes(name) for name in (*printed, CIRCULAR, ANNEXES, RECONCILED, FIGURES, DOCUMENT, BOOKMARKS)}
    # Why a breach was passed belongs to the run; the manifest tells it.
    gate = {key: value for key, value in work.read_facts(GATE, dict[str, Any]).items() if key != OVERRIDE}
    files[GATE] = TypeAdapter(dict[str, Any]).dump_json(gate, indent=1)
    return files | _kept_files(selection)


def _kept_files(selection: Selection) -> dict[str, bytes | Path]:
    jurisdiction, circular = selection.settings()
    rules, parts = rules_of(selection.own), part_files(circular)
    contents = {name: path.read_bytes() for name, path in parts.items()}
    now = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    changed = [parts[name].name for name in parts if now[name] != selection.parts[name]]
    changed += [f"{jurisdiction.id}.yaml"] if jurisdiction.hash != selection.parts["jurisdiction"] else []
    changed += [f"{rules.id}.yaml"] if rules.hash != selection.own.rules_hash else []
    if changed:
        raise TongbaoError(
            f"运行期间{'、'.join(changed)}被改动，本次结果新旧混杂，未归档", remedy="请重新运行通报", value=changed
        )
    kept = _Kept(
        jurisdiction=jurisdiction,
        rules=rules,
        rosters=[batch.batch_id for batch in selection.own.batches["roster"]],
        parts={name: path.name for name, path in parts.items()},
    )
    copies: dict[str, bytes | Path] = {f"{PARTS}/{parts[name].name}": content for name, content in contents.items()}
    return {BASIS: kept.model_dump_json(indent=1, exclude={"jurisdiction": OPERATIONAL}).encode(), **copies}


class Draft:
    """A filed edition, read back."""

    def __init__(self, archive: Archive, edition: EditionManifest) -> None:
        self.archive, self.edition = archive, edition

    @classmethod
    def find(cls, archive: Archive, jurisdiction: str, circular: str, period: str, number: int | None = None) -> Draft:
        """Find an edition by its number, or the newest; raises TongbaoError when there is none."""
        wanted = Period.parse(period)
        for edition in reversed(archive.editions(jurisdiction, circular, wanted)):
            if number in (None, edition.number):
                return cls(archive, edition)
        raise TongbaoError(
            f"{wanted.title}没有{f'第{number}版' if number else '任何版本的'}通报", remedy="请先生成通报，或核对周期和版本号"
        )

    @property
    def period(self) -> Period:
        return Period.parse(self.edition.period)

    def read_bytes(self, name: str) -> bytes:
        return read_file(self.archive.edition_file(self.edition, name))

    def read_table(self, name: str) -> pd.DataFrame:
        return read_arrow(self.archive.edition_file(self.edition, f"{name}.parquet")).to_pandas()

    def figures(self) -> Figures:
        return Figures.from_json(TypeAdapter(dict[str, Any]).validate_json(self.read_bytes(FIGURES)))

    def document(self) -> CircularDocument:
        return TypeAdapter(CircularDocument).validate_json(self.read_bytes(DOCUMENT))

    def bookmarks(self) -> dict[str, BookmarkedFigure]:
        return TypeAdapter(dict[str, BookmarkedFigure]).validate_json(self.read_bytes(BOOKMARKS))

    def settings(self) -> tuple[Jurisdiction, Circular]:
        """The settings the draft was made with, but for who reviews it and whom it goes to: those are today's."""
        jurisdiction = self._kept().jurisdiction
        return jurisdiction, jurisdiction.circular(self.edition.circular)

    @contextmanager
    def basis(self) -> Iterator[Basis]:
        """What the draft's papers were drawn from; its files lie in a folder that is gone afterwards.

        Raises TongbaoError when this version of the program would write other words than the draft has.
        """
        kept = self._kept()
        tables = {name: pq.read_table(io.BytesIO(self.read_bytes(f"{name}.parquet"))) for name in SHEET_TABLES}
        with tempfile.TemporaryDirectory(prefix="tongbao-draft-") as folder:
            for name in dict.fromkeys(kept.parts.values()):
                (Path(folder) / name).write_bytes(self.read_bytes(f"{PARTS}/{name}"))
            basis = Basis(
                result=period_result(
                    self.read_table,
                    ScoreSheet.from_tables(tables),
                    period=self.period,
                    cutoff=self.edition.cutoff,
                    rules=kept.rules,
                    jurisdiction=kept.jurisdiction,
                    rosters=kept.rosters,
                ),
                figures=self.figures(),
                rules=kept.rules,
                jurisdiction=kept.jurisdiction,
                circular=kept.jurisdiction.circular(self.edition.circular),
                parts={name: Path(folder) / file for name, file in kept.parts.items()},
                observed=self.read_table("observed"),
            )
            again = TypeAdapter(CircularDocument).dump_json(compose_circular(basis, Issue()), indent=1)
            if again != self.read_bytes(DOCUMENT):
                raise TongbaoError(
                    f"{self.period.title}第{self.edition.folder}版是以前的程序版本写成的，现在写出的文字与审过的草稿不同",
                    remedy="请重新运行通报，生成新版本后再送审、签发",
                )
            yield basis

    def _kept(self) -> _Kept:
        if BASIS not in self.edition.files:
            raise TongbaoError(
                f"{self.period.title}第{self.edition.folder}版归档时还没有保存签发所需的内容",
                remedy="请重新运行通报，生成新版本后再签发",
            )
        try:
            return _Kept.model_validate_json(self.read_bytes(BASIS))
        except ValidationError as error:
            raise TongbaoError(
                f"{self.period.title}第{self.edition.folder}版是旧版本程序生成的草稿，现在的程序读不懂它所依据的规则",
                remedy="请重新运行通报，生成新版本后再审核、签发",
            ) from error
