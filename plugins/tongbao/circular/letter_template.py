"""Make the Word template of letters (函): ``python -m tongbao.circular.letter_template [FILE]``.

A letter is the circular's page under another head (GB/T 9704, 10.1): the mark 30 mm below the edge of the paper, red double
rules 170 mm long, no page number on page 1, an imprint without rules and without 印发.
"""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

from lxml import etree

from tongbao.circular import gongwen as gw
from tongbao.circular import page_numbers
from tongbao.circular.gongwen import StyleName
from tongbao.circular.ooxml import DECLARATION, NAMESPACES, R_NAMESPACE, Element, element, parse, put_property, text_of, w
from tongbao.circular.package import CORE, DOCUMENT, STYLES, core_properties, write_package
from tongbao.circular.placeholders import drop, places_in
from tongbao.circular.styles import Styles
from tongbao.circular.template_builder import build_template
from tongbao.circular.template_styles import STYLE_IDS
from tongbao.home import home

RULE_STYLE = "公文红色双线"
_RULE_ID = "TbDoubleRule"
_RULE_WIDTH_MM = 170
_OVERHANG = 397
"""The rules reach 7 mm beyond the type area on either side."""
_RULE_EIGHTHS = 24
_THICK_ABOVE, _THIN_ABOVE = "thickThinSmallGap", "thinThickSmallGap"
"""As bottom borders these draw the thick line above and below; as top borders LibreOffice draws them the other way round."""

_MARK_TOP_MM = 30
"""Top of the mark below the edge of the paper; here not below the type area."""
_BOX_TOP_MM = 15
_SPACE_ABOVE_RULE_MM = 10.1
_SPACE_BELOW_RULE = 58
"""Together with the white above the glyphs in a line of the grid: 7/8 of the height of a 3号 character."""
_SECOND_RULE_MM = 20
"""Above the lower edge of the paper."""
_SECOND_RULE_INSIDE_MM = 1.2
_RELATIONS = "word/_rels/document.xml.rels"
_TYPES = "[Content_Types].xml"
_RELATION_KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PART_TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_FIRST_HEADER, _FIRST_FOOTER = "header5", "footer5"
_MARK_BOX, _RULE_BOX = (2, "发文机关标志"), (3, "首页下方红色双线")


def build_letter_template() -> bytes:
    """The template as a .docx, with the same places as the circular's but for those of the 印发 line."""
    with zipfile.ZipFile(io.BytesIO(build_template())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    styles = Styles.read(parts[STYLES], "")
    root = parse(parts[DOCUMENT])
    _letter_head(root, styles)
    _bare_imprint(root)
    for section in root.iter(w("sectPr")):
        size = section.find(w("pgSz"))
        if size is not None and size.get(w("orient")) != "landscape":
            _own_first_page(section)
    parts[DOCUMENT] = _bytes(root)
    parts[STYLES] = _letter_styles(parts[STYLES])
    parts[f"word/{_FIRST_HEADER}.xml"] = (DECLARATION + page_numbers.empty("hdr")).encode()
    parts[f"word/{_FIRST_FOOTER}.xml"] = (DECLARATION + page_numbers.empty("ftr")).encode()
    for name, kind in ((_FIRST_HEADER, "header"), (_FIRST_FOOTER, "footer")):
        parts[_RELATIONS] = _with_child(
            parts[_RELATIONS], "Relationship", Id=name, Type=f"{_RELATION_KINDS}/{kind}", Target=f"{name}.xml"
        )
        parts[_TYPES] = _with_child(
            parts[_TYPES], "Override", PartName=f"/word/{name}.xml", ContentType=f"{_PART_TYPES}.{kind}+xml"
        )
    parts[CORE] = core_properties({"title": "信函模板"})
    return write_package(parts)


def _letter_head(root: Element, styles: Styles) -> None:
    """Put the mark into a box that stands above the type area, and the rule and what follows it below."""
    body = root.find(w("body"))
    if body is None:
        return
    blocks = list(body)
    title = next(place for place, block in enumerate(blocks) if styles.name_of(block) == StyleName.TITLE)
    after_rule = {StyleName.COPY_NUMBER, StyleName.SECRECY, StyleName.NUMBER, StyleName.UPWARD_NUMBER}
    before_title = [block for block in blocks[title - 2 : title] if not text_of(block)]
    for block in blocks[:title]:
        if styles.name_of(block) not in after_rule and block not in before_title:
            body.remove(block)
    namespaces = " ".join(f'xmlns:{prefix}="{address}"' for prefix, address in NAMESPACES.items())
    head = parse(f"<head {namespaces}>{_mark_xml()}{_rule_xml(_THICK_ABOVE)}</head>".encode())
    for place, block in enumerate(list(head)):
        body.insert(place, block)
    etree.cleanup_namespaces(body, keep_ns_prefixes=list(NAMESPACES))


def _mark_xml() -> str:
    """The white between the mark and the rule; what stands outside the type area of page 1 is anchored to it."""
    inside = _MARK_TOP_MM - gw.MARK_LEADING_MM - _BOX_TOP_MM
    content = (
        _space_xml(inside) + f'<w:p><w:pPr><w:pStyle w:val="{STYLE_IDS[StyleName.MARK]}"/></w:pPr>'
        "<w:r><w:t>{{ mark }}</w:t></w:r></w:p>"
    )
    height = round(inside * gw.TWIPS_PER_MM) + gw.MARK_LINE + gw.HAIR_LINE
    mark = _box_xml(_MARK_BOX, _BOX_TOP_MM, height, content)
    # Anchored here and not in the footer of page 1: LibreOffice draws boxes of footers at the top of the page.
    second_top = gw.PAGE_HEIGHT / gw.TWIPS_PER_MM - _SECOND_RULE_MM - _SECOND_RULE_INSIDE_MM
    second = _box_xml(_RULE_BOX, second_top, gw.PAGE_NUMBER_LINE, _rule_xml(_THIN_ABOVE, indent=0))
    return _space_xml(_SPACE_ABOVE_RULE_MM, f"<w:r>{mark}</w:r><w:r>{second}</w:r>")


def _space_xml(height_mm: float, content: str = "") -> str:
    line = round(height_mm * gw.TWIPS_PER_MM)
    return (
        f'<w:p><w:pPr><w:pStyle w:val="{STYLE_IDS[StyleName.HEAD_SPACE]}"/>'
        f'<w:spacing w:line="{line}" w:lineRule="exact"/></w:pPr>{content}</w:p>'
    )


def _rule_xml(border: str, indent: int = -_OVERHANG) -> str:
    return (
        f'<w:p><w:pPr><w:pStyle w:val="{_RULE_ID}"/><w:pBdr><w:bottom w:val="{border}" w:sz="{_RULE_EIGHTHS}" w:space="0"'
        f' w:color="{gw.RED}"/></w:pBdr><w:ind w:left="{indent}" w:right="{indent}"/></w:pPr></w:p>'
    )


def _box_xml(named: tuple[int, str], top_mm: float, height: int, content: str) -> str:
    """A text box as wide as the rules, centred on the type area, ``top_mm`` below the edge of the paper; it moves no text."""
    identity, name = named
    width = round(_RULE_WIDTH_MM * gw.TWIPS_PER_MM) * gw.EMU_PER_TWIP
    top = round(top_mm * gw.TWIPS_PER_MM) * gw.EMU_PER_TWIP
    size = f'cx="{width}" cy="{height * gw.EMU_PER_TWIP}"'
    return (
        '<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor distT="0" distB="0" distL="0" distR="0"'
        f' simplePos="0" relativeHeight="{identity}" behindDoc="0" locked="0" layoutInCell="1" allowOverlap="1">'
        '<wp:simplePos x="0" y="0"/><wp:positionH relativeFrom="margin"><wp:align>center</wp:align></wp:positionH>'
        f'<wp:positionV relativeFrom="page"><wp:posOffset>{top}</wp:posOffset></wp:positionV><wp:extent {size}/>'
        f'<wp:effectExtent l="0" t="0" r="0" b="0"/><wp:wrapNone/><wp:docPr id="{identity}" name="{name}"/>'
        "<wp:cNvGraphicFramePr/><a:graphic>"
        '<a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp>'
        f'<wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm><a:prstGeom prst="rect">'
        "<a:avLst/></a:prstGeom><a:noFill/><a:ln><a:noFill/></a:ln></wps:spPr>"
        f"<wps:txbx><w:txbxContent>{content}</w:txbxContent></wps:txbx>"
        '<wps:bodyPr rot="0" vert="horz" wrap="square" lIns="0" tIns="0" rIns="0" bIns="0" anchor="t" anchorCtr="0">'
        "<a:noAutofit/></wps:bodyPr></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice>"
        "</mc:AlternateContent>"
    )


def _own_first_page(section: Element) -> None:
    """Give the section a first page of its own kind; the renderer leaves this to a document's first section."""
    grid = section.find(w("docGrid"))
    if grid is not None:
        grid.addprevious(element("titlePg"))
    for kind, part in (("footer", _FIRST_FOOTER), ("header", _FIRST_HEADER)):
        reference = element(f"{kind}Reference", type="first")
        reference.set(f"{{{R_NAMESPACE}}}id", part)
        section.insert(0, reference)


def _bare_imprint(root: Element) -> None:
    """Take the 印发 line and the rules out of the imprint."""
    for paragraph in list(root.iter(w("p"))):
        if "printed_by" in places_in(paragraph):
            table = next(paragraph.iterancestors(w("tbl")))
            for properties in table.findall(w("tblPr")):
                for borders in properties.findall(w("tblBorders")):
                    properties.remove(borders)
            drop(paragraph)


def _letter_styles(data: bytes) -> bytes:
    """The number stands flush right without a line of its own; the double rules get a style."""
    root = parse(data)
    numbers = {str(StyleName.NUMBER): "right", str(StyleName.UPWARD_NUMBER): "left"}
    for style in root.findall(w("style")):
        name = style.find(w("name"))
        align = numbers.get(str(name.get(w("val")))) if name is not None else None
        if align is None:
            continue
        for properties in style.findall(w("pPr")):
            for border in properties.findall(w("pBdr")):
                properties.remove(border)
        put_property(style, element("jc", val=align))
    made = (
        f'<w:style xmlns:w="{NAMESPACES["w"]}" w:type="paragraph" w:customStyle="1" w:styleId="{_RULE_ID}">'
        f'<w:name w:val="{RULE_STYLE}"/><w:basedOn w:val="Normal"/><w:qFormat/><w:pPr><w:spacing w:before="0"'
        f' w:after="{_SPACE_BELOW_RULE}" w:line="{gw.HAIR_LINE}" w:lineRule="exact"/></w:pPr>'
        '<w:rPr><w:sz w:val="2"/><w:szCs w:val="2"/></w:rPr></w:style>'
    )
    root.append(parse(made.encode()))
    return _bytes(root)


def _with_child(data: bytes, name: str, **attributes: str) -> bytes:
    """A list of relationships or content types with one more entry."""
    root = parse(data)
    namespace = etree.QName(root).namespace
    etree.SubElement(root, f"{{{namespace}}}{name}", attributes)
    return _bytes(root)


def _bytes(root: Element) -> bytes:
    return DECLARATION.encode() + etree.tostring(root, encoding="unicode").encode()


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else home() / "templates" / "letter-v1.docx"
    target.write_bytes(build_letter_template())
    sys.stdout.write(f"{target}\n")
