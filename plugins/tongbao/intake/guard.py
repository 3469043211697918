"""Look at a delivered file before any parser does: what it really is, and whether it is safe to open."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path

from tongbao.errors import FileRefused, Place

MIB = 1024 * 1024
MAX_FILE = 256 * MIB
MAX_PART = 384 * MIB
MAX_INFLATED = 512 * MIB
MAX_PARTS = 10_000
MAX_RATIO = 300
"""Deflate reaches about 1,000; real sheets, even of identical rows, stay far below this."""
RATIO_FLOOR = 16 * MIB
"""Parts smaller than this when inflated are harmless whatever their ratio."""

EXTENSIONS = (".xlsx", ".xlsm", ".xls", ".et", ".ods", ".csv", ".tsv", ".txt")
_SAVE_AS = "请用 Excel 或 WPS 打开后“另存为”.xlsx 再报送"
_RESEND = "请确认文件能在 Excel 或 WPS 中打开，再重新报送完整的文件"
_CHUNK = 1 * MIB
_FEED = 64 * 1024
_DECLARATIONS = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|table|meta|style|script|div)\b", re.IGNORECASE)
_PICTURES = ("xl/media/", "Pictures/", "Thumbnails/")
"""Parts no spreadsheet parser opens; an .svg there may rightly have a document type."""
_FOREIGN = {"word/document.xml": "Word 文档", "ppt/presentation.xml": "演示文稿", "content.xml": "其他 OpenDocument 文档"}
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK_GLOBALS = b"\x09\x08\x10\x00\x00\x06\x05\x00"
_FILE_PASS, _RECORDS_BEFORE_FILE_PASS = 0x002F, 4
_WORKBOOK_STREAMS = tuple(f"{name}\0".encode("utf-16-le") for name in ("Workbook", "Book", "WORKBOOK", "BOOK"))


class Content(StrEnum):
    """What the bytes of a delivered file are, whatever its name says."""

    SHEETS = "sheets"
    """An Office Open XML workbook."""
    ODS = "ods"
    XLS = "xls"
    TEXT = "text"


@dataclass(frozen=True)
class Delivered:
    """The bytes of one delivered file, found safe to parse."""

    name: str
    data: bytes
    content: Content


def examine(path: Path, name: str | None = None) -> Delivered:
    """Read a delivered file's bytes and tell what they are; the name's ending only has to be a known one.

    Memory stays bounded: parts of zipped workbooks are inflated in pieces and only counted. Raises FileRefused
    for empty, oversized, protected, damaged or foreign files, zip bombs and XML with a document type.
    """
    name = name or path.name
    place = Place(file=name)
    _check_name(name, place)
    size = path.stat().st_size
    if size == 0:
        raise FileRefused("文件是空的（0 字节）", remedy=_RESEND, place=place)
    if size > MAX_FILE:
        raise FileRefused(
            f"文件有 {size // MIB} MiB，超过上限 {MAX_FILE // MIB} MiB", remedy="请按月或按地区拆分后报送", place=place
        )
    data = path.read_bytes()
    return Delivered(name, data, _content(data, place))


def _check_name(name: str, place: Place) -> None:
    if name.startswith(("~$", ".~")):
        raise FileRefused("这是 Excel 或 WPS 打开文件时留下的临时文件", remedy="请关闭正在编辑的文件，报送原文件", place=place)
    suffix = Path(name).suffix.lower()
    if suffix not in EXTENSIONS:
        problem = f"不认识的文件类型“{suffix or '无扩展名'}”"
        raise FileRefused(problem, remedy="请报送 .xlsx、.xls、.ods 或 .csv 文件", place=place, value=suffix)


def _content(data: bytes, place: Place) -> Content:
    if data.startswith(b"PK"):
        return _examine_zip(data, place)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _examine_ole(data, place)
    return _examine_text(data, place)


def _examine_ole(data: bytes, place: Place) -> Content:
    if _ENCRYPTED_PACKAGE in data or _has_file_pass(data):
        raise password_protected(place)
    if not any(stream in data for stream in _WORKBOOK_STREAMS):
        raise FileRefused("文件不是工作簿，也可能已损坏（找不到工作簿内容）", remedy=_SAVE_AS, place=place)
    return Content.XLS


def _has_file_pass(data: bytes) -> bool:
    """Whether an Excel 97 workbook's globals open with the record of an encrypted stream, which comes right after the first."""
    at = data.find(_WORKBOOK_GLOBALS)
    for _ in range(_RECORDS_BEFORE_FILE_PASS if at >= 0 else 0):
        kind, length = struct.unpack("<HH", data[at : at + 4].ljust(4, b"\0"))
        if kind == _FILE_PASS:
            return True
        at += 4 + length
    return False


def password_protected(place: Place) -> FileRefused:
    """The refusal of a workbook that opens with a password only."""
    return FileRefused("工作簿设有打开密码，无法读取", remedy="请在 Excel 或 WPS 中取消密码保护后重新报送", place=place)


def damaged(place: Place) -> FileRefused:
    """The refusal of a workbook that cannot be opened to its end."""
    return FileRefused("工作簿已损坏或不完整，无法打开", remedy=_RESEND, place=place)


def _examine_text(data: bytes, place: Place) -> Content:
    head = data[:8192]
    if not data.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        raise FileRefused("文件是空的，没有任何内容", remedy=_RESEND, place=place)
    if head.startswith(b"%PDF"):
        raise FileRefused("文件其实是 PDF", remedy="请报送表格原件（.xlsx 或 .csv）", place=place)
    text = head.decode("latin-1").lstrip("\xef\xbb\xbf \t\r\n")
    if _HTML.match(text) or text.startswith(("MIME-Version:", "<?xml")):
        raise FileRefused("文件其实是网页（HTML/XML），不是真正的工作簿", remedy=_SAVE_AS, place=place)
    if not head.startswith((b"\xff\xfe", b"\xfe\xff")) and _binary_share(head) > 0.05:
        raise FileRefused("文件既不是工作簿，也不是文本表格", remedy=_SAVE_AS, place=place)
    return Content.TEXT


def _binary_share(head: bytes) -> float:
    return sum(byte < 32 and byte not in b"\t\r\n\f" for byte in head) / len(head)


def _examine_zip(data: bytes, place: Place) -> Content:
    try:
        archive = zipfile.ZipFile(BytesIO(data))
        parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise damaged(place) from error
    _check_sizes([part.file_size for part in parts], len(data), place)
    total = 0
    for part in parts:
        total += _inflated_size(data, part, MAX_INFLATED - total, place)
    return _workbook_kind(archive, place)


def _check_sizes(sizes: list[int], delivered: int, place: Place) -> None:
    total = sum(sizes)
    if len(sizes) > MAX_PARTS or total > MAX_INFLATED or max(sizes, default=0) > MAX_PART:
        raise _bomb(place)
    if total > RATIO_FLOOR and total > MAX_RATIO * delivered:
        raise _bomb(place)


def _bomb(place: Place) -> FileRefused:
    problem = f"压缩包展开后大得反常（上限 {MAX_INFLATED // MIB} MiB），疑似压缩炸弹"
    return FileRefused(
        problem, remedy="请删除多余的工作表和空行，另存为新的 .xlsx 后报送；确有大量数据的，请用 .csv 报送", place=place
    )


def _inflated_size(data: bytes, part: zipfile.ZipInfo, budget: int, place: Place) -> int:
    """Inflate one part piece by piece, trusting none of its declared sizes."""
    if part.flag_bits & 1:
        raise password_protected(place)
    size, tail = 0, b""
    for piece in _pieces(data, part, place):
        size += len(piece)
        if size > min(MAX_PART, budget) or (size > RATIO_FLOOR and size > MAX_RATIO * max(part.compress_size, 1)):
            raise _bomb(place)
        if not part.filename.startswith(_PICTURES):
            tail = _scan(tail + piece, part.filename, place)
    return size


def _scan(window: bytes, part: str, place: Place) -> bytes:
    plain = window.replace(b"\0", b"") if b"\0" in window else window
    if _DECLARATIONS.search(plain):
        problem = f"工作簿的“{part}”部分含有 XML 文档类型或实体声明，有安全风险"
        raise FileRefused(problem, remedy=_SAVE_AS, place=place)
    if part == "META-INF/manifest.xml" and b"encryption-data" in plain:
        raise password_protected(place)
    return window[-64:]


def _pieces(data: bytes, part: zipfile.ZipInfo, place: Place) -> Iterator[bytes]:
    start = part.header_offset
    header = data[start : start + 30]
    if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
        raise damaged(place)
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    start += 30 + name_length + extra_length
    packed = memoryview(data)[start : start + part.compress_size]
    if len(packed) < part.compress_size:
        raise damaged(place)
    if part.compress_type == zipfile.ZIP_STORED:
        yield from (bytes(packed[at : at + _CHUNK]) for at in range(0, len(packed), _CHUNK))
    elif part.compress_type == zipfile.ZIP_DEFLATED:
        yield from _inflate(packed, place)
    else:
        raise FileRefused("工作簿用了少见的压缩方式，无法读取", remedy=_SAVE_AS, place=place)


def _inflate(packed: memoryview, place: Place) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for at in range(0, len(packed), _FEED):
            waiting: bytes | memoryview = packed[at : at + _FEED]
            while waiting and not inflater.eof:
                yield inflater.decompress(waiting, _CHUNK)
                waiting = inflater.unconsumed_tail
        yield inflater.flush()
    except zlib.error as error:
        raise damaged(place) from error
    if not inflater.eof:
        raise damaged(place)


def _workbook_kind(archive: zipfile.ZipFile, place: Place) -> Content:
    names = set(archive.namelist())
    if names & {"xl/workbook.xml", "xl/workbook.bin"}:
        return Content.SHEETS
    if "content.xml" in names and b"opendocument.spreadsheet" in _media_type(archive, names):
        return Content.ODS
    other = next((kind for part, kind in _FOREIGN.items() if part in names), "压缩包")
    raise FileRefused(f"文件其实是{other}，不是工作簿", remedy="请报送 .xlsx、.xls、.ods 或 .csv 表格", place=place)


def _media_type(archive: zipfile.ZipFile, names: set[str]) -> bytes:
    part = next(part for part in ("mimetype", "META-INF/manifest.xml", "content.xml") if part in names)
    return archive.read(part)
