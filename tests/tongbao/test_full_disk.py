"""A disk that fills up in the middle of an edition: nothing of it is seen, and the next attempt makes the same one."""

from __future__ import annotations

import os
import resource
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tongbao.archive import Archive, EditionManifest
from tongbao.period import Period

QUARTER = Period.parse("2020-Q3")
FILES = {"a.parquet": b"a" * 1000, "circular.docx": b"w" * 50_000, "verdicts.parquet": b"v" * 1000}
AT = datetime(2020, 10, 13, tzinfo=UTC)


def file_edition(archive: Archive, files: dict[str, Any] = FILES) -> EditionManifest:
    facts: dict[str, Any] = {"cutoff": AT, "inputs": (), "rules": {}, "parts": {}, "versions": {}, "summary": {}, "gate": {}}
    where = {"jurisdiction": "shiliqi", "circular": "quarterly", "period": QUARTER, "identity": "0" * 64}
    return archive.file_edition(**where, files=files, run={}, filed_at=AT, **facts)[0]


def fails_with_files_limited_to(size: int, archive: Archive) -> bool:
    """File the edition in a process that may write no larger files; the kernel refuses the rest as on a full disk."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        try:
            file_edition(archive)
        except OSError:
            os._exit(3)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3


@pytest.mark.parametrize("size", [900, 2000, 49_999])
def test_an_edition_that_did_not_fit_is_not_there_and_then_whole(tmp_path: Path, size: int) -> None:
    archive = Archive.open(str(tmp_path / "archive"))
    assert fails_with_files_limited_to(size, archive)
    assert archive.editions("shiliqi", "quarterly", QUARTER) == []
    assert not list(tmp_path.rglob("*.partial")), "what was half written is taken away again"

    edition = file_edition(archive)
    assert edition.number == 1
    assert edition == file_edition(Archive.open(str(tmp_path / "undisturbed")))
    for name, content in FILES.items():
        assert archive.edition_file(edition, name).read_bytes() == content
