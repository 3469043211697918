"""The scorer: a pure function of measures, findings, roster, sample, indicator set and cutoff.

The work is done by the SQL files beside this one, in this order: subjects, opinions, lines, points, verdicts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tongbao.feeds import FINDINGS, ROSTER, SAMPLE
from tongbao.indicator_model import IndicatorSet
from tongbao.period import Period
from tongbao.scoring.rules import rule_tables
from tongbao.scoring.sheet import INDICATORS, LINES, VERDICTS, ScoreSheet

_STEPS = ("subjects", "opinions", "lines", "points", "verdicts")
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 2,
    "memory_limit": "1GiB",
    "preserve_insertion_order": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_MEASURED = pa.schema(
    [
        ("subject_id", pa.string()),
        ("clause", pa.string()),
        ("value", pa.float64()),
        ("state", pa.string()),
        ("evidence", pa.string()),
    ]
)
_OBSERVED = pa.schema([("subject_id", pa.string()), ("observations", pa.int64())])
_ROSTER_COLUMNS = ("subject_id", "kind", "platform", "unit_class", "is_portal", "has_services", "declared")
_PLAIN = "CREATE TEMP MACRO plain(cents) AS rtrim(rtrim(printf('%.2f', cents / 100), '0'), '.')"
_PARAMETER = re.compile(r"\$([a-z_]+)")

Frame: TypeAlias = pd.DataFrame | pa.Table | None


def score(
    subjects: pd.DataFrame | pa.Table,
    measured: Frame,
    findings: Frame,
    sample: Frame,
    indicator_set: IndicatorSet,
    period: Period,
    cutoff: datetime,
    observed: Frame,
) -> ScoreSheet:
    """Judge every subject in operation by the clauses of a set, as of a cutoff (with time zone).

    ``subjects``: roster rows (columns of ``feeds.ROSTER``); ``measured``: subject_id, clause, value, state, evidence,
    one row per subject and clause; ``findings`` and ``sample``: accepted rows of those feeds; ``observed``: subject_id,
    observations. None or an empty frame means nothing was delivered. Findings and checks outside the period or after
    the cutoff are left aside. The order of rows is irrelevant. Rules: 国办秘函〔2019〕19号 as laid out in the set.
    """
    tables = {
        "subjects": _table(subjects, _chosen(ROSTER.schema, _ROSTER_COLUMNS)),
        "measured": _table(measured, _MEASURED),
        "findings": _table(findings, FINDINGS.schema),
        "sample": _table(sample, SAMPLE.schema),
        "observed": _table(observed, _OBSERVED),
        **rule_tables(indicator_set),
    }
    settings = _settings(indicator_set, period, cutoff)
    with duckdb.connect(config=_SETTINGS) as connection:
        for name, table in tables.items():
            connection.register(name, table)
        _refuse_repeated_measures(connection)
        connection.execute(_PLAIN)
        for step in _STEPS:
            for statement in _statements(step):
                used = set(_PARAMETER.findall(statement))
                connection.execute(statement, {name: settings[name] for name in used})
        return ScoreSheet(
            lines=_lines(connection, indicator_set),
            indicators=_result(connection, _INDICATORS, INDICATORS),
            verdicts=_result(connection, "SELECT * EXCLUDE (subject) FROM verdicts ORDER BY subject", VERDICTS),
        )


_LINES = """
SELECT subject, rule, state, count, value, basis, fixed_note, coalesce(priced.points, 0) / 100 AS points
FROM kept LEFT JOIN priced USING (subject, rule)
ORDER BY subject, rule
"""
_TEXTS = """
SELECT
    subject, rule, kept.evidence,
    CASE WHEN by_clauses IS NOT NULL THEN replace($note_replaced, '{clauses}', by_clauses) ELSE kept.note END AS note
FROM kept LEFT JOIN replaced USING (subject, rule)
WHERE kept.evidence IS NOT NULL OR kept.note IS NOT NULL OR by_clauses IS NOT NULL
ORDER BY subject, rule
"""
_INDICATORS = """
SELECT
    subject_id, indicators.indicator, capped.part, capped.raw / 100 AS raw_points, capped.cap / 100 AS cap,
    capped.points / 100 AS points
FROM capped
JOIN standing USING (subject)
JOIN judged USING (subject)
JOIN (SELECT DISTINCT indicator_number, indicator FROM rules) AS indicators USING (indicator_number)
WHERE capped.part = 'deduction' OR standing.has_bonus_round
ORDER BY subject, indicator_number
"""


def _table(frame: Frame, schema: pa.Schema) -> pa.Table:
    """The columns of ``schema`` alone; nothing delivered is an empty table."""
    if frame is None:
        return schema.empty_table()
    if isinstance(frame, pa.Table):
        return frame.select(schema.names).cast(schema)
    return pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False)


def _chosen(schema: pa.Schema, names: tuple[str, ...]) -> pa.Schema:
    return pa.schema([schema.field(name) for name in names])


def _settings(indicator_set: IndicatorSet, period: Period, cutoff: datetime) -> dict[str, Any]:
    unserving = indicator_set.no_services.unit_classes
    times, over = indicator_set.no_services.scale
    reasons = {f"reason_{name}": text for name, text in indicator_set.reasons}
    notes = {f"note_{name}": text for name, text in indicator_set.notes}
    return {
        "period": period.label,
        "start": period.start_at,
        "cutoff": cutoff,
        "unserving_classes": None if unserving is None else [unit_class.value for unit_class in unserving],
        "times": times,
        "over": over,
        **reasons,
        **notes,
    }


def _refuse_repeated_measures(connection: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT subject_id, clause FROM measured GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL LIMIT 1"
    for subject_id, clause in connection.execute(query).fetchall():
        raise ValueError(f"measured twice: subject {subject_id}, clause {clause}")


def _statements(step: str) -> Iterator[str]:
    text = (Path(__file__).parent / f"{step}.sql").read_text(encoding="utf-8")
    without_comments = re.sub(r"^--.*\n", "", text, flags=re.MULTILINE)
    yield from (statement for statement in re.split(r";\s*\n", without_comments) if statement.strip())


def _lines(connection: duckdb.DuckDBPyConnection, indicator_set: IndicatorSet) -> pd.DataFrame:
    """Put the words to the sorted numbers: to sort a million wide rows would take DuckDB three times the memory."""
    numbers = connection.sql(_LINES).to_arrow_table().combine_chunks()
    texts = connection.sql(_TEXTS, params={"note_replaced": indicator_set.notes.replaced}).to_arrow_table().combine_chunks()
    connection.execute("DROP VIEW kept; DROP TABLE resolved")
    subjects = connection.sql("SELECT subject_id FROM judged ORDER BY subject").to_arrow_table()["subject_id"]
    clauses = indicator_set.clauses
    text_at = pc.index_in(_keys(numbers), _keys(texts))
    columns = {
        "subject_id": subjects.combine_chunks().take(pc.subtract(_one(numbers["subject"]), 1)),
        "clause": pa.array([clause.id for clause in clauses]).take(_one(numbers["rule"])),
        "indicator": pa.array([clause.indicator for clause in clauses]).take(_one(numbers["rule"])),
        "part": pa.array([clause.part.value for clause in clauses]).take(_one(numbers["rule"])),
        "state": numbers["state"],
        "count": numbers["count"],
        "value": numbers["value"],
        "points": numbers["points"],
        "evidence": _one(texts["evidence"]).take(text_at),
        "basis": numbers["basis"],
        "note": _notes(_one(numbers["fixed_note"]), _one(texts["note"]), text_at, indicator_set),
    }
    del texts, numbers
    return pa.table(columns).cast(LINES).to_pandas(split_blocks=True, self_destruct=True)


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _keys(table: pa.Table) -> pa.Array:
    return pc.add(pc.multiply(_one(table["subject"]).cast(pa.int64()), 1 << 20), _one(table["rule"]))


def _notes(fixed: pa.DictionaryArray, texts: pa.Array, text_at: pa.Array, indicator_set: IndicatorSet) -> pa.Array:
    """A line's own note, before that the fixed one of its kind."""
    words = pa.array([getattr(indicator_set.notes, kind) for kind in fixed.dictionary.to_pylist()], pa.string())
    own = pc.if_else(texts.is_valid().take(text_at), pc.add(text_at, len(words)), None)
    return pa.concat_arrays([words, texts]).take(pc.coalesce(own, fixed.indices.cast(pa.int32())))


def _result(connection: duckdb.DuckDBPyConnection, query: str, schema: pa.Schema) -> pd.DataFrame:
    return connection.sql(query).to_arrow_table().select(schema.names).cast(schema).to_pandas()
