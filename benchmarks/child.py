"""A fresh process for each thing measured, so that imports and memory of one do not flatter the next."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Ended:
    """What a child printed, its wall and CPU time in seconds with start and imports, and its peak memory in MiB."""

    printed: str
    seconds: float
    cpu_s: float
    peak_mib: float


def run_child(module: str, *arguments: str) -> Ended:
    """Run ``python -m module`` in the repository and wait for it; a failing child raises RuntimeError."""
    path = os.pathsep.join(["plugins", ".", os.environ.get("PYTHONPATH", "")])
    started = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
        cwd=ROOT,
    )
    assert child.stdout is not None
    printed = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise RuntimeError(f"{module} {' '.join(arguments)} failed")
    return Ended(printed, time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
