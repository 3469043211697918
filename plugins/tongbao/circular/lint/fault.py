"""What the checker reports: a rule, the place, what was found and what is required, in words officials read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

_EXCERPT = 24


class Severity(StrEnum):
    """ERROR departs from what a standard demands; WARNING from what it recommends or printing needs; NOTE is worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Spot:
    """Where a fault is: a part of the document, the paragraph's number in it (from 1) and how that begins."""

    part: str
    paragraph: int | None = None
    text: str = ""

    def __str__(self) -> str:
        number = "" if self.paragraph is None else f"第{self.paragraph}段"
        return f"{self.part}{number}" + (f"“{self.text}”" if self.text else "")


def excerpt(text: str) -> str:
    """The beginning of a text on one line, for a message."""
    flat = "".join(text.split("\n")).strip()
    return flat if len(flat) <= _EXCERPT else f"{flat[: _EXCERPT - 1]}…"


@dataclass(frozen=True)
class Fault:
    """One departure; ``count`` is how many places have it, ``place`` the first of them."""

    rule: str
    place: Spot
    found: str
    required: str
    clause: str
    severity: Severity
    count: int = 1

    def __str__(self) -> str:
        more = f"等{self.count}处" if self.count > 1 else ""
        return f"{self.place}{more}：{self.found}；应当{self.required}（{self.clause}）"


def merged(faults: Iterable[Fault]) -> list[Fault]:
    """One fault for all places that have the same one, in the order they were first met."""
    seen: dict[tuple[str, str, str], Fault] = {}
    for fault in faults:
        key = (fault.rule, fault.place.part, fault.found)
        known = seen.get(key)
        seen[key] = fault if known is None else replace(known, count=known.count + fault.count)
    return list(seen.values())
