"""What every line of a task's log names, so that logs of many offices can be told apart and searched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from structlog.contextvars import bind_contextvars

NAMED = ("jurisdiction", "circular", "period", "edition", "publication")


def name_in_log(facts: Mapping[str, Any], **more: Any) -> None:
    """Bind what ``facts`` hold of ``NAMED`` to all later lines of this task's process."""
    known = {**facts, **more}
    bind_contextvars(**{name: known[name] for name in NAMED if known.get(name)})
