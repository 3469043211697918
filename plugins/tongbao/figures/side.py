"""What circulars tell beside the verdicts: messages handled, websites reached over HTTPS."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from tongbao.feeds import Kind
from tongbao.figures.collector import Collector
from tongbao.figures.model import segment
from tongbao.figures.result import PeriodResult

MESSAGE_COUNTS = ("channel", "received", "replied")


def message_counts(messages: pd.DataFrame, start: datetime, cutoff: datetime) -> pd.DataFrame:
    """Count valid messages received from ``start`` until before ``cutoff``, by channel, and those answered by the cutoff.

    ``messages``: rows of the feed in the order they were delivered; of one message the last row counts.
    Columns: ``MESSAGE_COUNTS``, most received first.
    """
    newest = messages.drop_duplicates(["subject_id", "message_id"], keep="last")
    is_valid = newest["valid"].astype("boolean").fillna(value=True).astype(bool)
    within = (newest["received_at"] >= start) & (newest["received_at"] < cutoff)
    rows = newest[is_valid & within]
    counted = rows.assign(received=1, replied=(rows["replied_at"] < cutoff).astype("int64")).groupby("channel")
    table = counted[["received", "replied"]].sum().reset_index()
    return table.sort_values(["received", "channel"], ascending=[False, True], ignore_index=True)[list(MESSAGE_COUNTS)]


def add_messages(collector: Collector, result: PeriodResult) -> None:
    """Add ``messages``: received, replied, unanswered and the share replied, in all and ``by_channel``."""
    table = result.messages
    if table is None or table.empty:
        collector.absent("messages", "本期没有收到留言办理数据")
        return
    collector.open("messages.by_channel")
    _add_handled(collector, "messages", table, "有效留言")
    channels: list[str] = []
    for channel, rows in table.groupby(table["channel"].map(segment), sort=False):
        name = f"messages.by_channel.{channel}"
        collector.text(f"{name}.label", channel, "留言的渠道")
        _add_handled(collector, name, rows, f"渠道为“{channel}”的有效留言")
        channels.append(name)
    for count in ("received", "replied", "unanswered"):
        collector.split(f"messages.{count}", (f"{name}.{count}" for name in channels))


def _add_handled(collector: Collector, name: str, rows: pd.DataFrame, what: str) -> None:
    received, replied = int(rows["received"].sum()), int(rows["replied"].sum())
    collector.count(f"{name}.received", received, f"本期收到的{what}")
    collector.count(f"{name}.replied", replied, f"本期收到、监测时间点前已答复的{what}")
    collector.count(f"{name}.unanswered", received - replied, f"本期收到、监测时间点前未答复的{what}")
    collector.split(f"{name}.received", (f"{name}.replied", f"{name}.unanswered"))
    collector.rate(f"{name}.reply_rate", f"{name}.replied", f"{name}.received")


def add_https(collector: Collector, result: PeriodResult) -> None:
    """Add ``websites.with_address`` and how many of their addresses begin with https."""
    addresses = result.of_kind(Kind.WEBSITE)["address"].dropna().astype("string").str.strip().str.lower()
    collector.count("websites.with_address", (addresses != "").sum(), "名册填写了网址的政府网站")
    collector.count("websites.https", addresses.str.startswith("https://").sum(), "名册所填网址为HTTPS的政府网站")
    collector.rate("websites.https_rate", "websites.https", "websites.with_address")
