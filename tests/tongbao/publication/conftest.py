"""A filed draft of the sample's third quarter, to review, sign and publish."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.sample_run import CIRCULAR, OFFICE, SampleRun, archive_at, make_edition
from tongbao.archive import Archive
from tongbao.circular.pdf import PdfResult
from tongbao.draft import Draft
from tongbao.jurisdiction import Jurisdiction
from tongbao.manifests import Decision, Outcome, PublicationManifest, Stage
from tongbao.publication import issue
from tongbao.publication.signing import Signing, read_signing

SIGNED_AT = datetime(2020, 10, 19, 1, tzinfo=UTC)


def signing(number: int = 12, day: str = "2020-10-20", **fields: Any) -> Signing:
    return read_signing({"number": number, "issued_on": day, **fields}, by="wang", at=SIGNED_AT)


@dataclass
class Office:
    """An archive of one's own with one draft, and the inbox beside it."""

    archive: Archive
    inbox: Path

    @property
    def draft(self) -> Draft:
        return Draft.find(self.archive, OFFICE, CIRCULAR, "2020-Q3")

    def hand_in(self, data: bytes, name: str = "修改稿.docx") -> str:
        folder = self.inbox / "2020-Q3" / "修改稿"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
        return name

    def review(self, round_id: str = "r1") -> None:
        for stage, by in ((Stage.FIRST, "zhang"), (Stage.SECOND, "li"), (Stage.FINAL, "wang")):
            passed = Decision(round=round_id, stage=stage, outcome=Outcome.PASSED, by=by, at=SIGNED_AT)
            self.archive.add_decision(self.draft.edition, passed)

    def publish(self, *, round_id: str | None = None, **fields: Any) -> PublicationManifest:
        return issue.publish(self.archive, self.draft, signing(**fields), round_id=round_id, run={})[0]


@pytest.fixture(scope="session")
def drafted(sample_run: SampleRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drafted") / "archive"
    shutil.copytree(sample_run.folder, folder)
    make_edition(folder, "2020-Q3")
    shutil.rmtree(folder / OFFICE / "batches")
    return folder


@pytest.fixture
def office(drafted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """LibreOffice is left out: what it draws is tested elsewhere."""
    folder = tmp_path / "own"
    shutil.copytree(drafted, folder)
    monkeypatch.setattr(Jurisdiction, "inbox_folder", property(lambda self: tmp_path / "inbox"))
    monkeypatch.setattr(issue, "make_pdf", lambda docx, drawn=None: PdfResult(b"%PDF-" + docx[:4], "已生成PDF"))
    with archive_at(folder) as archive:
        yield Office(archive, tmp_path / "inbox")
