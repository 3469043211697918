"""What a reviewer is shown: the figures, the gate's result, what changed since last time, where the draft lies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

from tongbao.circular.gate import RULES
from tongbao.draft import ANNEXES, CIRCULAR, NOTICES, PDF, Draft
from tongbao.figures import Figures
from tongbao.formatting import date_text
from tongbao.manifests import Decision, EditionManifest, Stage
from tongbao.period import SHANGHAI
from tongbao.publication.headlines import SCOPES, headlines

_MOVEMENTS = {
    "newly_failing": "新增不合格",
    "failing_first_check": "首次检查即不合格",
    "still_failing": "仍不合格",
    "mended": "已整改合格",
    "not_rechecked": "上期不合格、本期未检",
}
_NAMES, _BREACHES = 20, 10
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~])")
_FILES = {CIRCULAR: "通报（Word）", PDF: "通报（PDF）", ANNEXES: "附件表", NOTICES: "整改通知书"}


def subject(draft: Draft, stage: Stage) -> str:
    return f"{stage.label}：{draft.document().title}"


def body(draft: Draft, base_url: str, decisions: Iterable[Decision]) -> str:
    """What to decide on, in Markdown. ``decisions`` are those on this edition so far; ``base_url`` is the API server's."""
    edition, figures = draft.edition, draft.figures()
    paragraphs = [
        _heading(draft),
        _table(figures),
        _gate(edition.gate),
        "\n".join(_changes(figures)),
        _links(edition, base_url),
        "\n".join(_earlier(decisions)),
        "退回须写明理由；到期无人答复按退回处理，不会印发。",
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def edition_url(edition: EditionManifest, base_url: str, name: str) -> str:
    """Where the portal serves a file of an edition."""
    place = f"{edition.jurisdiction}/{edition.circular}/{edition.period}/{edition.folder}/{name}"
    return f"{base_url.rstrip('/')}/tongbao/editions/{place}"


def plain(text: object) -> str:
    """Text that Markdown takes for nothing else: names come from the offices' own tables."""
    return _MARKUP.sub(r"\\\1", " ".join(str(text).split()))


def _heading(draft: Draft) -> str:
    edition = draft.edition
    cutoff = _instant(edition.cutoff.astimezone(SHANGHAI))
    reason = f"；重新出版理由：{plain(edition.run['reason'])}" if edition.run.get("reason") else ""
    return f"**{plain(draft.document().title)}**\n\n{draft.period.title}，监测时间点 {cutoff}，草稿第{edition.folder}版{reason}"


def _instant(at: datetime) -> str:
    """A midnight is the end of the day before, as offices say it."""
    if at.time() == time():
        return f"{date_text(at.date() - timedelta(days=1))}24时"
    return f"{date_text(at.date())}{at:%H:%M}"


def _table(figures: Figures) -> str:
    lines = ["| | 已检 | 合格 | 不合格 | 未检 | 合格率 | 较上期 |", "|---|---:|---:|---:|---:|---:|---:|"]
    for row in headlines(figures):
        cells = (row.get(key, "—") for key in ("inspected", "qualified", "unqualified", "not_inspected", "pass_rate", "change"))
        lines.append(f"| {row['scope']} | {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def _gate(gate: dict[str, Any]) -> str:
    checks = sum(gate.get("checked", {}).values())
    breaches = gate.get("breaches", [])
    if not breaches:
        return f"**校核**：通过，共核对{checks}项"
    told = [
        f"- {plain(b['place'])}：文中为{plain(b['printed'])}，应为{plain(b['expected'])}（{RULES.get(b['rule'], '')}）"
        for b in breaches
    ]
    more = [f"- 等{len(breaches)}处"] if len(breaches) > _BREACHES else []
    reason = plain(gate.get("override_reason", ""))
    return "\n".join([f"**校核**：有{len(breaches)}处不一致，放行理由：{reason}", "", *told[:_BREACHES], *more])


def _changes(figures: Figures) -> Iterator[str]:
    compared = [scope for scope in SCOPES if f"{scope}.previous.unqualified" in figures]
    if not compared:
        yield "**与上期相比**：没有可比的上期结果"
        return
    yield "**与上期相比**\n"
    for scope in compared:
        for movement, title in _MOVEMENTS.items():
            name = f"{scope}.previous.{movement}"
            if name in figures and figures.value(name):
                yield f"- {SCOPES[scope]}{title}{figures.value(name)}个：{_names(figures, f'{name}_names')}"


def _names(figures: Figures, name: str) -> str:
    items = figures.value(name) if name in figures else ()
    return "、".join(plain(item.name) for item in items[:_NAMES]) + ("等" if len(items) > _NAMES else "")


def _links(edition: EditionManifest, base_url: str) -> str:
    links = [f"[{title}]({edition_url(edition, base_url, name)})" for name, title in _FILES.items() if name in edition.files]
    return "**文件**：" + "　".join(links)


def _earlier(decisions: Iterable[Decision]) -> Iterator[str]:
    for number, decision in enumerate(decisions):
        if number == 0:
            yield "**此前的审核记录**\n"
        yield f"- {decision.at.astimezone(SHANGHAI).strftime('%Y-%m-%d %H:%M')}　{plain(decision)}"
