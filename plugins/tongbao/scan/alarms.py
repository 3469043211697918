"""Which sites went down and which came back: from the history of probes to incidents, each told once.

A pure function of probe rows and of what was decided before. A probe failed when it is neither ok nor blocked, or took the time
limit or longer. Blocked and missing probes neither count nor end a series: they say nothing about the site.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tongbao.feeds import Outcome


class Change(StrEnum):
    """What is told of an incident."""

    OPENED = "opened"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing to tell; ``incident`` and ``change`` name it for good.

    ``since`` is the first failed probe of the series, ``at`` the probe that decided it; both carry their offset.
    """

    incident: str
    change: Change
    subject_id: str
    name: str
    since: datetime
    at: datetime
    failures: int
    outcome: Outcome

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"since": self.since.isoformat(), "at": self.at.isoformat()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Event:
        instants = {key: datetime.fromisoformat(content[key]) for key in ("since", "at")}
        kinds = {"change": Change(content["change"]), "outcome": Outcome(content["outcome"])}
        return cls(**(dict(content) | instants | kinds))


@dataclass(slots=True)
class _Series:
    """The failures in a row of one site, and its open incident."""

    since: datetime | None = None
    failures: int = 0
    open: Event | None = None


def events_since(
    rows: Iterable[Mapping[str, Any]],
    decided: Iterable[Event],
    *,
    failures_before_alarm: int,
    limit_s: float = 15.0,
    names: Mapping[str, str] | None = None,
) -> list[Event]:
    """The events that ``rows`` bring beyond those already decided, in order of time.

    ``rows`` are probe rows by the feed's columns, in any order, repeats allowed. Only those later than a site's last decided
    event are read: rows that arrive late change nothing that was told.
    """
    last: dict[str, Event] = {}
    for earlier in sorted(decided, key=lambda event: event.at):
        last[earlier.subject_id] = earlier
    found: list[Event] = []
    for subject_id, probes in _by_site(rows).items():
        known = last.get(subject_id)
        series = _Series(open=known if known is not None and known.change is Change.OPENED else None)
        name = (names or {}).get(subject_id, "")
        for probe in probes:
            if known is not None and probe["probed_at"] <= known.at:
                continue
            event = _next(series, subject_id, name, probe, failures_before_alarm, limit_s)
            if event is not None:
                found.append(event)
    return sorted(found, key=lambda event: (event.at, event.subject_id))


def _by_site(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    sites: defaultdict[str, dict[datetime, Mapping[str, Any]]] = defaultdict(dict)
    for row in rows:
        sites[str(row["subject_id"])][row["probed_at"]] = row
    return {subject_id: [probes[at] for at in sorted(probes)] for subject_id, probes in sorted(sites.items())}


def _next(
    series: _Series, subject_id: str, name: str, probe: Mapping[str, Any], failures_before_alarm: int, limit_s: float
) -> Event | None:
    """Count one probe; the event it decides, if any."""
    outcome, at = Outcome(probe["outcome"]), probe["probed_at"]
    if outcome is Outcome.BLOCKED:
        return None
    if outcome is Outcome.OK and (probe["elapsed_s"] or 0) < limit_s:
        opened = series.open
        series.open = series.since = None
        series.failures = 0
        if opened is None:
            return None
        return Event(opened.incident, Change.RECOVERED, subject_id, name, opened.since, at, opened.failures, outcome)
    series.since = series.since or at
    series.failures += 1
    if series.open is not None or series.failures < failures_before_alarm:
        return None
    incident = f"{subject_id}@{series.since.isoformat()}"
    event = Event(incident, Change.OPENED, subject_id, name, series.since, at, series.failures, outcome)
    series.open = event
    return event
