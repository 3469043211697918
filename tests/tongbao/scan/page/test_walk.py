"""An element that holds nothing but text is read in one step, and comes to what reading its tags one by one comes to."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tongbao.scan.page.pages import FOOTER, LISTS, NAVIGATION, URL
from tongbao.scan.page.hiding import hiding_of
from tongbao.scan.page.markup import Token, tokens
from tongbao.scan.page.resolving import Base
from tongbao.scan.page.walk import Walk

_TAGS = ("p", "div", "td", "li", "h2", "span", "b", "a", "em", "noscript", "title", "option", "nav", "font", "button")
_ATTRIBUTES = (
    *("", "", ' class="list"', ' class="title"', ' class="footer"', ' style="display:none"', ' class="x"', " hidden"),
    *(
        ' href="/a.html"',
        ' href="#" onclick="window.open(\'/b.html\')"',
        ' data-href="/c.html"',
        ' href="a.html" title="示例旗…"',
    ),
    ' value="http://x.example/"',
)
_TEXTS = ("", " ", "示例旗召开会议", "2020-10-13", "第3条", "a1", "b2", "&amp;", "\u3000", "更多>>", "10-13 ")
_elements = st.recursive(
    st.sampled_from(_TEXTS),
    lambda inner: st.tuples(st.sampled_from(_TAGS), st.sampled_from(_ATTRIBUTES), st.lists(inner, max_size=3)).map(
        lambda made: f"<{made[0]}{made[1]}>{''.join(made[2])}</{made[0]}>"
    ),
    max_leaves=12,
)


def apart(whole: list[Token]) -> list[Token]:
    """The same tokens, an element a token of its own for each of its tags."""
    made: list[Token] = []
    for *start, content, is_whole in whole:
        text, raw, raw_attributes, raw_text, slash, tag, written = start
        made.append((text, raw, raw_attributes, raw_text, slash, tag, written, "", ""))
        if is_whole:
            made.append((content, "", "", "", "/", tag, "", "", ""))
    return made


def gathered(read: list[Token], markup: str) -> dict[str, object]:
    walk = Walk(Base(URL), hiding_of(markup))
    walk.run(read)
    return {each.name: getattr(walk, each.name) for each in fields(walk) if each.name != "base"}


@pytest.mark.parametrize("style", ["", "<style>.x{display:none}</style>"])
@given(st.lists(_elements, max_size=6).map("".join))
def test_whole_elements_are_read_as_their_tags_are(style: str, markup: str) -> None:
    whole, _ = tokens(style + markup)
    assert gathered(whole, style) == gathered(apart(whole), style)


@pytest.mark.parametrize("rows", LISTS.values(), ids=LISTS)
def test_lists_are_read_the_same_either_way(rows: str) -> None:
    whole, _ = tokens(NAVIGATION + rows + FOOTER)
    assert any(is_whole for *_, is_whole in whole)
    assert gathered(whole, "") == gathered(apart(whole), "")


def test_an_end_tag_before_another_of_its_kind_is_no_whole_element() -> None:
    read, _ = tokens("<div><div>a</div>b</div>")
    assert [content for *_, tag, _, content, is_whole in read if is_whole and tag == "div"] == ["a"]
