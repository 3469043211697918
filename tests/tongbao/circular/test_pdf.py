from __future__ import annotations

import errno
import io
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from tests.tongbao.circular.documents import circular
from tongbao.circular import pdf as pdfs
from tongbao.circular.pdf import make_pdf, office_program, to_pdf
from tongbao.circular.pdf_text import text_lost
from tongbao.circular.render import render
from tongbao.errors import TongbaoError
from tongbao.home import home

TEMPLATE = home() / "templates" / "circular-v1.docx"
FOLDER = 'while [ "$1" != --outdir ]; do shift; done; out="$2"\n'
WRITES = FOLDER + 'printf "%%PDF-1.6 $RANDOM" > "$out/circular.pdf"\n'


@pytest.fixture(scope="module")
def docx() -> bytes:
    return render(circular(), TEMPLATE).data


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A program in LibreOffice's place; its folder keeps what it was told."""

    def install(script: str) -> Path:
        program = tmp_path / "soffice"
        program.write_text(f'#!/bin/bash\ncd "{tmp_path}"\necho "$@" >> called\n{script}', encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setattr(pdfs, "office_program", lambda: str(program))
        return tmp_path

    return install


def docx_of(content: str) -> bytes:
    main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    compatibility = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        document = f'<w:document xmlns:w="{main}" xmlns:mc="{compatibility}"><w:body>{content}</w:body></w:document>'
        archive.writestr("word/document.xml", document)
    return buffer.getvalue()


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:r>{properties}<w:t>{text}</w:t></w:r></w:p>"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], bytes]:
    """A PDF of one page whose text is as given."""

    def made(text: str) -> bytes:
        monkeypatch.setattr("pypdf.PageObject.extract_text", lambda page: text)
        writer, buffer = PdfWriter(), io.BytesIO()
        writer.add_blank_page(595, 842)
        writer.write(buffer)
        return buffer.getvalue()

    return made


# -- running the program ---------------------------------------------------------------------------


def test_a_program_that_hangs_is_ended_with_its_children(fake: Callable[[str], Path], docx: bytes) -> None:
    folder = fake("sleep 60 & echo $! > child\nwait\n")
    started = time.monotonic()
    with pytest.raises(TongbaoError, match="超过1秒，已停止"):
        to_pdf(docx, time_limit_s=1)
    assert time.monotonic() - started < 10
    child = int((folder / "child").read_text())
    deadline = time.monotonic() + 5
    while _runs(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(child)


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_a_program_that_made_its_profile_is_started_again(fake: Callable[[str], Path], docx: bytes) -> None:
    folder = fake(f"[ -e again ] || {{ touch again; exit 81; }}\n{WRITES}")
    assert to_pdf(docx).startswith(b"%PDF-1.6")
    assert len((folder / "called").read_text().splitlines()) == 2


def test_one_that_always_wants_to_be_started_again_is_not(fake: Callable[[str], Path], docx: bytes) -> None:
    folder = fake("exit 81\n")
    with pytest.raises(TongbaoError, match="退出状态81"):
        to_pdf(docx)
    assert len((folder / "called").read_text().splitlines()) == 3


@pytest.mark.parametrize(
    "script", ["exit 0\n", f'{FOLDER}echo "no pdf" > "$out/circular.pdf"\n', f'{FOLDER}: > "$out/circular.pdf"\n']
)
def test_a_program_that_writes_nothing_usable_is_a_failure(script: str, fake: Callable[[str], Path], docx: bytes) -> None:
    fake(script)
    result = make_pdf(docx)
    assert result.data is None
    assert result.lost == ()
    assert result.note.startswith("未生成PDF，通报以 .docx 为准：LibreOffice 未能将通报转换为 PDF（退出状态0）")
    assert result.note.endswith("。")


def test_every_call_has_a_profile_and_fonts_of_its_own(fake: Callable[[str], Path], docx: bytes, tmp_path: Path) -> None:
    folder = fake(f'cp "$FONTCONFIG_FILE" conf\n{WRITES}')
    (tmp_path / "fonts & more").mkdir()
    to_pdf(docx, fonts=tmp_path / "fonts & more")
    to_pdf(docx)
    profiles = [
        line.split("-env:UserInstallation=file://")[1].split()[0] for line in (folder / "called").read_text().splitlines()
    ]
    assert len(set(profiles)) == 2
    assert not any(Path(profile).exists() for profile in profiles)
    assert "fonts &amp; more" not in (folder / "conf").read_text(encoding="utf-8")


def test_the_fonts_of_the_folder_are_offered_after_the_standards_own(
    fake: Callable[[str], Path], docx: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fake(f'cp "$FONTCONFIG_FILE" conf\n{WRITES}')
    monkeypatch.setenv("TONGBAO_FONTS", str(tmp_path / "R&D"))
    to_pdf(docx)
    conf = (folder / "conf").read_text(encoding="utf-8")
    assert f"<dir>{tmp_path}/R&amp;D</dir>" in conf
    assert conf.count('mode="append" binding="strong"') == conf.count("<match ")
    assert "<string>仿宋_GB2312</string></test>" in conf
    assert "<string>FandolFang</string>" in conf


def test_without_the_program_the_lack_is_said_and_nothing_raised(monkeypatch: pytest.MonkeyPatch, docx: bytes) -> None:
    monkeypatch.setattr(pdfs, "office_program", lambda: None)
    result = make_pdf(docx)
    assert result.data is None
    assert "没有安装 LibreOffice" in result.note


def test_a_program_that_cannot_be_started_is_said_too(monkeypatch: pytest.MonkeyPatch, docx: bytes, tmp_path: Path) -> None:
    monkeypatch.setattr(pdfs, "office_program", lambda: str(tmp_path / "soffice"))
    assert make_pdf(docx).note.startswith("未生成PDF，通报以 .docx 为准：")


def test_a_docx_without_properties_still_becomes_a_pdf(fake: Callable[[str], Path]) -> None:
    fake(f'{FOLDER}printf "%%PDF-1.6\n/CreationDate(D:20261122224746Z)\ntrailer" > "$out/circular.pdf"\n')
    assert b"D:20000101000000Z" in to_pdf(docx_of(paragraph("甲")))
    assert b"D:20000101000000Z" in to_pdf(b"not a zip")


def test_the_program_is_found_where_packages_put_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(pdfs, "_FOLDERS", (str(tmp_path / "program"),))
    assert office_program() is None
    for folder, name in (("program", "soffice.bin"), ("bin", "soffice")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).touch(0o755)
        assert office_program() == str(tmp_path / folder / name)


# -- what got lost ---------------------------------------------------------------------------------


def test_every_character_of_the_docx_must_be_in_the_pdf(reads: Callable[[str], bytes]) -> None:
    docx = docx_of(paragraph("检查账号64个，合格63个。") + paragraph("限期整改。"))
    assert text_lost(docx, reads("— 1 —\n限期整改。检查 账号64个，\n合格63个。序号 序号")) == []
    assert text_lost(docx, reads("检查账号64个，合格63个。限期整改")) == ["“。”1处（如“4个，合格63个。”）"]
    assert text_lost(docx, reads("检查账号4个，合格63个。限期整改。")) == ["“6”1处（如“检查账号64个，合格63个”）"]


@pytest.mark.parametrize(("number", "is_told"), [(errno.ENOSPC, False), (errno.EDQUOT, False), (errno.EACCES, True)])
def test_a_full_disk_is_no_failed_conversion(number: int, is_told: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(pdfs, "office_program", lambda: "soffice")
    monkeypatch.setattr(pdfs, "_run", run)
    if is_told:
        assert make_pdf(b"").note.startswith("未生成PDF，通报以 .docx 为准：LibreOffice 无法运行")
        return
    with pytest.raises(OSError, match=os.strerror(number)):
        make_pdf(b"")


def test_blanks_and_compatibility_forms_are_no_loss(reads: Callable[[str], bytes]) -> None:
    assert text_lost(docx_of(paragraph("\u3000\u3000年　月 日 一ﬁ㎡")), reads("年月日⼀fi㎡")) == []


def test_hidden_text_and_the_copy_for_older_readers_are_not_expected(reads: Callable[[str], bytes]) -> None:
    hidden = paragraph("隐藏", "<w:rPr><w:vanish/></w:rPr>")
    twice = f"<w:p><w:r><mc:AlternateContent><mc:Choice>{paragraph('版记')}</mc:Choice>"
    twice += f"<mc:Fallback>{paragraph('版记')}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    assert text_lost(docx_of(hidden + twice), reads("版记")) == []


def test_rows_of_tables_count(reads: Callable[[str], bytes]) -> None:
    row = f"<w:tbl><w:tr><w:tc>{paragraph('甲')}</w:tc><w:tc>{paragraph('乙')}</w:tc></w:tr></w:tbl>"
    assert text_lost(docx_of(row), reads("甲")) == ["“乙”1处（如“乙”）"]


def test_very_many_losses_are_told_in_few_words(reads: Callable[[str], bytes]) -> None:
    lost = text_lost(docx_of(paragraph("".join(map(chr, range(0x4E00, 0x4E00 + 50))))), reads(""))
    assert len(lost) == 21
    assert lost[-1] == "等50种字符"


@pytest.mark.parametrize("broken", ["docx", "pdf"])
def test_what_cannot_be_read_is_said(broken: str, docx: bytes, reads: Callable[[str], bytes]) -> None:
    files = {"docx": docx, "pdf": reads("")} | {broken: b"%PDF-1.6 and no more"}
    with pytest.raises(TongbaoError, match="无法"):
        text_lost(files["docx"], files["pdf"])


def test_a_pdf_that_lost_something_is_kept_and_the_loss_said(
    fake: Callable[[str], Path], docx: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(WRITES)
    monkeypatch.setattr(pdfs, "text_lost", lambda docx, pdf: ["“。”1处（如“整改。”）"])
    result = make_pdf(docx)
    assert result.data is not None
    assert result.lost == ("“。”1处（如“整改。”）",)
    assert result.note == "PDF与 .docx 不一致，请以 .docx 为准：PDF中缺少“。”1处（如“整改。”）"


# -- the real one ----------------------------------------------------------------------------------


@pytest.mark.skipif(office_program() is None, reason="LibreOffice is not installed: no PDF can be made")
def test_a_circular_becomes_a_pdf_with_all_its_text_and_equal_bytes(docx: bytes) -> None:
    result = make_pdf(docx)
    assert result.data is not None, result.note
    assert result.lost == ()
    assert result.note == "已生成PDF，文字与 .docx 一致"
    # The clock of the PDF counts seconds.
    time.sleep(1.01)
    assert to_pdf(docx) == result.data
    reader = PdfReader(io.BytesIO(result.data))
    assert reader.metadata is not None
    assert str(reader.metadata["/CreationDate"]).startswith("D:20201021000000")


@pytest.mark.skipif(office_program() is None, reason="LibreOffice is not installed: no PDF can be made")
@pytest.mark.skipif(os.name != "posix", reason="process groups are a thing of POSIX")
def test_the_real_program_ends_in_time_too(docx: bytes) -> None:
    result = make_pdf(docx, time_limit_s=0.05)
    assert result.data is None
    assert "已停止" in result.note
