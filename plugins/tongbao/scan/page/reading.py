"""Reading a page: decode, walk once, then draw the facts from what was gathered."""

from __future__ import annotations

import re
from datetime import datetime

from tongbao.scan.page.decode import Decoded, decode
from tongbao.scan.page.elements import NEXT_PAGE
from tongbao.scan.page.footer import footer_of
from tongbao.scan.page.hiding import hiding_of
from tongbao.scan.page.lists import blocks_of, notices_in
from tongbao.scan.page.marks import Dated, Heading
from tongbao.scan.page.markup import between, tokens
from tongbao.scan.page.meta import meta_of, site_code_in
from tongbao.scan.page.model import LinkKind, ListItem, ListState, PageFacts, PublishedFrom
from tongbao.scan.page.published import published
from tongbao.scan.page.resolving import Base, address_in_script, host_of
from tongbao.scan.page.walk import Walk

_BASE = re.compile(r"<base\s[^>]{0,200}?href\s{0,9}=\s{0,9}[\"']?([^\"'\s>]{1,1000})", re.IGNORECASE)
_ASKS_SERVER = re.compile(
    r"\$\.(?:ajax|get|post|getJSON)\s{0,3}\(|jQuery\.(?:ajax|get|post)|XMLHttpRequest|\bfetch\s{0,3}\(|axios[.(]|\.load\s{0,3}\(\s{0,3}[\"']"
    r"|new Vue|createApp\(|laypage|\.jsonp|querySelector\([^)]{1,80}\)\.innerHTML"
)
_MUSTACHE = re.compile(r"\{\{[^{}]{1,80}\}\}")
_TRS_PAGES = re.compile(
    r"createPageHTML\(\s{0,3}(\d{1,5})\s{0,3},\s{0,3}(\d{1,5})\s{0,3},\s{0,3}[\"']([\w-]{1,60})[\"']\s{0,3},\s{0,3}[\"'](s?html?)[\"']"
)
_TEMPLATE = re.compile(r"\s(?:v-for|v-if|ng-repeat|ng-app|data-ng-app|:key)\s?=|\sid\s?=\s?[\"']?(?:app|root)[\"'\s>]")
_TITLE_PARTS = re.compile(r"\s*[_|\-—–]+\s*")
_MOST_FURTHER_PAGES = 50
_FEW_CHARACTERS = 200
_FEW_ITEMS = 3
_BARE = 60
"""A page of scripts with less text than a menu and a footer have is drawn by its scripts."""
_HEADER_SEGMENTS = 12


def read_page(url: str, body: bytes, content_type: str = "", *, seen_at: datetime | None = None) -> PageFacts:
    """Read one page; never raises, whatever the bytes.

    ``url`` is the address the body came from (after redirects), ``content_type`` the HTTP header. With ``seen_at`` relative
    dates (昨天, 3小时前) are read as publication times, too.
    """
    decoded = decode(body, content_type)
    text = decoded.text
    base = _BASE.search(text) if "<base" in text or "<BASE" in text else None
    resolver = Base(url)
    if base is not None:
        resolver = Base(resolver.resolve(base[1]) or url)
    stored = between(text, "<![CDATA[", "]]>") if "<record>" in text else []
    if stored:
        # Lists of one widespread CMS lie in an XML island that its script writes into the page.
        text += "<div>" + "".join(stored) + "</div>"
    walk = Walk(resolver, hiding_of(text))
    flat, is_cut = tokens(text)
    walk.run(flat)
    return _facts(url, decoded, walk, text, seen_at, is_cut=is_cut)


def _facts(url: str, decoded: Decoded, walk: Walk, markup: str, seen_at: datetime | None, *, is_cut: bool) -> PageFacts:
    text = "".join(walk.joined).strip()
    meta = meta_of(walk.metas)
    scripts = "\n".join(walk.scripts)
    heading = _heading(walk)
    notices = notices_in(walk.segments, text)
    blocks = tuple(blocks_of(walk.marks, host_of(url), notices))
    items = tuple(item for block in blocks for item in block.items)
    published_at, published_from = published(meta, text, _article_title(meta, heading, walk.title, text), seen_at=seen_at)
    is_article = _is_article(meta, published_at, published_from, items)
    list_state = _list_state(walk, items, notices, text, markup, scripts)
    footer = footer_of(text, " ".join(walk.footer), walk.links, markup)
    site_code = site_code_in(meta.get("siteidcode"))
    elsewhere = dict.fromkeys(code for code in (footer.site_code, footer.jiucuo_site_code) if code)
    return PageFacts(
        url=url,
        charset=decoded.charset,
        charset_declared=decoded.declared,
        charset_is_wrong=decoded.is_wrong,
        title=walk.title,
        heading=heading,
        header=" ".join(walk.header) or " ".join(walk.segments[:_HEADER_SEGMENTS]),
        meta=meta,
        site_code=site_code,
        site_codes_elsewhere=tuple(elsewhere),
        column_name=meta.get("columnname"),
        column_type=meta.get("columntype"),
        published_at=published_at,
        published_from=published_from,
        visible_dates=_visible_dates(walk),
        items=items,
        blocks=blocks,
        list_state=list_state,
        further_pages=_further_pages(walk, scripts),
        links=tuple(walk.links),
        text=text,
        hidden_text=" ".join(walk.hidden),
        footer=footer,
        has_search_form=walk.has_search_form,
        frames=tuple(walk.frames),
        refresh_url=walk.refresh_url or _scripted_move(walk, scripts, text),
        is_section=not is_article and ("columnname" in meta or bool(items) or bool(notices)),
        is_article=is_article,
        is_scripted=list_state is ListState.SCRIPTED,
        is_cut=is_cut,
    )


def _article_title(meta: dict[str, str], heading: str, title: str, text: str) -> str:
    """The title of the article as it stands in the text: by tag, heading, or the first part of the page's title."""
    for written in (meta.get("articletitle"), heading, title, _TITLE_PARTS.split(title, maxsplit=1)[0]):
        if written and written in text:
            return written
    return ""


def _is_article(
    meta: dict[str, str], published_at: datetime | None, published_from: PublishedFrom, items: tuple[ListItem, ...]
) -> bool:
    """By its tags; without them, a page that shows one publication time, which is not that of an entry of a list."""
    if "articletitle" in meta or (published_from is PublishedFrom.META and "columnname" not in meta):
        return True
    if published_from is PublishedFrom.META:
        return len(items) < _FEW_ITEMS
    if published_at is None or "columnname" in meta or len(items) >= _FEW_ITEMS:
        return False
    return all(item.published_on != published_at for item in items)


def _heading(walk: Walk) -> str:
    """The page's own heading: its first h1, else its first h2."""
    found = {"h1": "", "h2": ""}
    for mark in walk.marks:
        what = mark.what
        if isinstance(what, Heading) and not found.get(what.level, "-"):
            found[what.level] = what.text
    return found["h1"] or found["h2"]


def _list_state(
    walk: Walk, items: tuple[ListItem, ...], notices: list[tuple[int, str]], text: str, markup: str, scripts: str
) -> ListState:
    """Empty only when nothing but the page itself could have filled the list."""
    if items:
        return ListState.HAS_ITEMS
    if walk.frames or _MUSTACHE.search(text) or _TEMPLATE.search(markup):
        return ListState.SCRIPTED
    if notices:
        return ListState.SAYS_EMPTY
    is_bare = len(text) < _BARE and bool(walk.script_urls)
    return ListState.SCRIPTED if is_bare or _ASKS_SERVER.search(scripts) else ListState.NO_ITEMS


def _visible_dates(walk: Walk) -> tuple[datetime, ...]:
    found = [each.at for mark in walk.marks if isinstance(mark.what, Dated) for each in mark.what.dates]
    return tuple(dict.fromkeys(found))


def _further_pages(walk: Walk, scripts: str) -> tuple[str, ...]:
    """Pages two and on of a list: numbered links, and those one widespread CMS writes by script (createPageHTML)."""
    found = dict.fromkeys([url for url, text, kind, _ in walk.links if text in NEXT_PAGE and kind is LinkKind.ANCHOR])
    paged = _TRS_PAGES.search(scripts) if "createPageHTML" in scripts else None
    if paged is not None:
        for number in range(1, min(int(paged[1]), _MOST_FURTHER_PAGES + 1)):
            url = walk.base.resolve(f"{paged[3]}_{number}.{paged[4]}")
            if url is not None:
                found[url] = None
    return tuple(found)


def _scripted_move(walk: Walk, scripts: str, text: str) -> str | None:
    """Where a page without content sends its visitor by script."""
    if len(text) > _FEW_CHARACTERS or len(walk.links) > 5 or "location" not in scripts:
        return None
    target = address_in_script(scripts)
    return walk.base.resolve(target) if target else None
