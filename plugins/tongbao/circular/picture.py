"""Pictures in the text: DrawingML in a paragraph whose line grows with it, and the parts of the package they need."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator

from lxml import etree

from tongbao.circular import gongwen as gw
from tongbao.circular.document import CircularDocument, Picture
from tongbao.circular.ooxml import NAMESPACES, R_NAMESPACE, Element, element, parse, printable, w
from tongbao.circular.package import DOCUMENT
from tongbao.circular.styles import Styles

PICTURE_STYLE = "公文图片"
_STYLE_ID = "TbPicture"
_CAPTION = gw.SIZE_SMALL_4
_PIC = "http://schemas.openxmlformats.org/drawingml/2006/picture"
_RELATION = f"{R_NAMESPACE}/image"
_RELATIONS = "word/_rels/document.xml.rels"
_TYPES = "[Content_Types].xml"
_EMU_PER_MM = 36000
_WP, _A = NAMESPACES["wp"], NAMESPACES["a"]


def pictures_of(document: CircularDocument) -> list[Picture]:
    """The document's pictures in the order they are drawn."""
    paragraphs = [*document.body, *(paragraph for annex in document.annexes for paragraph in annex.lead)]
    return [paragraph.picture for paragraph in paragraphs if paragraph.picture is not None]


def with_picture_style(styles: bytes) -> bytes:
    """The styles with one for pictures, unless the office's template brings its own of that name.

    Its line is as high as what stands on it: the exact lines of all other styles would cut a picture off.
    """
    root = parse(styles)
    if any(name.get(w("val")) == PICTURE_STYLE for name in root.iter(w("name"))):
        return styles
    fonts = " ".join(f'w:{script}="{gw.FANGSONG}"' for script in ("ascii", "hAnsi", "eastAsia", "cs"))
    made = (
        f'<w:style xmlns:w="{NAMESPACES["w"]}" w:type="paragraph" w:customStyle="1" w:styleId="{_STYLE_ID}">'
        f'<w:name w:val="{PICTURE_STYLE}"/><w:basedOn w:val="{_default_style(root)}"/><w:qFormat/>'
        '<w:pPr><w:keepLines/><w:snapToGrid w:val="0"/><w:spacing w:before="120" w:after="180" w:line="240" w:lineRule="auto"/>'
        f'<w:jc w:val="center"/></w:pPr><w:rPr><w:rFonts {fonts}/><w:spacing w:val="0"/><w:kern w:val="0"/>'
        f'<w:sz w:val="{_CAPTION}"/><w:szCs w:val="{_CAPTION}"/></w:rPr></w:style>'
    )
    root.append(parse(made.encode()))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def picture_style_id(styles: Styles) -> str:
    return str(styles.by_name[PICTURE_STYLE].get(w("styleId")))


def picture_runs(picture: Picture, *, captioned: bool) -> list[Element]:
    """The runs that show a picture: itself, and the end of its line where a caption follows."""
    width, height = round(picture.width_mm * _EMU_PER_MM), round(picture.height_mm * _EMU_PER_MM)
    run, drawing = element("r"), element("drawing")
    run.append(drawing)
    inline = etree.SubElement(drawing, f"{{{_WP}}}inline", {f"dist{side}": "0" for side in "TBLR"}, NAMESPACES)
    etree.SubElement(inline, f"{{{_WP}}}extent", cx=str(width), cy=str(height))
    etree.SubElement(inline, f"{{{_WP}}}docPr", id="0", name=_name(picture), descr=printable(picture.alt))
    graphic = etree.SubElement(inline, f"{{{_A}}}graphic")
    data = etree.SubElement(graphic, f"{{{_A}}}graphicData", uri=_PIC)
    shown = (
        f'<pic:pic xmlns:pic="{_PIC}" xmlns:a="{_A}" xmlns:r="{R_NAMESPACE}"><pic:nvPicPr>'
        f'<pic:cNvPr id="0" name="{_name(picture)}"/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:embed="{_name(picture)}"/><a:stretch><a:fillRect/></a:stretch>'
        f'</pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
    )
    data.append(parse(shown.encode()))
    if not captioned:
        return [run]
    end = element("r")
    end.append(element("br"))
    return [run, end]


def embed(parts: dict[str, bytes], root: Element, pictures: list[Picture]) -> None:
    """Put the pictures into the package, and give each drawing a number that no other of the document has."""
    if not pictures:
        return
    for picture in pictures:
        parts[f"word/media/{_name(picture)}.png"] = picture.data
    drawings = list(root.iter(f"{{{_WP}}}docPr"))
    taken = max((int(drawing.get("id") or 0) for drawing in drawings), default=0)
    for number, drawing in enumerate((drawing for drawing in drawings if drawing.get("id") == "0"), start=taken + 1):
        drawing.set("id", str(number))
    parts[_RELATIONS] = _with_relations(parts[_RELATIONS], sorted({_name(picture) for picture in pictures}))
    parts[_TYPES] = _with_png(parts[_TYPES])


def shown_media(docx: bytes) -> Iterator[bytes]:
    """The pictures that a document's text refers to, in order, as they lie in the file."""
    with zipfile.ZipFile(io.BytesIO(docx)) as archive, archive.open(DOCUMENT) as part:
        relations = {relation.get("Id"): str(relation.get("Target")) for relation in parse(archive.read(_RELATIONS))}
        for _, node in etree.iterparse(part, tag=(f"{{{_A}}}blip", w("tr")), resolve_entities=False, huge_tree=True):
            if node.tag == w("tr"):
                node.clear()
                continue
            target = relations.get(node.get(f"{{{R_NAMESPACE}}}embed"), "")
            name = target.removeprefix("/") if target.startswith("/") else f"word/{target}"
            if name in archive.NameToInfo:
                yield archive.read(name)


def _name(picture: Picture) -> str:
    """A name that follows from the picture alone: equal pictures share one part."""
    return f"picture-{hashlib.sha256(picture.data).hexdigest()[:16]}"


def _default_style(root: Element) -> str:
    for style in root.findall(w("style")):
        if style.get(w("type")) == "paragraph" and style.get(w("default")) in ("1", "true", "on"):
            return str(style.get(w("styleId")))
    return "Normal"


def _with_relations(relations: bytes, names: list[str]) -> bytes:
    root = parse(relations)
    namespace = etree.QName(root).namespace
    for name in names:
        etree.SubElement(root, f"{{{namespace}}}Relationship", Id=name, Type=_RELATION, Target=f"media/{name}.png")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _with_png(types: bytes) -> bytes:
    root = parse(types)
    if all(str(child.get("Extension")).lower() != "png" for child in root):
        namespace = etree.QName(root).namespace
        made = etree.Element(f"{{{namespace}}}Default", Extension="png", ContentType="image/png")
        root.insert(0, made)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
