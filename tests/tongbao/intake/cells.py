"""Rows as a reader hands them on, and what normalising made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from tongbao.feeds import FEEDS
from tongbao.intake.normalise import Normalised, normalise
from tongbao.intake.read import RawTable
from tongbao.period import Period
from tongbao.vocabulary import load_vocabulary

Q3 = Period.parse("2020-Q3")
VOCABULARY = load_vocabulary()
Make = Callable[..., Normalised]


def raw(
    feed: str,
    records: list[dict[str, Any]],
    *,
    file: str = "报送.xlsx",
    sheet: str = "表一",
    headers: dict[str, str] | None = None,
) -> RawTable:
    contract = FEEDS[feed]
    names = list(dict.fromkeys(name for record in records for name in record))
    rows = [[record.get(name) for name in names] for record in records]
    table = np.empty((len(rows), len(names)), dtype=object)
    table[:] = rows
    frame = pd.DataFrame(table, columns=names, dtype=object)
    titles = {name: (headers or {}).get(name, contract.by_name[name].title) for name in names}
    numbers = np.arange(2, len(rows) + 2, dtype=np.int32)
    return RawTable(file, sheet, contract, frame, numbers, titles, frame.rename(columns=titles))


def one(feed: str, **options: Any) -> Make:
    def make(**cells: Any) -> Normalised:
        return normalise(raw(feed, [cells], **options), VOCABULARY, period=Q3)

    return make


def value(normalised: Normalised, column: str) -> Any:
    cell = normalised.frame[column].iloc[0]
    return None if pd.isna(cell) else cell


def problems(normalised: Normalised) -> list[tuple[str, str]]:
    return list(zip(normalised.problems["column"], normalised.problems["severity"], strict=True))
