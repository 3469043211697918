"""What all tests share: no test may write into the installation's own archive."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sample_run import PERIODS, SampleRun, take_in


@pytest.fixture(autouse=True)
def _own_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGBAO_ARCHIVE", str(tmp_path / "archive"))
    monkeypatch.setenv("GX_ANALYTICS_ENABLED", "false")


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    """Both quarters of the sample, taken in once; read-only for whoever uses it."""
    folder = tmp_path_factory.mktemp("sample") / "archive"
    take_in(folder, *PERIODS)
    return SampleRun(folder)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what needs an outside program, and what takes the sample through all of the library, for quick runs to leave out."""
    if any("is not installed" in mark.kwargs.get("reason", "") for mark in item.iter_markers("skipif")):
        item.add_marker(pytest.mark.office)
    if "sample_run" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.whole)
