"""The sample taken in and judged by the product itself, once a session: shared by all tests that need real input."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tongbao import steps
from tongbao.archive import Archive, BatchManifest
from tongbao.circular.pdf import OFFICE_VARIABLE
from tongbao.feeds import FEEDS
from tongbao.intake.inbox import inbox_files, take_in_files
from tongbao.period import Period
from tongbao.workspace import Workspace

PERIODS = ("2020-Q2", "2020-Q3")
OFFICE, CIRCULAR = "shiliqi", "quarterly"
STEPS = (steps.measure, steps.score, steps.figures, steps.write, steps.gate)


@contextmanager
def archive_at(folder: Path, *, draws_pages: bool = False) -> Iterator[Archive]:
    """Make ``folder`` the archive of everything called inside, which draws no page unless asked to: LibreOffice takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TONGBAO_ARCHIVE", str(folder))
        if not draws_pages:
            patch.setenv(OFFICE_VARIABLE, "none")
        yield Archive.open()


def take_in(folder: Path, *labels: str, office: str = OFFICE) -> list[dict[str, Any]]:
    """Take in the inboxes of some periods, nine days after each ended; return the receipts."""
    receipts = []
    with archive_at(folder):
        for label in labels:
            received_at = Period.parse(label).end_at + timedelta(days=9)
            receipts += take_in_files(office, label, inbox_files(office, label), received_at=received_at.isoformat())["files"]
    return receipts


def work_up(folder: Path, label: str, *, until: Any = steps.gate, key: str = "test", **wishes: Any) -> Workspace:
    """Run the steps of one period's circular, the last being ``until``; return the workspace."""
    with archive_at(folder):
        workspace = steps.workspace_for(OFFICE, CIRCULAR, label, key)
        steps.settle(OFFICE, CIRCULAR, label, workspace=workspace, **{"cutoff": None, **wishes})
        for step in STEPS[: STEPS.index(until) + 1]:
            step(workspace)
        return Workspace.at(workspace)


def make_edition(folder: Path, label: str, **wishes: Any) -> dict[str, Any]:
    """Run the whole of one period's circular and return the facts of its edition."""
    workspace = work_up(folder, label, **wishes)
    with archive_at(folder):
        facts = steps.file_edition(str(workspace))
        workspace.discard()
        return facts


def batches_of(folder: Path, label: str) -> dict[tuple[str, str], BatchManifest]:
    """The batches filed for one period, by file name and sheet."""
    with archive_at(folder) as archive:
        every = [batch for feed in FEEDS for batch in archive.batches(OFFICE, feed, Period.parse(label))]
    return {(batch.source_name, batch.sheet): batch for batch in every if batch.period == label}


@dataclass(frozen=True)
class SampleRun:
    """An archive with both quarters taken in; treat it as read-only."""

    folder: Path

    def workspace(self, label: str) -> Workspace:
        """The judged workspace of one quarter, up to the score sheet."""
        with archive_at(self.folder):
            workspace = Workspace.at(steps.workspace_for(OFFICE, CIRCULAR, label, "shared"))
        if not (workspace.folder / label / "verdicts.parquet").exists():
            work_up(self.folder, label, until=steps.score, key="shared")
        return workspace
