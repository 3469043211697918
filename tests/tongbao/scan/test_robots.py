"""What a robots.txt permits, and what no answer to it means (RFC 9309)."""

from __future__ import annotations

from datetime import datetime

import pytest

from tongbao.feeds import Outcome
from tongbao.period import SHANGHAI
from tongbao.scan.client import Exchange
from tongbao.scan.robots import LONGEST_DELAY_S, Robots, Standing

HOST = "http://www.shiliqi.example"


def answered(outcome: Outcome, body: bytes = b"", status: int | None = None) -> Robots:
    at = datetime(2020, 10, 13, tzinfo=SHANGHAI)
    return Robots.read(Exchange(f"{HOST}/robots.txt", f"{HOST}/robots.txt", outcome, at, status, body=body))


@pytest.mark.parametrize("outcome", [Outcome.HTTP_5XX, Outcome.TIMEOUT, Outcome.REFUSED, Outcome.RESET, Outcome.DNS, Outcome.TLS])
def test_a_host_that_does_not_answer_forbids_everything(outcome: Outcome) -> None:
    robots = answered(outcome)
    assert robots.standing is Standing.UNREACHABLE
    assert not robots.allows(f"{HOST}/")


@pytest.mark.parametrize("outcome", [Outcome.HTTP_4XX, Outcome.BLOCKED, Outcome.BAD_RESPONSE])
def test_a_host_without_robots_permits_everything(outcome: Outcome) -> None:
    assert answered(outcome).allows(f"{HOST}/private/")


def test_rules_for_all_and_for_us() -> None:
    robots = answered(Outcome.OK, b"User-agent: *\nDisallow: /private/\nAllow: /private/open/\nCrawl-delay: 2\n")
    assert robots.allows(f"{HOST}/a")
    assert not robots.allows(f"{HOST}/private/a")
    assert robots.allows(f"{HOST}/private/open/a")
    assert robots.delay_s == 2
    ours = answered(Outcome.OK, b"User-agent: *\nDisallow: /\n\nUser-agent: TongbaoScan\nDisallow: /x/\n")
    assert ours.allows(f"{HOST}/a")
    assert not ours.allows(f"{HOST}/x/a")


def test_a_page_in_place_of_rules_forbids_nothing() -> None:
    assert answered(Outcome.OK, "<html><body>页面不存在</body></html>".encode("gbk")).allows(f"{HOST}/a")
    assert answered(Outcome.OK, b"").allows(f"{HOST}/a")


def test_delays_are_kept_within_reason() -> None:
    assert answered(Outcome.OK, b"User-agent: *\nCrawl-delay: 86400\n").delay_s == LONGEST_DELAY_S
    assert answered(Outcome.OK, b"User-agent: *\nCrawl-delay: many\n").delay_s == 0


def test_what_is_stored_reads_back() -> None:
    robots = answered(Outcome.OK, b"User-agent: *\nDisallow: /private/\n")
    again = Robots.from_json(robots.to_json())
    assert again == robots
    assert not again.allows(f"{HOST}/private/")
