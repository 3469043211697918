"""The settings every Airflow process of an installation runs with."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tongbao_airflow import environment


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in (*environment.settings(tmp_path, tmp_path), "TONGBAO_STATE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TONGBAO_HOME", str(tmp_path))
    return tmp_path


def test_all_state_lies_under_one_folder_of_the_clone(clean: Path) -> None:
    state = environment.apply()
    assert state == clean / ".tongbao"
    for name in ("AIRFLOW_HOME", "TONGBAO_ARCHIVE", "TONGBAO_FONTS"):
        assert Path(os.environ[name]).is_relative_to(state)


def test_what_the_operator_has_set_stays(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGBAO_ARCHIVE", "s3://archive")
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    environment.apply()
    assert os.environ["TONGBAO_ARCHIVE"] == "s3://archive"
    assert os.environ["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"


def test_nothing_is_reported_outside_and_dates_are_the_offices_own(clean: Path) -> None:
    made = environment.settings(clean, clean / ".tongbao")
    assert made["GX_ANALYTICS_ENABLED"] == "false"
    assert made["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"
    assert made["AIRFLOW__CORE__DEFAULT_TIMEZONE"] == "Asia/Shanghai"
    assert made["AIRFLOW__API__HOST"] == "127.0.0.1"


def test_airflow_knows_every_key() -> None:
    """A misspelt key would be ignored in silence."""
    from airflow.configuration import conf

    for name in environment.settings(Path(), Path()):
        if name.startswith("AIRFLOW__"):
            _, section, key = name.split("__")
            assert conf.get(section.lower(), key.lower(), fallback=None) is not None
            assert key.lower() in conf.configuration_description.get(section.lower(), {}).get("options", {}), name
