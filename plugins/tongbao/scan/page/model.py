"""What one page says, in the words the conclusions need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class LinkKind(StrEnum):
    """How a page uses an address."""

    ANCHOR = "anchor"
    IMAGE = "image"
    ATTACHMENT = "attachment"
    SCRIPT = "script"
    STYLE = "style"
    FRAME = "frame"
    REFRESH = "refresh"
    MEDIA = "media"


class ListState(StrEnum):
    """What can be said about the list of a section; only ``says_empty`` and ``no_items`` may become an empty section."""

    HAS_ITEMS = "has_items"
    SAYS_EMPTY = "says_empty"
    NO_ITEMS = "no_items"
    SCRIPTED = "scripted"
    """No item in the page as delivered, but scripts or a frame may fill it: not measured, never empty."""


class PublishedFrom(StrEnum):
    """Where the publication time of an article stands."""

    META = "meta"
    LABEL = "label"
    TITLE = "title"
    DOCUMENT = "document"
    """No publication time, only the date of the document itself (成文日期, 印发日期)."""
    NOWHERE = "nowhere"


class PageLink(NamedTuple):
    """One address a page uses: ``url`` absolute but not normalised, ``is_hidden`` when a visitor cannot see it."""

    url: str
    text: str
    kind: LinkKind
    is_hidden: bool = False


class ListItem(NamedTuple):
    """One entry of a list; ``published_on`` is its date at 00:00 (or time) in Asia/Shanghai, None when it shows none."""

    url: str
    title: str
    published_on: datetime | None


@dataclass(frozen=True, slots=True)
class Block:
    """A heading and the entries under it, up to the next heading; ``notice`` is what it says instead of entries (暂无信息)."""

    heading: str
    url: str | None
    items: tuple[ListItem, ...]
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Footer:
    """What every page's footer must show (D4.2, D4.4a), as found anywhere on the page."""

    has_conac: bool = False
    icp: str | None = None
    police: str | None = None
    sponsor: str | None = None
    contact: str | None = None
    site_code: str | None = None
    jiucuo_url: str | None = None
    jiucuo_site_code: str | None = None


@dataclass(frozen=True, slots=True)
class PageFacts:
    """One page as read; times in Asia/Shanghai, addresses absolute as written (not normalised).

    ``meta`` has folded names (lower case, no spaces) and no value that only looks like one (empty, null, undefined …).
    ``items`` are the list entries in page order, ``blocks`` the same under their headings. ``published_at`` is None where
    the page shows no publication time: it then counts as not updated.
    """

    url: str
    charset: str
    charset_declared: str | None
    charset_is_wrong: bool
    title: str
    heading: str
    header: str
    meta: dict[str, str]
    site_code: str | None
    site_codes_elsewhere: tuple[str, ...]
    column_name: str | None
    column_type: str | None
    published_at: datetime | None
    published_from: PublishedFrom
    visible_dates: tuple[datetime, ...]
    items: tuple[ListItem, ...]
    blocks: tuple[Block, ...]
    list_state: ListState
    further_pages: tuple[str, ...]
    links: tuple[PageLink, ...]
    text: str
    hidden_text: str
    footer: Footer
    has_search_form: bool
    frames: tuple[str, ...]
    refresh_url: str | None
    is_section: bool
    is_article: bool
    is_scripted: bool
    is_cut: bool

    @property
    def newest_item_on(self) -> datetime | None:
        """The newest date among the entries; None when none is dated."""
        return max((item.published_on for item in self.items if item.published_on is not None), default=None)
