"""Page numbers to GB/T 9704, 7.5 and 7.6: outer corner, between dashes, unmoved on landscape pages."""

from __future__ import annotations

from tongbao.circular import gongwen as gw
from tongbao.circular.template_styles import NAMESPACE, STYLE_IDS

_STYLE = STYLE_IDS[gw.StyleName.PAGE_NUMBER]
_FIELD = (
    '<w:r><w:t xml:space="preserve">— </w:t></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    '<w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    '<w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t xml:space="preserve"> —</w:t></w:r>'
)
_FREE = gw.SIZE_4 // 2 * 20
"""1 字 of the 4号 number is free on the outer side."""

_TURNED_X, _TURNED_WIDTH, _TURNED_HEIGHT = 1389, 397, 2268
_TURNED_Y_ODD, _TURNED_Y_EVEN = 7880, 1871
"""Where the turned number stands on the landscape sheet: lower left on odd pages, upper left on even ones."""


def empty(kind: str) -> str:
    """A header (``hdr``) or footer (``ftr``) without content."""
    return f'<w:{kind} {NAMESPACE}><w:p><w:pPr><w:pStyle w:val="{_STYLE}"/></w:pPr></w:p></w:{kind}>'


def footer(*, odd: bool) -> str:
    """The footer of an upright page: right on odd pages, left on even ones."""
    side = "right" if odd else "left"
    return (
        f'<w:ftr {NAMESPACE}><w:p><w:pPr><w:pStyle w:val="{_STYLE}"/><w:ind w:{side}Chars="100" w:{side}="{_FREE}"/>'
        f'<w:jc w:val="{side}"/></w:pPr>{_FIELD}</w:p></w:ftr>'
    )


def turned_header(*, odd: bool) -> str:
    """The header of a landscape page: its number, turned, at the left edge of the sheet."""
    y, align = (_TURNED_Y_ODD, "right") if odd else (_TURNED_Y_EVEN, "left")
    return (
        f'<w:hdr {NAMESPACE}><w:tbl><w:tblPr><w:tblpPr w:leftFromText="0" w:rightFromText="0" w:vertAnchor="page"'
        f' w:horzAnchor="page" w:tblpX="{_TURNED_X}" w:tblpY="{y}"/><w:tblW w:w="{_TURNED_WIDTH}" w:type="dxa"/>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar>'
        f'</w:tblPr><w:tblGrid><w:gridCol w:w="{_TURNED_WIDTH}"/></w:tblGrid><w:tr><w:trPr><w:trHeight w:val="{_TURNED_HEIGHT}"'
        f' w:hRule="exact"/></w:trPr><w:tc><w:tcPr><w:tcW w:w="{_TURNED_WIDTH}" w:type="dxa"/><w:textDirection w:val="tbRl"/>'
        f'<w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr><w:pStyle w:val="{_STYLE}"/><w:jc w:val="{align}"/></w:pPr>'
        f'{_FIELD}</w:p></w:tc></w:tr></w:tbl><w:p><w:pPr><w:pStyle w:val="{_STYLE}"/></w:pPr></w:p></w:hdr>'
    )
