"""The letterhead: mark, number, red line and what may stand above them (GB/T 9704, 7.2 and 10.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tongbao.circular import gongwen as gw
from tongbao.circular.lint import patterns
from tongbao.circular.lint.anatomy import Anatomy, Kind, is_double
from tongbao.circular.lint.effective import number as measure
from tongbao.circular.lint.fault import Fault
from tongbao.circular.lint.fonts import Family, chinese_pieces, element_font, family
from tongbao.circular.lint.reading import Para, Reading
from tongbao.circular.lint.rules import fault
from tongbao.circular.lint.title import blank_lines

_GLYPH_TOP = 1.125
"""In a line of exact height the white above the glyphs is that height less so many heights of the type (measured)."""
_GAP_BELOW_TEXT_PT = 2.8
"""What the line's own leading adds to the space of a bottom border (measured: 8 pt come out as 3.81 mm)."""
_RED_LINE_MM, _LETTER_OVERHANG = 4.0, 397
_TOLERANCE_MM = 3.0
_PERIOD = re.compile(r"^\s*(★\s*(\d+(年|个月|天|日)|长期)?)?\s*$")
_REDS = ("FF0000", "E00000", "E60012", "C00000", "DE0000")


def check(reading: Reading, anatomy: Anatomy) -> Iterator[Fault]:
    if anatomy.kind is Kind.PLAIN:
        return
    yield from _top(anatomy)
    yield from _mark(reading, anatomy)
    if anatomy.number is not None:
        yield from _number(reading, anatomy, anatomy.number)
        yield from _signer(anatomy.number)
    elif anatomy.kind is Kind.DOCUMENT:
        yield fault("number-missing", anatomy.mark[-1].spot, "没有找到发文字号")
    yield from _red_line(anatomy)


def _top(anatomy: Anatomy) -> Iterator[Fault]:
    ranks: list[int] = []
    around_mark = [para for para in anatomy.head if para is not anatomy.number and para not in anatomy.mark]
    for para in around_mark:
        secrecy = patterns.SECRECY.match(para.text)
        copy = patterns.COPY_NUMBER.match(para.text)
        if secrecy:
            ranks.append(2)
            yield from _flush_heiti("secrecy-font", para)
            if not _PERIOD.match(secrecy["rest"]):
                yield fault("secrecy-form", para.spot, f"写作“{para.text.strip()}”")
        elif patterns.URGENCY.match(para.text):
            ranks.append(3)
            yield from _flush_heiti("urgency-font", para)
        elif copy:
            ranks.append(1)
            if len(copy["digits"]) != 6 or copy["digits"] != para.text.strip() or not _is_flush(para):
                yield fault("copy-number", para.spot, f"写作“{para.text.strip()}”" if _is_flush(para) else "没有顶格")
    if ranks != sorted(ranks):
        yield fault("head-order", around_mark[0].spot, "顺序不对")


def _is_flush(para: Para) -> bool:
    return para.format.align in ("left", "both") and abs(para.indent("left") + para.indent("firstLine")) < 0.2


def _flush_heiti(rule: str, para: Para) -> Iterator[Fault]:
    if not _is_flush(para):
        yield fault(rule, para.spot, "没有顶格")
    else:
        yield from element_font(rule, para, Family.HEITI)


def _mark(reading: Reading, anatomy: Anatomy) -> Iterator[Fault]:
    for para in anatomy.mark:
        if not para.main.is_red:
            yield fault("mark-colour", para.spot, f"颜色为{para.main.colour or '黑色'}")
        if para.format.align != "center":
            yield fault("mark-centred", para.spot, "没有居中")
        if any(family(piece.format.east_asia) is not Family.XIAOBIAOSONG for piece in chinese_pieces(para)):
            yield fault("mark-font", para.spot, f"字体为{para.main.east_asia or '未指定'}")
    if anatomy.kind is Kind.LETTER and anatomy.mark and anatomy.mark[-1].text.strip().endswith("文件"):
        yield fault("letter-mark", anatomy.mark[-1].spot, "标志带有“文件”二字")
    if (
        anatomy.kind in (Kind.DOCUMENT, Kind.MINUTES)
        and anatomy.mark
        and anatomy.mark[0].in_flow
        and anatomy.mark[0].format.is_exact
    ):
        yield from _mark_position(reading, anatomy, anatomy.mark[0])


def _mark_position(reading: Reading, anatomy: Anatomy, mark: Para) -> Iterator[Fault]:
    above = [para for para in anatomy.head if para.number < mark.number]
    if any(para.has_picture for para in above):
        return
    white = sum(para.line_height(reading.section_of(para).grid) + para.format.before + para.format.after for para in above)
    glyphs = mark.format.before + (mark.format.line or 0) - _GLYPH_TOP * mark.main.size * 10
    found = (white + glyphs) / gw.TWIPS_PER_MM
    if abs(found - gw.MARK_TOP_MM) > _TOLERANCE_MM:
        yield fault("mark-position", mark.spot, f"上边缘约距版心上边缘{found:.0f}毫米")


def _number(reading: Reading, anatomy: Anatomy, para: Para) -> Iterator[Fault]:
    found = patterns.NUMBER.match(para.text)
    if found is None:
        return
    if (found["open"], found["close"]) != ("〔", "〕"):
        yield fault("number-brackets", para.spot, f"括号为“{found['open'] or ''}{found['close'] or ''}”")
    if not re.fullmatch(r"[12]\d{3}", found["year"], re.ASCII):
        yield fault("number-year", para.spot, f"年份写作“{found['year']}”")
    if found["di"]:
        yield fault("number-ordinal-word", para.spot, "顺序号前有“第”字")
    serial = found["serial"].strip()
    if serial and not re.fullmatch(r"[1-9]\d*", serial, re.ASCII):
        yield fault("number-zero", para.spot, f"顺序号写作“{serial}”")
    yield from element_font("number-font", para) if not found["rest"] else ()
    if not para.in_flow:
        return
    yield from _number_place(anatomy, para, has_signer=bool(found["rest"]))
    if anatomy.kind is Kind.DOCUMENT and anatomy.mark and anatomy.mark[-1].in_flow and anatomy.mark[-1].number < para.number:
        lines = blank_lines(reading, anatomy.mark[-1], para)
        if abs(lines - 2) > 0.5:
            yield fault("number-space", para.spot, f"之上空{lines:.2g}行")


def _number_place(anatomy: Anatomy, para: Para, *, has_signer: bool) -> Iterator[Fault]:
    align, left = para.format.align, para.indent("left") + para.indent("firstLine")
    if anatomy.kind is Kind.LETTER:
        is_right = align == "right"
    elif has_signer:
        is_right = align in ("left", "both") and abs(left - 1) < 0.3
    else:
        is_right = align == "center"
    if not is_right:
        where = {"center": "居中", "right": "居右"}.get(align, f"居左空{left:.2g}字")
        yield fault("number-place", para.spot, where)


def _signer(para: Para) -> Iterator[Fault]:
    found = patterns.SIGNER.search(para.text)
    if found is None:
        return
    if found["colon"] != "：" or not found["name"]:
        yield fault("signer-form", para.spot, f"写作“{found[0]}”")
    name = (found["name"] or "").strip()
    for piece in chinese_pieces(para):
        is_name = bool(name) and piece.text.strip() == name
        mixed = bool(name) and not is_name and piece.text.rstrip().endswith(name)
        if mixed or family(piece.format.east_asia) is not (Family.KAITI if is_name else Family.FANGSONG):
            yield fault("signer-font", para.spot, f"“{piece.text.strip()}”的字体为{piece.format.east_asia}")
            return


def _red_line(anatomy: Anatomy) -> Iterator[Fault]:
    found = anatomy.red_line
    if found is None:
        # Lines drawn as shapes are there to the eye, though nothing says how long they are.
        drawn = any(para.has_picture for para in anatomy.head) or not anatomy.mark or not anatomy.mark[-1].in_flow
        if anatomy.kind is Kind.DOCUMENT and not drawn:
            yield fault("red-line-missing", (anatomy.number or anatomy.mark[-1]).spot, "没有找到红色分隔线")
        return
    para, side = found
    border = para.format.border(side) or {}
    colour = border.get("color", "auto").upper()
    if colour not in _REDS:
        yield fault("red-line-colour", para.spot, f"颜色为{'黑色' if colour in ('AUTO', '000000') else colour}")
    left = para.indent("left") * para.character
    right = para.indent("right") * para.character
    if anatomy.kind is Kind.LETTER:
        yield from _letter_line(para, left, right)
        return
    if abs(left) > gw.TWIPS_PER_MM or abs(right) > gw.TWIPS_PER_MM:
        width = (gw.TEXT_WIDTH - left - right) / gw.TWIPS_PER_MM
        yield fault("red-line-width", para.spot, f"长{width:.0f}毫米")
    if para is anatomy.number and side == "bottom":
        gap = ((measure(border.get("space")) or 0.0) + _GAP_BELOW_TEXT_PT) * 20 / gw.TWIPS_PER_MM
        if abs(gap - _RED_LINE_MM) > 1.0:
            yield fault("red-line-gap", para.spot, f"约距发文字号{gap:.1f}毫米")


def _letter_line(para: Para, left: float, right: float) -> Iterator[Fault]:
    overhangs = all(abs(side + _LETTER_OVERHANG) <= 2 * gw.TWIPS_PER_MM for side in (left, right))
    if not is_double(para) or not overhangs:
        width = (gw.TEXT_WIDTH - left - right) / gw.TWIPS_PER_MM
        yield fault("letter-lines", para.spot, f"{'双线' if is_double(para) else '单线'}，长{width:.0f}毫米")
