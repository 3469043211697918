"""Files that must be refused whole, each with one Chinese sentence that names the place and the remedy."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.tongbao.intake.books import (
    ROSTER_HEADER,
    ROSTER_ROW,
    bomb,
    compound,
    inline,
    ods,
    ods_row,
    with_parts,
    xls,
    xlsx,
    zipped,
)
from tongbao.errors import FileRefused
from tongbao.intake.read import read_tables
from tongbao.vocabulary import Vocabulary, load_vocabulary

ROSTER = [ROSTER_HEADER, ROSTER_ROW]
DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


Refusal = Callable[..., FileRefused]


@pytest.fixture
def refusal(vocabulary: Vocabulary) -> Refusal:
    def read(path: Path, feed: str | None = None) -> FileRefused:
        with pytest.raises(FileRefused) as caught:
            read_tables(path, vocabulary, feed)
        error = caught.value
        assert error.place.file == path.name
        assert error.problem
        assert error.remedy
        assert str(error).startswith(f"文件《{path.name}》")
        assert str(error).endswith("。")
        return error

    return read


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def truncated(path: Path, share: float) -> Path:
    data = path.read_bytes()
    return written(path, data[: int(len(data) * share)])


def protected(path: Path) -> Path:
    return written(path, compound({"EncryptedPackage": b"x" * 5000, "EncryptionInfo": b"y" * 300}))


def ods_protected(path: Path) -> Path:
    ods(path, ods_row(*ROSTER_HEADER))
    return with_parts(path, {"META-INF/manifest.xml": b"<manifest><encryption-data/></manifest>"})


def html(path: Path) -> Path:
    return written(path, "<html><head><meta charset='gbk'></head><table><tr><td>标识码</td></tr></table>".encode("gbk"))


def ods_with_doctype(path: Path) -> Path:
    return with_parts(ods(path, ods_row(*ROSTER_HEADER)), {"META-INF/extra.xml": DOCTYPE})


CASES: list[tuple[str, Callable[[Path], Path], str]] = [
    ("名册.xlsx", lambda p: written(p, b""), "文件是空的（0 字节）"),
    ("名册.csv", lambda p: written(p, b"\xef\xbb\xbf \r\n\r\n"), "文件是空的"),
    ("名册.xlsx", lambda p: xlsx(p, [[None]]), "文件里没有任何内容"),
    ("名册.csv", lambda p: written(p, b",,,\n,,,\n"), "文件里没有任何内容"),
    ("名册.xlsx", protected, "设有打开密码"),
    ("名册.xls", lambda p: xls(p, ROSTER, protected=True), "设有打开密码"),
    ("名册.ods", ods_protected, "设有打开密码"),
    ("名册.xlsx", lambda p: truncated(xlsx(p, ROSTER), 0.6), "已损坏或不完整"),
    ("名册.ods", lambda p: truncated(ods(p, ods_row(*ROSTER_HEADER)), 0.8), "已损坏或不完整"),
    ("名册.xls", lambda p: truncated(xls(p, ROSTER), 0.35), "已损坏或不完整"),
    ("名册.xlsx", lambda p: with_parts(xlsx(p, ROSTER), {"xl/workbook.xml": b"<workbook"}), "已损坏或不完整"),
    ("名册.xls", html, "其实是网页"),
    ("名册.xlsx", html, "其实是网页"),
    ("名册.xls", lambda p: written(p, b'<?xml version="1.0"?><Workbook/>'), "其实是网页"),
    ("名册.doc", lambda p: xlsx(p, ROSTER), "不认识的文件类型“.doc”"),
    ("名册", lambda p: xlsx(p, ROSTER), "不认识的文件类型“无扩展名”"),
    ("~$名册.xlsx", lambda p: written(p, b"x" * 165), "临时文件"),
    ("名册.csv", lambda p: written(p, b"%PDF-1.7 ..."), "其实是 PDF"),
    ("名册.csv", lambda p: written(p, bytes(range(256)) * 20), "既不是工作簿，也不是文本表格"),
    ("名册.csv", lambda p: written(p, "标识码,名称\n".encode() + b"\xff\xff\xff,\x80x\n" * 9), "文字编码"),
    ("名册.csv", lambda p: written(p, '标识码,名称,主办单位\na,"甲,某局\nb,乙,某局\n'.encode()), "引号没有成对"),
    ("名册.xlsx", lambda p: written(p, compound({"WordDocument": b"x"})), "不是工作簿"),
    ("名册.xlsx", lambda p: with_parts(written(p, zipped("")), {"xl/media/a.txt": b"x"}), "文件里没有任何内容"),
    ("名册.xlsx", lambda p: with_parts(xlsx(p, ROSTER), {"xl/x.xml": DOCTYPE}), "XML 文档类型或实体声明"),
    (
        "名册.xlsx",
        lambda p: with_parts(xlsx(p, ROSTER), {"xl/x.xml": DOCTYPE.decode().encode("utf-16")}),
        "XML 文档类型或实体声明",
    ),
    ("名册.ods", ods_with_doctype, "XML 文档类型或实体声明"),
    ("名册.xlsx", lambda p: bomb(xlsx(p, ROSTER), 40), "压缩炸弹"),
    ("名册.xlsx", lambda p: xlsx(p, [ROSTER_HEADER]), "表头下面没有数据行"),
    ("名册.xlsx", lambda p: xlsx(p, [ROSTER_HEADER, ["注：本季度无"]]), "表头下面没有数据行"),
]


@pytest.mark.parametrize(("name", "make", "said"), CASES, ids=lambda case: case if isinstance(case, str) else "")
def test_refused(tmp_path: Path, refusal: Refusal, name: str, make: Callable[[Path], Path], said: str) -> None:
    assert said in refusal(make(tmp_path / name)).problem


def test_a_word_document_under_a_workbook_name(tmp_path: Path, refusal: Refusal) -> None:
    path = tmp_path / "名册.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert "Word 文档" in refusal(path).problem


def test_declared_sizes_are_not_believed(tmp_path: Path, refusal: Refusal) -> None:
    path = bomb(xlsx(tmp_path / "名册.xlsx", ROSTER), 40)
    data = bytearray(path.read_bytes())
    record = data.rfind(b"PK\x01\x02")
    assert data[record + 46 :].startswith(b"xl/worksheets/sheet9.xml")
    data[record + 24 : record + 28] = (1000).to_bytes(4, "little")
    path.write_bytes(data)
    assert "压缩炸弹" in refusal(path).problem


@pytest.mark.parametrize("cell", ["XFD1048576", "ZZ900000"])
def test_a_stray_cell_far_out_does_not_take_the_process_down(tmp_path: Path, refusal: Refusal, cell: str) -> None:
    row = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    path = written(
        tmp_path / "名册.xlsx", zipped(f'<row r="1">{inline("A1", "标识码")}</row><row r="{row}">{inline(cell, "x")}</row>')
    )
    assert "数据区过大" in refusal(path).problem


def test_a_picture_may_have_a_document_type(tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = with_parts(xlsx(tmp_path / "名册.xlsx", ROSTER), {"xl/media/image1.svg": DOCTYPE})
    assert len(read_tables(path, vocabulary)) == 1


def test_a_missing_column_is_named_with_sheet_row_and_accepted_headers(tmp_path: Path, refusal: Refusal) -> None:
    path = xlsx(tmp_path / "政务新媒体备案清单.xlsx", {"新媒体": [["附件1"], ["账号ID", "平台", "单位电话"], ["a", "微信", "1"]]})
    error = refusal(path)
    assert (error.place.sheet, error.place.row, error.place.column) == ("新媒体", 2, "名称、主办单位")
    assert "缺少必需的列：名称、主办单位" in error.problem
    assert "账号名称" in error.remedy
    assert "责任单位" in error.remedy


def test_one_lacking_sheet_refuses_the_whole_workbook(tmp_path: Path, refusal: Refusal) -> None:
    sheets = {"名册": ROSTER, "链接检查": [["标识码", "所在页面", "链接地址"], ["a", "首页", "http://a.example"]]}
    error = refusal(xlsx(tmp_path / "汇总.xlsx", sheets))
    assert error.place.sheet == "链接检查"
    assert "结果、检查时间" in error.problem


def test_the_wrong_sheet_under_a_telling_name(tmp_path: Path, refusal: Refusal) -> None:
    error = refusal(xlsx(tmp_path / "首页探测记录.xlsx", {"Sheet1": [["会议签到表"], ["姓名", "签字"], ["某某", None]]}))
    assert error.place.sheet == "Sheet1"
    assert "标识码、探测时间、结果" in error.problem


def test_nothing_recognised_names_the_sheets_and_what_was_expected(tmp_path: Path, refusal: Refusal) -> None:
    path = xlsx(tmp_path / "汇总.xlsx", {"签到": [["姓名", "签字"], ["某某", "是"]], "经费": [["科目", "金额"], ["甲", 1]]})
    book = openpyxl.load_workbook(path)
    book["经费"].sheet_state = "hidden"
    book.save(path)
    error = refusal(path)
    assert "“签到”、“经费”（隐藏）" in error.problem
    assert "《名册》须有标识码、名称、主办单位" in error.remedy


def test_a_wanted_feed_is_the_only_one_looked_for(tmp_path: Path, refusal: Refusal) -> None:
    error = refusal(xlsx(tmp_path / "名册.xlsx", ROSTER), "probes")
    assert "《首页探测记录》" in error.problem


def test_the_row_of_a_bad_byte_is_told(tmp_path: Path, refusal: Refusal) -> None:
    path = written(tmp_path / "名册.csv", "标识码,名称,主办单位\na,甲,某局\n".encode() + b"b,\xff\xff,c\n")
    assert refusal(path).place.row == 3


def test_a_header_without_rows_is_placed(tmp_path: Path, refusal: Refusal) -> None:
    error = refusal(xlsx(tmp_path / "汇总.xlsx", {"名册": [["附件"], ROSTER_HEADER]}))
    assert (error.place.sheet, error.place.row) == ("名册", 2)
