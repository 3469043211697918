"""Where batches, editions and workspaces lie: the only module that knows paths.

Everything filed is append-only. A batch or an edition becomes visible by its ``manifest.json``, which is
written last; a folder without one is the rest of an interrupted run and is never read.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict
from upath import UPath

from tongbao.errors import TongbaoError
from tongbao.home import home
from tongbao.period import Period

MANIFEST = "manifest.json"
_BLOCK = 1 << 20


class _Manifest(BaseModel):
    model_config = ConfigDict(frozen=True)


class BatchManifest(_Manifest):
    """What one accepted delivery is: counts, provenance and the sha256 of each of its files.

    Instants carry their offset. ``observed_from``/``observed_until`` bound the rows' observation times.
    """

    jurisdiction: str
    feed: str
    period: str
    sequence: int
    batch_id: str
    identity: str
    source_name: str
    sheet: str
    sha256: str
    delivered: int
    accepted: int
    rejected: int
    warned: int
    observed_from: datetime | None = None
    observed_until: datetime | None = None
    received_at: datetime
    context: dict[str, str] = {}
    files: dict[str, str] = {}

    @property
    def delivery(self) -> tuple[str, str, str]:
        """What a newer delivery of the same name supersedes."""
        return (self.period, self.source_name, self.sheet)

    @property
    def folder(self) -> str:
        return f"{self.sequence:04d}-{self.batch_id}"


class InputBatch(_Manifest):
    """One batch an edition rests on."""

    feed: str
    period: str
    batch: str
    source_name: str
    sha256: str
    accepted: int


class EditionManifest(_Manifest):
    """What one edition is made of: enough to make it again and to say why it differs from another.

    ``identity`` covers everything that can change a printed character; ``run`` (who, when, why) does not.
    """

    jurisdiction: str
    circular: str
    period: str
    number: int
    identity: str
    cutoff: datetime
    inputs: tuple[InputBatch, ...]
    rules: dict[str, str]
    """Id, title, document and hash of the indicator set."""
    parts: dict[str, str]
    """Sha256 of template, block list and jurisdiction settings."""
    versions: dict[str, str]
    summary: dict[str, Any]
    gate: dict[str, Any]
    run: dict[str, str]
    filed_at: datetime
    files: dict[str, str]

    @property
    def folder(self) -> str:
        return f"{self.number:04d}"


_Model = TypeVar("_Model", bound=_Manifest)


class Archive:
    """One archive root: a local folder, or any place fsspec reaches (``s3://bucket/prefix``)."""

    def __init__(self, root: UPath) -> None:
        self.root = root

    @classmethod
    def open(cls, url: str | None = None) -> Archive:
        """Open the archive at ``url``, else at ``TONGBAO_ARCHIVE``, else in the installation's folder."""
        place = url or os.environ.get("TONGBAO_ARCHIVE") or str(home() / ".tongbao" / "archive")
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
        taken = [int(name[:4]) for name in _names(folder) if name[:4].isdigit()]
        manifest = BatchManifest(
            jurisdiction=jurisdiction,
            feed=feed,
            period=period.label,
            sequence=max(taken, default=0) + 1,
            batch_id=identity[:12],
            identity=identity,
            files={name: _digest(content) for name, content in sorted(files.items())},
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
        digest = _digest(data)
        folder = self.root / jurisdiction / "refused" / period.label / f"{digest[:12]}-{source_name}"
        refusal = Refusal(source_name=source_name, sha256=digest, problem=problem, received_at=received_at)
        self._file(folder, {source_name: data}, refusal)
        return folder

    def _all_batches(self, jurisdiction: str, feed: str, until: Period | None) -> Iterator[BatchManifest]:
        folder = self._batches(jurisdiction, feed)
        for label in _names(folder):
            if until is not None and Period.parse(label).after > until.after:
                continue
            for name in _names(folder / label):
                batch = _read(folder / label / name / MANIFEST, BatchManifest)
                if batch is not None:
                    yield batch

    def _batches(self, jurisdiction: str, feed: str) -> UPath:
        return self.root / jurisdiction / "batches" / feed

    # -- editions --------------------------------------------------------------------------------

    def editions(self, jurisdiction: str, circular: str, period: Period) -> list[EditionManifest]:
        """List the editions of one period's circular, oldest first."""
        folder = self._editions(jurisdiction, circular, period)
        found = (_read(folder / name / MANIFEST, EditionManifest) for name in _names(folder))
        return sorted((edition for edition in found if edition is not None), key=lambda e: e.number)

    def find_edition(self, jurisdiction: str, circular: str, period: Period, identity: str) -> EditionManifest | None:
        for edition in self.editions(jurisdiction, circular, period):
            if edition.identity == identity:
                return edition
        return None

    def edition_file(self, edition: EditionManifest, name: str) -> UPath:
        folder = self._editions(edition.jurisdiction, edition.circular, Period.parse(edition.period))
        return folder / edition.folder / name

    def file_edition(
        self, *, jurisdiction: str, circular: str, period: Period, identity: str, files: Mapping[str, bytes | Path], **facts: Any
    ) -> tuple[EditionManifest, bool]:
        """File one edition under the next number, or find the identical one; True when it is new."""
        known = self.find_edition(jurisdiction, circular, period, identity)
        if known is not None:
            return known, False
        numbers = [edition.number for edition in self.editions(jurisdiction, circular, period)]
        manifest = EditionManifest(
            jurisdiction=jurisdiction,
            circular=circular,
            period=period.label,
            number=max(numbers, default=0) + 1,
            identity=identity,
            files={name: _digest(content) for name, content in sorted(files.items())},
            **facts,
        )
        self._file(self._editions(jurisdiction, circular, period) / manifest.folder, files, manifest)
        return manifest, True

    def _editions(self, jurisdiction: str, circular: str, period: Period) -> UPath:
        return self.root / jurisdiction / "editions" / circular / period.label

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
        write_file(folder / MANIFEST, manifest.model_dump_json(indent=1).encode())


class Refusal(_Manifest):
    """Why one delivered file was not taken in."""

    source_name: str
    sha256: str
    problem: str
    received_at: datetime


def _newest(batches: Iterable[BatchManifest]) -> list[BatchManifest]:
    newest: dict[tuple[str, str, str], BatchManifest] = {}
    for batch in batches:
        known = newest.get(batch.delivery)
        if known is None or known.sequence < batch.sequence:
            newest[batch.delivery] = batch
    return list(newest.values())


def is_local(path: UPath) -> bool:
    return path.protocol in ("", "file", "local")


def write_file(path: UPath, content: bytes | Path) -> None:
    """Write a whole file or none: locally under another name first, elsewhere as one object."""
    if not is_local(path):
        with path.open("wb") as sink, _reader(content) as source:
            shutil.copyfileobj(source, sink, _BLOCK)
        return
    target = Path(str(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as sink, _reader(content) as source:
            shutil.copyfileobj(source, sink, _BLOCK)
            sink.flush()
            os.fsync(sink.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


@contextlib.contextmanager
def _reader(content: bytes | Path) -> Iterator[Any]:
    if isinstance(content, bytes):
        import io

        yield io.BytesIO(content)
    else:
        with content.open("rb") as source:
            yield source


def _digest(content: bytes | Path) -> str:
    digest = hashlib.sha256()
    with _reader(content) as source:
        while block := source.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _names(folder: UPath) -> Iterable[str]:
    """Names in a folder, sorted; none where it does not exist. Hidden ones are being written."""
    try:
        return sorted(child.name for child in folder.iterdir() if not child.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _read(path: UPath, model: type[_Model]) -> _Model | None:
    try:
        return model.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
