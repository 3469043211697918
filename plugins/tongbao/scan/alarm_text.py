"""What an alarm says, for mail and group chats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tongbao.feeds import Outcome
from tongbao.period import SHANGHAI
from tongbao.scan.alarms import Change, Event
from tongbao.scan.outcomes import OUTCOME_NAMES

LISTED = 20
"""Sites named one by one; a group chat bears no more."""


def subject_line(office: str, events: Sequence[Event]) -> str:
    """E.g. 示例旗网站巡检：2个网站无法访问，1个恢复."""
    down, back = (sum(event.change is change for event in events) for change in (Change.OPENED, Change.RECOVERED))
    parts = [f"{down}个网站无法访问"] * bool(down) + [f"{back}个恢复"] * bool(back)
    return f"{office}网站巡检：{'，'.join(parts)}"


def alarm_text(office: str, events: Sequence[Event]) -> str:
    """The subject line and one line a site, those that went down first."""
    ordered = sorted(events, key=lambda event: (event.change is not Change.OPENED, event.since, event.subject_id))
    lines = [_line(event) for event in ordered[:LISTED]]
    if len(ordered) > LISTED:
        lines.append(f"……另有{len(ordered) - LISTED}个，请到巡检记录中查看")
    return "\n".join([subject_line(office, events), *lines])


def _line(event: Event) -> str:
    site = f"{event.name}（{event.subject_id}）" if event.name else event.subject_id
    if event.change is Change.RECOVERED:
        return f"恢复：{site}，{_clock(event.at)}起可以访问，此前中断约{_duration(event.at - event.since)}"
    return f"异常：{site}，{_clock(event.since)}起连续{event.failures}次探测失败（{OUTCOME_NAMES[Outcome(event.outcome)]}）"


def _clock(at: datetime) -> str:
    local = at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日{local:%H:%M}"


def _duration(length: timedelta) -> str:
    minutes = max(1, round(length.total_seconds() / 60))
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24}天{hours % 24}小时"
    return f"{hours}小时{rest}分钟" if hours else f"{minutes}分钟"
