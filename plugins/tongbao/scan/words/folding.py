"""The form in which text and words are compared, and the way back to the original offsets.

Full-width and other compatibility forms become plain ones, case goes, and what can be put inside a word without changing
how it reads (spaces, invisible characters, stars, dots, dashes) is left out. Marks that end a clause or a sentence stay.
"""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE_SET = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_INSERTED_SET = r"\s*＊·•・‧∙⋅.﹒．\-－–—―_＿~～|｜/／\\＼+＋=＝^＾#＃@＠&＆$＄%％'＇\"＂`｀´…☆★●○◆◇■□▲△"
INVISIBLE = re.compile(f"[{_INVISIBLE_SET}]")
_LEFT_OUT = re.compile(f"[{_INVISIBLE_SET}{_INSERTED_SET}]+")
_LEFT_OUT_ASCII = bytes(code for code in range(128) if _LEFT_OUT.match(chr(code)))
_LOWER_ASCII = bytes(range(128)).lower() + bytes(range(128, 256))
_UNCOMMON = re.compile(r"[^\x00-\x7f\u4e00-\u9fff，。、：；（）“”《》？！\u3000\xa0]")
_COMMON_BLANKS = ("\u3000", "\xa0")
_COMPATIBLE = re.compile(
    "[ªº\u2100-\u2189\u2460-\u24ff\u2e80-\u2fdf\u3200-\u33ff\uf900-\ufaff\ufb00-\ufb06\uff10-\uff19\uff21-\uff3a\uff41-\uff5a"
    "\U0001d400-\U0001d7ff\U0001f100-\U0001f1ff\U0002f800-\U0002fa1f]"
)


def fold(text: str) -> str:
    """The folded form of a text; empty where nothing but spaces and inserted marks is in it."""
    if _UNCOMMON.search(text) is None:
        return _folded_common(text)
    if _COMPATIBLE.search(text):
        text = _COMPATIBLE.sub(_plain, text)
    return _LEFT_OUT.sub("", text).lower()


def _folded_common(text: str) -> str:
    """Fold what is made of ASCII, Chinese and its plain punctuation alone: bytes are sifted many times faster than characters."""
    for blank in _COMMON_BLANKS:
        text = text.replace(blank, "")
    return text.encode().translate(_LOWER_ASCII, _LEFT_OUT_ASCII).decode()


def positions(text: str) -> list[int]:
    """For every character of ``fold(text)`` the offset of the character in ``text`` it came from."""
    length = {character: len(fold(character)) for character in set(text)}
    return [place for place, character in enumerate(text) for _ in range(length[character])]


def _plain(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", match[0])
