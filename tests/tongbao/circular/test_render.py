"""Circulars drawn on the template: what stands where, and that nothing is lost on the way."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.tongbao.circular.auditing import NEEDS_AUDIT, assert_needs_no_repair
from tests.tongbao.circular.documents import body, circular, long_annex, plain
from tongbao.circular.document import Annex, AnnexColumn, CircularDocument, Imprint, Letterhead, ParagraphStyle, Signature, Span
from tongbao.circular.imprint import ImprintPage
from tongbao.circular.ooxml import Element, parse, text_of, w
from tongbao.circular.package import DOCUMENT, STYLES, read_package, write_package
from tongbao.circular.render import Rendered, render
from tongbao.circular.styles import Styles
from tongbao.errors import ConfigurationError
from tongbao.home import home

TEMPLATE = home() / "templates" / "circular-v1.docx"


class Page:
    """A finished circular, opened to be looked at."""

    def __init__(self, rendered: Rendered) -> None:
        with zipfile.ZipFile(io.BytesIO(rendered.data)) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        self.root = parse(self.parts[DOCUMENT])
        self.styles = Styles.read(self.parts[STYLES], "")
        found = self.root.find(w("body"))
        assert found is not None
        self.body = found

    @property
    def paragraphs(self) -> list[tuple[str, str]]:
        """Style name and text of each paragraph outside tables; line breaks as such."""
        return [(self.styles.name_of(block), self.text(block)) for block in self.body.findall(w("p"))]

    def styled(self, name: str) -> list[str]:
        return [text for style, text in self.paragraphs if style == name]

    def element(self, name: str, place: int = 0) -> Element:
        return [block for block in self.body.findall(w("p")) if self.styles.name_of(block) == name][place]

    def indent(self, name: str, place: int = 0) -> dict[str, int]:
        found = self.element(name, place).find(f"{w('pPr')}/{w('ind')}")
        assert found is not None
        return {key.rpartition("}")[2]: int(value) for key, value in found.attrib.items() if str(key).endswith("Chars")}

    @staticmethod
    def text(block: Element) -> str:
        return "".join("\n" if part.tag == w("br") else part.text or "" for part in block.iter(w("t"), w("br")))

    @property
    def sections(self) -> list[tuple[str, bool]]:
        """How each section starts and whether it lies landscape."""
        return [
            (str(section.find(w("type")).get(w("val"))), section.find(w("pgSz")).get(w("orient")) == "landscape")  # type: ignore[union-attr]
            for section in self.root.iter(w("sectPr"))
        ]

    def bookmarks(self) -> dict[str, str]:
        """Text inside each bookmark."""
        inside: dict[str, str] = {}
        opened: dict[str, str] = {}
        for part in self.root.iter(w("bookmarkStart"), w("bookmarkEnd"), w("t")):
            if part.tag == w("bookmarkStart"):
                opened[str(part.get(w("id")))] = str(part.get(w("name")))
                inside[str(part.get(w("name")))] = ""
            elif part.tag == w("bookmarkEnd"):
                del opened[str(part.get(w("id")))]
            else:
                for name in opened.values():
                    inside[name] += part.text or ""
        return inside


def draw(document: CircularDocument, template: Path = TEMPLATE, imprint: ImprintPage = ImprintPage.OWN) -> Page:
    return Page(render(document, template, imprint=imprint))


@pytest.fixture(scope="module")
def page() -> Page:
    return draw(circular())


@pytest.fixture
def edited(tmp_path: Path) -> Callable[..., Path]:
    """A copy of the template with its document text changed."""

    def edit(*changes: tuple[str, str]) -> Path:
        parts = read_package(TEMPLATE)
        text = parts[DOCUMENT].decode()
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        path = tmp_path / "office.docx"
        path.write_bytes(write_package({**parts, DOCUMENT: text.encode()}))
        return path

    return edit


def test_two_builds_are_equal_bytes_without_a_date_of_today() -> None:
    data = render(circular(), TEMPLATE).data
    assert render(circular(), TEMPLATE).data == data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert core.count("2020-10-21T00:00:00Z") == 2
    assert "<dc:creator>示例旗政务服务局</dc:creator>" in core
    assert "period: 2020-Q3" in core


def test_created_of_the_properties_comes_before_the_date_of_issue() -> None:
    page = draw(circular(properties={"created": "2020-10-01T00:00:00+08:00"}))
    assert page.parts["docProps/core.xml"].decode().count("2020-09-30T16:00:00Z") == 2


def test_the_letter_reads_in_order(page: Page) -> None:
    assert [style for style, text in page.paragraphs if text][:7] == [
        *("公文发文机关标志", "公文发文字号", "公文标题", "公文主送机关"),
        *("公文正文", "公文一级标题", "公文正文"),
    ]
    assert page.styled("公文标题") == ["关于2020年第三季度全旗政府网站\n与政务新媒体检查情况的通报"]
    assert page.styled("公文主送机关") == ["示例经济开发区管委会党政综合办公室，各镇人民政府，旗直各部门、各直属单位："]
    assert page.styled("公文发文字号") == ["示政服字〔2020〕8号"]
    assert page.styled("公文署名") == ["示例旗政务服务局"]
    assert page.styled("公文成文日期") == ["2020年10月21日"]
    assert page.styled("公文附注") == ["（此件公开发布）"]
    assert "{{" not in "".join(text for style, text in page.paragraphs if style != "公文正文")


def test_every_figure_is_its_own_bookmark_in_reading_order() -> None:
    document = circular()
    rendered = render(document, TEMPLATE)
    spans = [span for paragraph in document.body for span in paragraph.spans if span.figure]
    assert list(rendered.bookmarks) == [f"TB_{number:04d}" for number in range(1, len(spans) + 1)]
    assert [(mark.figure, mark.text) for mark in rendered.bookmarks.values()] == [(span.figure, span.text) for span in spans]
    printed = Page(rendered).bookmarks()
    assert {name: printed[name] for name in rendered.bookmarks} == {name: mark.text for name, mark in rendered.bookmarks.items()}
    assert printed["TB_TITLE"] == document.title
    assert [printed[f"TB_ANNEX_{number}"] for number in (1, 2, 3)] == ["附件1", "附件2", "附件3"]


def test_bookmark_ids_are_unique_even_beside_the_templates_own(edited: Callable[..., Path]) -> None:
    place = '<w:r><w:t xml:space="preserve">{{ mark }}</w:t></w:r>'
    template = edited((place, '<w:bookmarkStart w:id="1" w:name="_GoBack"/><w:bookmarkEnd w:id="1"/>' + place))
    ids = [mark.get(w("id")) for mark in draw(circular(), template).root.iter(w("bookmarkStart"))]
    assert len(ids) == len(set(ids))


def test_run_in_headings_take_the_type_of_their_level(page: Page) -> None:
    run = next(run for run in page.root.iter(w("r")) if "".join(run.itertext()).startswith("（二）"))
    style = run.find(f"{w('rPr')}/{w('rStyle')}")
    assert style is not None
    linked = page.styles.by_id[str(style.get(w("val")))]
    assert linked.find(f"{w('rPr')}/{w('rFonts')}").get(w("eastAsia")) == "楷体_GB2312"  # type: ignore[union-attr]
    assert page.styles.by_name["公文二级标题"].find(w("link")).get(w("val")) == style.get(w("val"))  # type: ignore[union-attr]


def test_hostile_names_come_out_literally() -> None:
    hostile = "R&D<5%>{{ mark }}{% raw %}]]>"
    document = circular(
        title=hostile,
        title_lines=(hostile,),
        addressees=hostile,
        body=(plain(hostile + "\x0b\u202e"),),
        signature=Signature(hostile, date(2020, 10, 21)),
        annexes=(Annex(hostile, (AnnexColumn("a", hostile, 1),), ((hostile,),), note=hostile),),
    )
    page = draw(document)
    for style in ("公文标题", "公文正文", "公文署名", "附件标题", "附件注释"):
        assert page.styled(style)[0].replace("\n", "") == hostile
    assert [text.text for text in page.body.find(w("tbl")).iter(w("t"))] == [hostile, hostile]  # type: ignore[union-attr]


def test_a_draft_leaves_room_for_number_and_date() -> None:
    page = draw(
        circular(
            letterhead=Letterhead("示例旗政务服务局文件", "示政服字〔2020〕号"),
            signature=Signature("示例旗政务服务局", None),
            imprint=Imprint("示例旗政务服务局办公室", None),
        )
    )
    assert page.styled("公文发文字号") == ["示政服字〔2020〕　　号"]
    assert page.styled("公文成文日期") == ["　　年　　月　　日"]
    assert "　　年　　月　　日印发" in "".join(page.root.itertext())


def test_what_stands_above_the_mark_comes_out_of_the_white_above_it() -> None:
    def white(head: Letterhead) -> int:
        spacing = draw(circular(letterhead=head)).element("公文版头空白").find(f"{w('pPr')}/{w('spacing')}")
        return int(spacing.get(w("line"), 0))  # type: ignore[union-attr]

    alone = white(Letterhead("示例旗文件", "1号"))
    assert white(Letterhead("示例旗文件", "1号", secrecy="机密★1年", urgency="特急")) == alone - 2 * 579
    assert white(Letterhead("示例旗文件", "1号", copy_number="000001", secrecy="机密★1年", urgency="特急")) == 20


@pytest.mark.parametrize(("length", "size", "scale"), [(10, None, None), (11, "80", "100"), (14, "63", "100"), (24, "60", "60")])
def test_a_long_mark_is_set_smaller_then_condensed_to_one_line(length: int, size: str | None, scale: str | None) -> None:
    page = draw(circular(letterhead=Letterhead("示" * length, "1号")))
    properties = page.element("公文发文机关标志").find(f"{w('r')}/{w('rPr')}")
    assert (properties is None) == (size is None)
    if properties is not None:
        assert (properties.find(w("sz")).get(w("val")), properties.find(w("w")).get(w("val"))) == (size, scale)  # type: ignore[union-attr]


def test_an_upward_document_names_its_signer_beside_the_number() -> None:
    page = draw(circular(letterhead=Letterhead("示例旗政务服务局文件", "示政服字〔2020〕8号", signer="张某某")))
    assert page.styled("公文发文字号") == []
    assert page.styled("公文上行文字号") == ["示政服字〔2020〕8号签发人：张某某"]


def test_annex_list_hangs_at_the_names(page: Page) -> None:
    titles = [annex.title for annex in circular().annexes]
    assert page.styled("公文附件说明") == [f"附件：1.{titles[0]}", f"2.{titles[1]}", f"3.{titles[2]}"]
    assert [page.indent("公文附件说明", place) for place in (0, 1)] == [
        {"leftChars": 600, "hangingChars": 400},
        {"leftChars": 600, "hangingChars": 100},
    ]
    single = draw(circular(annexes=circular().annexes[:1]))
    assert single.styled("公文附件说明") == [f"附件：{titles[0]}"]
    assert single.indent("公文附件说明") == {"leftChars": 500, "hangingChars": 300}
    assert single.styled("附件标识") == ["附件"]


def test_without_annexes_their_list_goes_with_its_blank_line() -> None:
    def blanks_before_office(document: CircularDocument) -> list[str]:
        names = [style for style, _ in draw(document).paragraphs]
        office = names.index("公文署名")
        last = max(place for place, name in enumerate(names[:office]) if name)
        return names[last:office]

    assert blanks_before_office(circular(annexes=())) == ["公文正文", "", ""]
    assert blanks_before_office(circular()) == ["公文附件说明", "", ""]
    unsealed = Signature("示例旗政务服务局", date(2020, 10, 21), sealed=False)
    assert blanks_before_office(circular(annexes=(), signature=unsealed)) == ["公文正文", ""]


def test_signature_is_indented_to_the_standard_and_kept_with_the_text(page: Page) -> None:
    assert page.indent("公文署名") == {"rightChars": 350}
    assert page.indent("公文成文日期") == {"rightChars": 400}
    assert page.element("公文正文", len(page.styled("公文正文")) - 1).find(f"{w('pPr')}/{w('keepNext')}") is not None


def test_annexes_stand_on_pages_of_their_own_wide_ones_landscape(page: Page) -> None:
    assert page.styled("附件标识") == ["附件1", "附件2", "附件3"]
    assert page.styled("附件标题")[2] == "2020年第三季度政府网站与政务新媒体检查结果"
    assert page.sections == [("nextPage", False), ("nextPage", True), ("evenPage", False)]
    assert [len(table.findall(w("tr"))) for table in page.body.findall(w("tbl"))] == [65, 22, 87]
    breaks = [page.element("附件标识", place).find(f"{w('pPr')}/{w('pageBreakBefore')}") for place in (0, 2)]
    assert breaks[0] is None
    assert breaks[1] is not None
    assert breaks[1].get(w("val")) == "0"


def test_an_annex_says_none_when_it_has_no_rows() -> None:
    empty = replace(circular().annexes[1], rows=(), note="")
    page = draw(circular(annexes=(empty, circular().annexes[0])))
    assert page.styled("附件空表") == ["无"]
    assert len(page.body.findall(w("tbl"))) == 1


def test_lead_paragraphs_of_an_annex_stand_above_its_table_with_their_figures() -> None:
    lead = replace(plain(""), spans=(Span("共"), Span("21", "accounts.found"), Span("个。")))
    rendered = render(circular(annexes=(replace(circular().annexes[1], lead=(lead,)),)), TEMPLATE)
    assert [mark.figure for mark in rendered.bookmarks.values()][-1] == "accounts.found"
    page = Page(rendered)
    table = page.body.find(w("tbl"))
    assert table is not None
    above = table.getprevious()
    assert above is not None
    assert text_of(above) == "共21个。"


@pytest.mark.parametrize(
    ("landscape", "sections"),
    [
        (False, [("nextPage", False), ("evenPage", False)]),
        (True, [("nextPage", False), ("nextPage", True), ("evenPage", False)]),
    ],
)
def test_imprint_ends_an_even_page_and_never_a_landscape_one(landscape: bool, sections: list[tuple[str, bool]]) -> None:
    page = draw(circular(annexes=(replace(circular().annexes[0], landscape=landscape),)))
    assert page.sections == sections
    assert "抄送：旗委办公室，旗人大常委会办公室，旗政协办公室。" in "".join(page.root.itertext())


def test_after_a_blank_page_the_imprint_bears_no_number() -> None:
    def footers(imprint: ImprintPage) -> set[str]:
        last = list(draw(circular(), imprint=imprint).root.iter(w("sectPr")))[-1]
        return {
            str(value)
            for reference in last.iter(w("footerReference"))
            for key, value in reference.attrib.items()
            if "}id" in str(key)
        }

    assert footers(ImprintPage.OWN) == {"footer1", "footer2"}
    assert footers(ImprintPage.AFTER_BLANK) == {"footer3", "footer4"}


def test_imprint_rows_without_content_go_and_a_circular_may_have_none() -> None:
    page = draw(circular(imprint=Imprint("示例旗政务服务局办公室", date(2020, 10, 21))))
    box = next(page.root.iter(w("txbxContent")))
    assert len(list(box.iter(w("tr")))) == 1
    assert "抄送" not in "".join(box.itertext())
    assert not list(draw(circular(imprint=None)).root.iter(w("txbxContent")))


def test_too_many_addressees_move_to_the_imprint() -> None:
    many = "，".join(f"示例旗第{number}部门" for number in range(60))
    page = draw(circular(addressees=many))
    assert page.styled("公文主送机关") == []
    assert f"主送：{many}。" in "".join(page.root.itertext())
    assert draw(circular(addressees=many, imprint=None)).styled("公文主送机关") == [f"{many}："]


def test_places_are_filled_wherever_an_office_moves_or_splits_them(edited: Callable[..., Path]) -> None:
    split = (
        '<w:r><w:t>印：{</w:t></w:r><w:proofErr w:type="spellStart"/><w:r><w:t>{ off</w:t></w:r><w:r><w:t>ice }} 章</w:t></w:r>'
    )
    template = edited(('<w:r><w:t xml:space="preserve">{{ mark }}</w:t></w:r>', split))
    assert draw(circular(), template).styled("公文发文机关标志") == ["印：示例旗政务服务局 章"]


def test_styles_are_found_by_name_when_their_ids_change(tmp_path: Path) -> None:
    parts = read_package(TEMPLATE)
    for part in (DOCUMENT, STYLES):
        parts[part] = re.sub(rb'"Tb(\w+)"', lambda match: b'"a%d"' % (sum(match[1]) * 7 + len(match[1])), parts[part])
    path = tmp_path / "wps.docx"
    path.write_bytes(write_package(parts))
    assert draw(circular(), path).paragraphs == draw(circular()).paragraphs


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("{{ mark }}", "{{ marke }}", "占位符“{{ marke }}”不认识"),
        ("{{ body }}", "", "缺少占位符{{ body }}"),
        ("{{ annex_note }}", "", "缺少占位符{{ annex_note }}"),
        ("{{ annex_cell }}", "", "缺少占位符{{ annex_cell }}"),
        (' w:orient="landscape"', "", "缺少横向页面的分节"),
        ("</w:body>", "", "已损坏"),
    ],
)
def test_a_spoilt_template_is_refused_with_file_and_remedy(
    before: str, after: str, problem: str, edited: Callable[..., Path]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        draw(circular(), edited((before, after)))
    assert problem in str(caught.value)
    assert "文件《office.docx》" in str(caught.value)


def test_a_template_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="找不到 Word 模板"):
        draw(circular(), tmp_path / "absent.docx")
    (tmp_path / "text.docx").write_text("no zip")
    with pytest.raises(ConfigurationError, match="不是能打开的"):
        draw(circular(), tmp_path / "text.docx")


def test_every_level_has_its_style() -> None:
    page = draw(circular(body=tuple(plain(style.value, style) for style in ParagraphStyle)))
    drawn = [name for name, text in page.paragraphs if text in set(ParagraphStyle)]
    assert drawn == ["公文正文", "公文一级标题", "公文二级标题", "公文三级标题", "公文四级标题"]


def test_a_long_annex_is_whole_and_soon_drawn() -> None:
    page = draw(long_annex(2000))
    tables = page.body.findall(w("tbl"))
    assert [len(table.findall(w("tr"))) - 1 for table in tables] == [500] * 4
    assert all(len(row.findall(w("tc"))) == 8 for table in tables for row in table.findall(w("tr")))


@NEEDS_AUDIT
@pytest.mark.parametrize("name", ["issued", "draft"])
def test_word_would_open_it_without_repair(name: str, tmp_path: Path) -> None:
    draft = circular(
        letterhead=Letterhead("示" * 24, "示政服字〔2020〕号", "000001", "机密★1年", "特急", "张某某"),
        signature=Signature("示例旗政务服务局", None, sealed=False),
        imprint=Imprint("示例旗政务服务局办公室", None),
        annexes=(replace(circular().annexes[0], rows=()), replace(circular().annexes[1], lead=body()[:3])),
        note="",
    )
    file = tmp_path / f"{name}.docx"
    file.write_bytes(render(circular() if name == "issued" else draft, TEMPLATE).data)
    assert_needs_no_repair(file)
