"""One period's judged state, read back from its tables: out of a run's workspace, or out of a filed edition."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import pandas as pd

from tongbao.figures import PeriodResult
from tongbao.indicators import IndicatorSet
from tongbao.jurisdiction import Jurisdiction
from tongbao.period import Period
from tongbao.scoring import ScoreSheet

RECONCILIATION = (
    "matched",
    "declared_not_found",
    "found_not_declared",
    "differing",
    "closed_but_publishing",
    "several_accounts",
    "unlisted",
)


def period_result(
    read_table: Callable[[str], pd.DataFrame],
    sheet: ScoreSheet,
    *,
    period: Period,
    cutoff: datetime,
    rules: IndicatorSet,
    jurisdiction: Jurisdiction,
    rosters: Iterable[str],
) -> PeriodResult:
    """Put the tables of one period together; ``read_table`` finds one by name, ``rosters`` are ids of roster batches."""
    return PeriodResult(
        period=period,
        cutoff=cutoff,
        subjects=read_table("subjects"),
        lines=sheet.lines,
        indicators=sheet.indicators,
        verdicts=sheet.verdicts,
        reconciliation={name: _looked_for(read_table(name), name, sheet.verdicts, rules) for name in RECONCILIATION},
        run={"roster": list(rosters), "indicator_set": {"id": rules.id, "hash": rules.hash}},
        own_regions=jurisdiction.own_regions,
        platform_groups=jurisdiction.platform_groups,
        messages=read_table("messages"),
    )


def _looked_for(table: pd.DataFrame, name: str, verdicts: pd.DataFrame, rules: IndicatorSet) -> pd.DataFrame:
    """Leave out of those declared and not found whom the period's sample did not draw: nobody looked for them."""
    if name != "declared_not_found":
        return table
    not_drawn = verdicts.loc[verdicts["reason"] == rules.reasons.not_drawn, "subject_id"]
    return table[~table["subject_id"].isin(not_drawn)]
