"""One round of probes: rows for what sites did, gaps for what only this machine did."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.tongbao.scan.loopback import Answer, plain, reply, served, settings
from tongbao.feeds import PROBES, Outcome
from tongbao.period import SHANGHAI
from tongbao.scan.client import Client
from tongbao.scan.probe import Gap, ProbeRound, coverage, probe_round, round_times
from tongbao.scan.site_model import Site

AT = datetime(2020, 9, 1, 8, tzinfo=SHANGHAI)


def by_site(answers: dict[str, list[bytes | float | None]], asked: list[str] | None = None) -> Answer:
    """By the first part of the path, one answer after the other, the last one for good; a number waits, None breaks off."""

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
        if asked is not None:
            asked.append(path)
        waiting = answers[path.strip("/")]
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if answer is None:
            raise ConnectionError
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            answer = reply(b"late")
        writer.write(answer)

    return respond


def probed(answer: Answer, names: list[str], **changes: Any) -> ProbeRound:
    """A round over one site per name, each at a path of its own."""
    options = settings(**({"probe_limit_s": 0.3, "probe_pause_s": 0.01} | changes))

    async def run() -> ProbeRound:
        async with served(answer) as address, Client(options, reuses=False) as client:
            sites = [Site(name, f"示例{name}", f"{address}/{name}") for name in names]
            return await probe_round(sites, client, options, AT)

    return asyncio.run(run())


def told(made: ProbeRound) -> dict[str, str]:
    return {p.subject_id: p.outcome.value for p in made.probes} | {gap.subject_id: gap.why.name for gap in made.gaps}


def test_rows_have_the_columns_of_the_feed_and_the_real_instant() -> None:
    made = probed(plain(reply(b"page")), ["a"])
    row = made.rows[0]
    assert list(row) == PROBES.names
    assert (row["subject_id"], row["outcome"], row["status_code"]) == ("a", Outcome.OK, 200)
    assert abs(datetime.now(SHANGHAI) - row["probed_at"]) < timedelta(minutes=1)
    assert (made.at, made.probes[0].family, made.probes[0].address) == (AT, 4, "127.0.0.1")


def test_what_may_pass_is_written_down_only_after_the_last_try() -> None:
    page, bad = reply(b"page"), reply(status="503 S")
    answers: dict[str, list[bytes | float | None]] = {
        "hiccup": [bad, page],
        "down": [bad],
        "reset": [None, None, page],  # aiohttp asks once more itself
        "gone": [reply(status="404 N"), page],
        "wall": [reply(status="403 F"), page],
    }
    made = probed(by_site(answers), list(answers))
    assert told(made) == {"hiccup": "ok", "down": "http_5xx", "reset": "ok", "gone": "http_4xx", "wall": "blocked"}
    assert {probe.subject_id: probe.tries for probe in made.probes} == {"hiccup": 2, "down": 2, "reset": 2, "gone": 1, "wall": 1}


def test_a_site_that_does_not_open_within_the_limit_is_not_waited_for_twice() -> None:
    made = probed(by_site({"slow": [0.5, reply()], "fine": [reply()]}), ["slow", "fine"])
    assert told(made) == {"slow": "timeout", "fine": "ok"}
    assert [probe.tries for probe in made.probes] == [1, 1]
    assert made.rows[0]["elapsed_s"] >= 0.3


def test_a_crowd_of_timeouts_is_asked_again_for_the_line_may_have_been_full() -> None:
    names = [f"s{number}" for number in range(11)]
    made = probed(by_site({name: [0.5, reply()] for name in names} | {"fine": [reply()]}), [*names, "fine"], per_host=64)
    assert set(told(made).values()) == {"ok"}
    assert made.probes[0].tries == 2


def test_an_elapsed_time_just_within_the_limit_is_not_rounded_up_to_it() -> None:
    made = probed(plain(reply()), ["a"])
    assert replace(made.probes[0], elapsed_s=14.9999).row["elapsed_s"] == 14.999


class TestGaps:
    """What says nothing about the site is no row."""

    def test_no_address(self) -> None:
        options = settings()

        async def run() -> ProbeRound:
            async with Client(options) as client:
                return await probe_round([Site("a", "示例", " ")], client, options, AT)

        assert told(asyncio.run(run())) == {"a": "NO_ADDRESS"}

    def test_an_address_this_machine_may_not_touch(self) -> None:
        options = settings(private_hosts=())

        async def run() -> ProbeRound:
            async with Client(options) as client:
                return await probe_round([Site("a", "示例", "http://127.0.0.1:9/")], client, options, AT)

        made = asyncio.run(run())
        assert (told(made), made.gaps[0].detail) == ({"a": "UNTOLD"}, "address_not_allowed")

    def test_nobody_at_all_answers(self) -> None:
        """Two hosts silent at once, and none that speaks: rather the line; one that speaks, even to say 503: rather the sites."""

        def silent(extra: list[str]) -> dict[str, str]:
            options = settings(probe_limit_s=0.2, probe_pause_s=0)

            async def run() -> ProbeRound:
                async with served(plain(reply(status="503 S"))) as address, Client(options) as client:
                    down = [Site("a", "示例", "http://127.0.0.1:1/"), Site("b", "示例", "http://127.0.0.1:2/")]
                    return await probe_round([*down, *(Site(name, "示例", address) for name in extra)], client, options, AT)

            return told(asyncio.run(run()))

        assert silent([]) == {"a": "OWN_LINE", "b": "OWN_LINE"}
        assert silent(["c"]) == {"a": "refused", "b": "refused", "c": "http_5xx"}

    @pytest.mark.parametrize(("is_up", "expected"), [(True, "refused"), (False, "OWN_LINE")])
    def test_references_tell_the_line_from_the_sites(self, is_up: bool, expected: str) -> None:
        async def run() -> ProbeRound:
            async with served(plain(reply(status="404 N"))) as address:
                reference = address if is_up else "http://127.0.0.1:3/"
                options = settings(probe_limit_s=0.2, probe_pause_s=0, reference_addresses=("http://127.0.0.1:4/", reference))
                async with Client(options) as client:
                    return await probe_round([Site("a", "示例", "http://127.0.0.1:1/")], client, options, AT)

        assert told(asyncio.run(run())) == {"a": expected}

    @pytest.mark.parametrize(("pause_s", "expected"), [(0.0, "timeout"), (1.3, "STOOD_STILL")])
    def test_the_scanner_stood_still(self, pause_s: float, expected: str) -> None:
        async def run() -> ProbeRound:
            options = settings(probe_limit_s=1.4 if pause_s else 0.3)
            async with served(by_site({"a": [5.0]})) as address, Client(options) as client:
                asked = asyncio.create_task(probe_round([Site("a", "示例", f"{address}/a")], client, options, AT))
                await asyncio.sleep(0.05)
                time.sleep(pause_s)
                return await asked

        assert told(asyncio.run(run())) == {"a": expected}

    def test_the_summary_names_everything(self) -> None:
        options = settings(probe_limit_s=0.3, probe_pause_s=0)

        async def run() -> str:
            async with served(by_site({"a": [reply()], "b": [reply(status="403 F")]})) as address, Client(options) as client:
                sites = [Site(name, "示例", f"{address}/{name}") for name in "ab"] + [Site("c", "示例", "")]
                return (await probe_round(sites, client, options, AT)).summary

        assert asyncio.run(run()) == "应探测3个，已探测2个：正常1个（IPv4 1个、IPv6 0个），被拦截1个。未计入：名册中没有网址1个"


def test_an_address_without_a_scheme_is_tried_over_both() -> None:
    options = settings(probe_limit_s=0.5, probe_pause_s=0)

    async def run() -> tuple[ProbeRound, str]:
        async with served(plain(reply())) as address, Client(options) as client:
            sites = [Site("a", "示例", address.removeprefix("http://")), Site("b", "示例", "127.0.0.1:1")]
            return await probe_round(sites, client, options, AT), address

    made, address = asyncio.run(run())
    assert (made.probes[0].outcome, made.probes[0].final_url) == (Outcome.OK, address)
    assert (made.probes[1].outcome, made.probes[1].tries) == (Outcome.REFUSED, 2)
    assert made.probes[1].final_url.startswith("https://")


def test_many_sites_of_one_platform_do_not_hold_up_the_others() -> None:
    """Two at once over one slow host with five sites: a site of another host does not come last."""
    asked: list[str] = []

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
        asked.append(path)
        writer.write(reply())

    async def run() -> None:
        options = settings(probe_concurrency=1)
        async with served(slow) as one, served(slow) as other, Client(options) as client:
            sites = [Site(f"p{number}", "示例", f"{one}/p{number}") for number in range(5)] + [Site("q", "示例", f"{other}/q")]
            made = await probe_round(sites, client, options, AT)
            assert [probe.subject_id for probe in made.probes] == [site.subject_id for site in sites]

    asyncio.run(run())
    assert asked == ["/p0", "/q", "/p1", "/p2", "/p3", "/p4"]


@pytest.mark.parametrize(("number", "gap"), [(20, timedelta(minutes=72)), (24, timedelta(hours=1)), (48, timedelta(minutes=30))])
def test_rounds_are_evenly_spaced_over_the_day(number: int, gap: timedelta) -> None:
    times = round_times(date(2020, 9, 1), number)
    assert (len(times), times[0]) == (number, datetime(2020, 9, 1, tzinfo=SHANGHAI))
    assert {later - earlier for earlier, later in pairwise(times)} == {gap}
    assert times[-1].date() == date(2020, 9, 1)


class TestCoverage:
    """As the measure of availability counts it."""

    @pytest.mark.parametrize(
        ("at", "outcome", "spaced", "is_enough"),
        [
            (lambda n: AT + timedelta(minutes=30 * n), "ok", 20, True),
            (lambda n: AT + timedelta(minutes=30 * n), "timeout", 20, True),
            (lambda n: AT + timedelta(minutes=30 * n), "blocked", 0, False),
            (lambda n: AT + timedelta(minutes=n), "ok", 1, False),
        ],
    )
    def test_counts(self, at: Callable[[int], datetime], outcome: str, spaced: int, is_enough: bool) -> None:
        rows = [{"subject_id": "a", "probed_at": at(number), "outcome": outcome} for number in range(20)]
        found = coverage(rows)
        assert [(one.subject_id, one.day, one.probes, one.spaced) for one in found] == [("a", date(2020, 9, 1), 20, spaced)]
        assert found[0].is_enough is is_enough

    def test_days_are_shanghai_days(self) -> None:
        rows = [{"subject_id": "a", "probed_at": datetime(2020, 8, 31, 16, tzinfo=UTC), "outcome": Outcome.OK}]
        assert coverage(rows)[0].day == date(2020, 9, 1)


def test_gaps_are_told_in_chinese() -> None:
    assert all("一" <= gap.value[0] <= "鿿" for gap in Gap)
