"""How a block list describes a chart: what to draw of which group of figures, in its own words."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, model_validator


class ChartKind(StrEnum):
    """Columns for a few members in time, bars for a ranking, stacks for the parts of a whole."""

    COLUMNS = "columns"
    BARS = "bars"
    STACKS = "stacks"


class Order(StrEnum):
    """The order of bars: the group's own, or by value."""

    GIVEN = "given"
    LARGEST = "largest"
    SMALLEST = "smallest"


class Fill(StrEnum):
    """How a segment is filled: told apart in black and white too."""

    SOLID = "solid"
    HATCHED = "hatched"
    EMPTY = "empty"


class SegmentSpec(BaseModel):
    """One part of a whole. ``value`` is wording that prints one count."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str
    fill: Fill = Fill.SOLID


class ChartSpec(BaseModel):
    """One chart. ``each`` names the members, called ``item`` in the wording of ``label`` and ``value``.

    The first rate, count or score that ``value`` prints is the bar's length; a member without it prints ``missing``
    instead, or is left out. Members that ``emphasise`` holds for are drawn darker. No chart is drawn of fewer than
    ``at_least`` members. Of more than ``at_most``, bars and stacks keep the first and end in ``rest``; columns keep the
    last, and only as many as have room for what they print.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ChartKind
    title: str
    each: str
    label: str
    value: str = ""
    segments: tuple[SegmentSpec, ...] = ()
    missing: str = ""
    emphasise: str = ""
    order: Order = Order.GIVEN
    at_least: int = Field(default=2, ge=1)
    at_most: int = Field(default=24, ge=1, le=30)
    rest: str = "…"

    @model_validator(mode="after")
    def _check_values(self) -> ChartSpec:
        if bool(self.segments) != (self.kind is ChartKind.STACKS) or bool(self.value) == (self.kind is ChartKind.STACKS):
            raise ValueError("stacks 图写 segments，不写 value；其他图写 value，不写 segments")
        if self.kind is ChartKind.COLUMNS and self.at_most > 13 and "at_most" in self.model_fields_set:
            raise ValueError("columns 图的 at_most 不能超过13：再多就印不下标注")
        return self

    @property
    def most(self) -> int:
        return min(self.at_most, 13) if self.kind is ChartKind.COLUMNS else self.at_most
