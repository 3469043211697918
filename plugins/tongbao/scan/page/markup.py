"""A page's markup as one flat run of tokens: parsed by Lexbor as browsers do, written out clean, and read once.

Walking a tree from Python costs a call for every step; the clean text of the parsed tree can be cut into tokens by one
pattern, at a fifth of the time. It is well-formed: every tag closed, every attribute value in double quotes.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from tongbao.scan.page.elements import VOID

MOST_TAGS = 200_000
"""A page of more tags is read up to this many; an ordinary page has a thousand."""

_ATTRIBUTES = r'((?: =?[^\s/>=]*="[^"]*")*+)'
_TOKEN = re.compile(
    r"([^<]*)<(?:"
    r"(script|style|iframe|xmp|noembed|noframes|plaintext)" + _ATTRIBUTES + r">(.*?)</\2>"
    r"|(/)?([a-zA-Z][^\s/>]*)" + _ATTRIBUTES + r">(?(5)|(?:([^<]*)(</)\6>)?)"
    r"|!--.*?-->|[!?/][^>]*>)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r' (=?[^\s/>=]*)="([^"]*)"')
_FORMATTING_OPENED = re.compile(
    "<(?:[bBiIuUsS]|[bB][iI][gG]|[cC][oO][dD][eE]|[eE][mM]|[fF][oO][nN][tT]|[nN][oO][bB][rR]|[sS][mM][aA][lL]{2}"
    "|[sS][tT][rR](?:[iI][kK][eE]|[oO][nN][gG])|[tT]{2})[\\s/>]"
)
_FORMATTING = re.compile(r"</?(?:b|i|u|s|big|code|em|font|nobr|small|strike|strong|tt)(?:\s[^<>]{0,2000})?/?>", re.IGNORECASE)
_FORMATTING_LEFT = re.compile(r"<(/?)(?=(?:b|i|u|s|big|code|em|font|nobr|small|strike|strong|tt)[\s/>])", re.IGNORECASE)
_MOST_FORMATTING = 300
DEEPEST = 512
"""Elements nested deeper than this are read as if they were not nested, as browsers do."""
_MANY_TAGS = 4_000
_LONGEST_TAG = 20_000
_LONG_TAG = re.compile(f"<[a-zA-Z][^<>]{{{_LONGEST_TAG},}}")
_MOST_ATTRIBUTES = 2_000
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,30})")
_NEVER_DEEP = VOID | {
    "p",
    "li",
    "dd",
    "dt",
    "td",
    "th",
    "tr",
    "tbody",
    "thead",
    "tfoot",
    "option",
    "optgroup",
    "script",
    "style",
    "title",
}
"""Elements that have no content, or that the next of their kind closes."""

Token = tuple[str, str, str, str, str, str, str, str, str]
"""Text before the tag, then raw element, its attributes and content, or slash, tag, attributes; see ``_TOKEN``.

The last two are the text of an element that holds nothing else, and ``</`` where the token is such an element as a whole.
"""


def tokens(text: str) -> tuple[list[Token], bool]:
    """The tokens of a page and whether it was cut at MOST_TAGS."""
    text, is_cut = _bounded(text)
    clean = LexborHTMLParser(text).html or ""
    clean, is_cut_again = _cut(clean)
    return _TOKEN.findall(clean), is_cut or is_cut_again


def attributes(written: str) -> dict[str, str]:
    """The attributes of a token by name; the parser has folded the names and dropped repetitions."""
    if "&" not in written:
        return dict(_ATTRIBUTE.findall(written))
    return {name: unescaped(value) for name, value in _ATTRIBUTE.findall(written)}


def unescaped(written: str) -> str:
    """Undo the five escapes of clean markup; all other references were resolved by the parser."""
    if "&" not in written:
        return written
    written = written.replace("&nbsp;", "\xa0").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
    return written.replace("&amp;", "&")


def _bounded(text: str) -> tuple[str, bool]:
    """Keep a page from growing without bound in the parser.

    Unclosed formatting elements are opened anew in every paragraph, so that 25 KB can become a tree of a gigabyte. On
    pages with very many of them, those without attributes are left out, and if that is not enough all are: they carry
    nothing that is read here, save the rare hidden <font>.
    """
    text, is_cut = _cut(text)
    if len(text) > _LONGEST_TAG:
        text = _LONG_TAG.sub(_shortened, text)
    tags = text.count("<")
    if tags > _MANY_TAGS:
        text = _flattened(text)
    if tags > _MOST_FORMATTING and len(text) > 2_000 and len(_FORMATTING_OPENED.findall(text)) > _MOST_FORMATTING:
        text = _FORMATTING.sub("", text)
        if len(_FORMATTING_OPENED.findall(text)) > _MOST_FORMATTING:
            text = _FORMATTING_LEFT.sub(r"<\1span-", text)
    return text, is_cut


def between(text: str, start: str, end: str) -> list[str]:
    """What stands between each ``start`` and the next ``end``; one pass, whatever is left open."""
    found = []
    at = text.find(start)
    while at >= 0:
        at += len(start)
        close = text.find(end, at)
        if close < 0:
            break
        found.append(text[at:close])
        at = text.find(start, close)
    return found


def _shortened(tag: re.Match[str]) -> str:
    """Cut a tag of thousands of attributes, each of which the parser compares with all others; leave a long value alone."""
    return tag[0][:_LONGEST_TAG] if len(tag[0].split()) > _MOST_ATTRIBUTES else tag[0]


def _flattened(text: str) -> str:
    """Turn elements nested deeper than DEEPEST into empty ones: the parser's time grows with the square of the depth."""
    depth = deepest = 0
    for slash, name in _TAG.findall(text):
        if name.lower() not in _NEVER_DEEP:
            depth += -1 if slash and depth else 1
            deepest = max(deepest, depth)
    return _TAG.sub(_Flattening(), text) if deepest > DEEPEST else text


class _Flattening:
    """Replaces one tag after the other, counting how deep they stand."""

    def __init__(self) -> None:
        self.depth = 0

    def __call__(self, match: re.Match[str]) -> str:
        if match[2].lower() in _NEVER_DEEP:
            return match[0]
        self.depth += -1 if match[1] and self.depth else 1
        return f"<{match[1]}wbr" if self.depth + bool(match[1]) > DEEPEST else match[0]


def _cut(text: str) -> tuple[str, bool]:
    if text.count("<") <= MOST_TAGS:
        return text, False
    end = 0
    for _ in range(MOST_TAGS):
        end = text.index("<", end) + 1
    return text[: end - 1], True
