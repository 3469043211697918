"""A small archive of batches to measure, written as accepted Parquet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tongbao.feeds import FEEDS
from tongbao.measures import MeasureClause, Measured, measure
from tongbao.period import SHANGHAI, Period

Q3 = Period.parse("2020-Q3")
SITE, ACCOUNT = "1500000001", "wx-0000001"
DEFAULTS: dict[str, dict[str, Any]] = {
    "probes": {"subject_id": SITE, "outcome": "ok", "elapsed_s": 0.5},
    "updates": {"subject_id": SITE, "section_class": "other", "item_count": 5},
    "links": {"subject_id": SITE, "page": "http://s.example/", "on_homepage": True, "outcome": "ok", "attempts": 1},
    "messages": {"subject_id": SITE, "channel": "网上咨询", "valid": True, "published": False},
    "findings": {"subject_id": SITE, "state": "breached", "clause": "D4.2.1"},
    "sample": {"subject_id": SITE, "period": "2020-Q3"},
}


def at(text: str) -> datetime:
    """An instant on Shanghai's clock, e.g. ``2020-09-30`` or ``2020-09-30 23:59:59``."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@dataclass(frozen=True)
class Clause:
    """The least a clause must be to be measured."""

    measure: str | None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    condition: Mapping[str, float] | None = field(default_factory=lambda: {"at_least": 1})
    id: str = "C1"


Rows = Sequence[Mapping[str, Any]]


@dataclass
class Bench:
    """Batches in a folder and the question asked of them."""

    folder: Path
    batches: dict[str, list[str]] = field(default_factory=dict)
    subjects: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"subject_id": [SITE, ACCOUNT], "kind": ["website", "account"]})
    )

    def deliver(self, feed: str, *rows: Mapping[str, Any]) -> None:
        """File one more batch; what a row leaves out has its customary value."""
        schema = FEEDS[feed].schema.append(pa.field("row_number", pa.int32()))
        whole = [{**DEFAULTS[feed], **row, "row_number": number} for number, row in enumerate(rows, 2)]
        paths = self.batches.setdefault(feed, [])
        path = self.folder / f"{feed}-{len(paths)}.parquet"
        pq.write_table(pa.Table.from_pylist(whole, schema=schema), path)
        paths.append(str(path))

    def measured(self, *clauses: MeasureClause, period: Period = Q3, cutoff: datetime | None = None, **options: Any) -> Measured:
        return measure(self.batches, self.subjects, clauses, period=period, cutoff=cutoff or period.end_at, **options)

    def row(self, clause: Clause, subject: str = SITE, **options: Any) -> dict[str, Any] | None:
        """The one row of a subject, None when the measure does not speak of it."""
        values = self.measured(clause, **options).values
        rows = values[values.subject_id == subject].to_dict("records")
        assert len(rows) <= 1
        return rows[0] if rows else None

    def value(self, clause: Clause, **options: Any) -> float | None:
        row = self.row(clause, **options)
        return None if row is None else row["value"]

    def state(self, clause: Clause, **options: Any) -> str | None:
        row = self.row(clause, **options)
        return None if row is None else row["state"]

    def values(self, *clauses: Clause, subject: str = SITE, **options: Any) -> list[float | None]:
        """Of one subject the values of several clauses, measured at once."""
        named = [replace(clause, id=str(place)) for place, clause in enumerate(clauses)]
        rows = self.measured(*named, **options).values
        known = rows[rows.subject_id == subject].set_index("clause").value
        return [known.get(clause.id) for clause in named]

    def probe_days(self, first: str, days: int, per_day: int = 20, **probe: Any) -> None:
        """Probes every half hour from midnight, ``per_day`` of them, on so many days from ``first`` on."""
        start = at(first)
        slots = [start + timedelta(days=day, minutes=30 * slot) for day in range(days) for slot in range(per_day)]
        self.deliver("probes", *({"probed_at": slot, **probe} for slot in slots))


class Cases:
    """Many cases measured at once: each a website of its own, for an engine takes longer to start than to measure one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, dict[str, dict[str, Any]]] = {}

    def row(self, case: str, feed: str, clause: Clause, rows: Mapping[str, Rows], **options: Any) -> dict[str, Any] | None:
        """The one row of a case, None when the measure does not speak of it; ``rows`` are those of all cases, by case."""
        key = repr((feed, clause, rows, options))
        if key not in self._known:
            folder = self._folder / str(len(self._known))
            folder.mkdir()
            sites = {name: f"16{place:08d}" for place, name in enumerate(rows)}
            bench = Bench(folder, subjects=pd.DataFrame({"subject_id": list(sites.values()), "kind": "website"}))
            bench.deliver(feed, *({**row, "subject_id": sites[name]} for name, given in rows.items() for row in given))
            values = bench.measured(clause, **options).values
            assert not values.subject_id.duplicated().any()
            by_site = {row["subject_id"]: row for row in values.to_dict("records")}
            self._known[key] = {name: by_site[site] for name, site in sites.items() if site in by_site}
        return self._known[key].get(case)
