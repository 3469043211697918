"""The meta tags of 国办发〔2017〕47号 and what real pages make of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MISSING = frozenset(
    (
        "",
        "null",
        "none",
        "undefined",
        "nan",
        "n/a",
        "na",
        "nil",
        "-",
        "--",
        "/",
        "无",
        "暂无",
        "空",
        "0",
        "[]",
        "{}",
        '""',
        "''",
        "请输入",
    )
)
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|\{\{[^}]*\}\}|<%.*?%>|\{\$[^}]*\}|\[\[[^\]]*\]\]|#[A-Za-z_]{2,30}#|@\w{2,30}@")
_NAME_NOISE = re.compile(r"[\s_.:-]+")
SITE_CODE = re.compile(r"(?:\d{10}|bm\d{8}|N\d{9})", re.IGNORECASE)
_LONGEST = 2_000


def meta_of(tags: Iterable[dict[str, str]]) -> dict[str, str]:
    """Meta values by folded name (``SiteIDCode`` → siteidcode); the first real value wins.

    What only looks like a value (empty, "null", "undefined", an unfilled template placeholder) counts as missing.
    """
    found: dict[str, str] = {}
    for tag in tags:
        name = tag.get("name") or tag.get("property") or tag.get("http-equiv") or ""
        value = " ".join(tag.get("content", "")[:_LONGEST].split())
        folded = folded_name(name)
        if folded and folded not in found and not is_missing(value):
            found[folded] = value
    return found


def folded_name(name: str) -> str:
    """Lower case without spaces, hyphens, points, colons and underscores."""
    return _NAME_NOISE.sub("", name[:80]).lower()


def is_missing(value: str) -> bool:
    """True for values that say nothing."""
    return value.strip().lower() in _MISSING or bool(_PLACEHOLDER.fullmatch(value.strip()))


def site_code_in(value: str | None) -> str | None:
    """The site code a value is, upper N and lower bm; None when it is none."""
    value = (value or "").strip()
    if not SITE_CODE.fullmatch(value):
        return None
    return value.lower() if value[0] in "bB" else value.upper()
