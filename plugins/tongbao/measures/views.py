"""The tables measures read: one view per feed over the batches in force, as of the cutoff.

``subjects``, ``probes``, ``updates``, ``links``, ``findings``, ``sample`` hold the columns of their feed; ``messages`` one row per
message; ``sections`` the newest observation of every section of the period; ``section_classes`` their newest publication by class;
``swept_websites`` the websites of which sections beside the homepage were seen, and how many; ``links_staying_dead`` one row per link that
failed after at least two attempts and was not seen ok at a later check; ``working_days`` every day with its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from tongbao.feeds import FEEDS, ROSTER, Feed
from tongbao.period import SHANGHAI, Period, is_working_day

_MACROS = Path(__file__).parent / "base" / "macros.sql"
_DAYS_AFTER_CUTOFF = 90
_SWEEP = timedelta(days=10)
_BOUNDED = ("probes", "updates", "links", "findings", "sample")

# What each subject's older sweeps held, as sums over the hashes of its sections: see _SECTIONS.
_OLDER_SWEEPS = """
CREATE TEMP TABLE older_sweeps AS
SELECT subject_id, count(*) AS observations, min(observed_at) AS first_at, max(observed_at) AS last_at, sum((hash(section) >> 8)::BIGINT) AS hashes
FROM updates WHERE observed_at <= {recent} GROUP BY subject_id
"""

# The newest observation of a section mostly lies in the last sweep before the cutoff. Grouping a quarter of sweeps by section
# costs eight times that, so only subjects whose older sweeps did not hold exactly the newest one's sections, each equally often,
# are read further back: equal sums of 56-bit hashes tell.
_NEWEST = """subject_id, section, arg_max_null(section_class, observed_at) AS section_class, max(observed_at) AS observed_at,
    arg_max_null(last_published_at, observed_at) AS last_published_at, arg_max_null(item_count, observed_at) AS item_count"""
_SECTIONS = f"""
CREATE TEMP TABLE sections AS
SELECT * FROM (SELECT {_NEWEST} FROM updates WHERE observed_at > {{recent}} GROUP BY subject_id, section)
SEMI JOIN subjects USING (subject_id);

CREATE TEMP TABLE changed_subjects AS
SELECT older_sweeps.subject_id
FROM older_sweeps SEMI JOIN subjects USING (subject_id)
LEFT JOIN (SELECT subject_id, count(*) AS sections, sum((hash(section) >> 8)::BIGINT) AS hashes FROM sections GROUP BY subject_id) AS newest
USING (subject_id)
WHERE newest.hashes IS NULL OR newest.hashes * older_sweeps.observations <> older_sweeps.hashes * newest.sections;

INSERT INTO sections
WITH older AS MATERIALIZED (
    SELECT {_NEWEST} FROM updates SEMI JOIN changed_subjects USING (subject_id) WHERE observed_at <= {{recent}} GROUP BY subject_id, section
)
FROM older ANTI JOIN sections USING (subject_id, section);

-- Of sections published in the same second always the same one is named.
CREATE TEMP TABLE section_classes AS
SELECT subject_id, section_class, count(*) AS sections, max(observed_at) AS observed_at, max(last_published_at) AS last_published_at,
    arg_max(section, epoch_us(last_published_at) // 1000000 * 1000000 + (hash(section) % 1000000)::BIGINT) AS newest_section
FROM sections GROUP BY subject_id, section_class;

CREATE TEMP TABLE swept_websites AS
SELECT subject_id, sum(sections) AS sections
FROM section_classes SEMI JOIN (SELECT subject_id FROM subjects WHERE kind = 'website') AS websites USING (subject_id)
WHERE section_class <> 'homepage'
GROUP BY subject_id
"""

_LINKS_STAYING_DEAD = """
CREATE TEMP TABLE links_staying_dead AS
WITH failing AS MATERIALIZED (
    SELECT subject_id, link, max(checked_at) AS checked_at, bool_or(on_homepage) AS on_homepage,
        arg_max(outcome, (checked_at, page)) AS outcome, arg_max(page, (checked_at, page)) AS page
    FROM links WHERE outcome NOT IN ('ok', 'blocked') AND attempts >= 2 GROUP BY subject_id, link
),
answering AS (
    SELECT subject_id, link, max(checked_at) AS ok_at
    FROM links SEMI JOIN failing USING (subject_id, link) WHERE outcome = 'ok' GROUP BY subject_id, link
)
SELECT failing.* FROM failing LEFT JOIN answering USING (subject_id, link) WHERE ok_at IS NULL OR ok_at <= checked_at
"""

# A message is delivered again when it is answered: the newest batch knows it best.
_MESSAGES = """
CREATE TEMP TABLE messages AS
SELECT subject_id, message_id, channel, received_at, CASE WHEN replied_at <= {cutoff} THEN replied_at END AS replied_at,
    coalesce(valid, true) AS valid, coalesce(published, false) AS published
FROM (SELECT *, {batch} AS batch FROM {source} WHERE received_at <= {cutoff}) SEMI JOIN subjects USING (subject_id)
QUALIFY row_number() OVER (PARTITION BY subject_id, message_id ORDER BY batch DESC, row_number DESC) = 1
"""

_OBSERVED = """
SELECT subject_id, sum(observations)::BIGINT AS observations, min(first_at) AS first_at, max(last_at) AS last_at
FROM ({feeds}) SEMI JOIN subjects USING (subject_id)
GROUP BY subject_id
ORDER BY subject_id
"""


def connect(threads: int, memory_limit: str, spill: str, filesystem: Any | None) -> duckdb.DuckDBPyConnection:
    """Open an engine that downloads nothing, spills into the folder ``spill`` and knows the measures' macros."""
    engine = duckdb.connect(
        config={
            "threads": threads,
            "memory_limit": memory_limit,
            "temp_directory": spill,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
        }
    )
    engine.execute("SET TimeZone = 'Asia/Shanghai'; SET enable_progress_bar = false")
    if filesystem is not None:
        engine.register_filesystem(filesystem)
    engine.execute(_MACROS.read_text(encoding="utf-8"))
    return engine


def create_views(
    engine: duckdb.DuckDBPyConnection,
    batches: Mapping[str, Sequence[str]],
    subjects: pd.DataFrame | pa.Table,
    period: Period,
    cutoff: datetime,
) -> None:
    """Create the feeds' views: rows observed from the period's start to the cutoff, both included."""
    _create_subjects(engine, subjects)
    for name in _BOUNDED:
        feed = FEEDS[name]
        source, _ = _source(feed, batches.get(name, ()))
        engine.execute(
            f"CREATE TEMP VIEW {name} AS SELECT * FROM {source} "
            f"WHERE {feed.observed} BETWEEN {_instant(period.start_at)} AND {_instant(cutoff)}"
        )
    source, batch = _source(FEEDS["messages"], batches.get("messages", ()))
    engine.execute(_MESSAGES.format(cutoff=_instant(cutoff), source=source, batch=batch))


def create_derived(engine: duckdb.DuckDBPyConnection, statements: Iterable[str], cutoff: datetime) -> None:
    """Create the tables that cost something, once, and only when a statement reads them."""
    engine.execute(_OLDER_SWEEPS.format(recent=_instant(cutoff - _SWEEP)))
    words = {word for sql in statements for word in re.findall(r"\w+", sql)}
    if words & {"sections", "section_classes", "swept_websites"}:
        engine.execute(_SECTIONS.format(recent=_instant(cutoff - _SWEEP)))
    if "links_staying_dead" in words:
        engine.execute(_LINKS_STAYING_DEAD)
    if "working_days" in words:
        _create_working_days(engine, cutoff)


def observed(engine: duckdb.DuckDBPyConnection, period: Period, cutoff: datetime) -> pa.Table:
    """Count what was observed of each subject within the period, up to the cutoff; its first and last instant."""
    parts = ["SELECT subject_id, observations, first_at, last_at FROM older_sweeps"]
    for name in (*_BOUNDED, "messages"):
        at = FEEDS[name].observed
        since = cutoff - _SWEEP if name == "updates" else period.start_at
        parts.append(
            f"SELECT subject_id, count(*) AS observations, min({at}) AS first_at, max({at}) AS last_at FROM {name} "
            f"WHERE {at} {'>' if name == 'updates' else '>='} {_instant(since)} GROUP BY 1"
        )
    return engine.sql(_OBSERVED.format(feeds=" UNION ALL ".join(parts))).to_arrow_table()


def _create_subjects(engine: duckdb.DuckDBPyConnection, subjects: pd.DataFrame | pa.Table) -> None:
    engine.register("given_subjects", subjects)
    given = set(subjects.columns if isinstance(subjects, pd.DataFrame) else subjects.column_names)
    types = dict(zip(ROSTER.names, ROSTER.schema.types, strict=True))
    columns = ", ".join(
        f"{name if name in given else 'NULL'}::{_sql_type(types[name])} AS {name}" for name in ROSTER.names
    )
    engine.execute(f"CREATE TEMP TABLE subjects AS SELECT {columns} FROM given_subjects")
    engine.unregister("given_subjects")


def _source(feed: Feed, paths: Sequence[str]) -> tuple[str, str]:
    """Return a feed's rows as a FROM item and the expression of a row's batch ordinal."""
    if paths:
        files = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
        return f"read_parquet([{files}])", "file_index"
    columns = ", ".join(f"NULL::{_sql_type(field.type)} AS {field.name}" for field in feed.schema)
    return f"(SELECT {columns}, NULL::INTEGER AS row_number WHERE false)", "0"


def _sql_type(arrow_type: pa.DataType) -> str:
    if pa.types.is_timestamp(arrow_type):
        return "TIMESTAMPTZ"
    return {"string": "VARCHAR", "bool": "BOOLEAN", "int64": "BIGINT", "double": "DOUBLE", "date32[day]": "DATE"}[str(arrow_type)]


def _instant(at: datetime) -> str:
    return f"TIMESTAMPTZ '{at.isoformat()}'"


def _create_working_days(engine: duckdb.DuckDBPyConnection, cutoff: datetime) -> None:
    """Number the days from the first message on: ``number`` counts working days up to and including ``day``."""
    until = cutoff.astimezone(SHANGHAI).date()
    [[earliest]] = engine.execute("SELECT min(day_of(received_at)) FROM messages").fetchall()
    day: date = earliest or until
    rows: list[tuple[date, bool, int]] = []
    number = 0
    while day <= until + timedelta(days=_DAYS_AFTER_CUTOFF):
        number += is_working_day(day)
        rows.append((day, is_working_day(day), number))
        day += timedelta(days=1)
    days, working, numbers = zip(*rows, strict=True)
    table = pa.table({"day": pa.array(days, pa.date32()), "is_working": list(working), "number": list(numbers)})
    engine.register("given_days", table)
    engine.execute("CREATE TEMP TABLE working_days AS FROM given_days")
    engine.unregister("given_days")
