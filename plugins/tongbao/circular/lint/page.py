"""Paper, margins, lines and characters (GB/T 9704, 5.1 to 5.2.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tongbao.circular import gongwen as gw
from tongbao.circular.lint.anatomy import Anatomy
from tongbao.circular.lint.effective import number
from tongbao.circular.lint.fault import Fault
from tongbao.circular.lint.reading import Para, Reading, Section
from tongbao.circular.lint.rules import fault

_TOLERANCE = gw.TWIPS_PER_MM * 1.05
"""±1 mm (5.2.1), with room for rounding to twips."""
_LINES = 22
_ROUNDING = 0.02
"""Word's own grid of 28 characters is a hair wider than 156 mm."""
_LEAST_FILL = gw.TEXT_HEIGHT - 3 * gw.TWIPS_PER_MM
_PORTRAIT = {"top": gw.MARGIN_TOP, "bottom": gw.MARGIN_BOTTOM, "left": gw.MARGIN_LEFT, "right": gw.MARGIN_RIGHT}
_LANDSCAPE = {"top": gw.MARGIN_LEFT, "bottom": gw.MARGIN_RIGHT, "left": gw.MARGIN_BOTTOM, "right": gw.MARGIN_TOP}


def check(reading: Reading, anatomy: Anatomy) -> Iterator[Fault]:
    for section in reading.sections:
        yield from _paper(section)
        yield from _margins(section)
    if anatomy.prose:
        yield from _lines(reading, anatomy.prose)
        yield from _characters(reading, anatomy.prose)


def _mm(twips: float) -> str:
    return f"{twips / gw.TWIPS_PER_MM:.1f}"


def _paper(section: Section) -> Iterator[Fault]:
    size = section.attributes("pgSz")
    width, height = number(size.get("w")) or 0.0, number(size.get("h")) or 0.0
    upright = sorted((width, height))
    if abs(upright[0] - gw.PAGE_WIDTH) > _TOLERANCE or abs(upright[1] - gw.PAGE_HEIGHT) > _TOLERANCE:
        found = f"纸张为{_mm(width)}毫米×{_mm(height)}毫米" if width else "没有设置纸张大小"
        yield fault("page-size", section.spot, found)


def _margins(section: Section) -> Iterator[Fault]:
    margins = {side: number(value) or 0.0 for side, value in section.attributes("pgMar").items()}
    if not margins:
        return
    names = {"top": "上", "bottom": "下", "left": "左", "right": "右"}
    gutter = margins.get("gutter", 0.0)
    for side, wanted in (_LANDSCAPE if section.is_landscape else _PORTRAIT).items():
        # Word makes a negative margin for a header that may run over the text.
        found = abs(margins.get(side, 0.0))
        if side == "left" and gutter:
            if abs(found + gutter - wanted) > _TOLERANCE:
                yield fault("page-gutter", section.spot, f"左边距{_mm(found)}毫米之外另有装订线{_mm(gutter)}毫米")
        elif abs(found - wanted) > _TOLERANCE:
            yield fault(f"margin-{side}", section.spot, f"{names[side]}边距为{_mm(found)}毫米")


def _lines(reading: Reading, body: list[Para]) -> Iterator[Fault]:
    """The pitch most of the body has; single paragraphs of another one are found by their own line."""
    for para in body:
        grid = reading.section_of(para).grid
        height = para.line_height(grid)
        lines = int(gw.TEXT_HEIGHT // height)
        if lines == _LINES and lines * height >= _LEAST_FILL:
            continue
        on_grid = not para.format.is_exact and grid is not None and para.format.is_on("snapToGrid", default=True)
        rule = "lines-fill" if lines == _LINES else "grid-pitch" if on_grid else "lines-per-page"
        how = {"exact": "固定值", "atLeast": "最小值"}.get(para.format.line_rule, "行网格" if on_grid else "多倍行距折合")
        yield fault(rule, para.spot, f"行距为{how}{height / 20:.4g}磅，每面{lines}行")


def _characters(reading: Reading, body: list[Para]) -> Iterator[Fault]:
    grids = {reading.section_of(para).number: reading.section_of(para) for para in body}
    for section in grids.values():
        if section.attributes("docGrid").get("type") in ("linesAndChars", "snapToChars"):
            yield fault("grid-characters", section.spot, "设有字符网格")
    widths: Counter[float] = Counter()
    first: dict[float, Para] = {}
    for para in body:
        width = max(_pitch(para, reading.section_of(para), reading), 1.0)
        widths[width] += 1
        first.setdefault(width, para)
    width = widths.most_common(1)[0][0]
    found = int(gw.TEXT_WIDTH / width + _ROUNDING)
    # Body text of another size is told by its own rule.
    if found != gw.CHARACTERS_PER_LINE and first[width].main.size == gw.SIZE_3:
        yield fault("characters-per-line", first[width].spot, f"字距{width / 20:.4g}磅，每行{found}字")


def _pitch(para: Para, section: Section, reading: Reading) -> float:
    grid = section.attributes("docGrid")
    if grid.get("type") in ("linesAndChars", "snapToChars") and para.format.is_on("snapToGrid", default=True):
        # charSpace is the difference to the default style's size in 4096ths of a point.
        return reading.effective.normal_size * 10 + (number(grid.get("charSpace")) or 0.0) / 4096 * 20
    return para.character
