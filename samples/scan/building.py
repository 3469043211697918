"""The fictional government websites of the scan demo, before and after faults are planted in them.

Everything is derived from ``sites.yaml``: a site is a set of pages with sections, articles and a complete footer, in which a
check finds nothing. :mod:`samples.scan.planting` spoils it. Times are Asia/Shanghai.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from html import escape
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
FOOTER = ("conac", "code", "icp", "police", "sponsor", "contact", "jiucuo")
_RECORD = "http://www.beian.gov.cn:{port}/portal/registerSystemInfo?recordcode=15069900000001"
_REPORT = "http://zfwzgl.www.gov.cn:{port}/exposure/jiucuo.html?site_code={code}&amp;url=home"
_BADGE = "http://bszs.conac.cn:{port}/sitename?method=show&amp;id=DEMO"
_FOOTER = {
    "conac": f'<span id="_ideConac"><a href="{_BADGE}"><img src="/images/red.png" alt="党政机关"></a></span>',
    "code": "<p>网站标识码：{code}</p>",
    "icp": '<p><a href="http://beian.miit.gov.cn:{port}/">蒙ICP备00000001号</a></p>',
    "police": f'<p><a href="{_RECORD}">蒙公网安备15069900000001号</a></p>',
    "sponsor": "<p>主办单位：{sponsor}</p>",
    "contact": "<p>联系电话：0000-0000000</p>",
    "jiucuo": f'<span id="_span_jiucuo"><a href="{_REPORT}">我为政府网站找错</a></span>',
}


@dataclass
class Answer:
    """What the server says at one address: a status, a redirect, ``reset`` or ``slow``."""

    what: int | str = 200
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"


@dataclass
class Article:
    """One dated text of a section."""

    path: str
    title: str
    published_at: datetime
    linked_to: list[tuple[str, str]] = field(default_factory=list)
    """Addresses and texts of the documents it speaks of."""


@dataclass
class Section:
    """One section with its articles, newest first; ``type`` is what its ColumnType says."""

    path: str
    name: str
    type: str
    articles: list[Article]
    is_undated: bool = False
    is_bare: bool = False
    """Whether an empty list says nothing at all, not even that it is empty."""
    form: str = ""
    """What stands on the page instead of a list."""


@dataclass
class Spoilt:
    """What is wrong with single pages, by path; the path ``*`` means every page."""

    footer: dict[str, set[str]] = field(default_factory=dict)
    tags: dict[str, set[str]] = field(default_factory=dict)
    blank_tags: dict[str, set[str]] = field(default_factory=dict)
    extra: dict[str, list[str]] = field(default_factory=dict)
    charset: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass
class DemoSite:
    """One website: what it holds, what is spoilt, and how its server answers."""

    id: str
    name: str
    host: str
    sponsor: str
    unit_class: str
    is_portal: bool
    sections: list[Section]
    spoilt: Spoilt = field(default_factory=Spoilt)
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    """By path: what comes first, second …; the last one stays."""
    outage: dict[int, str | int] = field(default_factory=dict)
    """By the number of the probe round: what the homepage answers."""
    has_search: bool = True
    has_ipv6: bool = True
    is_walled: bool = False
    calendar: str = ""
    port: int = 80
    """Where all hosts are served; it stands in every absolute address."""

    def section(self, path: str) -> Section:
        return next(section for section in self.sections if section.path == path)

    def page(self, place: str) -> str:
        """The path of a place written as ``/section/#2`` (its second article) or as a path."""
        path, _, number = place.partition("#")
        return self.section(path).articles[int(number) - 1].path if number else path


def read_yaml(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def healthy_sites() -> dict[str, DemoSite]:
    """The websites of ``sites.yaml`` by their site code, with nothing wrong."""
    given = read_yaml("sites.yaml")
    sites = {}
    for facts in given["sites"]:
        sections = [section(**{"newest": given["fresh"], **spec}) for spec in given["common_sections"]]
        site = DemoSite(sections=sections, is_portal=bool(facts.pop("is_portal", False)), **facts)
        relate(site)
        sites[site.id] = site
    return sites


def section(path: str, name: str, newest: date, articles: int = 4, step_days: int = 3, type: str = "", **_: Any) -> Section:
    """A section of so many articles, the newest of that day and each next one ``step_days`` older."""
    made = []
    for number in range(articles):
        day = newest - timedelta(days=number * step_days)
        at = datetime.combine(day, time(9, 30))
        made.append(Article(f"{path}{day:%Y%m}/t{day:%Y%m%d}_{number + 1}.html", f"{name}第{articles - number}号信息", at))
    return Section(path, name, type or name, made)


def relate(site: DemoSite) -> None:
    """Link every interpretation to its policy document and back."""
    by_path = {section.path: section for section in site.sections}
    policy, interpretation = by_path.get("/zwgk/zcwj/"), by_path.get("/zwgk/zcjd/")
    if policy is None or interpretation is None:
        return
    for article in (*policy.articles, *interpretation.articles):
        article.linked_to = []
    for document, reading in zip(policy.articles, interpretation.articles, strict=False):
        document.linked_to = [(reading.path, f"解读：{reading.title}")]
        reading.linked_to = [(document.path, f"文件原文：{document.title}")]


# ---------------------------------------------------------------- pages


def pages(site: DemoSite) -> dict[str, Answer]:
    """Every page of the site as its server sends it, by path."""
    made = {"/": _page(site, "/", "homepage", site.name, _homepage(site))}
    made["/gk/"] = _page(site, "/gk/", "static", "概况", "<h1>概况</h1><p>示例旗位于虚构的示例平原，面积若干平方公里。</p>")
    for section in site.sections:
        made[section.path] = _page(site, section.path, "section", section.name, _list(section), section=section)
        for article in section.articles:
            body = _article(article)
            made[article.path] = _page(site, article.path, "article", article.title, body, section=section, article=article)
    made["/search"] = _page(site, "/search", "static", "搜索结果", "<p>请输入检索词。</p>")
    made["/images/logo.png"] = made["/images/red.png"] = Answer(200, _PIXEL, "image/png")
    return made


def calendar_page(site: DemoSite, query: str) -> Answer:
    """One month of a calendar that links to the next one for ever."""
    month = int(query.rpartition("=")[2] or 0) if query else 0
    link = f'<a href="{site.calendar}?month={month + 1}">下一月</a> <a href="{site.calendar}?month={month - 1}">上一月</a>'
    return _page(site, site.calendar, "static", f"日程表{month}", link)


_SEARCH = '<form action="/search" method="get"><input type="text" name="q"><input type="submit" value="搜索"></form>'
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
    "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)


def _homepage(site: DemoSite) -> str:
    blocks = []
    for section in site.sections:
        items = "".join(_item(article, dated=not section.is_undated) for article in section.articles[:5])
        blocks.append(
            f'<div class="block"><h2><a href="{section.path}">{section.name}</a></h2><ul class="list">{items}</ul></div>'
        )
    return "\n".join(blocks)


def _list(section: Section) -> str:
    items = "".join(_item(article, dated=not section.is_undated) for article in section.articles)
    return f'<div class="position">当前位置：<a href="/">首页</a> &gt; {section.name}</div><h1>{section.name}</h1>' + (
        f'<ul class="list">{items}</ul>' if items or section.is_bare else section.form or '<div class="list">暂无数据</div>'
    )


def _item(article: Article, *, dated: bool) -> str:
    when = f"<span>{article.published_at:%Y-%m-%d}</span>" if dated else ""
    return f'<li><a href="{article.path}" title="{article.title}">{article.title}</a>{when}</li>'


def _article(article: Article) -> str:
    related = "".join(f'<p>相关链接：<a href="{path}">{text}</a></p>' for path, text in article.linked_to)
    return (
        f'<h1>{article.title}</h1><div class="info">发布时间：{article.published_at:%Y-%m-%d %H:%M} 来源：示例旗融媒体中心</div>'
        f'<div class="content"><p>这是虚构的正文，供演示使用。本条信息由责任单位负责解释。</p>{related}</div>'
    )


def _page(
    site: DemoSite, path: str, kind: str, title: str, body: str, *, section: Section | None = None, article: Article | None = None
) -> Answer:
    """One page with head, header, menu, body and footer; ``kind`` is homepage, section, article or static."""
    spoilt = site.spoilt
    actual, declared = spoilt.charset.get(path, ("utf-8", "utf-8"))
    without = spoilt.footer.get(path, set()) | spoilt.footer.get("*", set())
    words = {"code": site.id, "sponsor": site.sponsor, "port": site.port}
    foot = "".join(_FOOTER[item].format(**words) for item in FOOTER if item not in without)
    menu = "".join(f'<li><a href="{other.path}">{other.name}</a></li>' for other in site.sections)
    search = _SEARCH if site.has_search else ""
    text = f"""<!DOCTYPE html>
<html><head><meta charset="{declared}"><title>{escape(title)}{"" if kind == "homepage" else "_" + site.name}</title>
{_tags(site, kind, path, section, article)}
</head><body>
<div class="header"><a href="/"><img src="/images/logo.png" alt="{site.name}"></a>{search}</div>
<ul class="nav"><li><a href="/">首页</a></li><li><a href="/gk/">概况</a></li>{menu}</ul>
<div class="main">{body}{"".join(spoilt.extra.get(path, [])).replace("{port}", str(site.port))}</div>
<div class="footer">{foot}</div>
</body></html>"""
    return Answer(200, text.encode(actual), f"text/html; charset={declared}")


def _tags(site: DemoSite, kind: str, path: str, section: Section | None, article: Article | None) -> str:
    tags = {"SiteName": site.name, "SiteDomain": site.host, "SiteIDCode": site.id}
    if kind == "section" and section:
        tags |= {
            "ColumnName": section.name,
            "ColumnDescription": f"{site.name}{section.name}栏目",
            "ColumnKeywords": section.name,
            "ColumnType": section.type,
        }
    if article and section:
        tags |= {
            "ColumnName": section.name,
            "ColumnType": section.type,
            "ArticleTitle": article.title,
            "PubDate": f"{article.published_at:%Y-%m-%d %H:%M}",
            "ContentSource": "示例旗融媒体中心",
        }
    without = site.spoilt.tags.get(kind, set()) | site.spoilt.tags.get(path, set())
    blank = site.spoilt.blank_tags.get(kind, set())
    return "\n".join(
        f'<meta name="{name}" content="{"null" if name in blank else escape(value)}">'
        for name, value in tags.items()
        if name not in without
    )
