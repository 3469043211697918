"""What a host's robots.txt permits, by RFC 9309 and protego.

Answered with rules: they hold. Answered with a 4xx, or redirected without end: the host has none, all is permitted (section
2.3.1.3). A 5xx or no answer at all: everything is forbidden (2.3.1.4), because a site in trouble must not be burdened further;
the scan names this as a gap and judges nothing. Links are tried one by one without asking the other host's robots.txt: a check
that somebody's link works is no crawl.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from protego import Protego

from tongbao.feeds import Outcome
from tongbao.scan.client import Exchange

PRODUCT = "TongbaoScan"
"""The token a robots.txt may address us by; the first word of the User-Agent."""
LONGEST_DELAY_S = 30.0
"""A longer crawl-delay is kept to as this: a day has only so many seconds, and the time limit names what was left."""
_MOST_BYTES = 500 * 1024
_UNREACHABLE = {Outcome.TIMEOUT, Outcome.DNS, Outcome.REFUSED, Outcome.RESET, Outcome.TLS, Outcome.HTTP_5XX}


class Standing(StrEnum):
    """How a host answers for its robots.txt."""

    RULES = "rules"
    NONE = "none"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Robots:
    """The rules of one host (scheme, name and port)."""

    standing: Standing
    text: str = ""

    @classmethod
    def read(cls, exchange: Exchange) -> Robots:
        """Read the answer to a request for /robots.txt; bytes after the first 500 KiB are ignored, as the RFC permits."""
        if exchange.outcome in _UNREACHABLE:
            return cls(Standing.UNREACHABLE)
        if exchange.outcome is not Outcome.OK:
            return cls(Standing.NONE)
        return cls(Standing.RULES, exchange.body[:_MOST_BYTES].decode("utf-8-sig", errors="replace"))

    @cached_property
    def _rules(self) -> Protego:
        return Protego.parse(self.text)

    def allows(self, url: str) -> bool:
        if self.standing is Standing.RULES:
            return not self.text or bool(self._rules.can_fetch(url, PRODUCT))
        return self.standing is Standing.NONE

    @property
    def delay_s(self) -> float:
        """The pause asked for between two requests, 0 where none is."""
        if self.standing is not Standing.RULES:
            return 0.0
        return min(float(self._rules.crawl_delay(PRODUCT) or 0.0), LONGEST_DELAY_S)

    def to_json(self) -> str:
        return json.dumps([self.standing, self.text])

    @classmethod
    def from_json(cls, stored: str) -> Robots:
        standing, text = json.loads(stored)
        return cls(Standing(standing), text)
