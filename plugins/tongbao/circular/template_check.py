"""``tongbao template check``: what in a template edited in Word or WPS no longer works, and what left the standard.

The template is looked through place by place; then a specimen is drawn on it and checked like any document.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from tongbao.circular.blocks import load_block_list
from tongbao.circular.document import Annex
from tongbao.circular.gongwen import StyleName
from tongbao.circular.lint import Fault, Severity, Spot, lint
from tongbao.circular.lint.fault import excerpt, merged
from tongbao.circular.lint.report import report
from tongbao.circular.lint.source import Package
from tongbao.circular.ooxml import NAMESPACES, Element, fragment, text_of, texts_of, w
from tongbao.circular.placeholders import places_in
from tongbao.circular.render import render
from tongbao.circular.specimen import specimen, specimen_annexes
from tongbao.errors import ConfigurationError

LETTER = frozenset(
    {"copy_number", "secrecy", "urgency", "mark", "document_number", "upward_number", "signer", "title", "addressees"}
    | {"body", "annex_list", "office", "issued_on", "note"}
)
ANNEX = frozenset({"annex_number", "annex_title", "annex_note"})
ANNEX_TABLE = frozenset({"annex_header", "annex_cell"})
IMPRINT = frozenset({"send_to", "copy_to", "printed_by", "printed_on"})
LANDSCAPE = "landscape_annexes"
"""Marks the landscape section; nothing is printed in its place."""
PLACES = LETTER | ANNEX | ANNEX_TABLE | IMPRINT | {LANDSCAPE}
REQUIRED = ANNEX | ANNEX_TABLE | {"title", "addressees", "body", "annex_list", "office", "issued_on"}
"""Without one of these nothing is drawn at all."""

NEEDED_STYLES = (
    *(StyleName.BODY, StyleName.LEVEL1, StyleName.LEVEL2, StyleName.LEVEL3, StyleName.LEVEL4),
    *(StyleName.TABLE_HEAD_SMALL, StyleName.TABLE_CELL_SMALL, StyleName.HAIR),
)
"""Styles given to paragraphs the template does not hold."""
KNOWN_BY_STYLE = (StyleName.MARK, StyleName.HEAD_SPACE, StyleName.OFFICE, StyleName.DATE, StyleName.ANNEX_EMPTY)
"""Styles by which paragraphs of the template are known, to be moved or left out."""

_ONLY_PLACE = frozenset({"body", "title", "annex_list", "annex_number", "annex_title"})
_IN_THE_FLOW = frozenset({"body", "annex_list"}) | ANNEX
_ONCE = frozenset({"body", "annex_list"}) | ANNEX | ANNEX_TABLE
_BROKEN = re.compile(
    r"｛+[^｝]*｝+|(?<!\{)\{(?!\{)\s*\w+\s*\}(?!\})|\{\{\s*\w+\s*\}(?!\})|(?<!\{)\{\s*\w+\s*\}\}|\{\{[^{}]*$|\{\s+\{[^{}]*\}\s*\}"
)
_JINJA = re.compile(r"\{%.*?%\}|\{#.*?#\}|\{\{(?!\s*\w+\s*\}\})[^{}]+\}\}")
_FALLBACK = f"{{{NAMESPACES['mc']}}}Fallback"
_LIKENESS = 0.5


def run_template_check(paths: Sequence[Path | str], as_json: bool, out: TextIO, blocks: Path | str | None = None) -> int:
    """Check templates one after another; 1 if one cannot be used or leaves the standard, else 0."""
    block_list = None if blocks is None else Path(blocks)
    return report([Path(path) for path in paths], lambda path: check_template(path, block_list), as_json=as_json, out=out)


def check_template(path: Path, blocks: Path | None = None) -> list[Fault]:
    """Everything found in a template; with ``blocks``, the specimen has the annexes of that block list.

    Raises FileRefused for what is no .docx and ConfigurationError for a block list that is wrong.
    """
    annexes = specimen_annexes(None if blocks is None else load_block_list(blocks))
    package = Package(path.read_bytes())
    faults = merged(_found(package))
    if any(fault.severity is Severity.ERROR for fault in faults):
        return faults
    return faults + _drawn(path, annexes)


def _found(package: Package) -> Iterator[Fault]:
    body = package.document.find(w("body"))
    if body is None:
        return
    paragraphs = [p for p in body.iter(w("p")) if next(p.iterancestors(_FALLBACK), None) is None]
    for paragraph in paragraphs:
        yield from _spelling(paragraph)
        yield from _standing(paragraph, body)
        yield from _splitting(paragraph)
    yield from _counts(Counter(place for paragraph in paragraphs for place in places_in(paragraph)))
    yield from _zones(body)
    yield from _outside_the_text(package)
    yield from _styles(package)
    yield from _sections(body)


def _fault(rule: str, place: Spot, found: str, required: str, severity: Severity = Severity.ERROR) -> Fault:
    return Fault(f"template-{rule}", place, found, required, "模板", severity)


def _spot(paragraph: Element) -> Spot:
    return Spot("模板中", None, excerpt(text_of(paragraph)))


def _braced(place: str) -> str:
    return f"{{{{ {place} }}}}"


def _spelling(paragraph: Element) -> Iterator[Fault]:
    text = text_of(paragraph)
    if found := _JINJA.search(text):
        yield _fault("syntax", _spot(paragraph), f"“{found[0]}”不是占位符", "只写{{ 名称 }}，条件和循环写在区块清单中")
    elif found := _BROKEN.search(text):
        yield _fault("broken-place", _spot(paragraph), f"“{found[0]}”的括号不对", "用两个半角花括号成对括起，写在同一段内")
    for place in places_in(paragraph):
        if place not in PLACES:
            near = difflib.get_close_matches(place, sorted(PLACES), 1, _LIKENESS)
            required = f"改为“{_braced(near[0])}”或者删除" if near else f"删除或改为下列之一：{'、'.join(sorted(PLACES))}"
            yield _fault("unknown-place", _spot(paragraph), f"不认识占位符“{_braced(place)}”", required)


def _standing(paragraph: Element, body: Element) -> Iterator[Fault]:
    """Where a place stands alone, and where it may not stand."""
    places = places_in(paragraph)
    text = re.sub(r"\{\{\s*\w+\s*\}\}", "", text_of(paragraph)).strip()
    for place in places:
        if place in _ONLY_PLACE and len(places) > 1:
            yield _fault(
                "place-alone", _spot(paragraph), f"与“{_braced(place)}”同段还有别的占位符", f"让“{_braced(place)}”独占一段"
            )
        elif place == "body" and text:
            yield _fault(
                "place-alone", _spot(paragraph), f"与“{_braced(place)}”同段的文字不会印出", f"让“{_braced(place)}”独占一段"
            )
        inside = next((one for one in paragraph.iterancestors() if one.tag in (w("txbxContent"), w("tc"))), None)
        if inside is not None and place in _IN_THE_FLOW:
            where = "文本框" if inside.tag == w("txbxContent") else "表格"
            yield _fault(
                "place-position", _spot(paragraph), f"“{_braced(place)}”在{where}中，长内容不能跨页", "移出，作为单独一段"
            )
        elif place in ANNEX and paragraph.getparent() is not body:
            yield _fault("place-position", _spot(paragraph), f"“{_braced(place)}”在内容控件中，不会填写", "移出，作为单独一段")


def _splitting(paragraph: Element) -> Iterator[Fault]:
    """Word splits what is typed into runs; the renderer copes, and the value takes the type of the first."""
    end = 0
    spans: list[tuple[int, int, Element]] = []
    for text in texts_of(paragraph):
        start, end = end, end + len(text.text or "")
        spans.append((start, end, text))
    for match in re.finditer(r"\{\{\s*(\w+)\s*\}\}", text_of(paragraph)):
        pieces = [text for start, stop, text in spans if start < match.end() and stop > match.start()]
        formats = {_type_of(text) for text in pieces}
        if len(formats) > 1:
            found = f"“{match[0]}”被拆成{len(pieces)}段，格式不一：能够填写，全部用第一段的格式"
            yield _fault("split-place", _spot(paragraph), found, "删去重打，或者选中整个占位符统一格式", Severity.WARNING)
        elif len(pieces) > 1:
            found = f"“{match[0]}”被拆成{len(pieces)}段，格式相同：能够填写"
            yield _fault("split-place", _spot(paragraph), found, "不必修改", Severity.NOTE)


def _type_of(text: Element) -> str:
    run = text.getparent()
    return "" if run is None else fragment(run.find(w("rPr")))


def _counts(counts: Counter[str]) -> Iterator[Fault]:
    whole = Spot("整个模板")
    for place in sorted(REQUIRED - set(counts)):
        yield _fault("missing-place", whole, f"缺少占位符“{_braced(place)}”", "补上：没有它就不能生成")
    if not {"printed_by", "copy_to"} & set(counts):
        yield _fault("missing-place", whole, "缺少占位符“{{ printed_by }}”和“{{ copy_to }}”", "至少补上一个：据此识别版记")
    for place in sorted(PLACES - REQUIRED - set(counts) - {LANDSCAPE}):
        yield _fault("missing-place", whole, f"没有占位符“{_braced(place)}”", "补上，或者确认这项内容不必印出", Severity.NOTE)
    for place in sorted(_ONCE):
        if counts[place] > 1:
            yield _fault("place-twice", whole, f"占位符“{_braced(place)}”出现{counts[place]}次", "只保留一处")


def _zones(body: Element) -> Iterator[Fault]:
    """Letter, annex and imprint follow one another; what stands elsewhere is not printed or cannot be filled."""
    blocks = [
        (block, {place for p in block.iter(w("p")) if next(p.iterancestors(_FALLBACK), None) is None for place in places_in(p)})
        for block in body
        if block.tag != w("sectPr")
    ]
    annex = next((index for index, (_, places) in enumerate(blocks) if "annex_number" in places), None)
    imprint = next((index for index, (_, places) in enumerate(blocks) if places & {"printed_by", "copy_to"}), None)
    if annex is None or imprint is None:
        return
    for index, (_, places) in enumerate(blocks):
        for place in sorted(places & PLACES):
            after = index >= annex
            if (place in LETTER and after) or (place in ANNEX | ANNEX_TABLE and not after):
                where = "“附件{{ annex_number }}”之前" if place in LETTER else "“附件{{ annex_number }}”之后"
                yield _fault("place-position", Spot("模板中"), f"“{_braced(place)}”的位置不对", f"移到{where}")
            elif place in IMPRINT and index != imprint:
                yield _fault("place-position", Spot("模板中"), f"“{_braced(place)}”不在版记中", "移到版记的文本框或表格中")


def _outside_the_text(package: Package) -> Iterator[Fault]:
    for kind, name in sorted(package.relations.values()):
        if not kind.endswith(("/header", "/footer", "/footnotes", "/endnotes")):
            continue
        part = package.part(name)
        for paragraph in () if part is None else part.iter(w("p")):
            for place in places_in(paragraph):
                where = "页眉" if kind.endswith("/header") else "页脚" if kind.endswith("/footer") else "脚注或尾注"
                yield _fault(
                    "place-position",
                    Spot(where, None, excerpt(text_of(paragraph))),
                    f"{where}中的“{_braced(place)}”不会填写",
                    "移到正文中",
                )


def _styles(package: Package) -> Iterator[Fault]:
    styles = package.related("styles")
    names = [] if styles is None else [str(name.get(w("val"))) for name in styles.iterfind(f"{w('style')}/{w('name')}")]
    for style in NEEDED_STYLES:
        if style not in names:
            near = difflib.get_close_matches(style, names, 1, 0.7)
            hint = f"（是否改名成了“{near[0]}”？）" if near else ""
            yield _fault(
                "missing-style", Spot("样式"), f"缺少样式“{style}”{hint}", "从随系统提供的模板中复制该样式（管理样式—导入/导出）"
            )
    for style in KNOWN_BY_STYLE:
        if style not in names:
            required = "恢复：系统靠它识别该段，以便调整位置"
            yield _fault("missing-style", Spot("样式"), f"缺少样式“{style}”", required, Severity.WARNING)


def _sections(body: Element) -> Iterator[Fault]:
    turned = [
        size is not None and size.get(w("orient")) == "landscape"
        for section in body.iter(w("sectPr"))
        for size in [section.find(w("pgSz"))]
    ]
    for wanted, name in ((False, "纵向"), (True, "横向")):
        if wanted not in turned:
            yield _fault(
                "missing-section",
                Spot("分节"),
                f"共{len(turned)}节，没有{name}页面的分节",
                f"保留随系统提供的模板中{name}页面的分节",
            )


def _drawn(path: Path, annexes: tuple[Annex, ...]) -> list[Fault]:
    """What the checker finds in a specimen drawn on the template."""
    try:
        drawn = render(specimen(annexes), path)
    except ConfigurationError as error:
        return [_fault("refused", Spot("试印"), error.problem, error.remedy)]
    return lint(drawn.data)
