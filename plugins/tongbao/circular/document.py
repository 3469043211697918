"""The document model: what a circular says, in order, before it takes a page's shape.

Wording fills it, the renderer draws it, the gate compares the drawn document with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar


class ParagraphStyle(StrEnum):
    """The roles a paragraph of the body can have; each is a named style of the Word template."""

    BODY = "body"
    LEVEL1 = "level1"
    LEVEL2 = "level2"
    LEVEL3 = "level3"
    LEVEL4 = "level4"


@dataclass(frozen=True)
class Span:
    """A run of text; ``figure`` names the computed figure whose printed form it is, if any.

    ``style`` names another level's type inside a paragraph, for headings that run on into text. ``claim`` is what a
    rate said by a threshold asserts, in percent: ``>90``, ``<60``, ``=80``.
    """

    text: str
    figure: str = ""
    style: ParagraphStyle | None = None
    claim: str = ""


@dataclass(frozen=True)
class Picture:
    """A PNG in the text. ``alt`` tells what it shows to who cannot see it.

    ``figures`` names the computed figures it prints, ``texts`` their printed forms in the same order.
    """

    # A model is kept as JSON, which has no bytes of its own.
    __pydantic_config__: ClassVar[dict[str, str]] = {"ser_json_bytes": "base64", "val_json_bytes": "base64"}

    data: bytes
    width_mm: float
    height_mm: float
    alt: str = ""
    figures: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


class Align(StrEnum):
    """Where a cell's text stands in its column."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True)
class AnnexColumn:
    """One column of a table; ``width`` is a share of the table's width, in any unit."""

    key: str
    title: str
    width: float
    align: Align = Align.LEFT


Cell = tuple[Span, ...]


@dataclass(frozen=True)
class Table:
    """A small table in the text: its cells print figures like any paragraph. Every row has a cell a column."""

    columns: tuple[AnnexColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Paragraph:
    """One paragraph. ``verbatim`` marks text the office wrote itself, which the gate leaves alone.

    With a ``picture`` the spans are its caption, below it on a line of their own; with a ``table``, above it, in its first row.
    """

    spans: tuple[Span, ...]
    style: ParagraphStyle = ParagraphStyle.BODY
    verbatim: bool = False
    picture: Picture | None = None
    table: Table | None = None

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True)
class Annex:
    """One annex: a titled table. ``counted`` names the figure its number of rows must equal."""

    title: str
    columns: tuple[AnnexColumn, ...]
    rows: tuple[tuple[Any, ...], ...]
    note: str = ""
    landscape: bool = False
    counted: str = ""
    lead: tuple[Paragraph, ...] = ()


@dataclass(frozen=True)
class Letterhead:
    """The red head: mark, number and what may stand above them (GB/T 9704, 7.2)."""

    mark: str
    document_number: str
    copy_number: str = ""
    secrecy: str = ""
    urgency: str = ""
    signer: str = ""


@dataclass(frozen=True)
class Signature:
    """Who issues and when; ``sealed`` leaves the room a seal needs (GB/T 9704, 7.3.5)."""

    office: str
    issued_on: date | None
    sealed: bool = True


@dataclass(frozen=True)
class Imprint:
    """The closing block at the foot of the last even page (GB/T 9704, 7.4)."""

    printed_by: str
    printed_on: date | None
    copy_to: tuple[str, ...] = ()


@dataclass(frozen=True)
class CircularDocument:
    """A whole circular. Dates and number may be unset in a draft: they print as blanks to fill."""

    letterhead: Letterhead
    title: str
    addressees: str
    body: tuple[Paragraph, ...]
    signature: Signature
    imprint: Imprint | None = None
    annexes: tuple[Annex, ...] = ()
    note: str = ""
    title_lines: tuple[str, ...] = ()
    period: str = ""
    properties: dict[str, str] = field(default_factory=dict)
