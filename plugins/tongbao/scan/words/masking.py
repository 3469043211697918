"""Numbers that may be a person's are never republished: of each, the first three and last two characters remain."""

from __future__ import annotations

import re

from tongbao.scan.words.folding import INVISIBLE

_AROUND = 20
_REACH = 40
"""Characters beyond the context that are masked with it, so that no number is cut in two and slips through."""
_NUMBER = re.compile(r"\d(?:[ \-]?\d){6,}[Xx]?")
_SPACES = re.compile(r"\s+")


def mask_numbers(text: str) -> str:
    """Mask every number of seven digits or more; the text keeps its length."""
    return _NUMBER.sub(lambda match: masked(match[0]), text)


def masked(number: str) -> str:
    """``15069919900101001X`` → ``150*************1X``; separators stay."""
    return number[:3] + re.sub(r"[0-9０-９Xx]|\d", "*", number[3:-2]) + number[-2:]


def context_of(text: str, start: int, end: int) -> str:
    """The hit with some 20 characters to each side, in one line, numbers masked."""
    from_, until = max(0, start - _AROUND - _REACH), end + _AROUND + _REACH
    safe = mask_numbers(text[from_:until])
    left, right = max(0, start - _AROUND) - from_, end + _AROUND - from_
    return in_one_line(safe[left:right])


def in_one_line(text: str) -> str:
    """As it reads: without line breaks and invisible characters."""
    return _SPACES.sub(" ", INVISIBLE.sub("", text)).strip()
