"""Bookmarks by which the finished document can be read again: figures, title and annex labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tongbao.circular.document import Span
from tongbao.circular.ooxml import Element, element, printable, w

TITLE_BOOKMARK = "TB_TITLE"
ANNEX_BOOKMARK = "TB_ANNEX_"


@dataclass(frozen=True)
class BookmarkedFigure:
    """A figure as printed: its name among the computed figures and the text inside its bookmark."""

    figure: str
    text: str


class Bookmarks:
    """Hands out bookmarks whose ids none of the template's own has."""

    def __init__(self, root: Element) -> None:
        self.figures: dict[str, BookmarkedFigure] = {}
        self._next_id = max((int(mark.get(w("id"), 0)) for mark in root.iter(w("bookmarkStart"))), default=0) + 1

    def around(self, name: str, content: Iterable[Element]) -> list[Element]:
        """The elements with the bookmark's two ends about them."""
        identity, self._next_id = self._next_id, self._next_id + 1
        return [element("bookmarkStart", id=identity, name=name), *content, element("bookmarkEnd", id=identity)]

    def about_runs(self, name: str, paragraph: Element) -> None:
        """Put the bookmark about all runs of a finished paragraph, if it has any."""
        runs = paragraph.findall(w("r"))
        if runs:
            start, end = self.around(name, [])
            runs[0].addprevious(start)
            runs[-1].addnext(end)

    def figure(self, span: Span, run: Element) -> list[Element]:
        """The run in a bookmark TB_0001, TB_0002 … kept with the figure it prints."""
        name = f"TB_{len(self.figures) + 1:04d}"
        self.figures[name] = BookmarkedFigure(span.figure, printable(span.text))
        return self.around(name, [run])
