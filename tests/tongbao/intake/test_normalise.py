"""What cells become, what is derived, and what is said about cells that cannot be read."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tongbao.intake.cells import Q3, VOCABULARY, one, problems, raw, value
from tongbao.feeds import FEEDS
from tongbao.intake.normalise import normalise, period_label
from tongbao.intake.read import RawTable


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (1506990001.0, "1506990001"),
        (" １５０６９９０００１　", "1506990001"),
        ("bm12345678\u200b", "bm12345678"),
        ("ｓｌｑ＿ｗｘ", "slq_wx"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("", None),
        ("—", None),
    ],
)
def test_identifiers(cell: object, expected: str | None) -> None:
    assert value(one("roster")(subject_id=cell, name="甲", sponsor="某局"), "subject_id") == expected


@pytest.mark.parametrize(
    ("cell", "said"), [(1.2345678901234567e17, "超过15位"), ("1.50699E+09", "科学计数法"), ("#REF!", "错误值")]
)
def test_identifiers_spoilt_by_the_spreadsheet(cell: object, said: str) -> None:
    result = one("roster")(subject_id=cell, name="甲", sponsor="某局")
    assert problems(result) == [("subject_id", "reject")]
    assert said in result.problems["reason"].iloc[0]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("　示例旗发布（官方）Ａ ", "示例旗发布（官方）Ａ"),
        ("示例旗\n教育局", "示例旗教育局"),
        ("Shili\r\nNews", "Shili News"),
        ("示例_x000D_\n发布", "示例发布"),
        ("<甲>&{{ 乙 }}{% raw %}", "<甲>&{{ 乙 }}{% raw %}"),
        ("示" * 40, "示" * 40),
        ("👨‍👩‍👧家校", "👨‍👩‍👧家校"),
        (2020, "2020"),
        (date(2020, 7, 1), "2020-07-01"),
        (True, "是"),
    ],
)
def test_names_keep_their_own_characters(cell: object, expected: str) -> None:
    result = one("roster")(subject_id="a", name=cell, sponsor="某局")
    assert value(result, "name") == expected
    assert len(result.problems) == 0


@pytest.mark.parametrize("cell", ["示例\x07发布", "示例\u202e发布", "示例\ufeff发布\x00", "示\x85例发布"])
def test_control_characters_go_with_a_warning(cell: str) -> None:
    result = one("roster")(subject_id="a", name=cell, sponsor="某局")
    assert value(result, "name") == "示例发布"
    assert problems(result) == [("name", "warn")]


def test_descriptions_keep_their_lines() -> None:
    result = one("findings")(subject_id="a", clause="ｖｗ１．２", found_at="2020-09-28", description="一、首页\r\n二、栏目 ")
    assert value(result, "description") == "一、首页\n二、栏目"
    assert value(result, "clause") == "vw1.2"


def test_platforms_become_canonical_and_unknown_ones_stay() -> None:
    known = one("roster")(subject_id="a", name="甲", sponsor="某局", platform="政务 微信")
    unknown = one("roster")(subject_id="a", name="甲", sponsor="某局", platform="云上牧场号")
    assert value(known, "platform") == "微信公众号"
    assert value(unknown, "platform") == "云上牧场号"
    assert problems(unknown) == [("platform", "warn")]
    assert "config/vocabulary/platforms.yaml" in unknown.problems["reason"].iloc[0]


@pytest.mark.parametrize(
    ("cells", "headers", "kind", "platform", "is_portal"),
    [
        ({"platform": "微信", "subject_id": "1506990001"}, {}, "account", "微信公众号", False),
        ({"platform": "政府网站", "subject_id": "x"}, {}, "website", None, False),
        ({"platform": "门户网站", "subject_id": "1506990001"}, {}, "website", None, True),
        ({"subject_id": "1506990001"}, {}, "website", None, False),
        ({"subject_id": "bm12345678"}, {}, "website", None, False),
        ({"subject_id": "N123456789"}, {}, "website", None, False),
        ({"subject_id": "x"}, {"subject_id": "网站标识码"}, "website", None, False),
        ({"subject_id": "slq_wx"}, {}, "account", None, False),
        ({"subject_id": None}, {}, "account", None, False),
        ({"subject_id": "slq", "kind": "网站"}, {}, "website", None, False),
        ({"subject_id": "1506990001", "kind": "账号"}, {}, "account", None, False),
        ({"subject_id": "1506990001", "name": "示例旗人民政府门户网站"}, {}, "website", None, True),
        ({"subject_id": "1506990001", "name": "示例旗人民政府门户网站", "is_portal": "否"}, {}, "website", None, False),
    ],
)
def test_kinds(cells: dict[str, object], headers: dict[str, str], kind: str, platform: str | None, is_portal: bool) -> None:
    result = one("roster", headers=headers)(**{"name": "甲", "sponsor": "某局"} | cells)
    assert value(result, "kind") == kind
    assert value(result, "platform") == platform
    assert value(result, "is_portal") == is_portal


def test_an_unreadable_kind_is_not_derived() -> None:
    result = one("roster")(subject_id="1506990001", name="甲", sponsor="某局", kind="刊物")
    assert value(result, "kind") is None
    assert problems(result) == [("kind", "reject")]


def test_odd_website_rows_are_warned_of() -> None:
    result = one("roster")(subject_id="N123456789", name="示例政府门户网站", sponsor="某局", kind="网站", platform="微信")
    assert problems(result) == [("platform", "warn"), ("is_portal", "warn"), ("subject_id", "warn")]
    assert value(result, "is_portal")


@pytest.mark.parametrize(
    ("file", "sheet", "cell", "expected"),
    [
        ("政务新媒体备案清单.xlsx", "Sheet1", None, True),
        ("系统外政务新媒体排查表.xlsx", "Sheet1", None, False),
        ("政务新媒体清单.xlsx", "未备案", None, False),
        ("系统外排查表.xlsx", "已报备", None, True),
        ("a.xlsx", "b", None, True),
        ("排查表.xlsx", "b", "是", True),
        ("备案清单.xlsx", "b", "×", False),
    ],
)
def test_declared(file: str, sheet: str, cell: str | None, expected: bool) -> None:
    cells = {"subject_id": "a", "name": "甲", "sponsor": "某局"} | ({"declared": cell} if cell else {})
    assert value(one("roster", file=file, sheet=sheet)(**cells), "declared") == expected


def test_defaults_stand_for_silence_but_not_for_what_cannot_be_read() -> None:
    silent = one("roster")(subject_id="a", name="甲", sponsor="某局", status=None)
    assert (value(silent, "status"), value(silent, "has_services"), value(silent, "unit_class")) == ("operating", True, None)
    garbled = one("roster")(subject_id="a", name="甲", sponsor="某局", status="？", has_services="也许")
    assert (value(garbled, "status"), value(garbled, "has_services")) == (None, None)
    assert problems(garbled) == [("has_services", "reject"), ("status", "reject")]
    assert "正常、迁移、关停、注销" in garbled.problems["reason"].iloc[1]


@pytest.mark.parametrize(
    ("cell", "header", "expected"),
    [
        (0.53, "耗时（秒）", 0.53),
        ("０．５３", "耗时（秒）", 0.53),
        ("1,200", "耗时", 1200.0),
        ("15秒", "耗时", 15.0),
        ("530ms", "耗时", 0.53),
        (15000, "耗时（毫秒）", 15.0),
        ("15秒", "耗时（毫秒）", 15.0),
        ("", "耗时", None),
        ("-", "耗时", None),
    ],
)
def test_seconds(cell: object, header: str, expected: float | None) -> None:
    result = one("probes", headers={"elapsed_s": header})(subject_id="a", probed_at="2020-09-28", outcome="ok", elapsed_s=cell)
    assert value(result, "elapsed_s") == expected
    assert len(result.problems) == 0


@pytest.mark.parametrize("cell", ["很快", "15公里", "1.2.3", ">15", "inf"])
def test_seconds_that_are_none(cell: str) -> None:
    assert problems(one("probes")(subject_id="a", probed_at="2020-09-28", outcome="ok", elapsed_s=cell)) == [
        ("elapsed_s", "reject")
    ]


@pytest.mark.parametrize(("cell", "expected"), [("3处", 3), (3.0, 3), ("1,024", 1024), ("３", 3), (None, 1), ("-2", -2)])
def test_counts(cell: object, expected: int) -> None:
    assert value(one("findings")(subject_id="a", clause="x", found_at="2020-09-28", count=cell), "count") == expected


@pytest.mark.parametrize("cell", [3.5, "三处", "3万", 1e18, "无"])
def test_counts_that_are_none(cell: object) -> None:
    result = one("findings")(subject_id="a", clause="x", found_at="2020-09-28", count=cell)
    assert problems(result) == [("count", "reject")]
    assert value(result, "count") is None


def test_an_unknown_choice_lists_the_known_ones() -> None:
    result = one("probes")(subject_id="a", probed_at="2020-09-28", outcome="抽风")
    assert problems(result) == [("outcome", "reject")]
    assert "正常、超时" in result.problems["reason"].iloc[0]


@pytest.mark.parametrize(
    ("cells", "headers", "section", "section_class"),
    [
        ({"section": "旗内要闻"}, {}, "旗内要闻", "news"),
        ({"section": "旗内要闻", "section_class": "通知公告"}, {}, "旗内要闻", "notice"),
        ({"section": "旗内要闻", "section_class": "猜"}, {}, "旗内要闻", None),
        ({}, {"subject_id": "账号ID"}, "账号", "account"),
        ({"section": "图文"}, {"subject_id": "账号ID"}, "图文", "account"),
        ({"section": None, "section_class": "账号"}, {}, "账号", "account"),
        ({"section": None, "section_class": "首页"}, {}, None, "homepage"),
    ],
)
def test_sections(cells: dict[str, object], headers: dict[str, str], section: str | None, section_class: str | None) -> None:
    result = one("updates", headers=headers)(**{"subject_id": "a", "observed_at": "2020-09-28"} | cells)
    assert value(result, "section") == section
    assert value(result, "section_class") == section_class


@pytest.mark.parametrize(
    ("page", "cell", "expected"), [("首页", None, True), ("http://a.example/", None, False), ("首页", "否", False)]
)
def test_links_of_the_homepage(page: str, cell: str | None, expected: bool) -> None:
    result = one("links")(
        subject_id="a", page=page, link="http://b.example", outcome="死链", checked_at="2020-09-28", on_homepage=cell
    )
    assert value(result, "on_homepage") == expected
    assert value(result, "attempts") == 1


@pytest.mark.parametrize(
    ("cell", "label"),
    [
        ("2020-Q3", "2020-Q3"),
        ("2020年第三季度", "2020-Q3"),
        ("２０２０年三季度", "2020-Q3"),
        ("2020年第3季度", "2020-Q3"),
        ("2020Q3", "2020-Q3"),
        ("2020年下半年", "2020-H2"),
        ("2020年9月", "2020-09"),
        ("2020年9月份", "2020-09"),
        (2020, "2020"),
        (None, "2020-Q3"),
    ],
)
def test_periods(cell: object, label: str) -> None:
    assert value(one("sample")(subject_id="a", period=cell), "period") == label


def test_a_period_that_cannot_be_read() -> None:
    result = one("sample")(subject_id="a", period="第五季度")
    assert value(result, "period") is None
    assert problems(result) == [("period", "reject")]
    assert period_label("2020年13月") is None


def test_rows_wider_than_the_header_are_rejected() -> None:
    table = raw("sample", [{"subject_id": "a"}, {"subject_id": "b"}])
    table = RawTable(**{**table.__dict__, "overfull": np.array([1])})
    result = normalise(table, VOCABULARY, period=Q3)
    assert result.problems[["position", "severity"]].to_numpy().tolist() == [[1, "reject"]]


def test_values_in_problems_are_cut() -> None:
    result = one("probes")(subject_id="a", probed_at="2020-09-28", outcome="长" * 500)
    assert result.problems["value"].iloc[0] == "长" * 60


def test_true_and_one_are_told_apart_in_one_column() -> None:
    table = raw("roster", [{"subject_id": name, "name": name, "sponsor": "某局"} for name in (1, True, "是", 1.0)])
    assert normalise(table, VOCABULARY, period=Q3).frame["name"].tolist() == ["1", "是", "是", "1"]


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**18), 10**18),
    st.floats(),
    st.text(max_size=12),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.sampled_from(["2020-09-28", "是", "正常", "微信", "1506990001", "2020年9月3日", "首页", "12条"]),
)


@pytest.mark.parametrize("feed", list(FEEDS))
@settings(deadline=None, max_examples=15, derandomize=True)
@given(data=st.data())
def test_any_cells_fit_the_contract(feed: str, data: st.DataObject) -> None:
    names = FEEDS[feed].names
    rows = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(names, CELLS)), min_size=1, max_size=4))
    table = raw(feed, [{name: None if cell != cell else cell for name, cell in row.items()} for row in rows])
    result = normalise(table, VOCABULARY, period=Q3)
    arrow = pa.Table.from_pandas(result.frame, schema=FEEDS[feed].schema, preserve_index=False)
    assert arrow.num_rows == len(rows)
    assert list(result.frame) == names
    assert set(result.problems["severity"]) <= {"reject", "warn"}
    assert result.problems["position"].between(0, len(rows) - 1).all()
    assert set(result.problems["column"]) <= set(names)
