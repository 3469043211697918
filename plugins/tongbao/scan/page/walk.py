"""One pass over a page's tokens: text, links, frames, forms and scripts, and the order of headings, links and dates."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from tongbao.scan.page.elements import AREAS, CLASSED, HEADINGS, INLINE, MEANINGFUL, PLAIN, ROWS, SOFT, UNSEEN, VOID
from tongbao.scan.page.gathering import IS_DATE, Gathering
from tongbao.scan.page.hiding import may_hide
from tongbao.scan.page.marks import Anchor, Dated, Heading, Mark, OpenAnchor, OpenHeading
from tongbao.scan.page.markup import Token, attributes
from tongbao.scan.page.model import LinkKind
from tongbao.scan.page.resolving import address_in_script, kind_of, may_link

_AREA = re.compile(
    r' (?:class|id)="[^"]*?(?:(?P<footer>foot|copyright|bottom)'
    r"|(?P<nav>nav|menu|crumb|dqwz|weizhi|pager|pagination|login|share|friend)"
    r"|(?P<header>header|\bhead\b|logo|banner|\btop)|(?P<heading>tit|\bhd\b|\blm|tab|caption|column|channel))",
    re.IGNORECASE,
)
_SEARCH = re.compile(r"search|sousuo|\bss\b|query|keyword|\bq\b|\bwd\b|搜索|检索", re.IGNORECASE)
_REFRESH = re.compile(r"\s*[\d.]*\s*[;,]?\s*(?:url\s*=\s*)?[\"']?([^\"'>]*)", re.IGNORECASE)
_NO_HREF = frozenset(("", "#", "##", "###"))
_LONGEST_DATE_ALONE = 39
_LONGEST_HEADING = 40
_LONGEST_LOOKED_AT = 300
"""Longer attributes are hardly those of another element, too, and would fill what is kept of them."""
_MOST_WITHIN = 6
_SCRIPTS_KEPT = 200_000


@dataclass(slots=True)
class Walk(Gathering):
    """One pass; read what it gathered after :meth:`run`."""

    def run(self, tokens: list[Token]) -> None:
        """Read all tokens; never raises, whatever they are.

        A tag that breaks lines ends the running segment, before what the tag itself means.
        """
        for text, raw, raw_attributes, raw_text, slash, tag, written, content, is_whole in tokens:
            if text:
                self._text(text)
            if is_whole:
                if tag in PLAIN and (not written or (not self._hides_by_name and _says_nothing(written))):
                    self._leaf(content)
                elif tag == "a" and not (self._hides_by_name or self._unseen_at or self._is_in_title or may_hide(written)):
                    self._whole_anchor(written, content)
                else:
                    self._begin(tag, written)
                    if content:
                        self._text(content)
                    self._end(tag)
            elif slash:
                self._end(tag)
            elif tag:
                self._begin(tag, written)
            elif raw:
                self._raw(raw, raw_attributes, raw_text)
        self._flush("")
        self._close_anchor()

    def _leaf(self, text: str) -> None:
        """Read an element of nothing but text that means nothing itself, as :meth:`_begin` and :meth:`_end` would."""
        self._flush(" ")
        if self._unseen_at or self._is_in_title:
            self._text(text)
        elif text:
            self._is_soft = False
            self._depth += 1
            self._segment(text, " ")
            self._depth -= 1
        if self._depth < self._low:
            self._low = self._depth

    def _whole_anchor(self, written: str, text: str) -> None:
        """Read a link that holds nothing but text, as :meth:`_begin` and :meth:`_end` would: every second element is one."""
        if self._pieces:
            self._flush("")
        self._depth += 1
        self._open_anchor("a", attributes(written))
        if text:
            self._is_soft = False
            self._segment(text, "")
        self._close_anchor()
        self._depth -= 1
        if self._depth < self._low:
            self._low = self._depth

    def _begin(self, tag: str, written: str) -> None:
        if tag in INLINE:
            if not written:
                self._depth += 1
                return
        elif self._pieces or tag in SOFT:
            self._boundary(tag)
        elif tag != "a":
            self._joint = " "
        self._open(tag, written)

    def _end(self, tag: str) -> None:
        if tag in INLINE:
            if self._depth > self._watch:
                self._depth -= 1
                return
        elif self._pieces or tag in SOFT:
            self._boundary(tag)
        elif tag != "a":
            self._joint = " "
        self._close(tag)

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
        elif written and may_link(written):
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

    # ---- elements

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
        is_named = tag in CLASSED and len(written) <= _LONGEST_LOOKED_AT
        might_hide, kind = _look_at(written) if is_named else (may_hide(written), "")
        if (might_hide or self._hides_by_name) and not self._hidden_at and self.hiding.hides(tag, attributes(written)):
            self._flush(" ")
            self._watch = self._hidden_at = self._depth
        if kind and tag not in AREAS:
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
        if self._pieces:
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
        watch = self._rows[-1][1] if self._rows else 0
        if self._heading is not None and self._heading.depth > watch:
            watch = self._heading.depth
        # One by one: max() over a handful of attributes takes three times as long, and every row of a list comes by here.
        for begun_at in (self._hidden_at, self._unseen_at, self._area_at):
            if begun_at > watch:
                watch = begun_at
        self._watch = watch

    def _close_heading(self, opened: OpenHeading) -> None:
        self._heading = None
        text = " ".join(self.segments[opened.start : opened.start + _LONGEST_HEADING])
        url = next((link.url for link in self.links[opened.links :] if link.kind is LinkKind.ANCHOR), None)
        opened.mark.what = Heading(text, url, opened.level, opened.start)

    # ---- links

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
        if self._anchor is not None:
            self._close_anchor()
        href = found.get("href", "").strip()
        if href in _NO_HREF or (href[0] in "jJ" and href[:11].lower() == "javascript:"):
            href = address_in_script(found.get("onclick", "")) or address_in_script(href) or found.get("data-href", "")
        self._anchor = OpenAnchor(href, found, len(self.segments), len(self.hidden), self._mark(None))

    def _close_anchor(self) -> None:
        anchor, self._anchor = self._anchor, None
        if anchor is None or not anchor.href:
            return
        parts = self.segments[anchor.start :]
        text = parts[0] if len(parts) == 1 else "".join(self.joined[anchor.start :]).strip()
        text = text or " ".join(self.hidden[anchor.hidden_start :])
        full = anchor.attributes.get("title", "").strip()
        text = text or full or anchor.alt
        is_hidden = self._hidden_at > 0
        url = self._add(anchor.href, kind_of(anchor.href), text, is_hidden=is_hidden)
        if url is not None and not self._unseen_at:
            title = " ".join([part for part in parts if len(part) > _LONGEST_DATE_ALONE or not IS_DATE.fullmatch(part)])
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
def _says_nothing(written: str) -> bool:
    """Whether attributes neither might hide their element nor name a part of the page or an address."""
    return len(written) <= _LONGEST_LOOKED_AT and _look_at(written) == (False, "") and not may_link(written)


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
