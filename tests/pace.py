"""Bounds of CPU time that mean the same on a slow machine: they are told for one that does the yardstick in 27 ms."""

from __future__ import annotations

import time

_YARDSTICK_S = 0.027


def is_within(seconds: float, bound_s: float) -> bool:
    """Whether CPU seconds just spent are fewer than the bound, which a slower machine stretches and none shortens."""
    return seconds < bound_s or seconds < bound_s * _slowness()


def _slowness() -> float:
    started = time.process_time()
    sum(number * number % 7 for number in range(400_000))
    return (time.process_time() - started) / _YARDSTICK_S
