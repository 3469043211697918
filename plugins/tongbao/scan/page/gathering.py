"""What one pass over a page gathers: its texts, the links and the marks between them, and where in the tree the pass stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from tongbao.scan.page.dates import FoundDate, find_dates
from tongbao.scan.page.elements import SOFT
from tongbao.scan.page.hiding import Hiding
from tongbao.scan.page.marks import Anchor, Dated, Heading, Mark, OpenAnchor, OpenHeading
from tongbao.scan.page.markup import unescaped
from tongbao.scan.page.model import LinkKind, PageLink
from tongbao.scan.page.resolving import Base

_DATED = re.compile(r"[\d年前天]")
_PERHAPS_DATED = re.compile(r"[^\x00-/:-\u007f\u3000-\u524c\u524e-\u5928\u592a-\u5e73\u5e75-\u9fff\uff00-\uff0f\uff1a-\uffef]")
"""At half the time of ``_DATED``; what is neither Chinese nor ASCII may be a digit of other scripts."""
IS_DATE = re.compile(r"[^\d]{0,8}[\d年月日号时分秒\s:：./\-\[\]()（）T+]{1,28}\D{0,3}")
_LONGEST_DATE = 120


@dataclass(slots=True)
class Gathering:
    """Everything a pass gathers.

    ``segments`` are the runs of visible text between tags that break lines, ``joined`` the same with the blank that parts
    each from the one before.
    """

    base: Base
    hiding: Hiding
    _hides_by_name: bool = field(init=False)
    links: list[PageLink] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    segments: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    metas: list[dict[str, str]] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    script_urls: list[str] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    header: list[str] = field(default_factory=list)
    footer: list[str] = field(default_factory=list)
    title: str = ""
    refresh_url: str | None = None
    has_search_form: bool = False
    _pieces: list[str] = field(default_factory=list)
    _depth: int = 0
    _low: int = 0
    _watch: int = 0
    """The deepest element whose end means something; leaving anything deeper needs no look."""
    _hidden_at: int = 0
    _unseen_at: int = 0
    _area: str = ""
    _area_at: int = 0
    _rows: list[tuple[int, int]] = field(default_factory=list)
    _row_count: int = 0
    _is_soft: bool = False
    _joint: str = ""
    _anchor: OpenAnchor | None = None
    _heading: OpenHeading | None = None
    _is_in_title: bool = False
    _scripts_size: int = 0

    def __post_init__(self) -> None:
        self._hides_by_name = bool(self.hiding)

    def _text(self, text: str) -> None:
        if self._is_in_title:
            self.title = self.title or " ".join(unescaped(text).split())
        elif not self._unseen_at:
            if self._is_soft:
                self._is_soft = False
                before = self._pieces[-1][-1:] if self._pieces else ""
                if before.isalnum() and before.isascii() and text[0].isalnum() and text[0].isascii():
                    self._pieces.append(" ")
            self._pieces.append(text)

    def _boundary(self, tag: str) -> None:
        """End the running segment at a tag that breaks lines; a <span> only keeps numbers apart."""
        if tag not in SOFT:
            self._flush("" if tag == "a" else " ")
        elif self._anchor is None:
            self._is_soft = True
        else:
            self._flush("")

    def _flush(self, joint: str) -> None:
        """Close the running segment; ``joint`` is what parts it from the next in the text of the page."""
        pieces = self._pieces
        if not pieces:
            if joint:
                self._joint = " "
            return
        written = pieces[0] if len(pieces) == 1 else "".join(pieces)
        pieces.clear()
        self._segment(written, joint)

    def _segment(self, written: str, joint: str) -> None:
        if "&" in written:
            written = unescaped(written)
        segment = " ".join(written.split())
        if not segment:
            self._joint = " "
        elif self._hidden_at:
            self.hidden.append(segment)
            self._joint = " "
        else:
            self._append(segment, " " if self._joint or written[0].isspace() else "")
            self._joint = joint or (" " if written[-1].isspace() else "")

    def _append(self, segment: str, joint: str) -> None:
        if not joint and self.segments and segment[0].isascii() and segment[0].isalnum() and self.segments[-1][-1].isalnum():
            joint = " "
        self.segments.append(segment)
        self.joined.append(joint + segment)
        if self._area == "footer":
            self.footer.append(segment)
        elif self._area == "header":
            self.header.append(segment)
        if len(segment) <= _LONGEST_DATE and _PERHAPS_DATED.search(segment) and _DATED.search(segment):
            is_in_link = self._anchor is not None
            if not is_in_link or IS_DATE.fullmatch(segment):
                self._mark(Dated(segment, _dates(segment), is_in_link))

    def _mark(self, what: Anchor | Heading | Dated | None) -> Mark:
        depth, low = self._depth, self._low
        mark = Mark(what, low if low < depth else depth, depth, self._rows[-1][0] if self._rows else 0)
        self._low = depth
        self.marks.append(mark)
        return mark

    def _add(self, written: str, kind: LinkKind, text: str = "", *, is_hidden: bool = False) -> str | None:
        """Keep an address if it is one; returns it resolved."""
        url = self.base.resolve(written) if written else None
        if url is not None:
            self.links.append(PageLink(url, text, kind, is_hidden or self._hidden_at > 0))
        return url


@lru_cache(maxsize=4096)
def _dates(segment: str) -> tuple[FoundDate, ...]:
    return tuple(find_dates(segment))
