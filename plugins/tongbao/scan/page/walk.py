"""One pass over a page's tokens: text, links, frames, forms and scripts, and the order of headings, links and dates."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from tongbao.scan.page.dates import FoundDate, find_dates
from tongbao.scan.page.elements import AREAS, CLASSED, HEADINGS, INLINE, MEANINGFUL, ROWS, SOFT, UNSEEN, VOID
from tongbao.scan.page.hiding import Hiding, may_hide
from tongbao.scan.page.marks import Anchor, Dated, Heading, Mark, OpenAnchor, OpenHeading
from tongbao.scan.page.markup import Token, attributes, unescaped
from tongbao.scan.page.model import LinkKind, PageLink
from tongbao.scan.page.resolving import Base, address_in_script, kind_of

_AREA = re.compile(
    r' (?:class|id)="[^"]*?(?:(?P<footer>foot|copyright|bottom)'
    r"|(?P<nav>nav|menu|crumb|dqwz|weizhi|pager|pagination|login|share|friend)"
    r"|(?P<header>header|\bhead\b|logo|banner|\btop)|(?P<heading>tit|\bhd\b|\blm|tab|caption|column|channel))",
    re.IGNORECASE,
)
_SEARCH = re.compile(r"search|sousuo|\bss\b|query|keyword|\bq\b|\bwd\b|搜索|检索", re.IGNORECASE)
_DATED = re.compile(r"[\d年前天]")
_IS_DATE = re.compile(r"[^\d]{0,8}[\d年月日号时分秒\s:：./\-\[\]()（）T+]{1,28}\D{0,3}")
_REFRESH = re.compile(r"\s*[\d.]*\s*[;,]?\s*(?:url\s*=\s*)?[\"']?([^\"'>]*)", re.IGNORECASE)
_NO_HREF = frozenset(("", "#", "##", "###"))
_LONGEST_DATE = 120
_LONGEST_HEADING = 40
_MOST_WITHIN = 6
_SCRIPTS_KEPT = 200_000


@dataclass(slots=True)
class Walk:
    """Everything one pass gathers; read its lists after :meth:`run`.

    ``segments`` are the runs of visible text between tags that break lines, ``joined`` the same with the blank that parts
    each from the one before.
    """

    base: Base
    hiding: Hiding
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

    def run(self, tokens: list[Token]) -> None:
        """Read all tokens; never raises, whatever they are.

        A tag that breaks lines ends the running segment, before what the tag itself means.
        """
        pieces = self._pieces
        for text, raw, raw_attributes, raw_text, slash, tag, written in tokens:
            if text:
                self._text(text)
            if not tag:
                if raw:
                    self._raw(raw, raw_attributes, raw_text)
                continue
            if tag in INLINE:
                if not written and (not slash or self._depth > self._watch):
                    self._depth += -1 if slash else 1
                    continue
            elif pieces or tag in SOFT:
                self._boundary(tag)
            elif tag != "a":
                self._joint = " "
            if slash:
                self._close(tag)
            else:
                self._open(tag, written)
        self._flush("")
        self._close_anchor()

    def _open(self, tag: str, written: str) -> None:
        if tag not in VOID:
            self._depth += 1
            if tag in MEANINGFUL:
                self._enter(tag)
            if written:
                self._look(tag, written)
        opener = _OPENERS.get(tag)
        if opener is not None:
            opener(self, tag, attributes(written))
        elif written and ("onclick=" in written or "background=" in written or "data-href=" in written):
            self._attribute_links(tag, attributes(written))

    def _close(self, tag: str) -> None:
        if tag == "a":
            self._close_anchor()
        elif tag == "title":
            self._is_in_title = False
        depth = self._depth
        if depth <= self._watch:
            self._leave(depth)
        self._depth = depth = depth - 1 if depth else 0
        if depth < self._low:
            self._low = depth

    # ---- text

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
        written = unescaped(pieces[0] if len(pieces) == 1 else "".join(pieces))
        pieces.clear()
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
        if len(segment) <= _LONGEST_DATE and _DATED.search(segment):
            is_in_link = self._anchor is not None
            if not is_in_link or _IS_DATE.fullmatch(segment):
                self._mark(Dated(segment, _dates(segment), is_in_link))

    # ---- elements

    def _mark(self, what: Anchor | Heading | Dated | None) -> Mark:
        depth, low = self._depth, self._low
        mark = Mark(what, low if low < depth else depth, depth, self._rows[-1][0] if self._rows else 0)
        self._low = depth
        self.marks.append(mark)
        return mark

    def _enter(self, tag: str) -> None:
        """Note what an element means for all within it: a row, a heading, an area, unseen."""
        if tag in ROWS:
            self._row_count += 1
            self._rows.append((self._row_count, self._depth))
        elif tag in HEADINGS:
            self._open_heading(tag)
        elif tag in AREAS:
            self._open_area(tag)
        elif tag in UNSEEN:
            self._unseen_at = self._unseen_at or self._depth
        self._watch = self._depth

    def _look(self, tag: str, written: str) -> None:
        """Note what an element's attributes mean: hidden, or a part of the page by its class or id."""
        might_hide, kind = _look_at(written) if len(written) <= 300 else (True, "")
        if (might_hide or self.hiding) and not self._hidden_at and self.hiding.hides(tag, attributes(written)):
            self._flush(" ")
            self._watch = self._hidden_at = self._depth
        if kind and tag in CLASSED and tag not in AREAS:
            if kind == "heading":
                self._open_heading("class")
            elif tag != "span":
                self._open_area(kind)

    def _open_area(self, kind: str) -> None:
        if not self._area_at or (kind == "footer" and self._area != "footer"):
            self._area, self._area_at = kind, self._depth
            self._watch = self._depth

    def _open_heading(self, level: str) -> None:
        if self._heading is None:
            mark = self._mark(Heading("", None, level))
            self._heading = OpenHeading(self._depth, len(self.segments), len(self.links), level, mark)
            self._watch = self._depth

    def _leave(self, depth: int) -> None:
        """End whatever began with the element being left."""
        self._flush("")
        heading = self._heading
        if heading is not None and heading.depth >= depth:
            self._close_heading(heading)
        if self._hidden_at >= depth:
            self._hidden_at = 0
        if self._unseen_at >= depth:
            self._unseen_at = 0
        if self._area_at >= depth:
            self._area, self._area_at = "", 0
        if self._rows and self._rows[-1][1] >= depth:
            self._rows.pop()
        self._watch = max(
            self._heading.depth if self._heading is not None else 0,
            self._hidden_at,
            self._unseen_at,
            self._area_at,
            self._rows[-1][1] if self._rows else 0,
        )

    def _close_heading(self, opened: OpenHeading) -> None:
        self._heading = None
        text = " ".join(self.segments[opened.start : opened.start + _LONGEST_HEADING])
        url = next((link.url for link in self.links[opened.links :] if link.kind is LinkKind.ANCHOR), None)
        opened.mark.what = Heading(text, url, opened.level, opened.start)

    # ---- links

    def _add(self, written: str, kind: LinkKind, text: str = "", *, is_hidden: bool = False) -> str | None:
        """Keep an address if it is one; returns it resolved."""
        url = self.base.resolve(written) if written else None
        if url is not None:
            self.links.append(PageLink(url, text, kind, is_hidden or self._hidden_at > 0))
        return url

    def _raw(self, tag: str, written: str, content: str) -> None:
        found = attributes(written)
        if tag == "script":
            url = self._add(found.get("src", ""), LinkKind.SCRIPT)
            if url is not None:
                self.script_urls.append(url)
            if content and self._scripts_size < _SCRIPTS_KEPT:
                self._scripts_size += len(content)
                self.scripts.append(content[:_SCRIPTS_KEPT])
        elif tag == "iframe":
            self._flush(" ")
            self._open_frame(tag, found)

    def _open_anchor(self, tag: str, found: dict[str, str]) -> None:
        self._close_anchor()
        href = found.get("href", "").strip()
        if href in _NO_HREF or href[:11].lower() == "javascript:":
            href = address_in_script(found.get("onclick", "")) or address_in_script(href) or found.get("data-href", "")
        self._anchor = OpenAnchor(href, found, len(self.segments), len(self.hidden), self._mark(None))

    def _close_anchor(self) -> None:
        anchor, self._anchor = self._anchor, None
        if anchor is None or not anchor.href:
            return
        parts = self.segments[anchor.start :]
        text = "".join(self.joined[anchor.start :]).strip() or " ".join(self.hidden[anchor.hidden_start :])
        full = anchor.attributes.get("title", "").strip()
        text = text or full or anchor.alt
        is_hidden = self._hidden_at > 0
        url = self._add(anchor.href, kind_of(anchor.href), text, is_hidden=is_hidden)
        if url is not None and not self._unseen_at:
            title = " ".join([part for part in parts if not _IS_DATE.fullmatch(part)])
            if not title and not anchor.alt and self._repeats(url, anchor.mark):
                return
            is_short = not title or title.endswith(("...", "…", ".."))
            anchor.mark.what = Anchor(url, (full if is_short else title) or text, self._area, is_hidden)

    def _repeats(self, url: str, mark: Mark) -> bool:
        """A link of dates only to where the link before it leads is no entry, but stands beside one.

        Parsers open an unclosed <a> anew in the next row, around that row's date.
        """
        within: list[Dated] = []
        for earlier in islice(reversed(self.marks), _MOST_WITHIN):
            what = earlier.what
            if isinstance(what, Anchor):
                for dated in within if what.url == url else ():
                    dated.is_in_link = False
                return what.url == url
            if isinstance(what, Dated) and earlier is not mark:
                within.append(what)
        return False

    def _attribute_links(self, tag: str, found: dict[str, str]) -> None:
        """Links of elements that are no <a>: onclick, data-href, an old page's background picture."""
        if "background" in found:
            self._add(found["background"], LinkKind.IMAGE)
        target = address_in_script(found.get("onclick", "")) or found.get("data-href", "")
        if target:
            self._add(target, kind_of(target), found.get("title", "").strip())

    def _open_area_link(self, tag: str, found: dict[str, str]) -> None:
        href = found.get("href", "")
        if href:
            self._add(href, kind_of(href), found.get("alt", "").strip())

    def _open_image(self, tag: str, found: dict[str, str]) -> None:
        alt = (found.get("alt", "") or found.get("title", "")).strip()
        is_hidden = "style" in found and self.hiding.hides(tag, found)
        for name in ("src", "data-src", "data-original", "data-lazy-src"):
            if name in found:
                self._add(found[name], LinkKind.IMAGE, alt, is_hidden=is_hidden)
        if alt:
            if self._anchor is not None and not self._anchor.alt:
                self._anchor.alt = alt
            if self._area == "header" and not self._hidden_at:
                self.header.append(alt)
        if "onclick" in found and self._anchor is None:
            self._attribute_links(tag, found)

    def _open_link(self, tag: str, found: dict[str, str]) -> None:
        relations = found.get("rel", "").lower().split()
        if "stylesheet" in relations:
            self._add(found.get("href", ""), LinkKind.STYLE)
        elif "icon" in relations:
            self._add(found.get("href", ""), LinkKind.IMAGE)

    def _open_meta(self, tag: str, found: dict[str, str]) -> None:
        if found.get("http-equiv", "").lower() == "refresh":
            target = _REFRESH.match(found.get("content", ""))
            if target and target[1].strip() and self.refresh_url is None:
                self.refresh_url = self._add(target[1], LinkKind.REFRESH)
        else:
            self.metas.append(found)

    def _open_frame(self, tag: str, found: dict[str, str]) -> None:
        is_hidden = bool(found) and self.hiding.hides(tag, found)
        url = self._add(found.get("src", ""), LinkKind.FRAME, is_hidden=is_hidden)
        if url is not None and not is_hidden and not self._hidden_at:
            self.frames.append(url)

    def _open_media(self, tag: str, found: dict[str, str]) -> None:
        written = found.get("src", "") or found.get("data", "")
        if written and not (tag == "object" and "classid" in found):
            self._add(written, LinkKind.MEDIA)

    def _open_title(self, tag: str, found: dict[str, str]) -> None:
        self._is_in_title = not self.title

    def _open_form(self, tag: str, found: dict[str, str]) -> None:
        told = " ".join(found.get(name, "") for name in ("action", "id", "name", "class", "title"))
        if not self._hidden_at and _SEARCH.search(told):
            self.has_search_form = True

    def _open_input(self, tag: str, found: dict[str, str]) -> None:
        kind = found.get("type", "text").lower()
        if kind == "image":
            self._add(found.get("src", ""), LinkKind.IMAGE)
        if kind in ("text", "search", "submit", "button", "image", "") and not self._hidden_at:
            told = " ".join(found.get(name, "") for name in ("id", "name", "class", "placeholder", "value", "title", "alt"))
            if kind == "search" or _SEARCH.search(told):
                self.has_search_form = True
        if "onclick" in found:
            self._attribute_links(tag, found)

    def _open_option(self, tag: str, found: dict[str, str]) -> None:
        """Lists of sister sites are often drop-downs whose values are addresses."""
        value = found.get("value", "")
        if value[:7].lower() == "http://" or value[:8].lower() == "https://":
            self._add(value, LinkKind.ANCHOR)


@lru_cache(maxsize=4096)
def _look_at(written: str) -> tuple[bool, str]:
    """Whether attributes might hide their element, and the part of the page they name; a site's pages repeat them."""
    found = _AREA.search(written)
    return may_hide(written), (found.lastgroup or "") if found else ""


@lru_cache(maxsize=4096)
def _dates(segment: str) -> tuple[FoundDate, ...]:
    return tuple(find_dates(segment))


_OPENERS: dict[str, Callable[[Walk, str, dict[str, str]], None]] = {
    "a": Walk._open_anchor,
    "area": Walk._open_area_link,
    "img": Walk._open_image,
    "link": Walk._open_link,
    "meta": Walk._open_meta,
    "frame": Walk._open_frame,
    "embed": Walk._open_media,
    "object": Walk._open_media,
    "video": Walk._open_media,
    "audio": Walk._open_media,
    "source": Walk._open_media,
    "title": Walk._open_title,
    "form": Walk._open_form,
    "input": Walk._open_input,
    "option": Walk._open_option,
}
