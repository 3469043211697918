"""Tables as the reader and the normaliser hand them on, made from plain records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tongbao.feeds import FEEDS
from tongbao.intake.normalise import Normalised
from tongbao.intake.read import RawTable
from tongbao.intake.validate import Surroundings
from tongbao.period import SHANGHAI, Period

PROBLEMS = ["position", "column", "value", "reason", "severity"]


def at(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz=SHANGHAI)


@pytest.fixture
def delivered() -> Callable[..., Normalised]:
    """A delivery of one feed: records by canonical column; instants as text; the office's headers are the feed's titles."""

    def make(feed: str, records: list[dict[str, Any]], problems: list[tuple[Any, ...]] = (), first_row: int = 2) -> Normalised:
        contract = FEEDS[feed]
        given = [name for name in contract.names if any(name in record for record in records)]
        raw = pd.DataFrame([{name: record.get(name) for name in given} for record in records], dtype=object)
        headers = {name: contract.by_name[name].title for name in given}
        table = RawTable(
            file="报送.xlsx",
            sheet="表一",
            feed=contract,
            frame=raw,
            row_numbers=np.arange(first_row, first_row + len(records), dtype=np.int32),
            headers=headers,
            original=raw.rename(columns=headers),
        )
        frame = pd.DataFrame({c.name: raw[c.name] if c.name in raw else [None] * len(records) for c in contract.columns})
        for column in contract.columns:
            if column.type == "instant":
                frame[column.name] = pd.to_datetime(frame[column.name], format="ISO8601").dt.tz_localize(SHANGHAI)
            elif column.type == "day":
                frame[column.name] = pd.to_datetime(frame[column.name], format="ISO8601").dt.date
            elif column.default is not None:
                frame[column.name] = frame[column.name].map(lambda value, d=column.default: d if value is None else value)
        return Normalised(table=table, frame=frame, problems=pd.DataFrame(list(problems), columns=PROBLEMS))

    return make


@pytest.fixture
def surroundings() -> Surroundings:
    """2020年第三季度 seen on 9 October, with three subjects on the roster and two clauses."""
    return Surroundings(
        period=Period.parse("2020-Q3"),
        received_at=datetime(2020, 10, 9, 9, 0, tzinfo=SHANGHAI),
        subjects=pd.DataFrame({"subject_id": ["1506990001", "wx-1", "wx-2"], "kind": ["website", "account", "account"]}),
        clauses={"VM2.1": "VM2.1", "D1.9.2": "D1.9.2"},
        earlier_keys=None,
    )
