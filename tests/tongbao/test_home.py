"""Where an installation keeps what it writes on its machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tongbao.archive import Archive
from tongbao.home import home, state_folder
from tongbao.scan.scans import scans_folder


def test_what_is_written_lies_in_one_folder_that_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TONGBAO_ARCHIVE")
    monkeypatch.delenv("TONGBAO_STATE", raising=False)
    assert state_folder() == home() / ".tongbao"
    monkeypatch.setenv("TONGBAO_STATE", str(tmp_path))
    assert scans_folder("shiliqi") == tmp_path / "scans" / "shiliqi"
    assert str(Archive.open().root) == str(tmp_path / "archive")
