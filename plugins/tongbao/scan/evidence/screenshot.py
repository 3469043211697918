"""What a page looks like, drawn by a headless Chromium from the answer that was kept.

The page itself comes from a server of our own on loopback, byte for byte as the scanner read it but for a ``<base>``; its
pictures and style sheets come from the site's host, at the address that answered then. Scripts, forms, frames and refreshes do
not run, so nothing but GET requests is sent, and to no other host.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

from tongbao.scan.client import Exchange

LIMIT_S = 30.0
_NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
_SIZE = "1280,2000"
_LARGEST = 20 << 20
_OWN_NAME = "evidence.invalid"
_ERROR_PAGE = b'class="neterror"'
_WEB = "http: https: data:"
_POLICY = f"sandbox; default-src 'none'; img-src {_WEB}; style-src {_WEB} 'unsafe-inline'; font-src {_WEB}"
_HEAD = re.compile(rb"<head(?:\s[^>]{0,500})?>", re.IGNORECASE)
_BEGINNING = 8192


@dataclass(frozen=True, slots=True)
class Browser:
    """The browser found on this machine."""

    path: str


@dataclass(frozen=True, slots=True)
class Screenshot:
    """The picture, or the sentence that says why there is none."""

    png: bytes | None
    problem: str = ""


def find_browser() -> Browser | None:
    """Find Chromium or Chrome; ``TONGBAO_BROWSER`` names another, and empty it forbids any."""
    named = os.environ.get("TONGBAO_BROWSER")
    names = _NAMES if named is None else (named,)
    return next((Browser(path) for name in names if name and (path := shutil.which(name))), None)


def take_screenshot(exchange: Exchange, *, browser: Browser | None, user_agent: str = "", limit_s: float = LIMIT_S) -> Screenshot:
    """Draw a kept page within ``limit_s``.

    ``exchange.address``, the IP address that answered and had passed the scanner's check, is the only one the browser can
    reach: every other name and address does not exist for it. It has no profile, and a process group that is ended as a whole.
    """
    if browser is None:
        return Screenshot(None, "本机没有 Chromium 或 Chrome 浏览器，未截图")
    url = exchange.final_url
    if not _is_drawable(exchange):
        return Screenshot(None, f"{url} 不是网页，未截图")
    with _served(exchange) as port, tempfile.TemporaryDirectory(prefix="tongbao-browser-") as scratch:
        picture, content = Path(scratch) / "page.png", Path(scratch) / "page.html"
        arguments = _arguments(browser, resolver_rules(url, exchange.address or "", port), Path(scratch), picture, limit_s)
        if user_agent:
            arguments.append(f"--user-agent={user_agent}")
        if not _has_ended([*arguments, f"http://{_OWN_NAME}:{port}/"], content, limit_s):
            return Screenshot(None, f"浏览器在{limit_s:g}秒内没有画出 {url}，未截图")
        if not picture.exists() or _ERROR_PAGE in content.read_bytes():
            return Screenshot(None, f"浏览器没有画出 {url}，未截图")
        png = picture.read_bytes()[: _LARGEST + 1]
    if len(png) > _LARGEST or not _shows_something(png):
        return Screenshot(None, f"浏览器画出的 {url} 是空白的，未截图")
    return Screenshot(png)


def resolver_rules(url: str, address: str, own_port: int) -> str:
    """The page's host and port lie at the checked address, our own server on loopback; anything else does not exist."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host, there = ((f"[{name}]" if ":" in name else name) for name in (parts.hostname or "", address))
    return f"MAP {host}:{port} {there}:{port}, MAP {_OWN_NAME}:{own_port} 127.0.0.1:{own_port}, MAP * ~NOTFOUND"


def with_base(body: bytes, url: str) -> bytes:
    """The page with its address written in, so that it finds its pictures; what was there stays."""
    base = f'<base href="{escape(url)}">'.encode("utf-8", "replace")
    head = _HEAD.search(body, 0, _BEGINNING)
    return body[: head.end()] + base + body[head.end() :] if head else body


def _is_drawable(exchange: Exchange) -> bool:
    kind = exchange.content_type.partition(";")[0].strip().lower()
    is_web = urlsplit(exchange.final_url).scheme in ("http", "https")
    return is_web and bool(exchange.address and exchange.body) and kind in ("", "text/html", "application/xhtml+xml")


@contextlib.contextmanager
def _served(exchange: Exchange) -> Iterator[int]:
    page = with_base(exchange.body, exchange.final_url)
    kind = exchange.content_type or "text/html"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", _POLICY)
            self.end_headers()
            if self.path == "/":
                self.wfile.write(page)

        def log_message(self, format: str, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


def _arguments(browser: Browser, rules: str, scratch: Path, picture: Path, limit_s: float) -> list[str]:
    arguments = [
        browser.path,
        "--headless",
        "--disable-gpu",
        "--hide-scrollbars",
        "--mute-audio",
        "--no-first-run",
        "--no-default-browser-check",
        "--no-proxy-server",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-dev-shm-usage",
        "--disable-domain-reliability",
        "--disable-extensions",
        "--disable-sync",
        "--disable-quic",
        "--metrics-recording-only",
        "--dns-prefetch-disable",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
        f"--host-resolver-rules={rules}",
        f"--user-data-dir={scratch / 'profile'}",
        f"--screenshot={picture}",
        "--dump-dom",
        f"--window-size={_SIZE}",
        f"--timeout={int(limit_s * 500)}",
    ]
    if os.geteuid() == 0:
        # Chromium refuses its sandbox to root; in a container that is the usual user, and the container is the sandbox.
        arguments.append("--no-sandbox")
    return arguments


def _has_ended(arguments: list[str], content: Path, limit_s: float) -> bool:
    """Run the browser; what the page has become goes to ``content``. False when it had to be ended."""
    folder = str(content.parent)
    fonts = os.environ.get("TONGBAO_FONTS")
    if fonts:
        # A server without Chinese fonts would draw every character as a box.
        (content.parent / ".fonts").symlink_to(fonts)
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": folder, "LANG": "C.UTF-8", "TMPDIR": folder}
    with content.open("wb") as sink:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
    try:
        process.wait(limit_s)
    except subprocess.TimeoutExpired:
        return False
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return True


def _shows_something(png: bytes) -> bool:
    """Whether it is a picture of more than one shade: what was not loaded in time is drawn as an empty page."""
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
            darkest, brightest = picture.convert("L").getextrema()
            return darkest != brightest
    except (OSError, ValueError, SyntaxError):
        return False
