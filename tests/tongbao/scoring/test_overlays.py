"""What regions may decide differently, by configuration alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tongbao.home import config_folder
from tongbao.indicators import IndicatorSet, load_indicator_set

TWENTY = [("D3.1.1", 1), ("D3.4.1", 2), ("D3.3.1", 1)]
FORTY = [*TWENTY, ("D3.2.1", 1), ("D1.4.2", 1), ("D1.5.2", 1), ("D1.6.2", 1), ("D1.3.1", 1)]
MEDIA = [
    {
        "id": "M1",
        "level1": "传播",
        "name": "发布数量",
        "part": "deduction",
        "cap": 100,
        "scope": {"kind": "account"},
        "clauses": [
            {"id": "M1.1", "name": "发布不足", "points": 10, "per": "each", "wording": {"problem": "发布不足", "remedy": "增发"}}
        ],
    },
    {
        "id": "M2",
        "level1": "传播",
        "name": "传播力",
        "part": "bonus",
        "cap": 25,
        "scope": {"kind": "account"},
        "clauses": [{"id": "M2.1", "name": "传播力强", "points": 25, "wording": {"problem": "传播力强", "remedy": "继续保持"}}],
    },
]


@pytest.fixture
def local(tmp_path):
    """Lay changes over the national set."""

    def lay(**changes: object) -> IndicatorSet:
        national = config_folder("indicators") / "national-2019.yaml"
        Path(tmp_path / national.name).write_text(national.read_text(encoding="utf-8"), encoding="utf-8")
        content = {
            "id": "local",
            "extends": "national-2019",
            "title": "细则",
            "document": "示例",
            "valid_from": "2020-01-01",
            **changes,
        }
        (tmp_path / "local.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return load_indicator_set("local", tmp_path)

    return lay


def breach(world, subject_id, breaches):
    for clause, count in breaches:
        world.found(subject_id, clause, count)


def test_pass_marks_by_unit_class(world, local):
    rules = local(gates={"fail_below_for": {"township": 40}, "bonus_above_for": {"township": 50}})
    for unit_class in ("township", "department"):
        breach(world, world.portal(unit_class, unit_class=unit_class), [*FORTY, ("D4.9.1", 1)])
        world.found(unit_class, "B5.1", state="met")
    judged = world.judge(rules)
    assert list(judged.verdict("township")[["verdict", "score"]]) == ["qualified", 62.0]
    assert list(judged.verdict("department")[["verdict", "score"]]) == ["unqualified", 59.0]


def test_three_grades(world, local):
    grades = [
        {"name": "合格", "verdict": "qualified", "at_least": 80},
        {"name": "基本合格", "verdict": "qualified", "at_least": 60},
        {"name": "不合格", "verdict": "unqualified"},
    ]
    breach(world, world.portal("80"), TWENTY)
    breach(world, world.portal("79"), [*TWENTY, ("D4.9.1", 1)])
    breach(world, world.portal("59"), [*FORTY, ("D4.9.1", 1)])
    breach(world, world.portal("vetoed"), [("VW1.1", 1)])
    world.account("account")
    judged = world.judge(local(grades=grades))
    graded = judged.sheet.verdicts.set_index("subject_id")["grade"].to_dict()
    assert graded == {"80": "合格", "79": "基本合格", "59": "不合格", "vetoed": "不合格", "account": "合格"}


def test_forty_points_lost_is_a_fail(world, local):
    rules = local(gates={"fail_below": None, "fail_deducted": 40})
    breach(world, world.portal("60"), FORTY)
    breach(world, world.portal("62"), FORTY[:-1])
    judged = world.judge(rules)
    assert list(judged.verdict("60")[["verdict", "reason"]]) == ["unqualified", "累计扣40分，达到40分"]
    assert judged.verdict("62")["verdict"] == "qualified"


def test_points_for_accounts_with_a_ceiling_on_failure(world, local):
    accounts = {
        "totals": {"deduction": 100, "bonus": 25},
        "gates": {"fail_below": 60, "bonus_above": 80, "veto_ceiling": 59},
    }
    rules = local(accounts=accounts, indicators=MEDIA)
    world.found(world.account("good"), "M2.1", state="met")
    world.found(world.account("vetoed"), "VM3.1")
    world.found(world.account("vetoed, low"), "VM3.1")
    breach(world, "vetoed, low", [("M1.1", 5)])
    breach(world, world.account("low"), [("M1.1", 5)])
    judged = world.judge(rules)
    rows = judged.sheet.verdicts.set_index("subject_id")[["verdict", "score"]]
    assert {name: tuple(row) for name, row in rows.iterrows()} == {
        "good": ("qualified", 125.0),
        "vetoed": ("unqualified", 59.0),
        "vetoed, low": ("unqualified", 50.0),
        "low": ("unqualified", 50.0),
    }


def test_deduction_for_every_website(world, local):
    rules = local(scopes={"deduction": {"portal_only": False}})
    breach(world, world.website("department"), [("D3.1.1", 1)])
    verdict = world.judge(rules).verdict("department")
    assert list(verdict[["verdict", "score", "bonus"]]) == ["qualified", 93.0, 0.0]


def test_the_services_rule_can_be_kept_to_some_units(world, local):
    rules = local(no_services={"unit_classes": ["state_department"]})
    for unit_class in ("state_department", "department"):
        breach(world, world.portal(unit_class, unit_class=unit_class, has_services=False), [("D2.1.1", 1)])
    judged = world.judge(rules)
    assert [judged.verdict(name)["score"] for name in ("state_department", "department")] == [100.0, 97.0]


def test_other_points_and_caps(world, local):
    change = [{"id": "D4.9", "clauses": [{"id": "D4.9.1", "points": 0.55}]}, {"id": "D2.4", "cap": 6}, {"id": "D2.5", "cap": 7}]
    breach(world, world.portal("site"), [("D4.9.1", 1), ("D2.4.1", 9)])
    verdict = world.judge(local(indicators=change)).verdict("site")
    assert verdict["deducted"] == 6.55


def test_a_clause_dropped_is_neither_listed_nor_charged(world, local):
    breach(world, world.website("site"), [("VW5.1", 1)])
    judged = world.judge(local(drop=["VW5.1"]))
    assert judged.verdict("site")["verdict"] == "qualified"
    assert "VW5.1" not in judged.lines("site").index


def test_a_clause_for_some_platforms_and_unit_classes(world, local):
    scopes = [
        {"id": "VM3", "clauses": [{"id": "VM3.1", "scope": {"not_platforms": ["抖音"]}}]},
        {"id": "VM1", "clauses": [{"id": "VM1.1", "scope": {"unit_classes": ["township"]}}]},
    ]
    world.account("douyin", platform="抖音", unit_class="township")
    world.account("weibo", platform="新浪微博", unit_class="department")
    world.account("unknown", platform=None)
    judged = world.judge(local(indicators=scopes))
    both = {name: {"VM1.1", "VM3.1"} & set(judged.lines(name).index) for name in ("douyin", "weibo", "unknown")}
    assert both == {"douyin": {"VM1.1"}, "weibo": {"VM3.1"}, "unknown": {"VM3.1"}}
