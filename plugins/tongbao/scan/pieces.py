"""A round over many sites in pieces that may run on several machines: its sites are fixed once, its pieces follow from them.

A round's folder holds the list of its sites and one file a piece, written when that piece came to its end.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from math import ceil
from typing import Any

from upath import UPath

from tongbao.period import SHANGHAI
from tongbao.scan.site_model import Site
from tongbao.storage import names_in, write_file

PIECES = 1000
"""Airflow refuses to map over more than 1,024 of them."""
SITES = "sites.json"


def fix_sites(folder: UPath, sites: Sequence[Site], least: int) -> list[tuple[int, int]]:
    """Fix a round's sites and part them into pieces of at least ``least``; a round fixed before keeps the sites it had.

    Returns the place of each piece's first site and the place after its last.
    """
    path = folder / SITES
    if not path.exists():
        write_file(path, packed([asdict(site) for site in sites]))
    number = len(sites_of_round(folder))
    size = max(least, ceil(number / PIECES))
    return [(at, min(at + size, number)) for at in range(0, number, size)]


def sites_of_round(folder: UPath) -> list[Site]:
    return [Site(**fields) for fields in json.loads((folder / SITES).read_bytes())]


def piece_file(folder: UPath, first: int, after: int) -> UPath:
    return folder / f"{first:06d}-{after:06d}.json"


def piece_files(folder: UPath) -> list[UPath]:
    """The files of the pieces that came to their end."""
    return [folder / name for name in names_in(folder) if name != SITES]


def named(at: datetime) -> str:
    """An instant as rounds and scans are named by it, on Shanghai's clock: 20200930T100000."""
    return f"{at.astimezone(SHANGHAI):%Y%m%dT%H%M%S}"


def packed(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()
