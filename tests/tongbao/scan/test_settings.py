"""The settings of scans: who answers for them must be named, and limits keep to what the indicators ask."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tongbao.jurisdiction import find_jurisdiction
from tongbao.scan.settings import ScanSettings

CONTACT = "scan@shiliqi.example"


@pytest.mark.parametrize("contact", [CONTACT, "https://www.shiliqi.example/scan"])
def test_every_request_names_who_can_be_asked(contact: str) -> None:
    assert ScanSettings(contact=contact).user_agent.endswith(f"(+{contact})")


@pytest.mark.parametrize(
    "wrong",
    [
        {"contact": ""},
        {"contact": "nobody"},
        {"contact": "a@b.example)\r\nX-Forged: 1"},
        {"contact": "a@b.example (c)"},
        {"probes_a_day": 19},
        {"private_hosts": ["http://a.example/"]},
        {"private_hosts": ["10.0.0.0/8"]},
        {"webhooks": [{"kind": "irc", "connection": "x"}]},
        {"webhooks": [{"kind": "wecom", "connection": ""}]},
        {"reference_addresses": ["a.example"]},
        {"sections": [{"url": "http://a.example/", "name": "要闻", "section_class": "gossip"}]},
        {"speed": 9},
    ],
)
def test_what_is_wrong_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ScanSettings(**({"contact": CONTACT} | wrong))


def test_hosts_are_told_without_regard_to_case() -> None:
    assert ScanSettings(contact=CONTACT, private_hosts=("A.Example:8080", "[::1]")).private_hosts == ("a.example:8080", "[::1]")


def test_an_edition_does_not_change_because_its_office_begins_to_scan() -> None:
    office = find_jurisdiction("shiliqi")
    assert office.model_copy(update={"scan": ScanSettings(contact=CONTACT)}).hash == office.hash
