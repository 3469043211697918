"""Segments: files of compressed WARC records, only ever appended to, and the index beside each.

The segment alone is the truth. Its index (one JSON line for each exchange) may be lost or short: what it does not list is
read from the segment again. A record torn by a killed writer is passed over.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from tongbao.scan.evidence.records import opening_record, read_records

INDEX = ".index.jsonl"
SEGMENT = ".warc.gz"
_MEMBER = b"\x1f\x8b\x08"
_TYPE = re.compile(rb"^WARC-Type: *(\w+)", re.MULTILINE)
_HEAD = 4096
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Place:
    """Where the records of one exchange lie in a segment."""

    id: str
    offset: int
    length: int
    url: str
    at: str


class SegmentWriter:
    """One new segment, locked while it is being written to."""

    def __init__(self, folder: Path, software: str, opened_at: datetime) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path, self._records = _create(folder)
        self._index = index_of(self.path).open("a", encoding="utf-8")
        opening = opening_record(self.path.name, software, opened_at)
        self._records.write(opening)
        self._records.flush()
        self.size = len(opening)

    def append(self, evidence_id: str, records: bytes, url: str, at: datetime) -> Place:
        """Write the records, then the index line; when this returns, a killed process loses neither."""
        place = Place(evidence_id, self.size, len(records), url, at.isoformat())
        self._records.write(records)
        self._records.flush()
        self.size += len(records)
        self._index.write(json.dumps(asdict(place), ensure_ascii=True) + "\n")
        self._index.flush()
        return place

    def sync(self) -> None:
        """Bring everything to the disk, so that a power cut loses nothing either."""
        os.fsync(self._records.fileno())
        os.fsync(self._index.fileno())

    def close(self) -> None:
        self.sync()
        self._index.close()
        self._records.close()


def _create(folder: Path) -> tuple[Path, IO[bytes]]:
    """A segment nobody writes to: never one a killed writer may have left half a record in."""
    number = len(list(folder.glob(f"*{SEGMENT}"))) + 1
    while True:
        path = folder / f"{number:04d}{SEGMENT}"
        try:
            sink = path.open("xb")
        except FileExistsError:
            number += 1
            continue
        fcntl.flock(sink, fcntl.LOCK_EX)
        return path, sink


def is_being_written(segment: Path) -> bool:
    with segment.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def index_of(segment: Path) -> Path:
    return segment.with_name(segment.name.removesuffix(SEGMENT) + INDEX)


def listed(index: bytes) -> Iterator[Place]:
    """The places an index lists, as far as it is whole."""
    for line in index.splitlines():
        try:
            yield Place(**json.loads(line))
        except (ValueError, TypeError):
            return


def places_in(segment: bytes, start: int = 0) -> Iterator[Place]:
    """Read the places from the segment itself, from an offset on; what is torn or damaged is passed over."""
    members = list(_members(segment, start))
    for number, (offset, length, kind) in enumerate(members):
        if kind not in ("response", "metadata"):
            continue
        following = members[number + 1] if number + 1 < len(members) else None
        if kind == "response" and following and following[2] == "request" and following[0] == offset + length:
            length += following[1]
        evidence = read_records(segment[offset : offset + length])
        if evidence is not None:
            exchange = evidence.exchange
            yield Place(evidence.id, offset, length, exchange.final_url, exchange.started_at.isoformat())


def _members(segment: bytes, start: int) -> Iterator[tuple[int, int, str]]:
    """Offset, compressed length and record type of every whole gzip member."""
    view, offset = memoryview(segment), start
    while 0 <= offset < len(segment):
        member = _member(view, offset)
        if member is None:
            offset = segment.find(_MEMBER, offset + 1)
            continue
        length, head = member
        kind = _TYPE.search(head)
        yield offset, length, kind[1].decode("ascii", "replace") if kind else ""
        offset += length


def _member(view: memoryview, offset: int) -> tuple[int, bytes] | None:
    """Compressed length and beginning of the member at an offset; None where none is, or not all of it."""
    decompressor, head, reached = zlib.decompressobj(zlib.MAX_WBITS + 16), b"", offset
    try:
        while not decompressor.eof and reached < len(view):
            block = view[reached : reached + _BLOCK]
            content = decompressor.decompress(block)
            head += content[: _HEAD - len(head)] if len(head) < _HEAD else b""
            reached += len(block)
    except zlib.error:
        return None
    return (reached - offset - len(decompressor.unused_data), head) if decompressor.eof else None
