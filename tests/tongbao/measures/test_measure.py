"""The runner: parameters, conditions, as of, order of rows, and what was observed."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from tests.tongbao.measures.bench import ACCOUNT, Q3, SITE, Bench, Clause, at
from tongbao.errors import ConfigurationError
from tongbao.indicators import load_indicator_set
from tongbao.measures import FOLDER, Measured, measure, measure_names
from tongbao.period import Period

NATIONAL = load_indicator_set("national-2019").measure_clauses()


def fill(bench: Bench, period: str = "2020-Q3") -> None:
    """A little of every feed in the period, some of it in breach."""
    start = Period.parse(period).end_at
    day = at("2020-01-02") - at("2020-01-01")
    bench.probe_days((start - 7 * day).date().isoformat(), 7, outcome="timeout")
    bench.deliver(
        "updates",
        {"section": "首页", "section_class": "homepage", "observed_at": start - day, "last_published_at": start - 40 * day},
        {"section": "空", "observed_at": start - day, "item_count": 0},
        {
            "subject_id": ACCOUNT,
            "section": "账号",
            "section_class": "account",
            "observed_at": start - day,
            "last_published_at": None,
        },
    )
    bench.deliver("links", {"link": "http://a.example", "outcome": "dns", "attempts": 2, "checked_at": start - day})
    bench.deliver("messages", {"message_id": period, "received_at": start - 80 * day})


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bench, Measured]:
    """A little of every feed, and what the national set's measures say of it; read-only."""
    bench = Bench(tmp_path_factory.mktemp("filled"))
    fill(bench)
    return bench, bench.measured(*NATIONAL)


def test_the_national_set_uses_every_measure_and_every_measure_exists() -> None:
    assert {clause.measure for clause in NATIONAL} == set(measure_names())


def test_every_measure_says_what_it_yields_and_what_its_parameters_mean() -> None:
    for path in FOLDER.glob("*.sql"):
        title, *rest = path.read_text(encoding="utf-8").splitlines()
        assert re.fullmatch(r"-- (Share|Days|Number|1 when) .+\(.+\)\.", title), path.name
        assert all(not line.startswith("-- $") or ": " in line for line in rest), path.name


def test_values_come_sorted_with_one_row_a_subject_and_clause(filled: tuple[Bench, Measured]) -> None:
    values = filled[1].values
    assert values.columns.tolist() == ["subject_id", "clause", "value", "state", "evidence"]
    keys = list(zip(values.subject_id, values.clause, strict=True))
    assert keys == sorted(set(keys))
    assert {"VW2.1", "VW3.1", "VM2.1", "D1.9.1", "D4.3.1"} <= set(values[values.state == "breached"].clause)
    assert values[values.subject_id == ACCOUNT].clause.tolist() == ["VM2.1"]


def test_nothing_delivered_measures_nothing(bench: Bench) -> None:
    measured = bench.measured(*NATIONAL)
    assert measured.values.empty
    assert measured.observed.empty


def test_a_quarters_result_does_not_change_because_the_next_quarters_files_are_there(bench: Bench) -> None:
    fill(bench, "2020-Q2")
    second = Period.parse("2020-Q2")
    before = bench.measured(*NATIONAL, period=second)
    fill(bench, "2020-Q3")
    after = bench.measured(*NATIONAL, period=second)
    pd.testing.assert_frame_equal(before.values, after.values)
    pd.testing.assert_frame_equal(before.observed, after.observed)


def test_the_order_of_rows_and_files_is_irrelevant(filled: tuple[Bench, Measured], tmp_path: Path) -> None:
    bench, ours = filled
    shuffled = Bench(tmp_path / "shuffled")
    shuffled.folder.mkdir()
    for feed, paths in bench.batches.items():
        rows = [row for path in paths for row in pa.parquet.read_table(path).drop_columns("row_number").to_pylist()]
        random.Random(7).shuffle(rows)
        shuffled.deliver(feed, *rows)
    theirs = shuffled.measured(*NATIONAL)
    pd.testing.assert_frame_equal(ours.values, theirs.values)
    pd.testing.assert_frame_equal(ours.observed, theirs.observed)


CONDITIONS: list[tuple[dict[str, float], str]] = [
    ({"at_least": 2}, "breached"),
    ({"more_than": 2}, "met"),
    ({"at_most": 2}, "breached"),
    ({"less_than": 2}, "met"),
    ({"at_least": 1, "less_than": 3}, "breached"),
    ({"at_least": 1, "less_than": 2}, "met"),
]


@pytest.fixture(scope="module")
def two_empty(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Two empty sections of one website, judged by each condition."""
    bench = Bench(tmp_path_factory.mktemp("empty"))
    bench.deliver("updates", *({"section": f"空{i}", "observed_at": at("2020-09-01"), "item_count": 0} for i in range(2)))
    return bench.measured(*(Clause("empty_sections", {}, condition, str(condition)) for condition, _ in CONDITIONS)).values


@pytest.mark.parametrize(("condition", "state"), CONDITIONS)
def test_conditions_at_their_limit(two_empty: pd.DataFrame, condition: dict[str, float], state: str) -> None:
    assert two_empty.set_index("clause").state[str(condition)] == state


@pytest.mark.parametrize("condition", [None, {}, {"above": 3}, {"at_least": "3"}, {"at_least": True}])
def test_a_condition_that_cannot_be_read_is_refused(bench: Bench, condition: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"条款C1.*condition.*at_least"):
        bench.measured(Clause("empty_sections", {}, condition))


@pytest.mark.parametrize(
    ("clause", "says"),
    [
        (Clause("dead_links"), "条款C1所用测算“dead_links”的参数“on_homepage”没有填写"),
        (
            Clause("dead_links", {"on_homepage": True, "home": 1}),
            "条款C1所用测算“dead_links”的参数“home”不是该测算的参数。可用的参数：on_homepage",
        ),
        (Clause("dead_links", {"on_homepage": "yes"}), "应为true 或 false"),
        (Clause("availability", {"window_days": "seven"}), "应为整数"),
        (Clause("availability", {"window_days": -7}), "应为整数"),
        (Clause("availability", {"window_days": True}), "应为整数"),
        (Clause("availability", {"timeout_s": "15"}), "应为数值"),
        (Clause("availability", {"window_choice": "newest"}), "应为latest_covered 或 worst_covered"),
        (Clause("missing_section", {"classes": "policy"}), "应为文字的列表"),
        (Clause("missing_section", {"classes": None}), "应为文字的列表"),
        (Clause("long_stale_sections", {"months_by_class": {"notice": "6"}}), "对照表"),
        (Clause("no_such_measure"), "条款C1的测算“no_such_measure”不存在。现有的测算：availability、"),
        (Clause("../measures/availability"), "不存在"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(bench: Bench, clause: Clause, says: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        bench.measured(clause)
    assert says in str(refused.value)


def test_clauses_of_one_measure_with_the_same_parameters_share_a_run(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    import tongbao.measures as measures

    run_one = measures._run

    def counted(run: Any, given: Any, engine: Any) -> None:
        runs.append(run.statement.name)
        run_one(run, given, engine)

    monkeypatch.setattr(measures, "_run", counted)
    bench.deliver("updates", {"section": "空", "observed_at": at("2020-09-01"), "item_count": 0})
    values = bench.measured(
        Clause("empty_sections", {}, {"at_least": 1}, "A"),
        Clause("empty_sections", {"exclude_classes": []}, {"at_least": 5}, "B"),
        Clause("empty_sections", {"exclude_classes": ["other"]}, {"at_least": 1}, "C"),
        Clause(None, {}, None, "by people alone"),
    ).values
    assert runs == ["empty_sections", "empty_sections"]
    assert dict(zip(values.clause, values.state, strict=True)) == {"A": "breached", "B": "met", "C": "met"}


def office_measure(folder: Path, sql: str) -> Clause:
    folder.mkdir()
    (folder / "own.sql").write_text(sql, encoding="utf-8")
    return Clause("own", {}, {"at_least": 1})


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT subject_id, 1 AS value FROM subjects", "返回的列是subject_id、value，应为subject_id、value、state、evidence"),
        ("SELECT subject_id, 1 AS value, 'broken' AS state, NULL AS evidence FROM subjects", "未知的状态"),
        ("SELECT subject_id, 1 AS value, 'measured' AS state, '' AS evidence FROM subjects, range(2)", "多行"),
        ("SELECT nonsense FROM subjects", "无法执行"),
        ("SELECT $days FROM subjects", "声明的参数与语句使用的参数不一致：days"),
        ("-- $days INTEGER = 7: days\nSELECT 1", "声明的参数与语句使用的参数不一致：days"),
    ],
)
def test_a_measure_of_ones_own_that_is_wrong_is_refused(bench: Bench, tmp_path: Path, sql: str, says: str) -> None:
    clause = office_measure(tmp_path / "own", sql)
    with pytest.raises(ConfigurationError, match=says) as refused:
        bench.measured(clause, folder=tmp_path / "own")
    assert refused.value.place.file == "own.sql"


def test_a_measure_of_ones_own_needs_no_python(bench: Bench, tmp_path: Path) -> None:
    clause = office_measure(
        tmp_path / "own",
        '-- $words VARCHAR[] = ["投诉"]: words\n'
        "SELECT subject_id, count(*) AS value, 'measured' AS state, NULL AS evidence FROM findings "
        "WHERE has_any_word(description, $words::VARCHAR[]) AND found_at BETWEEN $period_start AND $cutoff GROUP BY subject_id",
    )
    bench.deliver(
        "findings", {"description": "接到投诉", "found_at": at("2020-09-01")}, {"description": "无", "found_at": at("2020-09-02")}
    )
    assert bench.value(clause, folder=tmp_path / "own") == 1


def test_only_subjects_given_are_measured_and_observed(bench: Bench) -> None:
    fill(bench)
    bench.subjects = bench.subjects[bench.subjects.subject_id == ACCOUNT]
    measured = bench.measured(*NATIONAL)
    assert set(measured.values.subject_id) == {ACCOUNT}
    assert set(measured.observed.subject_id) == {ACCOUNT}


def test_observed_counts_every_feed_within_the_period_up_to_the_cutoff(bench: Bench) -> None:
    early, late = at("2020-06-30 23:59:59"), at("2020-10-01 00:00:01")
    bench.deliver("probes", {"probed_at": at("2020-07-01")}, {"probed_at": early}, {"probed_at": late})
    bench.deliver(
        "updates", *({"section": "栏目", "observed_at": moment} for moment in (at("2020-08-01"), at("2020-09-29"), early, late))
    )
    bench.deliver("links", {"link": "http://a.example", "checked_at": at("2020-08-02")})
    bench.deliver("messages", {"message_id": "m1", "received_at": at("2020-08-03")}, {"message_id": "m2", "received_at": early})
    bench.deliver("findings", {"found_at": at("2020-08-04")}, {"found_at": late})
    bench.deliver("sample", {"checked_at": at("2020-10-01")}, {"subject_id": ACCOUNT, "checked_at": None})
    [row] = bench.measured().observed.to_dict("records")
    assert row == {"subject_id": SITE, "observations": 7, "last_at": at("2020-10-01")}
    assert str(row["last_at"].tz) == "Asia/Shanghai"


def test_what_a_firewall_answered_and_what_nobody_could_measure_is_no_observation(bench: Bench) -> None:
    bench.deliver("probes", {"probed_at": at("2020-07-01"), "outcome": "blocked"})
    bench.deliver(
        "findings", {"found_at": at("2020-08-01"), "state": "blocked"}, {"found_at": at("2020-08-02"), "state": "not_measured"}
    )
    [row] = bench.measured().observed.to_dict("records")
    assert row["observations"] == 0
    bench.deliver("probes", {"probed_at": at("2020-07-03"), "outcome": "timeout"})
    [row] = bench.measured().observed.to_dict("records")
    assert (row["observations"], row["last_at"]) == (1, at("2020-07-03"))


def test_files_across_the_bounds_lie_beside_files_within_and_outside(bench: Bench) -> None:
    bench.deliver("findings", {"found_at": at("2020-09-01")})
    bench.deliver("findings", {"found_at": at("2020-06-30")}, {"found_at": at("2020-09-02")}, {"found_at": at("2020-10-02")})
    bench.deliver("findings", {"found_at": at("2020-05-01")}, {"found_at": at("2020-05-02")})
    bench.deliver("sample", {"checked_at": None}, {"checked_at": at("2020-09-03")})
    [row] = bench.measured().observed.to_dict("records")
    assert (row["observations"], row["last_at"]) == (3, at("2020-09-03"))


def test_subjects_may_be_an_arrow_table(filled: tuple[Bench, Measured]) -> None:
    bench, ours = filled
    subjects = pa.Table.from_pandas(bench.subjects)
    theirs = measure(bench.batches, subjects, NATIONAL, period=Q3, cutoff=Q3.end_at)
    pd.testing.assert_frame_equal(ours.values, theirs.values)


def test_paths_with_quotes_and_brackets_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "旗's [档案]"
    folder.mkdir()
    bench = Bench(folder)
    bench.deliver("updates", {"section": "空", "observed_at": at("2020-09-01"), "item_count": 0})
    assert bench.value(Clause("empty_sections")) == 1
