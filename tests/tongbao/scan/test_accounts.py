from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from tongbao.errors import ConfigurationError
from tongbao.feeds import FEEDS, Outcome
from tongbao.period import SHANGHAI
from tongbao.scan.account_forms import AccountRules, read_instant
from tongbao.scan.accounts import Account, AccountReading, read_account, read_accounts
from tongbao.scan.client import Client, Exchange
from tongbao.scan.settings import ScanSettings
from tongbao.vocabulary import load_vocabulary

SEEN = datetime(2020, 9, 28, 8, tzinfo=SHANGHAI)
RULES = AccountRules.load()
ADDRESS = "http://media.example/u/shiliqi"


def ago(days: float) -> datetime:
    return SEEN - timedelta(days=days)


def page(content: str, *, title: str = "示例旗发布的主页") -> str:
    return f"<html><head><meta charset='utf-8'><title>{title}</title></head><body>{content}</body></html>"


def articles(*days: float) -> str:
    return "".join(
        f"<article><h3>第{n}条</h3><time datetime='{ago(d).isoformat()}'>x</time></article>" for n, d in enumerate(days)
    )


def read(body: str, *, platform: str = "新浪微博", rules: AccountRules = RULES, **changes: object) -> AccountReading:
    account = Account("1506990001-wb", "示例旗发布", platform, ADDRESS)
    content = {
        "url": ADDRESS,
        "final_url": ADDRESS,
        "outcome": Outcome.OK,
        "started_at": SEEN,
        "status": 200,
        "body": body.encode(),
    }
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    return read_account(account, Exchange(**{**content, "headers": headers, **changes}), rules)  # type: ignore[arg-type]


def posts(*times: str) -> str:
    return "".join(f"<div class=post><span class=when>{time}</span></div>" for time in times)


ENTRIES = "".join(f"<li><a href='/{n}'>第{n}条信息标题</a> <span>2020-09-{26 - n}</span></li>" for n in range(5))
LINKED = [
    {"@type": "ProfilePage", "dateCreated": ago(0.1).isoformat(), "name": "示例旗发布"},
    {
        "@graph": [
            {"@type": "VideoObject", "uploadDate": ago(2).isoformat()},
            {"@type": ["Article"], "datePublished": ago(5).isoformat()},
        ]
    },
]
STATE = {"user": {"joined": 1}, "data": {"list": [{"post": {"at": int(ago(day).timestamp())}} for day in (1, 3, 9)]}}
EMBEDDED = RULES.model_validate(
    {
        **RULES.model_dump(),
        "platforms": {
            "抖音": {"forms": [{"kind": "embedded", "script": "script#state", "items": "data.list", "time": "post.at"}]},
            "快手": {"forms": [{"kind": "listed", "item": "div.post", "time": "span.when"}]},
        },
    }
)
FORMS = {
    "linked data": ("新浪微博", page(f"<script type='application/ld+json'>{json.dumps(LINKED)}</script>"), 2, 2),
    "time tags": ("今日头条", page(articles(1, 3, 9)), 1, 3),
    "embedded": ("抖音", page(f"<script id='state'>window.__S__ = {json.dumps(STATE)};</script>"), 1, 3),
    "embedded, encoded": ("抖音", page(f"<script id='state'>{quote(json.dumps(STATE))}</script>"), 1, 3),
    "own list": (
        "快手",
        page("".join(f"<div class=post><span class=when>{t}</span></div>" for t in ("9-26 08:00", "2020-9-20"))),
        2,
        2,
    ),
    "relative": ("快手", page(posts("3小时前")), 0.125, 1),
    "plain list": ("人民号", page(f"<ul>{ENTRIES}</ul>"), 2 + 8 / 24, 5),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_newest_publication_is_read_from_each_form(form: str) -> None:
    platform, body, days, count = FORMS[form]
    reading = read(body, platform=platform, rules=EMBEDDED)
    assert reading.reason == ""
    assert reading.last_published_at is not None
    assert abs(reading.last_published_at - ago(days)) <= timedelta(hours=8)
    assert reading.item_count == count


def test_a_reading_becomes_a_row_of_the_updates_feed() -> None:
    section = load_vocabulary().account_section
    row = read(page(articles(1, 3, 9))).row(section)
    assert row == {
        "subject_id": "1506990001-wb",
        "section": "账号",
        "section_class": "account",
        "observed_at": "2020-09-28T08:00:00+08:00",
        "last_published_at": "2020-09-27T08:00:00+08:00",
        "item_count": 3,
    }
    assert set(row) <= set(FEEDS["updates"].names)


STALE = articles(20, 30, 40)


@pytest.mark.parametrize(
    ("body", "changes", "reason"),
    [
        (page("请先登录"), {}, "须登录"),
        (page(STALE), {"final_url": "http://passport.media.example/visitor?url=x"}, "须登录"),
        (page("<div id=app></div><script src=/app.js></script>"), {}, "脚本生成"),
        (page("抱歉，该账号已注销"), {}, "请核实"),
        (page(STALE, title="别人的主页"), {}, "没有该账号的名称"),
        (page(articles(20)), {}, "个别内容"),
        (page(articles(40, 20, 30, 20, 60, 30)), {}, "不按时间"),
        ("", {}, "脚本生成"),
        ("", {"outcome": Outcome.BLOCKED, "status": 403}, "拦截"),
        ("", {"outcome": Outcome.TIMEOUT, "status": None}, "超时"),
        (page(STALE), {"outcome": Outcome.HTTP_4XX, "status": 404}, "不存在"),
    ],
)
def test_every_doubt_is_not_measured_with_its_reason(body: str, changes: dict[str, object], reason: str) -> None:
    reading = read(body, **changes)
    assert reason in reading.reason
    assert not reading.is_measured
    assert reading.row("账号") is None


@pytest.mark.parametrize("days", [(20, 30, 40), (90, 20, 30, 40), (90, 15, 80, 20, 30)])
def test_an_account_is_stale_by_a_list_in_order_of_time_alone(days: tuple[float, ...]) -> None:
    reading = read(page(articles(*days)))
    assert reading.last_published_at == ago(min(days))


def test_one_fresh_entry_proves_an_update_whatever_the_order() -> None:
    assert read(page(articles(40, 1))).last_published_at == ago(1)
    assert read(page(articles(7))).is_measured
    assert not read(page(articles(7.01))).is_measured


def test_every_outcome_has_a_reason() -> None:
    for outcome in set(Outcome) - {Outcome.OK}:
        assert read("", outcome=outcome).reason != "主页打不开"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("9-27 12:30", "2020-09-27"),
        ("12-30", "2019-12-30"),
        ("09月29日", "2020-09-29"),
        ("昨天 20:11", "2020-09-27"),
        ("1601164800", "2020-09-27"),
        ("1601164800000", "2020-09-27"),
        ("2021-01-01", None),
        ("1701164800", None),
        ("9999999999", None),
        ("阅读 1234", None),
        ("", None),
    ],
)
def test_times_are_read_as_platforms_write_them(written: str, expected: str | None) -> None:
    found = read_instant(written, SEEN)
    assert (found and f"{found:%Y-%m-%d}") == expected


@pytest.mark.parametrize(
    "content",
    ["forms: [{kind: listed, item: '[[', time: a}]\n", "forms: [{kind: guess}]\n", "forms: 3\n"],
)
def test_faulty_rules_are_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "accounts.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        AccountRules.load(tmp_path)
    assert caught.value.place.row


class _Handler(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, body = {
            "/robots.txt": (200, "User-agent: *\nDisallow: /closed\n"),
            "/fresh": (200, page(articles(1, 2))),
            "/wall": (403, "no"),
        }.get(self.path, (200, page("请先登录")))
        if self.path == "/moved":
            status = 302
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/login?from=moved")
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def platform() -> Iterator[tuple[str, list[str]]]:
    handler = type("Handler", (_Handler,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}", handler.asked
    server.shutdown()
    server.server_close()


def test_accounts_are_read_from_public_pages_alone(platform: tuple[str, list[str]]) -> None:
    host, asked = platform
    addresses = ("fresh", "closed/1", "wall", "moved", "private")
    accounts = [Account(name, "示例旗发布", "新浪微博", f"http://{host}/{name}") for name in addresses]
    accounts += [Account("wx", "示例旗发布", "微信公众号", f"http://{host}/wx"), Account("none", "示例旗发布", "抖音", "")]
    kept: list[str] = []

    def keep(exchange: Exchange) -> str:
        kept.append(exchange.url)
        return f"sha256:{len(kept)}"

    async def run() -> list[AccountReading]:
        settings = ScanSettings(contact="a@shiliqi.example", private_hosts=(host,), pause_s=0)
        async with Client(settings, now=lambda: SEEN) as client:
            return await read_accounts(accounts, client, RULES, now=lambda: SEEN, keep=keep)

    readings = asyncio.run(asyncio.wait_for(run(), 20))
    assert [reading.account.subject_id for reading in readings] == [account.subject_id for account in accounts]
    reasons = {reading.account.subject_id: reading.reason for reading in readings}
    assert reasons["fresh"] == ""
    assert "robots.txt" in reasons["closed/1"]
    assert "拦截" in reasons["wall"]
    assert "须登录" in reasons["moved"]
    assert "须登录" in reasons["private"]
    assert "没有不登录可看" in reasons["wx"]
    assert "没有填写主页地址" in reasons["none"]
    assert asked.count("/robots.txt") == 1
    assert not {"/closed/1", "/wx"} & set(asked)
    assert len(kept) == 4
    assert readings[0].evidence.startswith("sha256:")
