"""How figures look in print: rates, counts, differences, dates, names, Chinese numerals, document numbers.

Rules of the genre: a rate carries two decimals (or 0, or 1), rounded half up, or cut off where an office does so;
100% and 0% carry none; and 100% is never printed while anything is missing from it, nor 0% while anything is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction

_DIGITS = "零一二三四五六七八九"


def chinese_numeral(number: int) -> str:
    """Spell 1–99 as headings do: 一, 十, 十二, 二十, 二十一."""
    if not 1 <= number <= 99:
        raise ValueError(f"headings are numbered 1 to 99, not {number}")
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")


def percent(share: Fraction, decimals: int = 2, *, cut: bool = False) -> Decimal:
    """The share in percent as it prints: half up or ``cut`` off, yet never moved onto 100 or 0 from beside them."""
    exact = Decimal(share.numerator) * 100 / Decimal(share.denominator)
    step = Decimal(1).scaleb(-decimals)
    rounded = exact.quantize(step, ROUND_DOWN if cut else ROUND_HALF_UP)
    if rounded == 100 and share < 1:
        return exact.quantize(step, ROUND_DOWN)
    if rounded == 0 and share > 0:
        return exact.quantize(step, ROUND_UP)
    return rounded


def rate_text(share: Fraction, decimals: int = 2, *, cut: bool = False, zeros: bool = True) -> str:
    """Print a share of 1: 98.44%, 100%, 0%; without ``zeros`` 98.50% is 98.5%."""
    value = percent(share, decimals, cut=cut)
    return f"{value:.0f}%" if value in (0, 100) else f"{value if zeros else _short(value)}%"


def points_text(
    minuend: Fraction, subtrahend: Fraction, decimals: int = 2, signed: bool = False, *, cut: bool = False, zeros: bool = True
) -> str:
    """Print the distance of two rates in percentage points, as follows from the two rates as printed."""
    value = percent(minuend, decimals, cut=cut) - percent(subtrahend, decimals, cut=cut)
    shown = value if signed else abs(value)
    if shown == 0:
        return "0"
    text = f"{shown:+}" if signed else f"{shown}"
    return text if zeros else _short(text)


def _short(number: object) -> str:
    """A number without the zeros that end its decimals."""
    text = str(number)
    return text.rstrip("0").rstrip(".") if "." in text else text


def score_text(score: Decimal, decimals: int = 2) -> str:
    """Print a score with its decimals, without trailing zeros: 86.5, 100."""
    return _short(score.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def date_text(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def document_number(code: str, year: int, number: int | None) -> str:
    """Number of a document: 示政服字〔2020〕12号; unnumbered drafts keep room to write it in (GB/T 9704, 7.2.5)."""
    return f"{code}〔{year}〕{'  ' if number is None else number}号"


def pinyin_order(text: str) -> bytes:
    """A sort key that puts names in the order of their pinyin: GB 2312 lays its common characters out so."""
    return text.encode("gb18030", "replace")


_FIELDS = re.compile(r"\{(name|sponsor|platform|detail|times|names)\}")


@dataclass(frozen=True)
class NameStyle:
    """How offenders are named, e.g. 单位“账号名”平台; a unit whose account bears its own name is named once.

    ``item``: pattern of one item with {name} {sponsor} {platform} {detail}. ``group``: the field whose equal
    items share one pattern ``grouped`` with that field, {names} (the items joined by ``separator``) and {times}.
    """

    item: str
    group: str = ""
    grouped: str = ""
    separator: str = "、"
    group_separator: str = "；"


def fill(pattern: str, values: dict[str, str]) -> str:
    """Put values into a pattern's braces; braces inside the values stay as they are."""
    return _FIELDS.sub(lambda match: values.get(match[1], ""), pattern)


def names_text(
    items: Sequence[tuple[str, str, str, str]], style: NameStyle, limit: int = 0, measure: str = "个", total: int | None = None
) -> str:
    """Print a name list; where not all can be shown, the first ones and 等N个, N being all of them (``total``)."""
    total = len(items) if total is None else total
    shown = items[:limit] if limit > 0 else items
    cut = len(shown) < total
    text = _grouped(shown, style) if style.group else _joined([_one(item, style.item) for item in shown], style.separator)
    return f"{text}等{total}{measure}" if cut else text


def _joined(names: Sequence[str], separator: str) -> str:
    """Names with the separator between them, but no 、 between two quoted ones (GB/T 15834, 4.5)."""
    text = ""
    for place, name in enumerate(names):
        is_quoted = separator == "、" and text.endswith("”") and name.startswith("“")
        text += name if place == 0 or is_quoted else f"{separator}{name}"
    return text


def _values(item: tuple[str, str, str, str]) -> dict[str, str]:
    return dict(zip(("name", "sponsor", "platform", "detail"), item, strict=True))


def _one(item: tuple[str, str, str, str], pattern: str) -> str:
    values = _values(item)
    if values["sponsor"] == values["name"] and "{name}" in pattern:
        values["sponsor"] = ""
    return fill(pattern, values)


def _grouped(items: Iterable[tuple[str, str, str, str]], style: NameStyle) -> str:
    groups: dict[str, list[str]] = {}
    for item in items:
        groups.setdefault(_values(item)[style.group], []).append(_one(item, style.item))
    return style.group_separator.join(
        fill(style.grouped, {style.group: key, "names": _joined(names, style.separator), "times": str(len(names))})
        for key, names in groups.items()
    )


def without_evidence_ids(text: str) -> str:
    """A finding's evidence as recipients read it: the addresses, without the archive's own numbers of what was kept."""
    return _EVIDENCE_ID.sub("", text)


_EVIDENCE_ID = re.compile(r"sha256:[0-9a-f]{64} ?")
