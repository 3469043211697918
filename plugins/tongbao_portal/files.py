"""Hand out one archived file: its very bytes as the manifest knows them, under a Chinese name."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from urllib.parse import quote

from starlette.responses import StreamingResponse
from upath import UPath

from tongbao.errors import TongbaoError

_BLOCK = 1 << 20
_IN_MEMORY = 8 << 20
_UNFIT = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]+")


@dataclass(frozen=True)
class Kind:
    """What a file is: its title for people, its media type, the ending of its name, whether a browser may show it."""

    title: str
    media_type: str
    ending: str
    shown: bool = False


_OPEN_XML = "application/vnd.openxmlformats-officedocument"
_DOCX = f"{_OPEN_XML}.wordprocessingml.document"
_XLSX = f"{_OPEN_XML}.spreadsheetml.sheet"

CIRCULAR = Kind("通报", _DOCX, ".docx")
PDF = Kind("通报", "application/pdf", ".pdf", shown=True)
ANNEXES = Kind("附件表", _XLSX, ".xlsx")
NOTICES = Kind("整改通知书", "application/zip", ".zip")

DRAFT_FILES = {
    "circular.docx": CIRCULAR,
    "circular.pdf": PDF,
    "annexes.xlsx": ANNEXES,
    "reconciliation.xlsx": Kind("名册核对表", _XLSX, ".xlsx"),
    "notices.zip": NOTICES,
}
ISSUED_FILES = {"circular.docx": CIRCULAR, "circular.pdf": PDF, "annexes.xlsx": ANNEXES, "notices.zip": NOTICES}
ISSUING_FILES = {
    "generated.docx": Kind("系统生成稿", _DOCX, ".docx"),
    "edited.docx": Kind("修改稿", _DOCX, ".docx"),
    "differences.html": Kind("修改对照", "text/html; charset=utf-8", ".html", shown=True),
}
"""What led to an issued circular: for those who may read drafts."""
VALIDATION = Kind("校验结果", "text/html; charset=utf-8", ".html", shown=True)
REJECTED = Kind("退回的行", _XLSX, ".xlsx")
ORIGINAL = Kind("原件", "application/octet-stream", "")

CONTENT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-src 'self'; object-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)


class Damaged(TongbaoError):
    """The archive's file is not the one its manifest speaks of."""

    def __init__(self, name: str) -> None:
        super().__init__(f"归档中的{name}缺失或已被改动，未提供", remedy="请联系运维人员核对归档，必要时从备份恢复", value=name)


def hand_out(path: UPath, sha256: str, kind: Kind, name: str, *, show: bool = False) -> StreamingResponse:
    """Answer with a file if its bytes are what the manifest says; raises Damaged otherwise, before the first byte.

    ``name`` is what it is saved under, without ending where the kind has one. Shown in the browser only if asked to and fit.
    """
    copy: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (closed when sent)
    try:
        size = _copied(path, sha256, copy)
    except BaseException:
        copy.close()
        raise
    headers = {
        "Content-Length": str(size),
        "Content-Disposition": disposition(f"{name}{kind.ending}", inline=show and kind.shown),
        "ETag": f'"{sha256}"',
    }
    return StreamingResponse(_blocks(copy), headers=headers, media_type=kind.media_type)


def disposition(name: str, *, inline: bool) -> str:
    """The header that names a download in Chinese (RFC 6266, RFC 5987), with a plain name for old clients."""
    fit = _UNFIT.sub("_", name).strip(" .") or "file"
    plain = f"tongbao{fit[fit.rfind('.') :]}" if "." in fit and fit[fit.rfind(".") :].isascii() else "tongbao"
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(fit, safe='')}"


def _copied(path: UPath, sha256: str, copy: IO[bytes]) -> int:
    found, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as source:
            while block := source.read(_BLOCK):
                found.update(block)
                size += copy.write(block)
    except FileNotFoundError:
        raise Damaged(path.name) from None
    if found.hexdigest() != sha256:
        raise Damaged(path.name)
    copy.seek(0)
    return size


def _blocks(copy: IO[bytes]) -> Iterator[bytes]:
    with copy:
        while block := copy.read(_BLOCK):
            yield block
