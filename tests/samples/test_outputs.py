"""The shipped sample circulars hold to the standard and open in Office without repair."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tongbao.circular.lint import lint

OUTPUTS = sorted((Path(__file__).parents[2] / "samples" / "outputs").glob("*.docx"))


def test_there_is_one_for_every_shipped_genre() -> None:
    assert len(OUTPUTS) == 8


@pytest.mark.parametrize("path", OUTPUTS, ids=lambda path: path.stem)
def test_the_standards_checker_finds_nothing(path: Path) -> None:
    assert lint(path.read_bytes()) == []


@pytest.mark.skipif(shutil.which("openxml-audit") is None, reason="openxml-audit is not installed")
@pytest.mark.parametrize("path", OUTPUTS, ids=lambda path: path.stem)
def test_word_would_open_it_without_repair(path: Path) -> None:
    done = subprocess.run(["openxml-audit", "-f", "microsoft365", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
