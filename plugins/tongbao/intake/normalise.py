"""Bring a table as delivered into the types and values of its feed's contract; nothing is guessed and no row is dropped."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tongbao.errors import TongbaoError
from tongbao.feeds import Column, Kind, SectionClass
from tongbao.intake.cells import REJECT, WARN
from tongbao.intake.columns import SHOWN, ColumnReader
from tongbao.intake.header import speaks_of_accounts
from tongbao.intake.read import RawTable
from tongbao.period import Period
from tongbao.vocabulary import Vocabulary, fold

SITE_CODE = re.compile(r"\d{10}|bm\d{8}")
_ANY_SITE_CODE = re.compile(r"\d{10}|bm\d{8}|N\d{9}", re.IGNORECASE)
_WRITTEN_PERIOD = re.compile(r"(\d{4})年?(?:第?([一二三四1-4])季度|([上下])半年|(\d{1,2})月(?:份)?|Q([1-4]))?", re.IGNORECASE)


@dataclass(frozen=True)
class Normalised:
    """One table in its feed's types, row for row as in ``table``."""

    table: RawTable
    frame: pd.DataFrame
    """Every column of the feed: text str, flags boolean, counts Int64, numbers float64, days datetime64[us] at midnight,
    instants datetime64[us, Asia/Shanghai]; unreadable and empty cells are null."""
    problems: pd.DataFrame
    """position (row position in frame), column (canonical), value (delivered, cut to 60 characters), reason (Chinese),
    severity (reject or warn)."""


def normalise(raw: RawTable, vocabulary: Vocabulary, *, period: Period) -> Normalised:
    """Read every cell, derive what the delivery leaves to be understood, apply the contract's defaults.

    ``period`` is the one the file was delivered for: it bounds plausible years (to the year after it) and stands in for an
    empty period in a sample. A row with a ``reject`` problem must not be accepted; ``warn`` problems only accompany it.
    """
    reader = ColumnReader(vocabulary, period.after.year + 1)
    frame = pd.DataFrame({column.name: _column(raw, column, vocabulary, reader) for column in raw.feed.columns})
    if len(raw.overfull):
        reader.problems.add(raw.overfull, "subject_id", "", "本行的格数多于表头，可能有未加引号的分隔符，请核对后改正", REJECT)
    _Derivation(raw, vocabulary, period, frame, reader).derive()
    return Normalised(raw, frame, reader.problems.frame())


def _column(raw: RawTable, column: Column, vocabulary: Vocabulary, reader: ColumnReader) -> pd.Series:
    if column.name not in raw.frame.columns:
        return reader.read(column, pd.Series([None] * len(raw.frame), dtype=object))
    scale = vocabulary.scale(raw.feed.name, column.name, raw.headers[column.name])
    return reader.read(column, raw.frame[column.name], scale)


class _Derivation:
    """Fills in what follows from the rest of the row, the file's name or the contract."""

    def __init__(self, raw: RawTable, vocabulary: Vocabulary, period: Period, frame: pd.DataFrame, reader: ColumnReader) -> None:
        self.raw = raw
        self.vocabulary = vocabulary
        self.period = period
        self.frame = frame
        self.problems = reader.problems

    def derive(self) -> None:
        match self.raw.feed.name:
            case "roster":
                self._roster()
            case "updates":
                self._updates()
            case "links":
                is_home = self.frame["page"].map(self._is_homepage, na_action="ignore").astype("boolean")
                self._fill("on_homepage", is_home.where(is_home))
            case "sample":
                self._periods()
        for column in self.raw.feed.columns:
            if column.default is not None:
                self._fill(column.name, getattr(column.default, "value", column.default))

    def _fill(self, column: str, values: object) -> np.ndarray:
        """Fill empty cells, but not unreadable ones; returns the mask of cells filled."""
        empty = self.frame[column].isna().to_numpy() & ~self.problems.rejected(len(self.frame), column)
        if empty.any():
            given = values if isinstance(values, pd.Series) else pd.Series([values] * len(self.frame))
            self.frame[column] = self.frame[column].mask(empty, given.astype(self.frame[column].dtype))
        return np.asarray(empty & self.frame[column].notna().to_numpy(), dtype=bool)

    def _roster(self) -> None:
        frame = self.frame
        platform = frame["platform"].map(fold, na_action="ignore")
        is_portal_word = platform.isin(self.vocabulary.words["portals"]).to_numpy(dtype=bool)
        is_site_word = platform.isin(self.vocabulary.words["websites"]).to_numpy(dtype=bool) | is_portal_word
        in_site_table = fold(self.raw.headers.get("subject_id", "")) in self.vocabulary.words["website_headers"]
        has_site_code = frame["subject_id"].map(lambda code: bool(_ANY_SITE_CODE.fullmatch(code)), na_action="ignore")
        by_code = platform.isna().to_numpy() & ((has_site_code == True).to_numpy(dtype=bool) | in_site_table)  # noqa: E712
        derived = np.where(is_site_word | by_code, Kind.WEBSITE.value, Kind.ACCOUNT.value)
        self._fill("kind", pd.Series(derived))
        is_website = (frame["kind"] == Kind.WEBSITE.value).to_numpy(dtype=bool, na_value=False)
        self._platforms_of_websites(is_website, is_site_word)
        self._portals(is_website, is_portal_word)
        self._site_codes(is_website)
        self._fill("declared", self._declared())

    def _platforms_of_websites(self, is_website: np.ndarray, is_site_word: np.ndarray) -> None:
        odd = np.flatnonzero(is_website & ~is_site_word & self.frame["platform"].notna().to_numpy())
        shown = self.frame["platform"].iloc[odd].str.slice(0, SHOWN).to_numpy()
        self.problems.add(odd, "platform", shown, "这一行是网站，平台类型不适用，已略去", WARN)
        self.frame["platform"] = self.frame["platform"].mask(is_website)

    def _portals(self, is_website: np.ndarray, is_portal_word: np.ndarray) -> None:
        by_name = self.frame["name"].map(self.vocabulary.names_portal, na_action="ignore")
        names_portal = (by_name == True).to_numpy(dtype=bool, na_value=False)  # noqa: E712
        is_portal = pd.Series(is_website & (is_portal_word | names_portal)).astype("boolean")
        filled = self._fill("is_portal", is_portal.where(is_portal))
        guessed = np.flatnonzero(filled & ~is_portal_word)
        names = self.frame["name"].iloc[guessed].str.slice(0, SHOWN).to_numpy()
        self.problems.add(guessed, "is_portal", names, "没有填“是否门户”，按名称认作政府门户网站，请核对", WARN)

    def _site_codes(self, is_website: np.ndarray) -> None:
        codes = self.frame["subject_id"]
        is_odd = codes.map(lambda code: not SITE_CODE.fullmatch(code), na_action="ignore")
        odd = np.flatnonzero(is_website & (is_odd == True).to_numpy(dtype=bool, na_value=False))  # noqa: E712
        reason = "网站标识码一般是10位数字，或 bm 加8位数字，请核对"
        self.problems.add(odd, "subject_id", codes.iloc[odd].str.slice(0, SHOWN).to_numpy(), reason, WARN)

    def _declared(self) -> bool:
        for name in (self.raw.sheet, self.raw.file):
            said = self.vocabulary.declared_named(name)
            if said is not None:
                return said
        return True

    def _updates(self) -> None:
        frame = self.frame
        whole_account = speaks_of_accounts(self.raw.feed, self.raw.headers.get("subject_id", ""), self.vocabulary)
        if whole_account:
            self._fill("section_class", SectionClass.ACCOUNT.value)
        if "section" not in self.raw.headers and whole_account:
            self._fill("section", self.vocabulary.account_section)
        of_account = (frame["section_class"] == SectionClass.ACCOUNT.value).to_numpy(dtype=bool, na_value=False)
        names = pd.Series([self.vocabulary.account_section] * len(frame), dtype="str")
        self._fill("section", names.where(of_account))
        self._fill("section_class", frame["section"].map(self.vocabulary.section_class, na_action="ignore"))

    def _is_homepage(self, page: str) -> bool:
        return self.vocabulary.section_class(page) == SectionClass.HOMEPAGE.value

    def _periods(self) -> None:
        labels = self.frame["period"].map(period_label, na_action="ignore")
        unread = np.flatnonzero(self.frame["period"].notna().to_numpy() & labels.isna().to_numpy())
        reason = f"看不懂的检查周期，请写成 {self.period.label}"
        self.problems.add(unread, "period", self.frame["period"].iloc[unread].str.slice(0, SHOWN).to_numpy(), reason, REJECT)
        self.frame["period"] = labels.astype("str")
        self._fill("period", self.period.label)


def period_label(text: str) -> str | None:
    """The label of a period as offices write it (2020年第三季度, 2020Q3, 2020年9月), or None when it cannot be read."""
    try:
        return Period.parse(text).label
    except TongbaoError:
        match = _WRITTEN_PERIOD.fullmatch("".join(text.split()))
    if not match:
        return None
    year, quarter, half, month, latin = match.groups()
    if quarter or latin:
        return f"{year}-Q{'一二三四'.find(quarter) + 1 if quarter and not quarter.isdigit() else quarter or latin}"
    if half:
        return f"{year}-H{1 if half == '上' else 2}"
    if month:
        return f"{year}-{int(month):02d}" if 1 <= int(month) <= 12 else None
    return year
