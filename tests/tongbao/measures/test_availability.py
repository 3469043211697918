"""VW2: the share of failed homepage probes in the newest covered week."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.tongbao.measures.bench import ACCOUNT, Bench, Cases, Clause, at
from tongbao import measures

AVAILABILITY = Clause("availability", {}, {"at_least": 0.05})


def failing(failed: int, of: int, first: str = "2020-09-24", **probe: Any) -> list[dict[str, Any]]:
    """A covered week of ``of`` probes, the first ``failed`` of which carry ``probe``."""
    per_day = -(-of // 7)
    rows: list[dict[str, Any]] = [
        {"probed_at": at(first) + i // per_day * (at("2020-01-02") - at("2020-01-01")) + i % per_day * HALF_HOUR}
        for i in range(of)
    ]
    for row in rows[:failed]:
        row |= probe or {"outcome": "timeout", "elapsed_s": 15.0}
    return rows


HALF_HOUR = at("2020-01-01 00:30") - at("2020-01-01")


WEEKS = {
    "exactly 5 %": (7, 140, "breached"),
    "4.97 %": (8, 161, "met"),
    "4.29 %": (6, 140, "met"),
    "none": (0, 140, "met"),
    "all": (140, 140, "breached"),
}


@pytest.mark.parametrize("case", WEEKS)
def test_a_veto_begins_at_exactly_five_percent(cases: Cases, case: str) -> None:
    failed, of, state = WEEKS[case]
    row = cases.row(case, "probes", AVAILABILITY, {name: failing(n, m) for name, (n, m, _) in WEEKS.items()})
    assert row is not None
    assert (row["value"], row["state"]) == (failed / of, state)


PROBES = [("ok", 15.0, True), ("ok", 14.9, False), ("ok", None, False), ("http_5xx", 0.1, True), ("dns", None, True)]


@pytest.mark.parametrize(("outcome", "elapsed_s", "fails"), PROBES)
def test_a_probe_fails_by_its_outcome_or_at_the_time_limit(
    cases: Cases, outcome: str, elapsed_s: float | None, fails: bool
) -> None:
    rows = {f"{answer} {after}": failing(7, 140, outcome=answer, elapsed_s=after) for answer, after, _ in PROBES}
    row = cases.row(f"{outcome} {elapsed_s}", "probes", AVAILABILITY, rows)
    assert row is not None
    assert row["value"] == (0.05 if fails else 0)


def test_the_time_limit_is_a_parameter(bench: Bench) -> None:
    bench.deliver("probes", *failing(7, 140, outcome="ok", elapsed_s=10.0))
    assert bench.state(Clause("availability", {"timeout_s": 10}, {"at_least": 0.05})) == "breached"


@pytest.mark.parametrize(("per_day", "state"), [(20, "met"), (19, "not_measured")])
def test_a_day_needs_twenty_spaced_probes(bench: Bench, per_day: int, state: str) -> None:
    bench.probe_days("2020-09-24", 7, per_day)
    assert bench.state(AVAILABILITY) == state


def test_twenty_probes_within_one_hour_are_not_spaced(bench: Bench) -> None:
    minutes = at("2020-01-01 00:01") - at("2020-01-01")
    days = at("2020-01-02") - at("2020-01-01")
    bench.deliver("probes", *({"probed_at": at("2020-09-24") + d * days + m * minutes} for d in range(7) for m in range(40)))
    row = bench.row(AVAILABILITY)
    assert row is not None
    assert row["state"] == "not_measured"
    assert "达到次数的共0天" in row["evidence"]


def test_the_newest_covered_week_counts_when_a_day_is_missing(bench: Bench) -> None:
    bench.probe_days("2020-09-10", 15, outcome="timeout")
    bench.probe_days("2020-09-26", 5)
    row = bench.row(AVAILABILITY)
    assert row is not None
    assert (row["value"], row["state"]) == (1, "breached")
    assert row["evidence"].startswith("2020-09-18至2020-09-24探测140次，失败140次，占100.00%：2020-09-18失败20次、")


def test_a_window_long_before_the_newest_days_is_found(bench: Bench) -> None:
    bench.probe_days("2020-07-01", 7, outcome="timeout")
    bench.probe_days("2020-09-25", 6)
    assert bench.state(AVAILABILITY) == "breached"


def test_six_days_are_no_window(bench: Bench) -> None:
    bench.probe_days("2020-09-25", 6)
    assert bench.state(AVAILABILITY) == "not_measured"


def test_days_before_the_period_do_not_complete_a_window(bench: Bench) -> None:
    bench.probe_days("2020-06-28", 9)
    assert bench.state(AVAILABILITY) == "not_measured"


def test_the_day_cut_by_the_cutoff_is_not_whole(bench: Bench) -> None:
    bench.probe_days("2020-09-01", 7, per_day=48)
    assert bench.state(AVAILABILITY, cutoff=at("2020-09-07 23:59:59")) == "not_measured"
    assert bench.state(AVAILABILITY, cutoff=at("2020-09-08")) == "met"


def test_a_late_cutoff_opens_no_window_after_the_period(bench: Bench) -> None:
    bench.probe_days("2020-09-24", 7)
    bench.probe_days("2020-10-01", 7, outcome="timeout")
    assert bench.state(AVAILABILITY, cutoff=at("2020-10-09")) == "met"


def test_blocked_probes_count_neither_way(bench: Bench) -> None:
    bench.probe_days("2020-09-24", 7)
    late = at("2020-01-01 20:00") - at("2020-01-01")
    bench.deliver(
        "probes", *({"probed_at": at(f"2020-09-{day}") + late, "outcome": "blocked", "elapsed_s": 30.0} for day in range(24, 31))
    )
    assert bench.value(AVAILABILITY) == 0


@pytest.mark.parametrize(("blocked", "state"), [(5, "blocked"), (4, "not_measured")])
def test_a_window_only_blocked_probes_complete_is_blocked(bench: Bench, blocked: int, state: str) -> None:
    bench.probe_days("2020-09-24", 7, per_day=15)
    late = at("2020-01-01 10:00") - at("2020-01-01")
    bench.deliver(
        "probes",
        *(
            {"probed_at": at(f"2020-09-{day}") + late + slot * HALF_HOUR, "outcome": "blocked"}
            for day in range(24, 31)
            for slot in range(blocked)
        ),
    )
    row = bench.row(AVAILABILITY)
    assert row is not None
    assert row["state"] == state
    assert row["value"] != row["value"], "no number is given"
    assert ("防火墙" in row["evidence"]) is (state == "blocked")


def test_the_worst_covered_window_is_a_choice(bench: Bench) -> None:
    bench.probe_days("2020-07-10", 7, outcome="dns")
    bench.probe_days("2020-09-01", 30)
    assert bench.value(AVAILABILITY) == 0
    worst = bench.row(Clause("availability", {"window_choice": "worst_covered"}, {"at_least": 0.05}))
    assert worst is not None
    assert (worst["value"], worst["evidence"][:21]) == (1, "2020-07-10至2020-07-16")


def test_window_and_coverage_are_parameters(bench: Bench) -> None:
    bench.probe_days("2020-09-28", 3, per_day=4)
    assert bench.state(Clause("availability", {"window_days": 3, "min_probes_per_day": 4}, {"at_least": 0.05})) == "met"


def test_accounts_have_no_homepage(bench: Bench) -> None:
    bench.probe_days("2020-09-24", 7, subject_id=ACCOUNT)
    assert bench.row(AVAILABILITY, subject=ACCOUNT) is None


def test_no_probe_at_all_is_no_row(bench: Bench) -> None:
    assert bench.row(AVAILABILITY) is None


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    engine = duckdb.connect()
    engine.execute((Path(measures.__file__).parent / "base" / "macros.sql").read_text(encoding="utf-8"))
    return engine


@pytest.mark.parametrize(
    ("failures", "probes", "printed"),
    [(20, 140, 14.29), (7, 140, 5), (4998, 100_000, 4.99), (5001, 100_000, 5), (139, 140, 99.29), (99_999, 100_000, 99.99)],
)
def test_a_share_is_rounded_but_never_up_to_a_limit_it_did_not_reach(
    engine: duckdb.DuckDBPyConnection, failures: int, probes: int, printed: float
) -> None:
    assert engine.sql(f"SELECT percentage({failures}::BIGINT, {probes}::BIGINT)").fetchall() == [(printed,)]
