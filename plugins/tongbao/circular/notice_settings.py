"""What per-unit papers say and in which order, as the office keeps it in templates/notice.yaml and feedback.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tongbao.circular.blocks import BlockId, Ordering, Wordings
from tongbao.circular.document import Align
from tongbao.errors import ConfigurationError, Place
from tongbao.jurisdiction import read_settings

NOTICE, FEEDBACK = "notice.yaml", "feedback.yaml"


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cell(_Settings):
    """One cell of a form: a label (``head``), or ``text`` to print, or a blank to fill in by hand."""

    head: str = ""
    text: str = ""
    span: int = Field(default=1, ge=1)
    lines: int = Field(default=1, ge=1, le=40)


class Receipt(_Settings):
    """The slip the unit sends back: ``columns`` are shares of its width, the spans of each row fill them."""

    title: str
    lead: Wordings = ()
    columns: tuple[float, ...] = Field(min_length=1)
    rows: tuple[tuple[Cell, ...], ...] = Field(min_length=1)
    note: str = ""

    @model_validator(mode="after")
    def _check_spans(self) -> Receipt:
        _check_rows(self.rows, len(self.columns))
        return self


class Problems(_Settings):
    """The section that lists what was found: a heading, then each subject with its problems."""

    heading: str
    subject: str
    detail: Wordings = ()
    problem: str


class Demands(_Settings):
    """The section that says what to do until when."""

    heading: str
    wording: Wordings
    ordered: Ordering = Ordering.NONE


class Index(_Settings):
    """The list of all papers, an .xlsx beside them; ``columns`` are its head row."""

    file: str
    title: str
    unit: str
    subjects: str
    problems: str
    name: str


class NoticeSettings(_Settings):
    """The 整改通知书 of one unit. ``folder`` names the papers' folder in the package of all."""

    id: BlockId
    template: str
    folder: str
    mark: str
    number: str
    title: str
    addressees: str
    preamble: Wordings
    problems: Problems
    demands: Demands
    receipt: Receipt
    index: Index
    labels: dict[str, dict[str, str]] = {}


class FeedbackColumn(_Settings):
    """One column of the table of problems; without ``text`` it is left blank to fill in."""

    title: str
    width: float = Field(gt=0)
    align: Align = Align.LEFT
    text: str = ""


class FeedbackSettings(_Settings):
    """The 抽查情况反馈表 of one unit: a row for each problem, then ``rows`` of labels and blanks."""

    id: BlockId
    template: str
    folder: str
    landscape: bool = True
    title: str
    lead: Wordings = ()
    columns: tuple[FeedbackColumn, ...] = Field(min_length=1)
    row_lines: int = Field(default=2, ge=1, le=20)
    """Lines left at least in every row, for who fills it in by hand."""
    rows: tuple[tuple[Cell, ...], ...] = ()
    note: str = ""
    labels: dict[str, dict[str, str]] = {}

    @model_validator(mode="after")
    def _check_spans(self) -> FeedbackSettings:
        _check_rows(self.rows, len(self.columns))
        return self


_Model = TypeVar("_Model", NoticeSettings, FeedbackSettings)


def load_notice_settings(templates: Path) -> tuple[NoticeSettings, FeedbackSettings]:
    """Read notice.yaml and feedback.yaml of a folder; raises ConfigurationError naming the file and all its faults."""
    return _load(templates / NOTICE, NoticeSettings), _load(templates / FEEDBACK, FeedbackSettings)


def _load(path: Path, model: type[_Model]) -> _Model:
    place = Place(file=path.name)
    if not path.exists():
        raise ConfigurationError("找不到该文件", remedy="请从随系统提供的 templates/ 中恢复", place=place)
    try:
        return model.model_validate(read_settings(path))
    except ValidationError as error:
        faults = "；".join(f"{'.'.join(str(step) for step in fault['loc'])}：{fault['msg']}" for fault in error.errors())
        raise ConfigurationError(
            f"通知书设置有误（{faults}）", remedy=f"请对照随系统提供的 templates/{path.name} 改正", place=place
        ) from error


def _check_rows(rows: tuple[tuple[Cell, ...], ...], columns: int) -> None:
    for number, row in enumerate(rows, start=1):
        spans = sum(cell.span for cell in row)
        if spans != columns:
            raise ValueError(f"rows 第{number}行各格共占{spans}列，应为{columns}列")
