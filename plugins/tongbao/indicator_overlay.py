"""Merging indicator sets: what an overlay replaces, what clauses inherit; plain mappings in, plain mappings out."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

Content = dict[str, Any]


class Unreadable(ValueError):
    """Content whose shape does not even allow the model to be tried; the message is for its author."""


def overlay(base: Content, changes: Content) -> Content:
    """Lay ``changes`` over ``base``: mappings by key, indicators and clauses by id, ``drop`` removes."""
    dropped = {str(item) for item in changes.get("drop") or ()}
    rest = {key: value for key, value in changes.items() if key not in ("indicators", "drop")}
    merged = _laid_over(base, {"valid_to": None, **rest})
    merged["indicators"] = _by_id(base.get("indicators") or [], changes.get("indicators") or [])
    known = {rule["id"] for rule in merged["indicators"]}
    known |= {clause["id"] for rule in merged["indicators"] for clause in rule.get("clauses") or ()}
    if dropped - known:
        raise Unreadable(f"drop 所列 {'、'.join(sorted(dropped - known))} 不存在")
    kept = []
    for indicator in merged["indicators"]:
        clauses = [clause for clause in indicator.get("clauses") or () if clause["id"] not in dropped]
        if indicator["id"] not in dropped and clauses:
            kept.append({**indicator, "clauses": clauses})
    merged["indicators"] = kept
    return merged


def _laid_over(base: Content, changes: Content) -> Content:
    merged = dict(base)
    for key, value in changes.items():
        both_mappings = isinstance(value, dict) and isinstance(base.get(key), dict)
        replaced = key == "condition" or (key == "parameters" and "measure" in changes)
        merged[key] = _laid_over(base[key], value) if both_mappings and not replaced else value
    return merged


def _by_id(base: list[Content], changes: list[Content]) -> list[Content]:
    ids = [rule.get("id") for rule in changes]
    if None in ids or len(set(ids)) < len(ids):
        raise Unreadable("indicators、clauses 的每一项都须有 id，且不得重复")
    rules = {rule["id"]: rule for rule in base}
    for rule in changes:
        before = rules.get(rule["id"], {})
        after = _laid_over(before, rule)
        if "clauses" in rule and "clauses" in before:
            after["clauses"] = _by_id(before["clauses"], rule["clauses"])
        rules[rule["id"]] = after
    return list(rules.values())


def resolved(content: Content) -> Content:
    """Write out what indicators and clauses inherit (part, scope) and put the numbers into their wording."""
    scopes = content.get("scopes") or {}
    indicators = []
    for indicator in _mappings(content.get("indicators"), "indicators"):
        scope = _narrowed(scopes.get(indicator.get("part")) or {}, indicator.get("scope") or {})
        clauses = _mappings(indicator.get("clauses"), f"{indicator.get('id')} 的 clauses")
        filled = [_filled_in(clause, indicator, scope) for clause in clauses]
        indicators.append({**indicator, "scope": scope, "clauses": filled})
    rest = {key: value for key, value in content.items() if key not in ("scopes", "drop")}
    return {**rest, "indicators": indicators}


def _mappings(items: Any, where: str) -> Iterator[Content]:
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Unreadable(f"{where} 须为一串条目，每条以“- id:”开头")
    yield from items


def _filled_in(clause: Content, indicator: Content, scope: Content) -> Content:
    inherited: Content = {"indicator": indicator.get("id"), "part": indicator.get("part")}
    inherited["scope"] = _narrowed(scope, clause.get("scope") or {})
    wording = clause.get("wording")
    if isinstance(wording, dict):
        inherited["wording"] = {key: _filled(str(text), clause) for key, text in wording.items()}
    return {**clause, **inherited}


def _narrowed(outer: Content, inner: Content) -> Content:
    return {**outer, **inner} if inner.get("kind", outer.get("kind")) == outer.get("kind") else inner


def _filled(text: str, clause: Content) -> str:
    """Put the clause's own numbers into its wording, so that a changed threshold changes the words."""
    numbers: dict[str, Any] = dict(clause.get("parameters") or {})
    for limit in (clause.get("condition") or {}).values():
        numbers |= {"limit": _plain(limit), "limit_pct": f"{_plain(Decimal(str(limit)) * 100)}%"}
    try:
        return text.format_map(numbers)
    except (KeyError, ValueError, IndexError) as error:
        raise Unreadable(f"条款 {clause.get('id')} 的 wording 写了不存在的数值 {error}") from error


def _plain(number: Any) -> str:
    return f"{Decimal(str(number)).normalize():f}"
