"""What workers import before they fork."""

from __future__ import annotations

import subprocess
import sys

LOOK = """
import sys, threading
import tongbao_airflow.preload
from tongbao.jurisdiction import _parsed
loaded = {"duckdb", "great_expectations", "pandas", "s3fs"}
assert loaded <= set(sys.modules), loaded - set(sys.modules)
print(threading.active_count(), _parsed.cache_info().currsize)
"""


def test_starts_no_thread_and_reads_no_settings() -> None:
    """A fork takes one thread along and leaves the locks of the others locked; settings read before it would be old."""
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split()[-2:] == ["1", "0"]
