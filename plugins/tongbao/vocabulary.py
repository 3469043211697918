"""The words offices use for headers, platforms, values, sections and files, as edited under config/vocabulary."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from tongbao.errors import ConfigurationError, Place
from tongbao.feeds import FEEDS, Feed, Kind, Outcome, SectionClass, State, Status, UnitClass
from tongbao.jurisdiction import read_settings

_DEFAULT_FOLDER = Path(__file__).resolve().parents[2] / "config" / "vocabulary"
_IGNORED_IN_WORDS = re.compile(r"[\s*:_]+")
_PARENTHESES = re.compile(r"\([^()]*\)")
_CHOICES = ("kind", "status", "outcome", "section_class", "unit_class", "state")
_Words = dict[str, list[str]]


def fold(text: str) -> str:
    """The form in which words are compared: NFKC, lower case, without spaces, asterisks, colons and underscores."""
    return _IGNORED_IN_WORDS.sub("", unicodedata.normalize("NFKC", text)).casefold()


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Headers(_Strict):
    common: _Words
    feeds: dict[str, _Words]
    scales: dict[str, dict[str, dict[str, float]]]
    account_headers: list[str]
    website_headers: list[str]
    ordinals: list[str]


class _Platforms(_Strict):
    platforms: _Words
    websites: list[str]
    portals: list[str]
    portal_names: list[str]


class _Values(_Strict):
    kind: dict[Kind, list[str]]
    status: dict[Status, list[str]]
    outcome: dict[Outcome, list[str]]
    section_class: dict[SectionClass, list[str]]
    unit_class: dict[UnitClass, list[str]]
    state: dict[State, list[str]]
    patterns: dict[str, dict[str, str]]
    flags: dict[Literal["true", "false"], list[str]]
    blanks: list[str]
    no_time: list[str]
    count_units: list[str]
    second_units: dict[str, float]


class _SectionRule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    section_class: SectionClass
    exact: list[str] = []
    words: list[str] = []


class _Sections(_Strict):
    keywords: list[_SectionRule]
    default: SectionClass
    account_section: str


class _IgnoredSheets(_Strict):
    containing: list[str]
    exactly: list[str]


class _Files(_Strict):
    feeds: _Words
    undeclared: list[str]
    declared: list[str]
    ignored_sheets: _IgnoredSheets
    notes: list[str]
    markers: list[str]
    totals: list[str]


@dataclass(frozen=True)
class Vocabulary:
    """Everything the reader and the normaliser look words up in; all lookups compare folded words."""

    hash: str
    """sha256 over the files, so that a batch can name the words it was read with."""
    platforms: tuple[str, ...]
    """Canonical platforms in the order they are printed; 其他 is last."""
    headers: Mapping[str, Mapping[str, tuple[str, int]]] = field(repr=False)
    """Feed → folded header → (column, rank); the lower rank is preferred."""
    accepted: Mapping[str, Mapping[str, tuple[str, ...]]] = field(repr=False)
    """Feed → column → headers accepted for it, for remedies."""
    choices: Mapping[str, Mapping[str, str]] = field(repr=False)
    """Column → folded word → canonical value."""
    choice_titles: Mapping[str, tuple[str, ...]] = field(repr=False)
    """Column → one Chinese word for each canonical value, for remedies."""
    words: Mapping[str, frozenset[str]] = field(repr=False)
    """Sets of folded words by name, such as blanks, ordinals or totals."""
    account_section: str
    second_units: Mapping[str, float] = field(repr=False)
    count_units: tuple[str, ...]
    _patterns: Mapping[str, tuple[tuple[str, re.Pattern[str]], ...]] = field(repr=False)
    _platform_names: Mapping[str, str] = field(repr=False)
    _flags: Mapping[str, bool] = field(repr=False)
    _scales: Mapping[str, Mapping[str, Mapping[str, float]]] = field(repr=False)
    _portal_names: tuple[str, ...]
    _sections: _Sections = field(repr=False)
    _files: _Files = field(repr=False)
    _note: re.Pattern[str] = field(repr=False)

    def column(self, feed: str, header: str) -> tuple[str, int] | None:
        """The column a header stands for and its rank; what stands in parentheses may be missing from the vocabulary."""
        known = self.headers[feed]
        word = fold(header)
        return known.get(word) or known.get(_PARENTHESES.sub("", word))

    def scale(self, feed: str, column: str, header: str) -> float:
        """The factor from the unit named in the header to the unit of the contract."""
        word = fold(header)
        factors = self._scales.get(feed, {}).get(column, {})
        return next((factor for unit, factor in factors.items() if fold(unit) in word), 1.0)

    def choice(self, column: str, text: str) -> str | None:
        """The canonical value of a choice column, or None when the word is unknown."""
        word = fold(text)
        known = self.choices[column].get(word)
        if known is None:
            known = next((value for value, pattern in self._patterns.get(column, ()) if pattern.fullmatch(word)), None)
        return known

    def flag(self, text: str) -> bool | None:
        """Yes or no, or None when the word is neither."""
        return self._flags.get(fold(text))

    def platform(self, text: str) -> str | None:
        """The canonical platform, or None when the word is unknown."""
        return self._platform_names.get(fold(text))

    def names_portal(self, name: str) -> bool:
        """Whether a website's name says that it is the government's portal."""
        return any(word in name for word in self._portal_names)

    def section_class(self, section: str) -> str:
        """The class a section's name suggests; the default when it suggests none."""
        word = fold(section)
        for rule in self._sections.keywords:
            if word in map(fold, rule.exact) or any(fold(part) in word for part in rule.words):
                return rule.section_class.value
        return self._sections.default.value

    def feed_named(self, name: str) -> str | None:
        """The feed whose longest keyword appears in a file's or sheet's name."""
        word = fold(name)
        hits = [(len(fold(key)), feed) for feed, keys in self._files.feeds.items() for key in keys if fold(key) in word]
        return max(hits, key=lambda hit: hit[0])[1] if hits else None

    def declared_named(self, name: str) -> bool | None:
        """Whether a roster's file or sheet name says declared, undeclared (looked for first) or nothing."""
        word = fold(name)
        if any(fold(key) in word for key in self._files.undeclared):
            return False
        return True if any(fold(key) in word for key in self._files.declared) else None

    def is_ignored_sheet(self, name: str) -> bool:
        """Whether a sheet of that name explains the form instead of holding rows."""
        word, ignored = fold(name), self._files.ignored_sheets
        return word in map(fold, ignored.exactly) or any(fold(key) in word for key in ignored.containing)

    def is_note(self, text: str) -> bool:
        """Whether a cell's text opens as a note under a table does (注：, 填表人：, 说明1、…)."""
        return bool(self._note.match(unicodedata.normalize("NFKC", text).strip())) or fold(text) in self.words["markers"]


def load_vocabulary(folder: Path | None = None) -> Vocabulary:
    """Read the vocabulary folder (default: config/vocabulary of this repository).

    Raises ConfigurationError naming the file and the entry when a file is missing, malformed or contradicts itself.
    """
    folder = folder or _DEFAULT_FOLDER
    headers = _read(folder / "headers.yaml", _Headers)
    platforms = _read(folder / "platforms.yaml", _Platforms)
    values = _read(folder / "values.yaml", _Values)
    sections = _read(folder / "sections.yaml", _Sections)
    files = _read(folder / "files.yaml", _Files)
    _check_feeds(folder, headers, files)
    accepted = {name: _accepted(feed, headers) for name, feed in FEEDS.items()}
    return Vocabulary(
        hash=_hash(folder),
        platforms=tuple(platforms.platforms),
        headers={feed: _header_lookup(folder, feed, columns) for feed, columns in accepted.items()},
        accepted=accepted,
        choices={
            column: _invert(folder / "values.yaml", column, {str(k.value): v for k, v in getattr(values, column).items()})
            for column in _CHOICES
        },
        choice_titles={column: tuple(words[0] for words in getattr(values, column).values() if words) for column in _CHOICES},
        words={
            "account_headers": _folded(headers.account_headers),
            "website_headers": _folded(headers.website_headers),
            "ordinals": _folded(headers.ordinals),
            "websites": _folded(platforms.websites),
            "portals": _folded(platforms.portals),
            "blanks": _folded(values.blanks),
            "no_time": _folded(values.no_time),
            "markers": _folded(files.markers),
            "totals": _folded(files.totals),
        },
        account_section=sections.account_section,
        second_units={fold(unit): factor for unit, factor in values.second_units.items()},
        count_units=tuple(values.count_units),
        _patterns={
            column: tuple((value, re.compile(pattern)) for value, pattern in patterns.items())
            for column, patterns in values.patterns.items()
        },
        _platform_names=_invert(folder / "platforms.yaml", "platforms", platforms.platforms),
        _flags={
            word: value == "true"
            for word, value in _invert(
                folder / "values.yaml", "flags", {str(word): synonyms for word, synonyms in values.flags.items()}
            ).items()
        },
        _scales=headers.scales,
        _portal_names=tuple(platforms.portal_names),
        _sections=sections,
        _files=files,
        _note=_note_pattern(files.notes),
    )


_Model = TypeVar("_Model", bound=BaseModel)


def _read(path: Path, model: type[_Model]) -> _Model:
    place = Place(file=path.name)
    try:
        return model.model_validate(read_settings(path))
    except FileNotFoundError as error:
        raise ConfigurationError(f"找不到词汇文件 {path}", remedy="请从安装包中恢复这个文件", place=place) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        remedy = "请对照该文件开头的说明改正；yes、no、on、off 和数字要加引号"
        raise ConfigurationError(f"“{where}”写得不对（{first['msg']}）", remedy=remedy, place=place) from error


def _check_feeds(folder: Path, headers: _Headers, files: _Files) -> None:
    for feed, columns in headers.feeds.items():
        unknown = [column for column in columns if feed not in FEEDS or column not in FEEDS[feed].by_name]
        if unknown or feed not in FEEDS:
            problem = f"“{feed}.{'、'.join(unknown)}”不是已有的数据表和列"
            raise ConfigurationError(problem, remedy="列名以 README 的数据合同为准", place=Place(file="headers.yaml"))
    if unknown := [feed for feed in files.feeds if feed not in FEEDS]:
        problem = f"“{'、'.join(unknown)}”不是已有的数据表"
        raise ConfigurationError(problem, remedy=f"可用的有：{'、'.join(FEEDS)}", place=Place(file="files.yaml"))


def _accepted(feed: Feed, headers: _Headers) -> dict[str, tuple[str, ...]]:
    own = headers.feeds.get(feed.name, {})
    return {
        column.name: tuple(
            dict.fromkeys([column.title, column.name, *own.get(column.name, []), *headers.common.get(column.name, [])])
        )
        for column in feed.columns
    }


def _header_lookup(folder: Path, feed: str, accepted: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, int]]:
    lookup: dict[str, tuple[str, int]] = {}
    for column, titles in accepted.items():
        for rank, title in enumerate(titles):
            for word in dict.fromkeys((fold(title), _PARENTHESES.sub("", fold(title)))):
                known = lookup.setdefault(word, (column, rank))
                if known[0] != column:
                    problem = f"数据表 {feed} 的表头“{title}”同时指“{known[0]}”和“{column}”两列"
                    raise ConfigurationError(problem, remedy="请只保留一处", place=Place(file="headers.yaml"))
    return lookup


def _invert(path: Path, entry: str, words: Mapping[str, Iterable[str]]) -> dict[str, str]:
    lookup: dict[str, str] = {}
    for value, synonyms in words.items():
        for word in (value, *synonyms):
            known = lookup.setdefault(fold(word), value)
            if known != value:
                problem = f"{entry} 中“{word}”同时指“{known}”和“{value}”"
                raise ConfigurationError(problem, remedy="请只保留一处", place=Place(file=path.name))
    return lookup


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(fold(word) for word in words)


def _note_pattern(words: Iterable[str]) -> re.Pattern[str]:
    alternatives = "|".join(re.escape(unicodedata.normalize("NFKC", word)) for word in sorted(words, key=len, reverse=True))
    digit = "[0-9一二三四五六七八九十]"
    return re.compile(rf"[*※(\s]*(?:{alternatives})\s*(?:{digit}{{0,2}}\s*[:.、,)]|{digit}{{1,2}}\s|$)")


def _hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.yaml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
