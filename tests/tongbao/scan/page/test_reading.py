"""What is read on one page: articles, tags, footers, links, what is hidden."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.tongbao.scan.page.pages import FOOTER, META, URL, article, page, section
from tongbao.period import SHANGHAI
from tongbao.scan.page import LinkKind, PageFacts, PublishedFrom, read_page

ARTICLE_URL = "http://www.shiliqi.example/xw/202010/t20201013_1.html"
TITLE = "<h1>示例旗召开第一次常务会议</h1>"


def _read(markup: str, url: str = URL) -> PageFacts:
    return read_page(url, markup.encode(), "text/html")


def _urls(facts: PageFacts, kind: LinkKind, *, is_hidden: bool = False) -> list[str]:
    return [link.url for link in facts.links if link.kind is kind and link.is_hidden is is_hidden]


@pytest.mark.parametrize(
    ("head", "body", "published_at", "published_from"),
    [
        ('<meta name="PubDate" content="2020-10-13 08:30">', TITLE, datetime(2020, 10, 13, 8, 30), PublishedFrom.META),
        (
            '<meta name="publishdate" content="2020-10-13">',
            TITLE + "发布时间：2020-09-01",
            datetime(2020, 10, 13),
            PublishedFrom.META,
        ),
        (
            '<meta name="PubDate" content="">',
            TITLE + "发布时间：2020-10-13 08:30 来源",
            datetime(2020, 10, 13, 8, 30),
            PublishedFrom.LABEL,
        ),
        (
            '<meta name="PubDate" content="null">',
            TITLE + "<td>发布日期</td><td>2020年10月13日</td>",
            datetime(2020, 10, 13),
            PublishedFrom.LABEL,
        ),
        ("", TITLE + "更新时间：2020-10-14 发布时间：2020-10-13", datetime(2020, 10, 13), PublishedFrom.LABEL),
        (
            "",
            TITLE + "<div><span>2020-10-13</span><span>来源：示例旗</span></div><p>正文</p>",
            datetime(2020, 10, 13),
            PublishedFrom.TITLE,
        ),
        ("", TITLE + "<p>2020年10月13日，示例旗召开会议。</p>", None, PublishedFrom.NOWHERE),
        ("", TITLE + "<p>2020-10-13，示例旗召开会议。</p>", None, PublishedFrom.NOWHERE),
        ("", TITLE + "<p>10月13日，示例旗召开会议。</p>", None, PublishedFrom.NOWHERE),
        ("", TITLE + "<p>成文日期：2020-10-13</p>", datetime(2020, 10, 13), PublishedFrom.DOCUMENT),
        ("", TITLE + "<p>正文</p>", None, PublishedFrom.NOWHERE),
        ("", TITLE + "<p style='display:none'>发布时间：2020-10-13</p><p>正文</p>", None, PublishedFrom.NOWHERE),
    ],
)
def test_when_an_article_was_published(
    head: str, body: str, published_at: datetime | None, published_from: PublishedFrom
) -> None:
    facts = _read(article(body, head=head + '<meta name="ArticleTitle" content="示例旗召开第一次常务会议">'), ARTICLE_URL)
    assert facts.published_at == (published_at.replace(tzinfo=SHANGHAI) if published_at else None)
    assert facts.published_from is published_from
    assert facts.is_article
    assert not facts.is_section


def test_an_article_is_known_without_tags_by_its_one_labelled_date() -> None:
    facts = _read(
        article(TITLE + '<p>发布时间：2020-10-13 <a href="javascript:window.print()">打印</a></p><p>正文</p>'), ARTICLE_URL
    )
    assert facts.is_article
    assert facts.items == ()


def test_meta_tags_in_any_case_and_order_and_what_only_looks_like_a_value() -> None:
    facts = _read(
        page(
            "",
            head='<meta name="ColumnName" content=" "><meta name="columntype" content="NULL">'
            '<meta name="Column-Keywords" content="${kw}">',
        )
    )
    assert facts.meta == {"sitename": "示例旗人民政府", "sitedomain": "www.shiliqi.example", "siteidcode": "1506990001"}
    assert facts.site_code == "1506990001"
    assert (facts.column_name, facts.column_type) == (None, None)


@pytest.mark.parametrize(
    ("code", "read"), [("bm00000001", "bm00000001"), ("BM00000001", "bm00000001"), ("N123456789", "N123456789"), ("123", None)]
)
def test_site_codes(code: str, read: str | None) -> None:
    assert _read(page("").replace("1506990001", code)).site_code == read


def test_a_whole_footer() -> None:
    footer = _read(section("")).footer
    assert footer.has_conac
    assert (footer.icp, footer.police) == ("蒙ICP备00000001号-1", "蒙公网安备15069902000001号")
    assert (footer.sponsor, footer.contact) == ("示例旗人民政府办公室", "联系电话：0477-0000000")
    assert footer.site_code == footer.jiucuo_site_code == "1506990001"
    assert footer.jiucuo_url == "https://zfwzgl.www.gov.cn/exposure/jiucuo.js"


@pytest.mark.parametrize(
    ("missing", "field"),
    [
        ("蒙ICP备00000001号-1", "icp"),
        ("蒙公网安备 15069902000001号", "police"),
        ("主办单位：示例旗人民政府办公室", "sponsor"),
        ("联系电话：0477-0000000", "contact"),
        ("网站标识码：1506990001", "site_code"),
    ],
)
def test_each_mark_is_missed_when_it_is_missing(missing: str, field: str) -> None:
    body = "<p>主办方案已经印发，联系电话：0477-1111111</p>" + "<p>正文</p>" * 5
    assert getattr(_read(page(body + FOOTER)).footer, field)
    assert getattr(_read(page(body + FOOTER.replace(missing, ""))).footer, field) is None


def test_no_badge_and_no_entry_for_finding_faults() -> None:
    footer = _read(page("<p>正文</p>")).footer
    assert not footer.has_conac
    assert (footer.jiucuo_url, footer.jiucuo_site_code) == (None, None)


def test_a_code_that_differs_from_the_tag_is_kept() -> None:
    facts = _read(page(FOOTER.replace("1506990001", "1506990002")))
    assert (facts.site_code, facts.site_codes_elsewhere) == ("1506990001", ("1506990002",))


def test_links_of_every_kind() -> None:
    facts = _read(
        page(
            '<a href="a.html">甲</a><a href="../f/b.PDF?x=1">乙</a><a href="/d.jsp?file=c.docx">丙</a>'
            '<img src="//img.example/i.png" alt="图">'
            '<iframe src="/f.html"></iframe><video src="v.mp4"></video><a href="javascript:;">无</a><a href="#top">顶</a>'
            '<a href="mailto:a@b.example">信</a><a href="">空</a><a href="http://">坏</a><area href="m.html"><embed src="s.swf">'
            "<table background='bg.jpg'></table>"
            "<div onclick=\"location.href='/go.html'\">去</div><a onclick=\"open('/x?id=' + id)\">拼</a>"
            '<select><option value="http://x.example/">某站</option></select>',
            head='<link rel="stylesheet" href="/s.css"><link rel="icon" href="/i.ico"><script src="/j.js"></script>',
        )
    )
    root = "http://www.shiliqi.example"
    assert _urls(facts, LinkKind.ANCHOR) == [f"{root}/xw/a.html", f"{root}/xw/m.html", f"{root}/go.html", "http://x.example/"]
    assert _urls(facts, LinkKind.ATTACHMENT) == [f"{root}/f/b.PDF?x=1", f"{root}/d.jsp?file=c.docx"]
    assert _urls(facts, LinkKind.IMAGE) == [f"{root}/i.ico", "http://img.example/i.png", f"{root}/xw/bg.jpg"]
    assert _urls(facts, LinkKind.FRAME) == [f"{root}/f.html"] == list(facts.frames)
    assert _urls(facts, LinkKind.MEDIA) == [f"{root}/xw/v.mp4", f"{root}/xw/s.swf"]
    assert (_urls(facts, LinkKind.STYLE), _urls(facts, LinkKind.SCRIPT)) == ([f"{root}/s.css"], [f"{root}/j.js"])


def test_base_decides_where_addresses_start() -> None:
    assert _urls(_read('<html><head><base href="/other/"></head><a href="a.html">甲'), LinkKind.ANCHOR) == [
        "http://www.shiliqi.example/other/a.html"
    ]


@pytest.mark.parametrize(
    "markup",
    [
        '<meta http-equiv="refresh" content="0; url=/new/">',
        "<META HTTP-EQUIV=Refresh CONTENT='3;URL=\"/new/\"'>",
        '<script>window.location.href="/new/";</script>',
        "<script>top.location.replace('/new/')</script>",
    ],
)
def test_where_a_page_sends_its_visitor(markup: str) -> None:
    assert _read(markup).refresh_url == "http://www.shiliqi.example/new/"


def test_a_frameset() -> None:
    facts = _read('<frameset cols="20%,80%"><frame src="left.html"><frame src="main.html"></frameset>')
    assert facts.frames == ("http://www.shiliqi.example/xw/left.html", "http://www.shiliqi.example/xw/main.html")


@pytest.mark.parametrize(
    "markup",
    [
        '<div style="display:none">{}</div>',
        '<div style="DISPLAY: None !important"><p><b>{}</b></p></div>',
        '<span style="visibility:hidden">{}</span>',
        '<div style="position:absolute;left:-9999px">{}</div>',
        '<div style="height:0px;overflow:hidden">{}</div>',
        '<div style="text-indent:-9999px">{}</div>',
        '<p style="font-size:0">{}</p>',
        '<font style="color:#fff;background:#ffffff">{}</font>',
        '<marquee height="1" width="5">{}</marquee>',
        "<div hidden>{}</div>",
        "<style>.x1, .x2 {{ display: none }}</style><div class='a x2'>{}</div>",
        "<style>#x3 {{ position:absolute; top:-1000px }}</style><div id='x3'>{}</div>",
        "<div id='x4'>{}</div><script>document.getElementById('x4').style.display='none'</script>",
    ],
)
def test_what_is_hidden(markup: str) -> None:
    facts = _read(
        page("<p>看得见</p>" + markup.format('<a href="http://bad.example/">暗链</a>') + '<a href="http://good.example/">明</a>')
    )
    assert _urls(facts, LinkKind.ANCHOR, is_hidden=True) == ["http://bad.example/"]
    assert _urls(facts, LinkKind.ANCHOR) == ["http://good.example/"]
    assert facts.hidden_text == "暗链"
    assert "暗链" not in facts.text


def test_a_link_hidden_by_its_own_style() -> None:
    facts = _read(page('<a href="http://bad.example/" style="display:none">暗链</a>'))
    assert _urls(facts, LinkKind.ANCHOR, is_hidden=True) == ["http://bad.example/"]


@pytest.mark.parametrize(
    "markup",
    [
        '<div style="display:block">{}</div>',
        '<div style="height:100px;overflow:hidden">{}</div>',
        '<p style="font-size:0.9em">{}</p>',
        '<p style="opacity:0.5">{}</p>',
        '<p style="color:#fff;background:#000">{}</p>',
        '<div style="margin-left:-15px">{}</div>',
        "<style>.x1 .x2 {{ display: none }}</style><div class='x2'>{}</div>",
    ],
)
def test_what_is_not_hidden(markup: str) -> None:
    facts = _read(page(markup.format('<a href="http://good.example/">明</a>')))
    assert _urls(facts, LinkKind.ANCHOR) == ["http://good.example/"]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("根据<a href=/b>《示例办法》</a>的<b>规</b>定", "根据《示例办法》的规定"),
        ("<p>甲</p><p>乙</p>", "甲 乙"),
        ("<table><tr><td>15069</td><td>90001</td></table>", "15069 90001"),
        ("<span>点击12</span><span>2020-10-13</span>", "点击12 2020-10-13"),
        ("<span>发布</span><span>时间</span>", "发布时间"),
        ("甲&nbsp;&nbsp;　\n乙<br>丙", "甲 乙 丙"),
        ("&lt;b&gt;甲&amp;lt;", "<b>甲&lt;"),
        ("甲<script>乙</script><style>丙</style><noscript>丁</noscript><!-- 戊 --><template>己</template>", "甲"),
        ("<textarea>甲</textarea>", "甲"),
    ],
)
def test_the_visible_text(markup: str, text: str) -> None:
    assert _read(f"<html><body>{markup}</body></html>").text == text


@pytest.mark.parametrize(
    ("markup", "has_form"),
    [
        ('<form action="/search"><input name="q"></form>', True),
        ('<input type="text" placeholder="请输入关键字"><input type="button" value="搜索">', True),
        ('<input type="search">', True),
        ('<form action="/login"><input name="user"><input type="password"></form>', False),
        ('<form action="/search" style="display:none"></form>', False),
        ("<p>搜索</p>", False),
    ],
)
def test_search_forms(markup: str, has_form: bool) -> None:
    assert _read(page(markup)).has_search_form is has_form


def test_title_heading_and_header() -> None:
    facts = _read(
        page(
            '<div class="header"><img src="/logo.png" alt="示例旗人民政府门户网站"></div>'
            "<h1> 标 题 </h1><svg><title>图</title></svg>"
        )
    )
    assert (facts.title, facts.heading, facts.header) == ("动态要闻_示例旗人民政府", "标 题", "示例旗人民政府门户网站")


def test_a_page_in_gbk_that_calls_itself_utf8() -> None:
    facts = read_page(URL, section("<p>正文</p>").encode("gb18030"), "text/html; charset=utf-8")
    assert (facts.charset, facts.charset_declared, facts.charset_is_wrong) == ("gb18030", "utf-8", True)
    assert facts.column_name == "动态要闻"


def test_malformed_attributes_do_not_swallow_the_rest() -> None:
    facts = _read('<a href="a.html""class="x">甲</a><p title="a>b<c">乙</p><a b"c href=b.html>丙</a>')
    assert facts.text == "甲 乙 丙"
    assert len(facts.links) == 2


def test_formatting_elements_cannot_blow_a_page_up() -> None:
    """Unclosed, each would be opened anew in every paragraph: 25 KB became 1.1 GB."""
    bomb = "<p>" + "".join(f"<b id={n}>" for n in range(2_000)) + "<p>字" * 1_000
    assert _read(META + bomb).text.count("字") == 1_000
