"""HTTP sources against a server on loopback: paging, limits, retries, and where a token may go."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tongbao.errors import SourceUnavailable
from tongbao.intake.fetch import fetch
from tongbao.jurisdiction import HttpSource
from tongbao.period import SHANGHAI


class Site:
    """A scripted server: answers by path, each a list used up one a request, the last one for ever."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Callable[[BaseHTTPRequestHandler], None]]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.requests.append((self.path, dict(self.headers)))
                script = site.answers.get(self.path) or [status(404)]
                (script.pop(0) if len(script) > 1 else script[0])(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def source(self, path: str, **settings: Any) -> HttpSource:
        return HttpSource(feed="probes", url=self.base + path, **settings)


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()


def body(content: bytes, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for name, value in {"Content-Length": str(len(content)), **{k.replace("_", "-"): v for k, v in headers.items()}}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def page(content: Any, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    return body(json.dumps(content, ensure_ascii=False).encode(), **headers)


def status(code: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in {"Content-Length": "0", **{k.replace("_", "-"): v for k, v in headers.items()}}.items():
            handler.send_header(name, value)
        handler.end_headers()

    return answer


def cut_short(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'[{"subject_id"')
    handler.close_connection = True


def trickle(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    try:
        for _ in range(200):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        handler.close_connection = True


ROW = {"网站标识码": "1506990001", "结果": "正常"}


def test_a_list_becomes_a_csv_with_the_sources_headers(site: Site, tmp_path: Path) -> None:
    site.answers["/p"] = [
        page([ROW, {"网站标识码": "00123456789012345678", "状态码": 200, "耗时": 0.10, "备": None, "好": True}])
    ]
    path = fetch(site.source("/p"), tmp_path)
    assert path.read_text(encoding="utf-8").splitlines() == [
        "网站标识码,结果,状态码,耗时,备,好",
        "1506990001,正常,,,,",
        "00123456789012345678,,200,0.1,,true",
    ]


def test_numbers_keep_their_digits(site: Site, tmp_path: Path) -> None:
    site.answers["/p"] = [body(b'[{"id": 12345678901234567890123, "x": 1.50, "n": {"a": [1]}}]')]
    assert (
        fetch(site.source("/p"), tmp_path).read_text(encoding="utf-8").splitlines()[1]
        == '12345678901234567890123,1.50,"{""a"": [""1""]}"'
    )


@pytest.mark.parametrize("following", ["/p?page=2", 2, "2"])
def test_pages_are_followed_and_kept(following: object, site: Site, tmp_path: Path) -> None:
    site.answers["/p"] = [page({"items": [ROW], "next": following})]
    site.answers["/p?page=2"] = [page({"items": [ROW | {"网站标识码": "2"}], "next": None})]
    path = fetch(site.source("/p"), tmp_path, token="s3cret")
    assert [line.split(",")[0] for line in path.read_text(encoding="utf-8").splitlines()] == ["网站标识码", "1506990001", "2"]
    assert [file.name for file in sorted((tmp_path / f"{path.stem}.pages").iterdir())] == ["00001.json", "00002.json"]
    assert [headers["Authorization"] for _, headers in site.requests] == ["Bearer s3cret"] * 2


def test_records_lie_under_the_names_of_the_settings(site: Site, tmp_path: Path) -> None:
    site.answers["/p"] = [page({"rows": [ROW], "more": "/q"})]
    site.answers["/q"] = [page({"rows": [ROW]})]
    path = fetch(site.source("/p", items="rows", next="more"), tmp_path)
    assert len(path.read_text(encoding="utf-8").splitlines()) == 3


def test_csv_pages_follow_the_link_header(site: Site, tmp_path: Path) -> None:
    site.answers["/p"] = [body("标识码,结果\na,正常\n".encode("gb18030"), Link='</q>; rel="next"')]
    site.answers["/q"] = [body("\ufeff结果,标识码\n超时,b\n".encode())]
    path = fetch(site.source("/p", format="csv"), tmp_path)
    assert path.read_text(encoding="utf-8").splitlines() == ["标识码,结果", "a,正常", "b,超时"]


def test_the_name_follows_from_the_address_alone(site: Site, tmp_path: Path) -> None:
    site.answers["/p"] = [page([ROW]), page([ROW, ROW])]
    first = fetch(site.source("/p"), tmp_path)
    assert first.name.startswith("probes-127.0.0.1")
    assert fetch(site.source("/p"), tmp_path) == first
    assert len(first.read_text(encoding="utf-8").splitlines()) == 3


def test_a_busy_source_is_asked_again_after_the_time_it_names(site: Site, tmp_path: Path) -> None:
    site.answers["/p"] = [status(503), status(429, Retry_After="1"), page([ROW])]
    started = time.monotonic()
    fetch(site.source("/p"), tmp_path)
    assert len(site.requests) == 3
    assert time.monotonic() - started >= 1


def test_a_body_cut_short_is_asked_for_again(site: Site, tmp_path: Path) -> None:
    site.answers["/p"] = [cut_short, page([ROW])]
    assert len(fetch(site.source("/p"), tmp_path).read_text(encoding="utf-8").splitlines()) == 2


def test_a_source_cutting_every_body_is_unavailable(site: Site, tmp_path: Path) -> None:
    site.answers["/p"] = [cut_short]
    with pytest.raises(SourceUnavailable, match="没有应答"):
        fetch(site.source("/p"), tmp_path)
    assert not list(tmp_path.glob("*.csv"))


def test_waiting_longer_than_the_limit_is_not_begun(site: Site, tmp_path: Path) -> None:
    site.answers["/p"] = [status(503, Retry_After="3600")]
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match="没有应答"):
        fetch(site.source("/p", time_limit_s=5), tmp_path)
    assert time.monotonic() - started < 3


def test_a_trickling_body_meets_the_time_limit(site: Site, tmp_path: Path) -> None:
    site.answers["/p"] = [trickle]
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match=r"在0\.5秒内没有取完"):
        fetch(site.source("/p", time_limit_s=0.5), tmp_path)
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("packed", [False, True])
def test_the_size_limit_counts_what_comes_out(packed: bool, site: Site, tmp_path: Path) -> None:
    content = b"[" + b" " * (3 << 20) + b"]"
    site.answers["/p"] = [body(gzip.compress(content), Content_Encoding="gzip") if packed else body(content)]
    with pytest.raises(SourceUnavailable, match="超过1MiB"):
        fetch(site.source("/p", size_limit_mib=1), tmp_path)


def test_the_size_limit_counts_all_pages(site: Site, tmp_path: Path) -> None:
    heavy = {"items": [{"a": "x" * 400_000}]}
    site.answers |= {f"/{n}": [page(heavy | {"next": f"/{n + 1}"})] for n in range(1, 9)}
    with pytest.raises(SourceUnavailable, match="超过1MiB"):
        fetch(site.source("/1", size_limit_mib=1), tmp_path)
    assert len(site.requests) == 3


@pytest.mark.parametrize("way", ["next", "link", "redirect"])
def test_no_page_lies_on_another_host(way: str, site: Site, tmp_path: Path) -> None:
    other = Site()
    other.answers["/q"] = [page([ROW])]
    elsewhere = f"{other.base}/q"
    site.answers["/p"] = [
        {
            "next": page({"items": [ROW], "next": elsewhere}),
            "link": page([ROW], Link=f'<{elsewhere}>; rel="next"'),
            "redirect": status(302, Location=elsewhere),
        }[way]
    ]
    with pytest.raises(SourceUnavailable, match="转到了别的主机"):
        fetch(site.source("/p"), tmp_path, token="s3cret")
    assert other.requests == []
    other.server.shutdown()
    other.server.server_close()


def test_a_redirect_on_the_same_host_is_followed(site: Site, tmp_path: Path) -> None:
    site.answers["/p"] = [status(301, Location="/q")]
    site.answers["/q"] = [page([ROW])]
    assert fetch(site.source("/p"), tmp_path).exists()


FAILURES = [
    (status(401), "拒绝访问（401）.*连接“monitor”中的令牌"),
    (status(404), "返回 404.*核对辖区设置中的 url"),
    (status(302, Location="/p"), "转向次数过多"),
    (body(b"<html>login</html>"), "第1页不是正确的 JSON.*登录页"),
    (page({"data": []}), "没有记录列表“items”"),
    (page({"items": ["a"]}), "没有记录列表“items”"),
    (page([]), "没有返回任何记录"),
    (page({"items": [ROW], "next": "/p"}), "分页没有尽头"),
]


@pytest.mark.parametrize(("answer", "said"), FAILURES)
def test_what_cannot_be_used_is_told_with_a_remedy(answer: Any, said: str, site: Site, tmp_path: Path) -> None:
    site.answers["/p"] = [answer]
    with pytest.raises(SourceUnavailable, match=said):
        fetch(site.source("/p", connection="monitor"), tmp_path)
    assert not [file for file in tmp_path.iterdir() if file.is_file()]


def test_a_csv_row_longer_than_its_header_is_told(site: Site, tmp_path: Path) -> None:
    site.answers["/p"] = [body(b"a,b\n1,2,3\n")]
    with pytest.raises(SourceUnavailable, match="第1页第2行的格数多于表头"):
        fetch(site.source("/p", format="csv"), tmp_path)


def test_nobody_listening_is_told(site: Site, tmp_path: Path) -> None:
    source = site.source("/p", time_limit_s=2)
    site.server.shutdown()
    site.server.server_close()
    with pytest.raises(SourceUnavailable, match=r"没有应答|没有取完"):
        fetch(source, tmp_path)


def test_an_earlier_csv_does_not_survive_a_failed_fetch(site: Site, tmp_path: Path) -> None:
    site.answers["/p"] = [page([ROW]), status(404)]
    fetch(site.source("/p"), tmp_path)
    with pytest.raises(SourceUnavailable):
        fetch(site.source("/p"), tmp_path)
    assert not list(tmp_path.glob("*.csv"))


@pytest.mark.parametrize(("delivers", "files"), [("whole", 1), ("increments", 2)])
def test_increments_add_up_and_a_whole_feed_supersedes(site: Site, tmp_path: Path, delivers: str, files: int) -> None:
    site.answers["/probes"] = [body(b'[{"subject_id": "a"}]')]
    source = site.source("/probes", delivers=delivers)
    for hour in (6, 7):
        fetch(source, tmp_path, fetched_at=datetime(2020, 9, 30, hour, tzinfo=SHANGHAI))
    assert len(list(tmp_path.glob("*.csv"))) == files
