"""The validation page: what became of one delivered table, for the clerk who sent it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tongbao.home import home
from tongbao.intake.quarantine import problems_by_row
from tongbao.intake.suite import Severity
from tongbao.intake.validate import RuleResult, RuleState, Validation, office_titles
from tongbao.period import SHANGHAI, Period
from tongbao.web_page import page_templates

if TYPE_CHECKING:
    from tongbao.intake.read import RawTable

SHOWN_ROWS = 200
_TEMPLATE = "validation.html.jinja"


@dataclass(frozen=True)
class Receipt:
    """What the page says of the delivery besides its rows; ``replaces`` names the batch it supersedes, if any."""

    jurisdiction: str
    period: Period
    received_at: datetime
    sha256: str
    replaces: str = ""
    roster_known: bool = True


def render_page(raw: RawTable, validation: Validation, receipt: Receipt, folder: Path | None = None) -> str:
    """Return one self-contained HTML page in Chinese: no script, no font, picture or style from elsewhere."""
    rejected = _lines(raw, validation.rejects)
    warned = _lines(raw, validation.warnings[~validation.is_rejected[validation.warnings["position"].to_numpy(np.int64)]])
    return (
        page_templates(folder or home() / "templates")
        .get_template(_TEMPLATE)
        .render(
            raw=raw,
            feed=raw.feed,
            receipt=receipt,
            received_at=receipt.received_at.astimezone(SHANGHAI).strftime("%Y年%m月%d日 %H:%M"),
            delivered=validation.delivered,
            accepted=validation.accepted,
            rejected=validation.rejected,
            warned=validation.warned,
            accepted_pct=_share(validation.accepted, validation.delivered),
            titles=office_titles(raw),
            failed=[r for r in validation.results if r.state is RuleState.FAILED and r.severity is Severity.REJECT],
            remarked=[r for r in validation.results if r.state is RuleState.FAILED and r.severity is Severity.WARN],
            passed=[r for r in validation.results if r.state is RuleState.PASSED],
            skipped=[r for r in validation.results if r.state is RuleState.SKIPPED],
            rejected_lines=rejected,
            warned_lines=warned,
            steps=_remedies(validation.results, office_titles(raw)),
        )
    )


def _lines(raw: RawTable, problems: pd.DataFrame) -> list[dict[str, object]]:
    """The first rows with problems: row number in the delivered file, fields, values, reasons."""
    shown = problems[problems["position"].isin(problems["position"].drop_duplicates().iloc[:SHOWN_ROWS])]
    rows = problems_by_row(shown, office_titles(raw))
    rows.insert(0, "row", np.asarray(raw.row_numbers)[rows["position"].to_numpy()])
    records: list[dict[str, object]] = rows.to_dict("records")
    return records


def _share(part: int, whole: int) -> float:
    """Percentage cut to one decimal: a page with a rejected row never says 100."""
    return math.floor(part * 1000 / whole) / 10 if whole else 0.0


def _remedies(results: Iterable[RuleResult], titles: dict[str, str]) -> list[tuple[str, int]]:
    """What to mend, and in how many rows, most frequent first; what only warns is not a task."""
    counts: dict[str, int] = {}
    for result in results:
        if result.state is RuleState.FAILED and result.severity is Severity.REJECT:
            task = f"{titles.get(result.column, result.column)}：{result.remedy}"
            counts[task] = counts.get(task, 0) + result.failed
    return sorted(counts.items(), key=lambda item: -item[1])
