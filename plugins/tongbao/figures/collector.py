"""Gathers figures one by one, each with its source, while they are computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from tongbao.figures.model import LONGEST_LIST, Figure, FigureKind, Figures, Named, Split, clean
from tongbao.figures.result import PeriodResult


def basis_of(result: PeriodResult) -> str:
    """What every figure of one period rests on, in one Chinese phrase: period, cutoff, roster, indicator set."""
    parts = [f"{result.period.title}，监测时间点{result.cutoff:%Y-%m-%d %H:%M}"]
    if result.run.get("roster"):
        parts.append(f"名册批次{'、'.join(map(str, result.run['roster']))}")
    if rules := result.run.get("indicator_set"):
        parts.append(f"指标体系{rules['id']}（{rules['hash'][:12]}）")
    return "，".join(parts)


class Collector:
    """Figures under construction. ``basis`` ends every source sentence added through it."""

    def __init__(self, basis: str) -> None:
        self.basis = basis
        self._figures: dict[str, Figure] = {}
        self._splits: list[Split] = []
        self._absent: dict[str, str] = {}
        self._open: set[str] = set()

    @contextmanager
    def compared_with(self, earlier: PeriodResult) -> Iterator[None]:
        """Within it, sources also say what the earlier period rests on."""
        own, self.basis = self.basis, f"{self.basis}；比较{basis_of(earlier)}"
        try:
            yield
        finally:
            self.basis = own

    def add(self, name: str, value: Any, kind: FigureKind, what: str, **relations: str) -> None:
        self._figures[name] = Figure(name, value, kind, f"{what}；{self.basis}", **relations)

    def count(self, name: str, value: Any, what: str) -> None:
        self.add(name, int(value), FigureKind.COUNT, what)

    def text(self, name: str, value: object, what: str) -> None:
        self.add(name, clean(value), FigureKind.TEXT, what)

    def day(self, name: str, value: date, what: str) -> None:
        self.add(name, value, FigureKind.DATE, what)

    def score(self, name: str, value: Decimal, what: str) -> None:
        self.add(name, value, FigureKind.SCORE, what)

    def rate(self, name: str, numerator: str, denominator: str) -> None:
        """The share of two counts added before; absent when nothing is there to take a share of."""
        above, below = self._figures[numerator], self._figures[denominator]
        if below.value == 0:
            self.absent(name, f"{denominator}为0，无从计算比率")
            return
        what = f"{numerator}（{above.value}）÷{denominator}（{below.value}）"
        self.add(name, Fraction(above.value, below.value), FigureKind.RATE, what, numerator=numerator, denominator=denominator)

    def difference(self, name: str, minuend: str, subtrahend: str) -> None:
        """The difference of two counts, two rates or two scores added before; absent when either is."""
        if minuend not in self._figures or subtrahend not in self._figures:
            self.absent(name, f"缺少{minuend}或{subtrahend}，无从比较")
            return
        value = self._figures[minuend].value - self._figures[subtrahend].value
        self.add(name, value, FigureKind.DIFFERENCE, f"{minuend}－{subtrahend}", minuend=minuend, subtrahend=subtrahend)

    def names(self, name: str, subjects: pd.DataFrame, list_of: str, what: str, detail: str = "") -> None:
        """A list of subjects; ``detail`` is the column said of each beside its name."""
        self.add(name, named(subjects, detail), FigureKind.LIST, what, list_of=list_of)

    def listed(self, count_name: str, list_name: str, subjects: pd.DataFrame, what: str) -> None:
        """A count and the list of what it counts."""
        self.count(count_name, len(subjects), what)
        self.names(list_name, subjects, count_name, what)

    def itemised(self, count_name: str, list_name: str, items: Sequence[Named], what: str) -> None:
        """A count and the list of what it counts, of which no table is at hand; the items are clean."""
        self.count(count_name, len(items), what)
        self.add(list_name, tuple(items[:LONGEST_LIST]), FigureKind.LIST, what, list_of=count_name)

    def split(self, whole: str, parts: Iterable[str]) -> None:
        self._splits.append(Split(whole, tuple(parts)))

    def absent(self, name: str, why: str) -> None:
        self._absent[name] = why

    def open(self, name: str) -> None:
        """Mark a group whose members follow the data."""
        self._open.add(name)

    def value(self, name: str) -> Any:
        return self._figures[name].value

    def build(self) -> Figures:
        return Figures(self._figures, tuple(self._splits), self._absent, frozenset(self._open))


def named(subjects: pd.DataFrame, detail: str = "") -> tuple[Named, ...]:
    """Turn rows with name, sponsor and platform into list items, in the rows' order, the first ``LONGEST_LIST``."""
    subjects = subjects.head(LONGEST_LIST)
    columns = ["name", "sponsor", "platform", *([detail] if detail else [])]
    texts = [["" if text is None or text != text else clean(text) for text in subjects[column].tolist()] for column in columns]
    return tuple(Named(*row) for row in zip(*texts, strict=True))
