"""Whether a visitor can see an element: the inline style, the page's own style sheets and simple scripts that hide it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tongbao.scan.page.markup import between

_HIDES = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|font-size:0(?:\.0+)?(?:px|pt|em|rem|%)?(?:;|$|!)|opacity:0(?:\.0+)?(?:;|$|!)"
    r"|text-indent:-\d{3,}|(?:^|;)(?:left|top|right|bottom|margin-left|margin-top):-\d{3,}(?:px|em|rem|%|;|$)"
    r"|clip:rect\(0(?:px)?,?0|clip-path:inset\((?:50|100)%"
)
_TINY = re.compile(r"(?:^|;)(?:max-)?(?:height|width):[01](?:px)?(?:;|$|!)")
_CLIPS = re.compile(r"overflow(?:-[xy])?:hidden")
_COLOUR = re.compile(r"(?:^|;)color:([^;!]{1,30})")
_BACKGROUND = re.compile(r"(?:^|;)background(?:-color)?:(#[0-9a-f]{3,8}|[a-z]{3,20}|rgba?\([\d,.]{1,30}\))(?:;|$|!)")
_MAY_HIDE = re.compile(r' (?:style="|hidden="|height="[01]["p%]|width="[01]["p%])')
_SIMPLE_SELECTOR = re.compile(r"\s*(?:[a-z][a-z0-9]{0,12})?([.#][A-Za-z_\u4e00-\u9fff][\w\u4e00-\u9fff-]{0,60})\s*")
_HIDDEN_BY_SCRIPT = re.compile(
    r"""getElementById\(\s{0,3}["']([\w-]{1,60})["']\s{0,3}\)\.style\.(?:display\s{0,3}=\s{0,3}["']none|visibility\s{0,3}=\s{0,3}["']hidden)"""
)
_TINY_TAGS = ("marquee", "iframe", "div", "table", "td")
_TINY_SIZE = frozenset(("0", "1", "0px", "1px", "0%"))
_STYLE_LIMIT = 4_000


@dataclass(frozen=True, slots=True)
class Hiding:
    """The classes and ids that a page's own styles and scripts hide."""

    classes: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """True when a page hides anything by class or id, so that every element must be looked at."""
        return bool(self.classes or self.ids)

    def hides(self, tag: str, attributes: dict[str, str]) -> bool:
        """True when an element's own attributes keep it, and so all within it, from being seen."""
        style = attributes.get("style")
        if style and style_hides(style):
            return True
        if "hidden" in attributes:
            return True
        if tag in _TINY_TAGS and (attributes.get("height") in _TINY_SIZE or attributes.get("width") in _TINY_SIZE):
            return tag == "marquee" or attributes.get("height") == attributes.get("width")
        if self.ids and attributes.get("id") in self.ids:
            return True
        return bool(self.classes) and not self.classes.isdisjoint(attributes.get("class", "").split())


def may_hide(written: str) -> bool:
    """A quick look at an element's attributes as written: False when nothing inline could hide it."""
    return bool(_MAY_HIDE.search(written))


def style_hides(style: str) -> bool:
    """True when the declarations of an inline style or rule make its element invisible."""
    folded = "".join(style[:_STYLE_LIMIT].lower().split())
    if _HIDES.search(folded) or (_TINY.search(folded) and _CLIPS.search(folded)):
        return True
    colour = _COLOUR.search(folded) if "background" in folded else None
    background = _BACKGROUND.search(folded) if colour else None
    return bool(colour and background and _colour(colour[1]) == _colour(background[1]))


def hiding_of(text: str) -> Hiding:
    """What a page's <style> blocks and scripts hide by class or id; rules for whole pages of elements (div, a) are ignored."""
    classes: set[str] = set()
    ids: set[str] = set()
    if "<style" in text or "<STYLE" in text:
        for selector in _hidden_selectors([*between(text, "<style", "</style>"), *between(text, "<STYLE", "</STYLE>")]):
            (ids if selector[0] == "#" else classes).add(selector[1:])
    if ".style." in text:
        ids.update(_HIDDEN_BY_SCRIPT.findall(text))
    return Hiding(frozenset(classes), frozenset(ids)) if classes or ids else _NOTHING


def _hidden_selectors(sheets: Iterable[str]) -> Iterable[str]:
    for sheet in sheets:
        for rule in _without_comments(sheet.partition(">")[2]).split("}"):
            selectors, _, declarations = rule.rpartition("{")
            if not style_hides(declarations):
                continue
            for selector in selectors.rpartition("{")[2].split(","):
                simple = _SIMPLE_SELECTOR.fullmatch(selector)
                if simple:
                    yield simple[1]


def _without_comments(sheet: str) -> str:
    first, *others = sheet.split("/*")
    return first + "".join(other.partition("*/")[2] for other in others)


def _colour(written: str) -> str:
    named = {"white": "#ffffff", "black": "#000000"}.get(written, written)
    return "#" + "".join(digit * 2 for digit in named[1:]) if re.fullmatch("#[0-9a-f]{3}", named) else named


_NOTHING = Hiding()
