"""One page read once: from the bytes of an answer to everything a conclusion may need of it."""

from __future__ import annotations

from tongbao.scan.page.model import Block, Footer, LinkKind, ListItem, ListState, PageFacts, PageLink, PublishedFrom
from tongbao.scan.page.reading import read_page

__all__ = ["Block", "Footer", "LinkKind", "ListItem", "ListState", "PageFacts", "PageLink", "PublishedFrom", "read_page"]
