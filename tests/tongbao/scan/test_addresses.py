"""Which addresses may be touched."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address

import pytest

from tests.tongbao.scan.loopback import Names, fetch_only, outcome_of, plain, reply, served, settings
from tongbao.feeds import Outcome
from tongbao.scan.addresses import AddressGuard, AddressRefused, GuardedResolver, SystemLookup, is_public
from tongbao.scan.client import Client, Exchange


@pytest.mark.parametrize("address", ["8.8.8.8", "1.2.3.4", "223.255.255.1", "2400:3200::1", "2606:4700::1111"])
def test_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1",
     "100.127.255.255", "169.254.169.254", "0.0.0.0", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
     "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
     "::ffff:8.8.8.8", "64:ff9b::808:808", "64:ff9b:1::1", "2001::1", "2002:7f00:1::", "2001:db8::1", "fc00::1", "fd12::1",
     "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "5f00::1", "100::1"],
)  # fmt: skip
def test_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


class TestGuard:
    @pytest.mark.parametrize(
        ("listed", "host", "port", "allowed"),
        [
            ("a.example", "a.example", 80, True),
            ("a.example", "A.Example", 8080, True),
            ("a.example", "a.example.", 80, True),
            ("a.example:81", "a.example", 81, True),
            ("a.example:81", "a.example", 80, False),
            ("a.example", "b.a.example", 80, False),
            ("[::1]", "::1", 80, True),
            ("[::1]:81", "::1", 80, False),
        ],
    )
    def test_listed_hosts(self, listed: str, host: str, port: int, allowed: bool) -> None:
        assert AddressGuard([listed]).allow(host, port, "127.0.0.1") is allowed

    def test_a_listed_host_opens_its_own_socket_only(self) -> None:
        guard = AddressGuard(["a.example:81"])
        with pytest.raises(AddressRefused):
            guard.open_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 81)))
        assert guard.allow("a.example", 81, "127.0.0.1")
        guard.open_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 81))).close()
        for place in (("127.0.0.1", 80), ("127.0.0.2", 81), ("0x7f.1", 81), ("localhost", 81)):
            with pytest.raises(AddressRefused):
                guard.open_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", place))

    def test_public_sockets_need_no_listing(self) -> None:
        AddressGuard().open_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("8.8.8.8", 80))).close()

    @pytest.mark.parametrize("address", ["127.1", "2130706433", "localhost", ""])
    def test_what_is_no_plain_address_is_refused(self, address: str) -> None:
        assert not AddressGuard().allow("a.example", 80, address)


class TestResolver:
    def resolved(self, answers: list[str]) -> list[tuple[str, int]]:
        async def lookup(host: str, port: int, family: int) -> list[str]:
            return answers

        found = asyncio.run(GuardedResolver(AddressGuard(), lookup).resolve("a.example", 80))
        return [(place["host"], place["family"]) for place in found]

    def test_private_answers_are_left_out(self) -> None:
        assert self.resolved(["10.0.0.1", "8.8.8.8", "2400:3200::1", "::1"]) == [
            ("8.8.8.8", socket.AF_INET),
            ("2400:3200::1", socket.AF_INET6),
        ]

    def test_nothing_but_private_answers_is_a_refusal_and_nothing_at_all_is_no_name(self) -> None:
        with pytest.raises(AddressRefused):
            self.resolved(["10.0.0.1"])
        with pytest.raises(socket.gaierror):
            self.resolved([])


def test_the_machines_own_resolver_knows_this_machine() -> None:
    async def run() -> list[str]:
        lookup = SystemLookup(2)
        try:
            return await lookup("localhost", 80, socket.AF_INET)
        finally:
            lookup.close()

    assert asyncio.run(run()) == ["127.0.0.1"]


class TestGuardedClient:
    """No private address is touched unless its host is listed."""

    @pytest.mark.parametrize(
        "host",
        ["127.0.0.1", "127.1", "2130706433", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "10.1.2.3", "192.168.1.1", "100.64.0.1",
         "169.254.169.254", "[fe80::1]", "[64:ff9b::7f00:1]", "224.0.0.1", "255.255.255.255", "１２７.0.0.1"],
    )  # fmt: skip
    def test_literal_addresses(self, host: str) -> None:
        assert outcome_of(fetch_only(f"http://{host}:9/")) == ("blocked", "address_not_allowed")

    @pytest.mark.parametrize("answer", ["127.0.0.1", "10.0.0.1", "::1", "::ffff:10.0.0.1", "fd00::1", "64:ff9b::a00:1"])
    def test_names_that_lead_there(self, answer: str) -> None:
        assert outcome_of(fetch_only("http://a.example/", Names([answer]))) == ("blocked", "address_not_allowed")

    def test_an_answer_that_changes_does_not_slip_past(self) -> None:
        """The address connected to is the one that was checked: names are not looked up a second time in between."""

        async def run() -> list[Exchange]:
            async with served(plain(reply(b"inside"))) as address:
                port = address.rpartition(":")[2]
                names = Names(["127.0.0.1"], ["127.0.0.1"], ["10.0.0.1"])
                listed = settings(private_hosts=(f"listed.example:{port}",))
                async with Client(listed, resolver=names) as client:
                    hosts = ("listed.example", "other.example")
                    return [await client.fetch(f"http://{host}:{port}/", limit_s=1) for host in hosts]

        listed, other = asyncio.run(run())
        assert listed.body == b"inside"
        assert outcome_of(other) == ("blocked", "address_not_allowed")

    def test_a_public_address_beside_a_private_one_is_used_alone(self) -> None:
        exchange = fetch_only("http://a.example:9/", Names(["127.0.0.1", "10.0.0.1"]))
        assert exchange.outcome is Outcome.BLOCKED

    @pytest.mark.parametrize(
        ("number", "expected"),
        [
            (socket.EAI_NONAME, ("dns", "dns_unknown_name")),
            (socket.EAI_AGAIN, ("dns", "dns_temporary")),
            (socket.EAI_NODATA, ("dns", "dns_no_address")),
        ],
    )
    def test_names_that_are_not_found(self, number: int, expected: tuple[str, str]) -> None:
        assert outcome_of(fetch_only("http://a.example/", Names(socket.gaierror(number, "x")))) == expected

    def test_the_family_is_asked_for(self) -> None:
        names = Names(socket.gaierror(socket.EAI_NODATA, "x"))

        async def run() -> None:
            async with Client(settings(), resolver=names) as client:
                for family in (None, 4, 6):
                    await client.fetch("http://a.example/", family=family)

        asyncio.run(run())
        assert [family for _, _, family in names.asked] == [socket.AF_UNSPEC, socket.AF_INET, socket.AF_INET6]
