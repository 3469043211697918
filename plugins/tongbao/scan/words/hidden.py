"""Hidden links: links to other sites' hosts that no visitor can see and whose words or hosts are marked.

Menus that unfold and lists of friendly links are hidden too until they are touched. So a hidden link to another host is a
suspicion only with a mark; without one it is told as ``info``.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, field_validator

from tongbao.home import config_folder
from tongbao.scan.page.model import LinkKind, PageFacts, PageLink
from tongbao.scan.words.folding import fold
from tongbao.scan.words.hit import Severity, WordHit
from tongbao.scan.words.lists import checked_description, read_model
from tongbao.scan.words.masking import mask_numbers

LIST_NAME = "hidden-links"
_LONGEST = 60
_KINDS = frozenset({LinkKind.ANCHOR, LinkKind.FRAME})


class HiddenLinkRules(BaseModel):
    """What makes a hidden link suspect, as edited in config/scan/hidden-links.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    clause: str
    severity: Severity = Severity.SERIOUS
    description: str
    text_marks: tuple[str, ...]
    host_marks: tuple[str, ...]
    allowed_hosts: tuple[str, ...]
    """Host endings such as ``gov.cn`` that are never suspect."""

    _description = field_validator("description")(checked_description)

    @classmethod
    def load(cls, folder: Path | None = None) -> HiddenLinkRules:
        return read_model((folder or config_folder("scan")) / "hidden-links.yaml", cls, "config/scan/")


@lru_cache(maxsize=4)
def _rules_in(folder: Path) -> HiddenLinkRules:
    return HiddenLinkRules.load(folder)


def hidden_links(facts: PageFacts, rules: HiddenLinkRules | None = None) -> list[WordHit]:
    """Return one hit for each other host that only hidden links of the page lead to, sorted by host."""
    hidden = [link for link in facts.links if link.is_hidden and link.kind in _KINDS]
    if not hidden:
        return []
    rules = rules or _rules_in(config_folder("scan"))
    own = _host(facts.url)
    shown = {_host(link.url) for link in facts.links if not link.is_hidden}
    by_host: dict[str, PageLink] = {}
    for link in hidden:
        host = _host(link.url)
        if host and host not in shown and not _is_own(host, own) and not _ends_with(host, rules.allowed_hosts):
            known = by_host.get(host)
            if known is None or (_is_marked(link, host, rules) and not _is_marked(known, host, rules)):
                by_host[host] = link
    return [_hit(host, link, rules) for host, link in sorted(by_host.items())]


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower().rstrip(".")
    except ValueError:
        return ""


def _is_own(host: str, own: str) -> bool:
    """The page's own host, and those under the name it shares with its ``www``."""
    base = own.removeprefix("www.")
    if host in (own, base):
        return True
    return not _is_address(base) and host.endswith(f".{base}")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _ends_with(host: str, endings: tuple[str, ...]) -> bool:
    return any(host == ending or host.endswith(f".{ending}") for ending in endings)


def _is_marked(link: PageLink, host: str, rules: HiddenLinkRules) -> bool:
    text = fold(link.text)
    return any(fold(mark) in text for mark in rules.text_marks) or any(mark in host for mark in rules.host_marks)


def _hit(host: str, link: PageLink, rules: HiddenLinkRules) -> WordHit:
    context = mask_numbers(f"{link.text[:_LONGEST]} {link.url[: 2 * _LONGEST]}").strip()
    words = {"word": host, "found": host, "suggestion": "", "context": context}
    return WordHit(
        word=rules.title,
        severity=rules.severity if _is_marked(link, host, rules) else Severity.INFO,
        clause=rules.clause,
        context=context,
        start=0,
        end=0,
        list_name=LIST_NAME,
        found=host,
        description=rules.description.format_map(words),
    )
