"""When an article was published: its meta tag, else what it shows beside a label or under its title; never its address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from tongbao.scan.page.dates import find_dates
from tongbao.scan.page.model import PublishedFrom

_META_NAMES = (
    "pubdate", "publishdate", "publicationdate", "publishtime", "pubtime", "articlepublishedtime", "releasedate", "datepublished",
    "dcdate", "dctermsissued", "date",
)  # fmt: skip
_LABELS = (
    re.compile(r"(?:发布|发稿|公开|上网|上传|刊发|刊登)\s{0,3}(?:时间|日期)\s{0,3}[:：]?\s{0,3}"),
    re.compile(r"(?:更新|编辑|录入|生成|提交)\s{0,3}(?:时间|日期)\s{0,3}[:：]?\s{0,3}"),
    re.compile(r"(?<![\u4e00-\u9fff])(?:时间|日期)\s{0,3}[:：]\s{0,3}"),
)
_DOCUMENT_LABEL = re.compile(r"(?:成文|发文|印发|制发|签发)\s{0,3}日期\s{0,3}[:：]?\s{0,3}")
_OTHER_LABEL = re.compile(
    r"(?:成文|发文|印发|制发|签发|实施|施行|生效|失效|废止|截止|有效|开始|结束)\s{0,3}(?:日期|时间|期)?\s{0,3}[:：]?\s*$"
)
_REACH = 40
_UNDER_TITLE = 160
_LINE_NOISE = re.compile(r"来源|作者|浏览|点击|阅读|访问|次数|字体|字号|打印|分享|编辑|审核|发布")


def published(
    meta: Mapping[str, str], text: str, title: str, *, seen_at: datetime | None = None
) -> tuple[datetime | None, PublishedFrom]:
    """The publication time of an article and where it stands; ``text`` is the visible text, ``title`` the article's.

    A date under the title counts only when it stands as a line of its own kind (2020-10-13 来源：…), not when the first
    sentence happens to begin with a date.
    """
    for name in _META_NAMES:
        if name in meta:
            found = find_dates(meta[name])
            if found:
                return found[0].at, PublishedFrom.META
    for label in _LABELS if "时间" in text or "日期" in text else ():
        for match in label.finditer(text):
            found = find_dates(text[match.end() : match.end() + _REACH], seen_at=seen_at)
            if found and found[0].start <= 2:
                return found[0].at, PublishedFrom.LABEL
    under = _under_title(text, title)
    if under[0] is not None:
        return under
    for match in _DOCUMENT_LABEL.finditer(text) if "日期" in text else ():
        found = find_dates(text[match.end() : match.end() + _REACH])
        if found and found[0].start <= 2:
            return found[0].at, PublishedFrom.DOCUMENT
    return None, PublishedFrom.NOWHERE


def _under_title(text: str, title: str) -> tuple[datetime | None, PublishedFrom]:
    start = text.find(title) if title else -1
    if start < 0:
        return None, PublishedFrom.NOWHERE
    start += len(title)
    under = text[start : start + _UNDER_TITLE]
    for found in find_dates(under):
        lead, follow = under[: found.start], under[found.end : found.end + 12].strip()
        written = under[found.start : found.end]
        is_line = found.has_clock or "年" not in written or bool(_LINE_NOISE.search(lead + follow)) or not follow
        if is_line and len(lead) <= 60 and not _OTHER_LABEL.search(lead[-20:]) and not re.match(r"[,，。、；起至前]", follow):
            return found.at, PublishedFrom.TITLE
    return None, PublishedFrom.NOWHERE
