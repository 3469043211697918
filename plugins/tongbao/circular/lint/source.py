"""Open any .docx for reading, or say in one sentence why it cannot be."""

from __future__ import annotations

import io
import posixpath
import zipfile
from functools import cached_property

from lxml import etree

from tongbao.circular.ooxml import R_NAMESPACE, Element, parse, w
from tongbao.errors import FileRefused

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_LARGEST_PART = 300 * 2**20
_LARGEST_RATIO = 500
_SMALL = 2**20
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_MAIN = "/officeDocument"


class Package:
    """The parts of a .docx and how they refer to each other; parts are read when asked for.

    Raises FileRefused for what is no .docx, is cut off, encrypted, or swells beyond reason.
    """

    def __init__(self, data: bytes) -> None:
        if data.startswith(_OLE):
            raise _encrypted_or_old(data)
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, OSError) as error:
            raise FileRefused(
                "不是 .docx 文件，或者文件不完整", remedy="请重新复制该文件，或者用 Word、WPS 打开后另存为 .docx"
            ) from error
        self.names = frozenset(self._archive.namelist())
        self.main = next((target for kind, target in self._relations("").values() if kind.endswith(_MAIN)), "")
        if self.main not in self.names:
            raise FileRefused("不是 Word 文档（其中没有正文）", remedy="请用 Word 或 WPS 另存为 .docx 后再检查")

    @cached_property
    def document(self) -> Element:
        root = self.part(self.main)
        if root is None or root.find(w("body")) is None:
            raise FileRefused("文档没有可读的正文，或者存成了“严格”格式", remedy="请用 Word 另存为“Word 文档（*.docx）”")
        return root

    @cached_property
    def relations(self) -> dict[str, tuple[str, str]]:
        """Relationship id → (type, part name) of the main part."""
        return self._relations(self.main)

    def related(self, kind: str) -> Element | None:
        """The first part the document refers to by that kind, e.g. ``styles``."""
        for type_, target in self.relations.values():
            if type_.endswith(f"/{kind}"):
                return self.part(target)
        return None

    def referred(self, reference: Element) -> Element | None:
        """The part an ``r:id`` points to."""
        found = self.relations.get(reference.get(f"{{{R_NAMESPACE}}}id", ""))
        return None if found is None else self.part(found[1])

    def part(self, name: str) -> Element | None:
        """The part as a tree, nothing when there is none of that name."""
        if name not in self.names:
            return None
        entry = self._archive.getinfo(name)
        swollen = entry.file_size > _SMALL and entry.file_size > _LARGEST_RATIO * max(entry.compress_size, 1)
        if entry.file_size > _LARGEST_PART or swollen:
            raise FileRefused(f"其中的“{name}”过大，可能不是正常文档", remedy="请用 Word 或 WPS 打开后另存为 .docx")
        try:
            return parse(self._archive.read(name))
        except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, etree.XMLSyntaxError) as error:
            raise FileRefused(f"其中的“{name}”已损坏", remedy="请用 Word 或 WPS 修复后另存为 .docx") from error

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        folder, name = posixpath.split(part)
        root = self.part(posixpath.join(folder, "_rels", f"{name}.rels"))
        if root is None:
            return {}
        return {
            str(relation.get("Id")): (str(relation.get("Type")), _target(folder, str(relation.get("Target"))))
            for relation in root.iter(_RELATIONSHIP)
            if relation.get("TargetMode") != "External"
        }


def _target(folder: str, target: str) -> str:
    return target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))


def _encrypted_or_old(data: bytes) -> FileRefused:
    if _ENCRYPTED in data:
        return FileRefused("设有打开密码，无法检查", remedy="请在 Word 或 WPS 中取消打开密码后重新保存")
    return FileRefused("是旧版 .doc 或 .wps 文件", remedy="请用 Word 或 WPS 另存为 .docx 后再检查")
