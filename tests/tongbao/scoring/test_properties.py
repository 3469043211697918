"""What holds whatever was found: order is irrelevant, caps hold, a veto dominates, only breaches deduct."""

from __future__ import annotations

import io
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongbao.indicators import load_indicator_set
from tongbao.period import Period
from tongbao.scoring import ScoreSheet, score

PERIOD = Period.parse("2020-Q3")
NATIONAL = load_indicator_set("national-2019")
STATES = ("met", "breached", "not_measured", "blocked")
KINDS = {
    "website": [c.id for c in NATIONAL.clauses if c.scope.kind == "website"],
    "account": [c.id for c in NATIONAL.clauses if c.scope.kind == "account"],
}
MEASURED = {kind: [c.id for c in NATIONAL.measure_clauses() if c.scope.kind == kind] for kind in KINDS}
AS_FOUND = settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])

finding = st.fixed_dictionaries(
    {
        "clause": st.integers(0, 1000),
        "state": st.sampled_from(("breached", *STATES)),
        "count": st.integers(0, 30),
        "description": st.sampled_from((None, "甲处", "乙处")),
        "inspector": st.sampled_from((None, "检查员甲")),
        "day": st.integers(-2, 94),
    }
)
measure = st.tuples(st.sampled_from(STATES), st.integers(0, 12))
subject = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(("website", "website", "account")),
        "is_portal": st.booleans(),
        "has_services": st.booleans(),
        "unit_class": st.sampled_from((None, "government", "state_department", "department")),
        "findings": st.lists(finding, max_size=14),
        "measures": st.dictionaries(st.integers(0, 30), measure, max_size=8),
        "is_checked": st.booleans(),
    }
)
subjects = st.lists(subject, min_size=1, max_size=6)


def add(world, subject_id, drawn):
    """Write one drawn subject into the world."""
    kind = drawn["kind"]
    place = world.account if kind == "account" else world.website
    columns = {key: drawn[key] for key in ("has_services", "unit_class")}
    place(subject_id, **columns, is_portal=drawn["is_portal"] and kind == "website")
    clauses = KINDS[kind]
    for row in drawn["findings"]:
        at = PERIOD.start_at + timedelta(days=row["day"])
        rest = {key: row[key] for key in ("state", "description", "inspector")}
        world.found(subject_id, clauses[row["clause"] % len(clauses)], row["count"], found_at=at, **rest)
    for place_in_set, (state, value) in drawn["measures"].items():
        if place_in_set < len(MEASURED[kind]):
            world.measured(subject_id, MEASURED[kind][place_in_set], state, float(value))
    if drawn["is_checked"]:
        world.checked(subject_id)


def parquet_bytes(sheet):
    files = []
    for table in sheet.to_tables().values():
        files.append(io.BytesIO())
        pq.write_table(table, files[-1])
    return [file.getvalue() for file in files]


@AS_FOUND
@given(drawn=subjects, seed=st.randoms(use_true_random=False))
def test_one_sheet_keeps_every_rule_and_the_order_of_rows_is_irrelevant(worlds, drawn, seed):
    world = worlds()
    for number, one in enumerate(drawn):
        add(world, f"s{number}", one)
    sheet = world.judge().sheet
    lines, indicators, verdicts = sheet.lines, sheet.indicators, sheet.verdicts.set_index("subject_id")
    assert not lines.duplicated(["subject_id", "clause"]).any()
    assert (indicators["points"] <= indicators["cap"]).all()
    assert (indicators["points"] == indicators[["raw_points", "cap"]].min(axis=1)).all()
    silent = lines[lines["state"].isin(["not_measured", "blocked"])]
    assert (silent["points"] == 0).all()
    charged = lines[(lines["part"] == "deduction") & (lines["points"] > 0)]
    assert (charged["state"] == "breached").all()
    assert (charged["evidence"].fillna("") != "").all()
    assert set(verdicts.index) == {f"s{number}" for number in range(len(drawn))}
    vetoed = set(lines[(lines["part"] == "veto") & (lines["state"] == "breached")]["subject_id"])
    assert set(verdicts[verdicts["vetoes"] != ""].index) == vetoed
    for subject_id in vetoed:
        assert verdicts.loc[subject_id, "verdict"] == "unqualified"
        assert set(lines[lines["subject_id"] == subject_id]["part"]) == {"veto"}
    scored = verdicts[verdicts["score"].notna()]
    sums = indicators[indicators["part"] == "deduction"].groupby("subject_id")["points"].sum().round(2)
    assert scored["deducted"].to_dict() == sums.to_dict()
    assert ((scored["base"] < 60) == (scored["verdict"] == "unqualified")).all()
    assert ((scored["bonus"] == 0) | (scored["base"] > 80)).all()
    assert ScoreSheet.from_tables(sheet.to_tables()).to_tables() == sheet.to_tables()
    for rows in (world.subjects, world.findings, world.measures, world.checks):
        seed.shuffle(rows)
    assert parquet_bytes(world.judge().sheet) == parquet_bytes(sheet)


@AS_FOUND
@given(drawn=subject, clause=st.integers(0, 1000), day=st.integers(0, 91), by_person=st.booleans())
def test_one_more_met_never_lowers_a_score_and_a_persons_last_word_clears(worlds, drawn, clause, day, by_person):
    world = worlds()
    clauses = KINDS[drawn["kind"]]
    cleared = clauses[clause % len(clauses)]
    for subject_id in ("before", "after"):
        add(world, subject_id, drawn)
    row = {"state": "met", "found_at": PERIOD.start_at + timedelta(days=day)}
    world.found("after", cleared, inspector="检查员乙" if by_person else None, **row)
    judged = world.judge()
    before, after = judged.verdict("before"), judged.verdict("after")
    if before["verdict"] != "not_inspected":
        assert (before["verdict"], after["verdict"]) != ("qualified", "unqualified")
        if before["score"] is not None:
            assert after["score"] >= before["score"]
    told = {row["clause"]: row for row in judged.sheet.lines.query("subject_id == 'after'").to_dict("records")}
    last = all(row["day"] <= day for row in drawn["findings"])
    if by_person and last and cleared in told:
        assert told[cleared]["state"] == "met"


@pytest.mark.parametrize("form", ["arrow", "pandas", "none"])
def test_the_form_of_the_input_is_irrelevant(world, form):
    world.account("a")
    world.checked("a")
    tables = world.tables()
    empty = [name for name, table in tables.items() if not len(table)]
    expected = parquet_bytes(world.judge().sheet)
    if form == "pandas":
        tables = {name: table.to_pandas() for name, table in tables.items()}
    if form == "none":
        tables |= dict.fromkeys(empty)
    sheet = score(**tables, indicator_set=NATIONAL, period=PERIOD, cutoff=PERIOD.end_at)
    assert parquet_bytes(sheet) == expected
