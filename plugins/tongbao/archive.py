"""Where batches, editions, reviews, publications and workspaces lie: the only module that knows paths.

Everything filed is append-only. A batch, an edition or a publication becomes visible by its ``manifest.json``, which is
written last; a folder without one is the rest of an interrupted run and is never read. Numbered folders are claimed
before they are filled, and a manifest can be created once, so two writers cannot mix.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel
from upath import UPath

from tongbao.errors import TongbaoError
from tongbao.home import state_folder
from tongbao.manifests import (
    BatchManifest,
    Claim,
    Decision,
    Delivered,
    EditionManifest,
    InputBatch,
    NumberHolder,
    PublicationManifest,
    Refusal,
    Withdrawal,
)
from tongbao.period import Period
from tongbao.storage import digest, is_local, keep_file, names_in, numbered, paths_below, read_model, write_file, write_new

__all__ = ["MANIFEST", "Archive", "BatchManifest", "EditionManifest", "InputBatch", "is_local", "write_file"]

MANIFEST = "manifest.json"
CLAIM, WITHDRAWAL, INDEX = "claim.json", "withdrawal.json", "index.html"

_Filed = TypeVar("_Filed", EditionManifest, PublicationManifest)
_Entry = TypeVar("_Entry", bound=BaseModel)


class Archive:
    """One archive root: a local folder, or any place fsspec reaches (``s3://bucket/prefix``)."""

    def __init__(self, root: UPath) -> None:
        self.root = root
        # Batches do not change once they are filed: a run that asks for five periods reads each once.
        self._known: dict[UPath, BatchManifest] = {}

    @classmethod
    def open(cls, url: str | None = None) -> Archive:
        """Open the archive at ``url``, else at ``TONGBAO_ARCHIVE``, else in the installation's folder."""
        place = url or os.environ.get("TONGBAO_ARCHIVE") or str(state_folder() / "archive")
        root = UPath(place)
        return cls(root.absolute() if is_local(root) else root)

    # -- batches ---------------------------------------------------------------------------------

    def batches(self, jurisdiction: str, feed: str, until: Period | None = None) -> list[BatchManifest]:
        """List the batches in force, ordered by period and sequence.

        A newer delivery of the same name within a period supersedes the older one, unless not one of its rows
        was accepted: a spoilt file does not undo a good one. With ``until``, only batches filed under periods
        that end no later than it: what later quarters bring is not seen.
        """
        good = (batch for batch in self._all_batches(jurisdiction, feed, until) if batch.accepted)
        return sorted(_newest(good), key=lambda b: (Period.parse(b.period).after, b.period, b.sequence))

    def find_batch(self, jurisdiction: str, feed: str, period: Period, identity: str) -> BatchManifest | None:
        """Return the newest batch of a delivery if it was made of the same bytes under the same rules."""
        for batch in _newest(self._all_batches(jurisdiction, feed, period)):
            if batch.period == period.label and batch.identity == identity:
                return batch
        return None

    def batch_folder(self, batch: BatchManifest) -> UPath:
        return self._batches(batch.jurisdiction, batch.feed) / batch.period / batch.folder

    def batch_file(self, batch: BatchManifest, name: str) -> UPath:
        return self.batch_folder(batch) / name

    def file_batch(
        self,
        *,
        jurisdiction: str,
        feed: str,
        period: Period,
        identity: str,
        files: Mapping[str, bytes | Path],
        **facts: Any,
    ) -> BatchManifest:
        """File one accepted delivery: its files first, its manifest last.

        ``facts`` are the remaining fields of :class:`BatchManifest` but for sequence, batch_id and files.
        """
        folder = self._batches(jurisdiction, feed) / period.label
        taken = [int(name[:4]) for name in names_in(folder) if name[:4].isdigit()]
        manifest = BatchManifest(
            jurisdiction=jurisdiction,
            feed=feed,
            period=period.label,
            sequence=max(taken, default=0) + 1,
            batch_id=identity[:12],
            identity=identity,
            files={name: digest(content) for name, content in sorted(files.items())},
            **facts,
        )
        self._file(folder / manifest.folder, files, manifest)
        return manifest

    def file_refusal(
        self,
        *,
        jurisdiction: str,
        period: Period,
        source_name: str,
        data: bytes | Path,
        problem: str,
        received_at: datetime,
    ) -> UPath:
        """Keep a refused delivery's bytes beside the sentence that says why it was refused."""
        sha256 = digest(data)
        folder = self.root / jurisdiction / "refused" / period.label / f"{sha256[:12]}-{source_name}"
        refusal = Refusal(source_name=source_name, sha256=sha256, problem=problem, received_at=received_at)
        self._file(folder, {source_name: data}, refusal)
        return folder

    def _all_batches(self, jurisdiction: str, feed: str, until: Period | None) -> Iterator[BatchManifest]:
        folder = self._batches(jurisdiction, feed)
        for path in paths_below(folder):
            label, _, place = path.partition("/")
            if not place.endswith(f"/{MANIFEST}") or (until is not None and Period.parse(label).after > until.after):
                continue
            batch = self._known.get(folder / path) or read_model(folder / path, BatchManifest)
            if batch is not None:
                self._known[folder / path] = batch
                yield batch

    def _batches(self, jurisdiction: str, feed: str) -> UPath:
        return self.root / jurisdiction / "batches" / feed

    # -- editions --------------------------------------------------------------------------------

    def editions(self, jurisdiction: str, circular: str, period: Period) -> list[EditionManifest]:
        """List the editions of one period's circular, oldest first."""
        return _manifests(self._editions(jurisdiction, circular, period), EditionManifest)

    def find_edition(self, jurisdiction: str, circular: str, period: Period, identity: str) -> EditionManifest | None:
        return next((known for known in self.editions(jurisdiction, circular, period) if known.identity == identity), None)

    def edition_file(self, edition: EditionManifest, name: str) -> UPath:
        folder = self._editions(edition.jurisdiction, edition.circular, Period.parse(edition.period))
        return folder / edition.folder / name

    def file_edition(
        self, *, jurisdiction: str, circular: str, period: Period, identity: str, files: Mapping[str, bytes | Path], **facts: Any
    ) -> tuple[EditionManifest, bool]:
        """File one edition under the next number, or find the identical one; True when it is new.

        Of several runs that file one identity at once, one's manifest stands; the others find it.
        """
        known = self.find_edition(jurisdiction, circular, period, identity)
        if known is not None:
            return known, False
        folder = self._editions(jurisdiction, circular, period)
        common = {"jurisdiction": jurisdiction, "circular": circular, "period": period.label, "identity": identity}
        return _file_numbered(folder, identity, files, EditionManifest, {**common, **facts})

    def _editions(self, jurisdiction: str, circular: str, period: Period) -> UPath:
        return self.root / jurisdiction / "editions" / circular / period.label

    # -- reviews ---------------------------------------------------------------------------------

    def decisions(self, edition: EditionManifest) -> list[Decision]:
        """Everything reviewers answered on an edition, in the order it was written down."""
        return _entries(self._reviews(edition), Decision)

    def add_decision(self, edition: EditionManifest, decision: Decision) -> None:
        """Append to the review record of an edition; one already written down is not written twice."""
        _append(self._reviews(edition), decision, self.decisions(edition))

    def _reviews(self, edition: EditionManifest) -> UPath:
        return self.root / edition.jurisdiction / "reviews" / edition.circular / edition.period / edition.folder

    # -- publications ----------------------------------------------------------------------------

    def publications(self, jurisdiction: str, circular: str, period: Period) -> list[PublicationManifest]:
        """List the publications of one period's circular, oldest first, withdrawn and corrected ones too."""
        return _manifests(self._publications(jurisdiction, circular, period), PublicationManifest)

    def every_publication(self, jurisdiction: str) -> Iterator[PublicationManifest]:
        """All publications of an office, by circular, period and number."""
        root = self.root / jurisdiction / "publications"
        for circular in names_in(root):
            for label in names_in(root / circular):
                yield from self.publications(jurisdiction, circular, Period.parse(label))

    def in_force(self, jurisdiction: str, circular: str, period: Period) -> PublicationManifest | None:
        """The issued one: the newest publication unless it was withdrawn."""
        newest = next(reversed(self.publications(jurisdiction, circular, period)), None)
        return None if newest is None or self.withdrawal(newest) else newest

    def file_publication(
        self, *, jurisdiction: str, circular: str, period: Period, identity: str, files: Mapping[str, bytes | Path], **facts: Any
    ) -> tuple[PublicationManifest, bool]:
        """File one signed circular under the next number, or find the identical one; True when it is new.

        Raises TongbaoError when another was published meanwhile that this one does not know of.
        """
        for known in self.publications(jurisdiction, circular, period):
            if known.identity == identity:
                return known, False
        folder = self._publications(jurisdiction, circular, period)
        common = {"jurisdiction": jurisdiction, "circular": circular, "period": period.label, "identity": identity}

        def still_newest() -> None:
            newest = next(reversed(self.publications(jurisdiction, circular, period)), None)
            if newest is not None and newest.identity != identity and newest.number != facts.get("supersedes"):
                raise TongbaoError(
                    f"{newest.title}刚刚已由{newest.signed_by}以{newest.number_text}签发",
                    remedy="请先核对该件，确需重发的请写明理由",
                )

        return _file_numbered(folder, identity, files, PublicationManifest, {**common, **facts}, still_newest)

    def publication_file(self, publication: PublicationManifest, name: str) -> UPath:
        folder = self._publications(publication.jurisdiction, publication.circular, Period.parse(publication.period))
        return folder / publication.folder / name

    def withdrawal(self, publication: PublicationManifest) -> Withdrawal | None:
        return read_model(self.publication_file(publication, WITHDRAWAL), Withdrawal)

    def withdraw(self, publication: PublicationManifest, withdrawal: Withdrawal) -> bool:
        """Record that a publication is withdrawn; False when it already was. Its files stay."""
        return write_new(self.publication_file(publication, WITHDRAWAL), _json(withdrawal))

    def hold_number(self, jurisdiction: str, year: int, code: str, number: int, holder: NumberHolder) -> NumberHolder:
        """Give a document number to a circular for good; returns who holds it, which may be another."""
        place = self._number(jurisdiction, year, code, number)
        return holder if write_new(place, _json(holder)) else (read_model(place, NumberHolder) or holder)

    def number_holder(self, jurisdiction: str, year: int, code: str, number: int) -> NumberHolder | None:
        return read_model(self._number(jurisdiction, year, code, number), NumberHolder)

    def delivered(self, publication: PublicationManifest) -> list[Delivered]:
        """The messages sent of a publication, in the order they were sent."""
        return _entries(self.publication_file(publication, "deliveries"), Delivered)

    def add_delivered(self, publication: PublicationManifest, sent: Delivered) -> None:
        _append(self.publication_file(publication, "deliveries"), sent, ())

    def write_index(self, jurisdiction: str, page: bytes) -> UPath:
        """Write the page that lists an office's circulars anew; it only says what the archive holds."""
        place = self.root / jurisdiction / INDEX
        write_file(place, page)
        return place

    def _publications(self, jurisdiction: str, circular: str, period: Period) -> UPath:
        return self.root / jurisdiction / "publications" / circular / period.label

    def _number(self, jurisdiction: str, year: int, code: str, number: int) -> UPath:
        return self.root / jurisdiction / "numbers" / f"{year}-{number:04d}-{code.replace('/', '／')}.json"

    # -- what there is ---------------------------------------------------------------------------

    def jurisdictions(self) -> list[str]:
        """Names of the offices that anything was ever filed for."""
        return names_in(self.root)

    def circular_periods(self, jurisdiction: str) -> list[tuple[str, Period]]:
        """Circulars of an office and the periods they have an edition or a publication of."""
        roots = (self.root / jurisdiction / kind for kind in ("editions", "publications"))
        return sorted({found for root in roots for found in _periods(root)})

    def feed_periods(self, jurisdiction: str) -> list[tuple[str, Period]]:
        """Feeds of an office and the periods that something was delivered for."""
        return sorted(_periods(self.root / jurisdiction / "batches"))

    def filed_batches(self, jurisdiction: str, feed: str, period: Period) -> list[BatchManifest]:
        """Every batch of one feed and period, superseded and wholly rejected ones too, oldest first."""
        folder = self._batches(jurisdiction, feed) / period.label
        found = (read_model(folder / name / MANIFEST, BatchManifest) for name in names_in(folder))
        return [batch for batch in found if batch is not None]

    # -- evidence --------------------------------------------------------------------------------

    def evidence_folder(self, jurisdiction: str) -> UPath:
        """Where an office's scans keep what they saw: see :mod:`tongbao.scan.evidence`."""
        return self.root / jurisdiction / "evidence"

    def patrol_folder(self, jurisdiction: str) -> UPath:
        """Where an office's patrol keeps its rounds and its alarms: see :mod:`tongbao.scan.patrol`."""
        return self.root / jurisdiction / "patrol"

    def crawls_folder(self, jurisdiction: str) -> UPath:
        """Where an office's crawls keep what each piece of a round came to: see :mod:`tongbao.scan.crawl_round`."""
        return self.root / jurisdiction / "crawls"

    # -- workspaces ------------------------------------------------------------------------------

    def workspace(self, jurisdiction: str, circular: str, period: Period, run_key: str) -> UPath:
        """The scratch folder of one run: what a step hands to the next."""
        key = hashlib.sha256(run_key.encode()).hexdigest()[:16]
        return self.root / jurisdiction / "workspaces" / circular / period.label / key

    def discard(self, workspace: UPath) -> None:
        """Remove a run's scratch folder; anything that is not one is left alone."""
        if "workspaces" not in workspace.parts:
            raise TongbaoError(f"“{workspace}”不是运行工作目录，未删除", remedy="请核对路径")
        if is_local(workspace):
            shutil.rmtree(str(workspace), ignore_errors=True)
        elif workspace.exists():
            workspace.fs.rm(workspace.path, recursive=True)

    # -- writing ---------------------------------------------------------------------------------

    def _file(self, folder: UPath, files: Mapping[str, bytes | Path], manifest: BaseModel) -> None:
        for name, content in files.items():
            write_file(folder / name, content)
        write_file(folder / MANIFEST, _json(manifest))


def _file_numbered(
    folder: UPath,
    identity: str,
    files: Mapping[str, bytes | Path],
    model: type[_Filed],
    facts: Mapping[str, Any],
    check: Callable[[], None] = lambda: None,
) -> tuple[_Filed, bool]:
    """Fill the numbered folder of an identity: claim first, then files, its manifest last and once."""
    own = folder / _claimed(folder, identity)
    digests = {name: keep_file(own / name, content) for name, content in sorted(files.items())}
    check()
    manifest = model.model_validate({**facts, "number": int(own.name), "files": digests})
    if write_new(own / MANIFEST, _json(manifest)):
        return manifest, True
    return read_model(own / MANIFEST, model) or manifest, False


def _claimed(folder: UPath, identity: str) -> str:
    """The number of the folder that belongs to an identity: its own unfinished one, else the next free one, claimed."""
    while True:
        names = numbered(names_in(folder))
        free = f"{int(max(names, default='0')) + 1:04d}"
        for name in reversed(names):
            # Listed before the claim is read: whatever lies beside a claim was written after it.
            is_empty = not names_in(folder / name)
            claim = read_model(folder / name / CLAIM, Claim)
            if claim is not None and claim.identity == identity:
                return name
            if claim is None and is_empty:
                # A local folder is there an instant before its claim; the number after it would be a second one.
                free = name
        if write_new(folder / free / CLAIM, _json(Claim(identity=identity))):
            return free


def _periods(root: UPath) -> Iterator[tuple[str, Period]]:
    for name in names_in(root):
        yield from ((name, Period.parse(label)) for label in names_in(root / name))


def _manifests(folder: UPath, model: type[_Filed]) -> list[_Filed]:
    found = (read_model(folder / name / MANIFEST, model) for name in numbered(names_in(folder)))
    return sorted((manifest for manifest in found if manifest is not None), key=lambda manifest: manifest.number)


def _entries(folder: UPath, model: type[_Entry]) -> list[_Entry]:
    found = (read_model(folder / name, model) for name in names_in(folder) if name.endswith(".json"))
    return [entry for entry in found if entry is not None]


def _append(folder: UPath, entry: BaseModel, known: Iterable[BaseModel]) -> None:
    """Write an entry under the next number; where another takes that number first, under the one after."""
    if entry in known:
        return
    number = len(names_in(folder)) + 1
    while not write_new(folder / f"{number:04d}.json", _json(entry)):
        number += 1


def _json(record: BaseModel) -> bytes:
    return record.model_dump_json(indent=1).encode()


def _newest(batches: Iterable[BatchManifest]) -> list[BatchManifest]:
    newest: dict[tuple[str, str, str], BatchManifest] = {}
    for batch in batches:
        known = newest.get(batch.delivery)
        if known is None or known.sequence < batch.sequence:
            newest[batch.delivery] = batch
    return list(newest.values())
