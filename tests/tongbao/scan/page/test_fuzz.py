"""Whatever a server sends, reading it neither raises nor hangs."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pace import is_within
from tests.tongbao.scan.page.pages import FOOTER, LISTS, URL, article, page, section
from tongbao.scan.page import PageFacts, read_page

_SCRIPTED = (
    "<style>.x{display:none}</style><div class=x id=app>{{ a }}</div><script>location.href='/a'</script>"
    "<svg><style>a</style></svg>"
)
_FORMS = '<form action=/search><input name=q><select><option value="http://x.example/">某站</option></select></form><math><mi>x</mi></math>'
_FRAMES = '<frameset><frame src="a.html"><frame src="b.html"></frameset><noframes>无</noframes>'
SEEDS: tuple[bytes, ...] = (
    *(section(rows).encode() for rows in LISTS.values()),
    article("<h1>示例旗召开会议</h1><p>发布时间：2020-10-13 08:30</p>" + "<p>正文<b>加粗</b></p>" * 5).encode(),
    section(LISTS["table"]).encode("gb18030"),
    section(LISTS["blocks"]).encode("utf-16"),
    section(LISTS["definitions"]).encode("big5hkscs", "ignore"),
    page(_SCRIPTED + _FORMS + FOOTER).encode(),
    page("", head='<base href="/x/"><meta http-equiv=refresh content="0;url=a">').encode() + _FRAMES.encode(),
    b"",
)
PIECES: tuple[bytes, ...] = (
    b"\x00",
    b"\xff",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\x81",
    b"<",
    b">",
    b'"',
    b"'",
    b"&",
    b"=",
    b"/",
    b"</",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"<a href='",
    b'<a href="http://[::1',
    b"<a href=//>",
    b"<script>",
    b"</script>",
    b"<style>",
    b"<plaintext>",
    b"<template>",
    b"<title>",
    b"<table>",
    b"<select>",
    b"<svg>",
    b"<math>",
    b"<iframe>",
    b"<noscript>",
    b"</body>",
    b"</p>",
    b"<br/>",
    b"<li>",
    b"<h1>",
    b"<frameset>",
    b"<meta charset=utf-7>",
    b"<meta charset=utf-16le>",
    b"<meta charset=hz>",
    b"&#0;",
    b"&#x110000;",
    b"&#xD800;",
    b"&lt;&amp;amp;",
    b"&nbsp;" * 50,
    b"<b>" * 50,
    b"<div>" * 200,
    b"</div>" * 200,
    b"<p title='" + b"a" * 500,
    b"2020-02-30 2020-10-13T99:99",
    "二〇二〇年十三月".encode(),
    b"style='display:none'",
    b"<record><![CDATA[",
    b"<base href='javascript:'>",
    b"{{",
    "暂无".encode(),
    b"createPageHTML(99999,0,'a','html')",
)

_places = st.integers(0, 4_000)
_mutation = st.one_of(
    st.tuples(st.just("insert"), _places, st.sampled_from(PIECES)),
    st.tuples(st.just("flip"), _places, st.integers(1, 255)),
    st.tuples(st.just("cut"), _places, st.integers(1, 300)),
    st.tuples(st.just("double"), _places, st.integers(1, 300)),
    st.tuples(st.just("end"), _places, st.just(0)),
)
_mutations = st.lists(_mutation, min_size=1, max_size=5)
_headers = st.sampled_from(
    ["", "text/html", "text/html; charset=gb2312", "text/html; charset=utf-8", "charset=utf-16", "charset=\x00"]
)


def _mutated(body: bytes, mutations: list[tuple[str, int, int | bytes]]) -> bytes:
    for what, place, detail in mutations:
        place = place % (len(body) + 1)
        if isinstance(detail, bytes):
            body = body[:place] + detail + body[place:]
        elif what == "flip" and place < len(body):
            body = body[:place] + bytes([body[place] ^ detail]) + body[place + 1 :]
        elif what == "cut":
            body = body[:place] + body[place + detail :]
        elif what == "double":
            body = body[:place] + body[place : place + detail] * 2 + body[place + detail :]
        elif what == "end":
            body = body[:place]
    return body


def _read(body: bytes, header: str) -> None:
    started = time.process_time()
    facts = read_page(URL, body, header)
    assert isinstance(facts, PageFacts)
    assert is_within(time.process_time() - started, 0.5)
    assert all(link.url.startswith(("http://", "https://")) for link in facts.links)
    assert "\x00" not in facts.text


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SEEDS), _mutations, _headers)
def test_mutated_pages(body: bytes, mutations: list[tuple[str, int, int | bytes]], header: str) -> None:
    _read(_mutated(body, mutations), header)


@pytest.mark.whole
@settings(max_examples=2_500, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SEEDS), st.lists(_mutation, min_size=4, max_size=4), _headers)
def test_ten_thousand_mutated_pages(body: bytes, mutations: list[tuple[str, int, int | bytes]], header: str) -> None:
    """Read after each of four mutations in turn: making the examples takes longer than reading them."""
    for mutation in mutations:
        body = _mutated(body, [mutation])
        _read(body, header)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=2_000))
def test_any_bytes(body: bytes) -> None:
    _read(body, "")


_LINK = '<a href="a.html">示例旗召开会议</a>'


@pytest.mark.whole
@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 20_000 + _LINK,
        "<table><tr><td>" * 3_000 + _LINK,
        "<ul><li>" * 10_000 + _LINK + " 2020-10-13",
        "<span style='display:none'>" * 10_000 + _LINK,
        "<div class='title'>" * 10_000 + _LINK,
        "<p>" + "".join(f"<font color={n}>" for n in range(3_000)) + "<p>字" * 3_000,
        "<p>" + "".join(f"<nobr id={n}>" for n in range(3_000)) + "<p>字" * 3_000,
        "<p>" + "".join(f"<a href={n}><b {n}>" for n in range(3_000)) + "<p>字" * 3_000,
        "<a href='" + "x" * 1_000_000,
        '<a href="x"' * 30_000,
        "<a name=x></a><a href=x></a>" * 20_000,
        "<a href=x>2020-10-13</a>" * 10_000,
        "2020-10-13 " * 50_000,
        "<p>2020-10-13</p>" * 20_000,
        "&nbsp;" * 150_000,
        "&" * 500_000,
        "<" * 500_000,
        "<!--" * 100_000,
        "<![CDATA[" * 100_000,
        "<script>" * 50_000,
        "<record><![CDATA[" * 30_000,
        "<style>" + ".a{" * 100_000,
        "<style>" + "{}" * 200_000,
        "<p style='" + "color:red;" * 50_000 + "'>",
        "<p class='" + "a " * 200_000 + "'>",
        "<svg><style>" * 5_000,
        "<select><option value='http://x.example/'>" * 10_000,
        "<base " * 100_000,
        "<meta " * 100_000,
        "<p " + " ".join(f"a{n}" for n in range(50_000)),
        "<div>" * 100_000 + "</div>" * 100_000,
        "<style>" + "/*" * 200_000,
        "<style>" * 50_000,
        "<style>" + "a" * 500_000,
        "<meta charset" * 50_000,
        "主办" * 200_000,
        "京ICP备" * 100_000,
        "标识码：" * 100_000,
        "发布时间：" * 60_000,
        "公网安备1" * 60_000,
        "<h1>主办单位：" * 10_000,
        "<frame src=a>" * 10_000,
        "{{" * 200_000,
        "jiucuo_jiucuo_" * 30_000,
    ],
    ids=lambda markup: markup[:24],
)
def test_pages_made_to_choke_on(markup: str) -> None:
    started = time.process_time()
    facts = read_page(URL, ("<!DOCTYPE html><meta charset=utf-8>" + markup).encode())
    assert is_within(time.process_time() - started, 2.0)
    assert isinstance(facts, PageFacts)
