"""What stands on a page in which order: the headings, links and dated texts that lists are read from."""

from __future__ import annotations

from dataclasses import dataclass

from tongbao.scan.page.dates import FoundDate


@dataclass(slots=True)
class Anchor:
    """A link a visitor could follow; ``area`` is header, nav, footer or empty."""

    url: str
    title: str
    area: str
    is_hidden: bool


@dataclass(slots=True)
class Heading:
    """A heading with its own link; ``level`` is h1 … h6, caption, or ``class`` for what only its class calls a title;
    ``segment`` counts the texts before it.
    """

    text: str
    url: str | None
    level: str
    segment: int = 0


@dataclass(slots=True)
class Dated:
    """A short text with digits in it, perhaps a date; ``is_in_link`` when it stands within a link's own text."""

    text: str
    dates: tuple[FoundDate, ...]
    is_in_link: bool


@dataclass(slots=True)
class Mark:
    """One of these at its place: ``depth`` in the tree, ``low`` the shallowest depth since the mark before, ``row`` the
    number of the innermost list row around it (0 for none). ``what`` is None for a link that turned out to be none.
    """

    what: Anchor | Heading | Dated | None
    low: int
    depth: int
    row: int


@dataclass(slots=True)
class OpenAnchor:
    """A link not yet closed, and where its texts begin."""

    href: str
    attributes: dict[str, str]
    start: int
    hidden_start: int
    mark: Mark
    alt: str = ""


@dataclass(slots=True)
class OpenHeading:
    """A heading not yet closed, and where its texts and links begin."""

    depth: int
    start: int
    links: int
    level: str
    mark: Mark
