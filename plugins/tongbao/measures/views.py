"""The tables measures read: one view per feed over the batches in force, as of the cutoff.

``subjects``, ``probes``, ``updates``, ``links``, ``findings`` and ``sample`` hold the columns of their feed, observations from
the period's start to the cutoff; ``messages`` one row per message received by the cutoff. What costs more is in
:mod:`tongbao.measures.derived`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from tongbao.feeds import FEEDS, ROSTER, Feed
from tongbao.period import Period

BOUNDED = ("probes", "updates", "links", "findings", "sample")

_MACROS = Path(__file__).parent / "base" / "macros.sql"

# Which files hold rows of the period, and whether they hold nothing else: a filter that keeps every row costs a sixth of a
# scan, and years of older files would be opened by every statement.
_EXTENT = """
SELECT file_name, bool_and(coalesce(lowest >= {start} AND highest <= {cutoff} AND nulls = 0, false)) AS is_within
FROM (
    SELECT file_name, row_group_id, stats_min_value::TIMESTAMPTZ AS lowest, stats_max_value::TIMESTAMPTZ AS highest,
        stats_null_count AS nulls
    FROM parquet_metadata([{files}])
    WHERE path_in_schema = '{observed}'
)
GROUP BY file_name
HAVING bool_or(coalesce(highest >= {start} AND lowest <= {cutoff}, true))
"""

# A message is delivered again when it is answered: the newest batch knows it best.
_MESSAGES = """
CREATE TABLE messages AS
SELECT subject_id, message_id, channel, received_at, CASE WHEN replied_at <= {cutoff} THEN replied_at END AS replied_at,
    coalesce(valid, true) AS valid, coalesce(published, false) AS published
FROM (SELECT *, {batch} AS batch FROM {source} WHERE received_at <= {cutoff}) SEMI JOIN subjects USING (subject_id)
QUALIFY row_number() OVER (PARTITION BY subject_id, message_id ORDER BY batch DESC, row_number DESC) = 1
"""


def connect(threads: int, memory_limit: str, spill: str) -> duckdb.DuckDBPyConnection:
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
    engine.execute("SET GLOBAL TimeZone = 'Asia/Shanghai'; SET GLOBAL parquet_metadata_cache = true")
    engine.execute(_MACROS.read_text(encoding="utf-8"))
    return engine


def session(engine: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Open a session of its own for one thread; it sees the engine's tables, views and macros."""
    own = engine.cursor()
    own.execute("SET enable_progress_bar = false")
    return own


def create_views(
    engine: duckdb.DuckDBPyConnection,
    batches: Mapping[str, Sequence[str]],
    subjects: pd.DataFrame | pa.Table,
    period: Period,
    cutoff: datetime,
) -> None:
    """Create the feeds' views: rows observed from the period's start to the cutoff, both included."""
    _create_subjects(engine, subjects)
    for name in BOUNDED:
        rows = _rows_within(engine, FEEDS[name], batches.get(name, ()), instant(period.start_at), instant(cutoff))
        engine.execute(f"CREATE VIEW {name} AS SELECT * FROM {rows}")


def create_messages(engine: duckdb.DuckDBPyConnection, paths: Sequence[str], cutoff: datetime) -> None:
    """Create the table of messages received by the cutoff, each as its newest batch tells it; ``subjects`` must be there."""
    source, batch = _rows(FEEDS["messages"], paths), "file_index" if paths else "0"
    engine.execute(_MESSAGES.format(cutoff=instant(cutoff), source=source, batch=batch))


def instant(at: datetime) -> str:
    """Write an aware instant as an SQL literal."""
    return f"TIMESTAMPTZ '{at.isoformat()}'"


def _create_subjects(engine: duckdb.DuckDBPyConnection, subjects: pd.DataFrame | pa.Table) -> None:
    engine.register("given_subjects", subjects)
    given = set(subjects.columns if isinstance(subjects, pd.DataFrame) else subjects.column_names)
    types = dict(zip(ROSTER.names, ROSTER.schema.types, strict=True))
    columns = ", ".join(f"{name if name in given else 'NULL'}::{_sql_type(types[name])} AS {name}" for name in ROSTER.names)
    engine.execute(f"CREATE TABLE subjects AS SELECT {columns} FROM given_subjects")
    engine.unregister("given_subjects")


def _rows_within(engine: duckdb.DuckDBPyConnection, feed: Feed, paths: Sequence[str], start: str, cutoff: str) -> str:
    if not paths:
        return _rows(feed, ())
    extent = _EXTENT.format(files=_listed(paths), observed=feed.observed, start=start, cutoff=cutoff)
    is_within = dict(engine.execute(extent).fetchall())
    rows = _rows(feed, [path for path in paths if path in is_within])
    return rows if all(is_within.values()) else f"{rows} WHERE {feed.observed} BETWEEN {start} AND {cutoff}"


def _rows(feed: Feed, paths: Sequence[str]) -> str:
    """A feed's rows as a FROM item; without files one that has its columns and no row."""
    if paths:
        return f"read_parquet([{_listed(paths)}])"
    columns = ", ".join(f"NULL::{_sql_type(field.type)} AS {field.name}" for field in feed.schema)
    return f"(SELECT {columns}, NULL::INTEGER AS row_number WHERE false)"


def _listed(paths: Sequence[str]) -> str:
    return ", ".join("'" + path.replace("'", "''") + "'" for path in paths)


def _sql_type(arrow_type: pa.DataType) -> str:
    if pa.types.is_timestamp(arrow_type):
        return "TIMESTAMPTZ"
    return {"string": "VARCHAR", "bool": "BOOLEAN", "int64": "BIGINT", "double": "DOUBLE", "date32[day]": "DATE"}[str(arrow_type)]
