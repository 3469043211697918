"""The settings of one office: who it is, where its data come from, which circulars it issues."""

from __future__ import annotations

import hashlib
import json
import pickle
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from tongbao.errors import ConfigurationError, Place
from tongbao.home import config_folder, home
from tongbao.period import MONTHS, Period, PeriodKind
from tongbao.scan.settings import ScanSettings

# The same safe loader in C: the indicator sets are read in every step, and the other one takes seconds over them.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


UserName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
MailAddress = Annotated[str, StringConstraints(pattern=r"^[^@\s,;<>\"]+@[^@\s,;<>\"]+$")]

OPERATIONAL: dict[str, Any] = {"scan": True, "circulars": {"__all__": {"reviews", "publication"}}}
"""Settings that change no printed character: scans reach an edition only as batches, reviewers only as its decisions."""


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HttpSource(_Settings):
    """A feed fetched over HTTP; the token lies in the Airflow connection ``connection``."""

    feed: str
    url: str
    connection: str = ""
    format: Literal["json", "csv"] = "json"
    delivers: Literal["whole", "increments"] = "whole"
    """Whether each fetch brings the period's whole feed anew or only what is new since the last one."""
    items: str = "items"
    next: str = "next"
    time_limit_s: float = Field(default=120, gt=0)
    size_limit_mib: float = Field(default=200, gt=0)


class Basis(_Settings):
    """A document the circular rests on; ``short`` is its 以下简称, if it is named again."""

    title: str
    number: str = ""
    short: str = ""


class Rectification(_Settings):
    """When, how and to whom a unit reports that it has mended its findings."""

    working_days: int = Field(default=10, ge=1, le=120)
    office: str
    contact: str = ""


class Reviews(_Settings):
    """Who decides in the three reviews (三审) and who signs, by user name; ``days`` is how long each is waited for."""

    first: tuple[UserName, ...] = Field(min_length=1)
    second: tuple[UserName, ...] = Field(min_length=1)
    final: tuple[UserName, ...] = Field(min_length=1)
    sign: tuple[UserName, ...] = ()
    """Empty: whoever may decide the final review."""
    days: int = Field(default=5, ge=1, le=60)

    @model_validator(mode="after")
    def _three_persons(self) -> Reviews:
        stages = (self.first, self.second, self.final)
        if not any(len(set(persons)) == len(stages) for persons in product(*stages)):
            raise ValueError("初审、复审、终审须能由三个不同的人进行，请增加人员")
        return self

    def signers(self) -> tuple[str, ...]:
        return self.sign or self.final


class Publication(_Settings):
    """To whom a signed circular goes by mail, over the Airflow connection ``mail_connection``."""

    mail_to: tuple[MailAddress, ...] = ()
    mail_connection: str = "smtp_default"
    notices_by_mail: bool = False
    """Whether each unit gets its own 整改通知书 at the address the roster's contact column holds."""


class Circular(_Settings):
    """One circular an office issues regularly."""

    name: str
    """What the document calls itself in its title, with {period} for the period's name."""
    period: PeriodKind = PeriodKind.QUARTER
    working_day: int = Field(default=10, ge=1, le=60)
    hour: int = Field(default=8, ge=0, le=23)
    cutoff_days_after: int = Field(default=0, ge=0, le=60)
    """Days after the period's end up to which observations still count."""
    start: date = date(2020, 1, 1)
    indicators: str = "national-2019"
    blocks: str = "quarterly"
    template: str = "circular-v1.docx"
    mark: str
    number_code: str
    """The agency code of the document number, e.g. 示政服字."""
    addressees: str
    basis: tuple[Basis, ...] = ()
    office: str
    sealed: bool = True
    note: str = ""
    copy_to: tuple[str, ...] = ()
    printed_by: str
    rectification: Rectification
    label: str = ""
    """What operators call it where an office issues several of one period."""
    period_name: str = ""
    """What the document calls a period where that is not its calendar name: {year}, {number} in the year, {period}."""
    notices: bool = False
    """Whether each unit with findings gets its own 整改通知书 and 抽查情况反馈表, in one .zip beside the circular."""
    charts: bool = False
    """Whether the circular shows its pass rates in pictures too."""
    reviews: Reviews | None = None
    """Without it a run ends with the draft, and the manifest says that there were no reviews."""
    publication: Publication = Publication()
    slots: dict[str, list[str] | str] = {}
    """Free text of the office by slot name, printed verbatim (policy, demands, contacts)."""

    def name_of(self, period: Period) -> str:
        """The period as this circular names it, e.g. 2020年第三季度, or 2020年第3次 where the office counts its checks."""
        number = (period.first.month - 1) // MONTHS.get(period.kind, 1) + 1
        parts = {"{year}": str(period.first.year), "{number}": str(number), "{period}": period.title}
        name = self.period_name or "{period}"
        for place, value in parts.items():
            name = name.replace(place, value)
        return name


class Jurisdiction(_Settings):
    """One office and everything it has decided about its circulars."""

    id: Identifier
    name: str
    region_code: str = ""
    inbox: str
    """Folder with one subfolder per period; relative to TONGBAO_HOME, or an absolute path."""
    own_regions: tuple[str, ...] = ()
    """Words of the roster's region column that mean the office's own level, e.g. 市直; an empty one does too."""
    platform_groups: dict[str, tuple[str, ...]] = {}
    """Platforms counted together in combined rows, by the name they share, e.g. 快手、抖音号."""
    http_sources: tuple[HttpSource, ...] = ()
    scan: ScanSettings | None = None
    """Own probes and crawls; without it none of the office's sites is touched."""
    circulars: dict[Identifier, Circular]

    @property
    def inbox_folder(self) -> Path:
        return home() / self.inbox

    def circular(self, circular_id: str) -> Circular:
        try:
            return self.circulars[circular_id]
        except KeyError:
            raise ConfigurationError(
                f"{self.name}没有名为“{circular_id}”的通报",
                remedy=f"请从 {'、'.join(self.circulars)} 中选择，或在 config/jurisdictions/{self.id}.yaml 的 circulars 下新增",
                value=circular_id,
            ) from None

    @property
    def hash(self) -> str:
        """Sha256 of the settings as read: editions rest on it. What prints nothing is left out."""
        return hashlib.sha256(canonical_json(self.model_dump(mode="json", exclude=OPERATIONAL)).encode()).hexdigest()


def cutoff_of(circular: Circular, period: Period) -> datetime:
    """The instant after the last observation that counts, in Asia/Shanghai."""
    return period.end_at + timedelta(days=circular.cutoff_days_after)


def read_settings(path: Path) -> Any:
    """Read one YAML file; a broken one is told with its line."""
    try:
        return pickle.loads(_parsed(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise ConfigurationError(
            "不是正确的 YAML 文件",
            remedy="请检查缩进、冒号和引号，并用 UTF-8 保存",
            place=Place(file=path.name, row=mark.line + 1 if mark else None),
        ) from error


@lru_cache(maxsize=32)
def _parsed(text: str) -> bytes:
    """The content as a pickle, of which every reader gets a copy of its own: one run reads the same set a dozen times."""
    return pickle.dumps(yaml.load(text, Loader=_LOADER))


def load_jurisdiction(path: Path) -> Jurisdiction:
    """Read one settings file; every fault is told at once, each with its place."""
    content = read_settings(path)
    try:
        jurisdiction = Jurisdiction.model_validate(content)
    except ValidationError as error:
        faults = "；".join(f"{'.'.join(str(part) for part in fault['loc'])}：{fault['msg']}" for fault in error.errors())
        raise ConfigurationError(
            f"辖区设置有误（{faults}）", remedy="请对照 README 的“新增辖区”一节改正", place=Place(file=path.name)
        ) from error
    if jurisdiction.id != path.stem:
        raise ConfigurationError(
            f"文件名与其中的 id“{jurisdiction.id}”不一致",
            remedy=f"请将文件改名为 {jurisdiction.id}.yaml",
            place=Place(file=path.name),
        )
    return jurisdiction


def jurisdiction_files(folder: Path | None = None) -> list[Path]:
    return sorted((folder or config_folder("jurisdictions")).glob("*.yaml"))


def find_jurisdiction(jurisdiction_id: str, folder: Path | None = None) -> Jurisdiction:
    path = (folder or config_folder("jurisdictions")) / f"{jurisdiction_id}.yaml"
    if not path.exists():
        known = "、".join(file.stem for file in jurisdiction_files(folder)) or "（无）"
        raise ConfigurationError(
            f"没有名为“{jurisdiction_id}”的辖区",
            remedy=f"现有辖区：{known}；新增请在 config/jurisdictions/ 建 {jurisdiction_id}.yaml",
        )
    return load_jurisdiction(path)


def canonical_json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)
