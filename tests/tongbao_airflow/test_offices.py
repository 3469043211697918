"""One office's broken settings must not cost the others their DAGs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.airflow_home import REPOSITORY
from tongbao_airflow.offices import read_offices


def test_a_broken_settings_file_is_told_and_the_others_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "config" / "jurisdictions"
    folder.mkdir(parents=True)
    shutil.copy(REPOSITORY / "config/jurisdictions/shiliqi.yaml", folder)
    (folder / "bad.yaml").write_text("id: bad\nname: [", encoding="utf-8")
    monkeypatch.setenv("TONGBAO_HOME", str(tmp_path))
    offices, faults = read_offices()
    assert [office.id for office in offices] == ["shiliqi"]
    assert list(faults) == ["bad"]
    assert "bad.yaml" in str(faults["bad"])
