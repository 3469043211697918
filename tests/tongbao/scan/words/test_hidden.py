from __future__ import annotations

import pytest

from tongbao.scan.page import read_page
from tongbao.scan.words import HiddenLinkRules, hidden_links

URL = "http://www.shiliqi.example/index.html"


def hits(body: str) -> list[tuple[str, str]]:
    page = f"<html><body><p>正文正文</p>{body}</body></html>"
    return [(hit.found, hit.severity.value) for hit in hidden_links(read_page(URL, page.encode(), "text/html; charset=utf-8"))]


@pytest.mark.parametrize(
    "body",
    [
        '<div style="display:none"><a href="http://bad.example/">棋牌</a></div>',
        '<a style="font-size:0" href="http://bad.example/">棋 牌平台</a>',
        '<div style="position:absolute;left:-9999px"><a href="http://bad.example/">棋牌</a></div>',
        '<div style="height:1px;overflow:hidden"><a href="http://bad.example/">下注</a></div>',
        '<div style="visibility:hidden"><a href="//bad.example/x">私服</a></div>',
    ],
)
def test_a_marked_hidden_link_to_another_host_is_suspect(body: str) -> None:
    assert hits(body) == [("bad.example", "serious")]


def test_a_mark_in_the_host_is_enough() -> None:
    assert hits('<p style="display:none"><a href="http://www.casino-x.example/">点击</a></p>') == [
        ("www.casino-x.example", "serious")
    ]


@pytest.mark.parametrize(
    "body",
    [
        '<a href="http://bad.example/">棋牌文化节</a>',
        '<div style="display:none"><a href="/x.html">棋牌</a></div>',
        '<div style="display:none"><a href="http://bgt.shiliqi.example/">棋牌</a></div>',
        '<div style="display:none"><a href="http://www.shilishi.gov.cn/">棋牌</a></div>',
        '<div style="display:none"><a href="http://seen.example/a">棋牌</a></div><a href="http://seen.example/">友情链接</a>',
        '<div style="display:none"><a href="javascript:void(0)">棋牌</a></div>',
        '<div style="display:none"><img src="http://img.example/棋牌.png"></div>',
    ],
)
def test_what_is_seen_own_or_a_governments_is_not_suspect(body: str) -> None:
    assert hits(body) == []


def test_a_hidden_link_without_a_mark_is_a_hint() -> None:
    assert hits('<ul style="display:none"><li><a href="http://friend.example/">友情链接</a></li></ul>') == [
        ("friend.example", "info")
    ]


def test_a_host_is_told_once_by_its_marked_link() -> None:
    body = '<div style="display:none"><a href="http://bad.example/1">首页</a><a href="http://bad.example/2">棋牌</a></div>'
    assert hits(body) == [("bad.example", "serious")]


def test_the_shipped_rules_say_suspicion() -> None:
    assert HiddenLinkRules.load().description.startswith("疑似")
