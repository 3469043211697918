"""When new-media accounts last published, as far as their public profile pages answer.

What this cannot do: see accounts of platforms without a public profile page (WeChat), pages that exist only after their
scripts have run, and anything behind a login; it asks no private interface, solves no challenge and obeys robots.txt. The
forms in config/scan/accounts.yaml are common ones, not a promise: platforms change theirs. So every doubt ends in *not
measured* with its reason, and the inspector's table fills the gap: an account is called stale only by a list of its own, in
order of time, under its own name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Protocol
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from tongbao.feeds import Outcome, SectionClass
from tongbao.period import SHANGHAI
from tongbao.scan.account_forms import AccountRules, times_by
from tongbao.scan.client import Exchange
from tongbao.scan.page import PageFacts, read_page
from tongbao.scan.page.decode import decode
from tongbao.scan.robots import Robots
from tongbao.scan.words.folding import fold

_AT_A_TIME = 16
_WORDS = {
    Outcome.TIMEOUT: "主页超时",
    Outcome.DNS: "主页域名无法解析",
    Outcome.REFUSED: "主页拒绝连接",
    Outcome.RESET: "主页连接中断",
    Outcome.TLS: "主页证书或加密连接错误",
    Outcome.HTTP_4XX: "主页不存在",
    Outcome.HTTP_5XX: "平台服务器错误",
    Outcome.BAD_RESPONSE: "主页返回内容有误",
    Outcome.BLOCKED: "平台拦截了访问",
}


class Fetcher(Protocol):
    """What is needed of :class:`tongbao.scan.client.Client`."""

    async def fetch(self, url: str) -> Exchange: ...


@dataclass(frozen=True, slots=True)
class Account:
    """One new-media account of the roster; ``platform`` is the vocabulary's name, ``address`` its public profile page."""

    subject_id: str
    name: str
    platform: str
    address: str


@dataclass(frozen=True, slots=True)
class AccountReading:
    """What a profile page told: the newest publication, or the reason why it is not measured.

    ``item_count`` counts the dated entries on the page; times in Asia/Shanghai.
    """

    account: Account
    observed_at: datetime
    last_published_at: datetime | None = None
    item_count: int | None = None
    reason: str = ""
    outcome: Outcome | None = None
    evidence: str = ""

    @property
    def is_measured(self) -> bool:
        return self.last_published_at is not None

    def row(self, section: str) -> dict[str, Any] | None:
        """Return the row by the columns of ``feeds.UPDATES``, None if not measured.

        ``section`` is the vocabulary's ``account_section``.
        """
        if self.last_published_at is None:
            return None
        return {
            "subject_id": self.account.subject_id,
            "section": section,
            "section_class": SectionClass.ACCOUNT.value,
            "observed_at": self.observed_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
            "last_published_at": self.last_published_at.isoformat(timespec="seconds"),
            "item_count": self.item_count,
        }


async def read_accounts(
    accounts: Sequence[Account],
    client: Fetcher,
    rules: AccountRules,
    *,
    now: Callable[[], datetime],
    keep: Callable[[Exchange], str] | None = None,
) -> list[AccountReading]:
    """Read the profile page of each account, in the order given; ``keep`` files what was seen and returns its evidence id."""
    places = asyncio.Semaphore(_AT_A_TIME)
    robots = _RobotsBook(client)

    async def one(account: Account) -> AccountReading:
        reason = _unreadable(account, rules)
        if reason:
            return AccountReading(account, now(), reason=reason)
        async with places:
            if not await robots.allows(account.address):
                return AccountReading(account, now(), reason="平台的 robots.txt 不允许访问主页")
            exchange = await client.fetch(account.address)
        reading = read_account(account, exchange, rules)
        return replace(reading, evidence=keep(exchange)) if keep else reading

    return await asyncio.gather(*(one(account) for account in accounts))


def read_account(account: Account, exchange: Exchange, rules: AccountRules) -> AccountReading:
    """Judge one answer; pure."""
    seen_at = exchange.started_at
    reading = AccountReading(account, seen_at, outcome=exchange.outcome)
    if exchange.outcome is not Outcome.OK:
        return replace(reading, reason=_WORDS.get(exchange.outcome, "主页打不开"))
    if _is_login(exchange.final_url, rules):
        return replace(reading, reason="须登录才能查看")
    facts = read_page(exchange.final_url, exchange.body, exchange.content_type)
    times = _times(exchange, facts, account, rules)
    reason = _doubt(account, facts, times, seen_at, rules)
    if reason:
        return replace(reading, reason=reason)
    return replace(reading, last_published_at=max(times), item_count=len(times))


class _RobotsBook:
    """The robots.txt of each platform, asked for once."""

    def __init__(self, client: Fetcher) -> None:
        self._client = client
        self._asked: dict[str, asyncio.Task[Exchange]] = {}

    async def allows(self, url: str) -> bool:
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.netloc}"
        if place not in self._asked:
            self._asked[place] = asyncio.ensure_future(self._ask(place))
        return Robots.read(await self._asked[place]).allows(url)

    async def _ask(self, place: str) -> Exchange:
        return await self._client.fetch(f"{place}/robots.txt")


def _unreadable(account: Account, rules: AccountRules) -> str:
    platform = rules.platforms.get(account.platform)
    if platform and platform.why_not:
        return platform.why_not
    try:
        parts = urlsplit(account.address)
        is_page = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_page = False
    return "" if is_page else "名册没有填写主页地址"


def _is_login(url: str, rules: AccountRules) -> bool:
    return any(mark in url.lower() for mark in rules.login_addresses)


def _times(exchange: Exchange, facts: PageFacts, account: Account, rules: AccountRules) -> list[datetime]:
    """The times of the first form the page has."""
    tree = LexborHTMLParser(decode(exchange.body, exchange.content_type).text)
    for form in rules.forms_of(account.platform):
        times = times_by(form, tree, exchange.started_at)
        if times:
            return times
    latest = exchange.started_at + timedelta(days=1)
    return [item.published_on for item in facts.items if item.published_on and item.published_on <= latest]


def _doubt(account: Account, facts: PageFacts, times: list[datetime], seen_at: datetime, rules: AccountRules) -> str:
    """Why the times prove nothing; empty where they do."""
    said = fold(f"{facts.title} {facts.text}")
    if not times:
        if any(fold(text) in said for text in rules.gone_texts):
            return "主页显示账号不存在或者已注销，请核实"
        if any(fold(text) in said for text in rules.login_texts):
            return "须登录才能查看"
        return "主页没有可读的发布时间（内容可能由脚本生成）"
    if not fold(account.name) or fold(account.name) not in said:
        return "页面上没有该账号的名称，可能不是它的主页"
    if max(times) >= seen_at - timedelta(days=rules.fresh_days):
        return ""
    if len(times) < rules.least_items:
        return "主页只显示个别内容，不足以判断是否更新"
    if not _is_by_time(times, rules.most_pinned):
        return "主页内容不按时间排列，不足以判断是否更新"
    return ""


def _is_by_time(times: list[datetime], most_pinned: int) -> bool:
    """Newest first, but for what was pinned above the rest."""
    return any(
        all(newer >= older for newer, older in pairwise(times[pinned:])) and len(times) - pinned >= 2
        for pinned in range(most_pinned + 1)
    )
