"""Page numbers: type, dashes, sides, distance, and those of landscape pages (GB/T 9704, 7.5 and 8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tongbao.circular import gongwen as gw
from tongbao.circular.lint.anatomy import Anatomy, Kind
from tongbao.circular.lint.effective import TextFormat, number
from tongbao.circular.lint.fault import Fault, Spot
from tongbao.circular.lint.fonts import Family, family, is_size, size_name
from tongbao.circular.lint.reading import Para, Reading, Section, runs_in
from tongbao.circular.lint.rules import fault
from tongbao.circular.ooxml import Element, w

_FIELD = re.compile(r"^\s*PAGE\b(?P<switches>.*)$", re.S)
_ROMAN = re.compile(r"\\\*\s*(roman|alphabetic|chinesenum\w*|cardtext|ordinal)", re.I)
_PAGE = "\ufffc"
_DASHED = re.compile(rf"^\s*—\s*{_PAGE}\s*—\s*$")
_SIDES = {"default": ("right", "单页码"), "even": ("left", "双页码")}
_NAMES = {"left": "居左", "right": "居右", "center": "居中"}
_DISTANCE_MM = 7.0


@dataclass(frozen=True)
class _Number:
    """A paragraph with a PAGE field: the text round it and the field's switches."""

    para: Para
    text: str
    switches: str
    forms: tuple[TextFormat, ...]
    is_turned: bool
    below: int


def check(reading: Reading, anatomy: Anatomy) -> Iterator[Fault]:
    portrait = [section for section in reading.sections if not section.is_landscape]
    shown = [(section, pages, _number_in(reading, section, pages)) for section in portrait for pages in ("default", "even")]
    odd_and_even = bool(reading.setting("evenAndOddHeaders")) and reading.setting("evenAndOddHeaders")["val"] not in (
        "0",
        "false",
    )
    if not any(found for _, _, found in shown):
        if portrait:
            yield fault("page-number-missing", Spot("页脚"), "没有页码")
        return
    seen: set[Element] = set()
    for section, pages, found in shown:
        if found is None or found.para.element in seen or (pages == "even" and not odd_and_even):
            continue
        seen.add(found.para.element)
        yield from _type(found)
        yield from _side(found, pages, odd_and_even=odd_and_even)
        yield from _distance(section, found)
    if not odd_and_even:
        yield fault("page-number-odd-even", Spot("页脚"), "奇偶页页码相同")
    yield from _run_on(reading)
    yield from _landscape(reading)
    if anatomy.kind is Kind.LETTER and not _first_page_is_free(reading):
        yield fault("letter-first-page", Spot("页脚"), "首页有页码")


def _number_in(reading: Reading, section: Section, pages: str) -> _Number | None:
    for kind in ("footer", "header"):
        part = section.parts.get((kind, pages))
        found = None if part is None else _find(reading, part, f"{'页脚' if kind == 'footer' else '页眉'}（{_SIDES[pages][1]}）")
        if found is not None:
            return found
    return None


def _find(reading: Reading, part: Element, name: str) -> _Number | None:
    elements = list(part.iter(w("p")))
    for place, element in enumerate(elements):
        para = reading.para(element, place + 1, name)
        pieces, forms, switches = _with_field(reading, para)
        if switches is None:
            continue
        turned = any(
            direction.get(w("val")) in ("tbRl", "tbRlV", "btLr", "rl") for direction in part.iter(w("textDirection"))
        ) or any(body.get("vert", "horz") != "horz" or body.get("rot", "0") != "0" for body in part.iter("{*}bodyPr"))
        return _Number(para, pieces, switches, forms, turned, below=len(elements) - place - 1)
    return None


def _with_field(reading: Reading, para: Para) -> tuple[str, tuple[TextFormat, ...], str | None]:
    """The line's text with one mark for the field's result, the formats printed, the field's switches."""
    text, switches, forms = "", None, []
    simple = next((field for field in para.element.iter(w("fldSimple")) if _FIELD.match(field.get(w("instr"), ""))), None)
    inside = None if simple is None else _FIELD.match(simple.get(w("instr"), ""))
    if inside is not None:
        switches = inside["switches"]
    depth, counts = 0, False
    for run in runs_in(para.element):
        form = reading.effective.text(para.element, run)
        if simple is not None and run.getparent() is simple:
            text += "" if text.endswith(_PAGE) else _PAGE
            forms.append(form)
            continue
        for child in run:
            kind = child.get(w("fldCharType")) if child.tag == w("fldChar") else None
            if kind is not None:
                depth += {"begin": 1, "end": -1}.get(kind, 0)
            elif child.tag == w("instrText") and (found := _FIELD.match(child.text or "")):
                switches, counts = found["switches"], True
                text += _PAGE
                forms.append(form)
            elif child.tag == w("t") and (depth == 0 or counts):
                text += (child.text or "") if depth == 0 else ""
                forms.append(form)
    return text, tuple(forms), switches


def _type(found: _Number) -> Iterator[Fault]:
    spot = found.para.spot
    # A half-width digit is drawn in the Latin font: that one must be 宋体 too.
    for form in found.forms:
        names = {name for name in (form.ascii, form.east_asia) if family(name) is not Family.SONGTI}
        if names:
            yield fault("page-number-font", spot, f"字体为{'、'.join(sorted(names)) or '未指定'}")
            break
    sizes = {form.size for form in found.forms if not is_size(form, gw.SIZE_4)}
    if sizes:
        yield fault("page-number-size", spot, f"字号为{'、'.join(map(size_name, sorted(sizes)))}")
    if not _DASHED.match(found.text):
        yield fault("page-number-dashes", spot, f"写作“{found.text.replace(_PAGE, '1').strip()}”")
    if _ROMAN.search(found.switches):
        yield fault("page-number-format", spot, f"页码域的格式为“{found.switches.strip()}”")


def _side(found: _Number, pages: str, *, odd_and_even: bool) -> Iterator[Fault]:
    if not odd_and_even or found.is_turned:
        return
    wanted, name = _SIDES[pages]
    para = found.para
    frame = para.format.bag.get("framePr", {})
    align = frame.get("xAlign") or para.format.align
    align = {"both": "left", "outside": wanted, "inside": "left" if wanted == "right" else "right"}.get(align, align)
    if align != wanted:
        yield fault("page-number-side", para.spot, f"{name}{_NAMES.get(align, align)}")
    elif not frame:
        line = para.text
        typed = len(line) - len(line.rstrip("\u3000") if wanted == "right" else line.lstrip("\u3000"))
        free = para.indent(wanted) + (para.indent("firstLine") if wanted == "left" else typed)
        if abs(free - 1) > 0.3:
            yield fault("page-number-space", para.spot, f"{name}外侧空{free:.2g}字")


def _distance(section: Section, found: _Number) -> Iterator[Fault]:
    """The dash lies in the middle of the last line of the footer, which ends at the footer's distance from the edge."""
    margins = section.attributes("pgMar")
    footer, bottom = number(margins.get("footer")), number(margins.get("bottom"))
    if footer is None or bottom is None or found.is_turned or found.below or found.para.format.bag.get("framePr"):
        return
    line = found.para.format.line if found.para.format.is_exact else None
    distance = (gw.MARGIN_BOTTOM - footer - (line or gw.PAGE_NUMBER_LINE) / 2) / gw.TWIPS_PER_MM
    if abs(distance - _DISTANCE_MM) > 2.0:
        yield fault("page-number-distance", section.spot, f"一字线约距版心下边缘{distance:.1f}毫米")


def _run_on(reading: Reading) -> Iterator[Fault]:
    for place, section in enumerate(reading.sections):
        numbers = section.attributes("pgNumType")
        if place and "start" in numbers:
            yield fault("page-number-continuous", section.spot, f"从{numbers['start']}重新编号")
        if numbers.get("fmt", "decimal") != "decimal":
            yield fault("page-number-format", section.spot, f"编号格式为{numbers['fmt']}")


def _landscape(reading: Reading) -> Iterator[Fault]:
    for section in reading.sections:
        if not section.is_landscape:
            continue
        numbers = [_number_in(reading, section, pages) for pages in ("default", "even")]
        shown = [one for one in numbers if one is not None]
        if not shown:
            yield fault("landscape-number", section.spot, "横排页没有页码")
        elif not all(one.is_turned for one in shown):
            yield fault("landscape-number", section.spot, "横排页的页码没有转向")


def _first_page_is_free(reading: Reading) -> bool:
    first = reading.sections[0]
    if not first.has_first_page:
        return False
    parts = [first.parts.get((kind, "first")) for kind in ("header", "footer")]
    return all(part is None or _find(reading, part, "首页") is None for part in parts)
