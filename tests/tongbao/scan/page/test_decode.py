"""Which characters a page is written in, and whether it says so truthfully."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao.scan.page.decode import decode

TEXT = "示例旗人民政府关于印发政府网站管理办法的通知，各苏木镇人民政府："
TRADITIONAL = "示例旗人民政府關於印發政府網站管理辦法的通知，這是我們的國家"


def _page(charset: str | None, text: str = TEXT) -> str:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">' if charset else ""
    return f"<html><head>{meta}<title>示例</title></head><body>{text}</body></html>"


@pytest.mark.parametrize(
    ("encoding", "meta", "header", "charset", "is_wrong"),
    [
        ("utf-8", "utf-8", "", "utf-8", False),
        ("utf-8", None, "", "utf-8", False),
        ("utf-8", "gb2312", "", "utf-8", True),
        ("utf-8", "utf-8", "text/html; charset=GBK", "utf-8", True),
        ("utf-8", "gb2312", "text/html; charset=utf-8", "utf-8", False),
        ("utf-8", "nonsense", "", "utf-8", True),
        ("utf-8", "utf-16", "", "utf-8", True),
        ("utf-8", "iso-8859-1", "", "utf-8", True),
        ("utf-8-sig", "gb2312", "", "utf-8", True),
        ("utf-8-sig", None, "", "utf-8", False),
        ("gbk", "gb2312", "", "gb18030", False),
        ("gb18030", "gbk", "", "gb18030", False),
        ("gbk", None, "", "gb18030", False),
        ("gbk", "utf-8", "", "gb18030", True),
        ("gbk", "iso-8859-1", "", "gb18030", True),
        ("gbk", "", "text/html;charset='gb2312'", "gb18030", False),
        ("utf-16", None, "", "utf-16", False),
        ("utf-16-le", None, "", "utf-16-le", False),
        ("utf-16-be", "utf-8", "text/html; charset=utf-16", "utf-16-be", False),
        ("utf-16-le", None, "text/html; charset=utf-8", "utf-16-le", True),
    ],
)
def test_charsets_and_lies(encoding: str, meta: str | None, header: str, charset: str, is_wrong: bool) -> None:
    decoded = decode(_page(meta).encode(encoding), header)
    assert TEXT in decoded.text
    assert decoded.charset == charset
    assert decoded.is_wrong is is_wrong


@pytest.mark.parametrize(("meta", "is_wrong"), [("big5", False), (None, False), ("gb2312", True)])
def test_big5(meta: str | None, is_wrong: bool) -> None:
    decoded = decode(_page(meta, TRADITIONAL).encode("big5hkscs"))
    assert TRADITIONAL in decoded.text
    assert (decoded.charset, decoded.is_wrong) == ("big5hkscs", is_wrong)


def test_the_declaration_is_kept_as_written() -> None:
    assert decode(_page("GB2312").encode(), "").declared == "gb2312"
    assert decode(_page("GB2312").encode(), "text/html; charset=UTF-8").declared == "utf-8"
    assert decode(_page(None).encode(), "text/html").declared is None
    assert decode(b'<?xml version="1.0" encoding="gbk"?><html/>').declared == "gbk"


def test_utf8_cut_or_scratched_is_still_utf8() -> None:
    whole = _page("utf-8", TEXT * 50).encode()
    assert decode(whole[:-16]).charset == "utf-8"
    cut = whole[: whole.rindex("镇".encode()) + 1]
    assert (decode(cut).charset, decode(cut).is_wrong) == ("utf-8", False)
    scratched = whole.replace("管理".encode(), b"\xff\xfe", 1)
    assert (decode(scratched).charset, decode(scratched).is_wrong) == ("utf-8", False)


def test_scratched_utf8_of_another_script_is_not_taken_for_chinese() -> None:
    decoded = decode(_page("utf-8", "ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ " * 20).encode() + b"\xff")
    assert decoded.charset == "utf-8"


def test_plain_ascii_is_what_it_says() -> None:
    assert decode(b"<p>a</p>").charset == "utf-8"
    declared = decode(b'<meta charset="gb2312"><p>a</p>')
    assert (declared.charset, declared.is_wrong) == ("gb18030", False)


@given(
    st.binary(max_size=400),
    st.sampled_from(["", "text/html; charset=utf-16", "charset=", "charset=idna", "charset=hex", "charset=base64"]),
)
def test_any_bytes_are_decoded(body: bytes, header: str) -> None:
    assert isinstance(decode(body, header).text, str)
    assert isinstance(decode(b'<meta charset="punycode">' + body, header).text, str)
