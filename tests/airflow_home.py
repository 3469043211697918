"""An Airflow of the tests' own: its home is made before the first import of airflow, in a folder that is thrown away."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from tongbao_airflow import environment

REPOSITORY = Path(__file__).resolve().parents[1]


@cache
def prepare() -> Path:
    """Point this process and its children at a fresh state folder; return it. No database is made yet."""
    state = Path(tempfile.mkdtemp(prefix="tongbao-tests-"))
    atexit.register(shutil.rmtree, state, ignore_errors=True)
    own = environment.settings(REPOSITORY, state) | {"TONGBAO_STATE": str(state)}
    # The fonts are whoever runs the tests', not theirs.
    del own["TONGBAO_FONTS"]
    os.environ.update(own)
    return state


@cache
def migrate() -> None:
    """Make the database, once a session (5 s)."""
    prepare()
    from airflow.utils import db

    db.upgradedb()
