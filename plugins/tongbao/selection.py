"""What one run rests on: the batches in force, the rules and the template, fixed before anything is computed."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

import tongbao
from tongbao.archive import Archive, BatchManifest
from tongbao.circular.blocks import WORDS
from tongbao.circular.notice_settings import FEEDBACK, NOTICE, load_notice_settings
from tongbao.errors import ConfigurationError, NoRulesInForce, NothingToReport, TongbaoError
from tongbao.feeds import FEEDS, ROSTER
from tongbao.home import home
from tongbao.indicators import IndicatorSet, indicator_set_on
from tongbao.jurisdiction import Circular, Jurisdiction, canonical_json, cutoff_of, find_jurisdiction
from tongbao.period import SHANGHAI, Period

LOOK_BACK = 3
"""Periods before this one that are judged again, for comparisons and for 连续N期."""


class PeriodInputs(BaseModel):
    """The batches one period is judged by, by feed, and up to when (Asia/Shanghai)."""

    model_config = ConfigDict(frozen=True)

    period: str
    cutoff: datetime
    batches: dict[str, list[BatchManifest]]
    rules: str
    rules_hash: str


class Selection(BaseModel):
    """Everything a run rests on. ``identity`` is equal exactly when every printed character must be."""

    model_config = ConfigDict(frozen=True)

    jurisdiction: str
    circular: str
    periods: list[PeriodInputs]
    """The period itself, then the ones it is compared with, newest first, where the archive holds a roster."""
    parts: dict[str, str]
    """Sha256 of the jurisdiction's settings, the block list, the words it shares and the template."""
    versions: dict[str, str]
    identity: str
    run: dict[str, str]

    @property
    def period(self) -> Period:
        return Period.parse(self.periods[0].period)

    @property
    def own(self) -> PeriodInputs:
        return self.periods[0]

    def inputs_of(self, period: Period) -> PeriodInputs | None:
        return next((inputs for inputs in self.periods if inputs.period == period.label), None)

    def settings(self) -> tuple[Jurisdiction, Circular]:
        jurisdiction = find_jurisdiction(self.jurisdiction)
        return jurisdiction, jurisdiction.circular(self.circular)


def select(
    archive: Archive, jurisdiction_id: str, circular_id: str, period: Period, *, cutoff: datetime | None, run: dict[str, str]
) -> Selection:
    """Fix what a run rests on; NothingToReport when no roster was filed for the period or before."""
    jurisdiction = find_jurisdiction(jurisdiction_id)
    circular = jurisdiction.circular(circular_id)
    if period.kind is not circular.period:
        example = Period.containing(period.first, circular.period).label
        raise TongbaoError(
            f"“{period.label}”与这份通报的检查周期不符",
            remedy=f"请改用 {example} 这样的写法",
            value=period.label,
            rule="period kind",
        )
    if cutoff is not None and not period.start_at < cutoff:
        raise TongbaoError(
            f"监测时间点 {cutoff.isoformat()} 不在 {period.title}之后", remedy="请填写检查周期开始之后的时间", value=cutoff
        )
    if not archive.batches(jurisdiction.id, ROSTER.name, period):
        raise NothingToReport(
            f"{jurisdiction.name}{period.title}没有名册",
            remedy=f"请把名册放入 {jurisdiction.inbox_folder / period.label} 并运行数据接收，再重新运行",
            value=period.label,
        )
    own = _inputs(archive, jurisdiction, circular, period, cutoff)
    periods = [own, *_earlier_inputs(archive, jurisdiction, circular, period)]
    parts = {"jurisdiction": jurisdiction.hash, **{name: _file_hash(path) for name, path in part_files(circular).items()}}
    versions = {"tongbao": tongbao.__version__, "source": source_hash()}
    rests_on = {
        "periods": [
            [p.period, p.cutoff.isoformat(), p.rules_hash, {feed: [b.identity for b in bs] for feed, bs in p.batches.items()}]
            for p in periods
        ],
        "circular": circular_id,
        "parts": parts,
        "versions": versions,
    }
    return Selection(
        jurisdiction=jurisdiction_id,
        circular=circular_id,
        periods=periods,
        parts=parts,
        versions=versions,
        identity=hashlib.sha256(canonical_json(rests_on).encode()).hexdigest(),
        run=run,
    )


def compared_with(period: Period) -> list[Period]:
    """The earlier periods a circular speaks of, newest first: those before it, and the same one a year ago."""
    periods = {period.year_before()}
    before = period
    for _ in range(LOOK_BACK):
        before = before.previous()
        periods.add(before)
    return sorted(periods, reverse=True)


def part_files(circular: Circular) -> dict[str, Path]:
    """The files under templates/ that give a circular and its notices their words and their page."""
    templates = home() / "templates"
    files = {
        "blocks": templates / f"{circular.blocks}.yaml",
        "words": templates / WORDS,
        "template": templates / circular.template,
        "reconciliation": templates / "reconciliation.yaml",
    }
    if circular.notices:
        notice, feedback = load_notice_settings(templates)
        files |= {"notice": templates / NOTICE, "notice_template": templates / notice.template}
        files |= {"feedback": templates / FEEDBACK, "feedback_template": templates / feedback.template}
    return files


def rules_of(inputs: PeriodInputs) -> IndicatorSet:
    """The indicator set a period is judged by: the one valid on its last day."""
    return indicator_set_on(Period.parse(inputs.period).last, inputs.rules)


def read_instant(text: str) -> datetime:
    """Read an ISO date and time; without an offset it is Asia/Shanghai."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise TongbaoError(f"看不懂时间“{text}”", remedy="请写成 2020-10-13T18:00 这样的形式（北京时间）", value=text) from error
    return instant if instant.tzinfo else instant.replace(tzinfo=SHANGHAI)


def _earlier_inputs(archive: Archive, jurisdiction: Jurisdiction, circular: Circular, period: Period) -> Iterator[PeriodInputs]:
    """Inputs of the earlier periods that can be judged: a roster was filed by then and rules were in force."""
    for earlier in compared_with(period):
        if archive.batches(jurisdiction.id, ROSTER.name, earlier):
            with contextlib.suppress(NoRulesInForce):
                yield _inputs(archive, jurisdiction, circular, earlier, None)


def _inputs(
    archive: Archive, jurisdiction: Jurisdiction, circular: Circular, period: Period, cutoff: datetime | None
) -> PeriodInputs:
    rules = indicator_set_on(period.last, circular.indicators)
    return PeriodInputs(
        period=period.label,
        cutoff=cutoff or cutoff_of(circular, period),
        batches={feed: archive.batches(jurisdiction.id, feed, period) for feed in FEEDS},
        rules=circular.indicators,
        rules_hash=rules.hash,
    )


def _file_hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"找不到 templates/{path.name}", remedy="请核对辖区设置中的 blocks 与 template，或恢复该文件", value=path.name
        ) from error


@cache
def source_hash() -> str:
    """Sha256 over the library's own files: another version of the program may print other characters."""
    digest = hashlib.sha256()
    folder = Path(tongbao.__file__).parent
    for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.sql")]):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
