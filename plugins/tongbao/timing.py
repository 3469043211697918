"""How long each step of a run took: noted in its workspace, told in the manifest and in the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from tongbao.workspace import Workspace

P = ParamSpec("P")
R = TypeVar("R")

STEPS = ("settle", "measure", "score", "figures", "write", "gate", "print_pdf")
_log = logging.getLogger(__name__)


def timed(step: Callable[P, R]) -> Callable[P, R]:
    """Note the seconds a step took in the workspace it is given, by keyword or as its only position."""

    @wraps(step)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        begun = time.monotonic()
        returned = step(*args, **kwargs)
        seconds = round(time.monotonic() - begun, 2)
        place: Any = kwargs.get("workspace") or args[0]
        Workspace.at(str(place)).write_facts(_name(step.__name__), seconds)
        _log.info("step %s took %.2f s", step.__name__, seconds)
        return returned

    return told


def seconds_of(work: Workspace) -> dict[str, float]:
    """Seconds by step, of those that ended well."""
    return {step: work.read_facts(_name(step), float) for step in STEPS if work.holds(_name(step))}


def _name(step: str) -> str:
    return f"seconds-{step}.json"
