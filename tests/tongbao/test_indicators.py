"""Indicator sets as data: what the national one says, how overlays change it, how faults are told."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from tongbao.errors import ConfigurationError
from tongbao.feeds import Kind, UnitClass
from tongbao.home import config_folder
from tongbao.indicators import check_measures, indicator_set_from, indicator_set_on, load_indicator_set

NATIONAL = yaml.safe_load((config_folder("indicators") / "national-2019.yaml").read_text(encoding="utf-8"))
# clause: measure, parameters, condition
MEASURED = {
    "VW2.1": (
        "availability",
        {"window_days": 7, "min_probes_per_day": 20, "timeout_s": 15, "window_choice": "latest_covered"},
        {"at_least": 0.05},
    ),
    "VW3.1": ("newest_update_age_days", {"classes": ["homepage"], "else_any_section": True}, {"more_than": 14}),
    "VW4.1": (
        "stale_news_and_notices",
        {"news_classes": ["news"], "news_days": 14, "notice_classes": ["notice", "policy"], "notice_months": 6},
        {"at_least": 5},
    ),
    "VW4.2": (
        "long_stale_sections",
        {"default_months": 12, "months_by_class": {}, "exclude_classes": ["homepage", "account"]},
        {"at_least": 10},
    ),
    "VW4.3": ("empty_sections", {"exclude_classes": ["homepage", "account"]}, {"at_least": 5}),
    "VW5.2": ("overdue_messages", {"lookback_months": 12, "months": 3, "channels": None}, {"at_least": 1}),
    "VM2.1": ("newest_update_age_days", {"classes": ["account"]}, {"more_than": 14}),
    "D1.4.1": ("missing_section", {"classes": ["news"]}, {"at_least": 1}),
    "D1.4.2": ("newest_update_age_days", {"classes": ["news"]}, {"more_than": 14}),
    "D1.5.1": ("missing_section", {"classes": ["policy"]}, {"at_least": 1}),
    "D1.5.2": ("newest_update_age_months", {"classes": ["policy"], "months": 6}, {"at_least": 1}),
    "D1.6.1": ("missing_section", {"classes": ["interpretation"]}, {"at_least": 1}),
    "D1.6.2": ("newest_update_age_months", {"classes": ["interpretation"], "months": 6}, {"at_least": 1}),
    "D1.9.1": (
        "empty_sections",
        {"exclude_classes": ["homepage", "account", "news", "policy", "interpretation"]},
        {"at_least": 1},
    ),
    "D1.9.2": (
        "long_stale_sections",
        {
            "default_months": 12,
            "months_by_class": {"notice": 6},
            "exclude_classes": ["homepage", "account", "news", "policy", "interpretation"],
        },
        {"at_least": 1},
    ),
    "D3.3.3": ("published_messages_age_months", {"months": 2}, {"at_least": 1}),
    "D4.3.1": ("dead_links", {"on_homepage": True}, {"at_least": 1}),
    "D4.3.2": ("dead_links", {"on_homepage": False}, {"at_least": 1}),
    "D4.4b.1": ("overdue_jiucuo", {"lookback_months": 6, "working_days": 3}, {"at_least": 1}),
}


@pytest.fixture(scope="module")
def national():
    return load_indicator_set("national-2019")


@pytest.fixture
def folder(tmp_path):
    """An indicators folder with the national set, to which a test adds its own files."""
    _write(tmp_path, NATIONAL)
    return tmp_path


def _write(folder: Path, content: dict) -> None:
    (folder / f"{content['id']}.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def _local(folder: Path, **changes: object):
    head = {"id": "local", "extends": "national-2019", "title": "细则", "document": "示例", "valid_from": date(2021, 1, 1)}
    _write(folder, {**head, **changes})
    return load_indicator_set("local", folder)


def test_what_is_measured_and_how(national):
    assert {c.id: (c.measure, c.parameters, c.condition) for c in national.measure_clauses()} == MEASURED


def test_gates_scale_and_dates(national):
    assert (national.document, national.valid_from, national.valid_to) == ("国办秘函〔2019〕19号", date(2019, 4, 1), None)
    assert (national.gates.fail_below, national.gates.bonus_above, national.gates.veto_ceiling) == (60, 80, None)
    assert (national.totals.deduction, national.totals.bonus) == (100, 30)
    assert national.no_services.scale == (4, 3)
    assert national.no_services.indicators == ("VW6", "D2.1", "D2.2", "D2.3", "D2.4", "D2.5", "D2.6")
    assert national.points_of(Kind.ACCOUNT) is None


def test_scopes(national):
    assert {c.scope.kind for c in national.clauses if c.id.startswith("VM")} == {Kind.ACCOUNT}
    assert not any(c.scope.portal_only for c in national.clauses if c.part == "veto")
    assert all(c.scope.portal_only and c.scope.kind is Kind.WEBSITE for c in national.clauses if c.part != "veto")
    assert national.clause("VM2.2").scope.platforms == ("移动客户端",)
    assert national.clause("D1.1.2").scope.not_unit_classes == (UnitClass.STATE_DEPARTMENT,)
    assert national.indicator("D1.2").cap_of("state_department") == 4
    assert national.indicator("D1.2").cap_of(None) == national.indicator("D1.2").cap_of("department") == 2


def test_every_measure_is_there(national):
    check_measures(national, Path(__file__).parents[2] / "plugins/tongbao/measures")


def test_a_measure_that_is_not_there_is_told(national, tmp_path):
    (tmp_path / "availability.sql").touch()
    with pytest.raises(ConfigurationError, match=r"VW3\.1 使用了不存在的测算“newest_update_age_days”.*availability"):
        check_measures(national, tmp_path)


def test_accepted_spellings(national):
    accepted = national.accepted_clauses()
    for spelling in ("D4.4a.1", "d4.4a.1", "D4.4A.1", "首页无找错入口"):
        assert accepted[spelling] == "D4.4a.1"
    assert accepted["VW2"] == accepted["站点无法访问"] == "VW2.1"
    assert accepted["D4.2"] == accepted["网站标识"] == "D4.2.1"
    for ambiguous in ("VM2", "D4.4a", "安全、泄密事故等严重问题", "互动回应差"):
        assert ambiguous not in accepted
    assert set(accepted.values()) == {clause.id for clause in national.clauses}


def test_wording_speaks_the_numbers_of_its_clause(national):
    assert national.clause("VW2.1").problem == "首页在15秒内打不开的次数占比达到5%以上"
    assert national.clause("VM2.1").remedy.startswith("恢复内容更新，更新间隔不超过14天")
    assert not any("{" in clause.problem + clause.remedy for clause in national.clauses)


def test_unknown_ids_are_told(national):
    with pytest.raises(ConfigurationError, match=r"没有条款“VW9\.9”"):
        national.clause("VW9.9")
    with pytest.raises(ConfigurationError, match="没有指标“VW9”"):
        national.indicator("VW9")


def test_the_hash_is_of_the_content_alone(national, folder):
    assert load_indicator_set("national-2019", folder).hash == national.hash
    changed = copy.deepcopy(NATIONAL)
    changed["gates"]["fail_below"] = 59
    _write(folder, changed)
    assert load_indicator_set("national-2019", folder).hash != national.hash


def test_yongchuan_changes_windows_and_nothing_else(national):
    yongchuan = load_indicator_set("yongchuan-2021")
    assert "示例" in yongchuan.title
    changed = {clause.id for clause in yongchuan.clauses if clause != national.clause(clause.id)}
    assert changed == {"VW4.1", "VW4.2", "VM2.1", "D1.4.2", "D1.9.2"}
    assert yongchuan.clause("VW4.1").parameters["news_days"] == 7
    assert yongchuan.clause("VW4.1").parameters["notice_months"] == 6
    assert yongchuan.clause("VW4.1").parameters["notice_classes"] == ["notice", "policy", "interpretation"]
    assert yongchuan.clause("VW4.2").parameters["months_by_class"] == {"notice": 6, "policy": 6, "interpretation": 6, "plan": 12}
    assert yongchuan.clause("D1.9.2").parameters["months_by_class"] == {"notice": 6, "plan": 12}
    assert yongchuan.clause("VM2.1").problem == "监测时间点前7天内无更新"
    assert yongchuan.valid_from == date(2021, 1, 1)


def test_an_overlay_adds_drops_rescopes_and_revalues(folder):
    local = _local(
        folder,
        drop=["VW5.1", "VW6"],
        no_services={"indicators": [], "scale": [1, 1]},
        totals={"level1": {"deduction": {"功能设计": 22}}, "deduction": 101},
        scopes={"deduction": {"portal_only": False}},
        indicators=[
            {"id": "D4.9", "cap": 2, "clauses": [{"id": "D4.9.1", "points": 2}]},
            {
                "id": "VM2",
                "clauses": [
                    {"id": "VM2.1", "measure": "posts_per_week", "parameters": {"weeks": 1}, "condition": {"less_than": 3}},
                    {"id": "VM2.3", "name": "新增", "wording": {"problem": "有问题", "remedy": "改正"}},
                ],
            },
        ],
    )
    ids = [clause.id for clause in local.clauses]
    assert "VW5.1" not in ids
    assert "VW5.2" in ids
    assert not any(clause_id.startswith("VW6") for clause_id in ids)
    assert ids[ids.index("VM2.2") + 1] == "VM2.3"
    assert local.clause("VM2.3").scope.kind is Kind.ACCOUNT
    assert local.clause("VM2.1").parameters == {"weeks": 1}
    assert local.clause("VM2.1").condition == {"less_than": 3}
    assert local.clause("D4.9.1").points == Decimal(2)
    assert not local.clause("D1.1.1").scope.portal_only
    assert local.clause("D1.1.1").scope.not_unit_classes == (UnitClass.STATE_DEPARTMENT,)
    assert local.clause("B5.1").scope.portal_only


def test_which_set_holds_on_a_day(folder):
    _write(folder, {**NATIONAL, "valid_to": date(2023, 12, 31)})
    _write(folder, {**NATIONAL, "id": "national-2024", "valid_from": date(2024, 1, 1)})
    assert indicator_set_on(date(2023, 12, 31), "national", folder).id == "national-2019"
    assert indicator_set_on(date(2024, 1, 1), "national", folder).id == "national-2024"
    assert indicator_set_on(date(2019, 4, 1), "national-2019", folder).id == "national-2019"
    with pytest.raises(
        ConfigurationError, match=r"2019-03-31 当日有效的“national-2019”指标体系一个也没有.*2019-04-01 至 2023-12-31"
    ):
        indicator_set_on(date(2019, 3, 31), "national-2019", folder)
    with pytest.raises(ConfigurationError, match=r"没有名为“regional”的指标体系.*national-2019"):
        indicator_set_on(date(2020, 1, 1), "regional", folder)


def _changed(clause=None, indicator=None, **top):
    """The national content with one clause or indicator changed; a value of None removes the key."""
    content = copy.deepcopy(NATIONAL)
    content.update(top)
    for changed in content["indicators"]:
        if indicator and changed["id"] == indicator[0]:
            changed.update(indicator[1])
        for one in changed["clauses"]:
            if clause and one["id"] == clause[0]:
                one.update(clause[1])
                for gone in [key for key, value in clause[1].items() if value is None]:
                    del one[gone]
    return content


PORTAL_ACCOUNTS = {"kind": "account", "portal_only": True}
FAULTS = {
    "cap": (_changed(indicator=("D4.9", {"cap": 2})), "各指标上限合计 101.00，与 totals 的 100.00 不等"),
    "level 1": (_changed(indicator=("D4.9", {"level1": "互动交流"})), "一级指标“互动交流”（deduction）各指标上限合计 24.00"),
    "bonus": (_changed(indicator=("B5", {"cap": 4})), "bonus 各指标上限合计 31.00，与 totals 的 30.00 不等"),
    "repeated": (_changed(clause=("VW1.2", {"id": "VW1.1"})), "VW1.1 出现了不止一次"),
    "foreign number": (_changed(clause=("VW1.2", {"id": "VM1.9"})), "条款 VM1.9 的编号须以 VW1. 开头"),
    "veto with points": (_changed(clause=("VW1.1", {"points": 5})), "单项否决条款 VW1.1 不能有分值"),
    "no points": (_changed(clause=("D4.9.1", {"points": None})), "条款 D4.9.1 的分值 0.00 须大于 0"),
    "above the cap": (_changed(clause=("D4.9.1", {"points": 1.5})), "条款 D4.9.1 的分值 1.50 须大于 0，且不超过指标上限 1.00"),
    "three decimals": (_changed(clause=("D4.9.1", {"points": 0.125})), "D4.9.1 的 points.*最多两位小数"),
    "unknown key": (_changed(clause=("D4.9.1", {"pionts": 1})), "D4.9.1 的 pionts：不认识的键"),
    "no wording": (_changed(clause=("D4.9.1", {"wording": None})), "D4.9.1 的 wording：缺少此项"),
    "bad number": (_changed(clause=("VW3.1", {"wording": {"problem": "{weeks}周"}})), "条款 VW3.1 的 wording 写了不存在的数值"),
    "no condition": (_changed(clause=("VW3.1", {"condition": None})), "VW3.1"),
    "bad condition": (_changed(clause=("VW4.1", {"condition": {"over": 5}})), "VW4.1 的 condition"),
    "nobody decides": (_changed(clause=("D4.9.1", {"finding": False})), "条款 D4.9.1 既无 measure 又不接受检查问题"),
    "unknown replacement": (_changed(clause=("D1.4.2", {"unless": ["D1.4.9"]})), "unless 所列 D1.4.9 不存在"),
    "circle": (_changed(clause=("D1.4.1", {"unless": ["D1.4.2"]})), "条款 D1.4.1 的 unless 首尾相接"),
    "scale": (_changed(no_services={"indicators": ["D2.1"], "scale": [4, 3]}), "去掉 3.00 分后乘以 4/3，不等于 100.00 分"),
    "services": (_changed(no_services={"indicators": ["D9"], "scale": [1, 1]}), "no_services 所列指标 D9 不存在"),
    "gates": (_changed(gates={"fail_below": 60, "bonus_above": 50}), "bonus_above 50.00 低于 fail_below 60.00"),
    "grades": (_changed(grades=[{"name": "合格", "verdict": "qualified"}]), "grades 须至少有一个 qualified 和一个 unqualified"),
    "dates": (_changed(valid_to=date(2019, 1, 1)), "valid_to 早于 valid_from"),
    "portal accounts": (_changed(indicator=("VM1", {"scope": PORTAL_ACCOUNTS})), "VM1.1 适用于账号，不能限于门户网站"),
    "account points": (_changed(indicator=("D4.9", {"scope": {"kind": "account"}})), "account 有计分指标，但没有写 accounts"),
    "no list": ({**NATIONAL, "indicators": {"VW1": {}}}, "indicators 须为一串条目"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_with_its_clause(name):
    content, sentence = FAULTS[name]
    with pytest.raises(ConfigurationError, match=sentence) as told:
        indicator_set_from(content)
    assert "请逐条改正" in str(told.value)


def test_all_faults_are_told_at_once():
    content = _changed(clause=("VW1.1", {"points": 5}), indicator=("D4.9", {"cap": 2}))
    with pytest.raises(ConfigurationError, match=r"VW1\.1.*；.*101\.00"):
        indicator_set_from(content)


def test_faults_of_files_are_told_with_the_file(folder):
    with pytest.raises(ConfigurationError, match=r"nothing\.yaml.*找不到指标体系“nothing”"):
        load_indicator_set("nothing", folder)
    with pytest.raises(ConfigurationError, match=r"local\.yaml.*drop 所列 VW9 不存在"):
        _local(folder, drop=["VW9"])
    with pytest.raises(ConfigurationError, match=r"local\.yaml.*须有 id，且不得重复"):
        _local(folder, indicators=[{"id": "VW1"}, {"id": "VW1"}])
    with pytest.raises(ConfigurationError, match=r"local\.yaml.*单项否决条款 VW1\.1"):
        _local(folder, indicators=[{"id": "VW1", "clauses": [{"id": "VW1.1", "points": 1}]}])
    with pytest.raises(ConfigurationError, match="extends 首尾相接：local → local"):
        _local(folder, extends="local")
    with pytest.raises(ConfigurationError, match=r"改正 local\.yaml 的 extends"):
        _local(folder, extends="absent")
    (folder / "other.yaml").write_text((folder / "national-2019.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="文件名与其中的 id“national-2019”不一致"):
        load_indicator_set("other", folder)
    (folder / "text.yaml").write_text("只有一句话", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="不是一份指标体系"):
        load_indicator_set("text", folder)
