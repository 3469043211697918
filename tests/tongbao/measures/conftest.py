"""What this folder's tests measure with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tongbao.measures.bench import Bench, Cases


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Cases:
    return Cases(tmp_path_factory.mktemp("cases"))
