"""A .docx as its parts: read whole, written with nothing in it that depends on when or where."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from tongbao.circular.ooxml import DECLARATION, printable
from tongbao.errors import ConfigurationError, Place

DOCUMENT = "word/document.xml"
STYLES = "word/styles.xml"
CORE = "docProps/core.xml"

_FIRST = ("[Content_Types].xml", "_rels/.rels")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_LARGEST_PART = 50 * 2**20
_NAMED = ("title", "subject", "creator", "keywords", "category")
_UNDATED = "2000-01-01T00:00:00Z"


def read_package(path: Path) -> dict[str, bytes]:
    """Read a template's parts by name.

    Raises ConfigurationError when the file is missing, no .docx, or a part is larger than 50 MiB.
    """
    place = Place(file=path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if entry.file_size > _LARGEST_PART:
                    raise ConfigurationError(f"Word 模板中的“{entry.filename}”过大", remedy="请换回随系统提供的模板", place=place)
            parts = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    except FileNotFoundError as error:
        raise ConfigurationError(
            "找不到 Word 模板", remedy="请核对设置中的 template 与 templates/ 下的文件名", place=place
        ) from error
    except (zipfile.BadZipFile, OSError) as error:
        raise ConfigurationError("不是能打开的 .docx 文件", remedy="请用 Word 或 WPS 另存为 .docx", place=place) from error
    for needed in (DOCUMENT, STYLES):
        if needed not in parts:
            raise ConfigurationError(f"Word 模板中缺少“{needed}”", remedy="请用 Word 或 WPS 另存为 .docx", place=place)
    return parts


def write_package(parts: Mapping[str, bytes]) -> bytes:
    """Zip the parts in a fixed order under a fixed date, so that equal parts give equal bytes."""
    names = [name for name in _FIRST if name in parts] + sorted(name for name in parts if name not in _FIRST)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(entry_of(name), parts[name], compresslevel=6)
    return buffer.getvalue()


def entry_of(name: str, *, stored: bool = False) -> zipfile.ZipInfo:
    """A zip entry that says nothing of when or where it was made; ``stored`` is for what is compressed already."""
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    entry.create_system = 0
    entry.external_attr = 0
    return entry


def core_properties(properties: Mapping[str, str], dated: str = "") -> bytes:
    """The document's properties; keys Word has no field for are told line by line in its comments.

    ``dated`` is the instant of both created and modified, as 2020-10-21T00:00:00Z.
    """
    known = {key: properties.get(key, "") for key in _NAMED}
    remarks = [properties["description"]] if properties.get("description") else []
    others = {key: value for key, value in properties.items() if key not in (*_NAMED, "description", "created")}
    remarks += [f"{key}: {others[key]}" for key in sorted(others)]
    instant = escape(dated or _UNDATED)
    text = {key: escape(printable(str(value))) for key, value in known.items()}
    return (
        DECLARATION
        + '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        + ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        + ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        + f"<dc:title>{text['title']}</dc:title><dc:subject>{text['subject']}</dc:subject>"
        + f"<dc:creator>{text['creator']}</dc:creator><cp:keywords>{text['keywords']}</cp:keywords>"
        + f"<dc:description>{escape(printable(chr(10).join(remarks)))}</dc:description>"
        + f"<cp:lastModifiedBy>{text['creator']}</cp:lastModifiedBy><cp:revision>1</cp:revision>"
        + f'<dcterms:created xsi:type="dcterms:W3CDTF">{instant}</dcterms:created>'
        + f'<dcterms:modified xsi:type="dcterms:W3CDTF">{instant}</dcterms:modified>'
        + f"<cp:category>{text['category']}</cp:category><dc:language>zh-CN</dc:language></cp:coreProperties>"
    ).encode()
