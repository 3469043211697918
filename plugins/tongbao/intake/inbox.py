"""The inbox of one office: which files lie there, and taking them in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from tongbao.archive import Archive
from tongbao.errors import TongbaoError
from tongbao.indicators import indicator_set_on
from tongbao.intake.deliver import DeliveryOutcome, DeliveryReport, take_in_all
from tongbao.jurisdiction import Jurisdiction, cutoff_of, find_jurisdiction
from tongbao.period import Period
from tongbao.vocabulary import load_vocabulary

FETCHED = "http"
"""Subfolder of a period's inbox for what was fetched over HTTP; in it one folder a source, named after its feed."""

_LEFT_BY_PROGRAMS = ("~$", ".", "Thumbs.db", "desktop.ini")


def inbox_periods(jurisdiction: Jurisdiction) -> list[Period]:
    """The periods that have a folder with something in it, oldest first; other folders are left alone."""
    folder = jurisdiction.inbox_folder
    periods = []
    for child in folder.iterdir() if folder.is_dir() else ():
        if child.is_dir() and any(child.iterdir()):
            try:
                periods.append(Period.parse(child.name))
            except TongbaoError:
                continue
    return sorted(periods)


def inbox_files(jurisdiction_id: str, period: str) -> list[str]:
    """The files delivered for a period, rosters first; what Office and file managers leave behind is no delivery."""
    folder = find_jurisdiction(jurisdiction_id).inbox_folder / Period.parse(period).label
    vocabulary = load_vocabulary()
    files = [
        path
        for path in (folder.iterdir() if folder.is_dir() else ())
        if path.is_file() and not path.name.startswith(_LEFT_BY_PROGRAMS)
    ]
    return [str(path) for path in sorted(files, key=lambda p: (vocabulary.feed_named(p.stem) != "roster", p.name))]


def fetched_folder(jurisdiction: Jurisdiction, period: str, number: int) -> Path:
    """Where the files of one HTTP source of the office belong, counted from 0."""
    return jurisdiction.inbox_folder / period / FETCHED / f"{number + 1:02d}-{jurisdiction.http_sources[number].feed}"


def fetched_feed(path: Path) -> str | None:
    """The feed a fetched file holds, as its source's settings say; None for what a person delivered."""
    return path.parent.name.partition("-")[2] if path.parent.parent.name == FETCHED else None


def take_in_files(jurisdiction_id: str, period: str, files: Iterable[str], *, received_at: str) -> dict[str, Any]:
    """Take files in and report on each: ``{"files": [{file, delivered, accepted, rejected, refused, …}]}``.

    A refused file does not stop the others. What failed for a reason that may pass (the archive out of reach)
    is raised after the others are done; repeating the call finds their batches again.
    """
    jurisdiction = find_jurisdiction(jurisdiction_id)
    filed_under = Period.parse(period)
    paths = [Path(file) for file in files]
    reports = take_in_all(
        paths,
        feeds={path: feed for path in paths if (feed := fetched_feed(path))},
        archive=Archive.open(),
        jurisdiction=jurisdiction,
        period=filed_under,
        received_at=datetime.fromisoformat(received_at),
        clauses=_accepted_clauses(jurisdiction, filed_under),
        until=max(cutoff_of(circular, filed_under) for circular in jurisdiction.circulars.values()),
    )
    failed = [report.sentence for report in reports if report.outcome is DeliveryOutcome.FAILED]
    if failed:
        raise RuntimeError("\n".join(failed))
    return {"files": [_receipt(report) for report in reports]}


def _accepted_clauses(jurisdiction: Jurisdiction, period: Period) -> dict[str, str]:
    """Every spelling of a clause that a finding may name under any of the office's indicator sets."""
    spellings: dict[str, str] = {}
    for set_id in sorted({circular.indicators for circular in jurisdiction.circulars.values()}):
        spellings |= indicator_set_on(period.last, set_id).accepted_clauses()
    return spellings


def _receipt(report: DeliveryReport) -> dict[str, Any]:
    refused = report.outcome is DeliveryOutcome.REFUSED
    counts = {
        name: sum(getattr(table, name) for table in report.tables) for name in ("delivered", "accepted", "rejected", "warned")
    }
    return {
        "file": report.file,
        "sentence": report.sentence,
        "is_new": report.outcome is DeliveryOutcome.TAKEN_IN,
        **counts,
        **({"refused": report.sentence} if refused else {}),
    }
