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


@pytest.mark.parametrize(
    ("dag_id", "expected"),
    [
        (None, ["a", "a_b", "b"]),
        ("intake_a", ["a"]),
        ("circular_b_quarterly", ["b"]),
        ("circular_a_b_quarterly", ["a", "a_b", "b"]),
        ("intake_c", []),
    ],
)
def test_a_worker_reads_the_offices_its_dag_may_belong_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dag_id: str | None, expected: list[str]
) -> None:
    from airflow.sdk.definitions._internal.dag_parsing_context import _airflow_parsing_context_manager

    folder = tmp_path / "config" / "jurisdictions"
    folder.mkdir(parents=True)
    text = (REPOSITORY / "config/jurisdictions/shiliqi.yaml").read_text(encoding="utf-8")
    for name in ("a", "a_b", "b"):
        (folder / f"{name}.yaml").write_text(text.replace("id: shiliqi", f"id: {name}", 1), encoding="utf-8")
    monkeypatch.setenv("TONGBAO_HOME", str(tmp_path))
    with _airflow_parsing_context_manager(dag_id=dag_id, task_id=None):
        offices, _ = read_offices()
    assert [office.id for office in offices] == expected
