"""What the tasks of a patrol do: the library's steps with this run's instant and the office's settings."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zlib import crc32

from tongbao.jurisdiction import Jurisdiction
from tongbao_airflow.run import shanghai_day

if TYPE_CHECKING:
    from tongbao.scan.patrol import Piece

MINUTES_A_DAY = 24 * 60


def crons(jurisdiction: Jurisdiction) -> list[str]:
    """The cron lines of a day's rounds, evenly spaced; offices start at different minutes so as not to run all at once."""
    assert jurisdiction.scan is not None
    number = jurisdiction.scan.probes_a_day
    shift = crc32(jurisdiction.id.encode()) % (MINUTES_A_DAY // number)
    hours: dict[int, list[int]] = {}
    for index in range(number):
        hour, minute = divmod(MINUTES_A_DAY * index // number + shift, 60)
        hours.setdefault(minute, []).append(hour)
    return [f"{minute} {','.join(map(str, at))} * * *" for minute, at in sorted(hours.items())]


def plan(jurisdiction: Jurisdiction, run_after: str) -> list[Piece]:
    """The pieces of the round that is due."""
    from tongbao.scan.patrol import Patrol
    from tongbao.scan.scans import sites_of

    due = datetime.fromisoformat(run_after)
    return Patrol.of(jurisdiction.id).plan(due, sites_of(jurisdiction.id, due))


def probe(jurisdiction: Jurisdiction, piece: Piece) -> str:
    """Probe one piece; what was probed before a crash is not probed again."""
    import asyncio

    from tongbao.scan import scans
    from tongbao.scan.patrol import Patrol

    settings, due = scans.scan_settings(jurisdiction), datetime.fromisoformat(piece["due"])
    summary = Patrol.of(jurisdiction.id).probe(piece, lambda sites: asyncio.run(scans.probe(sites, settings, due)))
    print(summary)
    return summary


def deliver(jurisdiction: Jurisdiction, run_after: str) -> dict[str, Any]:
    """Hand the round's rows to the intake, however many pieces came to their end; name the gaps."""
    from tongbao.scan.deliver import deliver_probes
    from tongbao.scan.patrol import Patrol
    from tongbao.scan.scans import period_of

    due, patrol = datetime.fromisoformat(run_after), Patrol.of(jurisdiction.id)
    made = patrol.gather(due)
    by_period: dict[str, list[dict[str, Any]]] = {}
    for row in made.rows:
        by_period.setdefault(period_of(row["probed_at"], jurisdiction), []).append(row)
    # Received now, not when the round was due: the intake refuses what was observed after it came in.
    receipts = [receipt for period, rows in by_period.items() for receipt in deliver_probes(jurisdiction.id, period, rows)]
    patrol.tidy(due)
    covered = patrol.record_coverage(shanghai_day(due) - timedelta(days=1))
    gaps = [f"未计入：{gap.name}（{gap.subject_id}）：{gap.why}" for gap in made.gaps]
    print("\n".join([made.summary, *gaps, *(str(receipt["sentence"]) for receipt in receipts), covered]))
    return {
        "summary": made.summary,
        "probed": len(made.probes),
        "gaps": len(made.gaps),
        "coverage": covered,
        "rejected": sum(int(receipt.get("rejected") or 0) for receipt in receipts),
    }


def alarm(jurisdiction: Jurisdiction, run_after: str) -> dict[str, Any]:
    """Decide which incidents began and ended, then tell every channel what it does not know yet."""
    from tongbao.scan.patrol import Patrol
    from tongbao.scan.scans import scan_settings
    from tongbao_airflow.alarms import tell

    due, patrol, settings = datetime.fromisoformat(run_after), Patrol.of(jurisdiction.id), scan_settings(jurisdiction)
    events = patrol.decide(due, settings)
    return {"events": len(events)} | tell(jurisdiction.name, settings, patrol.book, due)
