"""From a chart's description and the figures to a picture with its caption: the document model's paragraph."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tongbao.circular.charts import (
    Bar,
    ChartKind,
    ChartSpec,
    Drawing,
    Fill,
    Segment,
    Stack,
    draw_bars,
    draw_columns,
    draw_stacks,
    fitting_columns,
)
from tongbao.circular.charts.spec import Order
from tongbao.circular.document import Paragraph, Picture, Span
from tongbao.circular.phrasing import Phrasing
from tongbao.errors import ConfigurationError
from tongbao.figures.model import Figure, FigureKind, Figures

_MEASURED = (FigureKind.RATE, FigureKind.COUNT, FigureKind.SCORE)
_FULL_SCORE = Decimal(100)


@dataclass(frozen=True)
class _Value:
    """One printed value: its wording, and the figure that is its length (None: the figure is absent)."""

    spans: tuple[Span, ...]
    figure: Figure | None
    fill: Fill = Fill.SOLID

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True)
class _Row:
    """One member of the group: a bar has one value, a stack several."""

    label: tuple[Span, ...]
    values: tuple[_Value, ...]
    emphasised: bool

    @property
    def name(self) -> str:
        return "".join(span.text for span in self.label)

    @property
    def size(self) -> Any:
        return sum(value.figure.value for value in self.values if value.figure)

    @property
    def spans(self) -> Iterable[Span]:
        return [*self.label, *(span for value in self.values for span in value.spans)]


def chart_paragraph(spec: ChartSpec, phrasing: Phrasing, figures: Figures, where: str) -> Paragraph | None:
    """Draw one chart, its caption below; None where too few members have figures.

    Raises ConfigurationError naming ``where`` when its wording and the figures do not meet.
    """
    rows = [row for member in phrasing.members(spec.each, where) if (row := _row(spec, member, phrasing, figures, where))]
    if sum(any(value.figure for value in row.values) for row in rows) < spec.at_least:
        return None
    drawn_rows, rest = _chosen(rows, spec)
    title = phrasing.spans(spec.title, where)
    printed = [span for row in drawn_rows for span in row.spans if span.figure]
    said = [f"{row.name} {'、'.join(value.text for value in row.values)}" for row in drawn_rows]
    drawing = _drawn(spec, drawn_rows, rest, where)
    picture = Picture(
        drawing.data,
        drawing.width_mm,
        drawing.height_mm,
        alt=f"{''.join(span.text for span in title)}：{'；'.join([*said, *rest])}",
        figures=tuple(span.figure for span in printed),
        texts=tuple(span.text for span in printed),
    )
    return Paragraph(title, picture=picture)


def _row(spec: ChartSpec, member: Any, phrasing: Phrasing, figures: Figures, where: str) -> _Row | None:
    # A member that is absent altogether has no label: it is left out like an optional clause.
    label = phrasing.spans(f"[[{spec.label}]]", where, item=member)
    if not label:
        return None
    wordings = [(segment.value, segment.fill) for segment in spec.segments] or [(spec.value, Fill.SOLID)]
    values = [_value(phrasing.spans(f"[[{wording}]]", where, item=member), fill, figures, where) for wording, fill in wordings]
    known = tuple(
        value for value in values if value is not None and not (spec.segments and value.figure and not value.figure.value)
    )
    if not known and spec.missing and not spec.segments:
        known = (_Value((Span(spec.missing),), None),)
    emphasised = bool(spec.emphasise) and phrasing.holds(spec.emphasise, where, item=member)
    return _Row(label, known, emphasised) if known else None


def _value(spans: tuple[Span, ...], fill: Fill, figures: Figures, where: str) -> _Value | None:
    if not spans:
        return None
    named = (figures[span.figure] for span in spans if span.figure)
    measured = next((figure for figure in named if figure.kind in _MEASURED), None)
    if measured is None:
        raise ConfigurationError(
            f"{where}的图没有可画的数字（“{''.join(span.text for span in spans)}”）",
            remedy="请在 value 中用过滤器 rate、count 或 score 打印一个数字",
        )
    return _Value(spans, measured, fill)


def _chosen(rows: list[_Row], spec: ChartSpec) -> tuple[list[_Row], list[str]]:
    """The rows to draw in their order, and what stands for the others."""
    if spec.order is not Order.GIVEN:
        measured = [row for row in rows if row.values[0].figure]
        measured.sort(key=lambda row: row.size, reverse=spec.order is Order.LARGEST)
        rows = measured + [row for row in rows if not row.values[0].figure]
    if spec.kind is ChartKind.COLUMNS:
        rows = rows[-spec.most :]
        return rows[-fitting_columns([_bar(row) for row in rows]) :], []
    return (rows, []) if len(rows) <= spec.most else (rows[: spec.most], [spec.rest])


def _drawn(spec: ChartSpec, rows: list[_Row], rest: list[str], where: str) -> Drawing:
    kinds = {value.figure.kind for row in rows for value in row.values if value.figure}
    if len(kinds) > 1 or (spec.segments and kinds != {FigureKind.COUNT}):
        raise ConfigurationError(
            f"{where}的图混用了不同种类的数字", remedy="一幅图只画比率、件数或者得分中的一种；stacks 图只画件数"
        )
    if spec.kind is ChartKind.STACKS:
        return draw_stacks([Stack(row.name, tuple(_segment(value) for value in row.values)) for row in rows])
    bars = [_bar(row) for row in rows]
    kind = kinds.pop()
    full, bounded = _full(kind, [bar.value for bar in bars if bar.value is not None]), kind is not FigureKind.COUNT
    if spec.kind is ChartKind.COLUMNS:
        return draw_columns(bars, full, bounded=bounded)
    return draw_bars([*bars, *(Bar(text, "", None) for text in rest)], full, bounded=bounded)


def _bar(row: _Row) -> Bar:
    (value,) = row.values
    return Bar(row.name, value.text, None if value.figure is None else value.figure.value, row.emphasised)


def _full(kind: FigureKind, values: list[Any]) -> Any:
    """The value of a bar of full length: all of a rate, the full score, the largest count."""
    match kind:
        case FigureKind.RATE:
            return Fraction(1)
        case FigureKind.SCORE:
            return max(*values, _FULL_SCORE)
        case _:
            return max(values)


def _segment(value: _Value) -> Segment:
    return Segment(value.text, int(value.figure.value) if value.figure else 0, value.fill)
