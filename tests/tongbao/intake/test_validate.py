"""Each rule of the suites at its boundary, and how validation joins them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tongbao.errors import ConfigurationError
from tongbao.feeds import FEEDS, ColumnType
from tongbao.home import home
from tongbao.intake.suite import Severity, load_suite
from tongbao.intake.validate import RuleState, Validation, shorten, validate
from tongbao.period import SHANGHAI

SITE = "1506990001"
_JUDGED = pytest.StashKey[dict[str, Validation]]()
GOOD = {
    "roster": {
        "subject_id": "wx-9", "kind": "account", "platform": "微信公众号", "name": "示例旗发布", "sponsor": "示例旗教育局",
        "status": "operating", "declared": True, "opened_on": "2018-05-01", "filed_on": "2018-05-08",
    },
    "probes": {"subject_id": SITE, "probed_at": "2020-09-30 23:59:59", "outcome": "ok", "status_code": 200, "elapsed_s": 0.4},
    "updates": {
        "subject_id": SITE, "section": "通知公告", "section_class": "notice", "observed_at": "2020-09-28 10:00",
        "last_published_at": "2020-09-20", "item_count": 12,
    },
    "links": {
        "subject_id": SITE, "page": "http://www.shiliqi.example/", "link": "/a", "outcome": "ok", "checked_at": "2020-09-28",
        "attempts": 1,
    },
    "messages": {
        "subject_id": SITE, "message_id": "M1", "channel": "留言", "received_at": "2020-08-01", "replied_at": "2020-08-03",
    },
    "findings": {
        "subject_id": "wx-1", "clause": "VM2.1", "state": "breached", "count": 1, "description": "超过14天未更新",
        "found_at": "2020-09-28", "inspector": "检查一组",
    },
    "sample": {"subject_id": "wx-1", "period": "2020-Q3", "checked_at": "2020-09-28"},
}  # fmt: skip


@pytest.mark.parametrize("feed", FEEDS)
def test_a_good_row_passes_every_rule(feed, delivered, surroundings):
    validation = validate(delivered(feed, [GOOD[feed]]), surroundings)
    assert (validation.accepted, validation.rejected, validation.warned) == (1, 0, 0)
    assert not [result for result in validation.results if result.state is RuleState.FAILED]


REJECTED = [
    *[(feed, {name: None}, name, f"缺少{FEEDS[feed].by_name[name].title}")
      for feed in FEEDS for name in [column.name for column in FEEDS[feed].columns if column.required]],
    ("probes", {"subject_id": "zz-1"}, "subject_id", "标识码“zz-1”不在名册中"),
    ("probes", {"probed_at": "2020-10-01 00:00:00"}, "probed_at", "晚于2020年第三季度的截止时间"),
    ("probes", {"status_code": 99}, "status_code", "不在100至599之间"),
    ("probes", {"status_code": 600}, "status_code", "不在100至599之间"),
    ("probes", {"elapsed_s": -0.01}, "elapsed_s", "不在0至3600秒之间"),
    ("probes", {"elapsed_s": 3600.1}, "elapsed_s", "不在0至3600秒之间"),
    ("updates", {"item_count": -1}, "item_count", "小于0"),
    ("updates", {"last_published_at": "2020-09-29 10:00:01"}, "last_published_at", "晚于检查时间一天以上"),
    ("updates", {"section_class": "zz"}, "section_class", "不是规定的说法"),
    ("links", {"attempts": 0}, "attempts", "不在1至100次之间"),
    ("links", {"attempts": 101}, "attempts", "不在1至100次之间"),
    ("messages", {"replied_at": "2020-07-31 23:59"}, "replied_at", "早于收到时间"),
    ("messages", {"replied_at": "2020-10-09 09:01"}, "replied_at", "晚于收到文件的时间（2020-10-09 09:00）"),
    ("findings", {"clause": "VM9"}, "clause", "条款“VM9”不在指标体系中"),
    ("findings", {"state": "maybe"}, "state", "不是规定的说法"),
    ("findings", {"count": -1}, "count", "之间"),
    ("sample", {"period": "2020-Q2"}, "period", "与报送的周期（2020年第三季度）不一致"),
    ("sample", {"checked_at": "2020-10-08"}, "checked_at", "晚于2020年第三季度的截止时间"),
    ("roster", {"kind": "ship"}, "kind", "不是规定的说法"),
    ("roster", {"declared": None}, "declared", "缺少是否报备"),
    ("roster", {"closed_on": "2018-04-30"}, "closed_on", "早于开设时间"),
    ("roster", {"filed_on": "2020-10-10"}, "filed_on", "晚于收到文件的时间"),
]  # fmt: skip


@pytest.fixture
def judged(delivered, surroundings, request):
    """The lines on one changed row: all changed rows of a feed are judged in one table, each of a subject of its own."""

    def judge(feed: str, change: dict[str, Any]) -> tuple[bool, pd.DataFrame, pd.DataFrame]:
        changes = [entry[1] for entry in (*REJECTED, *KEPT, *WARNED) if entry[0] == feed]
        known = request.config.stash.setdefault(_JUDGED, {})
        if feed not in known:
            rows = [GOOD[feed] | {"subject_id": f"s{index}"} | one for index, one in enumerate(changes)]
            subjects = pd.DataFrame({"subject_id": [f"s{index}" for index in range(len(rows))], "kind": "account"})
            known[feed] = validate(delivered(feed, rows), replace(surroundings, subjects=subjects))
        validation = known[feed]
        position = changes.index(change)
        of_row = (lines[lines["position"] == position] for lines in (validation.rejects, validation.warnings))
        return bool(validation.is_rejected[position]), *of_row

    return judge


@pytest.mark.parametrize(("feed", "change", "column", "reason"), REJECTED)
def test_a_broken_row_is_rejected_with_its_reason(feed, change, column, reason, judged):
    is_rejected, rejects, _ = judged(feed, change)
    assert is_rejected
    assert any(reason in text for text in rejects.loc[rejects["column"] == column, "reason"])


KEPT = [
    ("probes", {"probed_at": "2020-09-30 23:59:59"}),
    ("probes", {"elapsed_s": 0}),
    ("probes", {"elapsed_s": 3600}),
    ("probes", {"status_code": None, "elapsed_s": None}),
    ("updates", {"last_published_at": "2020-09-29 10:00:00"}),
    ("updates", {"last_published_at": None, "item_count": 0}),
    ("links", {"attempts": 100}),
    ("messages", {"replied_at": "2020-08-01"}),
    ("messages", {"received_at": "2019-01-01", "replied_at": None}),
    ("messages", {"replied_at": "2020-10-08"}),
    ("sample", {"checked_at": None}),
    ("roster", {"opened_on": None, "filed_on": None}),
    ("roster", {"closed_on": "2018-05-01"}),
]


@pytest.mark.parametrize(("feed", "change"), KEPT)
def test_a_row_at_the_boundary_is_kept_without_remark(feed, change, judged):
    is_rejected, rejects, warnings = judged(feed, change)
    assert not is_rejected
    assert rejects.empty
    assert warnings.empty


WARNED = [
    ("probes", {"probed_at": "2020-06-30 23:59:59"}, "probed_at", "早于2020年第三季度，不计入本期"),
    ("findings", {"description": None, "evidence": None}, "description", "没有问题描述，也没有证据"),
    ("findings", {"inspector": None}, "inspector", "检查人和来源都没有填写"),
    ("findings", {"count": 0}, "count", "数量为0"),
    ("roster", {"platform": None}, "platform", "缺少平台类型"),
    ("roster", {"kind": "website", "platform": None}, "address", "政府网站缺少地址，无法探测"),
    (
        "roster",
        {"kind": "website", "platform": None, "address": "www.shiliqi.example"},
        "address",
        "不是以 http:// 或 https:// 开头",
    ),
    ("roster", {"filed_on": "2018-04-30"}, "filed_on", "早于开设时间"),
    ("roster", {"opened_on": "2020-10-01", "filed_on": "2020-10-01"}, "opened_on", "晚于2020年第三季度的截止时间"),
    ("roster", {"status": "closed"}, "closed_on", "没有注销日期"),
    ("roster", {"name": "示" * 61}, "name", "名称超过60个字"),
]


@pytest.mark.parametrize(("feed", "change", "column", "reason"), WARNED)
def test_a_doubtful_row_is_kept_and_remarked(feed, change, column, reason, judged):
    is_rejected, _, warnings = judged(feed, change)
    assert not is_rejected
    assert any(reason in text for text in warnings.loc[warnings["column"] == column, "reason"])


def test_of_equal_keys_the_first_row_stays_and_is_named(delivered, surroundings):
    other = GOOD["probes"] | {"probed_at": "2020-09-30 22:00"}
    validation = validate(delivered("probes", [other, GOOD["probes"], other, GOOD["probes"], other], first_row=10), surroundings)
    assert list(validation.is_rejected) == [False, False, True, True, True]
    assert [reason[:5] for reason in validation.rejects["reason"]] == ["与第10行", "与第11行", "与第10行"]


def test_of_equal_keys_the_first_acceptable_row_stays(delivered, surroundings):
    broken = GOOD["probes"] | {"elapsed_s": -1}
    validation = validate(delivered("probes", [broken, GOOD["probes"], GOOD["probes"]]), surroundings)
    assert list(validation.is_rejected) == [True, False, True]
    assert "第3行" in validation.rejects["reason"].iloc[-1]


def test_findings_without_description_are_one_key(delivered, surroundings):
    bare = GOOD["findings"] | {"description": None, "evidence": "截图1"}
    validation = validate(delivered("findings", [bare, bare, GOOD["findings"]]), surroundings)
    assert list(validation.is_rejected) == [False, True, False]


def test_rows_without_a_key_are_not_called_duplicates(delivered, surroundings):
    nameless = GOOD["probes"] | {"subject_id": None}
    validation = validate(delivered("probes", [nameless, nameless]), surroundings)
    assert set(validation.rejects["reason"]) == {"缺少标识码"}


def test_a_declared_and_a_found_entry_of_one_subject_are_two(delivered, surroundings):
    validation = validate(delivered("roster", [GOOD["roster"], GOOD["roster"] | {"declared": False}]), surroundings)
    assert validation.rejected == 0


def test_rows_of_earlier_batches_are_rejected_by_name(delivered, surroundings):
    earlier = pd.DataFrame(
        {
            "subject_id": [SITE],
            "probed_at": [pd.Timestamp("2020-09-30 15:59:59", tz="UTC")],
            "batch": ["《九月.csv》（2020-Q3第1批）"],
        }
    )
    later = GOOD["probes"] | {"probed_at": "2020-09-30 23:00"}
    validation = validate(delivered("probes", [GOOD["probes"], later]), replace(surroundings, earlier_keys=earlier))
    assert list(validation.is_rejected) == [True, False]
    assert validation.rejects["reason"].iloc[0] == "与已入库的《九月.csv》（2020-Q3第1批）中的记录重复"


def test_earlier_findings_without_description_match_too(delivered, surroundings):
    bare = GOOD["findings"] | {"description": None, "evidence": "截图1"}
    found_at = pd.Timestamp("2020-09-28", tz=SHANGHAI)
    earlier = pd.DataFrame(
        {"subject_id": ["wx-1"], "clause": ["VM2.1"], "found_at": [found_at], "description": [None], "batch": ["甲"]}
    )
    validation = validate(delivered("findings", [bare]), replace(surroundings, earlier_keys=earlier))
    assert validation.rejected == 1


def test_what_is_not_known_is_not_checked_and_said_so(delivered, surroundings):
    unknown = replace(surroundings, subjects=None, clauses=None)
    validation = validate(delivered("findings", [GOOD["findings"] | {"subject_id": "zz", "clause": "?"}]), unknown)
    states = {result.rule: result.state for result in validation.results}
    assert validation.rejected == 0
    assert states["findings.subject_id.known"] is states["findings.clause.known"] is RuleState.SKIPPED


def test_a_cell_the_reader_refused_is_not_called_missing(delivered, surroundings):
    problem = (0, "probed_at", "2020-02-30", "日期不存在", "reject")
    validation = validate(delivered("probes", [GOOD["probes"] | {"probed_at": None}], [problem]), surroundings)
    assert validation.rejects.to_dict("records") == [
        {"position": 0, "column": "probed_at", "value": "2020-02-30", "reason": "日期不存在"}
    ]


def test_the_readers_warnings_stay_warnings(delivered, surroundings):
    problem = (0, "platform", "元宇宙", "平台不在词汇表中", "warn")
    validation = validate(delivered("roster", [GOOD["roster"]], [problem]), surroundings)
    assert (validation.rejected, validation.warned) == (0, 1)
    assert validation.results[0].severity is Severity.WARN


def test_a_cutoff_after_the_period_lets_later_rows_in(delivered, surroundings):
    row = GOOD["findings"] | {"found_at": "2020-10-05"}
    assert validate(delivered("findings", [row]), surroundings).rejected == 1
    later = replace(surroundings, until=datetime(2020, 10, 6, tzinfo=SHANGHAI))
    assert validate(delivered("findings", [row]), later).rejected == 0


def test_values_are_shown_as_delivered_and_cut(delivered, surroundings):
    long = "x" * 70
    validation = validate(delivered("probes", [GOOD["probes"] | {"outcome": long}]), surroundings)
    assert validation.rejects["value"].iloc[0] == "x" * 59 + "…" == shorten(long)
    assert len(validation.results[-2].examples) <= 5


def test_braces_in_values_are_no_templates(delivered, surroundings):
    validation = validate(delivered("probes", [GOOD["probes"] | {"subject_id": "{row}{{x}}"}]), surroundings)
    assert validation.rejects["reason"].iloc[0] == "标识码“{row}{{x}}”不在名册中"


# -- the suites themselves ---------------------------------------------------------------------------


@pytest.mark.parametrize("feed", FEEDS)
def test_the_suite_covers_the_contract(feed):
    contract, suite = FEEDS[feed], load_suite(feed)
    entries = [(entry["type"], entry["kwargs"], entry["meta"]["severity"]) for entry in suite.document["expectations"]]
    present = {k["column"] for t, k, s in entries if t.endswith("to_not_be_null") and s == "reject" and "row_condition" not in k}
    assert {column.name for column in contract.columns if column.required} <= present
    sets = {k["column"]: k["value_set"] for t, k, _ in entries if t.endswith("be_in_set") and isinstance(k["value_set"], list)}
    assert sets == {column.name: [str(v) for v in column.choices] for column in contract.columns if column.choices}
    assert [tuple(k["column_list"]) for t, k, _ in entries if t.endswith("columns_to_be_unique")] == [contract.key]
    typed = {k["column"] for t, k, _ in entries if t.endswith("be_of_type")}
    measured = {ColumnType.COUNT, ColumnType.NUMBER, ColumnType.DAY, ColumnType.INSTANT}
    assert typed == {column.name for column in contract.columns if column.type in measured}


@pytest.mark.parametrize("feed", FEEDS)
def test_the_suite_reads_as_people_edit_it(feed):
    path = home() / "expectations" / f"{feed}.json"
    text = path.read_text(encoding="utf-8")
    assert "\\u" not in text
    for entry in json.loads(text)["expectations"]:
        assert entry["severity"] == {"reject": "critical", "warn": "warning"}[entry["meta"]["severity"]]


def _suite_with(folder: Path, change) -> Path:
    document = json.loads((home() / "expectations" / "probes.json").read_text(encoding="utf-8"))
    change(document["expectations"])
    (folder / "probes.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return folder


def _drop_reason(expectations):
    del expectations[0]["meta"]["reason"]


def _repeat(expectations):
    expectations.append(expectations[0])


def _blame_nothing(expectations):
    expectations[0]["meta"]["column"] = "subjct_id"


def _name_nothing(expectations):
    expectations[0]["meta"]["reason"] = "缺少{title}"


MALFORMED = [
    (_drop_reason, "缺少 reason"),
    (_repeat, "编号重复"),
    (_blame_nothing, "不是首页探测记录的列"),
    (_name_nothing, "'title'"),
]


@pytest.mark.parametrize(("change", "said"), MALFORMED)
def test_a_malformed_suite_is_refused_with_its_file(change, said, tmp_path):
    with pytest.raises(ConfigurationError, match=said) as caught:
        load_suite("probes", _suite_with(tmp_path, change))
    assert caught.value.place.file == "probes.json"


def test_a_missing_suite_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="没有这个校验规则文件"):
        load_suite("probes", tmp_path)


def _unknown_type(expectations):
    expectations[0]["type"] = "expect_miracles"


def _wrong_argument(expectations):
    expectations[0]["kwargs"]["mostly"] = "all"


def _unknown_column(expectations):
    expectations[0]["kwargs"]["column"] = "subjct_id"
    expectations[0]["meta"]["column"] = "subject_id"


def _wrong_type(expectations):
    next(e for e in expectations if e["meta"]["rule"] == "probes.probed_at.type")["kwargs"]["type_"] = "float64"


@pytest.mark.parametrize("change", [_unknown_type, _wrong_argument, _unknown_column, _wrong_type])
def test_a_rule_gx_cannot_hold_stops_the_intake(change, tmp_path, delivered, surroundings):
    suite = load_suite("probes", _suite_with(tmp_path, change))
    with pytest.raises(ConfigurationError, match=r"probes\.(subject_id\.present|probed_at\.type)"):
        validate(delivered("probes", [GOOD["probes"]]), surroundings, suite)
