"""Convert a circular to PDF with LibreOffice, where it is installed, and make sure that nothing of it got lost."""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from xml.sax.saxutils import escape

from lxml import etree

from tongbao.circular.gongwen import FANGSONG, HEITI, KAITI, SONGTI, XIAOBIAOSONG
from tongbao.circular.ooxml import parse
from tongbao.circular.package import CORE
from tongbao.circular.pdf_text import text_lost
from tongbao.errors import TongbaoError

FONTS_VARIABLE = "TONGBAO_FONTS"
"""Names a folder of fonts to draw with, searched beside the system's."""

OFFICE_VARIABLE = "TONGBAO_OFFICE"
"""Names the LibreOffice program where it lies elsewhere; ``none`` does without it."""

_log = logging.getLogger(__name__)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_PROGRAMS = ("soffice", "libreoffice", "soffice.bin")
_FOLDERS = ("/usr/lib/libreoffice/program", "/usr/lib64/libreoffice/program", "/opt/libreoffice/program")
_RESTART, _TRIES = 81, 3
"""A program that has just made a new profile ends with this status and wants to be started again."""
_STAND_INS = {
    (FANGSONG, "仿宋", "FangSong"): ("FandolFang", "FandolFang R"),
    (KAITI, "楷体", "KaiTi"): ("FandolKai", "AR PL KaitiM GB"),
    (HEITI, "SimHei"): ("FandolHei", "Noto Sans CJK SC"),
    (SONGTI, "SimSun"): ("FandolSong", "Noto Serif CJK SC"),
    (XIAOBIAOSONG, "方正小标宋_GBK"): ("Noto Serif CJK SC", "FandolSong"),
}
# A blank page that an even-page section leaves before it is part of the document and of its page count;
# charts are line drawings, which lossy compression would blur.
_EXPORT = (
    'pdf:writer_pdf_Export:{"IsSkipEmptyPages":{"type":"boolean","value":"false"},'
    '"UseLosslessCompression":{"type":"boolean","value":"true"},"ReduceImageResolution":{"type":"boolean","value":"false"}}'
)
_DATE = re.compile(rb"(?<=/CreationDate\(D:)\d{14}")
_ID, _CHECKSUM = re.compile(rb"(?<=<)[0-9A-F]{32}(?=>)"), re.compile(rb"(?<=/DocChecksum /)[0-9A-F]{32}")


@dataclass(frozen=True)
class PdfResult:
    """What became of a conversion: the PDF (None: there is none), a Chinese sentence on it, and what it lacks of the .docx."""

    data: bytes | None
    note: str
    lost: tuple[str, ...] = ()


def office_program() -> str | None:
    """The LibreOffice program of this machine, if any: the one TONGBAO_OFFICE names, on PATH, or where packages put it."""
    if named := os.environ.get(OFFICE_VARIABLE):
        return None if named == "none" else named
    on_path = (shutil.which(name) for name in _PROGRAMS)
    installed = (shutil.which("soffice.bin", path=folder) for folder in _FOLDERS)
    return next((program for program in (*on_path, *installed) if program), None)


def make_pdf(docx: bytes, *, drawn: bytes | None = None, fonts: Path | None = None, time_limit_s: float = 300) -> PdfResult:
    """Draw a circular as PDF, unless it is ``drawn`` already, and compare its characters with the .docx.

    Never raises over the conversion: whatever prevents it is said in ``note`` and in the log: the .docx stands on its own.
    A full disk prevents more than that and is raised (OSError), to be tried again.
    """
    try:
        data = to_pdf(docx, fonts=fonts, time_limit_s=time_limit_s) if drawn is None else drawn
        lost = tuple(text_lost(docx, data))
    except TongbaoError as error:
        _log.warning("no PDF: %s", error)
        return PdfResult(None, f"未生成PDF，通报以 .docx 为准：{error}")
    if lost:
        _log.warning("the PDF lacks characters of the .docx: %s", lost)
        return PdfResult(data, f"PDF与 .docx 不一致，请以 .docx 为准：PDF中缺少{'、'.join(lost)}", lost)
    return PdfResult(data, "已生成PDF，文字与 .docx 一致")


def to_pdf(data: bytes, *, fonts: Path | None = None, time_limit_s: float = 120) -> bytes:
    """Draw a .docx as PDF; equal input gives equal bytes on one machine. Errors are those of ``to_pdfs``."""
    return to_pdfs([data], fonts=fonts, time_limit_s=time_limit_s)[0]


def to_pdfs(documents: Sequence[bytes], *, fonts: Path | None = None, time_limit_s: float = 120) -> list[bytes]:
    """Draw several .docx in one start of LibreOffice, which takes longer than most documents.

    Each looks as ``to_pdf`` draws it; its bytes also depend on what was drawn before it.

    ``fonts`` (default: the folder TONGBAO_FONTS names) is searched for the standard's fonts. Raises TongbaoError when
    LibreOffice is absent, cannot be run, fails, or takes longer than the limit for all; OSError when the disk is full.
    """
    program = office_program()
    if program is None:
        raise TongbaoError(
            "本机没有安装 LibreOffice，无法转换 PDF", remedy="请安装 libreoffice-writer，或在 Word、WPS 中另存为 PDF"
        )
    folder = fonts or (Path(os.environ[FONTS_VARIABLE]) if os.environ.get(FONTS_VARIABLE) else None)
    try:
        drawn = _converted(documents, program, folder, time_limit_s)
        return [_undated(pdf, data) for pdf, data in zip(drawn, documents, strict=True)]
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise
        raise TongbaoError(
            f"LibreOffice 无法运行（{error.strerror or error}）", remedy="请检查其安装，或在 Word、WPS 中另存为 PDF"
        ) from error


def _converted(documents: Sequence[bytes], program: str, folder: Path | None, time_limit_s: float) -> list[bytes]:
    with tempfile.TemporaryDirectory(prefix="tongbao-pdf-", ignore_cleanup_errors=True) as name:
        workplace = Path(name)
        sources = [workplace / f"circular{place or ''}.docx" for place in range(len(documents))]
        for source, data in zip(sources, documents, strict=True):
            source.write_bytes(data)
        environment = {
            **os.environ,
            "FONTCONFIG_FILE": str(_write_fonts_conf(workplace, folder)),
            "SAL_USE_VCLPLUGIN": "svp",
            "TZ": "UTC",
        }
        command = [program, f"-env:UserInstallation={(workplace / 'profile').as_uri()}", "--headless", "--norestore"]
        command += ["--convert-to", _EXPORT, "--outdir", name, *map(str, sources)]
        status = _run(command, environment, time_limit_s)
        made = [source.with_suffix(".pdf") for source in sources]
        drawn = [pdf.read_bytes() if pdf.exists() else b"" for pdf in made]
        if not all(pdf.startswith(b"%PDF-") for pdf in drawn):
            raise TongbaoError(
                f"LibreOffice 未能将通报转换为 PDF（退出状态{status}）",
                remedy="请在 Word、WPS 中打开通报另存为 PDF，并告知系统维护人员",
                value=status,
            )
        return drawn


def _run(command: list[str], environment: dict[str, str], time_limit_s: float) -> int:
    """Run to its end, again if it asks for it, all within the limit; returns the exit status."""
    deadline = time.monotonic() + time_limit_s
    status = _RESTART
    for _ in range(_TRIES):
        status = _run_once(command, environment, deadline, time_limit_s)
        if status != _RESTART:
            break
    return status


def _run_once(command: list[str], environment: dict[str, str], deadline: float, time_limit_s: float) -> int:
    # soffice starts a child that outlives it: the whole group ends when the time is up.
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            return process.wait(max(deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            raise TongbaoError(
                f"转换 PDF 超过{time_limit_s:g}秒，已停止", remedy="附件很长时请在 Word、WPS 中另存为 PDF"
            ) from None
        finally:
            if process.returncode is None:
                _end_group(process.pid)


def _end_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def _undated(pdf: bytes, docx: bytes) -> bytes:
    """The PDF without the hour of its making: date and identity follow from the .docx, digit for digit in their places."""
    identity = sha256(docx).hexdigest()[:32].upper().encode()
    head, trailer, tail = pdf.rpartition(b"\ntrailer")
    tail = _CHECKSUM.sub(identity, _ID.sub(identity, tail))
    return _DATE.sub(_created(docx), head) + trailer + tail


def _created(docx: bytes) -> bytes:
    """When the .docx says it was made, as fourteen digits."""
    created = ""
    with contextlib.suppress(zipfile.BadZipFile, KeyError, etree.XMLSyntaxError), zipfile.ZipFile(io.BytesIO(docx)) as archive:
        created = parse(archive.read(CORE)).findtext("{http://purl.org/dc/terms/}created") or ""
    digits = re.sub(r"\D", "", created)
    return (digits if len(digits) == 14 else "20000101000000").encode()


def _write_fonts_conf(workplace: Path, folder: Path | None) -> Path:
    """Have the standard's fonts, where they are not installed, drawn with look-alikes instead of whatever comes first."""
    drawn_with = {names: "".join(f"<string>{family}</string>" for family in families) for names, families in _STAND_INS.items()}
    matches = "".join(
        f'<match target="pattern"><test name="family"><string>{name}</string></test>'
        f'<edit name="family" mode="append" binding="strong">{families}</edit></match>'
        for names, families in drawn_with.items()
        for name in names
    )
    folders = f"<dir>{escape(str(folder.resolve()))}</dir>" if folder else ""
    conf = workplace / "fonts.conf"
    conf.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f'<include ignore_missing="yes">/etc/fonts/fonts.conf</include>{folders}<cachedir>{workplace / "fonts"}</cachedir>'
        f"{matches}</fontconfig>",
        encoding="utf-8",
    )
    return conf
