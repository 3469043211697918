from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

from tests.tongbao.scan.evidence.test_store import exchange
from tongbao.scan.client import Exchange
from tongbao.scan.evidence.screenshot import Browser, find_browser, resolver_rules, take_screenshot, with_base


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    wait_s = 0.0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.command} {self.headers['Host']}{self.path}")
        time.sleep(self.server.wait_s)
        self.send_response(200)
        self.send_header("Content-Type", "text/css")
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def site() -> Iterator[_Server]:
    yield from _served()


@pytest.fixture
def other() -> Iterator[_Server]:
    yield from _served()


def _served() -> Iterator[_Server]:
    server = _Server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


needs_browser = pytest.mark.skipif(find_browser() is None, reason="Chromium is not installed")


def kept(url: str, body: bytes = b"<html><head></head><body>x</body></html>", kind: str = "text/html; charset=utf-8") -> Exchange:
    return exchange(url=url, final_url=url, body=body, headers=(("Content-Type", kind),))


@needs_browser
@pytest.mark.office
def test_a_kept_page_is_drawn_with_its_sites_pictures_and_nothing_else(site: _Server, other: _Server) -> None:
    body = f"""<!DOCTYPE html><html><head><title>x</title><link rel=stylesheet href="/own.css">
        <meta http-equiv=refresh content="0;url=/refreshed"></head>
        <body style="margin:0;background:#ff0000"><p>示例旗</p><img src="own.png">
        <img src="http://127.0.0.1:{other.port}/literal"><img src="http://localhost:{other.port}/name">
        <img src="http://www.shiliqi.example:{other.port}/port"><img src="http://[::1]:{other.port}/v6">
        <iframe src="/frame"></iframe><form action="/form" method=post><input autofocus></form>
        <script>fetch('/script', {{method: 'POST'}}); document.body.style.background = '#00ff00'</script></body></html>"""
    host = f"www.shiliqi.example:{site.port}"
    shot = take_screenshot(kept(f"http://{host}/a/index.html", body.encode()), browser=find_browser(), user_agent="TongbaoScan/1")
    assert shot.png is not None, shot.problem
    with Image.open(io.BytesIO(shot.png)) as picture:
        assert picture.size == (1280, 2000)
        assert picture.convert("RGB").getpixel((1200, 1900)) == (255, 0, 0)
    assert set(site.asked) == {f"GET {host}/own.css", f"GET {host}/a/own.png"}
    assert other.asked == []


@needs_browser
@pytest.mark.office
def test_a_picture_that_never_comes_costs_its_time_alone(site: _Server) -> None:
    site.wait_s = 20
    body = b"<html><head></head><body>x<img src=/slow.png></body></html>"
    started = time.monotonic()
    take_screenshot(kept(f"http://127.0.0.1:{site.port}/", body), browser=find_browser(), limit_s=4)
    assert time.monotonic() - started < 12


@needs_browser
@pytest.mark.office
def test_an_empty_page_is_told(site: _Server) -> None:
    shot = take_screenshot(kept("http://127.0.0.1:9/", b"<html><head></head><body></body></html>"), browser=find_browser())
    assert "空白" in shot.problem


def script(tmp_path: Path, content: str) -> Browser:
    path = tmp_path / "browser"
    path.write_text(f"#!/bin/sh\n{content}\n")
    path.chmod(0o755)
    return Browser(str(path))


def test_a_hanging_browser_is_ended_with_its_children(tmp_path: Path) -> None:
    fake = script(tmp_path, f"sleep 60 &\necho $! > {tmp_path / 'child'}\nwait")
    shot = take_screenshot(kept("http://www.shiliqi.example/"), browser=fake, limit_s=0.5)
    assert "0.5秒" in shot.problem
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _is_running(child):
        time.sleep(0.02)
    assert not _is_running(child)


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


_JUNK = 'for a; do case $a in --screenshot=*) echo junk > "${a#*=}";; esac; done'


@pytest.mark.parametrize("content", ["exit 0", "exit 3", _JUNK, _JUNK + """; echo '<body class="neterror">'"""])
def test_a_browser_that_draws_nothing_of_use_is_told(tmp_path: Path, content: str) -> None:
    shot = take_screenshot(kept("http://www.shiliqi.example/"), browser=script(tmp_path, content))
    assert shot.png is None
    assert shot.problem.endswith("未截图")


def test_without_a_browser_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGBAO_BROWSER", "")
    assert find_browser() is None
    assert "没有 Chromium" in take_screenshot(kept("http://www.shiliqi.example/"), browser=None).problem


@pytest.mark.parametrize(
    ("url", "kind", "body"),
    [
        ("file:///etc/passwd", "text/html", b"x"),
        ("http://www.shiliqi.example/a.pdf", "application/pdf", b"x"),
        ("http://www.shiliqi.example/", "text/html", b""),
    ],
)
def test_only_web_pages_are_drawn(tmp_path: Path, url: str, kind: str, body: bytes) -> None:
    assert "不是网页" in take_screenshot(kept(url, body, kind), browser=script(tmp_path, "exit 0")).problem


@pytest.mark.parametrize(
    ("url", "address", "rule"),
    [
        ("http://a.example/x", "192.0.2.1", "MAP a.example:80 192.0.2.1:80"),
        ("https://a.example/x", "2001:db8::1", "MAP a.example:443 [2001:db8::1]:443"),
        ("http://[2001:db8::1]:8080/", "2001:db8::1", "MAP [2001:db8::1]:8080 [2001:db8::1]:8080"),
    ],
)
def test_every_other_name_does_not_exist(url: str, address: str, rule: str) -> None:
    own = "MAP evidence.invalid:5 127.0.0.1:5"
    assert resolver_rules(url, address, 5) == f"{rule}, {own}, MAP * ~NOTFOUND"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            b"<!DOCTYPE html><HEAD lang=zh><title>",
            b'<!DOCTYPE html><HEAD lang=zh><base href="http://a.example/?a=1&amp;b=%22"><title>',
        ),
        (b"<header></header>", b"<header></header>"),
        (b"", b""),
    ],
)
def test_a_page_is_told_its_address(body: bytes, expected: bytes) -> None:
    assert with_base(body, "http://a.example/?a=1&b=%22") == expected
