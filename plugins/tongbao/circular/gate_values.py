"""Whether one printed figure says what was computed: numbers are read back from the text as it stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tongbao.circular.phrasing import change_text
from tongbao.figures.model import Figure, FigureKind
from tongbao.formatting import date_text, rate_text, score_text

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_CUT = re.compile(r"等(\d+)\D{0,2}$")


@dataclass(frozen=True)
class Printed:
    """One figure as the file prints it: ``text`` now, ``drawn`` when it was rendered; ``claim`` of a threshold (see ``Span``)."""

    figure: Figure
    text: str
    drawn: str
    place: str
    claim: str = ""


def _narrow(text: str) -> str:
    """Digits may have been retyped full width, or with thousands separators."""
    return re.sub(r"(?<=\d)[,，](?=\d{3})", "", unicodedata.normalize("NFKC", text))


def numbers_in(text: str) -> list[str]:
    return _NUMBER.findall(_narrow(text))


def printed_count(text: str) -> int | None:
    numbers = numbers_in(text)
    return int(numbers[0]) if len(numbers) == 1 and numbers[0].isdecimal() else None


def disagreement(entry: Printed, figures: Mapping[str, Figure]) -> str | None:
    """What the text should say, or None when it says it."""
    figure = entry.figure
    match figure.kind:
        case FigureKind.COUNT:
            return None if printed_count(entry.text) == figure.value else str(figure.value)
        case FigureKind.RATE:
            return _rate_of(entry, figure.value)
        case FigureKind.SCORE:
            return _score_of(entry)
        case FigureKind.DATE:
            return _date_of(entry)
        case FigureKind.DIFFERENCE:
            return _difference_of(entry, figures)
        case FigureKind.LIST:
            total = figures.get(figure.list_of)
            return _list_of(entry, len(figure.value) if total is None else total.value)
        case _:
            return None if _plain(entry.text) == _plain(str(figure.value)) else str(figure.value)


def rate_disagreement(entry: Printed, numerator: int, denominator: int) -> str | None:
    """Whether a printed rate follows from two printed counts; rates said in words are left to ``disagreement``."""
    if denominator == 0 or numerator > denominator:
        return f"{numerator}÷{denominator}不是比率" if denominator else None
    return _rate_of(entry, Fraction(numerator, denominator)) if numbers_in(entry.text) else None


def _decimals(number: str) -> int:
    return len(number.partition(".")[2])


def _plain(text: str) -> str:
    return "".join(text.split())


def _rate_of(entry: Printed, share: Fraction) -> str | None:
    """A rate may be printed with any of the genre's decimals; in words (程度词) or by a threshold only as drawn."""
    if entry.claim or not numbers_in(entry.drawn):
        told = _holds(entry.claim, share) if entry.claim else True
        return None if told and _plain(entry.text) == _plain(entry.drawn) else entry.drawn if told else rate_text(share)
    numbers = numbers_in(entry.text)
    decimals = min(_decimals(numbers[0]), 2) if numbers else 2
    expected = rate_text(share, decimals, cut=_is_cut(entry))
    said = _plain(_narrow(entry.text))
    return None if len(numbers) == 1 and said.endswith(f"{expected}") and numbers[0] == expected[:-1] else expected


def _holds(claim: str, share: Fraction) -> bool:
    mark = Fraction(claim[1:])
    return {"<": share * 100 < mark, ">": share * 100 > mark, "=": share * 100 == mark}[claim[0]]


def _is_cut(entry: Printed) -> bool:
    """Whether the office cuts its rates off: the drawn text is right that way and wrong half up."""
    drawn = numbers_in(entry.drawn)[0]
    texts = [rate_text(entry.figure.value, min(_decimals(drawn), 2), cut=cut)[:-1] for cut in (False, True)]
    return drawn != texts[0] and drawn == texts[1]


def _score_of(entry: Printed) -> str | None:
    """A score may be drawn with fewer decimals; afterwards only trailing zeros may come and go."""
    drawn, said = numbers_in(entry.drawn), numbers_in(entry.text)
    texts = [score_text(entry.figure.value, decimals) for decimals in (2, 1, 0)]
    if len(drawn) != 1 or drawn[0] not in texts:
        return texts[0]
    return None if len(said) == 1 and Decimal(said[0]) == Decimal(drawn[0]) else drawn[0]


def _date_of(entry: Printed) -> str | None:
    match = _DATE.search(_narrow(entry.text))
    day = entry.figure.value
    said = tuple(int(part) for part in match.groups()) if match else ()
    return None if said == (day.year, day.month, day.day) else date_text(day)


def _difference_of(entry: Printed, figures: Mapping[str, Figure]) -> str | None:
    """Direction words carry the sign, so a difference must stand as it was drawn, and have been drawn right."""
    numbers = numbers_in(entry.drawn)
    if entry.figure.minuend not in figures or entry.figure.subtrahend not in figures:
        return f"{entry.figure.minuend}与{entry.figure.subtrahend}之差（未计算）"
    right = list(_changes(entry.figure, figures, _decimals(numbers[0]) if numbers else 2))
    if not any(bool(numbers) == bool(sign) and (not numbers or numbers[0] == size) for size, sign in right):
        return right[0][0]
    return None if _plain(entry.text) == _plain(entry.drawn) else entry.drawn


def _changes(figure: Figure, figures: Mapping[str, Figure], decimals: int) -> Iterator[tuple[str, int]]:
    """A difference in every look an office may have chosen; one with fewer decimals may have lost its zeros."""
    for cut in (False, True):
        yield change_text(figure, figures, decimals, cut=cut)
        if decimals < 2:
            yield change_text(figure, figures, cut=cut, zeros=False)


def _list_of(entry: Printed, total: int) -> str | None:
    """A whole list names everyone; a cut one ends in 等N个, N being all of them, and names fewer.

    A style that groups by unit or counts times may leave names out, so each item must show by one of its fields.
    """
    items, text = entry.figure.value, _plain(entry.text)
    shown = [item for item in items if any(part and _plain(part) in text for part in item)]
    cut = _CUT.search(_narrow(text))
    if cut and not _CUT.search(_narrow(_plain(entry.drawn))):
        return entry.drawn
    if cut:
        return None if int(cut[1]) == total and shown else f"等{total}个"
    if len(shown) < total:
        missing = next(item for item in items if item not in shown)
        return f"列全{total}个（缺{missing.name or missing.sponsor}）"
    return None if len(text) <= len(_plain(entry.drawn)) else entry.drawn
