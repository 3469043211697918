"""What every clause costs, worked by hand from 国办秘函〔2019〕19号 and written down here a second time."""

from __future__ import annotations

from decimal import Decimal

# clause, points of one item, points of a thousand items (the cap of its indicator, alone)
DEDUCTIONS = [
    ("D1.1.1", "2", "2"), ("D1.1.2", "1", "2"),
    ("D1.2.1", "2", "2"), ("D1.2.2", "1", "2"),
    ("D1.3.1", "2", "2"), ("D1.3.2", "1", "2"),
    ("D1.4.1", "5", "5"), ("D1.4.2", "5", "5"),
    ("D1.5.1", "5", "5"), ("D1.5.2", "5", "5"),
    ("D1.6.1", "5", "5"), ("D1.6.2", "5", "5"),
    ("D1.7.1", "1", "3"),
    ("D1.8.1", "0.5", "3"), ("D1.8.2", "0.5", "3"),
    ("D1.9.1", "2", "4"), ("D1.9.2", "1", "4"),
    ("D2.1.1", "3", "3"),
    ("D2.2.1", "5", "5"), ("D2.2.2", "5", "5"),
    ("D2.3.1", "2", "2"), ("D2.3.2", "1", "1"), ("D2.3.3", "2", "2"),
    ("D2.4.1", "4", "8"), ("D2.4.2", "0.5", "8"), ("D2.4.3", "1", "8"), ("D2.4.4", "2", "8"), ("D2.4.5", "0.5", "8"),
    ("D2.5.1", "1", "5"),
    ("D2.6.1", "1", "2"),
    ("D3.1.1", "7", "7"),
    ("D3.2.1", "3", "3"),
    ("D3.3.1", "6", "6"), ("D3.3.2", "1", "6"), ("D3.3.3", "3", "3"), ("D3.3.4", "3", "3"),
    ("D3.4.1", "4", "7"), ("D3.4.2", "4", "7"),
    ("D4.1.1", "1", "1"), ("D4.1.2", "1", "1"), ("D4.1.3", "1", "1"),
    ("D4.2.1", "0.5", "3"),
    ("D4.3.1", "0.2", "1"), ("D4.3.2", "0.1", "1"),
    ("D4.4a.1", "1", "1"), ("D4.4a.2", "0.2", "1"),
    ("D4.4b.1", "1", "3"), ("D4.4b.2", "1", "3"),
    ("D4.5.1", "4", "4"), ("D4.5.2", "1", "4"), ("D4.5.3", "1", "1"),
    ("D4.6.1", "2", "2"),
    ("D4.7.1", "0.1", "1"), ("D4.7.2", "0.1", "1"),
    ("D4.8.1", "1", "2"),
    ("D4.9.1", "1", "1"),
]  # fmt: skip
BONUSES = [
    ("B1.1.1", "2", "2"), ("B1.1.2", "1", "1"), ("B1.1.3", "1", "1"), ("B1.1.4", "1", "1"),
    ("B1.2.1", "1", "3"),
    ("B2.1.1", "1", "1"), ("B2.1.2", "1", "1"),
    ("B2.2.1", "2", "2"), ("B2.2.2", "1", "1"),
    ("B2.3.1", "2", "2"),
    ("B3.1.1", "3", "3"), ("B3.1.2", "2", "2"),
    ("B3.2.1", "2", "2"), ("B3.2.2", "1", "1"),
    ("B4.1.1", "1", "1"), ("B4.1.2", "1", "1"), ("B4.1.3", "1", "4"),
    ("B4.2.1", "2", "2"),
    ("B5.1", "3", "3"),
]  # fmt: skip
WEBSITE_VETOES = [
    "VW1.1", "VW1.2", "VW1.3", "VW1.4", "VW1.5", "VW1.6", "VW2.1", "VW3.1", "VW4.1", "VW4.2", "VW4.3",
    "VW5.1", "VW5.2", "VW6.1", "VW6.2", "VW6.3",
]  # fmt: skip
ACCOUNT_VETOES = ["VM1.1", "VM1.2", "VM1.3", "VM1.4", "VM2.1", "VM2.2", "VM3.1", "VM3.2"]
CAPS = {
    "D1.1": 2, "D1.2": 2, "D1.3": 2, "D1.4": 5, "D1.5": 5, "D1.6": 5, "D1.7": 3, "D1.8": 3, "D1.9": 4,
    "D2.1": 3, "D2.2": 5, "D2.3": 2, "D2.4": 8, "D2.5": 5, "D2.6": 2, "D3.1": 7, "D3.2": 3, "D3.3": 6, "D3.4": 7,
    "D4.1": 3, "D4.2": 3, "D4.3": 1, "D4.4a": 1, "D4.4b": 3, "D4.5": 4, "D4.6": 2, "D4.7": 1, "D4.8": 2, "D4.9": 1,
    "B1.1": 4, "B1.2": 3, "B2.1": 2, "B2.2": 2, "B2.3": 2, "B3.1": 5, "B3.2": 3, "B4.1": 4, "B4.2": 2, "B5": 3,
}  # fmt: skip
TWENTY = [("D3.1.1", 1), ("D3.4.1", 2), ("D3.3.1", 1)]
"""7 + 7 (two at 4 each, capped) + 6."""
FORTY = [*TWENTY, ("D3.2.1", 1), ("D1.4.2", 1), ("D1.5.2", 1), ("D1.6.2", 1), ("D1.3.1", 1)]
"""20 + 3 + 5 + 5 + 5 + 2."""


def test_the_tables_above_name_every_clause(rules):
    here = [*WEBSITE_VETOES, *ACCOUNT_VETOES, *(row[0] for row in DEDUCTIONS), *(row[0] for row in BONUSES)]
    assert here == [clause.id for clause in rules.clauses]
    assert {i.id: i.cap for i in rules.indicators if i.part != "veto"} == {name: Decimal(cap) for name, cap in CAPS.items()}


def test_every_deduction_costs_what_the_document_says(world):
    for clause, _, _ in DEDUCTIONS:
        world.found(world.portal(f"{clause}-one"), clause, 1)
        world.found(world.portal(f"{clause}-many"), clause, 1000)
    judged = world.judge()
    for clause, one, many in DEDUCTIONS:
        for subject, points in ((f"{clause}-one", one), (f"{clause}-many", many)):
            verdict = judged.verdict(subject)
            assert (subject, verdict["deducted"], verdict["score"]) == (subject, float(points), float(100 - Decimal(points)))
            assert verdict["verdict"] == "qualified"


def test_every_bonus_brings_what_the_document_says(world):
    for clause, _, _ in BONUSES:
        world.found(world.portal(f"{clause}-one"), clause, 1, state="met")
        world.found(world.portal(f"{clause}-many"), clause, 1000, state="met")
    judged = world.judge()
    for clause, one, many in BONUSES:
        for subject, points in ((f"{clause}-one", one), (f"{clause}-many", many)):
            verdict = judged.verdict(subject)
            assert (subject, verdict["bonus"], verdict["score"]) == (subject, float(points), float(100 + Decimal(points)))


def test_one_veto_fails_any_website_and_any_account(world):
    for clause in WEBSITE_VETOES:
        world.found(world.website(clause), clause, 100)
    for clause in ACCOUNT_VETOES:
        world.found(world.account(clause, platform="移动客户端"), clause)
    judged = world.judge()
    for clause in (*WEBSITE_VETOES, *ACCOUNT_VETOES):
        verdict = judged.verdict(clause)
        found = tuple(verdict[["verdict", "vetoes", "score", "grade"]])
        assert found == ("unqualified", clause.split(".")[0], None, "不合格")


def test_an_account_without_a_veto_is_qualified_without_points(world):
    world.account("quiet")
    verdict = world.judge().verdict("quiet")
    assert (verdict["verdict"], verdict["score"], verdict["deducted"], verdict["grade"]) == ("qualified", None, None, "合格")


def test_the_app_clause_concerns_apps_alone(world):
    world.found(world.account("weibo", platform="新浪微博"), "VM2.2")
    judged = world.judge()
    assert judged.verdict("weibo")["verdict"] == "qualified"
    assert "VM2.2" not in judged.lines("weibo").index


def test_points_are_for_portals_only(world):
    world.found(world.website("department"), "D3.1.1")
    judged = world.judge()
    assert judged.verdict("department")["score"] is None
    assert set(judged.lines("department")["part"]) == {"veto"}


def _portals(world, cases, **columns):
    """One portal for each case, named by its place, with the case's breaches."""
    for place, (breaches, *_) in enumerate(cases):
        world.portal(str(place), **columns)
        world.found(str(place), "B5.1", state="met")
        for clause, count in breaches:
            world.found(str(place), clause, count)
    return world.judge()


def test_exactly_sixty_passes_and_exactly_eighty_earns_no_bonus_round(world):
    cases = [
        # breaches, deducted, base, bonus, score, verdict
        ([], 0.0, 100.0, 3.0, 103.0, "qualified"),
        (FORTY[:-1], 38.0, 62.0, 0.0, 62.0, "qualified"),
        (FORTY, 40.0, 60.0, 0.0, 60.0, "qualified"),
        ([*FORTY, ("D4.3.2", 1)], 40.1, 59.9, 0.0, 59.9, "unqualified"),
        ([*TWENTY, ("D4.3.2", 1)], 20.1, 79.9, 0.0, 79.9, "qualified"),
        (TWENTY, 20.0, 80.0, 0.0, 80.0, "qualified"),
        ([("D3.1.1", 1), ("D3.4.1", 2), ("D1.4.2", 1), ("D4.7.1", 9)], 19.9, 80.1, 3.0, 83.1, "qualified"),
    ]
    judged = _portals(world, cases)
    for place, (_, *expected) in enumerate(cases):
        assert list(judged.verdict(str(place))[["deducted", "base", "bonus", "score", "verdict"]]) == expected
        assert ("bonus" in set(judged.lines(str(place))["part"])) == (expected[2] > 0)


def test_without_services_the_rest_is_scaled_by_four_thirds(world):
    services = [("D2.4.1", 5), ("VW6.1", 1)]
    cases = [
        # breaches, bonus, score, verdict
        (services, 3.0, 103.0, "qualified"),  # 75 x 4/3 = 100
        ([*services, *TWENTY, ("D1.4.2", 1), ("D1.5.2", 1)], 0.0, 60.0, "qualified"),  # (75 - 30) x 4/3
        ([*TWENTY, ("D1.4.2", 1), ("D1.5.2", 1), ("D4.3.2", 1)], 0.0, 59.87, "unqualified"),  # 44.9 x 4/3 = 59.866…
        ([("D3.1.1", 1), ("D3.4.1", 2), ("D4.9.1", 1)], 0.0, 80.0, "qualified"),  # (75 - 15) x 4/3
        ([("D3.1.1", 1), ("D3.4.1", 2), ("D4.7.1", 9)], 3.0, 83.13, "qualified"),  # 60.1 x 4/3 = 80.13…
        ([("D4.3.1", 1)], 3.0, 102.73, "qualified"),  # 74.8 x 4/3 = 99.733…
        ([("D4.3.2", 1), ("D4.3.1", 2)], 3.0, 102.33, "qualified"),  # 74.5 x 4/3 = 99.333…
    ]
    judged = _portals(world, cases, has_services=False)
    for place, (_, *expected) in enumerate(cases):
        assert list(judged.verdict(str(place))[["bonus", "score", "verdict"]]) == expected
        assert judged.verdict(str(place))["scale"] == "4/3"
        assert not judged.lines(str(place)).index.str.startswith(("D2", "VW6")).any()


def test_unit_class_decides_on_caps_and_scope(world):
    for unit_class in ("state_department", "department"):
        world.portal(f"{unit_class}-none", unit_class=unit_class)
        world.found(f"{unit_class}-none", "D1.2.1")
        world.portal(f"{unit_class}-wrong", unit_class=unit_class)
        world.found(f"{unit_class}-wrong", "D1.2.2", 3)
        world.found(f"{unit_class}-wrong", "D1.1.1")
    judged = world.judge()
    deducted = {row["subject_id"]: row["deducted"] for row in judged.sheet.verdicts.to_dict("records")}
    assert deducted == {
        "state_department-none": 4.0,  # no section costs its whole cap
        "state_department-wrong": 3.0,  # three errors under the cap of 4; D1.1 is not for them
        "department-none": 2.0,
        "department-wrong": 4.0,  # 2 (capped) + 2
    }


def test_a_fifth_times_five_is_exactly_one(world):
    world.portal("site")
    world.found("site", "D4.3.1", 4)
    world.found("site", "D4.4a.2", 3)
    world.found("site", "D1.8.1", 1)
    judged = world.judge()
    assert list(judged.sheet.indicators.query("points > 0")["points"]) == [0.5, 0.8, 0.6]
    assert judged.verdict("site")["score"] == 98.1


def test_the_cap_holds_over_the_clauses_of_an_indicator(world):
    world.portal("site")
    world.found("site", "D4.3.1", 4)
    world.found("site", "D4.3.2", 3)
    judged = world.judge()
    row = judged.sheet.indicators.set_index("indicator").loc["D4.3"]
    assert (row["raw_points"], row["cap"], row["points"]) == (1.1, 1.0, 1.0)


def test_what_one_clause_stands_for_is_not_charged_again(world):
    cases = [
        ("breached", {"D1.4.1": 5.0, "D1.4.2": 0.0}),
        ("breached", {"D1.5.1": 5.0, "D1.5.2": 0.0}),
        ("breached", {"D1.6.1": 5.0, "D1.6.2": 0.0}),
        ("breached", {"D2.2.1": 5.0, "D2.2.2": 0.0}),
        ("breached", {"D2.3.2": 0.0, "D2.3.3": 2.0}),
        ("breached", {"D2.3.1": 2.0, "D2.3.2": 0.0, "D2.3.3": 0.0}),
        ("breached", {"D3.3.1": 6.0, "D3.3.3": 0.0}),
        ("met", {"B1.1.1": 2.0, "B1.1.2": 0.0}),
        ("met", {"B2.2.1": 2.0, "B2.2.2": 0.0}),
    ]
    for place, (state, expected) in enumerate(cases):
        world.portal(str(place))
        for clause in expected:
            world.found(str(place), clause, state=state)
    judged = world.judge()
    for place, (state, expected) in enumerate(cases):
        lines = judged.lines(str(place)).loc[list(expected)]
        assert lines["points"].to_dict() == expected
        assert set(lines["state"]) == {state}
        for clause, points in expected.items():
            assert ("不重复计分" in (lines.loc[clause, "note"] or "")) == (points == 0)


def test_a_vetoed_portal_keeps_its_veto_lines_alone(world):
    world.portal("site")
    world.found("site", "VW3.1", description="首页最后更新为2020-06-01")
    world.found("site", "VW1.3")
    world.found("site", "D3.1.1")
    world.found("site", "B5.1", state="met")
    judged = world.judge()
    verdict = judged.verdict("site")
    assert (verdict["verdict"], verdict["vetoes"], verdict["score"], verdict["deducted"]) == (
        "unqualified",
        "VW1,VW3",
        None,
        None,
    )
    assert verdict["reason"] == "出现单项否决指标有关情形：安全、泄密事故等严重问题、首页不更新"
    assert set(judged.lines("site")["part"]) == {"veto"}
    assert judged.sheet.indicators.empty


def test_reasons_say_the_numbers(world):
    world.portal("low")
    world.portal("high")
    for clause, count in [*FORTY, ("D4.3.2", 1)]:
        world.found("low", clause, count)
    judged = world.judge()
    assert judged.verdict("low")["reason"] == "扣分后得分59.9分，低于60分"
    assert judged.verdict("high")["reason"] == "未出现单项否决情形，得分100分"
