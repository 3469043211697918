"""Naming rules of domains (国办发〔2017〕47号): government sites live under .gov.cn or 政务 names."""

from __future__ import annotations

import re
from dataclasses import dataclass

_GOVERNMENT = (".gov.cn", ".政务.cn", ".政务", ".xn--zfr164b", ".xn--zfr164b.cn")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9a-f:]*:[0-9a-f:.]*\]?")


@dataclass(frozen=True, slots=True)
class DomainFacts:
    """What a host name says: ``labels`` from left to right, the rest judged by 47号."""

    host: str
    labels: tuple[str, ...]
    is_address: bool
    """A bare IP address instead of a name."""
    is_government: bool
    """Ends in .gov.cn or a 政务 domain."""
    is_bare: bool
    """The registered name alone (□□□.gov.cn), without www or a department's label."""
    is_portal_form: bool
    """www.□□□.gov.cn"""
    is_department_form: bool
    """○○○.□□□.gov.cn, or www.○○○.gov.cn of a department with its own name"""


def domain_of(host: str) -> DomainFacts:
    """Judge a host name (with or without port); pure text, no look-up."""
    name = host.strip().lower().rstrip(".")
    if not _ADDRESS.fullmatch(name):
        name = name.partition(":")[0]
    is_address = bool(_ADDRESS.fullmatch(name))
    labels = tuple(name.split(".")) if name and not is_address else ()
    suffix = next((ending for ending in _GOVERNMENT if name.endswith(ending)), "")
    left = labels[: len(labels) - suffix.count(".")] if suffix else ()
    is_well_formed = bool(left) and all(_LABEL.fullmatch(label) or not label.isascii() for label in left)
    return DomainFacts(
        host=name,
        labels=labels,
        is_address=is_address,
        is_government=is_well_formed,
        is_bare=is_well_formed and len(left) == 1,
        is_portal_form=is_well_formed and len(left) == 2 and left[0] == "www",
        is_department_form=is_well_formed and len(left) >= 2 and (left[0] != "www" or len(left) == 2),
    )
