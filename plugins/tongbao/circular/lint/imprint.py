"""The imprint (版记) at the end (GB/T 9704, 7.4)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from tongbao.circular import gongwen as gw
from tongbao.circular.lint import patterns
from tongbao.circular.lint.anatomy import Anatomy, Kind
from tongbao.circular.lint.closing import PART, ImprintParts
from tongbao.circular.lint.effective import number
from tongbao.circular.lint.fault import Fault, Spot
from tongbao.circular.lint.fonts import Family, element_font
from tongbao.circular.lint.patterns import written_date
from tongbao.circular.lint.reading import Para, Reading, Section
from tongbao.circular.lint.rules import fault
from tongbao.circular.ooxml import NAMESPACES, Element, w

_TOLERANCE = 0.3
_FOOT_TOLERANCE = 3 * gw.TWIPS_PER_MM
_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")


def check(reading: Reading, anatomy: Anatomy) -> Iterator[Fault]:
    found = anatomy.imprint
    if found is None:
        if anatomy.kind is Kind.DOCUMENT and anatomy.mark and anatomy.number is not None:
            yield fault("imprint-missing", Spot(PART), "没有找到版记")
        return
    for para in found.lines:
        yield from element_font("imprint-font", para, Family.FANGSONG, gw.SIZE_4)
        yield from _sides(para)
    if anatomy.kind is Kind.LETTER:
        if found.printed is not None:
            yield fault("letter-imprint", found.printed.spot, "有印发机关和印发日期")
    else:
        yield from _rules(found)
    if found.copy_to is not None:
        yield from _copy_to(found.copy_to)
    if found.printed is not None:
        yield from _printed(found.printed, anatomy)
    yield from _position(reading, anatomy, found)


def _sides(para: Para) -> Iterator[Fault]:
    """One 字 free on both sides; blanks typed at the ends do as well."""
    left = para.indent("left") + para.indent("firstLine")
    if para.format.align in ("left", "both") and abs(left - 1) > _TOLERANCE:
        yield fault("imprint-indent", para.spot, f"左空{left:.2g}字")


def _copy_to(para: Para) -> Iterator[Fault]:
    found = patterns.COPY_TO.match(para.text)
    if found is None:
        return
    if found["colon"] != "：":
        yield fault("copy-to-colon", para.spot, f"写作“{para.text.strip()[:4]}”")
    if not para.text.rstrip().endswith("。"):
        yield fault("copy-to-end", para.spot, f"末尾为“{para.text.rstrip()[-1]}”")
    begin, later = para.indent("left") + para.indent("firstLine"), para.indent("left")
    if gw.characters(para.text) + begin > gw.TEXT_WIDTH / gw.IMPRINT_CHARACTER - 1 and abs(later - 4) > _TOLERANCE:
        yield fault("copy-to-wrap", para.spot, f"回行左空{later:.2g}字")


def _printed(para: Para, anatomy: Anatomy) -> Iterator[Fault]:
    found = patterns.PRINTED.search(para.text.strip())
    if found is None:
        return
    date = written_date(found["date"])
    if found["word"] != "印发" or date is None or date.form not in ("arabic", "blank") or (date.year and len(date.year) != 4):
        yield fault("print-date", para.spot, f"写作“{found[0]}”")
    elif date.month.startswith("0") or date.day.startswith("0"):
        yield fault("date-zero", para.spot, f"写作“{found[0]}”")
    elif date.form == "arabic" and anatomy.date is not None:
        issued = _DATE.search(anatomy.date.text)
        if issued and tuple(map(int, issued.groups())) > (int(date.year), int(date.month), int(date.day)):
            yield fault("print-date-early", para.spot, f"印发日期{found['date']}早于成文日期{issued[0]}")


def _rules(found: ImprintParts) -> Iterator[Fault]:
    weights = _weights(found)
    if weights is None:
        return
    spot = found.lines[0].spot
    if any(weight == 0 for weight in weights):
        missing = "、".join(name for name, weight in zip(_names(len(weights)), weights, strict=True) if weight == 0)
        yield fault("imprint-rules", spot, f"没有{missing}分隔线")
        return
    first, *inner, last = weights
    is_thick = all(abs(weight - gw.RULE_THICK) <= 1 for weight in (first, last))
    if not is_thick or any(abs(weight - gw.RULE_THIN) > 1 or weight >= min(first, last) for weight in inner):
        yield fault("imprint-weight", spot, f"分隔线粗{'、'.join(f'{weight / 8 * 25.4 / 72:.2f}' for weight in weights)}毫米")


def _names(count: int) -> list[str]:
    return ["首条", *["中间"] * (count - 2), "末条"]


def _weights(found: ImprintParts) -> list[float] | None:
    """Weights of the rules, first to last, in eighths of a point, 0 for none; nothing when they are drawn otherwise."""
    if found.table is not None:
        return _table_weights(found.table)
    borders = [(para.format.border("top"), para.format.border("bottom")) for para in found.lines]
    drawn = found.anchor is not None or found.may_have_drawn_rules
    if drawn and not any(any(pair) for pair in borders):
        return None
    weights = [_weight(borders[0][0])]
    weights += [_weight(above[1]) or _weight(below[0]) for above, below in itertools.pairwise(borders)]
    return [*weights, _weight(borders[-1][1])]


def _table_weights(table: Element) -> list[float] | None:
    rows = [row for row in table.findall(w("tr")) if any(text.text for text in row.iter(w("t")))]
    whole = table.find(f"{w('tblPr')}/{w('tblBorders')}")
    styled = table.find(f"{w('tblPr')}/{w('tblStyle')}") is not None
    if not rows or (whole is None and styled and next(table.iter(w("tcBorders")), None) is None):
        return None

    def edge(row: Element, side: str, of_table: str) -> float:
        cell = row.find(f"{w('tc')}/{w('tcPr')}/{w('tcBorders')}/{w(side)}")
        chosen = cell if cell is not None else (None if whole is None else whole.find(w(of_table)))
        return 0.0 if chosen is None else _weight({str(key).rpartition("}")[2]: str(v) for key, v in chosen.attrib.items()})

    weights = [edge(rows[0], "top", "top")]
    weights += [edge(above, "bottom", "insideH") or edge(below, "top", "insideH") for above, below in itertools.pairwise(rows)]
    return [*weights, edge(rows[-1], "bottom", "bottom")]


def _weight(border: dict[str, str] | None) -> float:
    if border is None or border.get("val") in ("nil", "none"):
        return 0.0
    return number(border.get("sz")) or 0.0


def _position(reading: Reading, anatomy: Anatomy, found: ImprintParts) -> Iterator[Fault]:
    spot = found.lines[0].spot
    after = reading.blocks[found.block + 1 :]
    if any(not isinstance(block, Para) or not block.is_blank for block in after):
        yield fault("imprint-last", spot, "之后还有内容")
    if found.anchor is not None and not _at_bottom(found.anchor):
        yield fault("imprint-bottom", spot, "文本框没有落在版心下边缘")
    section = _section_at(reading, found.block)
    if section.starts == "oddPage" and _is_first_of_section(reading, found.block):
        yield fault("imprint-even", spot, "所在节从奇数页开始")


def _at_bottom(anchor: Element) -> bool:
    """Whether the box ends at the foot of the type area; true where that depends on the text above."""
    wp = f"{{{NAMESPACES['wp']}}}"
    position, extent = anchor.find(f"{wp}positionV"), anchor.find(f"{wp}extent")
    if position is None or extent is None:
        return True
    base = position.get("relativeFrom")
    align, offset = position.find(f"{wp}align"), position.find(f"{wp}posOffset")
    if align is not None:
        return base not in ("margin", "page") or (base == "margin" and align.text == "bottom")
    top = {"page": 0, "margin": gw.MARGIN_TOP}.get(str(base))
    if top is None or offset is None:
        return True
    foot = top + (number(offset.text) or 0.0) / gw.EMU_PER_TWIP + (number(extent.get("cy")) or 0.0) / gw.EMU_PER_TWIP
    return abs(foot - (gw.PAGE_HEIGHT - gw.MARGIN_BOTTOM)) <= _FOOT_TOLERANCE


def _section_at(reading: Reading, block: int) -> Section:
    before = [one for one in reading.blocks[: block + 1] if isinstance(one, Para)]
    return reading.section_of(before[-1]) if before else reading.sections[-1]


def _is_first_of_section(reading: Reading, block: int) -> bool:
    section = _section_at(reading, block)
    paragraphs = [one for one in reading.blocks[:block] if isinstance(one, Para) and reading.section_of(one) is section]
    return all(para.is_blank for para in paragraphs)
