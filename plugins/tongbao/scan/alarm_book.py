"""What was decided and what was told, append-only: nothing is told twice, and a crash between two steps loses nothing.

Events are written down when they are decided, before anyone is told; each channel that was told leaves a mark of its own. A run
that died in between is made up for by the next one, which finds decided events without a mark.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from upath import UPath

from tongbao.period import SHANGHAI
from tongbao.scan.alarms import Event
from tongbao.storage import names_in, write_file

KEPT_OPEN = timedelta(days=400)
"""An incident older than that is told anew if it still stands."""
STALE = timedelta(days=3)
"""News a channel could not be told for so long is left alone."""


@dataclass(frozen=True, slots=True)
class Untold:
    """The events of one decision that one channel has not been told."""

    decision: str
    channel: str
    events: tuple[Event, ...]


class AlarmBook:
    """The book of one office: ``<month>/<instant>.json`` for decisions, ``<month>/<instant>.<channel>.told`` for marks."""

    def __init__(self, folder: UPath) -> None:
        self._folder = folder

    def decided(self, now: datetime) -> list[Event]:
        """All events of the last ``KEPT_OPEN``, in order of decision."""
        return [event for name in self._decisions(now - KEPT_OPEN, now) for event in self._read(name)]

    def decide(self, events: Sequence[Event], now: datetime) -> None:
        """Write events down, once per instant of decision; without events nothing is written."""
        if not events:
            return
        stamp = now.astimezone(SHANGHAI)
        content = json.dumps([event.to_json() for event in events], ensure_ascii=False, indent=1)
        write_file(self._folder / f"{stamp:%Y-%m}" / f"{stamp:%Y%m%dT%H%M%S%f}.json", content.encode())

    def untold(self, channels: Iterable[str], now: datetime) -> list[Untold]:
        """What is still to be told, oldest first."""
        wanted = tuple(channels)
        waiting: list[Untold] = []
        for decision in self._decisions(now - STALE, now):
            missing = [channel for channel in wanted if not self._mark(decision, channel).exists()]
            events = self._read(decision) if missing else ()
            waiting.extend(Untold(decision, channel, events) for channel in missing)
        return waiting

    def tell(self, untold: Untold, now: datetime) -> None:
        """Mark a channel as told; after the telling, never before."""
        write_file(self._mark(untold.decision, untold.channel), now.isoformat().encode())

    def _decisions(self, since: datetime, until: datetime) -> list[str]:
        first, last = (at.astimezone(SHANGHAI).strftime("%Y%m%dT%H%M%S%f") for at in (since, until))
        months = [name for name in names_in(self._folder) if f"{first[:4]}-{first[4:6]}" <= name <= f"{last[:4]}-{last[4:6]}"]
        found = [f"{month}/{name}" for month in months for name in names_in(self._folder / month) if name.endswith(".json")]
        return [name for name in found if first <= name.partition("/")[2].removesuffix(".json") <= last]

    def _read(self, decision: str) -> tuple[Event, ...]:
        return tuple(Event.from_json(content) for content in json.loads((self._folder / decision).read_bytes()))

    def _mark(self, decision: str, channel: str) -> UPath:
        return self._folder / f"{decision.removesuffix('.json')}.{channel}.told"
