"""The named workloads and what they cost: `python -m benchmarks.run`."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Result"]


@dataclass(frozen=True)
class Result:
    """One measured line: wall time in seconds, peak memory in MiB, and the promise it is held to, in words."""

    name: str
    seconds: float
    peak_mib: float
    note: str = ""
    budget: str = ""
    """E.g. ``≤ 10 s, ≤ 2048 MiB``; empty where nothing was promised."""
