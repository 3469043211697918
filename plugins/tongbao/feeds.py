"""The contract of every feed, in one place: row models, Arrow schemas, keys and Chinese titles.

README's tables, the reader's headers and the Great Expectations suites are checked against it.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


class Kind(StrEnum):
    """What a subject is."""

    WEBSITE = "website"
    ACCOUNT = "account"


class Status(StrEnum):
    """Whether a subject is in operation, as its register says."""

    OPERATING = "operating"
    MIGRATED = "migrated"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """What came of one request; ``blocked`` means a firewall answered, not the site."""

    OK = "ok"
    TIMEOUT = "timeout"
    DNS = "dns"
    REFUSED = "refused"
    RESET = "reset"
    TLS = "tls"
    HTTP_4XX = "http_4xx"
    HTTP_5XX = "http_5xx"
    BAD_RESPONSE = "bad_response"
    BLOCKED = "blocked"


class SectionClass(StrEnum):
    """What a section of a website (or an account as a whole) publishes."""

    HOMEPAGE = "homepage"
    NEWS = "news"
    NOTICE = "notice"
    POLICY = "policy"
    INTERPRETATION = "interpretation"
    PLAN = "plan"
    DATA = "data"
    INTERACTION = "interaction"
    OTHER = "other"
    ACCOUNT = "account"


class State(StrEnum):
    """What is known of one clause for one subject: four states, never two."""

    MET = "met"
    BREACHED = "breached"
    NOT_MEASURED = "not_measured"
    BLOCKED = "blocked"


class UnitClass(StrEnum):
    """What kind of unit a sponsor is."""

    GOVERNMENT = "government"
    STATE_DEPARTMENT = "state_department"
    DEPARTMENT = "department"
    TOWNSHIP = "township"
    ZONE = "zone"
    INSTITUTION = "institution"
    ENTERPRISE = "enterprise"
    OTHER = "other"


class ColumnType(StrEnum):
    """What a cell of a column holds."""

    TEXT = "text"
    CHOICE = "choice"
    FLAG = "flag"
    COUNT = "count"
    NUMBER = "number"
    DAY = "day"
    INSTANT = "instant"
    PERIOD = "period"


@dataclass(frozen=True)
class Column:
    """One column of a feed; ``title`` is its first Chinese header, synonyms live in config/vocabulary."""

    name: str
    title: str
    type: ColumnType = ColumnType.TEXT
    required: bool = False
    """Whether the column must be in the file and filled in every row."""
    choices: builtins.type[StrEnum] | None = None
    default: Any = None
    """What an empty or absent cell means where silence has a customary meaning."""


@dataclass(frozen=True)
class Feed:
    """One feed: its columns, the key of a row and the column that says when it was observed."""

    name: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    observed: str | None
    """Column judged against the cutoff; None for the roster, which is a snapshot of its period."""

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @cached_property
    def schema(self) -> pa.Schema:
        """The Arrow schema of an accepted batch: instants are microseconds in Asia/Shanghai."""
        import pyarrow as pa

        types = {
            ColumnType.TEXT: pa.string(),
            ColumnType.CHOICE: pa.string(),
            ColumnType.PERIOD: pa.string(),
            ColumnType.FLAG: pa.bool_(),
            ColumnType.COUNT: pa.int64(),
            ColumnType.NUMBER: pa.float64(),
            ColumnType.DAY: pa.date32(),
            ColumnType.INSTANT: pa.timestamp("us", tz="Asia/Shanghai"),
        }
        return pa.schema([pa.field(c.name, types[c.type]) for c in self.columns])


_TEXT, _CHOICE, _FLAG, _COUNT = ColumnType.TEXT, ColumnType.CHOICE, ColumnType.FLAG, ColumnType.COUNT
_NUMBER, _DAY, _INSTANT, _PERIOD = ColumnType.NUMBER, ColumnType.DAY, ColumnType.INSTANT, ColumnType.PERIOD
_SUBJECT = Column("subject_id", "标识码", _TEXT, required=True)

ROSTER = Feed(
    "roster",
    "名册",
    (
        _SUBJECT,
        Column("kind", "类别", _CHOICE, choices=Kind),
        Column("platform", "平台类型"),
        Column("name", "名称", required=True),
        Column("address", "地址"),
        Column("sponsor", "主办单位", required=True),
        Column("operator", "承办单位"),
        Column("unit_class", "单位类别", _CHOICE, choices=UnitClass),
        Column("region", "地区"),
        Column("is_portal", "是否门户", _FLAG, default=False),
        Column("has_services", "有无对外服务职能", _FLAG, default=True),
        Column("status", "状态", _CHOICE, choices=Status, default=Status.OPERATING),
        Column("declared", "是否报备", _FLAG),
        Column("opened_on", "开设时间", _DAY),
        Column("filed_on", "备案日期", _DAY),
        Column("closed_on", "注销日期", _DAY),
        Column("contact", "联系人"),
    ),
    key=("subject_id", "declared"),
    observed=None,
)

PROBES = Feed(
    "probes",
    "首页探测记录",
    (
        _SUBJECT,
        Column("probed_at", "探测时间", _INSTANT, required=True),
        Column("outcome", "结果", _CHOICE, required=True, choices=Outcome),
        Column("status_code", "状态码", _COUNT),
        Column("elapsed_s", "耗时（秒）", _NUMBER),
    ),
    key=("subject_id", "probed_at"),
    observed="probed_at",
)

UPDATES = Feed(
    "updates",
    "更新情况",
    (
        _SUBJECT,
        Column("section", "栏目名称", required=True),
        Column("section_class", "栏目类别", _CHOICE, required=True, choices=SectionClass),
        Column("observed_at", "检查时间", _INSTANT, required=True),
        Column("last_published_at", "最后更新时间", _INSTANT),
        Column("item_count", "信息条数", _COUNT),
    ),
    key=("subject_id", "section", "observed_at"),
    observed="observed_at",
)

LINKS = Feed(
    "links",
    "链接检查",
    (
        _SUBJECT,
        Column("page", "所在页面", required=True),
        Column("link", "链接地址", required=True),
        Column("on_homepage", "是否首页", _FLAG, default=False),
        Column("outcome", "结果", _CHOICE, required=True, choices=Outcome),
        Column("checked_at", "检查时间", _INSTANT, required=True),
        Column("attempts", "尝试次数", _COUNT, default=1),
    ),
    key=("subject_id", "page", "link", "checked_at"),
    observed="checked_at",
)

MESSAGES = Feed(
    "messages",
    "留言办理",
    (
        _SUBJECT,
        Column("message_id", "留言编号", required=True),
        Column("channel", "渠道", required=True),
        Column("received_at", "收到时间", _INSTANT, required=True),
        Column("replied_at", "答复时间", _INSTANT),
        Column("valid", "是否有效", _FLAG, default=True),
        Column("published", "是否公开", _FLAG, default=False),
    ),
    key=("subject_id", "message_id"),
    observed="received_at",
)

FINDINGS = Feed(
    "findings",
    "检查问题",
    (
        _SUBJECT,
        Column("clause", "条款", required=True),
        Column("state", "状态", _CHOICE, choices=State, default=State.BREACHED),
        Column("count", "数量", _COUNT, default=1),
        Column("description", "问题描述"),
        Column("evidence", "证据"),
        Column("found_at", "发现时间", _INSTANT, required=True),
        Column("source", "来源"),
        Column("inspector", "检查人"),
    ),
    key=("subject_id", "clause", "found_at", "description"),
    observed="found_at",
)

SAMPLE = Feed(
    "sample",
    "抽查名单",
    (
        _SUBJECT,
        Column("period", "检查周期", _PERIOD, required=True),
        Column("inspector", "检查人"),
        Column("checked_at", "检查时间", _INSTANT),
    ),
    key=("subject_id", "period"),
    observed="checked_at",
)

FEEDS: dict[str, Feed] = {feed.name: feed for feed in (ROSTER, PROBES, UPDATES, LINKS, MESSAGES, FINDINGS, SAMPLE)}
