"""Evidence of an office's scans, by the number a finding cites: the explanation, the records, the page as it was received."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from starlette.responses import Response

from tongbao.archive import Archive
from tongbao.errors import TongbaoError
from tongbao_portal.files import disposition
from tongbao_portal.shelf import NotFound

EXPLANATION = "说明.html"
_ID = re.compile(r"[0-9a-f]{64}")
_SHOWN = {EXPLANATION: "text/html; charset=utf-8", "截图.png": "image/png"}


def wanted(number: str) -> str:
    """An evidence number as cited, without its ``sha256:``; raises NotFound for anything else."""
    bare = number.strip().removeprefix("sha256:").lower()
    if not _ID.fullmatch(bare):
        raise NotFound
    return bare


def files_of(archive: Archive, jurisdiction: str, number: str) -> dict[str, bytes]:
    """The files of one evidence by name, the explanation first; raises NotFound where it is not kept."""
    from tongbao.scan.evidence import export_evidence

    with tempfile.TemporaryDirectory(prefix="tongbao-evidence-") as folder:
        try:
            written = export_evidence(archive.evidence_folder(jurisdiction), wanted(number), Path(folder))
        except TongbaoError:
            raise NotFound from None
        return {path.name: path.read_bytes() for path in written}


def hand_out(name: str, content: bytes, number: str) -> Response:
    """Answer with one file. What a scanned site sent is only ever saved, never shown: it might have been tampered with."""
    headers = {"Content-Disposition": disposition(f"证据-{number[:12]}-{name}", inline=name in _SHOWN)}
    return Response(content, headers=headers, media_type=_SHOWN.get(name, "application/octet-stream"))
