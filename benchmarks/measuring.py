"""Measuring and scoring the named workloads, each in a fresh process, beside a bare group-by of the same files.

The bare group-by reads of every Parquet file that measuring reads two columns and no more, those without which nothing could be
said of any subject: whose observation it is and when it was made. It counts them and takes the last by subject, in an engine
with as many threads. Measuring is taken whole: opening the engine, every measure of the national set, counting what was
observed, judging, and handing over the tables. Both run in turn in one process, the best of each counts.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

from benchmarks import Result
from benchmarks.child import run_child
from benchmarks.workloads import PERIOD, WORKLOADS, Workload, files

INDICATORS = "national-2019"
BUDGETS = {"W2": (2.0, 512.0), "W3": (10.0, 2048.0)}
TIMES_BARE = 5.0
REPEATS = 3
_T = TypeVar("_T")


def main(names: tuple[str, ...] = tuple(WORKLOADS)) -> list[Result]:
    """Make the workloads where they are missing, then measure each in a process of its own."""
    for name in names:
        files(WORKLOADS[name])
    measured = {name: json.loads(run_child("benchmarks.measuring", name).printed) for name in names}
    return [result for name in names for result in _results(WORKLOADS[name], measured[name])]


def _results(workload: Workload, facts: dict[str, Any]) -> list[Result]:
    seconds, peak = BUDGETS.get(workload.name, (0.0, 0.0))
    both, bare = facts["measuring"] + facts["scoring"], facts["bare_best"]
    return [
        Result(
            f"{workload.name} {workload.title}: measuring + scoring",
            both,
            facts["peak_mib"],
            f"{facts['measuring']:.2f} s + {facts['scoring']:.2f} s; {facts['values']:,} values, {facts['lines']:,} lines",
            f"≤ {seconds:g} s, ≤ {peak:g} MiB" if seconds else "",
        ),
        Result(
            f"{workload.name} {workload.title}: measures against a bare group-by",
            facts["whole_best"],
            facts["peak_mib"],
            f"{facts['whole_best'] / bare:.1f} × a bare group-by's {bare:.2f} s, best of {REPEATS} each in turn",
            f"≤ {TIMES_BARE:g} ×" if workload.name == "W3" else "",
        ),
    ]


def run(name: str) -> dict[str, Any]:
    """Measure and score one workload in this process; peak memory is taken before the comparison."""
    import pyarrow.parquet as pq

    from tongbao.indicators import load_indicator_set
    from tongbao.measures import Measured, measure
    from tongbao.scoring import ScoreSheet, score

    paths = files(WORKLOADS[name])
    batches = {feed: feed_paths for feed, feed_paths in paths.items() if feed != "roster"}
    subjects = pq.read_table(paths["roster"][0])
    rules = load_indicator_set(INDICATORS)

    def measured() -> Measured:
        return measure(batches, subjects, rules.measure_clauses(), period=PERIOD, cutoff=PERIOD.end_at)

    def scored(values: Measured) -> ScoreSheet:
        findings = pq.read_table(paths["findings"])
        return score(subjects, values.values, findings, None, rules, PERIOD, PERIOD.end_at, values.observed)

    values, measuring = _timed(measured)
    sheet, scoring = _timed(lambda: scored(values))
    facts = {
        "measuring": measuring,
        "scoring": scoring,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "values": len(values.values),
        "lines": len(sheet.lines),
    }
    works: dict[str, Callable[[], object]] = {"bare": lambda: bare_group_by(batches), "whole": measured}
    turns = [{name: _timed(work)[1] for name, work in works.items()} for _ in range(REPEATS)]
    return facts | {f"{name}_best": min(turn[name] for turn in turns) for name in works}


def bare_group_by(batches: dict[str, list[str]]) -> None:
    """Count every row and take its last time by subject: the least any measuring could cost."""
    import duckdb

    from tongbao.feeds import FEEDS

    with duckdb.connect(config={"threads": 2}) as engine:
        for feed, paths in batches.items():
            # Summed up outside, or the engine would leave out what nobody asks for.
            engine.execute(
                f"SELECT count(*), sum(rows), max(last) FROM (SELECT subject_id, count(*) AS rows, "
                f"max({FEEDS[feed].observed}) AS last FROM read_parquet({paths}) GROUP BY subject_id)"
            ).fetchall()


def _timed(work: Callable[[], _T]) -> tuple[_T, float]:
    started = time.perf_counter()
    made = work()
    return made, time.perf_counter() - started


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1])))
