"""From a scan's rows to files in the inbox, and from there through the same intake as any other source's.

Probes and updates add to what is known: probes in one file a day, updates in one a scan. Findings and links are what the newest
scan says of each site: one file a period, in which each scan replaces its sites' rows, so that a fault seen in ten scans
counts once and a mended one no more. A partial scan replaces only what it decided itself.
"""

from __future__ import annotations

import contextlib
import csv
import fcntl
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from upath import UPath

from tongbao.archive import Archive, write_file
from tongbao.feeds import FEEDS, FINDINGS, LINKS, PROBES, UPDATES, Column, ColumnType, Feed, State
from tongbao.intake.inbox import take_in_files
from tongbao.jurisdiction import find_jurisdiction
from tongbao.period import SHANGHAI, Period
from tongbao.scan.site.rules import load_site_rules
from tongbao.workspace import read_arrow

SOURCE = "自测"
"""What the names of all delivered files begin with; then the feed's title, by which intake knows it."""

_LOCK = f".{SOURCE}.lock"
_SUSPICION = "疑似"
_FORMULA = tuple("=+-@\t\r")
_BEFORE = timedelta(seconds=1)
_DECIDED = {State.MET, State.BREACHED}

Rows = list[dict[str, Any]]
Merge = Callable[[Rows, Rows], Rows]


def deliver_probes(jurisdiction_id: str, period: str, rows: Rows, *, received_at: datetime | None = None) -> list[dict[str, Any]]:
    """Deliver probe rows, one file for each of their days in Asia/Shanghai; earlier rounds of a day stay in its file."""
    days: dict[str, Rows] = {}
    for row in rows:
        days.setdefault(f"{row['probed_at'].astimezone(SHANGHAI):%Y%m%d}", []).append(row)
    files = [(PROBES, day, of_day, _by_key(PROBES)) for day, of_day in sorted(days.items())]
    return _deliver(jurisdiction_id, period, files, received_at)


def deliver_site_rows(
    jurisdiction_id: str,
    period: str,
    rows: Mapping[str, Rows],
    *,
    at: datetime,
    whole: Iterable[str] = (),
    links_whole: Iterable[str] = (),
    received_at: datetime | None = None,
) -> list[dict[str, Any]]:
    """Deliver the rows of one scan by feed name (updates, links, findings) and return intake's receipts.

    ``at`` names the scan: the same scan delivered again replaces itself. ``whole``: sites (subject_id) that were read whole,
    so that nothing an earlier scan of the period found stays; ``links_whole``: those all of whose links were checked.
    """
    whole_sites, whole_links = frozenset(whole), frozenset(links_whole)
    merges: dict[str, Merge] = {
        FINDINGS.name: lambda old, new: merge_findings(old, new, whole_sites),
        LINKS.name: lambda old, new: merge_links(old, new, whole_links),
        UPDATES.name: _by_key(UPDATES),
    }
    names = {UPDATES.name: f"{at.astimezone(SHANGHAI):%Y%m%dT%H%M%S}"}
    files = [(FEEDS[feed], names.get(feed, ""), of_feed, merges[feed]) for feed, of_feed in rows.items() if of_feed]
    return _deliver(jurisdiction_id, period, files, received_at)


def merge_findings(old: Rows, new: Rows, whole: frozenset[str]) -> Rows:
    """What is to be said after a scan: its own rows, and of an earlier one what a partial scan could not decide again.

    Suspicions of an earlier scan stay until the site is read whole again: the page they stand on may not have been read.
    """
    touched = {row["subject_id"] for row in new}
    decided = {_clause_of(row) for row in new if row["state"] in _DECIDED}
    told = {(*_clause_of(row), row["description"]) for row in new}

    def is_kept(row: Mapping[str, Any]) -> bool:
        if row["subject_id"] not in touched:
            return True
        if row["subject_id"] in whole or (*_clause_of(row), row["description"]) in told:
            return False
        return _is_suspicion(row) or (row["state"] in _DECIDED and _clause_of(row) not in decided)

    kept = [row for row in old if is_kept(row)]
    answered = {_clause_of(row) for row in kept if row["state"] in _DECIDED}
    return kept + [row for row in new if row["state"] in _DECIDED or _is_suspicion(row) or _clause_of(row) not in answered]


def _clause_of(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["subject_id"], row["clause"]


def merge_links(old: Rows, new: Rows, whole: frozenset[str]) -> Rows:
    """The newest word on every link: of sites checked whole only that, of others also what was not checked again."""
    known = {(row["subject_id"], row["link"], row["on_homepage"]) for row in new}
    return [
        row for row in old if row["subject_id"] not in whole and (row["subject_id"], row["link"], row["on_homepage"]) not in known
    ] + new


def _by_key(feed: Feed) -> Merge:
    def merge(old: Rows, new: Rows) -> Rows:
        rows = {tuple(_cell(row[name], feed.by_name[name]) for name in feed.key): row for row in (*old, *new)}
        return list(rows.values())

    return merge


def _is_suspicion(row: Mapping[str, Any]) -> bool:
    return str(row["description"] or "").startswith(_SUSPICION)


def _deliver(
    jurisdiction_id: str, period: str, files: Sequence[tuple[Feed, str, Rows, Merge]], received_at: datetime | None
) -> list[dict[str, Any]]:
    label = Period.parse(period).label
    folder = find_jurisdiction(jurisdiction_id).inbox_folder / label
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with _alone(folder):
        for feed, name, rows, merge in files:
            path = folder / f"{'-'.join(part for part in (SOURCE, feed.title, jurisdiction_id, name) if part)}.csv"
            merged = merge(_in_force(jurisdiction_id, label, feed, path.name), rows)
            if feed is FINDINGS:
                merged += _instead_of_earlier(jurisdiction_id, label, path.name, merged)
            write_file(UPath(path), csv_bytes(feed, merged))
            paths.append(str(path))
        at = max([received_at or datetime.now(UTC), *_observed(files)])
        receipts: list[dict[str, Any]] = take_in_files(jurisdiction_id, label, paths, received_at=at.isoformat())["files"]
    return receipts


def _observed(files: Sequence[tuple[Feed, str, Rows, Merge]]) -> Iterator[datetime]:
    """When the rows were seen: nothing is received before that, whatever hour a run goes by."""
    for feed, _, rows, _ in files:
        yield from (_instant(row[str(feed.observed)]) + timedelta(seconds=1) for row in rows)


def _instead_of_earlier(jurisdiction_id: str, label: str, source_name: str, rows: Rows) -> Rows:
    """Rows that clear what a scan of an earlier, shorter period found and this one decided anew.

    Where an office files by months, a circular of the quarter reads three deliveries of this name: without these rows one
    fault would be counted three times.
    """
    period, archive = Period.parse(label), Archive.open()
    known: set[tuple[str, str]] = set()
    for batch in archive.batches(jurisdiction_id, FINDINGS.name, period):
        is_earlier = batch.source_name == source_name and batch.period != label
        if is_earlier and Period.parse(batch.period).first.year == period.first.year:
            table = read_arrow(archive.batch_file(batch, "data.parquet"))
            known |= {_clause_of(row) for row in table.to_pylist() if row["state"] == State.BREACHED}
    told = load_site_rules().describe("superseded")
    known -= {_clause_of(row) for row in rows if row["description"] == told}
    decided = {_clause_of(row): row for row in rows if row["state"] == State.BREACHED and _clause_of(row) in known}
    cleared = {"state": State.MET, "count": 0, "description": told, "evidence": ""}
    return [row | cleared | {"found_at": _instant(row["found_at"]) - _BEFORE} for row in decided.values()]


def _instant(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def _in_force(jurisdiction_id: str, label: str, feed: Feed, source_name: str) -> Rows:
    """The accepted rows of the file's newest delivery: the archive knows them, whatever became of the file."""
    archive = Archive.open()
    batches = archive.batches(jurisdiction_id, feed.name, Period.parse(label))
    rows: Rows = []
    for batch in batches:
        if (batch.period, batch.source_name) == (label, source_name):
            table = read_arrow(archive.batch_file(batch, "data.parquet")).select(feed.names)
            rows += table.to_pylist()
    return rows


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One delivery at a time into a folder: each reads what the last one left."""
    with (folder / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def csv_bytes(feed: Feed, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Write rows as offices' spreadsheets read them: UTF-8 with mark, Chinese titles, times of Asia/Shanghai."""
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(column.title for column in feed.columns)
    writer.writerows(sorted([_cell(row.get(column.name), column) for column in feed.columns] for row in rows))
    return sink.getvalue().encode("utf-8-sig", "replace")


def _cell(value: Any, column: Column) -> str:
    if value is None:
        return ""
    if column.type is ColumnType.INSTANT:
        value = _instant(value)
        return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    if column.type is ColumnType.FLAG:
        return "是" if value else "否"
    text = str(value).replace("\0", "")
    # A spreadsheet would compute it; intake drops the space again.
    return f" {text}" if text.startswith(_FORMULA) and column.type is ColumnType.TEXT else text
