"""The forms in which public profile pages show when an account published: as edited in config/scan/accounts.yaml."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, field_validator
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from tongbao.home import config_folder
from tongbao.period import SHANGHAI
from tongbao.scan.page.dates import dates_in
from tongbao.scan.words.lists import read_model

_POSTS = frozenset(
    {"Article", "NewsArticle", "BlogPosting", "SocialMediaPosting", "DiscussionForumPosting", "VideoObject", "LiveBlogPosting"}
)
_PUBLISHED = ("datePublished", "uploadDate", "dateCreated")
_DEEPEST = 40
_LARGEST = 5 << 20
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LinkedData(_Strict):
    """Posts described for search engines (schema.org, JSON-LD)."""

    kind: Literal["linked_data"]


class Listed(_Strict):
    """A list in the page: ``item`` selects its entries, ``time`` the time inside one (its datetime, title or text)."""

    kind: Literal["listed"]
    item: str
    time: str

    @field_validator("item", "time")
    @classmethod
    def _is_a_selector(cls, selector: str) -> str:
        try:
            LexborHTMLParser("<p></p>").css(selector)
        except (SelectolaxError, ValueError) as error:
            raise ValueError(f"“{selector}”不是正确的 CSS 选择器") from error
        return selector


class Embedded(_Strict):
    """Data a page carries in a script: ``script`` selects it, ``items`` is the way to the list, ``time`` the way in one entry."""

    kind: Literal["embedded"]
    script: str
    items: str
    time: str

    _selector = field_validator("script")(Listed._is_a_selector.__func__)  # type: ignore[attr-defined]


Form = Annotated[LinkedData | Listed | Embedded, Field(discriminator="kind")]


class Platform(_Strict):
    """How one platform's profile pages are read; ``why_not`` where they cannot be."""

    why_not: str = ""
    forms: tuple[Form, ...] = ()


class AccountRules(_Strict):
    """What is known of profile pages."""

    platforms: dict[str, Platform]
    forms: tuple[Form, ...]
    """Tried for every readable platform after its own."""
    login_addresses: tuple[str, ...]
    login_texts: tuple[str, ...]
    gone_texts: tuple[str, ...]
    fresh_days: int = Field(default=7, ge=1)
    """Newer than that, one dated entry proves an update; older, only a list in order of time shows that nothing followed."""
    least_items: int = Field(default=3, ge=2)
    most_pinned: int = Field(default=3, ge=0)

    @classmethod
    def load(cls, folder: Path | None = None) -> AccountRules:
        return read_model((folder or config_folder("scan")) / "accounts.yaml", cls, "config/scan/")

    def forms_of(self, platform: str) -> tuple[LinkedData | Listed | Embedded, ...]:
        known = self.platforms.get(platform)
        return (*known.forms, *self.forms) if known else self.forms


def times_by(form: LinkedData | Listed | Embedded, tree: LexborHTMLParser, seen_at: datetime) -> list[datetime]:
    """The publication times a page shows in one form, in the page's order; empty where it does not have that form."""
    match form:
        case LinkedData():
            written = _linked(tree)
        case Listed():
            written = _listed(tree, form)
        case Embedded():
            written = _embedded(tree, form)
    return [instant for text in written if (instant := read_instant(text, seen_at))]


def read_instant(text: str, seen_at: datetime) -> datetime | None:
    """One time as platforms write it: a date in any usual form, 3小时前, 9-28 08:30 (the latest such day), or seconds since 1970.

    What lies more than a day after ``seen_at`` is no publication time.
    """
    text = text.strip()[:100]
    if _EPOCH.fullmatch(text):
        found = datetime.fromtimestamp(int(text[:10]), UTC)
    else:
        dates = dates_in(text, year=seen_at.astimezone(SHANGHAI).year, seen_at=seen_at)
        if not dates:
            return None
        found = dates[0]
        if found > seen_at + timedelta(days=1) and not dates_in(text, seen_at=seen_at):
            earlier = dates_in(text, year=found.astimezone(SHANGHAI).year - 1)
            found = earlier[0] if earlier else found
    return None if found > seen_at + timedelta(days=1) else found.astimezone(SHANGHAI)


def _linked(tree: LexborHTMLParser) -> Iterator[str]:
    for script in tree.css('script[type="application/ld+json"]'):
        for node in _nodes(_json(script.text(deep=True))):
            kinds = node.get("@type")
            if _POSTS.intersection(kinds if isinstance(kinds, list) else [str(kinds)]):
                yield from [str(node[name]) for name in _PUBLISHED if isinstance(node.get(name), str)][:1]


def _listed(tree: LexborHTMLParser, form: Listed) -> Iterator[str]:
    for item in tree.css(form.item):
        node = item.css_first(form.time)
        if node is not None:
            yield _written(node)


def _written(node: LexborNode) -> str:
    for name in ("datetime", "title"):
        value = node.attributes.get(name)
        if value and any(character.isdigit() for character in value):
            return value
    return node.text(deep=True, separator=" ")


def _embedded(tree: LexborHTMLParser, form: Embedded) -> Iterator[str]:
    for script in tree.css(form.script):
        items = _at(_json(script.text(deep=True)), form.items)
        for item in items if isinstance(items, list) else []:
            value = _at(item, form.time)
            if isinstance(value, str | int) and not isinstance(value, bool):
                yield str(value)


def _json(text: str) -> Any:
    """The first JSON object of a script, also percent-encoded or assigned to a name; None where there is none."""
    text = text.strip()[:_LARGEST]
    if text.startswith("%7B"):
        text = unquote(text)
    start = min((place for place in (text.find("{"), text.find("[")) if place >= 0), default=-1)
    if start < 0:
        return None
    try:
        return json.JSONDecoder().raw_decode(text, start)[0]
    except (ValueError, RecursionError):
        return None


def _at(content: Any, way: str) -> Any:
    for step in way.split("."):
        if isinstance(content, dict):
            content = content.get(step)
        elif isinstance(content, list) and step.isdigit() and int(step) < len(content):
            content = content[int(step)]
        else:
            return None
    return content


def _nodes(content: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(content, dict):
        yield content
    if isinstance(content, dict | list):
        for child in content.values() if isinstance(content, dict) else content:
            yield from _nodes(child, depth + 1)
