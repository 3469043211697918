"""Measures: one SQL file each, run over the accepted batches as of a cutoff.

A measure is a SELECT over the tables of :mod:`tongbao.measures.views` and :mod:`tongbao.measures.derived` that returns
subject_id, value, state (measured, not_measured, blocked) and evidence, at most one row per subject. A clause names its
measure, the parameters and the condition that makes a value a breach; a new clause needs YAML, and a new file here only if
it measures something new.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tongbao.errors import ConfigurationError, Place
from tongbao.measures.derived import OBSERVED_IN, Derived, derived_tables, observed
from tongbao.measures.statement import FOLDER, MeasureClause, Statement, load_statement, measure_names
from tongbao.measures.views import connect, create_views, session
from tongbao.period import Period

__all__ = ["FOLDER", "MeasureClause", "Measured", "measure", "measure_names"]

_COLUMNS = ["subject_id", "value", "state", "evidence"]
_OPERATORS = {"at_least": ">=", "more_than": ">", "at_most": "<=", "less_than": "<"}
_NOTHING = """SELECT NULL::VARCHAR AS subject_id, NULL::VARCHAR AS clause, NULL::DOUBLE AS value, NULL::VARCHAR AS state,
    NULL::VARCHAR AS evidence WHERE false"""
_T = TypeVar("_T")


@dataclass(frozen=True)
class Measured:
    """What the measures found.

    ``values``: subject_id, clause, value (float), state (met, breached, not_measured, blocked), evidence; sorted by
    subject_id, clause; a subject without a row for a clause is not measured by it.
    ``observed``: subject_id, observations, last_at (Asia/Shanghai) over every feed and the checks of the sample.
    """

    values: pd.DataFrame
    observed: pd.DataFrame


@dataclass(frozen=True)
class _Run:
    """One statement with one set of parameters, and the clauses that judge its values."""

    table: str
    statement: Statement
    parameters: dict[str, Any]
    clauses: list[MeasureClause]


def measure(
    batches: Mapping[str, Sequence[str]],
    subjects: pd.DataFrame | pa.Table,
    clauses: Iterable[MeasureClause],
    *,
    period: Period,
    cutoff: datetime,
    threads: int = 2,
    memory_limit: str = "1GiB",
    folder: Path = FOLDER,
) -> Measured:
    """Measure the clauses for the subjects as of the cutoff.

    Args:
        batches: feed name to the Parquet paths of its batches in force, oldest first.
        subjects: the roster's rows in operation (columns of ``feeds.ROSTER``).
        clauses: those with a measure are run; the same measure with the same parameters runs once.
        period: observations count from its start; availability windows lie inside it.
        cutoff: aware instant; what was observed after it is not seen.
        threads: how many the engine may use.
        memory_limit: of the engine; beyond it intermediate results go to a temporary folder.
        folder: where the measures' SQL files lie.

    Raises:
        ConfigurationError: a measure, parameter or condition is wrong; names clause, measure and parameter.
    """
    runs = _plan(clauses, folder)
    with tempfile.TemporaryDirectory(prefix="tongbao-measures-") as spill, connect(threads, memory_limit, spill) as engine:
        create_views(engine, batches, subjects, period, cutoff)
        words = {word for run in runs for word in run.statement.words}
        derived = derived_tables(words, batches.get("messages", ()), cutoff)
        seen = _execute(engine, runs, derived, period, cutoff, threads)
        return Measured(_judge(engine, runs).to_pandas(), seen.to_pandas())


def _plan(clauses: Iterable[MeasureClause], folder: Path) -> list[_Run]:
    """Bind every clause to its measure; clauses with equal measure and parameters share a run."""
    runs: dict[str, _Run] = {}
    for clause in clauses:
        if clause.measure is None:
            continue
        statement = load_statement(clause, folder)
        parameters = statement.bind(clause)
        # A condition that cannot be read is refused before any work is done.
        _comparison(clause)
        key = json.dumps([statement.name, parameters], sort_keys=True)
        runs.setdefault(key, _Run(f"run_{len(runs)}", statement, parameters, [])).clauses.append(clause)
    return list(runs.values())


def _execute(
    engine: duckdb.DuckDBPyConnection, runs: list[_Run], derived: list[Derived], period: Period, cutoff: datetime, threads: int
) -> pa.Table:
    """Keep the rows of every run in the engine under the run's name, and return what was observed.

    Statements that do not need one another go side by side, since planning and small groups keep one thread alone busy. Work is
    begun in the order it is handed in, derived tables first: who waits for a table waits for one that is being made.
    """
    given = {"cutoff": cutoff, "period_start": period.start_at, "period_end": period.end_at}
    making: dict[str, Future[object]] = {}

    def work(function: Callable[[duckdb.DuckDBPyConnection], _T], words: Set[str]) -> _T:
        for table in making.keys() & words:
            making[table].result()
        with session(engine) as own:
            return function(own)

    with ThreadPoolExecutor(threads) as pool:
        for part in derived:
            making.update(dict.fromkeys(part.tables, pool.submit(work, part.create, frozenset())))
        waiting = [run for run in runs if making.keys() & run.statement.words]
        ready = [run for run in runs if run not in waiting]
        done = [pool.submit(work, partial(_run, run, given), run.statement.words) for run in ready]
        seen = pool.submit(work, lambda own: observed(own, period), OBSERVED_IN)
        done += [pool.submit(work, partial(_run, run, given), run.statement.words) for run in waiting]
        for future in done:
            future.result()
        return seen.result()


def _run(run: _Run, given: dict[str, Any], engine: duckdb.DuckDBPyConnection) -> None:
    values = run.parameters | {key: value for key, value in given.items() if key in run.statement.used}
    try:
        engine.execute(f"CREATE TABLE {run.table} AS {run.statement.sql}", values).fetchall()
    except (duckdb.ProgrammingError, duckdb.DataError) as error:
        raise _broken(run, f"无法执行：{error}") from error
    columns = [column for column, *_ in engine.execute(f"FROM {run.table} LIMIT 0").description or ()]
    if columns != _COLUMNS:
        raise _broken(run, f"返回的列是{'、'.join(columns)}，应为{'、'.join(_COLUMNS)}")


def _select(clause: MeasureClause, name: str) -> str:
    breached = " AND ".join(_comparison(clause))
    return f"""SELECT subject_id, '{clause.id.replace("'", "''")}' AS clause, value::DOUBLE AS value,
        CASE WHEN state IN ('not_measured', 'blocked') THEN state WHEN state <> 'measured' THEN NULL
            WHEN value IS NULL THEN 'not_measured' WHEN {breached} THEN 'breached' ELSE 'met' END AS state,
        evidence::VARCHAR AS evidence FROM {name}"""


def _comparison(clause: MeasureClause) -> list[str]:
    condition = clause.condition or {}
    limits = {key: limit for key, limit in condition.items() if isinstance(limit, int | float) and not isinstance(limit, bool)}
    if not condition or set(limits) != set(condition) or not set(limits) <= set(_OPERATORS):
        raise ConfigurationError(
            f"条款{clause.id}所用测算“{clause.measure}”的判定界限 condition 写法不对：{dict(condition)}",
            remedy="应写 at_least（不小于）、more_than（大于）、at_most（不大于）或 less_than（小于）加数值，如 {at_least: 5}",
            value=clause.id,
        )
    return [f"value {_OPERATORS[key]} {float(limit)!r}::DOUBLE" for key, limit in limits.items()]


def _judge(engine: duckdb.DuckDBPyConnection, runs: list[_Run]) -> pa.Table:
    """Put the judged rows of all clauses together, and refuse the work of a measure that breaks its contract."""
    union = " UNION ALL ".join([_NOTHING, *(_select(clause, run.table) for run in runs for clause in run.clauses)])
    rows = engine.sql(f"FROM ({union}) ORDER BY subject_id, clause").to_arrow_table()
    subject, clause = rows["subject_id"].combine_chunks(), rows["clause"].combine_chunks()
    again = pc.and_(pc.equal(subject[1:], subject[:-1]), pc.equal(clause[1:], clause[:-1]))
    wrong = set(clause[1:].filter(again).to_pylist()) | set(clause.filter(pc.is_null(rows["state"].combine_chunks())).to_pylist())
    for run in runs:
        if wrong & {clause.id for clause in run.clauses}:
            raise _broken(run, "同一对象返回了多行，或者返回了未知的状态")
    return rows


def _broken(run: _Run, what: str) -> ConfigurationError:
    ids = "、".join(clause.id for clause in run.clauses)
    return ConfigurationError(
        f"条款{ids}所用测算“{run.statement.name}”{what}",
        remedy="请对照该文件开头的说明检查语句",
        place=Place(file=f"{run.statement.name}.sql"),
        value=run.statement.name,
    )
