"""An installation of its own with one office that scans, as tests of whole deliveries need it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tongbao.intake.inbox import take_in_files
from tongbao.period import SHANGHAI

RECEIVED = datetime(2020, 10, 8, tzinfo=SHANGHAI)
_REPOSITORY = Path(__file__).parents[3]


def make_office(home: Path) -> Path:
    """The repository's rules, and the demo's office alone."""
    (home / "config" / "jurisdictions").mkdir(parents=True)
    for part in ("expectations", "templates"):
        (home / part).symlink_to(_REPOSITORY / part)
    for part in ("indicators", "vocabulary", "scan", "words"):
        (home / "config" / part).symlink_to(_REPOSITORY / "config" / part)
    settings = (_REPOSITORY / "samples" / "scan" / "jurisdiction.yaml").read_text(encoding="utf-8")
    (home / "config" / "jurisdictions" / "shiliqi.yaml").write_text(settings, encoding="utf-8")
    return home


def take_in_roster(home: Path, name: str, *lines: str) -> Path:
    """Take a roster in for 2020-Q3 and return the inbox it lay in."""
    inbox = home / "inbox" / "2020-Q3"
    inbox.mkdir(parents=True, exist_ok=True)
    roster = inbox / f"{name}.csv"
    roster.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8-sig")
    [receipt] = take_in_files("shiliqi", "2020-Q3", [str(roster)], received_at=RECEIVED.isoformat())["files"]
    assert receipt["rejected"] == 0, receipt
    return inbox
