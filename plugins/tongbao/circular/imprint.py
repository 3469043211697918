"""The imprint (版记, GB/T 9704, 7.4): a box at the foot of the last even page.

A text box holds it because floating tables and frames as wide as the text do not float in LibreOffice.

It must close an even page, and no file can know how many pages its text will take in the reader's Word.
So it stands alone in a section that begins on the next even page: right whatever the printer makes of the pages before.
Who has counted the pages and found a blank one before it prints its number as little as the blank one's (7.5):
``pagination.render_counted``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from enum import StrEnum

from tongbao.circular import gongwen as gw
from tongbao.circular.ooxml import NAMESPACES, Element, paragraphs_in, text_of, w
from tongbao.circular.template_styles import STYLE_IDS

_STYLE = STYLE_IDS[gw.StyleName.IMPRINT]
_CHARACTERS_PER_LINE = gw.TEXT_WIDTH // gw.IMPRINT_CHARACTER - 2
_SPARE = 90
_WIDENING = 1.15
"""White set about digits lengthens lines; a box too high only has more white above its rules."""


class ImprintPage(StrEnum):
    """Which page the imprint has of its own: a numbered one, or one without a number after a blank page."""

    OWN = "own"
    AFTER_BLANK = "after_blank"


def _line(content: str, indent: str, tabs: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{_STYLE}"/>{tabs}{indent}</w:pPr>{content}</w:p>'


def _row(*lines: str) -> str:
    return (
        f'<w:tr><w:trPr><w:cantSplit/></w:trPr><w:tc><w:tcPr><w:tcW w:w="{gw.TEXT_WIDTH}" w:type="dxa"/></w:tcPr>'
        f"{''.join(lines)}</w:tc></w:tr>"
    )


def _rule(side: str, weight: int) -> str:
    return f'<w:{side} w:val="single" w:sz="{weight}" w:space="0" w:color="000000"/>'


def imprint_box_xml() -> str:
    """The template's text box with a row for each element, 主送 above 抄送 in one; the rules are borders of the whole table."""
    one = gw.IMPRINT_CHARACTER
    right = f'w:rightChars="100" w:right="{one}"'
    hanging = f'<w:ind w:leftChars="400" w:left="{4 * one}" {right} w:hangingChars="300" w:hanging="{3 * one}"/>'
    sides = f'<w:ind w:leftChars="100" w:left="{one}" {right}/>'
    right_tab = f'<w:tabs><w:tab w:val="right" w:pos="{gw.TEXT_WIDTH - one}"/></w:tabs>'
    rows = _row(
        _line("<w:r><w:t>主送：{{ send_to }}。</w:t></w:r>", hanging),
        _line("<w:r><w:t>抄送：{{ copy_to }}。</w:t></w:r>", hanging),
    ) + _row(
        _line(
            "<w:r><w:t>{{ printed_by }}</w:t></w:r><w:r><w:tab/></w:r><w:r><w:t>{{ printed_on }}印发</w:t></w:r>",
            sides,
            right_tab,
        )
    )
    table = (
        f'<w:tbl><w:tblPr><w:tblW w:w="{gw.TEXT_WIDTH}" w:type="dxa"/><w:tblBorders>{_rule("top", gw.RULE_THICK)}'
        f'{_rule("bottom", gw.RULE_THICK)}{_rule("insideH", gw.RULE_THIN)}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f'<w:tblGrid><w:gridCol w:w="{gw.TEXT_WIDTH}"/></w:tblGrid>{rows}</w:tbl>'
        f'<w:p><w:pPr><w:pStyle w:val="{STYLE_IDS[gw.StyleName.HAIR]}"/></w:pPr></w:p>'
    )
    width, height = gw.TEXT_WIDTH * gw.EMU_PER_TWIP, 3 * gw.IMPRINT_LINE * gw.EMU_PER_TWIP
    top = (gw.PAGE_HEIGHT - gw.MARGIN_BOTTOM) * gw.EMU_PER_TWIP - height
    return (
        f'<w:p><w:pPr><w:pStyle w:val="{STYLE_IDS[gw.StyleName.HAIR]}"/></w:pPr><w:r><mc:AlternateContent>'
        '<mc:Choice Requires="wps"><w:drawing><wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="2"'
        ' behindDoc="0" locked="0" layoutInCell="1" allowOverlap="0"><wp:simplePos x="0" y="0"/>'
        '<wp:positionH relativeFrom="margin"><wp:align>center</wp:align></wp:positionH>'
        f'<wp:positionV relativeFrom="page"><wp:posOffset>{top}</wp:posOffset></wp:positionV>'
        f'<wp:extent cx="{width}" cy="{height}"/><wp:effectExtent l="0" t="0" r="0" b="0"/><wp:wrapTopAndBottom/>'
        '<wp:docPr id="1" name="版记"/><wp:cNvGraphicFramePr/><a:graphic>'
        '<a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp><wps:cNvSpPr txBox="1"/>'
        f'<wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:noFill/><a:ln><a:noFill/></a:ln></wps:spPr>'
        f"<wps:txbx><w:txbxContent>{table}</w:txbxContent></wps:txbx>"
        '<wps:bodyPr rot="0" vert="horz" wrap="square" lIns="0" tIns="0" rIns="0" bIns="0" anchor="b" anchorCtr="0">'
        "<a:noAutofit/></wps:bodyPr></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice></mc:AlternateContent></w:r></w:p>"
    )


def fit_box(anchor_paragraph: Element, foot: int) -> None:
    """Make the box as high as its filled rows need and let it end ``foot`` twips below the top of the page.

    The line that must follow a table stands below that. The place is reckoned from the page: from the margin,
    LibreOffice sets it 4 mm too low in an even-page section.
    """
    for content in anchor_paragraph.iter(w("txbxContent")):
        lines = sum(_lines(text_of(paragraph)) for table in content.iter(w("tbl")) for paragraph in paragraphs_in(table))
        height = lines * gw.IMPRINT_LINE + _SPARE
        for name in ("wp:extent", "a:ext"):
            for size in _named(anchor_paragraph, name):
                if size.get("cy"):
                    size.set("cy", str(height * gw.EMU_PER_TWIP))
        for place in _named(anchor_paragraph, "wp:positionV"):
            offset = next(_named(place, "wp:posOffset"), None)
            if offset is not None and place.get("relativeFrom") == "page":
                offset.text = str((foot + gw.HAIR_LINE - height) * gw.EMU_PER_TWIP)
        return


def _named(parent: Element, name: str) -> Iterator[Element]:
    prefix, local = name.split(":")
    return parent.iter(f"{{{NAMESPACES[prefix]}}}{local}")


def _lines(text: str) -> int:
    first, hanging = _CHARACTERS_PER_LINE, _CHARACTERS_PER_LINE - 3
    return 1 + max(0, math.ceil((gw.characters(text) * _WIDENING - first) / hanging))
