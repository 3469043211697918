"""What a run of the intake finds: delivered files in pieces, and feeds fetched over HTTP."""

from __future__ import annotations

from datetime import datetime
from math import ceil
from pathlib import Path
from typing import TypedDict

from tongbao.jurisdiction import Jurisdiction

FILES_A_PIECE = 20
PIECES = 1000
"""Airflow refuses to map over more than 1,024 of them."""


class Piece(TypedDict):
    """Some files of one period, taken in by one task."""

    period: str
    files: list[str]


class Found(TypedDict):
    """Everything delivered, rosters apart: all other feeds refer to them."""

    rosters: list[Piece]
    others: list[Piece]


def in_pieces(files_by_period: dict[str, list[str]]) -> Found:
    """Part rosters from the rest by the words in their names, and the rest into at most ``PIECES`` pieces.

    A roster under another name is still recognised by its headers, and taken in with the rest.
    """
    from tongbao.vocabulary import load_vocabulary

    vocabulary = load_vocabulary()
    rosters: list[Piece] = []
    others: list[Piece] = []
    size = max(FILES_A_PIECE, ceil(sum(map(len, files_by_period.values())) / (PIECES - len(files_by_period))))
    for period, files in sorted(files_by_period.items()):
        is_roster = {file: vocabulary.feed_named(Path(file).name) == "roster" for file in files}
        named = [file for file in is_roster if is_roster[file]]
        rest = [file for file in is_roster if not is_roster[file]]
        if named:
            rosters.append({"period": period, "files": named})
        others.extend({"period": period, "files": rest[at : at + size]} for at in range(0, len(rest), size))
    return {"rosters": rosters, "others": others}


def fetch_feed(jurisdiction: Jurisdiction, number: int, period: str, run_after: str) -> str:
    """Fetch one of the office's HTTP sources into the period's inbox; return the file's path.

    The bearer token is the password of the Airflow connection the source names.
    """
    from airflow.sdk import BaseHook

    from tongbao.intake.fetch import fetch
    from tongbao.intake.inbox import fetched_folder

    source = jurisdiction.http_sources[number]
    token = BaseHook.get_connection(source.connection).password if source.connection else None
    folder = fetched_folder(jurisdiction, period, number)
    folder.mkdir(parents=True, exist_ok=True)
    return str(fetch(source, folder, token=token, fetched_at=datetime.fromisoformat(run_after)))
