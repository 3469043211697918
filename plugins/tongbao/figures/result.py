"""What figures are computed from: one period's judged state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import pandas as pd

from tongbao.feeds import Kind
from tongbao.figures.model import segment
from tongbao.period import Period

PROBLEM_PARTS = ("veto", "deduction")
GROUPED_BY = ("platform", "unit_class", "region", "is_portal", "level", "platform_group")
OWN, LOWER = "own", "lower"
_JUDGED = ["met", "breached"]
QUALIFIED, UNQUALIFIED, NOT_INSPECTED = "qualified", "unqualified", "not_inspected"


@dataclass(frozen=True)
class PeriodResult:
    """One period's judged state.

    ``subjects``: columns of ``feeds.ROSTER``, in operation at the cutoff, declared and found. ``lines``,
    ``indicators``, ``verdicts``: the tables of a score sheet. ``reconciliation``: tables by name, each with at
    least subject_id, kind, platform, name, sponsor, note. ``run``: what the result rests on, among it
    ``roster`` (a list of ids of roster batches) and ``indicator_set`` (its id and hash), quoted in figures' sources.
    ``own_regions``: regions that mean the office's own level; ``platform_groups``: platforms counted together, by the
    name they have in common. ``messages``: channel, received, replied; None where nobody delivered any.
    """

    period: Period
    cutoff: datetime
    subjects: pd.DataFrame
    lines: pd.DataFrame
    indicators: pd.DataFrame
    verdicts: pd.DataFrame
    reconciliation: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    own_regions: tuple[str, ...] = ()
    platform_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    messages: pd.DataFrame | None = None

    @cached_property
    def judged(self) -> pd.DataFrame:
        """One row a subject, declared before found, with its verdict.

        Roster columns with ``declared`` filled, the verdict's columns, ``veto_problems`` and ``deduction_problems``
        (breached lines), ``level`` (own, lower), ``platform_group``, and each of ``GROUPED_BY`` again as
        ``<column>_key``: a category of clean texts. A found subject that was matched to a declared one is that one,
        so it is left out.
        """
        judged = self._sides(self.subjects).merge(self.verdicts, on="subject_id", how="left", validate="1:1")
        together = {platform: name for name, platforms in self.platform_groups.items() for platform in platforms}
        judged = judged.assign(level=self.levels(judged["region"]), platform_group=judged["platform"].replace(together))
        keys = {f"{column}_key": key_texts(judged[column]) for column in GROUPED_BY}
        judged = judged.assign(verdict=judged["verdict"].fillna(NOT_INSPECTED).astype("category"), **keys)
        counts = self._breached.groupby(["subject_id", "part"]).size().unstack(fill_value=0)
        counts = counts.reindex(columns=list(PROBLEM_PARTS), fill_value=0).add_suffix("_problems").reset_index()
        judged = judged.merge(counts, on="subject_id", how="left")
        return judged.fillna({f"{part}_problems": 0 for part in PROBLEM_PARTS})

    @cached_property
    def standing(self) -> pd.DataFrame:
        """The declared subjects of ``judged`` with what comparisons need, cheaper for periods that are only compared with."""
        columns = ["subject_id", "kind", "name", "sponsor", "platform", "region", "declared"]
        subjects = self._sides(self.subjects[columns])
        verdicts = self.verdicts[["subject_id", "verdict", "score"]]
        standing = subjects[subjects["declared"]].merge(verdicts, on="subject_id", how="left")
        return standing.fillna({"verdict": NOT_INSPECTED})

    def levels(self, regions: pd.Series) -> pd.Series:
        """``own`` or ``lower`` for each region; an unfilled region is the office's own. Unknown without ``own_regions``."""
        if not self.own_regions:
            return pd.Series(None, index=regions.index, dtype="object")
        is_own = regions.isna() | regions.isin(self.own_regions)
        return is_own.map({True: OWN, False: LOWER}).astype("object")

    def _sides(self, subjects: pd.DataFrame) -> pd.DataFrame:
        """Fill ``declared`` and keep one row a subject: a found one only when it is none of the declared."""
        declared = subjects["declared"].astype("boolean").fillna(True).astype(bool)
        unmatched = self.reconciliation.get("found_not_declared")
        if unmatched is not None:
            declared_or_new = declared | subjects["subject_id"].isin(unmatched["subject_id"].tolist())
            subjects, declared = subjects[declared_or_new], declared[declared_or_new]
        subjects = subjects.assign(declared=declared)
        # Sorting and dropping copy every column, which a roster without doubles need not pay for.
        if declared.is_monotonic_decreasing and subjects["subject_id"].is_unique:
            return subjects
        return subjects.sort_values("declared", ascending=False, kind="stable").drop_duplicates("subject_id")

    @cached_property
    def _breached(self) -> pd.DataFrame:
        lines = self.lines
        wanted = (lines["state"].to_numpy() == "breached") & lines["part"].isin(PROBLEM_PARTS).to_numpy()
        return lines[wanted].astype({"subject_id": self.subjects["subject_id"].dtype})

    @cached_property
    def declared(self) -> pd.DataFrame:
        return self.judged[self.judged["declared"]]

    @cached_property
    def undeclared(self) -> pd.DataFrame:
        return self.judged[~self.judged["declared"]]

    @cached_property
    def problems(self) -> pd.DataFrame:
        """Breached veto and deduction lines in clause order, with kind, platform, name, sponsor, declared, verdict.

        A bonus is no duty: not earning one is no problem.
        """
        columns = ["subject_id", "kind", "platform", "name", "sponsor", "declared", "verdict"]
        return self._breached.merge(self.judged[columns], on="subject_id", how="inner")

    @cached_property
    def clause_counts(self) -> pd.DataFrame:
        """How many declared subjects met and breached each veto and deduction clause: a row a clause of which any was judged."""
        lines = self.lines
        judged = lines["part"].isin(PROBLEM_PARTS).to_numpy() & lines["state"].isin(_JUDGED).to_numpy()
        # Found subjects are few: leaving them out is cheaper than looking every line up among the declared.
        judged &= ~lines["subject_id"].isin(self.undeclared["subject_id"]).to_numpy()
        counts = lines.loc[judged, ["clause", "state"]].value_counts().unstack(fill_value=0)
        return counts.reindex(columns=_JUDGED, fill_value=0)

    def of_kind(self, kind: Kind | None, declared: bool = True) -> pd.DataFrame:
        """Judged subjects of one kind (None: of both) on one side of the roster."""
        if (kind, declared) not in self._by_kind:
            side = self.declared if declared else self.undeclared
            self._by_kind[kind, declared] = side if kind is None else side[side["kind"] == kind.value]
        return self._by_kind[kind, declared]

    @cached_property
    def _by_kind(self) -> dict[tuple[Kind | None, bool], pd.DataFrame]:
        return {}


def key_texts(values: pd.Series) -> pd.Series:
    """Group keys as a category of clean texts; an unfilled one is 未填写."""
    known = values.astype("string").astype("category").cat
    texts = pd.Series([segment(text) for text in known.categories] + ["未填写"], dtype="object")
    codes = known.codes.where(known.codes >= 0, len(texts) - 1)
    # Cleaning may make two spellings one, so the categories are taken anew.
    return pd.Series(texts.to_numpy()[codes], index=values.index).astype("category")


@dataclass(frozen=True)
class Rectified:
    """How the findings of the last circular stand: subjects asked to mend, reported, mended, silent, unmended."""

    required: int
    reported: int
    mended: int
    unreported: tuple[tuple[str, str, str], ...] = ()
    """(name, sponsor, platform) of subjects that did not report by the deadline."""
    unmended: tuple[tuple[str, str, str], ...] = ()
    """(name, sponsor, platform) of subjects that reported, yet the recheck found them not mended."""
