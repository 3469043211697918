"""What the conclusions go by, as edited in config/scan/site.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tongbao.errors import ConfigurationError, Place
from tongbao.home import config_folder
from tongbao.jurisdiction import read_settings


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tags(_Rules):
    """The meta tags each kind of page must carry (国办发〔2017〕47号)."""

    site: tuple[str, ...]
    section: tuple[str, ...]
    article: tuple[str, ...]


class Samples(_Rules):
    """How many pages a sampled clause looks at, and how many pages a finding cites at most."""

    tags: int = Field(ge=1)
    interpretations: int = Field(ge=1)
    cited: int = Field(ge=1)


class Clauses(_Rules):
    """The clauses a scan can decide, by what they are decided from."""

    sections: tuple[str, ...]
    links: tuple[str, ...]
    pages: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.sections, *self.links, *self.pages)


class SiteRules(_Rules):
    """Words, samples and sentences; which clause a sentence belongs to is its key."""

    static_sections: tuple[str, ...]
    not_section_paths: tuple[str, ...]
    tags: Tags
    domain_endings: tuple[str, ...]
    policy_words: tuple[str, ...]
    interpretation_words: tuple[str, ...]
    clauses: Clauses
    samples: Samples
    slow_page_s: float = Field(gt=0)
    footer_items: dict[str, str]
    descriptions: dict[str, str]
    notices: dict[str, str]
    gaps: dict[str, str]

    def describe(self, name: str, /, **facts: Any) -> str:
        return self.descriptions[name].format(**facts)

    def notice(self, name: str, /, **facts: Any) -> str:
        return self.notices[name].format(**facts)

    def gap(self, name: str, /, **facts: Any) -> str:
        return self.gaps[name].format(**facts)

    def is_static(self, section: str) -> bool:
        """Whether a section's name says that its content need not change often."""
        return any(word in section for word in self.static_sections)


def load_site_rules(folder: Path | None = None) -> SiteRules:
    """Read ``site.yaml`` of a folder (config/scan); raises ConfigurationError with the place and the remedy."""
    return _load((folder or config_folder("scan")) / "site.yaml")


@cache
def _load(path: Path) -> SiteRules:
    try:
        return SiteRules.model_validate(read_settings(path))
    except FileNotFoundError as error:
        raise ConfigurationError(
            "找不到扫描规则", remedy="请从安装包中恢复 config/scan/site.yaml", place=Place(file=path.name)
        ) from error
    except ValidationError as error:
        faults = "；".join(f"{'.'.join(str(part) for part in fault['loc'])}：{fault['msg']}" for fault in error.errors())
        raise ConfigurationError(
            f"扫描规则有误（{faults}）", remedy="请对照仓库中的 config/scan/site.yaml 改正", place=Place(file=path.name)
        ) from error
