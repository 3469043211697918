from __future__ import annotations

import pytest

from tongbao.circular.lint.effective import Effective, TextFormat
from tongbao.circular.ooxml import W_NAMESPACE, Element, parse, w

_NS = f'xmlns:w="{W_NAMESPACE}"'
_STYLES = f"""<w:styles {_NS}>
<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:eastAsia="宋体" w:ascii="Arial"/><w:sz w:val="21"/></w:rPr></w:rPrDefault>
<w:pPrDefault><w:pPr><w:spacing w:after="200" w:line="276" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>
<w:style w:type="paragraph" w:default="1" w:styleId="a"><w:name w:val="Normal"/><w:pPr><w:jc w:val="both"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="b"><w:name w:val="正文首行"/><w:basedOn w:val="a"/>
<w:pPr><w:spacing w:line="579" w:lineRule="exact"/><w:ind w:firstLineChars="200" w:firstLine="640"/></w:pPr>
<w:rPr><w:b/><w:sz w:val="32"/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="loop"><w:name w:val="loop"/><w:basedOn w:val="loop"/>
<w:rPr><w:sz w:val="40"/></w:rPr></w:style>
<w:style w:type="character" w:styleId="c"><w:name w:val="强调"/><w:rPr><w:b/><w:rFonts w:eastAsia="黑体"/></w:rPr></w:style>
</w:styles>"""


@pytest.fixture
def effective() -> Effective:
    return Effective(parse(_STYLES.encode()), None)


def _paragraph(properties: str = "", run: str = "") -> Element:
    return parse(f"<w:p {_NS}><w:pPr>{properties}</w:pPr><w:r><w:rPr>{run}</w:rPr><w:t>字</w:t></w:r></w:p>".encode())


def _text(effective: Effective, paragraph: Element) -> TextFormat:
    return effective.text(paragraph, paragraph.find(w("r")))


def test_defaults_reach_what_sets_nothing(effective: Effective) -> None:
    paragraph = _paragraph()
    form = effective.paragraph(paragraph)
    assert (form.align, form.after, form.line, form.is_exact) == ("both", 200, 276, False)
    assert _text(effective, paragraph) == TextFormat(east_asia="宋体", ascii="Arial", size=21, is_latin_only=False)


def test_attributes_merge_along_the_chain(effective: Effective) -> None:
    form = effective.paragraph(_paragraph('<w:pStyle w:val="b"/><w:spacing w:after="0"/>'))
    assert (form.align, form.after, form.line, form.is_exact) == ("both", 0, 579, True)


def test_hundredths_of_a_character_go_before_twips(effective: Effective) -> None:
    """A direct firstLine of 0 does not undo the style's firstLineChars: in Word either."""
    assert effective.paragraph(_paragraph('<w:pStyle w:val="b"/><w:ind w:firstLine="0"/>')).indent("firstLine", 320) == 2
    undone = _paragraph('<w:pStyle w:val="b"/><w:ind w:firstLineChars="0" w:firstLine="0"/>')
    assert effective.paragraph(undone).indent("firstLine", 320) == 0


def test_a_hanging_indent_takes_the_place_of_a_first_line(effective: Effective) -> None:
    form = effective.paragraph(_paragraph('<w:pStyle w:val="b"/><w:ind w:left="640" w:hanging="640"/>'))
    assert (form.indent("firstLine", 320), form.indent("hanging", 320), form.indent("left", 320)) == (0, 2, 2)


def test_bold_twice_is_plain_and_direct_bold_is_bold(effective: Effective) -> None:
    bold = '<w:pStyle w:val="b"/>'
    assert _text(effective, _paragraph(bold)).is_bold
    assert not _text(effective, _paragraph(bold, '<w:rStyle w:val="c"/>')).is_bold
    assert _text(effective, _paragraph(bold, '<w:rStyle w:val="c"/><w:b/>')).is_bold
    assert not _text(effective, _paragraph(bold, '<w:b w:val="0"/>')).is_bold


def test_the_font_nearest_to_the_text_decides(effective: Effective) -> None:
    styled = _text(effective, _paragraph("", '<w:rStyle w:val="c"/>'))
    assert (styled.east_asia, styled.ascii, styled.is_latin_only) == ("黑体", "Arial", False)
    latin = _text(effective, _paragraph("", '<w:rFonts w:ascii="黑体" w:hAnsi="黑体"/>'))
    assert (latin.east_asia, latin.ascii, latin.is_latin_only) == ("宋体", "黑体", True)


def test_a_style_based_on_itself_ends(effective: Effective) -> None:
    assert _text(effective, _paragraph('<w:pStyle w:val="loop"/>')).size == 40


def test_an_unknown_style_is_the_default_one(effective: Effective) -> None:
    assert effective.paragraph(_paragraph('<w:pStyle w:val="gone"/>')).align == "both"


@pytest.mark.parametrize(
    ("colour", "is_black", "is_red"),
    [("auto", True, False), ("000000", True, False), ("FF0000", False, True), ("c00000", False, True), ("0000FF", False, False)],
)
def test_colours(effective: Effective, colour: str, is_black: bool, is_red: bool) -> None:
    form = _text(effective, _paragraph("", f'<w:color w:val="{colour}"/>'))
    assert (form.is_black, form.is_red) == (is_black, is_red)


def test_the_theme_text_colour_is_black(effective: Effective) -> None:
    assert _text(effective, _paragraph("", '<w:color w:val="000000" w:themeColor="text1"/>')).is_black
    assert not _text(effective, _paragraph("", '<w:color w:val="4472C4" w:themeColor="accent1"/>')).is_black
