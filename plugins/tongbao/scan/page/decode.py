"""From bytes to text: which characters a page is written in, and whether it says so truthfully."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from w3lib.encoding import resolve_encoding

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_IN_META = re.compile(rb"<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]{1,40})", re.IGNORECASE)
_IN_XML = re.compile(rb"\s{0,99}<\?xml[^>]{0,99}encoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})", re.IGNORECASE)
_PRESCAN = 4096
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}
_OF_PAGES = re.compile(
    r"utf-(?:8|16(?:-[lb]e)?)|gb18030|big5hkscs|euc_(?:jp|kr)|shift_jis|cp(?:874|932|949|125\d)|iso8859-\d{1,2}|koi8-[ru]|ascii"
)
"""The text encodings pages are written in; Python also knows some that are none (hex, idna) or that fail on stray bytes."""
_WESTERN = frozenset(("ascii", "iso8859-1", "cp1252"))
"""Declared by default more often than in earnest: tried last."""
_COMMON_HAN = re.compile(
    "[的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会會來時個國這們為對發年会可主发年动同工也能下过子说产种面而方后多定行学法所民得经]"
)
_ANY_HAN = re.compile("[\u4e00-\u9fff]")
_EVIDENCE = 20_000


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a page; ``charset`` is what it was read as, ``declared`` the charset it names (HTTP before meta)."""

    text: str
    charset: str
    declared: str | None
    is_wrong: bool


def decode(body: bytes, content_type: str = "") -> Decoded:
    """Decode any bytes: BOM, then what the bytes prove, then the declaration, then the likeliest Chinese charset.

    Bytes beyond ASCII that are valid UTF-8 are UTF-8 whatever the page says: the odds against it by chance are
    astronomical. ``is_wrong`` when the declaration cannot be what the bytes are written in.
    """
    declared = _declared(body, content_type)
    for bom, name in _BOMS:
        if body.startswith(bom):
            text = body[len(bom) :].decode("utf-8", "replace") if name == "utf-8" else body.decode(name, "replace")
            return Decoded(text, name, declared, _differs(declared, name))
    if _looks_utf16(body):
        name = "utf-16-be" if body[0] == 0 else "utf-16-le"
        return Decoded(body.decode(name, "replace"), name, declared, _differs(declared, "utf-16"))
    claimed = _codec(declared)
    if body.isascii():
        return Decoded(body.decode("ascii"), claimed or "utf-8", declared, declared is not None and claimed is None)
    try:
        return Decoded(body.decode("utf-8"), "utf-8", declared, _differs(declared, "utf-8"))
    except UnicodeDecodeError as error:
        return _not_utf8(body, declared, claimed, error)


def _declared(body: bytes, content_type: str) -> str | None:
    found = _IN_HEADER.search(content_type) if content_type else None
    if found:
        return found[1].lower()
    head = body[:_PRESCAN]
    in_page = _IN_META.search(head) or _IN_XML.match(head)
    return in_page[1].decode("ascii", "replace").lower() if in_page else None


def _codec(declared: str | None) -> str | None:
    """Python's name of a declared charset, widened to its superset (gb2312 → gb18030); None for what no page is written in."""
    name = resolve_encoding(declared) if declared is not None else None
    if name is None:
        return None
    name = _WIDER.get(name, name)
    return name if _OF_PAGES.fullmatch(name) else None


def _differs(declared: str | None, actual: str) -> bool:
    return declared is not None and not (_codec(declared) or "unknown").startswith(actual)


def _not_utf8(body: bytes, declared: str | None, claimed: str | None, error: UnicodeDecodeError) -> Decoded:
    if claimed == "utf-8" and _is_scratched(body, error):
        return Decoded(body.decode("utf-8", "replace"), "utf-8", declared, False)
    candidates = dict.fromkeys(
        (claimed, "gb18030", "big5hkscs") if claimed not in _WESTERN else ("gb18030", "big5hkscs", claimed)
    )
    readings = [(name, body.decode(name, "replace")) for name in candidates if name is not None and name != "utf-8"]
    readings.append(("utf-8", body.decode("utf-8", "replace")))
    charset, text = max(readings, key=lambda reading: _likeness(reading[1]))
    return Decoded(text, charset, declared, _differs(declared, charset))


def _is_scratched(body: bytes, error: UnicodeDecodeError) -> bool:
    """UTF-8 with a few broken bytes, or cut in the middle of a character."""
    if error.end >= len(body):
        return True
    return body[:_EVIDENCE].decode("utf-8", "replace").count("\ufffd") <= 1 + len(body[:_EVIDENCE]) // 500


def _likeness(text: str) -> float:
    """How much a reading looks like Chinese prose: frequent characters count, unreadable ones count against."""
    sample = text[:_EVIDENCE]
    han = len(_ANY_HAN.findall(sample))
    return len(_COMMON_HAN.findall(sample)) * 3 + han - 5 * sample.count("\ufffd")


def _looks_utf16(body: bytes) -> bool:
    head = body[:2]
    return head == b"<\x00" or head == b"\x00<"
