"""Convert a circular to PDF with LibreOffice, where it is installed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from tongbao.circular.gongwen import FANGSONG, HEITI, KAITI, SONGTI, XIAOBIAOSONG
from tongbao.errors import TongbaoError

FONTS_VARIABLE = "TONGBAO_FONTS"
"""Names a folder of fonts to draw with, searched beside the system's."""

_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")
_STAND_INS = {
    (FANGSONG, "仿宋", "FangSong"): ("FandolFang", "FandolFang R"),
    (KAITI, "楷体", "KaiTi"): ("FandolKai", "AR PL KaitiM GB"),
    (HEITI, "SimHei"): ("FandolHei", "Noto Sans CJK SC"),
    (SONGTI, "SimSun"): ("FandolSong", "Noto Serif CJK SC"),
    (XIAOBIAOSONG, "方正小标宋_GBK"): ("Noto Serif CJK SC", "FandolSong"),
}
# A blank page that an even-page section leaves before it is part of the document and of its page count.
_EXPORT = 'pdf:writer_pdf_Export:{"IsSkipEmptyPages":{"type":"boolean","value":"false"}}'


def office_program() -> str | None:
    """The LibreOffice program of this machine, if any."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def to_pdf(data: bytes, *, fonts: Path | None = None, time_limit_s: float = 120) -> bytes:
    """Draw a .docx as PDF. ``fonts`` (default: the folder TONGBAO_FONTS names) is searched for the standard's fonts.

    Raises TongbaoError when LibreOffice is absent, fails, or takes longer than the limit.
    """
    program = office_program()
    if program is None:
        raise TongbaoError(
            "本机没有安装 LibreOffice，无法转换 PDF", remedy="请安装 libreoffice-writer，或在 Word、WPS 中另存为 PDF"
        )
    folder = fonts or (Path(os.environ[FONTS_VARIABLE]) if os.environ.get(FONTS_VARIABLE) else None)
    with tempfile.TemporaryDirectory(prefix="tongbao-pdf-") as name:
        workplace = Path(name)
        (workplace / "circular.docx").write_bytes(data)
        environment = {**os.environ, "FONTCONFIG_FILE": str(_write_fonts_conf(workplace, folder)), "SAL_USE_VCLPLUGIN": "svp"}
        command = [program, f"-env:UserInstallation={(workplace / 'profile').as_uri()}", "--headless", "--norestore"]
        command += ["--convert-to", _EXPORT, "--outdir", name, str(workplace / "circular.docx")]
        _run(command, environment, time_limit_s)
        made = workplace / "circular.pdf"
        if not made.exists():
            raise TongbaoError(
                "LibreOffice 未能将通报转换为 PDF", remedy="请在 Word、WPS 中打开通报另存为 PDF，并告知系统维护人员"
            )
        return made.read_bytes()


def page_count(pdf: bytes) -> int:
    """Pages of a PDF that LibreOffice wrote."""
    return len(_PAGE.findall(pdf))


def _run(command: list[str], environment: dict[str, str], time_limit_s: float) -> None:
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
            process.wait(time_limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise TongbaoError(
                f"转换 PDF 超过{time_limit_s:g}秒，已停止", remedy="附件很长时请在 Word、WPS 中另存为 PDF"
            ) from None


def _write_fonts_conf(workplace: Path, folder: Path | None) -> Path:
    drawn_with = {names: "".join(f"<string>{family}</string>" for family in families) for names, families in _STAND_INS.items()}
    matches = "".join(
        f'<match target="pattern"><test name="family"><string>{name}</string></test>'
        f'<edit name="family" mode="assign_replace" binding="strong">{families}</edit></match>'
        for names, families in drawn_with.items()
        for name in names
    )
    folders = f"<dir>{folder}</dir>" if folder else ""
    conf = workplace / "fonts.conf"
    conf.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f'<include ignore_missing="yes">/etc/fonts/fonts.conf</include>{folders}<cachedir>{workplace / "fonts"}</cachedir>'
        f"{matches}</fontconfig>",
        encoding="utf-8",
    )
    return conf
