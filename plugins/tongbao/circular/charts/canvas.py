"""A white sheet measured in millimetres on which charts are drawn; it becomes a PNG that is equal for equal strokes."""

from __future__ import annotations

import io
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from tongbao.circular.charts.spec import Fill

FONT = Path(__file__).with_name("NotoSansCJKsc-Regular-tgh.otf")
DPI = 300
_MM = DPI / 25.4
_POINT = DPI / 72

Colour = tuple[int, int, int]
INK: Colour = (0, 0, 0)
ACCENT: Colour = (31, 78, 121)
"""Dark blue: prints as a dark grey, well apart from ``PALE`` and from a hatch."""
PALE: Colour = (168, 168, 168)
RULE: Colour = (120, 120, 120)
WHITE: Colour = (255, 255, 255)

_MISSING = "〓"
"""Stands for a character the font lacks, as compositors have it."""
_NEVER_ENDS, _NEVER_BEGINS = "（“‘《〔【", "）”’》〕】、，。；：！？%％"
_HATCH_MM = 1.1
_STEPS = 40


@cache
def _font(size_pt: float) -> ImageFont.FreeTypeFont:
    # The simple layout is the one every build of Pillow has.
    return ImageFont.truetype(str(FONT), round(size_pt * _POINT), layout_engine=ImageFont.Layout.BASIC)


@cache
def _has(character: str) -> bool:
    font = _font(12)
    return character.isspace() or bytes(font.getmask(character)) != bytes(font.getmask("\uffff"))


def drawable(text: str) -> str:
    """The text with 〓 for each character that the font lacks."""
    return "".join(character if _has(character) else _MISSING for character in text)


@lru_cache(maxsize=8192)
def text_width(text: str, size_pt: float) -> float:
    """Millimetres the text takes on one line."""
    return float(_font(size_pt).getlength(drawable(text))) / _MM


def line_height(size_pt: float) -> float:
    """Millimetres from one line of text to the next."""
    return size_pt * 1.35 * 25.4 / 72


def wrapped(text: str, size_pt: float, width: float, most: int = 2) -> list[str]:
    """Break the text into as few lines as hold it, of about equal length; what ``most`` do not hold ends in an ellipsis.

    Words of half-width characters are not broken; units stay with their numbers, brackets with what they enclose.
    """
    if text_width(text, size_pt) <= width:
        return [text]
    pieces = _pieces(text)
    for count in range(2, most + 1):
        for narrow in (width * share / _STEPS for share in range(_STEPS // count, _STEPS + 1)):
            lines = _filled_from_behind(pieces, size_pt, narrow)
            if lines and len(lines) <= count:
                return lines
    return _cut(_filled(pieces, size_pt, width), size_pt, width, most)


def _pieces(text: str) -> list[str]:
    pieces = [text[:1]]
    for before, character in pairwise(text):
        word = before.isascii() and character.isascii()
        unit = before.isdecimal() and character not in _NEVER_ENDS
        together = word or unit or before in _NEVER_ENDS or character in _NEVER_BEGINS
        pieces[-1:] = [pieces[-1] + character] if together else [pieces[-1], character]
    return pieces


def _filled(pieces: list[str], size_pt: float, width: float) -> list[str]:
    lines = [""]
    for piece in pieces:
        if lines[-1] and text_width(lines[-1] + piece, size_pt) > width:
            lines.append("")
        lines[-1] += piece
    return lines


def _filled_from_behind(pieces: list[str], size_pt: float, width: float) -> list[str]:
    lines = [""]
    for piece in reversed(pieces):
        if lines[0] and text_width(piece + lines[0], size_pt) > width:
            lines.insert(0, "")
        lines[0] = piece + lines[0]
    return [] if any(text_width(line, size_pt) > width for line in lines) else lines


def _cut(lines: list[str], size_pt: float, width: float, most: int) -> list[str]:
    kept = [*lines[: most - 1], "".join(lines[most - 1 :])]
    return [_shortened(line, size_pt, width) for line in kept if line]


def _shortened(line: str, size_pt: float, width: float) -> str:
    if text_width(line, size_pt) <= width:
        return line
    while line and text_width(f"{line}…", size_pt) > width:
        line = line[:-1]
    return f"{line}…"


class Canvas:
    """Draws in millimetres from the upper left corner."""

    def __init__(self, width_mm: float, height_mm: float) -> None:
        self.width_mm, self.height_mm = width_mm, height_mm
        self._image = Image.new("RGB", (round(width_mm * _MM), round(height_mm * _MM)), WHITE)
        self._draw = ImageDraw.Draw(self._image)

    def text(self, x: float, y: float, text: str, size_pt: float, anchor: str = "lm") -> None:
        """Print one line; ``anchor`` is Pillow's: l, m or r of the line at x, its middle (m) at y."""
        self._draw.text((round(x * _MM), round(y * _MM)), drawable(text), fill=INK, font=_font(size_pt), anchor=anchor)

    def lines(self, x: float, middle: float, lines: list[str], size_pt: float, anchor: str = "lm") -> None:
        """Print lines about a middle."""
        first = middle - (len(lines) - 1) / 2 * line_height(size_pt)
        for place, line in enumerate(lines):
            self.text(x, first + place * line_height(size_pt), line, size_pt, anchor)

    def rule(self, x0: float, y0: float, x1: float, y1: float) -> None:
        points = [(round(x0 * _MM), round(y0 * _MM)), (round(x1 * _MM), round(y1 * _MM))]
        self._draw.line(points, fill=RULE, width=max(2, round(0.2 * _MM)))

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: Colour | Fill, outline: Colour | None = None) -> None:
        """A rectangle, plain or filled like a segment."""
        corners = (round(x0 * _MM), round(y0 * _MM), round(x1 * _MM), round(y1 * _MM))
        if isinstance(fill, Fill):
            self._draw.rectangle(corners, fill=ACCENT if fill is Fill.SOLID else WHITE)
            if fill is Fill.HATCHED:
                self._hatch(corners)
            outline = INK
        else:
            self._draw.rectangle(corners, fill=fill)
        if outline is not None:
            self._draw.rectangle(corners, outline=outline, width=2)

    def _hatch(self, corners: tuple[int, int, int, int]) -> None:
        x0, y0, x1, y1 = corners
        tile = Image.new("RGB", (x1 - x0 + 1, y1 - y0 + 1), WHITE)
        stroke, step = ImageDraw.Draw(tile), round(_HATCH_MM * _MM)
        # Counted from the sheet's corner, so that neighbours' strokes meet.
        for place in range((x0 + y0) // step * step, x1 + y1 + step, step):
            stroke.line([(place - x0 - y0, 0), (place - x0 - y1 - 1, y1 - y0 + 1)], fill=INK, width=3)
        self._image.paste(tile, (x0, y0))

    def png(self) -> bytes:
        """The sheet as PNG in few colours, without a date."""
        buffer = io.BytesIO()
        self._image.quantize(palette=_palette(), dither=Image.Dither.NONE).save(
            buffer, "PNG", optimize=True, bits=5, dpi=(DPI, DPI)
        )
        return buffer.getvalue()


@cache
def _palette() -> Image.Image:
    greys = [(level, level, level) for level in range(0, 256, 17)]
    colours = [*greys, ACCENT, PALE, RULE]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in colours for part in colour])
    return palette
