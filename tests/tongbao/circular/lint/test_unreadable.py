from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from tests.tongbao.circular.lint.bench import Opened, drawn
from tongbao.circular.lint import lint, run_lint
from tongbao.circular.package import write_package
from tongbao.errors import FileRefused

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def _zip(**parts: bytes) -> bytes:
    return write_package({name.replace("__", "/"): content for name, content in parts.items()})


def _with(name: str, content: bytes) -> bytes:
    opened = Opened(drawn())
    opened.parts[name] = content
    return opened.close()


def _bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in Opened(drawn()).parts.items():
            archive.writestr(name, content if name != "word/document.xml" else b"<a>" + bytes(8 * 2**20))
    return buffer.getvalue()


CASES = {
    "empty": (b"", "不是 .docx 文件"),
    "text": ("通报".encode(), "不是 .docx 文件"),
    "truncated": (drawn()[: len(drawn()) // 2], "不完整"),
    "encrypted": (_OLE + "EncryptedPackage".encode("utf-16-le"), "打开密码"),
    "old": (_OLE + "WordDocument".encode("utf-16-le"), "旧版"),
    "workbook": (_zip(xl=b"x"), "不是 Word 文档"),
    "not well-formed": (_with("word/document.xml", b"<w:document>"), "“word/document.xml”已损坏"),
    "broken styles": (_with("word/styles.xml", b"<"), "“word/styles.xml”已损坏"),
    "no body": (_with("word/document.xml", b"<document/>"), "没有可读的正文"),
    "bomb": (_bomb(), "过大"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_read_is_one_sentence_with_a_remedy(case: str) -> None:
    data, words = CASES[case]
    with pytest.raises(FileRefused, match=words) as caught:
        lint(data)
    assert str(caught.value).count("请") == 1


def test_entities_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("机密内容", encoding="utf-8")
    document = Opened(drawn()).parts["word/document.xml"].decode()
    declared = f'<!DOCTYPE w [<!ENTITY x SYSTEM "{secret.as_uri()}">]>' + document.partition("?>")[2].replace(
        "二、存在问题", "&x;"
    )
    assert all("机密内容" not in fault.place.text for fault in lint(_with("word/document.xml", declared.encode())))


def test_the_run_goes_on_after_an_unreadable_file(tmp_path: Path) -> None:
    (tmp_path / "坏.docx").write_bytes(b"x")
    (tmp_path / "好.docx").write_bytes(drawn())
    out = io.StringIO()
    assert run_lint([tmp_path / "坏.docx", tmp_path / "好.docx", tmp_path / "无.docx"], False, out) == 1
    bad, good, absent = out.getvalue().splitlines()
    assert bad.startswith("文件《坏.docx》：不是 .docx 文件")
    assert good == "《好.docx》：没有发现问题"
    assert absent.startswith("文件《无.docx》：找不到")


def test_json_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "坏.docx").write_bytes(b"x")
    out = io.StringIO()
    assert run_lint([str(tmp_path / "坏.docx")], True, out) == 1
    [result] = json.loads(out.getvalue())
    assert result["unreadable"].startswith("文件《坏.docx》")
    assert result["faults"] == []
