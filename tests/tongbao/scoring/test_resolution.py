"""From measures, tools, persons and checks to one of four states."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from tongbao.period import SHANGHAI

EARLY = datetime(2020, 8, 1, tzinfo=SHANGHAI)
LATE = datetime(2020, 9, 20, tzinfo=SHANGHAI)
START = datetime(2020, 7, 1, tzinfo=SHANGHAI)
CUTOFF = datetime(2020, 10, 1, tzinfo=SHANGHAI)
TOOL = {"inspector": None, "source": "爬虫"}
BARE = {"description": None, "evidence": None}

# measure of D4.3.1 (state, value), findings on it (count, columns) → state, count, basis
CASES = {
    "measure alone": (("breached", 3), [], ("breached", 3, "measure")),
    "measure met": (("met", 0), [], ("met", 0, "measure")),
    "measure blocked": (("blocked", None), [], ("blocked", None, "measure")),
    "measure without result": (("not_measured", None), [], ("not_measured", None, "measure")),
    "nothing known": (None, [], ("not_measured", None, "none")),
    "person alone": (None, [(2, {})], ("breached", 2, "person")),
    "person's counts add up": (None, [(2, {}), (3, {"description": "又三个"})], ("breached", 5, "person")),
    "person wins over measure": (("breached", 3), [(1, {})], ("breached", 1, "person")),
    "person clears the measure": (("breached", 3), [(0, {"state": "met"})], ("met", 0, "person")),
    "cleared, then breached again": (
        None,
        [(4, {"found_at": EARLY, "state": "met"}), (2, {"found_at": LATE})],
        ("breached", 2, "person"),
    ),
    "breached, then cleared": (
        ("breached", 3),
        [(2, {"found_at": EARLY}), (1, {"found_at": LATE, "state": "met"})],
        ("met", 0, "person"),
    ),
    "cleared at the same instant": (None, [(2, {}), (1, {"state": "met"})], ("met", 0, "person")),
    "person without evidence": (None, [(2, BARE)], ("not_measured", None, "person")),
    "without evidence against met": (("met", 0), [(2, BARE)], ("not_measured", None, "person")),
    "without evidence, yet measured": (("breached", 3), [(2, BARE)], ("breached", 3, "measure")),
    "evidence without description": (None, [(2, {"description": None, "evidence": "截图1"})], ("breached", 2, "person")),
    "blank is no evidence": (None, [(2, {"description": "  ", "evidence": ""})], ("not_measured", None, "person")),
    "only the evidenced count": (None, [(2, {}), (5, BARE)], ("breached", 2, "person")),
    "a count of none": (None, [(0, {})], ("not_measured", None, "person")),
    "unknown count is one": (None, [(None, {})], ("breached", 1, "person")),
    "person blocked": (("breached", 3), [(1, {"state": "blocked"})], ("blocked", None, "person")),
    "person could not measure": (("breached", 3), [(1, {"state": "not_measured"})], ("not_measured", None, "person")),
    "tool alone": (None, [(2, TOOL)], ("breached", 2, "tool")),
    "tool and measure: the larger, never both": (("breached", 3), [(2, TOOL)], ("breached", 3, "measure")),
    "tool saw more": (("breached", 3), [(4, TOOL)], ("breached", 4, "tool")),
    "tool breached, measure met": (("met", 0), [(2, TOOL)], ("breached", 2, "tool")),
    "tool cannot clear a measure": (("breached", 3), [(1, {**TOOL, "state": "met"})], ("breached", 3, "measure")),
    "tool met": (None, [(1, {**TOOL, "state": "met"})], ("met", 0, "tool")),
    "tool without evidence": (None, [(2, {**TOOL, **BARE})], ("not_measured", None, "tool")),
    "person clears the tool": (None, [(5, TOOL), (1, {"state": "met"})], ("met", 0, "person")),
    "before the period": (None, [(2, {"found_at": START - timedelta(microseconds=1)})], ("not_measured", None, "none")),
    "at the period's first instant": (None, [(2, {"found_at": START})], ("breached", 2, "person")),
    "at the cutoff": (None, [(2, {"found_at": CUTOFF})], ("breached", 2, "person")),
    "after the cutoff": (None, [(2, {"found_at": CUTOFF + timedelta(microseconds=1)})], ("not_measured", None, "none")),
    "the same instant in another zone": (None, [(2, {"found_at": START.astimezone(UTC)})], ("breached", 2, "person")),
}


def test_every_case_of_one_clause(world):
    for name, (measure, findings, _) in CASES.items():
        world.portal(name)
        if measure:
            world.measured(name, "D4.3.1", *measure)
        for count, columns in findings:
            world.found(name, "D4.3.1", count, **columns)
    judged = world.judge()
    seen = {name: tuple(judged.line(name, "D4.3.1")[["state", "count", "basis"]]) for name in CASES}
    assert seen == {name: expected for name, (_, _, expected) in CASES.items()}
    for name, (_, _, (state, count, _)) in CASES.items():
        points = round(min(count, 5) * 0.2, 2) if state == "breached" else 0
        assert (name, judged.verdict(name)["deducted"]) == (name, points)


def test_a_clause_only_a_person_can_see_counts_as_met_when_the_check_is_on_record(world):
    world.portal("checked")
    world.checked("checked")
    world.portal("drawn")
    world.checked("drawn", None)
    world.portal("later")
    world.checked("later", CUTOFF + timedelta(days=1))
    judged = world.judge()
    line = judged.line("checked", "D3.1.1")
    assert (line["state"], line["basis"], line["note"]) == ("met", "check_on_record", "检查记录在案，未报告问题")
    assert judged.line("checked", "D4.3.1")["state"] == "not_measured"
    for subject in ("drawn", "later"):
        assert tuple(judged.line(subject, "D3.1.1")[["state", "basis"]]) == ("not_measured", "none")


def test_a_check_on_record_earns_no_bonus(world):
    world.portal("checked")
    world.checked("checked")
    judged = world.judge()
    line = judged.line("checked", "B5.1")
    assert (line["state"], line["points"], line["note"]) == ("not_measured", 0, "未报告加分事项")
    assert judged.verdict("checked")["score"] == 100


def test_a_bonus_is_what_was_reported_as_done(world):
    cases = [
        ([{"state": "met"}], "met", 3.0),
        ([{"state": "met", **BARE}], "not_measured", 0.0),
        ([{"state": "breached"}], "breached", 0.0),
        ([{"state": "met", "found_at": EARLY}, {"state": "breached", "found_at": LATE}], "breached", 0.0),
        ([{"state": "breached", "found_at": EARLY}, {"state": "met", "found_at": LATE}], "met", 3.0),
    ]
    for place, (rows, _, _) in enumerate(cases):
        world.portal(str(place))
        for columns in rows:
            world.found(str(place), "B5.1", **columns)
    judged = world.judge()
    for place, (_, state, points) in enumerate(cases):
        assert tuple(judged.line(str(place), "B5.1")[["state", "points"]]) == (state, points)
        assert judged.verdict(str(place))["breached"] == 0


def test_a_number_of_things_is_a_veto_from_its_number_on(world):
    limits = {"VW4.1": 5, "VW4.2": 10, "VW4.3": 5, "VW6.2": 5}
    for clause, limit in limits.items():
        world.found(world.website(f"{clause} under"), clause, limit - 1)
        world.website(f"{clause} exact")
        for item in range(limit):
            world.found(f"{clause} exact", clause, 1, description=f"第{item}个")
    judged = world.judge()
    for clause, limit in limits.items():
        assert judged.verdict(f"{clause} exact")["vetoes"] == clause.split(".")[0]
        assert judged.verdict(f"{clause} under")["verdict"] == "qualified"
        line = judged.line(f"{clause} under", clause)
        assert (line["state"], line["count"], line["note"]) == ("met", limit - 1, f"检查发现{limit - 1}个，未达到{limit}个")


def test_too_few_found_by_a_person_do_not_clear_a_measured_veto(world):
    world.website("site")
    world.measured("site", "VW4.3", "breached", 6.0, "空白栏目：甲、乙、丙、丁、戊、己")
    world.found("site", "VW4.3", 1)
    line = world.judge().line("site", "VW4.3")
    assert (line["state"], line["count"], line["basis"], line["value"]) == ("breached", 6, "measure", 6)


def test_a_measure_that_is_met_stands_beside_too_few_found(world):
    world.website("site")
    world.measured("site", "VW4.3", "met", 2.0, "空白栏目：甲、乙")
    world.found("site", "VW4.3", 1)
    line = world.judge().line("site", "VW4.3")
    assert (line["state"], line["count"], line["basis"], line["evidence"]) == ("met", 2, "measure", "空白栏目：甲、乙")


def test_evidence_of_all_findings_is_kept_in_order_and_cut_at_twenty(world):
    world.portal("few")
    world.found("few", "D4.8.1", description="乙", found_at=LATE)
    world.found("few", "D4.8.1", description="甲", evidence="截图1", found_at=EARLY)
    world.portal("many")
    for item in range(21):
        world.found("many", "D4.8.1", description=f"第{item:02d}处")
    judged = world.judge()
    assert judged.line("few", "D4.8.1")["evidence"] == "甲；截图1；乙"
    assert judged.line("many", "D4.8.1")["evidence"].endswith("第19处；等21处")


def test_a_measure_without_words_still_shows_its_value(world):
    world.website("site")
    world.measured("site", "VW2.1", "breached", 0.05, None)
    line = world.judge().line("site", "VW2.1")
    assert (line["evidence"], line["count"], line["value"]) == ("测算值0.05", 1, 0.05)


def test_the_reason_of_a_clearance_is_kept(world):
    world.account("quiet")
    world.measured("quiet", "VM2.1", "breached", 20.0)
    world.found("quiet", "VM2.1", state="met", description="单位撤并期间经批准暂停更新")
    judged = world.judge()
    assert judged.verdict("quiet")["verdict"] == "qualified"
    assert judged.line("quiet", "VM2.1")["note"] == "核实不属于该情形：单位撤并期间经批准暂停更新"


def test_who_is_inspected(world):
    world.account("drawn")
    world.checked("drawn")
    world.account("not drawn")
    world.account("drawn, unseen", seen=False)
    world.checked("drawn, unseen", None)
    world.account("seen by its finding", seen=False)
    world.checked("seen by its finding", None)
    world.found("seen by its finding", "VM3.1")
    world.account("seen by its check", seen=False)
    world.checked("seen by its check")
    world.account("other period")
    world.checked("other period", period="2020-Q2")
    judged = world.judge()
    verdicts = {row["subject_id"]: (row["verdict"], row["reason"]) for row in judged.sheet.verdicts.to_dict("records")}
    unseen = ("not_inspected", "截止监测时间点无任何观测记录")
    assert verdicts["not drawn"] == verdicts["other period"] == ("not_inspected", "未抽中")
    assert verdicts["drawn, unseen"] == unseen
    assert {name: verdict for name, (verdict, _) in verdicts.items() if verdict != "not_inspected"} == {
        "drawn": "qualified",
        "seen by its finding": "unqualified",
        "seen by its check": "qualified",
    }
    assert set(judged.sheet.lines["subject_id"]) == {"drawn", "seen by its finding", "seen by its check"}


def test_without_a_sample_everyone_in_operation_is_to_be_checked(world):
    world.account("seen")
    world.account("unseen", seen=False)
    world.checked("seen", period="2020-Q2")
    verdicts = world.judge().sheet.verdicts.set_index("subject_id")["verdict"].to_dict()
    assert verdicts == {"seen": "qualified", "unseen": "not_inspected"}


def test_declared_and_found_make_one_subject(world):
    world.portal("site")
    world.portal("site", declared=False, is_portal=False)
    judged = world.judge()
    assert len(judged.sheet.verdicts) == 1
    assert judged.verdict("site")["score"] == 100


def test_findings_and_measures_of_others_are_left_aside(world):
    world.account("mine")
    world.found("stranger", "VM3.1")
    world.found("mine", "VW1.1")
    world.measured("stranger", "VM2.1", "breached")
    judged = world.judge()
    assert set(judged.sheet.verdicts["subject_id"]) == {"mine"}
    assert judged.verdict("mine")["verdict"] == "qualified"


def test_counts_of_states(world):
    world.portal("site")
    world.checked("site")
    world.measured("site", "VW2.1", "blocked", None)
    world.measured("site", "D4.3.1", "breached", 2.0)
    world.found("site", "D4.9.1")
    verdict = world.judge().verdict("site")
    # 18 clauses of websites have measures: one is blocked, one breached
    assert tuple(verdict[["breached", "not_measured", "blocked"]]) == (2, 16, 1)


def test_a_site_wholly_behind_a_firewall_is_not_inspected(world):
    world.website("walled", seen=False)
    world.observed["walled"] = 0
    world.measured("walled", "VW2.1", "blocked", None)
    world.found("walled", "D4.2.1", state="not_measured")
    world.website("unknown", seen=False)
    judged = world.judge()
    verdict = judged.verdict("walled")
    assert (verdict["verdict"], verdict["reason"]) == ("not_inspected", "检查请求被拦截或者未能测得，没有可据以判定的记录")
    assert pd.isna(verdict["score"])
    assert verdict["blocked"] == 1
    assert judged.verdict("unknown")["reason"] == "截止监测时间点无任何观测记录"
    world.found("walled", "D4.9.1")
    assert world.judge().verdict("walled")["verdict"] == "qualified"


def test_measured_twice_is_refused(world):
    world.account("a")
    world.measured("a", "VM2.1", "met")
    world.measured("a", "VM2.1", "breached")
    with pytest.raises(ValueError, match=r"measured twice: subject a, clause VM2\.1"):
        world.judge()


def test_an_empty_world(world):
    judged = world.judge()
    assert judged.sheet.verdicts.empty
    assert judged.sheet.lines.empty
    assert list(judged.sheet.lines.columns)[:3] == ["subject_id", "clause", "indicator"]
