"""Personal data on public pages: identity numbers, mobile numbers, bank cards.

Identity numbers: GB 11643-1999 (18 characters with check character; the 15-digit form of before 1999 only beside a label).
Bank cards: check digit of ISO/IEC 7812-1 (Luhn). A number that is masked on the page (1506****1234) is none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tongbao.home import config_folder
from tongbao.scan.words.hit import Severity, WordHit
from tongbao.scan.words.lists import checked_description, read_model
from tongbao.scan.words.masking import context_of, masked

LIST_NAME = "personal"
MOST_HITS = 500
_NEAR = 16
_AFTER_PERSON = 40
_FIRST_YEAR = 1900
_PROVINCES = frozenset(
    str(code)
    for codes in (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55), range(61, 66), (71, 81, 82, 83))
    for code in codes
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_SEPARATORS = re.compile(r"[ \-]")
# A candidate stands alone: no letter, digit, mask or path beside it; addresses and file names hold many long numbers.
_CANDIDATE = re.compile(
    r"(?<![\dA-Za-z_*＊./=-])"
    r"(?:(?P<identity>\d{6}[ -]?\d{8}[ -]?\d{3}[\dXxＸｘ])"
    r"|(?P<card>\d{16,19}|\d{4}(?:([ -])\d{4})(?:\3\d{4}){2}(?:\3\d{1,3})?)"
    r"|(?P<old>\d{15})"
    r"|(?P<mobile>1[3-9]\d(?:\d{8}|[ -]\d{4}[ -]\d{4})))"
    r"(?![\dA-Za-z_*＊/=-]|\.\d)"
)
_LONG_NUMBER = re.compile(r"[0-9０-９](?:[ -]?[0-9０-９]){10}")
_FULL_WIDTH_DIGITS = "０１２３４５６７８９"
_DIGITS_ALIKE = bytes(0x30 if 0x30 <= code <= 0x39 else code for code in range(256))
_ELEVEN_DIGITS = b"0" * 11
_MOBILE = re.compile(r"1(?:3\d|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])\d{8}")
_CARD = re.compile(r"62\d{14,17}|9558\d{15}|4\d{15}|5[1-5]\d{14}|35[2-8]\d{13}")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Kind(_Strict):
    """How one kind of number is told: by which clause, how severe, in which words."""

    title: str = Field(min_length=1)
    clause: str
    severity: Severity = Severity.SERIOUS
    description: str

    _description = field_validator("description")(checked_description)


class PersonalDataRules(_Strict):
    """The words that decide what a number is, as edited in config/scan/personal-data.yaml."""

    identity: Kind
    mobile: Kind
    card: Kind
    identity_labels: tuple[str, ...]
    not_identity_labels: tuple[str, ...]
    card_labels: tuple[str, ...]
    person_labels: tuple[str, ...]
    """Words before a mobile number that make it a private person's."""
    office_labels: tuple[str, ...]
    """Words before a mobile number that make it an office's own contact."""

    @classmethod
    def load(cls, folder: Path | None = None) -> PersonalDataRules:
        return read_model((folder or config_folder("scan")) / "personal-data.yaml", cls, "config/scan/")


@lru_cache(maxsize=4)
def _rules_in(folder: Path) -> PersonalDataRules:
    return PersonalDataRules.load(folder)


def personal_data(text: str, rules: PersonalDataRules | None = None) -> list[WordHit]:
    """Find numbers that are likely a person's, in the text's order; at most ``MOST_HITS``; values are masked.

    A mobile number without a private person's label, and a card number on a page that does not speak of cards, is ``info``.
    """
    long_number = _first_long_number(text)
    first = _CANDIDATE.search(text, max(0, long_number.start() - 1)) if long_number else None
    if first is None:
        return []
    rules = rules or _rules_in(config_folder("scan"))
    page = _Page(text, rules)
    return list(islice((hit for match in _candidates(text, first) if (hit := page.judged(match))), MOST_HITS))


def _first_long_number(text: str) -> re.Match[str] | None:
    """The first eleven digits in a row, however parted.

    Bytes tell in a fraction of the pattern's time whether there are any, and how many characters at least stand before them:
    many pages hold none, most others only the number of a record in their footer.
    """
    if any(digit in text for digit in _FULL_WIDTH_DIGITS):
        return _LONG_NUMBER.search(text)
    unparted = text.encode("utf-8", "surrogatepass").translate(_DIGITS_ALIKE, b" -")
    at = unparted.find(_ELEVEN_DIGITS)
    return None if at < 0 else _LONG_NUMBER.search(text, len(unparted[:at].decode("utf-8", "surrogatepass")))


def _candidates(text: str, first: re.Match[str]) -> Iterator[re.Match[str]]:
    yield first
    yield from _CANDIDATE.finditer(text, first.end())


class _Page:
    """One text that holds long numbers, and what of it decides over all of them."""

    def __init__(self, text: str, rules: PersonalDataRules) -> None:
        self.text = text
        self.rules = rules

    @cached_property
    def speaks_of_cards(self) -> bool:
        return _has(self.text, self.rules.card_labels)

    def judged(self, match: re.Match[str]) -> WordHit | None:
        rules = self.rules
        number = unicodedata.normalize("NFKC", _SEPARATORS.sub("", match[0])).upper()
        before = self.text[max(0, match.start() - _NEAR) : match.start()]
        if _is_identity(number) and not _has(before, rules.not_identity_labels):
            return self._hit(match, rules.identity, rules.identity.severity)
        if len(number) == 15 and _is_old_identity(number) and _has(before, rules.identity_labels):
            return self._hit(match, rules.identity, rules.identity.severity)
        if _is_card(number):
            return self._hit(match, rules.card, rules.card.severity if self.speaks_of_cards else Severity.INFO)
        if _MOBILE.fullmatch(number):
            return self._hit(match, rules.mobile, self._mobile_severity(match.start()))
        return None

    def _mobile_severity(self, start: int) -> Severity:
        """Whichever label stands last before the number says whose it is."""
        before = self.text[max(0, start - _AFTER_PERSON) : start]
        person = max((before.rfind(word) for word in self.rules.person_labels), default=-1)
        office = max((before.rfind(word) for word in self.rules.office_labels), default=-1)
        return self.rules.mobile.severity if person > office else Severity.INFO

    def _hit(self, match: re.Match[str], kind: Kind, severity: Severity) -> WordHit:
        found = masked(match[0])
        context = context_of(self.text, match.start(), match.end())
        words = {"word": kind.title, "found": found, "suggestion": "", "context": context}
        return WordHit(
            word=kind.title,
            severity=severity,
            clause=kind.clause,
            context=context,
            start=match.start(),
            end=match.end(),
            list_name=LIST_NAME,
            found=found,
            description=kind.description.format_map(words),
        )


def _has(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


def _is_identity(number: str) -> bool:
    if len(number) != 18 or number[:2] not in _PROVINCES or not _is_birth(number[6:14]):
        return False
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11] == number[17]


def _is_old_identity(number: str) -> bool:
    return number[:2] in _PROVINCES and _is_birth(f"19{number[6:12]}")


def _is_birth(digits: str) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year >= _FIRST_YEAR and int(digits[:4]) < 2100
    except ValueError:
        return False


def _is_card(number: str) -> bool:
    if not _CARD.fullmatch(number):
        return False
    digits = [int(digit) for digit in reversed(number)]
    return sum(digits[::2], sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0
