"""The kinds of chart: plain, labelled at the mark itself, every length from zero, legible in black and white."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tongbao.circular.charts.canvas import ACCENT, PALE, RULE, WHITE, Canvas, line_height, text_width, wrapped
from tongbao.circular.charts.spec import Fill

WIDTH_MM = 156.0
"""The type area (GB/T 9704, 5.2.1)."""
_SIZE, _SMALL = 10.5, 9.0
"""五号 and 小五, as in tables."""
_SMALLEST = 8.0
_MARGIN, _GAP = 0.5, 2.0
_COLUMN_SIZES = (_SIZE, _SMALL, _SMALLEST)
_COLUMN_MM, _SLOT_MM = 42.0, 34.0
_LABEL_MM, _VALUE_MM = 44.0, 50.0
_BAR_MM = 5.0
_EDGE_MM = 0.7
"""What is not nothing shows at least this much; what is not all falls short of the end by as much."""

Number = int | Fraction | Decimal


@dataclass(frozen=True)
class Bar:
    """One bar or column: what stands at its foot, what it prints, how long it is (None: no bar)."""

    label: str
    text: str
    value: Number | None
    emphasised: bool = False


@dataclass(frozen=True)
class Segment:
    """One part of a whole."""

    text: str
    value: int
    fill: Fill = Fill.SOLID


@dataclass(frozen=True)
class Stack:
    """A whole and its parts, drawn over the full width whatever its size."""

    label: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Drawing:
    """A finished chart as PNG."""

    data: bytes
    width_mm: float
    height_mm: float


def draw_columns(bars: Sequence[Bar], full: Number, *, bounded: bool = True) -> Drawing:
    """Columns side by side in the order given; ``bounded`` shows where the value ``full`` would end.

    Only ``fitting_columns`` can be drawn without cutting off what they print.
    """
    size, slot = next((size for size in _COLUMN_SIZES if _fit(bars, size)), _SMALLEST), _slot(bars)
    values = [wrapped(bar.text, size, slot - 1) for bar in bars]
    labels = [wrapped(bar.label, size, slot - 1, most=3) for bar in bars]
    pitch = line_height(size)
    foot = max(map(len, values)) * pitch + 1 + _COLUMN_MM
    canvas = Canvas(WIDTH_MM, foot + 1 + max(map(len, labels)) * pitch + _MARGIN)
    left = (WIDTH_MM - slot * len(bars)) / 2
    for place, (bar, value, label) in enumerate(zip(bars, values, labels, strict=True)):
        middle = left + (place + 0.5) * slot
        height, half = _length(bar.value, full, _COLUMN_MM), min(slot * 0.28, 8)
        above = height
        if bounded and bar.value is not None:
            above = _COLUMN_MM
            canvas.box(middle - half, foot - above, middle + half, foot, WHITE, PALE)
        if height:
            canvas.box(middle - half, foot - height, middle + half, foot, ACCENT if bar.emphasised else PALE, RULE)
        canvas.lines(middle, foot - above - 0.8 - len(value) * pitch / 2, value, size, "mm")
        canvas.lines(middle, foot + 1 + len(label) * pitch / 2, label, size, "mm")
    canvas.rule(left, foot, WIDTH_MM - left, foot)
    return Drawing(canvas.png(), canvas.width_mm, canvas.height_mm)


def fitting_columns(bars: Sequence[Bar]) -> int:
    """How many columns, counted from the last, have room to print their values in full."""
    return next((n for n in range(len(bars), 1, -1) if any(_fit(bars[-n:], size) for size in _COLUMN_SIZES)), 1)


def _slot(bars: Sequence[Bar]) -> float:
    return min((WIDTH_MM - 2 * _MARGIN) / len(bars), _SLOT_MM)


def _fit(bars: Sequence[Bar], size: float) -> bool:
    return all("".join(wrapped(bar.text, size, _slot(bars) - 1)) == bar.text for bar in bars)


def draw_bars(bars: Sequence[Bar], full: Number, *, bounded: bool = True) -> Drawing:
    """Bars from top to bottom in the order given; ``bounded`` shows where the value ``full`` would end."""
    size = _SIZE if len(bars) <= 16 else _SMALL
    labels = [wrapped(bar.label, size, _LABEL_MM) for bar in bars]
    values = [wrapped(bar.text, size, _VALUE_MM, most=4) for bar in bars]
    pitches = [max(len(label), len(value)) * line_height(size) + 2.6 for label, value in zip(labels, values, strict=True)]
    start, end = _MARGIN + _widest(labels, size) + _GAP, WIDTH_MM - _MARGIN - _widest(values, size) - _GAP
    canvas = Canvas(WIDTH_MM, sum(pitches) + 2 * _MARGIN)
    top = _MARGIN
    for bar, label, value, pitch in zip(bars, labels, values, pitches, strict=True):
        middle = top + pitch / 2
        canvas.lines(start - _GAP, middle, label, size, "rm")
        length = _length(bar.value, full, end - start)
        if bounded and bar.value is not None:
            canvas.box(start, middle - _BAR_MM / 2, end, middle + _BAR_MM / 2, WHITE, PALE)
        if length:
            colour = ACCENT if bar.emphasised else PALE
            canvas.box(start, middle - _BAR_MM / 2, start + length, middle + _BAR_MM / 2, colour, RULE)
        after = end if bounded and bar.value is not None else start + length
        canvas.lines(after + _GAP, middle, value, size)
        top += pitch
    canvas.rule(start, _MARGIN, start, top)
    return Drawing(canvas.png(), canvas.width_mm, canvas.height_mm)


def draw_stacks(stacks: Sequence[Stack]) -> Drawing:
    """Wholes from top to bottom, each divided into its parts, with the parts' texts and fills named below."""
    size = _SIZE
    labels = [wrapped(stack.label, size, _LABEL_MM) for stack in stacks]
    start = _MARGIN + _widest(labels, size) + _GAP
    rows = [_rows(stack.segments, WIDTH_MM - start, size) for stack in stacks]
    pitch = line_height(size) + 0.8
    canvas = Canvas(WIDTH_MM, sum(_BAR_MM + 1 + len(lines) * pitch + _GAP for lines in rows))
    top = _MARGIN
    for stack, label, lines in zip(stacks, labels, rows, strict=True):
        canvas.lines(start - _GAP, top + _BAR_MM / 2, label, size, "rm")
        _draw_parts(canvas, stack, start, top)
        top += _BAR_MM + 1
        for line in lines:
            _draw_key(canvas, line, start, top + pitch / 2, size)
            top += pitch
        top += _GAP
    return Drawing(canvas.png(), canvas.width_mm, canvas.height_mm)


def _length(value: Number | None, full: Number, room: float) -> float:
    """Millimetres of a bar: none only for nothing, all the room only for all."""
    if not value or full <= 0:
        return 0.0
    share = Fraction(value) / Fraction(full)
    if share >= 1:
        return room
    return min(max(float(share) * room, _EDGE_MM), room - _EDGE_MM)


def _widest(texts: Sequence[Sequence[str]], size: float) -> float:
    return max(text_width(line, size) for lines in texts for line in lines)


def _draw_parts(canvas: Canvas, stack: Stack, start: float, top: float) -> None:
    room = WIDTH_MM - start - _MARGIN
    lengths = _lengths([segment.value for segment in stack.segments], room)
    at = start
    for segment, length in zip(stack.segments, lengths, strict=True):
        if length:
            canvas.box(at, top, at + length, top + _BAR_MM, segment.fill)
        at += length


def _lengths(values: Sequence[int], room: float) -> list[float]:
    """Share the room out so that no part that exists is too thin to see; the largest gives way."""
    total = sum(values)
    lengths = [max(value / total * room, _EDGE_MM) if value else 0.0 for value in values]
    largest = lengths.index(max(lengths))
    lengths[largest] -= sum(lengths) - room
    return lengths


def _key_width(segment: Segment, size: float) -> float:
    return 4 + 1.2 + text_width(segment.text, size) + 5


def _rows(segments: Sequence[Segment], width: float, size: float) -> list[list[Segment]]:
    rows: list[list[Segment]] = [[]]
    for segment in segments:
        if rows[-1] and sum(_key_width(other, size) for other in rows[-1]) + _key_width(segment, size) > width:
            rows.append([])
        rows[-1].append(segment)
    return rows


def _draw_key(canvas: Canvas, segments: Sequence[Segment], start: float, middle: float, size: float) -> None:
    at = start
    for segment in segments:
        canvas.box(at, middle - 1.5, at + 4, middle + 1.5, segment.fill)
        canvas.text(at + 5.2, middle, segment.text, size)
        at += _key_width(segment, size)
