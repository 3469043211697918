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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together, when tests are spread over workers, what shares something dear: a file, or Great Expectations."""
    for item in items:
        with_expectations = "sample_run" in getattr(item, "fixturenames", ()) or item.path.parent.name == "intake"
        item.add_marker(pytest.mark.xdist_group("expectations" if with_expectations else item.path.name))
