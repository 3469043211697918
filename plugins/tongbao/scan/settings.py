"""What an office decides about its own scans: who answers for them, how often, how politely, how far."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tongbao import __version__
from tongbao.feeds import SectionClass

_Contact = Annotated[str, StringConstraints(pattern=r"^([^@\s()]+@[^@\s()]+|https?://[^\s()]+)$")]
"""A mail address or a page; without brackets and line breaks, which would end or forge the header it stands in."""

_Host = Annotated[str, StringConstraints(pattern=r"^(\[[0-9a-fA-F:.]+\]|[^\s/:@\[\]]+)(:\d{1,5})?$", to_lower=True)]

HttpAddress = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+")]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Webhook(_Settings):
    """A group chat or a system that is told of alarms; its address and secret lie in the Airflow connection."""

    kind: Literal["dingtalk", "wecom", "generic"]
    connection: str = Field(min_length=1)


class SectionHint(_Settings):
    """What a page's section is, where the page itself does not say so."""

    url: HttpAddress
    name: str = Field(min_length=1)
    section_class: SectionClass


class ScanSettings(_Settings):
    """The scans of one office; durations are seconds (``_s``), sizes MiB."""

    contact: _Contact
    """Whom the people who run a scanned site can ask: it goes into every request."""

    probes_a_day: int = Field(default=24, ge=20, le=288)
    """The indicator asks for at least 20 spaced visits a day."""
    probe_limit_s: float = Field(default=15.0, gt=0, le=120)
    """From the start of the lookup to the last byte of the homepage, redirects included."""
    probe_concurrency: int = Field(default=600, ge=1, le=5000)
    probe_tries: int = Field(default=2, ge=1, le=5)
    """A failure that may pass is written down only after that many tries of one round."""
    probe_pause_s: float = Field(default=2.0, ge=0, le=60)
    """Before the second try; it doubles with each further one."""
    reference_addresses: tuple[HttpAddress, ...] = ()
    """Pages that practically always answer: where none of them does, it is the scanner's own line that is down."""

    failures_before_alarm: int = Field(default=3, ge=1, le=100)
    """Failed probes in a row that make an incident."""
    mail_to: tuple[str, ...] = ()
    mail_connection: str = "smtp_default"
    webhooks: tuple[Webhook, ...] = ()

    pages_a_site: int = Field(default=10_000, ge=1)
    sample_pages: int = Field(default=300, ge=1)
    depth: int = Field(default=8, ge=0, le=100)
    per_host: int = Field(default=4, ge=1, le=64)
    """Simultaneous requests to one host."""
    pause_s: float = Field(default=0.1, ge=0, le=3600)
    """Between the starts of two requests to one host."""
    page_limit_s: float = Field(default=15.0, gt=0, le=600)
    body_limit_mib: float = Field(default=10, gt=0, le=1024)
    redirects: int = Field(default=5, ge=0, le=20)
    retry_gap_s: float = Field(default=1800, ge=0)
    """Between the two tries that make a link dead."""
    concurrency: int = Field(default=200, ge=1, le=5000)
    scan_seconds: float = Field(default=6 * 3600, gt=0)
    """A crawl of one piece of work ends then; what it did not reach is named as a gap."""

    pool: str = "default_pool"
    """The Airflow pool the scanning tasks share; it must exist there."""

    private_hosts: tuple[_Host, ...] = ()
    """Hosts (``host`` or ``host:port``) that may be scanned although they lie in a private network."""
    site_hosts: dict[str, tuple[_Host, ...]] = {}
    """Further hosts that belong to a site, by its site's subject_id."""
    words: tuple[str, ...] = ()
    """Names of the word lists under config/words/."""
    screenshots: bool = False
    sections: tuple[SectionHint, ...] = ()

    @property
    def user_agent(self) -> str:
        return f"TongbaoScan/{__version__} (+{self.contact})"

    @property
    def body_limit(self) -> int:
        """In bytes, after decompression."""
        return int(self.body_limit_mib * (1 << 20))
