"""All words of an office's lists at once in a text, by Aho–Corasick."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import ahocorasick

from tongbao.scan.words.folding import INVISIBLE, fold, positions
from tongbao.scan.words.hit import Severity, WordHit
from tongbao.scan.words.lists import WordList, load_list
from tongbao.scan.words.masking import context_of, in_one_line

MOST_HITS = 500
"""A page that has more is a page about the words; the rest adds nothing and would fill the notes."""
_NEAR = 20
"""Folded characters to each side in which an allowed context counts."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One spelling of one entry of one list, with everything a hit of it needs."""

    folded: str
    spelling: str
    word: str
    suggestion: str
    severity: Severity
    clause: str | None
    description: str
    gaps: tuple[int, ...]
    """How many marks may stand after each of its folded characters but the last."""
    covering: tuple[str, ...]
    """Folded longer words in which the hit is right."""
    near: tuple[str, ...]
    """Folded words that make the hit right when they stand near it."""
    list_name: str


@dataclass(frozen=True, slots=True)
class _Match:
    """Where a pattern was found: ``first`` and ``last`` in the folded text, ``start`` and ``end`` in the original one."""

    pattern: _Pattern
    first: int
    last: int
    start: int
    end: int


class WordLists:
    """The lists an office scans with, ready for search.

    The automaton runs over UTF-8 bytes taken as Latin-1 characters: its nodes look their children up one by one, and a root
    with thousands of Chinese first characters makes every character of a text cost as many comparisons.
    """

    def __init__(self, lists: Iterable[tuple[str, WordList]]) -> None:
        by_spelling: dict[str, list[_Pattern]] = {}
        for name, word_list in lists:
            for pattern in _patterns(name, word_list):
                by_spelling.setdefault(pattern.folded, []).append(pattern)
        self._automaton = ahocorasick.Automaton()
        for folded, patterns in by_spelling.items():
            self._automaton.add_word(_bytes(folded), tuple(patterns))
        if by_spelling:
            self._automaton.make_automaton()
        self.size = len(by_spelling)

    @classmethod
    def load(cls, names: Iterable[str], folder: Path | None = None) -> WordLists:
        """Read the named lists of ``folder`` (config/words); raises ConfigurationError with file, line and remedy."""
        return cls([(name, load_list(name, folder)) for name in dict.fromkeys(names)])

    def hits(self, text: str) -> list[WordHit]:
        """Find every listed word in a text, in its order; at most ``MOST_HITS``."""
        if not self.size:
            return []
        folded = fold(text)
        found = list(self._automaton.iter(_bytes(folded)))
        if not found:
            return []
        search = _Search(text, folded)
        matches = [match for end, pattern in _ends(_bytes(folded), found) if (match := search.confirmed(pattern, end))]
        return [_hit(text, match) for match in _longest(matches)[:MOST_HITS]]


class _Search:
    """One text in which something was found: the way back to its offsets."""

    def __init__(self, text: str, folded: str) -> None:
        self.text = text
        self.folded = folded
        self.positions = positions(text)

    def confirmed(self, pattern: _Pattern, last: int) -> _Match | None:
        """The match that ends before ``last`` in the folded text, unless it is none or is right where it stands."""
        first = last - len(pattern.folded)
        match = _Match(pattern, first, last, self.positions[first], self.positions[last - 1] + 1)
        if self._is_scattered(match) or self._is_inside_a_word(match) or self._is_allowed(match):
            return None
        return match

    def _is_scattered(self, match: _Match) -> bool:
        if match.end - match.start == match.last - match.first:
            return False
        places = self.positions[match.first : match.last]
        return any(
            following - place > 1 and len(INVISIBLE.sub("", self.text[place + 1 : following])) > gap
            for place, following, gap in zip(places, places[1:], match.pattern.gaps, strict=False)
        )

    def _is_inside_a_word(self, match: _Match) -> bool:
        """Latin letters and digits are words only between others: ``ipsum`` is not in ``ipsums``."""
        before, after = fold(self.text[match.start - 1 : match.start]), fold(self.text[match.end : match.end + 1])
        return (_is_latin(match.pattern.folded[0]) and _is_latin(before[-1:])) or (
            _is_latin(match.pattern.folded[-1]) and _is_latin(after[:1])
        )

    def _is_allowed(self, match: _Match) -> bool:
        if match.pattern.near:
            around = self.folded[max(0, match.first - _NEAR) : match.first], self.folded[match.last : match.last + _NEAR]
            if any(word in side for word in match.pattern.near for side in around):
                return True
        return any(_covers(self.folded, word, match) for word in match.pattern.covering)


def _patterns(name: str, word_list: WordList) -> Iterator[_Pattern]:
    for entry in word_list.entries:
        allowed = [fold(context) for context in (*word_list.allow, *entry.allow, entry.suggestion)]
        for spelling in dict.fromkeys((entry.word, *entry.variants)):
            folded = fold(spelling)
            yield _Pattern(
                folded=folded,
                spelling=spelling,
                word=entry.word,
                suggestion=entry.suggestion,
                severity=entry.severity or word_list.severity,
                clause=entry.clause or word_list.clause,
                description=word_list.description,
                gaps=_gaps(spelling, word_list.inserted),
                covering=tuple(word for word in allowed if folded in word and word != folded),
                near=tuple(
                    fold(context) for context in (*word_list.allow, *entry.allow) if fold(context) and folded not in fold(context)
                ),
                list_name=name,
            )


def _gaps(spelling: str, inserted: int) -> tuple[int, ...]:
    places = positions(spelling)
    return tuple(inserted + following - place - 1 for place, following in pairwise(places))


def _bytes(folded: str) -> str:
    return folded.encode("utf-8", "surrogatepass").decode("latin-1")


def _ends(searched: str, found: list[tuple[int, tuple[_Pattern, ...]]]) -> Iterator[tuple[int, _Pattern]]:
    """Where each pattern ends, in characters instead of bytes; ``found`` comes in the order of the text."""
    seen = characters = 0
    for end, patterns in found:
        characters += len(searched[seen : end + 1].encode("latin-1").decode("utf-8", "surrogatepass"))
        seen = end + 1
        for pattern in patterns:
            yield characters, pattern


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _covers(folded: str, word: str, match: _Match) -> bool:
    """Whether the longer word stands there, around the match."""
    reach = len(word) - (match.last - match.first)
    window = folded[max(0, match.first - reach) : match.last + reach]
    return word in window


def _longest(matches: list[_Match]) -> list[_Match]:
    """Without those that lie inside a longer one of the same list; in the order of the text."""
    kept: list[_Match] = []
    reached: dict[str, int] = {}
    for match in sorted(matches, key=lambda m: (m.first, -m.last, m.pattern.list_name, m.pattern.word)):
        if match.last > reached.get(match.pattern.list_name, 0):
            reached[match.pattern.list_name] = match.last
            kept.append(match)
    return kept


def _hit(text: str, match: _Match) -> WordHit:
    pattern = match.pattern
    found = in_one_line(text[match.start : match.end])
    context = context_of(text, match.start, match.end)
    words = {"word": pattern.word, "found": found, "suggestion": pattern.suggestion, "context": context}
    return WordHit(
        word=pattern.word,
        severity=pattern.severity,
        clause=pattern.clause,
        context=context,
        start=match.start,
        end=match.end,
        list_name=pattern.list_name,
        found=found,
        suggestion=pattern.suggestion,
        description=pattern.description.format_map(words),
    )
