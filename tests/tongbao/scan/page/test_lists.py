"""Lists of every usual form give the same entries; menus and footers give none."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.tongbao.scan.page.pages import DAYS, LISTS, NAVIGATION, TITLES, URL, page, section
from tongbao.period import SHANGHAI
from tongbao.scan.page import ListState, PageFacts, read_page

EXPECTED = [
    (f"http://www.shiliqi.example/xw/{n}.html", title, datetime.fromisoformat(day).replace(tzinfo=SHANGHAI))
    for n, (title, day) in enumerate(zip(TITLES, DAYS, strict=True))
]


def _read(markup: str, url: str = URL) -> PageFacts:
    return read_page(url, markup.encode(), "text/html")


@pytest.mark.parametrize("form", LISTS)
def test_every_form_of_list(form: str) -> None:
    facts = _read(section(LISTS[form]))
    assert [(item.url, item.title, item.published_on) for item in facts.items] == EXPECTED
    assert facts.list_state is ListState.HAS_ITEMS
    assert facts.is_section
    assert not facts.is_article
    assert facts.newest_item_on == EXPECTED[0][2]


def test_a_list_without_dates() -> None:
    rows = "".join(f'<li><a href="{n}.html">{title}</a></li>' for n, title in enumerate(TITLES))
    facts = _read(section(f"<ul>{rows}</ul>"))
    assert [item.title for item in facts.items] == list(TITLES)
    assert facts.newest_item_on is None


def test_the_year_of_a_short_date_comes_from_its_own_address_only() -> None:
    rows = (
        '<li><a href="202010/t20201013_1.html">示例旗召开第3次常务会议研究部署</a><span>10-13</span></li>'
        '<li><a href="2.html">示例旗开展第二季度网站检查</a><span>10-12</span></li>'
        '<li><a href="202010/t20201001_3.html">示例旗部署秋季绿化工作</a><span>09-30</span></li>'
    )
    assert [item.published_on and item.published_on.day for item in _read(section(rows)).items] == [13, None, None]


def test_a_day_and_month_set_apart() -> None:
    rows = (
        '<ul><li><a href="1.html"><div class="date"><b>13</b><span>2020-10</span></div>'
        "<p>示例旗召开第3次常务会议研究部署</p></a></li></ul>"
    )
    (item,) = _read(section(rows)).items
    assert item.published_on == datetime(2020, 10, 13, tzinfo=SHANGHAI)


def test_of_two_dates_beside_a_title_the_later_is_the_publication() -> None:
    rows = (
        '<table><tr><td><a href="1.html">示例旗人民政府办公室关于印发办法的通知</a></td>'
        "<td>2020-09-01</td><td>2020-09-08</td></tr></table>"
    )
    (item,) = _read(section(rows)).items
    assert item.published_on == datetime(2020, 9, 8, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ("<p>暂无信息</p>", ListState.SAYS_EMPTY),
        ("<p>栏目正在建设中……</p>", ListState.SAYS_EMPTY),
        ("<ul></ul>", ListState.NO_ITEMS),
        ("<div style='display:none'>暂无数据</div>", ListState.NO_ITEMS),
        ("<ul id=list></ul><script>$.ajax({url: '/list'})</script>", ListState.SCRIPTED),
        ("<ul><li v-for='item in items'>{{ item.title }}</li></ul><p>暂无数据</p>", ListState.SCRIPTED),
        ("<iframe src='/list.html'></iframe>", ListState.SCRIPTED),
    ],
)
def test_a_section_without_entries(body: str, state: ListState) -> None:
    facts = _read(section(body))
    assert facts.items == ()
    assert facts.list_state is state
    assert facts.is_section


def test_menus_footers_and_sister_sites_are_no_entries() -> None:
    links = '<div class="links"><a href="http://www.nmg.example/">内蒙古自治区示例人民政府门户网站</a></div>'
    facts = _read(
        page(NAVIGATION + links + '<div class="footer"><a href="/about.html">关于本网站的一些说明和法律声明</a> 2020-01-01</div>')
    )
    assert facts.items == ()


def test_blocks_of_a_homepage() -> None:
    body = (
        '<div class="hd"><h3>动态要闻</h3><a href="/xw/">更多&gt;&gt;</a></div>' + LISTS["li and span"]
        + '<h3><a href="/tz/">通知公告</a></h3>'
        + '<ul><li><a href="/tz/9.html">关于征集意见建议的公告通知</a><span>2020-08-01</span></li></ul>'
        + "<h3>数据发布</h3><p>暂无数据</p>"
    )  # fmt: skip
    blocks = [block for block in _read(page(body)).blocks if block.heading]
    assert [(block.heading, len(block.items), block.notice) for block in blocks] == [
        ("动态要闻", 3, ""),
        ("通知公告", 1, ""),
        ("数据发布", 0, "暂无数据"),
    ]
    assert [block.url for block in blocks] == ["http://www.shiliqi.example/xw/", "http://www.shiliqi.example/tz/", None]


def test_a_short_list_without_tags_is_no_article() -> None:
    rows = '<h1>动态要闻</h1><ul><li><a href="1.html">示例旗召开第3次常务会议研究部署</a><span>2020-10-13</span></li></ul>'
    facts = _read(f"<html><title>动态要闻</title><body>{rows}</body></html>")
    assert facts.is_section
    assert not facts.is_article


def test_further_pages() -> None:
    script = '<script>createPageHTML(4, 0, "index", "html");</script><a href="list_2.html">下一页</a>'
    folder = "http://www.shiliqi.example/xw/"
    assert _read(section(script)).further_pages == (f"{folder}list_2.html", *(f"{folder}index_{n}.html" for n in (1, 2, 3)))


def test_many_dates_between_two_links_take_bounded_time() -> None:
    facts = _read(
        section('<a href="1.html">示例旗召开第3次常务会议</a>' + "<p>2020-10-13</p>" * 20_000 + '<a href="2.html">示例旗</a>')
    )
    assert len(facts.visible_dates) == 1
