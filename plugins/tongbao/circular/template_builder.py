"""Make the Word template offices then edit: ``python -m tongbao.circular.template_builder [FILE]``.

A template once used in an issued circular is never changed: a new layout is a new file (circular-v2.docx).
"""

from __future__ import annotations

import sys
from pathlib import Path

from tongbao.circular import gongwen as gw
from tongbao.circular import page_numbers
from tongbao.circular.gongwen import StyleName
from tongbao.circular.imprint import imprint_box_xml
from tongbao.circular.ooxml import DECLARATION, NAMESPACES
from tongbao.circular.package import CORE, DOCUMENT, STYLES, core_properties, write_package
from tongbao.circular.template_styles import STYLE_IDS, fonts_xml, settings_xml, styles_xml, theme_xml
from tongbao.home import home

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_HEADERS = {
    "header1": page_numbers.empty("hdr"),
    "header2": page_numbers.empty("hdr"),
    "header3": page_numbers.turned_header(odd=True),
    "header4": page_numbers.turned_header(odd=False),
    "footer1": page_numbers.footer(odd=True),
    "footer2": page_numbers.footer(odd=False),
    "footer3": page_numbers.empty("ftr"),
    "footer4": page_numbers.empty("ftr"),
}
_THEME = "word/theme/theme1.xml"
_BLANK = "<w:p/>"
_BLANK_KEPT = "<w:p><w:pPr><w:keepNext/></w:pPr></w:p>"


def _paragraph(style: StyleName, text: str, properties: str = "") -> str:
    pieces = text.split("\t")
    runs = "<w:r><w:tab/></w:r>".join(f'<w:r><w:t xml:space="preserve">{piece}</w:t></w:r>' for piece in pieces) if text else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{STYLE_IDS[style]}"/>{properties}</w:pPr>{runs}</w:p>'


# GB/T 9704, 7.2.6: the words 签发人 in 仿宋, the name in 楷体.
_SIGNER = (
    f'<w:r><w:rPr><w:rFonts w:ascii="{gw.KAITI}" w:hAnsi="{gw.KAITI}" w:eastAsia="{gw.KAITI}" w:cs="{gw.KAITI}"/></w:rPr>'
    '<w:t xml:space="preserve">{{ signer }}</w:t></w:r></w:p>'
)


def _section(*, landscape: bool, starts: str = "nextPage") -> str:
    headers, footers = (
        (("header3", "header4"), ("footer3", "footer4")) if landscape else (("header1", "header2"), ("footer1", "footer2"))
    )
    references = "".join(
        f'<w:{kind}Reference w:type="{pages}" r:id="{part}"/>'
        for kind, parts in (("header", headers), ("footer", footers))
        for pages, part in zip(("default", "even"), parts, strict=True)
    )
    if landscape:
        size = f'<w:pgSz w:w="{gw.PAGE_HEIGHT}" w:h="{gw.PAGE_WIDTH}" w:orient="landscape"/>'
        margins = (gw.MARGIN_LEFT, gw.MARGIN_TOP, gw.MARGIN_RIGHT, gw.MARGIN_BOTTOM)
        header, footer = 567, 567
    else:
        size = f'<w:pgSz w:w="{gw.PAGE_WIDTH}" w:h="{gw.PAGE_HEIGHT}"/>'
        margins = (gw.MARGIN_TOP, gw.MARGIN_RIGHT, gw.MARGIN_BOTTOM, gw.MARGIN_LEFT)
        header, footer = 851, gw.FOOTER_DISTANCE
    sides = "".join(f' w:{side}="{margin}"' for side, margin in zip(("top", "right", "bottom", "left"), margins, strict=True))
    return (
        f'<w:sectPr>{references}<w:type w:val="{starts}"/>{size}'
        f'<w:pgMar{sides} w:header="{header}" w:footer="{footer}" w:gutter="0"/>'
        f'<w:cols w:space="425"/><w:docGrid w:type="lines" w:linePitch="{gw.LINE}"/></w:sectPr>'
    )


def _letter() -> str:
    top = round((gw.MARK_TOP_MM - gw.MARK_LEADING_MM) * gw.TWIPS_PER_MM)
    return "".join(
        (
            _paragraph(StyleName.COPY_NUMBER, "{{ copy_number }}"),
            _paragraph(StyleName.SECRECY, "{{ secrecy }}"),
            _paragraph(StyleName.SECRECY, "{{ urgency }}"),
            _paragraph(StyleName.HEAD_SPACE, "", f'<w:spacing w:line="{top}" w:lineRule="exact"/>'),
            _paragraph(StyleName.MARK, "{{ mark }}"),
            _BLANK,
            _BLANK,
            _paragraph(StyleName.NUMBER, "{{ document_number }}"),
            _paragraph(StyleName.UPWARD_NUMBER, "{{ upward_number }}\t签发人：").removesuffix("</w:p>") + _SIGNER,
            _BLANK,
            _BLANK,
            _paragraph(StyleName.TITLE, "{{ title }}"),
            _BLANK,
            _paragraph(StyleName.ADDRESSEES, "{{ addressees }}："),
            _paragraph(StyleName.BODY, "{{ body }}"),
            _BLANK_KEPT,
            _paragraph(StyleName.ANNEX_LIST, "附件：{{ annex_list }}"),
            _BLANK_KEPT,
            _BLANK_KEPT,
            _paragraph(StyleName.OFFICE, "{{ office }}"),
            _paragraph(StyleName.DATE, "{{ issued_on }}"),
            _paragraph(StyleName.NOTE, "（{{ note }}）"),
        )
    )


def _annex() -> str:
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    width = f'<w:tcW w:w="{gw.TEXT_WIDTH}" w:type="dxa"/><w:vAlign w:val="center"/>'

    def row(row_properties: str, style: StyleName, text: str) -> str:
        return f"<w:tr><w:trPr>{row_properties}</w:trPr><w:tc><w:tcPr>{width}</w:tcPr>{_paragraph(style, text)}</w:tc></w:tr>"

    table = (
        f'<w:tbl><w:tblPr><w:tblW w:w="{gw.TEXT_WIDTH}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:top w:w="40" w:type="dxa"/><w:left w:w="57" w:type="dxa"/>'
        '<w:bottom w:w="40" w:type="dxa"/><w:right w:w="57" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f'<w:tblGrid><w:gridCol w:w="{gw.TEXT_WIDTH}"/></w:tblGrid>'
        + row("<w:cantSplit/><w:tblHeader/>", StyleName.TABLE_HEAD, "{{ annex_header }}")
        + row("<w:cantSplit/>", StyleName.TABLE_CELL, "{{ annex_cell }}")
        + "</w:tbl>"
    )
    return "".join(
        (
            _paragraph(StyleName.ANNEX_LABEL, "附件{{ annex_number }}"),
            _BLANK_KEPT,
            _paragraph(StyleName.ANNEX_TITLE, "{{ annex_title }}"),
            _BLANK_KEPT,
            table,
            _paragraph(StyleName.ANNEX_EMPTY, "无"),
            _paragraph(StyleName.ANNEX_NOTE, "{{ annex_note }}", f"{_section(landscape=False)}"),
        )
    )


def _document_xml() -> str:
    namespaces = " ".join(f'xmlns:{prefix}="{address}"' for prefix, address in NAMESPACES.items())
    landscape = _paragraph(StyleName.ANNEX_NOTE, "{{ landscape_annexes }}", _section(landscape=True))
    return (
        f"<w:document {namespaces}><w:body>{_letter()}{_annex()}{landscape}{imprint_box_xml()}"
        f"{_section(landscape=False, starts='evenPage')}</w:body></w:document>"
    )


def _relations(targets: dict[str, tuple[str, str]]) -> str:
    relations = "".join(
        f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>' for name, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}</Relationships>'


def _content_types() -> str:
    types = {
        DOCUMENT: f"{_TYPE}.document.main+xml",
        STYLES: f"{_TYPE}.styles+xml",
        "word/settings.xml": f"{_TYPE}.settings+xml",
        "word/fontTable.xml": f"{_TYPE}.fontTable+xml",
        _THEME: "application/vnd.openxmlformats-officedocument.theme+xml",
        **{f"word/{name}.xml": f"{_TYPE}.{name[:-1]}+xml" for name in _HEADERS},
        CORE: "application/vnd.openxmlformats-package.core-properties+xml",
        "docProps/app.xml": "application/vnd.openxmlformats-officedocument.extended-properties+xml",
    }
    overrides = "".join(f'<Override PartName="/{part}" ContentType="{kind}"/>' for part, kind in types.items())
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def build_template() -> bytes:
    """The template as a .docx: an A4 page to the standard with a placeholder for each thing a circular fills in."""
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations(
            {
                "rId1": (f"{_OFFICE}/relationships/officeDocument", DOCUMENT),
                "rId2": ("http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties", CORE),
                "rId3": (f"{_OFFICE}/relationships/extended-properties", "docProps/app.xml"),
            }
        ),
        "docProps/app.xml": (
            f'<Properties xmlns="{_OFFICE}/extended-properties"><Template>Normal.dotm</Template>'
            "<Application>Tongbao</Application><DocSecurity>0</DocSecurity></Properties>"
        ),
        DOCUMENT: _document_xml(),
        STYLES: styles_xml(),
        "word/settings.xml": settings_xml(),
        "word/fontTable.xml": fonts_xml(),
        _THEME: theme_xml(),
        **{f"word/{name}.xml": content for name, content in _HEADERS.items()},
        "word/_rels/document.xml.rels": _relations(
            {
                "styles": (f"{_OFFICE}/relationships/styles", "styles.xml"),
                "settings": (f"{_OFFICE}/relationships/settings", "settings.xml"),
                "fonts": (f"{_OFFICE}/relationships/fontTable", "fontTable.xml"),
                "theme": (f"{_OFFICE}/relationships/theme", "theme/theme1.xml"),
                **{name: (f"{_OFFICE}/relationships/{name[:-1]}", f"{name}.xml") for name in _HEADERS},
            }
        ),
    }
    encoded = {name: (DECLARATION + content).encode() for name, content in parts.items()}
    encoded[CORE] = core_properties({"title": "通报模板"})
    return write_package(encoded)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else home() / "templates" / "circular-v1.docx"
    target.write_bytes(build_template())
    sys.stdout.write(f"{target}\n")
