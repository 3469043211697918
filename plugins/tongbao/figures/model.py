"""What a figure is, and the immutable collection of all figures of one circular."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

PRIVATE_USE = re.compile("[\ue000-\uf8ff]")
"""Characters wording uses to mark figures inside printed text; data never keeps them."""

LONGEST_LIST = 500
"""A list figure keeps this many items at most: nobody prints more in a sentence, annexes hold them all."""

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\s]+")


class FigureKind(StrEnum):
    """What kind of thing a figure is, hence how it prints and how the gate reads it back."""

    COUNT = "count"
    RATE = "rate"
    DIFFERENCE = "difference"
    SCORE = "score"
    DATE = "date"
    TEXT = "text"
    LIST = "list"


class Named(NamedTuple):
    """One item of a name list; ``detail`` is what is said of it beside its name (a section, a reason)."""

    name: str
    sponsor: str = ""
    platform: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Figure:
    """One computed fact.

    ``value``: int for counts; ``Fraction`` of 1 for rates and for differences of rates, int for differences of
    counts; ``Decimal`` for scores and their differences; date; str; tuple of ``Named`` for lists. ``source`` says in
    Chinese which rows of what it was counted from. ``numerator`` and ``denominator`` name the counts of a rate; of a
    difference they name what is subtracted from (``minuend``) and what is subtracted (``subtrahend``); ``list_of``
    names the count a list must be as long as (its first ``LONGEST_LIST`` items are kept).
    """

    name: str
    value: Any
    kind: FigureKind
    source: str = ""
    numerator: str = ""
    denominator: str = ""
    minuend: str = ""
    subtrahend: str = ""
    list_of: str = ""


@dataclass(frozen=True)
class Split:
    """A whole count and the counts that must add up to it."""

    whole: str
    parts: tuple[str, ...]


def clean(text: object) -> str:
    """Make data fit to print on one line: no control or private-use characters, no line breaks."""
    return PRIVATE_USE.sub("", _UNPRINTABLE.sub(" ", str(text))).strip()


def segment(key: object) -> str:
    """Make a data value usable as one part of a dotted name."""
    return clean(key).replace(".", "．") or "未填写"


@dataclass(frozen=True)
class Figures(Mapping[str, Figure]):
    """All figures of one circular by dotted name, in a stable order.

    ``absent`` maps names (and with them everything beneath) that could not be computed to the reason why, so
    that wording can tell a fact that is missing from a name that is misspelt. ``open`` holds names of groups
    whose members follow the data: there any member may be missing.
    """

    items_by_name: Mapping[str, Figure]
    splits: tuple[Split, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)
    open: frozenset[str] = frozenset()
    _children: dict[str, dict[str, None]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        # The order of siblings is the order of computing, which the groupings chose (largest first).
        for name in [*self.items_by_name, *self.open]:
            parent = name
            while "." in parent:
                parent, _, child = parent.rpartition(".")
                siblings = self._children.setdefault(parent, {})
                if child in siblings:
                    break
                siblings[child] = None

    def __getitem__(self, name: str) -> Figure:
        return self.items_by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.items_by_name)

    def __len__(self) -> int:
        return len(self.items_by_name)

    def __hash__(self) -> int:
        return id(self)

    def children(self, name: str) -> tuple[str, ...]:
        """Names one level beneath ``name``, in order."""
        return tuple(f"{name}.{child}" for child in self._children.get(name, ()))

    def is_group(self, name: str) -> bool:
        return name in self._children or name in self.open or any(missing.startswith(f"{name}.") for missing in self.absent)

    def why_absent(self, name: str) -> str | None:
        """Why nothing of that name was computed; None when no such name is known at all."""
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            prefix = ".".join(parts[:length])
            if prefix in self.absent:
                return self.absent[prefix]
            if length < len(parts) and prefix in self.open:
                return "数据中没有这一项"
        return None

    def value(self, name: str) -> Any:
        return self.items_by_name[name].value

    def with_more(self, more: Iterable[Figure], absent: Mapping[str, str] | None = None) -> Figures:
        """These figures and some more; later ones replace earlier ones of the same name."""
        merged = {**self.items_by_name, **{figure.name: figure for figure in more}}
        left = {name: why for name, why in {**self.absent, **(absent or {})}.items() if name not in merged}
        return Figures(merged, self.splits, left, self.open)

    def to_json(self) -> dict[str, Any]:
        """Plain data for figures.json; ``from_json`` reads it back to equal figures."""
        return {
            "figures": [_figure_to_json(figure) for figure in self.items_by_name.values()],
            "splits": [{"whole": split.whole, "parts": list(split.parts)} for split in self.splits],
            "absent": dict(self.absent),
            "open": sorted(self.open),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Figures:
        figures = [_figure_from_json(entry) for entry in content["figures"]]
        return cls(
            {figure.name: figure for figure in figures},
            tuple(Split(entry["whole"], tuple(entry["parts"])) for entry in content["splits"]),
            dict(content["absent"]),
            frozenset(content["open"]),
        )


_TEXT_FIELDS = [f.name for f in fields(Figure) if f.name not in ("name", "value", "kind")]


def _figure_to_json(figure: Figure) -> dict[str, Any]:
    value = figure.value
    if isinstance(value, tuple):
        value = [list(item) for item in value]
    elif not isinstance(value, int):
        value = str(value)
    entry: dict[str, Any] = {"name": figure.name, "kind": figure.kind.value, "value": value}
    entry |= {key: text for key in _TEXT_FIELDS if (text := getattr(figure, key))}
    if figure.kind is FigureKind.DIFFERENCE and not isinstance(figure.value, int):
        entry["of"] = "rate" if isinstance(figure.value, Fraction) else "score"
    return entry


def _figure_from_json(entry: Mapping[str, Any]) -> Figure:
    kind = FigureKind(entry["kind"])
    value: Any = entry["value"]
    if kind is FigureKind.RATE or entry.get("of") == "rate":
        value = Fraction(value)
    elif kind is FigureKind.SCORE or entry.get("of") == "score":
        value = Decimal(value)
    elif kind is FigureKind.DATE:
        value = date.fromisoformat(value)
    elif kind is FigureKind.LIST:
        value = tuple(Named(*item) for item in value)
    return Figure(entry["name"], value, kind, **{key: entry.get(key, "") for key in _TEXT_FIELDS})
