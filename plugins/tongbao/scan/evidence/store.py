"""The evidence of scans: one folder per scan, filled once, read for as long as findings cite it.

``<folder>/<scan>/0001.warc.gz`` with its index, ``<folder>/screenshots/<id>.png``. In an archive that is no local folder
segments are written on this machine first and brought there when they are full or closed; what a killed process left here
is brought there by the next one.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from upath import UPath

from tongbao import __version__
from tongbao.errors import TongbaoError
from tongbao.scan.client import Exchange
from tongbao.scan.evidence.records import Evidence, evidence_id, read_records, record_bytes
from tongbao.scan.evidence.segments import INDEX, SEGMENT, Place, SegmentWriter, index_of, is_being_written, listed, places_in
from tongbao.storage import is_local, names_in, write_file

SEGMENT_LIMIT = 64 << 20
_SCREENSHOTS = "screenshots"
_SCAN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")

Folder: TypeAlias = Path | UPath


class EvidenceStore:
    """The evidence one scan keeps.

    ``folder`` is the office's evidence folder (``Archive.evidence_folder``), ``scan`` names the scan, the same for the run
    that goes on after a kill. ``spool`` is where segments of a remote archive are written first.
    """

    def __init__(
        self,
        folder: Folder,
        scan: str = "scan",
        *,
        user_agent: str = "",
        spool: Path | None = None,
        segment_limit: int = SEGMENT_LIMIT,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if not _SCAN.fullmatch(scan) or scan == _SCREENSHOTS:
            raise TongbaoError(f"“{scan}”不能作证据目录名", remedy="请用字母、数字、点、横线组成的扫描名", value=scan)
        self.folder = UPath(folder)
        self.scan = scan
        self._user_agent = user_agent
        self._limit = segment_limit
        self._now = now
        self._writer: SegmentWriter | None = None
        self._is_remote = not is_local(self.folder)
        self._here = (spool or _spool(self.folder)) / scan if self._is_remote else Path(str(self.folder)) / scan
        if self._is_remote:
            self._bring_leftovers()
        self._known = {place.id for _, place in _places(self.folder / scan)}

    def __enter__(self) -> EvidenceStore:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def keep(self, exchange: Exchange) -> str:
        """Keep an exchange and return its evidence id; what this scan has kept already is not written twice.

        When it returns, a kill of the process loses nothing (in a remote archive: is brought there by the next run).
        """
        found = evidence_id(exchange)
        if found not in self._known:
            records = record_bytes(exchange, self._user_agent)
            if self._writer is not None and self._writer.size + len(records) > self._limit:
                self.close()
            if self._writer is None:
                self._writer = SegmentWriter(self._here, f"Tongbao/{__version__}", self._now())
            self._writer.append(found, records, exchange.final_url, exchange.started_at)
            self._known.add(found)
        return found

    def find(self, wanted: str) -> Evidence | None:
        """Read an evidence back: of this scan, else of any other of the office."""
        if self._is_remote and self._writer is not None:
            here = _read(UPath(self._here), wanted)
            if here is not None:
                return here
        return find_evidence(self.folder, wanted, self.scan) or find_evidence(self.folder, wanted)

    def sync(self) -> None:
        """Bring what was kept to the disk, before something that cites it is written there."""
        if self._writer is not None:
            self._writer.sync()

    def close(self) -> None:
        """End the segment; in a remote archive, bring it there. The store may be used on: a new segment begins."""
        if self._writer is None:
            return
        writer, self._writer = self._writer, None
        writer.close()
        if self._is_remote:
            self._bring(writer.path)

    def _bring_leftovers(self) -> None:
        for segment in sorted(self._here.glob(f"*{SEGMENT}")):
            if not is_being_written(segment):
                self._bring(segment)

    def _bring(self, segment: Path) -> None:
        """Copy a segment under a name of its content, so that no machine overwrites another's, then drop it here."""
        digest = hashlib.sha256(segment.read_bytes()).hexdigest()[:12]
        target = self.folder / self.scan / f"{segment.name.removesuffix(SEGMENT)}-{digest}{SEGMENT}"
        index = index_of(segment)
        write_file(target, segment)
        if index.exists():
            write_file(target.with_name(target.name.removesuffix(SEGMENT) + INDEX), index)
            index.unlink()
        segment.unlink()


def find_evidence(folder: Folder, wanted: str, scan: str | None = None) -> Evidence | None:
    """Find an evidence by its id in an office's folder, newest scan first; None where it is not, or is damaged."""
    root = UPath(folder)
    scans = [scan] if scan else sorted((name for name in names_in(root) if name != _SCREENSHOTS), reverse=True)
    found = next((evidence for name in scans if (evidence := _read(root / name, wanted))), None)
    if found is None:
        return None
    return Evidence(found.id, found.exchange, found.records, _bytes(_screenshot(root, wanted)))


def keep_screenshot(folder: Folder, shown: str, png: bytes) -> None:
    """Keep what a page looked like beside its evidence; the first picture stays."""
    target = _screenshot(UPath(folder), shown)
    if not target.exists():
        write_file(target, png)


def _screenshot(root: UPath, shown: str) -> UPath:
    return root / _SCREENSHOTS / f"{shown.removeprefix('sha256:')}.png"


def _spool(folder: UPath) -> Path:
    return Path(tempfile.gettempdir()) / f"tongbao-evidence-{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"


def _read(folder: UPath, wanted: str) -> Evidence | None:
    for segment, place in _places(folder):
        if place.id == wanted:
            with segment.open("rb") as file:
                file.seek(place.offset)
                evidence = read_records(file.read(place.length))
            if evidence is not None and evidence.id == wanted:
                return evidence
    return None


def _places(folder: UPath) -> Iterator[tuple[UPath, Place]]:
    """Every evidence of one scan; what an index does not list is read from its segment."""
    for name in names_in(folder):
        if not name.endswith(SEGMENT):
            continue
        segment = folder / name
        places = list(listed(_bytes(folder / (name.removesuffix(SEGMENT) + INDEX)) or b""))
        size = segment.stat().st_size
        reached = max((place.offset + place.length for place in places), default=0)
        if reached > size:
            places, reached = [], 0
        if reached < size:
            places += places_in(segment.read_bytes(), reached)
        yield from ((segment, place) for place in places)


def _bytes(path: UPath) -> bytes | None:
    try:
        data: bytes = path.read_bytes()
    except FileNotFoundError:
        return None
    return data
