"""Where 署名 and 成文日期 stand on their lines (GB/T 9704, 7.3.5). All lengths are 字."""

from __future__ import annotations

from dataclasses import dataclass

from tongbao.circular.gongwen import CHARACTERS_PER_LINE, characters


@dataclass(frozen=True)
class SignaturePlace:
    """White to the right of each of the two lines, in 字."""

    office: float
    date: float


def signature_place(office: str, date: str, *, sealed: bool) -> SignaturePlace:
    """Sealed: the date four 字 from the right, the office centred on it. Not sealed: staggered by two 字."""
    return _sealed(characters(office), characters(date)) if sealed else _staggered(characters(office), characters(date))


def _sealed(office: float, date: float) -> SignaturePlace:
    place = 4 + (date - office) / 2
    if place >= 0:
        return SignaturePlace(place, 4.0)
    # A name too long to centre on a date at 4 字 reaches the margin, and the date moves in to keep the centre.
    office = min(office, float(CHARACTERS_PER_LINE))
    return SignaturePlace(0.0, (office - date) / 2)


def _staggered(office: float, date: float) -> SignaturePlace:
    if date > office:
        return SignaturePlace(4 + date - office, 2.0)
    return SignaturePlace(2.0, office - date)
