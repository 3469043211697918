from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.tongbao.judged import (
    CIRCULAR,
    INDICATORS,
    JURISDICTION,
    ROOT,
    account,
    banner,
    banner_before,
    banner_figures,
    judged,
    line,
    website,
)
from tongbao.circular.annex_queries import fill_pattern
from tongbao.circular.blocks import BlockList, load_block_list
from tongbao.circular.document import CircularDocument, Paragraph, ParagraphStyle
from tongbao.circular.wording import Issue, compose, with_issue
from tongbao.errors import ConfigurationError
from tongbao.figures import Figures, PeriodResult, compute

SHIPPED = load_block_list(ROOT / "templates/quarterly.yaml")
SIGNED = Issue(12, date(2020, 10, 21))


def figures_of(result: PeriodResult, previous: PeriodResult | None = None) -> Figures:
    if result is banner():
        return banner_figures(compared=previous is not None)
    return compute(result, previous, None, JURISDICTION, CIRCULAR, INDICATORS)


def composed(
    result: PeriodResult,
    previous: PeriodResult | None = None,
    *,
    block_list: BlockList = SHIPPED,
    issue: Issue = SIGNED,
    circular: Any = CIRCULAR,
) -> CircularDocument:
    return compose(figures_of(result, previous), result, block_list, JURISDICTION, circular, issue)


def block_list(*blocks: dict[str, Any], **more: Any) -> BlockList:
    styles = {"named": {"item": "{name}"}}
    return BlockList.model_validate({"id": "test", "blocks": list(blocks), "name_styles": styles, **more})


@pytest.fixture(scope="module")
def say() -> Callable[..., Paragraph | None]:
    """Compose one paragraph of wording over the banner's figures."""
    result, figures = banner(), figures_of(banner(), banner_before())

    def said(text: str, **more: Any) -> Paragraph | None:
        blocks = block_list(
            {"id": "only", "wording": [{"text": text, **more}]}, degree_words=SHIPPED.model_dump()["degree_words"]
        )
        body = compose(figures, result, blocks, JURISDICTION, CIRCULAR, SIGNED).body
        assert len(body) <= 1
        return body[0] if body else None

    return said


def text_of(document: CircularDocument) -> str:
    return "\n".join(paragraph.text for paragraph in document.body)


@pytest.mark.parametrize(
    ("wording", "printed"),
    [
        ("共{{ f.accounts.declared | count('个') }}。", "共6个。"),
        ("共{{ f.accounts.declared }}个。", "共6个。"),
        ("{{ f.accounts.pass_rate | rate }}", "40.00%"),
        ("{{ f.accounts.pass_rate | rate(0) }}", "40%"),
        ("{{ f.websites.pass_rate }}", "100%"),
        ("{{ f.accounts.unqualified_names | names('named') }}", "示例a2、示例a3、示例a4"),
        ("{{ f.accounts.unqualified_names | names('named', 2) }}", "示例a2、示例a3等3个"),
        ("{{ f.accounts.fail_rate | degree }}账号", "多数账号"),
        ("{{ f.websites.average_score }}分", "86.5分"),
        ("{{ f.cutoff }}", "2020年9月30日"),
        ("{{ f.accounts.previous.unqualified_change | change('增加', '减少', '持平', '个') }}", "持平"),
        ("{{ f.accounts.previous.declared_change | change('增加', '减少', '持平', '个') }}", "增加1个"),
        ("{{ f.accounts.by_platform['微信公众号'].declared | count }}", "3个"),
        ("上期[[有{{ f.accounts.previous.declared | count }}]]。", "上期有5个。"),
        ("上年[[有{{ f.accounts.year_before.declared | count }}]]。", "上年。"),
        ("{% if has('accounts.year_before') %}有{% else %}无{% endif %}", "无"),
        (
            "{% for g in f.accounts.by_platform %}{{ g.label }}{{ loop.index | ordinal }}{% endfor %}",
            "微信公众号一新浪微博二其他三",
        ),
        ("一段\n  两行", "一段两行"),
        ("折 行", "折行"),
    ],
)
def test_wording_prints_figures(say: Callable[..., Paragraph], wording: str, printed: str) -> None:
    assert say(wording).text == printed


def test_each_printed_figure_is_a_span_of_its_own(say: Callable[..., Paragraph]) -> None:
    spans = say("合格{{ f.accounts.qualified | count('个') }}，合格率{{ f.accounts.pass_rate | rate }}。").spans
    assert [(span.text, span.figure) for span in spans] == [
        ("合格", ""),
        ("2个", "accounts.qualified"),
        ("，合格率", ""),
        ("40.00%", "accounts.pass_rate"),
        ("。", ""),
    ]


@pytest.mark.parametrize(
    ("wording", "told"),
    [
        ("{{ f.accounts.declred }}", "accounts.declred"),
        ("[[{{ f.accounts.declred }}]]", "accounts.declred"),
        ("{{ f.accounts.year_before.declared | count }}", "没有可比较的往期结果"),
        ("{{ f.accounts.declared.value }}", "不是有来源的数字"),
        ("{{ 6 }}", "不是有来源的数字"),
        ("{{ f.accounts.declared.value + 1 }}", "不是有来源的数字"),
        ("{{ f.accounts.pass_rate | count }}", "不是该过滤器适用的数字"),
        ("{{ f.accounts.unqualified_names }}", "过滤器 names"),
        ("{{ f.accounts.unqualified_names | names('nobody') }}", "没有名为“nobody”的名单写法"),
        ("{{ (f.accounts.declared | count)[:3] }}", "改动了已打印的数字"),
        ("{{ nothing }}", "nothing"),
        ("{% if %}", "措辞写法有误"),
        ("{{ f.__class__.__mro__ }}", "措辞"),
    ],
)
def test_faulty_wording_is_told_with_its_block(say: Callable[..., Paragraph], wording: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        say(wording)
    assert "区块“only”" in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        ("f.accounts.unqualified.value > 0", True),
        ("f.websites.unqualified.value > 0", False),
        ("f.accounts.year_before.unqualified.value > 0", False),
        ("f.accounts.year_before", False),
        ("", True),
    ],
)
def test_show_when(say: Callable[..., Paragraph | None], rule: str, shown: bool) -> None:
    assert (say("有。", show_when=rule) is not None) is shown


def test_data_are_printed_word_for_word_and_never_evaluated() -> None:
    nasty = "{{ 7*7 }}{% raw %}[[x]]\ue000a\ue001b\ue002&<w:p/>"
    result = judged([account("a1", name=nasty)], {"a1": "unqualified"})
    wording = {"id": "only", "wording": ["{{ f.accounts.unqualified_names | names('named') }}。"]}
    (paragraph,) = composed(result, block_list=block_list(wording)).body
    assert paragraph.text == "{{ 7*7 }}{% raw %}[[x]]ab&<w:p/>。"
    assert [span.figure for span in paragraph.spans] == ["accounts.unqualified_names", ""]


def test_numbering_follows_what_is_shown() -> None:
    blocks = block_list(
        {"id": "a", "heading": "甲", "numbering": "chapter", "wording": ["文。"], "show_when": "f.websites.unqualified.value"},
        {"id": "b", "heading": "乙", "numbering": "chapter", "children": [
            {"id": "b0", "heading": "空", "numbering": "section"},
            {"id": "b1", "heading": "子", "numbering": "section", "wording": ["一。", "二。"], "ordered": "ordinal"},
            {"id": "b2", "heading": "丑。", "numbering": "section", "run_in": True, "wording": ["独段。"], "ordered": "ordinal"},
        ]},
        {"id": "c", "heading": "丙", "numbering": "chapter", "wording": ["文。", "文。"], "ordered": "point"},
    )  # fmt: skip
    body = composed(banner(), block_list=blocks).body
    assert [(p.style.value, p.text) for p in body] == [
        ("level1", "一、乙"),
        ("level2", "（一）子"),
        ("body", "一是一。"),
        ("body", "二是二。"),
        ("body", "（二）丑。独段。"),
        ("level1", "二、丙"),
        ("body", "（1）文。"),
        ("body", "（2）文。"),
    ]
    assert body[4].spans[0].style is ParagraphStyle.LEVEL2


def test_the_offices_own_text_is_verbatim() -> None:
    slots = {"demands": ["加强管理。{{ f.accounts }}各单位2019年要落实。", "第二条。"]}
    blocks = block_list(
        {"id": "d", "heading": "要求", "numbering": "chapter", "slot": "demands", "slot_ordered": "ordinal", "slot_run_in": True}
    )
    body = composed(banner(), block_list=blocks, circular=CIRCULAR.model_copy(update={"slots": slots})).body
    assert [p.text for p in body[1:]] == ["一是加强管理。{{ f.accounts }}各单位2019年要落实。", "二是第二条。"]
    assert all(paragraph.verbatim for paragraph in body[1:])
    assert [span.style for span in body[1].spans] == [ParagraphStyle.LEVEL2, ParagraphStyle.LEVEL2, None]


def test_the_banners_circular_reads_like_one() -> None:
    document = composed(banner(), banner_before())
    text = text_of(document)
    assert document.title == "关于2020年第三季度全旗政府网站与政务新媒体检查情况的通报"
    assert document.letterhead.document_number == "示政服字〔2020〕12号"
    assert text.startswith("按照《国务院办公厅秘书局关于印发")
    assert "现将有关情况通报如下：\n一、总体情况\n" in text
    assert "在运行并已报备的政府网站1个，政务新媒体6个（详见附件1）" in text
    assert "报送系统之外的政务新媒体2个（详见附件2），未计入合格率" in text
    assert "本次检查政府网站1个，未发现不合格网站，合格率100%。" in text
    assert "本次检查政务新媒体5个，占在运行总数的83.33%，合格2个，不合格3个，合格率40.00%。未检1个，其中未抽中1个。" in text
    assert "自本通报印发之日起10个工作日内（2020年11月4日前）" in text
    assert [(len(annex.rows), annex.counted) for annex in document.annexes] == [
        (6, "accounts.declared"),
        (2, "accounts.undeclared"),
        (8, "subjects.result_rows"),
    ]


def test_headings_are_in_the_order_of_the_model_notice() -> None:
    headings = [p.text for p in composed(banner()).body if p.style is not ParagraphStyle.BODY]
    assert headings == [
        "一、总体情况", "二、存在问题", "（一）政府网站方面", "（二）政务新媒体方面", "（三）备案管理方面", "三、下一步工作要求",
    ]  # fmt: skip


def test_nothing_measured_or_blocked_is_printed_as_failing() -> None:
    lines = [line("w1", "VW2.1", state="blocked"), line("w1", "VW3.1", state="not_measured"), line("w2", "VW2.1")]
    verdicts: dict[str, Any] = {
        "w1": {"verdict": "qualified", "blocked": 1, "not_measured": 1},
        "w2": {"verdict": "unqualified", "vetoes": "VW2"},
        "w3": {"verdict": "not_inspected", "reason": "截止监测时间点无任何观测记录"},
    }
    document = composed(judged([website(name, f"网站{name}") for name in verdicts], verdicts, lines))
    text = text_of(document)
    assert "未检1个，其中截止监测时间点无任何观测记录1个。" in text
    assert "另有1个网站的部分指标因检测请求被防护设备拦截而未作判定，不计为问题" in text
    assert "网站w1" not in text
    assert [row[2] for row in document.annexes[0].rows] == ["网站w2", "网站w1"]
    assert document.annexes[0].rows[1][6] == "未发现问题"


def test_an_all_qualified_quarter_says_so_and_asks_for_nothing() -> None:
    slots = {"demands": ["继续加强管理。"]}
    result = judged([website("w1"), account("a1")], {"w1": "qualified", "a1": "qualified"})
    document = composed(result, circular=CIRCULAR.model_copy(update={"slots": slots}))
    text = text_of(document)
    assert "未发现不合格网站，合格率100%" in text
    assert "未发现不合格账号，合格率100%" in text
    assert "未发现报送系统之外的政务新媒体。" in text
    assert "本次检查的政府网站未发现问题。" in text
    assert "逐项整改" not in text
    assert "总体合格率" not in text
    # A lone demand is not numbered.
    assert text.endswith("三、下一步工作要求\n继续加强管理。")
    assert len(document.annexes) == 2


def test_without_any_subject_the_circular_still_reads() -> None:
    empty = judged([account("a1")], {"a1": "qualified"})
    nothing = replace(empty, subjects=empty.subjects.iloc[:0], verdicts=empty.verdicts.iloc[:0])
    document = composed(nothing)
    assert "没有在运行并已报备的政府网站和政务新媒体。" in text_of(document)
    assert document.annexes == ()
    assert "二、下一步工作要求" in text_of(document)


def test_a_draft_has_no_number_date_or_deadline() -> None:
    document = composed(banner(), issue=Issue())
    assert document.letterhead.document_number == "示政服字〔2020〕  号"
    assert document.signature.issued_on is None
    assert "自本通报印发之日起10个工作日内将整改情况" in text_of(document)
    assert document.properties["created"] == "2020-09-30T00:00:00Z"


def test_the_deadline_counts_working_days_over_a_holiday() -> None:
    figures = with_issue(figures_of(banner()), CIRCULAR, Issue(1, date(2020, 9, 28)))
    # 1–8 October is a holiday; 27 September and 10 October are working days.
    assert figures.value("deadline") == date(2020, 10, 19)
    assert figures.why_absent("deadline") is None


def test_annexes_are_told_by_their_number_among_those_shown() -> None:
    wording = {"id": "only", "wording": ["{{ annex('b') }}，{{ annex('a') }}。"]}
    spec = {"title": "清单", "query": "declared", "columns": [{"key": "name", "title": "名称", "width": 1}]}
    hidden = spec | {"id": "a", "show_when": "f.websites.unqualified.value > 0"}
    document = composed(banner(), block_list=block_list(wording, annexes=[hidden, spec | {"id": "b"}]))
    assert text_of(document) == "附件，。"
    document = composed(banner(), block_list=block_list(wording, annexes=[spec | {"id": "a"}, spec | {"id": "b"}]))
    assert text_of(document) == "附件2，附件1。"


def annex(**more: Any) -> tuple[tuple[Any, ...], ...]:
    spec = {"id": "x", "title": "清单", "query": "declared", "columns": [{"key": "name", "title": "名称", "width": 1}]}
    return composed(banner(), block_list=block_list({"id": "a"}, annexes=[spec | more])).annexes[0].rows


def columns(*keys: str, **more: Any) -> list[dict[str, Any]]:
    return [{"key": key, "title": key, "width": 1, **more} for key in keys]


@pytest.mark.parametrize(
    ("more", "rows"),
    [
        ({"where": {"kind": "account", "unit_class": ["township"]}}, [("示例a4",), ("示例a6",)]),
        ({"where": {"is_portal": True}}, [("示例旗人民政府门户网站",)]),
        ({"where": {"kind": "account"}, "sort": ["-platform_order", "name"], "columns": columns("number", "platform")},
         [(1, "其他"), (2, "新浪微博"), (3, "新浪微博"), (4, "微信公众号"), (5, "微信公众号"), (6, "微信公众号")]),
        ({"query": "not_inspected", "columns": columns("name", "reason")}, [("示例a5", "未抽中")]),
        ({"query": "reconciliation.found_not_declared"}, [("示例u1",), ("示例u2",)]),
        ({"where": {"subject_id": "a1"}, "columns": columns("filed_on", "closed_on", missing="无")}, [(date(2020, 3, 2), "无")]),
        ({"where": {"name": "没有"}}, []),
    ],
)  # fmt: skip
def test_annexes_are_queries(more: dict[str, Any], rows: list[tuple[Any, ...]]) -> None:
    assert list(annex(**more)) == rows


def test_names_are_sorted_by_pinyin() -> None:
    sponsors = ["示例旗卫生健康委员会", "示例旗财政局", "示例旗公安局", "示例旗安全局"]
    subjects = [account(f"a{n}", sponsor=sponsor) for n, sponsor in enumerate(sponsors)]
    document = composed(judged(subjects, {s["subject_id"]: "qualified" for s in subjects}))
    assert [row[1] for row in document.annexes[0].rows] == [sponsors[3], sponsors[1], sponsors[2], sponsors[0]]


@pytest.mark.parametrize(
    "more", [{"query": "nothing"}, {"sort": ["nothing"]}, {"columns": columns("nothing")}, {"counted": "nothing"}]
)
def test_faulty_annexes_are_told(more: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="nothing"):
        annex(**more)


def test_results_put_each_problem_beside_what_to_do() -> None:
    results = composed(banner()).annexes[2]
    assert [row[4] for row in results.rows] == ["不合格"] * 4 + ["合格"] * 4
    stale = results.rows[0]
    assert stale[6:] == (
        "VM2.1 账号无更新",
        "监测时间点前14天内无更新。最后更新2020-08-01",
        INDICATORS.clause("VM2.1").wording.remedy,
    )
    links = next(row for row in results.rows if row[6].startswith("D4.3.1"))
    assert links[5] == "86.5"
    assert links[7] == "首页链接无法访问，共3个。/a.html、/b.html、/c.html"


@pytest.mark.parametrize(
    ("values", "text"),
    [({"a": "甲", "b": "乙"}, "甲（乙）"), ({"a": "甲", "b": ""}, "甲"), ({"a": "{b}", "b": "[[乙]]"}, "{b}（[[乙]]）")],
)
def test_patterns_drop_what_is_empty(values: dict[str, str], text: str) -> None:
    assert fill_pattern("{a}[[（{b}）]]", values) == text


def test_composing_twice_gives_equal_documents() -> None:
    assert composed(banner(), banner_before()) == composed(banner(), banner_before())


def test_settings_cannot_pass_for_a_figure() -> None:
    wording = {"id": "only", "wording": ["{{ circular.office }}。"]}
    forged = CIRCULAR.model_copy(update={"office": "某局\ue000accounts.declared\ue001999个\ue002"})
    (paragraph,) = composed(banner(), block_list=block_list(wording), circular=forged).body
    assert [(span.text, span.figure) for span in paragraph.spans] == [("某局accounts.declared999个。", "")]
