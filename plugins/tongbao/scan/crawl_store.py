"""What a crawl of one site has seen, in one SQLite file: whatever a conclusion rests on, and nothing else.

A page's row, its links and its notes are written in one transaction, so that a scan killed at any moment finds a page either
done or not begun. The file belongs to one writer at a time; a second one waits a little and is then refused by SQLite
(``database is locked``), which Airflow retries.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from tongbao.feeds import Outcome
from tongbao.scan.crawl_records import Check, LinkRecord, PageRecord, SeenLink, StoredPage
from tongbao.scan.frontier import Address
from tongbao.scan.outcomes import is_untold
from tongbao.scan.site_model import Gap, Why

_FORMAT = "1"
_PAGES_A_COMMIT = 100
_SECONDS_A_COMMIT = 1.0
_WAIT_S = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS targets (id INTEGER PRIMARY KEY, key TEXT NOT NULL, url TEXT NOT NULL, wave INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS pages (
    target INTEGER PRIMARY KEY, url TEXT NOT NULL, final_url TEXT NOT NULL, depth INTEGER NOT NULL, outcome TEXT NOT NULL,
    status INTEGER, fetched_at TEXT NOT NULL, elapsed_s REAL NOT NULL, tries INTEGER NOT NULL, title TEXT NOT NULL,
    is_read INTEGER NOT NULL, leads_to INTEGER, why TEXT, size INTEGER NOT NULL, etag TEXT NOT NULL, modified TEXT NOT NULL,
    error TEXT NOT NULL, notes TEXT NOT NULL, links TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS checks (
    target INTEGER PRIMARY KEY, outcome TEXT NOT NULL, status INTEGER, error TEXT NOT NULL, checked_at TEXT NOT NULL,
    tries INTEGER NOT NULL, agreeing INTEGER NOT NULL, due_at TEXT);
CREATE TABLE IF NOT EXISTS gaps (part TEXT NOT NULL, url TEXT NOT NULL, why TEXT NOT NULL, count INTEGER NOT NULL);
"""
_PAGE_COLUMNS = (
    "target, url, final_url, depth, outcome, status, fetched_at, elapsed_s, tries, title, is_read, leads_to, why, size, etag,"
    " modified, error, links"
)
_TIGHT = json.JSONEncoder(separators=(",", ":"), check_circular=False)


class _Tried(NamedTuple):
    """The last try of a target, whether as a page or as a link."""

    url: str
    outcome: Outcome
    status: int | None
    error: str
    checked_at: datetime
    attempts: int


def store_path(folder: Path, subject_id: str) -> Path:
    """Return where the store of one site lies in the folder of its scan."""
    return folder / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', subject_id)}.sqlite"


class CrawlStore:
    """The store of one scan of one site; a context manager.

    One that is ``finished`` is only read, by any number of scans at once; it must exist and have no writer.
    """

    def __init__(self, path: Path, *, finished: bool = False) -> None:
        self.path = path
        if finished:
            self._connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
            self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.executescript(_SCHEMA)
        if self.fact("format", _FORMAT) != _FORMAT:
            raise ValueError(f"{path}: written by another version of the scan")
        if not finished:
            self.remember("format", _FORMAT)
        self._pages: list[tuple[object, ...]] = []
        self._new_targets: dict[int, tuple[object, ...]] = {}
        self._committed_at = time.monotonic()
        self._ids: dict[str, int] = {}
        self._addresses: list[tuple[str, str, int]] = []
        for number, key, url, wave in self._connection.execute("SELECT id, key, url, wave FROM targets ORDER BY id"):
            self._ids[key] = number
            self._addresses.append((key, url, wave))

    def __enter__(self) -> CrawlStore:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self.flush()
        self._connection.close()

    def fact(self, name: str, default: str = "") -> str:
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row[0] if row else default

    def remember(self, name: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def begin_anew(self) -> None:
        """Forget everything."""
        self._pages.clear()
        self._new_targets.clear()
        self._ids.clear()
        self._addresses.clear()
        with self._transaction():
            for table in ("facts", "targets", "pages", "checks", "gaps"):
                self._connection.execute(f"DELETE FROM {table}")
        self.remember("format", _FORMAT)

    @property
    def is_complete(self) -> bool:
        """Whether the crawl came to its end, be it with gaps."""
        return self.fact("complete") == "yes"

    # Targets: every address any page mentions, known by number.

    def target(self, address: Address, wave: int) -> int:
        """Return the number of an address, giving it one if it is new.

        Of several spellings of one key, the smallest of those met in the earliest wave is asked for: a rule that gives the
        same address whatever order the pages of a wave arrived in.
        """
        number = self._ids.get(address.key)
        if number is None:
            number = len(self._addresses)
            self._ids[address.key] = number
            self._addresses.append((address.key, address.url, wave))
        elif (wave, address.url) < (self._addresses[number][2], self._addresses[number][1]):
            self._addresses[number] = (address.key, address.url, wave)
        else:
            return number
        self._new_targets[number] = (number, address.key, address.url, wave)
        return number

    def key_of(self, target: int) -> str:
        return self._addresses[target][0]

    def url_of(self, target: int) -> str:
        return self._addresses[target][1]

    def find(self, key: str) -> int | None:
        return self._ids.get(key)

    @property
    def target_count(self) -> int:
        return len(self._addresses)

    # Pages.

    def keep(self, page: StoredPage) -> None:
        """Keep one page; it is on disk after the next commit, at most a hundred pages or a second later."""
        links = _TIGHT.encode(page.links)
        self._pages.append(
            (
                *(page.target, page.url, page.final_url, page.depth, page.outcome, page.status, page.fetched_at.isoformat()),
                *(page.elapsed_s, page.tries, page.title, page.is_read, page.leads_to, page.why, page.size, page.etag),
                *(page.modified, page.error, links, page.notes),
            )
        )
        if len(self._pages) >= _PAGES_A_COMMIT or time.monotonic() - self._committed_at > _SECONDS_A_COMMIT:
            self.flush()

    def flush(self) -> None:
        """Commit what is kept: targets before the pages that number them, in one transaction."""
        if self._pages or self._new_targets:
            with self._transaction():
                self._connection.executemany("INSERT OR REPLACE INTO targets VALUES (?, ?, ?, ?)", self._new_targets.values())
                marks = ", ".join("?" * 19)
                statement = f"INSERT OR REPLACE INTO pages ({_PAGE_COLUMNS}, notes) VALUES ({marks})"
                self._connection.executemany(statement, self._pages)
            self._pages.clear()
            self._new_targets.clear()
        self._committed_at = time.monotonic()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def stored_pages(self) -> Iterator[StoredPage]:
        """Every page as the engine kept it, less its notes, in no particular order."""
        self.flush()
        yield from map(_stored_page, self._connection.execute(f"SELECT {_PAGE_COLUMNS} FROM pages"))

    def failed_pages(self) -> Iterator[StoredPage]:
        """As :meth:`stored_pages`, those alone that did not come."""
        self.flush()
        rows = self._connection.execute(f"SELECT {_PAGE_COLUMNS} FROM pages WHERE outcome <> ?", (Outcome.OK,))
        yield from map(_stored_page, rows)

    def page_links(self) -> Iterator[tuple[int, int, list[list[Any]]]]:
        """Target and depth of every page, and its links as the fields of a :class:`SeenLink`, in no particular order."""
        self.flush()
        for target, depth, links in self._connection.execute("SELECT target, depth, links FROM pages"):
            yield target, depth, json.loads(links)

    def stored_page(self, target: int) -> StoredPage | None:
        """One page as the engine kept it, with its notes."""
        self.flush()
        row = self._connection.execute(f"SELECT {_PAGE_COLUMNS}, notes FROM pages WHERE target = ?", (target,)).fetchone()
        return _stored_page(row) if row else None

    def revisable(self) -> dict[str, tuple[int, str, str]]:
        """Pages that can be asked for conditionally: key to number, ETag and Last-Modified."""
        self.flush()
        rows = self._connection.execute(
            "SELECT target, etag, modified FROM pages WHERE is_read AND (etag <> '' OR modified <> '')"
        )
        return {self.key_of(target): (target, etag, modified) for target, etag, modified in rows}

    def pages(self) -> Iterator[PageRecord]:
        """Every page asked for, by depth and address: the same order for every run of the scan."""
        self.flush()
        rows = self._connection.execute(
            "SELECT url, final_url, depth, outcome, status, fetched_at, elapsed_s, title, is_read, json_array_length(links),"
            " error, notes FROM pages ORDER BY depth, url"
        )
        for url, final_url, depth, outcome, status, fetched_at, elapsed_s, title, is_read, links, error, notes in rows:
            yield PageRecord(
                *(url, final_url, depth, Outcome(outcome), status, datetime.fromisoformat(fetched_at), elapsed_s, title),
                *(bool(is_read), links, error, json.loads(notes)),
            )

    # Checks of links.

    def save_checks(self, checks: Iterable[Check]) -> None:
        """Write the newest state of some targets in one transaction."""
        rows = [
            (
                *(check.target, check.outcome, check.status, check.error, check.checked_at.isoformat(), check.tries),
                check.agreeing,
                check.due_at.isoformat() if check.due_at else None,
            )
            for check in checks
        ]
        with self._transaction():
            self._connection.executemany("INSERT OR REPLACE INTO checks VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def checks(self) -> dict[int, Check]:
        rows = self._connection.execute("SELECT target, outcome, status, error, checked_at, tries, agreeing, due_at FROM checks")
        return {
            target: Check(
                *(target, Outcome(outcome), status, error, datetime.fromisoformat(checked_at), tries, agreeing),
                datetime.fromisoformat(due_at) if due_at else None,
            )
            for target, outcome, status, error, checked_at, tries, agreeing, due_at in rows
        }

    def links(self) -> Iterator[LinkRecord]:
        """Every link of every page whose target was tried, by page (depth, address) and place on it.

        The outcome is that of the link's own check, else that of the page it leads to. What was not tried is a gap, and so is
        what this machine could not look at properly.
        """
        self.flush()
        tried = {target: last for target, last in self._tried().items() if not is_untold(last)}
        for page, depth, links in self._connection.execute("SELECT url, depth, links FROM pages ORDER BY depth, url"):
            for target, kind, is_hidden, _ in json.loads(links):
                if (last := tried.get(target)) is not None:
                    yield LinkRecord(
                        *(page, last.url, depth == 0, kind, bool(is_hidden), last.outcome, last.checked_at),
                        *(last.attempts, last.status),
                    )

    def _tried(self) -> dict[int, _Tried]:
        rows = self._connection.execute("SELECT target, url, outcome, status, error, fetched_at FROM pages")
        tried = {
            target: _Tried(url, Outcome(outcome), status, error, datetime.fromisoformat(at), 1)
            for target, url, outcome, status, error, at in rows
        }
        for check in self.checks().values():
            url = tried[check.target].url if check.target in tried else self.url_of(check.target)
            tried[check.target] = _Tried(url, check.outcome, check.status, check.error, check.checked_at, check.agreeing)
        return tried

    # Gaps.

    def save_gaps(self, part: str, gaps: Iterable[Gap]) -> None:
        """Put the gaps of one part of the scan (``crawl``, ``links``) in place of its earlier ones."""
        with self._transaction():
            self._connection.execute("DELETE FROM gaps WHERE part = ?", (part,))
            rows = [(part, gap.url, gap.why, gap.count) for gap in gaps]
            self._connection.executemany("INSERT INTO gaps VALUES (?, ?, ?, ?)", rows)

    def gaps(self) -> Iterator[Gap]:
        """Everything not scanned and why; a crawl that did not come to its end says so first."""
        if not self.is_complete:
            yield Gap(self.fact("homepage"), Why.UNFINISHED)
        for url, why, count in self._connection.execute("SELECT url, why, count FROM gaps ORDER BY part, why, url"):
            yield Gap(url, Why(why), count)


def _stored_page(row: Sequence[Any]) -> StoredPage:
    target, url, final_url, depth, outcome, status, fetched_at, elapsed_s, tries, title, *rest = row
    is_read, leads_to, why, size, etag, modified, error, links, *notes = rest
    return StoredPage(
        *(target, url, final_url, depth, Outcome(outcome), status, datetime.fromisoformat(fetched_at), elapsed_s, tries, title),
        *(bool(is_read), leads_to, Why(why) if why else None, size, etag, modified, error),
        tuple(SeenLink(*link) for link in json.loads(links)),
        *notes,
    )
