"""The generated site of W5 and its server: 5,000 pages with 20 links each, and what of these is dead.

``python -m benchmarks.crawl_site`` serves it on two loopback ports (the site and a host outside it), prints both and serves
until its input ends. The pages are made before the first request, so that the server costs as little as a server can.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass, field
from typing import Any

PAGES, LINKS_A_PAGE = 5_000, 20
SECTIONS, LISTS_A_SECTION, ITEMS_A_LIST = 40, 6, 12
ARTICLES = PAGES - 1 - SECTIONS * LISTS_A_SECTION
EVERY_DEAD, EVERY_MOVED, EVERY_SHY, EVERY_WALLED, EVERY_SHAKY = 40, 25, 60, 90, 300
_SENTENCE = "各苏木镇、旗直各部门要按照职责分工抓好落实，及时公开办理结果，接受群众监督。"
_COLUMNS = ("动态要闻", "通知公告", "政策文件", "政策解读", "规划计划")


@dataclass
class Site:
    """What answers under which path of the site (``here``) and of the other host (``there``), and which addresses are dead."""

    port: int
    other_port: int
    here: dict[str, bytes] = field(default_factory=dict)
    there: dict[str, bytes] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    link_count: int = 0
    shaky: set[str] = field(default_factory=set)
    """Paths that fail when first asked for and answer from then on."""

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def outside(self, path: str) -> str:
        return f"http://127.0.0.1:{self.other_port}{path}"


def build(port: int, other_port: int) -> Site:
    """Make the site; the same every time but for the ports."""
    site = Site(port, other_port)
    site.here["/robots.txt"] = _answer(b"User-agent: *\nDisallow: /private/\n", "text/plain")
    site.here["/index.html"] = _page(
        site, "首页", "", [_list(section, 0) for section in range(18)] + ["/private/a.html", "/img/h.png"]
    )
    for section in range(SECTIONS):
        for number in range(LISTS_A_SECTION):
            items = [_article(article) for article in _articles(section, number)]
            links = ["/", *(_list((section + step) % SECTIONS, 0) for step in range(1, 7))]
            links += [_list(section, (number + 1) % LISTS_A_SECTION)]
            site.here[_list(section, number)] = _page(site, _COLUMNS[section % 5], _COLUMNS[section % 5], _filled(links, items))
    for article in range(ARTICLES):
        site.here[_article(article)] = _page(
            site, f"关于做好第{article}号工作的通知", "", _article_links(site, article), day=article
        )
    site.here["/"] = site.here["/index.html"]
    for name in range(500):
        site.here[f"/img/{name}.png"] = _answer(b"\x89PNG" + bytes(200), "image/png")
        site.here[f"/att/{name}.pdf"] = _answer(b"%PDF-1.4" + bytes(400), "application/pdf")
        site.there[f"/page/{name}"] = _answer("<html><title>外部</title></html>".encode(), "text/html; charset=utf-8")
    site.here["/img/h.png"] = site.here["/img/0.png"]
    return site


def _articles(section: int, number: int) -> list[int]:
    first = (section * LISTS_A_SECTION + number) * 20
    return [article % ARTICLES for article in range(first, first + 20)]


def _list(section: int, number: int) -> str:
    return f"/zwgk/c{section:02d}/index{f'_{number}' if number else ''}.html"


def _article(article: int) -> str:
    section, month, day = article // 20 // LISTS_A_SECTION, article % 12 + 1, article % 28 + 1
    return f"/zwgk/c{section:02d}/2020{month:02d}/t2020{month:02d}{day:02d}_{article}.html"


def _filled(links: list[str], items: list[str]) -> list[str]:
    return links + items[: LINKS_A_PAGE - len(links)]


def _article_links(site: Site, article: int) -> list[str]:
    """Navigation, neighbours, an image, a file, a page outside, and now and then something odd."""
    section = article // 20 // LISTS_A_SECTION
    links = ["/", *(_list((section + step) % SECTIONS, 0) for step in range(6))]
    links += [f"/img/{article % 500}.png", f"/att/{article % 500}.pdf", site.outside(f"/page/{article % 500}")]
    links += [odd for every, odd in _odd(site, article) if article % every == 0]
    links += [_article((article + step) % ARTICLES) for step in range(1, 1 + LINKS_A_PAGE - len(links))]
    return links


def _odd(site: Site, article: int) -> list[tuple[int, str]]:
    """Dead links of three kinds, redirects, a host that refuses HEAD, walls, and failures that pass."""
    dead = (f"/gone/{article}.html", f"/img/gone{article}.png", f"/gone/{article}")[article // EVERY_DEAD % 3]
    if article % EVERY_DEAD == 0:
        address = site.outside(dead) if article // EVERY_DEAD % 3 == 2 else site.address(dead)
        site.dead.add(address)
        dead = address
    moved, shy, walled, shaky = f"/old/{article}.html", f"/shy/{article}", f"/wall/{article}", f"/att/shaky{article}.pdf"
    if article % EVERY_MOVED == 0:
        site.here[moved] = _redirect(_article((article + 7) % ARTICLES))
    if article % EVERY_SHY == 0:
        site.there[shy] = _answer(b"<html></html>", "text/html")
    if article % EVERY_WALLED == 0:
        site.there[walled] = _answer(b"<html></html>", "text/html", "403 Forbidden")
    if article % EVERY_SHAKY == 0:
        site.shaky.add(shaky)
        site.here[shaky] = _answer(b"%PDF-1.4", "application/pdf")
    return [
        *((EVERY_DEAD, dead), (EVERY_MOVED, moved), (EVERY_SHY, site.outside(shy)), (EVERY_WALLED, site.outside(walled))),
        (EVERY_SHAKY, shaky),
    ]


def _page(site: Site, title: str, column: str, links: list[str], day: int = 0) -> bytes:
    site.link_count += len(links)
    body = "".join(_link(number, link, day) for number, link in enumerate(links))
    published = f"2020-{day % 12 + 1:02d}-{day % 28 + 1:02d} 08:30"
    kind = (
        f'<meta name="ColumnName" content="{column}"><meta name="ColumnType" content="{column}">'
        if column
        else (f'<meta name="ArticleTitle" content="{title}"><meta name="PubDate" content="{published}">')
    )
    text = "".join(f"<p>第{number}条　{_SENTENCE}</p>" for number in range(36))
    return _answer(
        f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}_示例旗人民政府</title>
<meta name="SiteName" content="示例旗人民政府"><meta name="SiteDomain" content="www.shiliqi.example">
<meta name="SiteIDCode" content="1506990001">
{kind}<link rel="stylesheet" href="/css/site.css"><script src="/js/site.js"></script></head><body>
<div class="head"><h1>{title}</h1></div><ul class="list">{body}</ul><div class="content"><p>发布时间：{published}</p>{text}</div>
<div class="footer"><p>主办：示例旗人民政府办公室　网站标识码：1506990001　联系电话：0470-0000000</p>
<p>示ICP备00000000号　示公网安备 00000000000000号</p></div></body></html>""".encode(),
        "text/html; charset=utf-8",
    )


def _link(number: int, link: str, day: int) -> str:
    if link.endswith(".png"):
        return f'<li><img src="{link}" alt="图"></li>'
    shown = f"<span>2020-{(day + number) % 12 + 1:02d}-{number % 28 + 1:02d}</span>" if "/t2020" in link else ""
    return (
        f'<li class="item"><a href="{link}" target="_blank" title="第{number}条">关于示例旗第{number}条信息的通知</a>{shown}</li>'
    )


def _answer(body: bytes, kind: str, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nServer: sample\r\n\r\n"
    return head.encode() + body


def _redirect(path: str) -> bytes:
    return f"HTTP/1.1 301 Moved Permanently\r\nLocation: {path}\r\nContent-Length: 0\r\n\r\n".encode()


_GONE = _answer(b"<html><title>404</title></html>", "text/html", "404 Not Found")
_BUSY = _answer(b"", "text/html", "503 Service Unavailable")
_NO_HEAD = b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n"


class Serving(asyncio.Protocol):
    """The least a keep-alive server can do: the path of each request, looked up."""

    def __init__(self, answers: dict[str, bytes], shaky: set[str]) -> None:
        self.answers, self.shaky, self.rest = answers, shaky, b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        *requests, self.rest = (self.rest + data).split(b"\r\n\r\n")
        for request in requests:
            method, path, _ = request.split(b" ", 2)
            self.transport.write(self.answer(method, path.decode().partition("?")[0]))

    def answer(self, method: bytes, path: str) -> bytes:
        answer = self.answers.get(path, _GONE)
        if path in self.shaky:
            if method == b"GET":
                self.shaky.discard(path)
            answer = _BUSY
        if method == b"HEAD":
            return _NO_HEAD if path.startswith("/shy/") else answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        return answer


async def serve() -> None:
    loop = asyncio.get_running_loop()
    sites: list[Site] = []
    servers = [
        await loop.create_server(lambda: Serving(sites[0].here, sites[0].shaky), "127.0.0.1", 0, backlog=512),
        await loop.create_server(lambda: Serving(sites[0].there, set()), "127.0.0.1", 0, backlog=512),
    ]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    sites.append(build(*ports))
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
