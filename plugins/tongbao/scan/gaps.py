"""Collect what a scan leaves out, so that a trap of thousands of addresses is one line."""

from __future__ import annotations

from tongbao.scan.site_model import Gap, Why
from tongbao.scan.traps import pattern_of


class GapBook:
    """Counts gaps by reason and address template; the first address of each stands for the others."""

    def __init__(self) -> None:
        self._gaps: dict[tuple[Why, str], Gap] = {}

    def add(self, url: str, key: str, why: Why) -> None:
        place = (why, pattern_of(key))
        known = self._gaps.get(place)
        self._gaps[place] = Gap(known.url if known else url, why, known.count + 1 if known else 1)

    def has(self, why: Why) -> bool:
        return any(reason is why for reason, _ in self._gaps)

    def listed(self) -> tuple[Gap, ...]:
        return tuple(sorted(self._gaps.values(), key=lambda gap: (gap.why, gap.url)))
