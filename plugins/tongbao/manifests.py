"""What the archive says of each thing it holds: batches, editions, decisions of reviewers, publications."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict


class Manifest(BaseModel):
    """A record written once and never changed."""

    model_config = ConfigDict(frozen=True)


class BatchManifest(Manifest):
    """What one accepted delivery is: counts, provenance and the sha256 of each of its files.

    Instants carry their offset. ``observed_from``/``observed_until`` bound the rows' observation times.
    """

    jurisdiction: str
    feed: str
    period: str
    sequence: int
    batch_id: str
    identity: str
    source_name: str
    sheet: str
    sha256: str
    delivered: int
    accepted: int
    rejected: int
    warned: int
    observed_from: datetime | None = None
    observed_until: datetime | None = None
    received_at: datetime
    context: dict[str, str] = {}
    files: dict[str, str] = {}

    @property
    def delivery(self) -> tuple[str, str, str]:
        """What a newer delivery of the same name supersedes."""
        return (self.period, self.source_name, self.sheet)

    @property
    def folder(self) -> str:
        return f"{self.sequence:04d}-{self.batch_id}"


class InputBatch(Manifest):
    """One batch an edition rests on."""

    feed: str
    period: str
    batch: str
    source_name: str
    sha256: str
    accepted: int


class Refusal(Manifest):
    """Why one delivered file was not taken in."""

    source_name: str
    sha256: str
    problem: str
    received_at: datetime


class Claim(Manifest):
    """Whose a numbered folder is, from before its first file: all attempts at one identity write into one folder."""

    identity: str


class EditionManifest(Manifest):
    """What one edition is made of: enough to make it again and to say why it differs from another.

    ``identity`` covers everything that can change a printed character; ``run`` (who, when, why) does not.
    """

    jurisdiction: str
    circular: str
    period: str
    number: int
    identity: str
    cutoff: datetime
    inputs: tuple[InputBatch, ...]
    rules: dict[str, str]
    """Id, title, document and hash of the indicator set."""
    parts: dict[str, str]
    """Sha256 of template, block list and jurisdiction settings."""
    versions: dict[str, str]
    summary: dict[str, Any]
    gate: dict[str, Any]
    run: dict[str, str]
    filed_at: datetime
    files: dict[str, str]

    @property
    def folder(self) -> str:
        return f"{self.number:04d}"


class Stage(StrEnum):
    """The three reviews (三审) and the signing that follows them, in order; the values are task ids."""

    FIRST = "first_review"
    SECOND = "second_review"
    FINAL = "final_review"
    SIGN = "sign"

    @property
    def label(self) -> str:
        return _STAGE_TITLES[self]


_STAGE_TITLES = {Stage.FIRST: "初审", Stage.SECOND: "复审", Stage.FINAL: "终审", Stage.SIGN: "签发"}


class Outcome(StrEnum):
    """What became of one question put to a reviewer."""

    PASSED = "passed"
    RETURNED = "returned"
    TIMED_OUT = "timed_out"
    VOID = "void"
    """Answered by someone who may not decide: counts for nothing."""

    @property
    def label(self) -> str:
        return _OUTCOME_TITLES[self]


_OUTCOME_TITLES = {Outcome.PASSED: "通过", Outcome.RETURNED: "退回", Outcome.TIMED_OUT: "超时未审", Outcome.VOID: "决定无效"}


class Decision(Manifest):
    """One answer in the review of an edition. ``round`` is the run that asked; ``at`` carries its offset."""

    round: str
    stage: Stage
    outcome: Outcome
    by: str = ""
    """User name; empty where nobody answered."""
    at: datetime
    reason: str = ""

    def __str__(self) -> str:
        who = f" {self.by}" if self.by else ""
        return f"{self.outcome.label}（{self.stage.label}{who}）" + (f"：{self.reason}" if self.reason else "")


class PublicationManifest(Manifest):
    """One signed circular: which edition it is of, who reviewed and signed it, and each file's sha256.

    ``reviews`` is empty where the office has none or where somebody signed without them, which ``reviews_note`` then says.
    ``supersedes`` is the number of the publication it takes the place of, and ``reason`` why.
    """

    jurisdiction: str
    circular: str
    period: str
    number: int
    identity: str
    edition: int
    edition_identity: str
    title: str
    document_number: int
    number_text: str
    """The 发文字号 as printed."""
    number_code: str
    issued_on: date
    deadline: date
    signed_by: str
    signed_at: datetime
    reviews: tuple[Decision, ...] = ()
    reviews_note: str = ""
    edited: dict[str, Any] | None = None
    """The office's own .docx published in place of the generated one: its name, sha256, what differs, what is unverified."""
    notices: dict[str, int] | None = None
    """First and last number of the 整改通知书."""
    supersedes: int | None = None
    reason: str = ""
    gate: dict[str, Any]
    headlines: list[dict[str, Any]]
    summary: dict[str, Any]
    versions: dict[str, str]
    run: dict[str, str]
    published_at: datetime
    files: dict[str, str]

    @property
    def folder(self) -> str:
        return f"{self.number:04d}"


class Withdrawal(Manifest):
    """That and why a publication was withdrawn (撤回)."""

    by: str
    at: datetime
    reason: str


class Delivered(Manifest):
    """One message that was sent: to whom, what about, which files."""

    key: str
    to: tuple[str, ...]
    subject: str
    files: tuple[str, ...]
    sent_at: datetime


class NumberHolder(Manifest):
    """Which circular of which period a document number was given to."""

    circular: str
    period: str
