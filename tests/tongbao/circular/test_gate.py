from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cache

import pytest

from tests.tongbao.judged import CIRCULAR, INDICATORS, JURISDICTION, ROOT, account, banner, banner_figures, judged
from tongbao.circular.blocks import load_block_list
from tongbao.circular.document import Annex, AnnexColumn, CircularDocument
from tongbao.circular.gate import RULES, GateReport, check, require
from tongbao.circular.render import Rendered, render
from tongbao.circular.wording import Issue, compose, with_issue
from tongbao.errors import GateBreach
from tongbao.figures import Figures, PeriodResult, compute
from tongbao.figures.model import LONGEST_LIST

ISSUE = Issue(12, date(2020, 10, 21))
TEMPLATE = ROOT / "templates/circular-v1.docx"
BLOCKS = load_block_list(ROOT / "templates/quarterly.yaml")


@cache
def drawn() -> tuple[CircularDocument, Figures, Rendered]:
    figures = with_issue(banner_figures(compared=True), CIRCULAR, ISSUE)
    document = compose(figures, banner(), BLOCKS, JURISDICTION, CIRCULAR, ISSUE)
    return document, figures, render(document, TEMPLATE)


def document_xml(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read("word/document.xml").decode()


def with_xml(data: bytes, xml: str) -> bytes:
    edited = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(edited, "w") as new:
        for name in old.namelist():
            new.writestr(name, xml.encode() if name == "word/document.xml" else old.read(name))
    return edited.getvalue()


def bookmark_of(figure: str) -> str:
    return next(name for name, recorded in drawn()[2].bookmarks.items() if recorded.figure == figure)


def retyped(figure: str, text: str) -> bytes:
    """The file with the first printing of a figure typed over."""
    data, xml = drawn()[2].data, document_xml(drawn()[2].data)
    start = xml.index(f'w:name="{bookmark_of(figure)}"')
    end = xml.index("<w:bookmarkEnd", start)
    inner = re.sub(r"(<w:t[^>]*>)[^<]*(</w:t>)", lambda match: f"{match[1]}{text}{match[2]}", xml[start:end], count=1)
    return with_xml(data, xml[:start] + inner + xml[end:])


def replaced(old: str, new: str, count: int = 1) -> bytes:
    xml = document_xml(drawn()[2].data)
    assert old in xml
    return with_xml(drawn()[2].data, xml.replace(old, new, count))


def report(data: bytes, **changed: object) -> GateReport:
    document, figures, rendered = drawn()
    return check(data, document, changed.get("figures", figures), changed.get("bookmarks", rendered.bookmarks))  # type: ignore[arg-type]


def rules_broken(outcome: GateReport) -> set[str]:
    return {breach.rule for breach in outcome.breaches}


def test_an_untouched_circular_passes_every_rule() -> None:
    outcome = report(drawn()[2].data)
    assert outcome.breaches == ()
    assert set(outcome.checked) == set(RULES)
    assert all(outcome.checked.values())
    assert outcome.checked["missing"] == len(drawn()[2].bookmarks)


@pytest.mark.parametrize(
    ("figure", "text", "rules"),
    [
        ("accounts.declared", "65个", {"figure", "rate", "split"}),
        ("accounts.qualified", "3个", {"figure", "rate", "split"}),
        ("accounts.pass_rate", "60.00%", {"figure", "rate"}),
        ("accounts.pass_rate", "100%", {"figure", "rate"}),
        ("accounts.by_platform.微信公众号.declared", "4个", {"figure", "split"}),
        ("websites.ranking.1.score", "87", {"figure"}),
        ("accounts.previous.pass_rate_change", "上升1.00个百分点", {"figure"}),
        ("accounts.fail_rate", "个别", {"figure"}),
        ("cutoff", "2020年9月29日", {"figure"}),
        ("deadline", "2020年11月5日", {"figure"}),
        ("period", "2020年第二季度", {"figure"}),
        ("basis.1.number", "国办秘函〔2019〕20号", {"figure"}),
        ("accounts.reasons.VM2_1.names", "示例旗a2局“示例a2”微信公众号", {"list"}),
        ("accounts.reasons.VM2_1.names", "示例旗a2局“示例a2”微信公众号等3个", {"list"}),
        ("accounts.declared", " ", {"missing"}),
    ],
)
def test_a_figure_typed_over_is_found(figure: str, text: str, rules: set[str]) -> None:
    assert rules_broken(report(retyped(figure, text))) == rules


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        ("accounts.pass_rate", "40%"),
        ("accounts.pass_rate", "40.0%"),
        ("accounts.declared", "６个"),
        ("accounts.declared", "6家"),
        ("websites.ranking.1.score", "86.50"),
        ("cutoff", "2020年09月30日"),
    ],
)
def test_another_way_to_print_the_same_is_left_alone(figure: str, text: str) -> None:
    assert report(retyped(figure, text)).breaches == ()


def test_a_breach_says_where_what_and_what_instead() -> None:
    (breach,) = [b for b in report(retyped("accounts.qualified", "3个")).breaches if b.rule == "figure"]
    assert (breach.printed, breach.expected) == ("3个", "2")
    assert breach.place == "“…体5个，占在运行总数的83.33%，合格3个，不合格3个，合格率40.00%。未检1…”"
    assert "改正来源数据后重新生成" in breach.remedy


def test_a_deleted_figure_is_missed() -> None:
    xml = document_xml(drawn()[2].data)
    name = bookmark_of("accounts.pass_rate")
    start = xml.rindex("<w:bookmarkStart", 0, xml.index(f'w:name="{name}"'))
    end = xml.index("/>", xml.index("<w:bookmarkEnd", start)) + 2
    outcome = report(with_xml(drawn()[2].data, xml[:start] + xml[end:]))
    assert rules_broken(outcome) == {"missing"}
    assert outcome.breaches[0].expected == "40.00%"


def test_text_deleted_with_tracked_changes_is_gone() -> None:
    xml = document_xml(drawn()[2].data)
    name = bookmark_of("accounts.pass_rate")
    start = xml.index("/>", xml.index(f'w:name="{name}"')) + 2
    end = xml.index("<w:bookmarkEnd", start)
    run = xml[start:end]
    marked = f'<w:del w:id="9001" w:author="x">{run.replace("<w:t", "<w:delText").replace("</w:t>", "</w:delText>")}</w:del>'
    assert rules_broken(report(with_xml(drawn()[2].data, xml[:start] + marked + xml[end:]))) == {"missing"}


@pytest.mark.parametrize("added", ["另有7个账号待核。", "合格率约九成，7.5%待核。"])
def test_a_number_typed_in_has_no_source(added: str) -> None:
    outcome = report(replaced("现将有关情况通报如下：", f"现将有关情况通报如下：{added}"))
    assert rules_broken(outcome) == {"unsourced"}
    assert added in outcome.breaches[0].place


def test_words_without_numbers_may_be_edited() -> None:
    assert report(replaced("现将有关情况通报如下：", "现通报如下：")).breaches == ()


def test_a_paragraph_repeated_by_hand_is_found() -> None:
    xml = document_xml(drawn()[2].data)
    (paragraph,) = [p for p in re.findall(r"<w:p>(?:(?!</w:p>).)*</w:p>", xml) if "重点" in p or "动态要闻类栏目" in p][:1]
    plain = re.sub(r"<w:bookmark(?:Start|End)[^>]*/>", "", paragraph)
    outcome = report(with_xml(drawn()[2].data, xml.replace(paragraph, paragraph + plain)))
    assert rules_broken(outcome) == {"unsourced"}


@pytest.mark.parametrize(
    ("old", "new"),
    [("现将有关情况", "现将2020年第二季度有关情况"), ("现将有关情况", "现将2020年上半年有关情况")],
)
def test_another_period_in_the_body_is_found(old: str, new: str) -> None:
    assert "period" in rules_broken(report(replaced(old, new)))


def test_another_period_in_the_title_is_found() -> None:
    document, figures, _ = drawn()
    other = replace(document, title=document.title.replace("第三季度", "第二季度"))
    rendered = render(other, TEMPLATE)
    outcome = check(rendered.data, document, figures, rendered.bookmarks)
    assert [breach.place for breach in outcome.breaches if breach.rule == "period"] == ["标题"]


def test_the_offices_own_text_may_name_any_period_and_number() -> None:
    slots = {"demands": ["2019年第四季度以来，各单位要在3日内整改，做到100%合格。"]}
    circular = CIRCULAR.model_copy(update={"slots": slots})
    document = compose(drawn()[1], banner(), BLOCKS, JURISDICTION, circular, ISSUE)
    rendered = render(document, TEMPLATE)
    assert check(rendered.data, document, drawn()[1], rendered.bookmarks).breaches == ()


def test_a_hundred_percent_by_hand_is_found_while_something_fails() -> None:
    outcome = report(replaced("现将有关情况", "整改率100%，现将有关情况"))
    assert rules_broken(outcome) == {"all_pass", "unsourced"}


def test_all_qualified_in_words_is_found_when_both_kinds_fail() -> None:
    _, figures, rendered = drawn()
    data = replaced("现将有关情况", "检查对象全部合格，现将有关情况")
    assert report(data).breaches == ()
    failing = figures.with_more([replace(figures["websites.unqualified"], value=1)])
    assert "all_pass" in rules_broken(report(data, figures=failing))
    assert rendered.bookmarks


@pytest.mark.parametrize(("number", "rows"), [(1, 6), (2, 2), (3, 8)])
def test_a_row_deleted_from_an_annex_is_found(number: int, rows: int) -> None:
    xml = document_xml(drawn()[2].data)
    start = xml.index(f'w:name="TB_ANNEX_{number}"')
    last_row = xml.rindex("<w:tr>", start, xml.index("</w:tbl>", start))
    end = xml.index("</w:tr>", last_row) + len("</w:tr>")
    outcome = report(with_xml(drawn()[2].data, xml[:last_row] + xml[end:]))
    (breach,) = outcome.breaches
    assert (breach.rule, breach.printed, breach.expected) == ("annex", f"{rows - 1}行", f"{rows}行")


def test_an_annex_without_its_label_is_found() -> None:
    assert rules_broken(report(replaced('w:name="TB_ANNEX_2"', 'w:name="other"'))) >= {"annex"}


def test_rows_are_counted_over_chunked_tables_and_none_in_an_empty_one() -> None:
    document, figures, _ = drawn()
    column = (AnnexColumn("name", "名称", 1),)
    long = Annex("长清单", column, tuple((f"甲{n}",) for n in range(1203)))
    longer = replace(document, annexes=(long, Annex("空清单", column, ())))
    rendered = render(longer, TEMPLATE)
    outcome = check(rendered.data, longer, figures, rendered.bookmarks)
    assert "annex" not in rules_broken(outcome)
    shorter = replace(longer, annexes=(replace(long, rows=long.rows[:-1]), longer.annexes[1]))
    assert "annex" in rules_broken(check(rendered.data, shorter, figures, rendered.bookmarks))


def changed_figures(**values: object) -> Figures:
    figures = drawn()[1]
    return figures.with_more([replace(figures[name.replace("__", ".")], value=value) for name, value in values.items()])


def test_splits_and_lists_that_contradict_their_count_are_found_in_the_figures_themselves() -> None:
    assert "split" in rules_broken(report(drawn()[2].data, figures=changed_figures(accounts__not_inspected=2)))
    shorter = changed_figures(accounts__unqualified_names=banner_figures().value("accounts.unqualified_names")[:2])
    assert "list" in rules_broken(report(drawn()[2].data, figures=shorter))


def test_a_figure_nobody_computed_is_found() -> None:
    _, figures, _ = drawn()
    fewer = Figures({name: figure for name, figure in figures.items() if name != "accounts.pass_rate"})
    assert "missing" in rules_broken(report(drawn()[2].data, figures=fewer))


def test_a_figure_drawn_without_bookmark_is_found() -> None:
    bookmarks: Mapping[str, object] = dict(list(drawn()[2].bookmarks.items())[:-1])
    assert "missing" in rules_broken(report(drawn()[2].data, bookmarks=bookmarks))


def test_a_cut_list_must_say_how_many_there_are() -> None:
    subjects = [account(f"a{n:03d}") for n in range(LONGEST_LIST + 1)]
    result: PeriodResult = judged(subjects, {s["subject_id"]: "unqualified" for s in subjects})
    figures = compute(result, None, None, JURISDICTION, CIRCULAR, INDICATORS)
    blocks = BLOCKS.model_copy(
        update={
            "annexes": (),
            "blocks": type(BLOCKS)
            .model_validate(
                {"id": "x", "blocks": [{"id": "a", "wording": ["{{ f.accounts.unqualified_names | names('named', 2) }}。"]}]}
            )
            .blocks,
        }
    )
    document = compose(figures, result, blocks, JURISDICTION, CIRCULAR, ISSUE)
    rendered = render(document, TEMPLATE)
    assert any(p.text == "示例a000、示例a001等501个。" for p in document.body)
    assert check(rendered.data, document, figures, rendered.bookmarks).breaches == ()
    wrong = with_xml(rendered.data, document_xml(rendered.data).replace("等501个", "等500个"))
    assert rules_broken(check(wrong, document, figures, rendered.bookmarks)) == {"list"}


def test_a_breach_stops_the_run_unless_a_person_gives_a_reason() -> None:
    clean, broken = report(drawn()[2].data), report(retyped("accounts.declared", "65个"))
    require(clean)
    require(broken, "经办公会同意，以人工复核数为准")
    for reason in ("", "  "):
        with pytest.raises(GateBreach) as caught:
            require(broken, reason)
    assert "文中为“65个”，应为“6”" in str(caught.value)
    assert caught.value.value == broken.breaches


def test_a_report_is_plain_data() -> None:
    content = report(retyped("accounts.declared", "65个")).to_json()
    assert content["passed"] is False
    assert content["breaches"][0]["rule_title"] in RULES.values()
    assert content["checked"]["annex"] == 3


@pytest.mark.parametrize("data", [b"", b"not a zip", with_xml.__name__.encode()])
def test_a_file_that_is_no_docx_is_told(data: bytes) -> None:
    with pytest.raises(GateBreach, match="打不开"):
        report(data)


def test_a_difference_that_does_not_follow_from_its_rates_is_found() -> None:
    changed = changed_figures(accounts__previous__pass_rate=Fraction(1, 3))
    assert "figure" in rules_broken(report(drawn()[2].data, figures=changed))
