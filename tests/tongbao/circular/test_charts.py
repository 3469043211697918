from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import TypeAdapter, ValidationError

from tests.tongbao.circular.test_wording import SHIPPED, SIGNED, block_list, figures_of
from tests.tongbao.judged import CIRCULAR, INDICATORS, JURISDICTION, account, banner, banner_before, judged
from tongbao.circular import gate as gates
from tongbao.circular.charts import Bar, Drawing, Fill, Segment, Stack, draw_bars, draw_columns, draw_stacks, fitting_columns
from tongbao.circular.charts.canvas import ACCENT, DPI, FONT, PALE, drawable, text_width, wrapped
from tongbao.circular.charts.spec import ChartSpec
from tongbao.circular.document import CircularDocument, Paragraph, Picture
from tongbao.circular.ooxml import NAMESPACES, W_NAMESPACE, parse, w
from tongbao.circular.picture import PICTURE_STYLE, with_picture_style
from tongbao.circular.render import render
from tongbao.circular.wording import compose, with_issue
from tongbao.errors import ConfigurationError
from tongbao.figures import Figures, PeriodResult, compute
from tongbao.home import home
from tongbao.period import Period

TEMPLATE = home() / "templates" / "circular-v1.docx"
MM = DPI / 25.4
VALUE = "{{ item.pass_rate | rate }}（{{ item.qualified | count('') }}/{{ item.inspected | count('') }}）"
BY_PLATFORM = {"kind": "bars", "title": "各平台", "each": "f.accounts.by_platform", "label": "{{ item.label }}", "value": VALUE}
CHARTED = CIRCULAR.model_copy(update={"charts": True})


def pixels(drawing: Drawing | Picture) -> Any:
    return np.asarray(Image.open(io.BytesIO(drawing.data)).convert("RGB")).astype(int)


def coloured(drawing: Drawing, colour: tuple[int, int, int]) -> Any:
    return (np.abs(pixels(drawing) - np.array(colour)).max(axis=2) < 4).nonzero()


def longest_run(drawing: Drawing, colour: tuple[int, int, int]) -> float:
    """Millimetres of the widest row of one colour."""
    rows, _ = coloured(drawing, colour)
    return float(np.bincount(rows).max() / MM) if rows.size else 0.0


def tallest_run(drawing: Drawing, colour: tuple[int, int, int]) -> float:
    _, columns = coloured(drawing, colour)
    return float(np.bincount(columns).max() / MM) if columns.size else 0.0


def charted(result: PeriodResult, before: PeriodResult | None = None) -> tuple[CircularDocument, Figures]:
    figures = compute(result, before, None, JURISDICTION, CHARTED, INDICATORS)
    return compose(figures, result, SHIPPED, JURISDICTION, CHARTED, SIGNED), with_issue(figures, CHARTED, SIGNED)


@pytest.fixture(scope="module")
def shipped() -> tuple[CircularDocument, Figures]:
    return charted(banner(), banner_before())


@pytest.fixture(scope="module")
def chart() -> Callable[..., Paragraph | None]:
    """Compose one chart over the banner's figures."""
    result, figures = banner(), figures_of(banner(), banner_before())

    def made(**changes: Any) -> Paragraph | None:
        blocks = block_list({"id": "only", "heading": "图", "chart": BY_PLATFORM | changes})
        body = compose(figures, result, blocks, JURISDICTION, CIRCULAR, SIGNED).body
        assert len(body) in (0, 2), "a heading stands only over a chart"
        return body[1] if body else None

    return made


def pictures(document: CircularDocument) -> list[Picture]:
    return [paragraph.picture for paragraph in document.body if paragraph.picture]


# -- drawing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: draw_columns([Bar(f"2020年第{n}季度", "98.44%（63/64）", Fraction(63, 64)) for n in "一二三四"], 1),
        lambda: draw_columns([Bar(f"2020年{n}月", "98.44%（1263/1283）", Fraction(63, 64)) for n in range(1, 14)], 1),
        lambda: draw_bars([Bar(f"第{n}个平台", "98.44%（63/64）", Fraction(63, 64), n == 3) for n in range(30)], 1),
        lambda: draw_stacks([Stack("政务新媒体", (Segment("合格63个", 63), Segment("不合格1个", 1, Fill.HATCHED)))]),
    ],
)
def test_a_chart_fits_the_type_area_at_print_quality_in_few_bytes(make: Callable[[], Drawing]) -> None:
    drawing = make()
    image = Image.open(io.BytesIO(drawing.data))
    assert drawing.width_mm == 156
    assert drawing.height_mm < 215
    assert image.width == pytest.approx(156 * MM, abs=1)
    assert image.height == pytest.approx(drawing.height_mm * MM, abs=1)
    assert len(drawing.data) < 150_000
    assert make().data == drawing.data
    edge = pixels(drawing)[:, [0, -1]]
    assert edge.min() == 255, "nothing touches the sheet's sides"


def test_bars_begin_at_zero_and_are_as_long_as_their_values() -> None:
    bars = [Bar("甲", "100%", Fraction(1)), Bar("乙", "50.00%", Fraction(1, 2), emphasised=True)]
    drawing = draw_bars(bars, 1)
    assert longest_run(drawing, ACCENT) == pytest.approx(longest_run(drawing, PALE) / 2, abs=1)
    columns = draw_columns([replace(bar, emphasised=not bar.emphasised) for bar in bars], 1)
    assert tallest_run(columns, PALE) == pytest.approx(tallest_run(columns, ACCENT) / 2, abs=1)


def test_what_is_not_all_falls_visibly_short_and_what_is_not_nothing_shows() -> None:
    def length(share: Fraction) -> float:
        return longest_run(draw_bars([Bar("甲", "99.99%", share, emphasised=True)], 1), ACCENT)

    assert length(Fraction(1)) - length(Fraction(9999, 10000)) >= 0.5
    assert length(Fraction(1, 10000)) >= 0.3
    assert length(Fraction(0)) == 0


def test_a_part_too_small_to_draw_to_scale_is_still_seen() -> None:
    drawing = draw_stacks([Stack("账号", (Segment("合格119999个", 119_999, Fill.EMPTY), Segment("不合格1个", 1)))])
    rows, columns = coloured(drawing, ACCENT)
    bar = columns[rows < 4 * MM]
    assert (bar.max() - bar.min()) / MM >= 0.3


def test_fills_differ_in_black_and_white() -> None:
    """Three parts of equal size: one all dark, one white, one striped."""
    parts = (Segment("甲", 1, Fill.SOLID), Segment("乙", 1, Fill.EMPTY), Segment("丙", 1, Fill.HATCHED))
    grey = np.asarray(Image.open(io.BytesIO(draw_stacks([Stack("", parts)]).data)).convert("L"))
    row = grey[round(3 * MM)]
    thirds = [row[round(start * MM) : round((start + 40) * MM)] for start in (8, 60, 112)]
    assert thirds[0].max() < 100
    assert thirds[1].min() > 250
    assert np.count_nonzero(np.diff((thirds[2] < 128).astype(int))) > 8


# -- labels ----------------------------------------------------------------------------------------


def test_labels_are_drawn_from_a_font_that_comes_with_the_program() -> None:
    assert FONT.stat().st_size < 3_000_000
    assert FONT.with_name("OFL.txt").read_text(encoding="utf-8").startswith("Noto Sans CJK SC")
    rare = "喆堃埇浉赟珺玥㎡—“”（）％·…①2020"
    assert drawable(rare) == rare
    assert drawable("示例😀网") == "示例〓网"


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("微信公众号", 30, ["微信公众号"]),
        ("2020年第三季度", 20, ["2020年", "第三季度"]),
        ("2020年1月", 12, ["2020年", "1月"]),
        ("98.44%（63/64）", 20, ["98.44%", "（63/64）"]),
        ("ShiliOfficialAccount", 20, ["ShiliOffic…"]),
        ("旗", 1, ["…"]),
    ],
)
def test_labels_break_between_words_and_before_brackets(text: str, width: float, lines: list[str]) -> None:
    assert wrapped(text, 10.5, width) == lines


def test_a_number_is_never_cut_off_to_fit_more_columns() -> None:
    bars = [Bar(f"2019年{n}月", f"98.44%（{n}63/1283）", Fraction(63, 64)) for n in range(1, 14)]
    assert fitting_columns(bars) == 7
    assert fitting_columns([replace(bar, text="98.44%") for bar in bars]) == 13
    assert fitting_columns([replace(bar, text="9" * 100) for bar in bars]) == 1


def test_a_label_too_long_for_its_lines_ends_in_an_ellipsis() -> None:
    broken = wrapped("示例旗某某镇人民政府便民服务中心官方账号" * 3, 10.5, 40)
    assert len(broken) == 2
    assert broken[-1].endswith("…")
    assert all(text_width(line, 10.5) <= 40 for line in broken)


# -- from the block list ---------------------------------------------------------------------------


def test_charts_are_off_until_the_office_asks_for_them(shipped: tuple[CircularDocument, Figures]) -> None:
    figures = figures_of(banner(), banner_before())
    assert not pictures(compose(figures, banner(), SHIPPED, JURISDICTION, CIRCULAR, SIGNED))
    assert [paragraph.text for paragraph in shipped[0].body if paragraph.picture] == [
        *("政务新媒体合格率与往期对照", "2020年第三季度各平台政务新媒体合格率", "2020年第三季度检查结论")
    ]


def test_a_chart_says_in_words_and_by_figure_what_it_shows(chart: Callable[..., Paragraph | None]) -> None:
    paragraph = chart(order="smallest")
    assert paragraph is not None
    assert paragraph.text == "各平台"
    assert paragraph.picture is not None
    assert paragraph.picture.alt == "各平台：其他 0%（0/1）；微信公众号 50.00%（1/2）；新浪微博 50.00%（1/2）"
    assert paragraph.picture.figures[1::4] == tuple(
        f"accounts.by_platform.{platform}.pass_rate" for platform in ("其他", "微信公众号", "新浪微博")
    )
    assert paragraph.picture.texts[1::4] == ("0%", "50.00%", "50.00%")


def test_a_single_period_makes_no_chart_over_time() -> None:
    document, _ = charted(banner())
    assert [paragraph.text for paragraph in document.body if paragraph.picture] == [
        "2020年第三季度各平台政务新媒体合格率",
        "2020年第三季度检查结论",
    ]


def test_periods_stand_in_their_order_with_a_gap_where_one_is_unknown() -> None:
    year_ago = replace(banner_before(), period=Period.parse("2019-Q3"))
    figures = compute(banner(), banner_before(), year_ago, JURISDICTION, CIRCULAR, INDICATORS, earlier=[])
    names = figures.children("accounts.by_period")
    assert [figures.value(f"{name}.label") for name in names] == ["2019年第三季度", "2020年第二季度", "2020年第三季度"]
    for count in ("declared", "inspected", "qualified", "unqualified", "pass_rate"):
        assert figures.value(f"{names[-1]}.{count}") == figures.value(f"accounts.{count}")


def test_nothing_inspected_leaves_no_chart_and_no_heading() -> None:
    idle = judged([account("a1"), account("a2", "新浪微博")], {"a1": "not_inspected", "a2": "not_inspected"})
    blocks = block_list({"id": "only", "heading": "图", "chart": BY_PLATFORM})
    assert compose(figures_of(idle), idle, blocks, JURISDICTION, CIRCULAR, SIGNED).body == ()


def test_a_member_without_the_figure_is_left_out_or_said_to_miss_it() -> None:
    part = judged([account("a1"), account("a2", "抖音"), account("a3", "新浪微博")], {"a1": "qualified", "a2": "unqualified"})
    figures = figures_of(part)

    def alt(**changes: Any) -> str:
        blocks = block_list({"id": "only", "chart": BY_PLATFORM | changes})
        picture = compose(figures, part, blocks, JURISDICTION, CIRCULAR, SIGNED).body[0].picture
        assert picture is not None
        return picture.alt.partition("：")[2]

    assert "新浪微博" not in alt()
    assert alt(missing="未检", order="largest") == "微信公众号 100%（1/1）；抖音 0%（0/1）；新浪微博 未检"


def test_100_percent_is_never_drawn_beside_a_failure() -> None:
    many = [account(f"a{n}") for n in range(20_001)]
    result = judged(
        [*many, account("b", "抖音")], {f"a{n}": "qualified" for n in range(20_000)} | {"a20000": "unqualified", "b": "qualified"}
    )
    blocks = block_list({"id": "only", "chart": BY_PLATFORM})
    picture = compose(figures_of(result), result, blocks, JURISDICTION, CIRCULAR, SIGNED).body[0].picture
    assert picture is not None
    assert "微信公众号 99.99%（20000/20001）" in picture.alt


def test_more_members_than_fit_end_in_an_ellipsis(chart: Callable[..., Paragraph | None]) -> None:
    cut, columns = chart(at_most=2, rest="其余从略"), chart(at_most=2, kind="columns")
    assert cut is not None
    assert cut.picture is not None
    assert cut.picture.alt.endswith("新浪微博 50.00%（1/2）；其余从略")
    assert columns is not None
    assert columns.picture is not None
    assert columns.picture.alt.startswith("各平台：新浪微博")


def test_counts_make_bars_too(chart: Callable[..., Paragraph | None]) -> None:
    paragraph = chart(value="{{ item.declared | count('个') }}", kind="columns")
    assert paragraph is not None
    assert paragraph.picture is not None
    assert paragraph.picture.texts[1::2] == ("3个", "2个", "1个")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"value": "{{ item.label }}"}, "没有可画的数字"),
        ({"value": "{{ item.pass_rate | degre }}"}, "写法有误"),
        ({"each": "f.accounts.by_platfrom"}, "by_platfrom"),
        (
            {"value": "{% if item.key == '其他' %}{{ item.declared }}{% else %}{{ item.pass_rate }}{% endif %}"},
            "混用",
        ),
    ],
)
def test_a_faulty_chart_is_told_with_its_block(
    chart: Callable[..., Paragraph | None], changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said) as raised:
        chart(**changes)
    assert "“only”" in raised.value.problem


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "stacks"},
        {"segments": [{"value": "{{ item.qualified | count('个') }}"}]},
        {"kind": "columns", "at_most": 14},
        {"value": ""},
        {"colour": "red"},
    ],
)
def test_a_description_that_cannot_be_drawn_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ChartSpec.model_validate(BY_PLATFORM | changes)


# -- in the file -----------------------------------------------------------------------------------


def test_a_picture_is_whole_in_the_package(shipped: tuple[CircularDocument, Figures]) -> None:
    data = render(shipped[0], TEMPLATE).data
    assert render(shipped[0], TEMPLATE).data == data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    root = parse(parts["word/document.xml"])
    drawn = [paragraph for paragraph in root.iter(w("p")) if paragraph.find(f".//{{{NAMESPACES['a']}}}blip") is not None]
    assert len(drawn) == len(pictures(shipped[0])) == 3
    for paragraph, picture in zip(drawn, pictures(shipped[0]), strict=True):
        extent = next(paragraph.iter(f"{{{NAMESPACES['wp']}}}extent"))
        assert int(extent.get("cx", 0)) == 156 * 36000
        assert next(paragraph.iter(f"{{{NAMESPACES['wp']}}}docPr")).get("descr") == picture.alt
    media = {data for name, data in parts.items() if name.startswith("word/media/")}
    assert media == {picture.data for picture in pictures(shipped[0])}
    numbers = [drawing.get("id") for drawing in root.iter(f"{{{NAMESPACES['wp']}}}docPr")]
    assert len(set(numbers)) == len(numbers) == 4
    assert b'Extension="png"' in parts["[Content_Types].xml"]


def test_the_line_of_a_picture_grows_with_it(shipped: tuple[CircularDocument, Figures]) -> None:
    with zipfile.ZipFile(io.BytesIO(render(shipped[0], TEMPLATE).data)) as archive:
        styles = parse(archive.read("word/styles.xml"))
    (style,) = [style for style in styles if (name := style.find(w("name"))) is not None and name.get(w("val")) == PICTURE_STYLE]
    spacing = next(style.iter(w("spacing")))
    assert spacing.get(w("lineRule")) == "auto"


def test_the_office_may_bring_its_own_style_for_pictures() -> None:
    own = f'<w:styles xmlns:w="{W_NAMESPACE}"><w:style w:styleId="a9"><w:name w:val="{PICTURE_STYLE}"/></w:style></w:styles>'
    assert with_picture_style(own.encode()) == own.encode()


def test_a_document_without_charts_is_drawn_as_before() -> None:
    document = compose(figures_of(banner()), banner(), SHIPPED, JURISDICTION, CIRCULAR, SIGNED)
    with zipfile.ZipFile(io.BytesIO(render(document, TEMPLATE).data)) as archive, zipfile.ZipFile(TEMPLATE) as template:
        assert archive.namelist() == template.namelist()
        assert archive.read("word/styles.xml") == template.read("word/styles.xml")


def test_the_model_survives_being_kept_as_json(shipped: tuple[CircularDocument, Figures]) -> None:
    adapter = TypeAdapter(CircularDocument)
    assert adapter.validate_json(adapter.dump_json(shipped[0])).body == shipped[0].body


# -- the gate --------------------------------------------------------------------------------------


def test_the_gate_passes_what_was_drawn(shipped: tuple[CircularDocument, Figures]) -> None:
    document, figures = shipped
    rendered = render(document, TEMPLATE)
    report = gates.check(rendered.data, document, figures, rendered.bookmarks)
    assert report.passed, report.breaches
    without = replace(document, body=tuple(paragraph for paragraph in document.body if not paragraph.picture))
    plain = render(without, TEMPLATE)
    checked = gates.check(plain.data, without, figures, plain.bookmarks).checked["figure"]
    assert report.checked["figure"] > checked + sum(len(picture.figures) for picture in pictures(document)) - 1


def test_the_gate_finds_a_chart_replaced_or_deleted(shipped: tuple[CircularDocument, Figures]) -> None:
    document, figures = shipped
    rendered = render(document, TEMPLATE)
    one = pictures(document)[0].data
    with zipfile.ZipFile(io.BytesIO(rendered.data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, pictures(document)[1].data if content == one else content)
    breaches = gates.check(buffer.getvalue(), document, figures, rendered.bookmarks).breaches
    assert [(breach.rule, breach.place, breach.printed) for breach in breaches] == [
        ("missing", "政务新媒体合格率与往期对照", "（图已删除或替换）")
    ]


def test_the_gate_finds_a_chart_of_other_figures(shipped: tuple[CircularDocument, Figures]) -> None:
    document, figures = shipped
    rendered = render(document, TEMPLATE)
    name = "accounts.by_platform.其他.pass_rate"
    other = figures.with_more([replace(figures[name], value=Fraction(1, 2), numerator="", denominator="")])
    breaches = gates.check(rendered.data, document, other, rendered.bookmarks).breaches
    assert ("figure", "0%", "50%") in [(breach.rule, breach.printed, breach.expected) for breach in breaches]
