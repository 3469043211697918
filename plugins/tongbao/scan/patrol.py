"""One round of an office's patrol in pieces that may run on several machines: plan, probe, gather, decide what to tell.

The rounds lie under ``rounds/<month>/<instant due>/``: the sites asked for, and one log a piece with every probe in full
(protocol, address, reason), so that a piece repeated after a crash is found done. The feed gets the rows; the logs feed the
alarms, which must not wait for the intake, and are removed after ``KEPT``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, TypedDict

from upath import UPath

from tongbao.archive import Archive
from tongbao.feeds import Outcome
from tongbao.period import SHANGHAI
from tongbao.scan.alarm_book import AlarmBook
from tongbao.scan.alarms import Event, events_since
from tongbao.scan.pieces import fix_sites, named, packed, piece_file, piece_files, sites_of_round
from tongbao.scan.probe import SPACED_PROBES_A_DAY, Coverage, Gap, Probe, ProbeGap, ProbeRound, coverage
from tongbao.scan.settings import ScanSettings
from tongbao.scan.site_model import Site
from tongbao.storage import names_in, write_file

SITES_A_PIECE = 500
KEPT = timedelta(days=40)
_LISTED = 20

Prober = Callable[[Sequence[Site]], ProbeRound]


class Piece(TypedDict):
    """Some sites of one round, by their places in its list."""

    due: str
    first: int
    after: int


class Patrol:
    """The rounds of one office in the archive."""

    def __init__(self, folder: UPath) -> None:
        self._folder = folder

    @classmethod
    def of(cls, jurisdiction_id: str) -> Patrol:
        return cls(Archive.open().patrol_folder(jurisdiction_id))

    @property
    def book(self) -> AlarmBook:
        return AlarmBook(self._folder / "alarms")

    def plan(self, due: datetime, sites: Sequence[Site]) -> list[Piece]:
        """Fix a round's sites and part them into pieces; a round planned before keeps the sites it had."""
        pieces = fix_sites(self._round(due), sites, SITES_A_PIECE)
        return [{"due": due.isoformat(), "first": first, "after": after} for first, after in pieces]

    def probe(self, piece: Piece, prober: Prober) -> str:
        """Probe one piece unless its log is there already; returns what it came to, in a sentence."""
        due = datetime.fromisoformat(piece["due"])
        path = piece_file(self._round(due), piece["first"], piece["after"])
        if not path.exists():
            made = prober(sites_of_round(self._round(due))[piece["first"] : piece["after"]])
            log = {"probes": [_plain(probe) for probe in made.probes], "gaps": [asdict(gap) for gap in made.gaps]}
            write_file(path, packed(log))
        probes, gaps = _logged(path)
        return ProbeRound(due, probes, gaps).summary

    def gather(self, due: datetime) -> ProbeRound:
        """All that was probed in a round; sites of pieces without a log are gaps."""
        folder = self._round(due)
        probes: list[Probe] = []
        gaps: list[ProbeGap] = []
        for path in piece_files(folder):
            of_piece = _logged(path)
            probes.extend(of_piece[0])
            gaps.extend(of_piece[1])
        known = {probe.subject_id for probe in probes} | {gap.subject_id for gap in gaps}
        missing = [
            ProbeGap(site.subject_id, site.name, Gap.UNFINISHED)
            for site in sites_of_round(folder)
            if site.subject_id not in known
        ]
        return ProbeRound(due, tuple(probes), (*gaps, *missing))

    def decide(self, due: datetime, settings: ScanSettings) -> list[Event]:
        """Write down which incidents the rounds up to ``due`` opened and ended, and return what is new."""
        rows = [row for folder in self._rounds(due - self._window(settings), due) for row in _rows(folder)]
        names = {site.subject_id: site.name for site in sites_of_round(self._round(due))}
        events = events_since(
            rows,
            self.book.decided(due),
            failures_before_alarm=settings.failures_before_alarm,
            limit_s=settings.probe_limit_s,
            names=names,
        )
        self.book.decide(events, due)
        return events

    def record_coverage(self, day: date) -> str:
        """Write down once how well each site was watched on a day that is over; returns it in a sentence.

        Sites asked for without a single probe are listed with none.
        """
        path = self._folder / "coverage" / f"{day:%Y-%m}" / f"{day:%Y%m%d}.json"
        begin = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
        if not path.exists():
            # A round may be late: it counts for the day it was really made on.
            rounds = list(self._rounds(begin - timedelta(hours=6), begin + timedelta(days=1)))
            achieved = {
                one.subject_id: one for one in coverage(row for folder in rounds for row in _rows(folder)) if one.day == day
            }
            wanted = {site.subject_id for folder in rounds for site in sites_of_round(folder)}
            listed = [achieved.get(subject_id) or Coverage(subject_id, day, 0, 0) for subject_id in sorted(wanted)]
            write_file(path, packed([asdict(one) | {"day": day.isoformat(), "is_enough": one.is_enough} for one in listed]))
        found = json.loads(path.read_bytes())
        short = [one["subject_id"] for one in found if not one["is_enough"]]
        sentence = (
            f"{day.month}月{day.day}日探测覆盖：{len(found)}个网站中{len(found) - len(short)}个不少于{SPACED_PROBES_A_DAY}次"
        )
        return f"{sentence}，不足的有{'、'.join(short[:_LISTED])}{'等' * (len(short) > _LISTED)}" if short else sentence

    def tidy(self, due: datetime) -> None:
        """Remove the months whose rounds are all older than ``KEPT``."""
        oldest = f"{(due - KEPT).astimezone(SHANGHAI):%Y-%m}"
        rounds = self._folder / "rounds"
        for month in names_in(rounds):
            if month < oldest:
                (rounds / month).fs.rm((rounds / month).path, recursive=True)

    def _window(self, settings: ScanSettings) -> timedelta:
        """How far back a series of failures may begin: firewalls' answers and gaps in between do not end it."""
        return max(timedelta(days=1), timedelta(days=2) * settings.failures_before_alarm / settings.probes_a_day)

    def _round(self, due: datetime) -> UPath:
        return self._folder / "rounds" / f"{due.astimezone(SHANGHAI):%Y-%m}" / named(due)

    def _rounds(self, since: datetime, until: datetime) -> Iterator[UPath]:
        first, last = self._round(since), self._round(until)
        for month in names_in(self._folder / "rounds"):
            if first.parent.name <= month <= last.parent.name:
                folder = self._folder / "rounds" / month
                yield from (folder / name for name in names_in(folder) if first.name <= name <= last.name)


def _logged(path: UPath) -> tuple[tuple[Probe, ...], tuple[ProbeGap, ...]]:
    log = json.loads(path.read_bytes())
    probes = tuple(
        Probe(**(fields | {"probed_at": datetime.fromisoformat(fields["probed_at"]), "outcome": Outcome(fields["outcome"])}))
        for fields in log["probes"]
    )
    return probes, tuple(ProbeGap(**(fields | {"why": Gap(fields["why"])})) for fields in log["gaps"])


def _rows(folder: UPath) -> Iterator[dict[str, Any]]:
    for path in piece_files(folder):
        for fields in json.loads(path.read_bytes())["probes"]:
            yield fields | {"probed_at": datetime.fromisoformat(fields["probed_at"])}


def _plain(probe: Probe) -> Mapping[str, Any]:
    return asdict(probe) | {"probed_at": probe.probed_at.isoformat()}
