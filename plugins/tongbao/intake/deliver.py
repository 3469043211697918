"""Taking deliveries in: read, normalise, validate, file; nothing delivered is lost."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import pyarrow.parquet as pq

import tongbao
from tongbao.archive import Archive, BatchManifest
from tongbao.errors import ConfigurationError, FileRefused
from tongbao.intake.normalise import Normalised, normalise
from tongbao.intake.page import Receipt, render_page
from tongbao.intake.quarantine import accepted_parquet, rejected_workbook
from tongbao.intake.read import RawTable, read_tables
from tongbao.intake.suite import load_suite
from tongbao.intake.validate import Surroundings, Validation, validate
from tongbao.period import SHANGHAI, Period
from tongbao.vocabulary import Vocabulary, fold, load_vocabulary

DATA, REJECTED, PAGE = "data.parquet", "rejected.xlsx", "validation.html"

# A roster and a sample are lists of their own; of a message the latest batch's row counts.
_REPEATABLE = {"roster", "messages", "sample"}
_BLOCK = 1 << 20
_log = logging.getLogger(__name__)


class Office(Protocol):
    """What intake needs to know of a jurisdiction."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


class DeliveryOutcome(StrEnum):
    """What became of one file."""

    TAKEN_IN = "taken_in"
    KNOWN = "known"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class TableReport:
    """What became of one table of a file."""

    feed: str
    sheet: str
    batch: str
    delivered: int
    accepted: int
    rejected: int
    warned: int
    is_new: bool


@dataclass(frozen=True)
class DeliveryReport:
    """What became of one file, with the sentence to tell its sender."""

    file: str
    outcome: DeliveryOutcome
    sentence: str
    tables: tuple[TableReport, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"outcome": self.outcome.value, "tables": [asdict(table) for table in self.tables]}


def take_in(
    path: Path,
    *,
    archive: Archive,
    jurisdiction: Office,
    period: Period,
    received_at: datetime,
    vocabulary: Vocabulary | None = None,
    feed: str | None = None,
    clauses: Mapping[str, str] | None = None,
    until: datetime | None = None,
) -> list[BatchManifest]:
    """Take in one file and return one batch a table; an identical delivery returns the batch it made before.

    ``clauses`` maps accepted spellings to clause ids; ``until`` is the instant from which rows no longer belong to the
    period (default: its end). Rosters of the file are filed before what refers to them.

    Raises:
        FileRefused: the file's shape is wrong; its bytes and the sentence are kept in the archive.
        ConfigurationError: a suite or the vocabulary is wrong; nothing is filed.
    """
    desk = IntakeDesk(archive, jurisdiction, period, received_at, vocabulary or load_vocabulary(), clauses, until)
    tables = desk.read(path, feed)
    return [desk.file(path, table)[0] for table in _rosters_first(tables)]


def take_in_all(
    paths: Iterable[Path],
    *,
    archive: Archive,
    jurisdiction: Office,
    period: Period,
    received_at: datetime,
    vocabulary: Vocabulary | None = None,
    feeds: Mapping[Path, str] | None = None,
    clauses: Mapping[str, str] | None = None,
    until: datetime | None = None,
) -> list[DeliveryReport]:
    """Take in many files, all rosters first, and report on each in the order given.

    One bad file never stops the others. ``feeds`` names the feed of files whose name does not (HTTP sources).
    """
    desk = IntakeDesk(archive, jurisdiction, period, received_at, vocabulary or load_vocabulary(), clauses, until)
    entries = {path: _Entry(path, (feeds or {}).get(path)) for path in paths}
    for entry in entries.values():
        if desk.may_hold_roster(entry.path, entry.feed):
            desk.work_off(entry, only_rosters=True)
    for entry in entries.values():
        if not entry.is_done:
            desk.work_off(entry, only_rosters=False)
    return [entry.report() for entry in entries.values()]


@dataclass
class _Entry:
    """One file on its way through the desk."""

    path: Path
    feed: str | None
    tables: list[TableReport] = field(default_factory=list)
    trouble: DeliveryReport | None = None
    is_done: bool = False

    def report(self) -> DeliveryReport:
        if self.trouble is not None:
            return replace(self.trouble, tables=tuple(self.tables))
        name = self.path.name
        if not any(table.is_new for table in self.tables):
            return DeliveryReport(name, DeliveryOutcome.KNOWN, f"《{name}》与已入库的批次相同，没有重复入库", tuple(self.tables))
        rejected = sum(table.rejected for table in self.tables)
        accepted = sum(table.accepted for table in self.tables)
        sentence = f"《{name}》送达{accepted + rejected}行，接收{accepted}行，退回{rejected}行"
        if rejected:
            sentence += "；退回的行和原因见该批次的 rejected.xlsx"
        return DeliveryReport(name, DeliveryOutcome.TAKEN_IN, sentence, tuple(self.tables))


class IntakeDesk:
    """Takes in one office's deliveries for one period; knows the archive's rosters and re-reads them when one is added."""

    def __init__(
        self,
        archive: Archive,
        jurisdiction: Office,
        period: Period,
        received_at: datetime,
        vocabulary: Vocabulary,
        clauses: Mapping[str, str] | None,
        until: datetime | None,
    ) -> None:
        self.archive = archive
        self.jurisdiction = jurisdiction
        self.period = period
        self.received_at = received_at
        self.vocabulary = vocabulary
        self.clauses = None if clauses is None else dict(clauses)
        self.until = until
        self._spellings = {fold(spelling): clause for spelling, clause in (clauses or {}).items()}
        self._roster: tuple[list[str], pd.DataFrame | None] | None = None

    # -- many files ------------------------------------------------------------------------------

    def may_hold_roster(self, path: Path, feed: str | None) -> bool:
        """Whether a file must be looked into before what refers to rosters; a .csv named after another feed need not be."""
        named = feed or self.vocabulary.feed_named(path.stem)
        return feed in (None, "roster") and (path.suffix.lower() not in (".csv", ".txt") or named in (None, "roster"))

    def work_off(self, entry: _Entry, *, only_rosters: bool) -> None:
        """File the entry's rosters, or all of it that is not filed yet; troubles are noted in the entry."""
        try:
            tables = self.read(entry.path, entry.feed)
            wanted = [table for table in tables if table.feed.name == "roster"] if only_rosters else _rosters_first(tables)
            filed = {(report.feed, report.sheet) for report in entry.tables}
            for table in wanted:
                if (table.feed.name, table.sheet) not in filed:
                    entry.tables.append(_table_report(*self.file(entry.path, table)))
            entry.is_done = not only_rosters or len(wanted) == len(tables)
        except FileRefused as refusal:
            entry.trouble = DeliveryReport(entry.path.name, DeliveryOutcome.REFUSED, str(refusal))
            entry.is_done = True
        except ConfigurationError:
            raise  # no file can be taken in until the settings are mended
        except Exception as error:
            _log.exception("intake of %s failed", entry.path.name)
            cause = f"{type(error).__name__}：{error}"
            sentence = f"文件《{entry.path.name}》：处理时出错（{cause}），没有入库。请把原文件和日志交给维护人员。"
            entry.trouble = DeliveryReport(entry.path.name, DeliveryOutcome.FAILED, sentence)
            entry.is_done = True

    # -- one file --------------------------------------------------------------------------------

    def read(self, path: Path, feed: str | None) -> list[RawTable]:
        try:
            return read_tables(path, self.vocabulary, feed)
        except FileRefused as refusal:
            self.archive.file_refusal(
                jurisdiction=self.jurisdiction.id,
                period=self.period,
                source_name=path.name,
                data=path,
                problem=str(refusal),
                received_at=self.received_at,
            )
            raise

    def file(self, path: Path, table: RawTable) -> tuple[BatchManifest, bool]:
        """File one table, or find the batch in force that the same bytes made under the same rules; True when new."""
        digest = sha256_of(path)
        context = self._context(table)
        identity = _identity(digest, table, context)
        feed = table.feed.name
        known = self.archive.find_batch(self.jurisdiction.id, feed, self.period, identity)
        if known is not None:
            return known, False
        normalised = self._with_clause_ids(normalise(table, self.vocabulary, period=self.period))
        in_force = self.archive.batches(self.jurisdiction.id, feed, self.period)
        replaced = [batch for batch in in_force if batch.delivery == (self.period.label, path.name, table.sheet)]
        earlier = [batch for batch in in_force if batch not in replaced]
        surroundings = Surroundings(
            period=self.period,
            received_at=self.received_at,
            subjects=None if feed == "roster" else self._rosters()[1],
            clauses=self.clauses,
            earlier_keys=None if feed in _REPEATABLE else self._earlier_keys(normalised, earlier),
            until=self.until,
        )
        validation = validate(normalised, surroundings)
        files: dict[str, bytes | Path] = {
            DATA: accepted_parquet(normalised, validation),
            PAGE: self._page(table, validation, surroundings, digest, replaced).encode(),
            f"original/{path.name}": path,
        }
        if validation.rejected:
            files[REJECTED] = rejected_workbook(table, validation)
        first, last = _observed(normalised, validation)
        batch = self.archive.file_batch(
            jurisdiction=self.jurisdiction.id,
            feed=feed,
            period=self.period,
            identity=identity,
            files=files,
            source_name=path.name,
            sheet=table.sheet,
            sha256=digest,
            delivered=validation.delivered,
            accepted=validation.accepted,
            rejected=validation.rejected,
            warned=validation.warned,
            observed_from=first,
            observed_until=last,
            received_at=self.received_at,
            context=context,
        )
        if feed == "roster":
            self._roster = None
        return batch, True

    def _page(
        self, table: RawTable, validation: Validation, surroundings: Surroundings, digest: str, replaced: list[BatchManifest]
    ) -> str:
        receipt = Receipt(
            jurisdiction=self.jurisdiction.name,
            period=self.period,
            received_at=self.received_at,
            sha256=digest,
            replaces="、".join(f"第{batch.sequence}批" for batch in replaced),
            roster_known=table.feed.name == "roster" or surroundings.subjects is not None,
        )
        return render_page(table, validation, receipt)

    def _context(self, table: RawTable) -> dict[str, str]:
        """What besides the bytes decides the result: kept in the manifest and part of the identity."""
        feed = table.feed.name
        context = {
            "tongbao": tongbao.__version__,
            "vocabulary": self.vocabulary.hash,
            "suite": load_suite(feed).hash,
            "until": (self.until or self.period.end_at).isoformat(),
        }
        if feed != "roster":
            context["rosters"] = " ".join(self._rosters()[0])
        if feed == "findings" and self.clauses is not None:
            context["clauses"] = hashlib.sha256(repr(sorted(self.clauses.items())).encode()).hexdigest()
        return context

    def _rosters(self) -> tuple[list[str], pd.DataFrame | None]:
        """The roster batches known so far and the subjects in them; None where no roster was ever taken in."""
        if self._roster is None:
            batches = self.archive.batches(self.jurisdiction.id, "roster", self.period)
            frames = [self._columns(batch, ["subject_id", "kind"]) for batch in batches]
            subjects = pd.concat(frames, ignore_index=True).drop_duplicates("subject_id") if frames else None
            self._roster = ([f"{batch.period}/{batch.folder}" for batch in batches], subjects)
        return self._roster

    def _earlier_keys(self, normalised: Normalised, earlier: list[BatchManifest]) -> pd.DataFrame:
        """Keys of rows filed before, from batches whose observations overlap this delivery's in time."""
        feed = normalised.table.feed
        first, last = _bounds(normalised.frame[str(feed.observed)])
        frames = [pd.DataFrame(columns=[*feed.key, "batch"])]
        for batch in earlier:
            if _overlap(batch, first, last):
                name = f"《{batch.source_name}》（{batch.period}第{batch.sequence}批）"
                frames.append(self._columns(batch, list(feed.key)).assign(batch=name))
        return pd.concat(frames[1:], ignore_index=True) if len(frames) > 1 else frames[0]

    def _columns(self, batch: BatchManifest, names: list[str]) -> pd.DataFrame:
        with self.archive.batch_file(batch, DATA).open("rb") as source:
            return pq.read_table(source, columns=names).to_pandas()

    def _with_clause_ids(self, normalised: Normalised) -> Normalised:
        if normalised.table.feed.name != "findings" or self.clauses is None:
            return normalised
        written = normalised.frame["clause"]
        known = {text: self._spellings.get(fold(text), text) for text in written.dropna().unique()}
        return replace(normalised, frame=normalised.frame.assign(clause=written.map(known)))


def _rosters_first(tables: list[RawTable]) -> list[RawTable]:
    return sorted(tables, key=lambda table: table.feed.name != "roster")


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while block := source.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _identity(digest: str, table: RawTable, context: Mapping[str, str]) -> str:
    parts = [digest, table.feed.name, table.sheet, *(f"{name}={value}" for name, value in sorted(context.items()))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _observed(normalised: Normalised, validation: Validation) -> tuple[datetime | None, datetime | None]:
    observed = normalised.table.feed.observed
    if observed is None:
        return None, None
    return _bounds(normalised.frame.loc[~validation.is_rejected, observed])


def _bounds(instants: pd.Series) -> tuple[datetime | None, datetime | None]:
    seen = instants.dropna()
    if seen.empty:
        return None, None
    first, last = (pd.Timestamp(moment).tz_convert(SHANGHAI).to_pydatetime() for moment in (seen.min(), seen.max()))
    return first, last


def _overlap(batch: BatchManifest, first: datetime | None, last: datetime | None) -> bool:
    if first is None or last is None or batch.observed_from is None or batch.observed_until is None:
        return False
    return batch.observed_from <= last and first <= batch.observed_until


def _table_report(batch: BatchManifest, is_new: bool) -> TableReport:
    return TableReport(
        feed=batch.feed,
        sheet=batch.sheet,
        batch=batch.folder,
        delivered=batch.delivered,
        accepted=batch.accepted,
        rejected=batch.rejected,
        warned=batch.warned,
        is_new=is_new,
    )
