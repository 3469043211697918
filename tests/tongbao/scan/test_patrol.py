"""A round in pieces: planned once, probed once, gathered whatever is missing, and alarms from the logs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from upath import UPath

from tests.tongbao.scan.loopback import settings
from tongbao.feeds import Outcome
from tongbao.period import SHANGHAI
from tongbao.scan import patrol as patrol_module
from tongbao.scan import pieces
from tongbao.scan.patrol import KEPT, Patrol, Prober
from tongbao.scan.probe import Gap, Probe, ProbeGap, ProbeRound
from tongbao.scan.site_model import Site

DUE = datetime(2020, 9, 1, 8, tzinfo=SHANGHAI)
HOUR = timedelta(hours=1)
SITES = [Site(f"15{number:08d}", f"示例网{number}", f"http://s{number}.example/") for number in range(5)]


@pytest.fixture
def patrol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Patrol:
    monkeypatch.setattr(patrol_module, "SITES_A_PIECE", 2)
    return Patrol(UPath(tmp_path / "patrol"))


def prober(due: datetime, down: Sequence[str] = (), asked: list[str] | None = None) -> Prober:
    """The last site has a gap; those ``down`` time out."""

    def probe(sites: Sequence[Site]) -> ProbeRound:
        if asked is not None:
            asked.extend(site.subject_id for site in sites)
        probes = [
            Probe(
                site.subject_id,
                due + timedelta(seconds=3),
                Outcome.TIMEOUT if site.subject_id in down else Outcome.OK,
                None if site.subject_id in down else 200,
                15.2 if site.subject_id in down else 0.5,
                family=6,
            )
            for site in sites
            if site != SITES[-1]
        ]
        gaps = [ProbeGap(site.subject_id, site.name, Gap.UNTOLD, "no_route") for site in sites if site == SITES[-1]]
        return ProbeRound(due, tuple(probes), tuple(gaps))

    return probe


def whole_round(patrol: Patrol, due: datetime, down: Sequence[str] = ()) -> list[tuple[str, str]]:
    for piece in patrol.plan(due, SITES):
        patrol.probe(piece, prober(due, down))
    return [(event.subject_id, event.change.value) for event in patrol.decide(due, settings(failures_before_alarm=3))]


def test_pieces_cover_all_sites_once(patrol: Patrol) -> None:
    pieces = patrol.plan(DUE, SITES)
    assert [(piece["first"], piece["after"]) for piece in pieces] == [(0, 2), (2, 4), (4, 5)]
    # A roster that changed in between does not change a round that is under way.
    assert patrol.plan(DUE, SITES[:1]) == pieces


def test_there_are_never_more_pieces_than_airflow_maps_over(patrol: Patrol, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECES", 2)
    assert len(patrol.plan(DUE, SITES)) == 2


def test_a_round_comes_back_whole(patrol: Patrol) -> None:
    for piece in patrol.plan(DUE, SITES):
        patrol.probe(piece, prober(DUE))
    made = patrol.gather(DUE)
    assert [probe.subject_id for probe in made.probes] == [site.subject_id for site in SITES[:4]]
    assert made.probes == prober(DUE)(SITES).probes
    assert made.gaps == prober(DUE)(SITES).gaps


def test_a_piece_that_is_done_is_not_probed_again(patrol: Patrol) -> None:
    piece = patrol.plan(DUE, SITES)[0]
    asked: list[str] = []
    first = patrol.probe(piece, prober(DUE, asked=asked))
    assert patrol.probe(piece, prober(DUE, asked=asked)) == first
    assert asked == [site.subject_id for site in SITES[:2]]


def test_sites_of_a_piece_that_never_ended_are_named(patrol: Patrol) -> None:
    pieces = patrol.plan(DUE, SITES)
    patrol.probe(pieces[0], prober(DUE))
    made = patrol.gather(DUE)
    assert len(made.probes) == 2
    assert [(gap.subject_id, gap.why) for gap in made.gaps] == [(site.subject_id, Gap.UNFINISHED) for site in SITES[2:]]


def test_alarms_are_decided_from_round_to_round_and_once(patrol: Patrol) -> None:
    victim = SITES[1].subject_id
    told = [whole_round(patrol, DUE + number * HOUR, [victim] if number < 5 else []) for number in range(7)]
    assert told == [[], [], [(victim, "opened")], [], [], [(victim, "recovered")], []]
    # A task repeated after a crash decides nothing new.
    assert patrol.decide(DUE + 6 * HOUR, settings(failures_before_alarm=3)) == []
    assert [event.name for event in patrol.book.decided(DUE + 6 * HOUR)] == ["示例网1", "示例网1"]


def test_a_series_over_missing_rounds_still_counts(patrol: Patrol) -> None:
    victim = SITES[1].subject_id
    told = [whole_round(patrol, DUE + hours * HOUR, [victim]) for hours in (0, 1, 9)]
    assert told[-1] == [(victim, "opened")]


def test_old_rounds_are_removed_by_whole_months(patrol: Patrol, tmp_path: Path) -> None:
    for due in (DUE, DUE + timedelta(days=35)):
        patrol.plan(due, SITES)
    months = tmp_path / "patrol" / "rounds"
    patrol.tidy(datetime(2020, 9, 30, tzinfo=SHANGHAI) + KEPT)
    assert sorted(month.name for month in months.iterdir()) == ["2020-09", "2020-10"]
    patrol.tidy(datetime(2020, 10, 1, tzinfo=SHANGHAI) + KEPT)
    assert [month.name for month in months.iterdir()] == ["2020-10"]


def test_the_coverage_of_a_day_is_written_down_once(patrol: Patrol, tmp_path: Path) -> None:
    midnight = DUE.replace(hour=0)
    for hour in range(20):
        for piece in patrol.plan(midnight + hour * HOUR, SITES)[: 2 if hour else 1]:
            patrol.probe(piece, prober(midnight + hour * HOUR))
    short = "、".join(site.subject_id for site in SITES[2:])
    sentence = f"9月1日探测覆盖：5个网站中2个不少于20次，不足的有{short}"
    assert patrol.record_coverage(DUE.date()) == sentence
    (path,) = (tmp_path / "patrol" / "coverage").rglob("*.json")
    assert [(one["probes"], one["spaced"], one["is_enough"]) for one in json.loads(path.read_bytes())] == [
        (20, 20, True),
        (20, 20, True),
        (19, 19, False),
        (19, 19, False),
        (0, 0, False),
    ]
    # What comes late does not change what was written down.
    patrol.probe(patrol.plan(midnight, SITES)[1], prober(midnight))
    assert patrol.record_coverage(DUE.date()) == sentence
