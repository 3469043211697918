"""Hand one evidence out: its records, the body, the picture and a page in Chinese that explains them, readable offline."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from upath import UPath

from tongbao.errors import TongbaoError
from tongbao.home import home
from tongbao.period import SHANGHAI
from tongbao.scan.evidence.records import Evidence
from tongbao.scan.evidence.store import Folder, find_evidence
from tongbao.scan.outcomes import OUTCOME_NAMES
from tongbao.storage import write_file
from tongbao.web_page import page_templates

_TEMPLATE = "evidence.html.jinja"
# A page someone may have tampered with is handed out as text: opened by a double click, it must not run or call home.
_SAFE = {".jpg": ".jpg", ".jpeg": ".jpg", ".png": ".png", ".gif": ".gif", ".pdf": ".pdf", ".txt": ".txt"}
_TEXT_SHOWN = 4000


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    purpose: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def export_evidence(folder: Folder, wanted: str, target: Path, *, subject: str = "") -> list[Path]:
    """Write one evidence into ``<target>/证据-<first 12 of its id>`` and return the files, the explanation first.

    ``folder`` is the office's evidence folder, ``wanted`` the id a finding cites (with or without ``sha256:``), ``subject``
    what the explanation is headed with, such as the finding's description. Raises TongbaoError where it is not kept.
    """
    wanted = wanted if wanted.startswith("sha256:") else f"sha256:{wanted}"
    evidence = find_evidence(folder, wanted)
    if evidence is None:
        raise TongbaoError(
            f"证据目录中没有 {wanted}",
            remedy="请从检查问题的“证据”一栏复制完整编号；仍找不到的，请核对辖区和归档位置",
            value=wanted,
        )
    files = _files(evidence)
    place = target / f"证据-{wanted.removeprefix('sha256:')[:12]}"
    explanation = place / "说明.html"
    for file in files:
        write_file(UPath(place / file.name), file.content)
    write_file(UPath(explanation), _explanation(evidence, files, subject).encode())
    return [explanation, *(place / file.name for file in files)]


def _files(evidence: Evidence) -> list[_File]:
    files = [_File("记录.warc.gz", "请求和应答的原始记录（WARC 格式，可用通用工具核验）", evidence.records)]
    if evidence.exchange.body:
        files.append(_File(f"正文{_ending(evidence)}", "页面或文件的原始内容，未作改动", evidence.exchange.body))
    if evidence.screenshot:
        files.append(_File("截图.png", "由浏览器按本记录的正文画出，内容以记录为准", evidence.screenshot))
    return files


def _ending(evidence: Evidence) -> str:
    kind = evidence.exchange.content_type.partition(";")[0].strip().lower()
    known = _SAFE.get(mimetypes.guess_extension(kind) or "")
    if known:
        return known
    return ".html.txt" if "html" in kind or not kind else ".bin"


def _explanation(evidence: Evidence, files: list[_File], subject: str) -> str:
    exchange = evidence.exchange
    picture = base64.b64encode(evidence.screenshot).decode() if evidence.screenshot else ""
    return (
        page_templates(home() / "templates")
        .get_template(_TEMPLATE)
        .render(
            evidence=evidence,
            exchange=exchange,
            subject=subject,
            outcome=OUTCOME_NAMES[exchange.outcome],
            fetched_at=exchange.started_at.astimezone(SHANGHAI).strftime("%Y年%m月%d日 %H:%M:%S"),
            body_sha256=hashlib.sha256(exchange.body).hexdigest(),
            text=_text(evidence),
            files=files,
            picture=picture,
        )
    )


def _text(evidence: Evidence) -> str:
    """The page's visible text, numbers masked: the explanation is what gets passed on."""
    from tongbao.scan.page import read_page
    from tongbao.scan.words.masking import mask_numbers

    exchange = evidence.exchange
    if "html" not in exchange.content_type.lower() and "text" not in exchange.content_type.lower():
        return ""
    facts = read_page(exchange.final_url, exchange.body, exchange.content_type)
    text = mask_numbers(facts.text)
    return text if len(text) <= _TEXT_SHOWN else f"{text[:_TEXT_SHOWN]}……（以下略，全文见正文文件）"
