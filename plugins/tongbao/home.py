"""Where an installation keeps what its operator edits, and where it puts what it writes on this machine."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The folder that holds config/, expectations/ and templates/: ``TONGBAO_HOME``, else the repository."""
    return Path(os.environ.get("TONGBAO_HOME") or Path(__file__).parents[2])


def state_folder() -> Path:
    """The folder for what this machine writes: ``TONGBAO_STATE``, else ``.tongbao`` of the installation."""
    return Path(os.environ.get("TONGBAO_STATE") or home() / ".tongbao")


def config_folder(name: str) -> Path:
    return home() / "config" / name
