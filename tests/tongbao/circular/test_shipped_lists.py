"""Every shipped block list over every kind of quarter: it reads, renders, agrees with its figures, and vanishes gracefully."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache

import pytest

from tests.tongbao.judged import (
    CIRCULAR,
    INDICATORS,
    JURISDICTION,
    ROOT,
    account,
    banner,
    banner_before,
    judged,
    line,
    website,
)
from tests.tongbao.ranked import city, city_before
from tongbao.circular.blocks import BlockList, load_block_list
from tongbao.circular.document import CircularDocument
from tongbao.circular.gate import check
from tongbao.circular.gate_text import paragraphs_of
from tongbao.circular.render import render
from tongbao.circular.wording import Issue, compose, with_issue
from tongbao.figures import Figures, PeriodResult, Rectified, compute
from tongbao.period import Period

NAMES = (
    "quarterly",
    "quarterly-by-object",
    "monthly-websites",
    "half-year",
    "by-reason",
    "all-qualified",
    "sampled-platforms",
    "ranking",
)
ISSUE = Issue(12, date(2020, 10, 21))
RECTIFIED = Rectified(5, 4, 3, (("示例甲", "示例旗甲局", "抖音"),), (("示例乙", "示例旗乙局", "快手"),))
SLIPS = re.compile(r"[，。；：、]{2}|（（|““|（）|个个|[，、]）|\{|\}|None|未填写个|，$|：$(?<!如下：)| ")


@cache
def block_list(name: str) -> BlockList:
    return load_block_list(ROOT / f"templates/{name}.yaml")


def all_qualified() -> PeriodResult:
    subjects = [website("w1", score=90), account("a1"), account("a2", "抖音")]
    scored = {"verdict": "qualified", "score": 92.0, "deducted": 8.0}
    return judged(subjects, {"w1": scored, "a1": "qualified", "a2": "qualified"})


def nothing_inspected() -> PeriodResult:
    unseen = {"verdict": "not_inspected", "reason": "未抽中"}
    return judged([website("w1"), account("a1")], {"w1": unseen, "a1": unseen})


def only_websites_and_all_fail() -> PeriodResult:
    sites = [website(f"w{n}", f"示例网站{n}", is_portal=False) for n in range(3)]
    failing = {s["subject_id"]: {"verdict": "unqualified", "vetoes": "VW2"} for s in sites}
    return judged(sites, failing, [line(name, "VW2.1") for name in failing])


def below_the_mark() -> PeriodResult:
    verdicts = {"w1": {"verdict": "unqualified", "score": 55.0, "deducted": 45.0}, "a1": "qualified"}
    return judged([website("w1"), account("a1", None)], verdicts, [line("w1", "D3.1.1", points=7.0)])


def no_subjects() -> PeriodResult:
    empty = judged([account("a1")], {"a1": "qualified"})
    return replace(empty, subjects=empty.subjects.iloc[:0], verdicts=empty.verdicts.iloc[:0])


@cache
def state(name: str) -> tuple[PeriodResult, Figures]:
    made: dict[str, Callable[[], PeriodResult]] = {
        "banner": banner,
        "city": city,
        "all qualified": all_qualified,
        "nothing inspected": nothing_inspected,
        "websites that all fail": only_websites_and_all_fail,
        "below the mark": below_the_mark,
        "no subjects": no_subjects,
    }
    result = made[name]()
    previous = {"banner": banner_before, "city": city_before}.get(name, lambda: None)()
    year_before = replace(previous, period=Period.parse("2019-Q3")) if previous and name == "city" else None
    earlier = [replace(previous, period=Period.parse("2020-Q1"))] if previous else []
    rectified = RECTIFIED if name == "city" else None
    figures = compute(result, previous, year_before, JURISDICTION, CIRCULAR, INDICATORS, rectified, earlier)
    return result, with_issue(figures, CIRCULAR, ISSUE)


STATES = (
    "banner",
    "city",
    "all qualified",
    "nothing inspected",
    "websites that all fail",
    "below the mark",
    "no subjects",
)


@cache
def composed(name: str, of: str) -> CircularDocument:
    result, figures = state(of)
    return compose(figures, result, block_list(name), JURISDICTION, CIRCULAR, ISSUE)


def text_of(document: CircularDocument) -> str:
    return "\n".join(paragraph.text for paragraph in paragraphs_of(document))


@pytest.mark.parametrize("of", STATES)
@pytest.mark.parametrize("name", NAMES)
def test_it_reads_and_agrees_with_its_figures(name: str, of: str) -> None:
    document = composed(name, of)
    for paragraph in paragraphs_of(document):
        assert not SLIPS.search(paragraph.text), paragraph.text
    rendered = render(document, ROOT / "templates/circular-v1.docx")
    assert check(rendered.data, document, state(of)[1], rendered.bookmarks).breaches == ()


@pytest.mark.parametrize("name", NAMES)
def test_no_heading_stands_without_text_beneath_it(name: str) -> None:
    for of in STATES:
        body = composed(name, of).body
        for heading, following in zip(body, [*body[1:], None], strict=True):
            if heading.style.value == "level1":
                assert following is not None, (of, heading.text)
                assert following.style.value != "level1", (of, heading.text)


@pytest.mark.parametrize(
    ("name", "of", "said"),
    [
        ("quarterly-by-object", "city", "其中，市直合格率100%，县（区）合格率100%"),
        ("quarterly-by-object", "city", "“我为政府网站找错”4条，已答复3条"),
        ("quarterly-by-object", "city", "已完成IPv6改造2个，占66.67%"),
        ("quarterly-by-object", "city", "快手、抖音4个，微信公众号3个"),
        ("quarterly-by-object", "city", "与2019年第三季度相比，政务新媒体合格率"),
        ("monthly-websites", "banner", "未发现不合格政府网站，合格率100%。"),
        ("monthly-websites", "websites that all fail", "不合格率100%，涉及主办单位1家"),
        ("monthly-websites", "city", "整改率60.00%；逾期未报送的为示例旗甲局“示例甲”；整改不到位的为示例旗乙局“示例乙”。"),
        ("half-year", "city", "除甲县外，其他2个县（区）的合格率均为100%。"),
        ("half-year", "city", "政府网站和政务新媒体总体合格率为80%，较2020年第二季度"),
        ("half-year", "all qualified", "未发现不合格账号。"),
        ("by-reason", "banner", "其中1个政务新媒体同时存在多种情形"),
        ("by-reason", "all qualified", "未发现不合格网站和账号。"),
        ("all-qualified", "all qualified", "均为合格，总体合格率100%。"),
        ("all-qualified", "banner", "不合格3个，总体合格率50.00%。"),
        ("sampled-platforms", "nothing inspected", "本次未对政务新媒体作出结论。"),
        ("sampled-platforms", "city", "市直抽查2个，不合格1个，合格率不足60%"),
        ("ranking", "city", "第2名（并列）甲县门户网站、乙县门户网站，88.5分"),
        ("ranking", "city", "乙县、丙县合格率为100%，并列第一。"),
        ("ranking", "city", "与2020年第二季度相比，乙县上升2位，甲县下降2位。"),
        ("ranking", "all qualified", "本次对1个政府门户网站评分"),
    ],
)
def test_what_it_says(name: str, of: str, said: str) -> None:
    assert said in text_of(composed(name, of))


@pytest.mark.parametrize("name", NAMES)
def test_an_all_qualified_quarter_names_nobody_and_asks_for_nothing(name: str) -> None:
    text = text_of(composed(name, "all qualified"))
    assert "逐项整改" not in text
    assert "不合格的为" not in text


def test_the_order_of_sections_is_the_lists_alone() -> None:
    chapters = {name: [p.text for p in composed(name, "city").body if p.style.value == "level1"] for name in NAMES}
    assert chapters["quarterly-by-object"] == ["一、政府网站", "二、政务新媒体", "三、整改要求"]
    assert chapters["monthly-websites"][:3] == ["一、上期整改情况", "二、基本情况", "三、主要问题"]
    assert chapters["ranking"][2] == "三、各县（区）合格率排名"


def test_a_table_in_the_text_adds_up() -> None:
    (table,) = [p.table for p in composed("sampled-platforms", "city").body if p.table]
    cells = [["".join(span.text for span in cell) for cell in row] for row in table.rows]
    assert cells == [
        ["快手、抖音", "4", "3", "75.00%", "2", "66.67%"],
        ["微信公众号", "3", "3", "100%", "2", "66.67%"],
        ["合计", "7", "6", "85.71%", "4", "66.67%"],
    ]
