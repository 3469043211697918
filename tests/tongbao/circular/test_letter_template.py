"""The template of letters (函): what of it differs from a circular's, and where its lines stand on the page."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.tongbao.circular import test_geometry as geometry
from tests.tongbao.circular.auditing import NEEDS_AUDIT, assert_needs_no_repair
from tests.tongbao.circular.documents import circular
from tests.tongbao.circular.drawing import LETTER_TEMPLATE as TEMPLATE
from tests.tongbao.circular.drawing import LETTERHEAD as HEAD
from tests.tongbao.circular.drawing import letter as letter_as_drawn
from tests.tongbao.circular.test_geometry import MM, RIGHT, Drawn, extent, rows_of_rules
from tongbao.circular.document import CircularDocument, Imprint, Letterhead
from tongbao.circular.gongwen import HAIR_LINE, RED, StyleName
from tongbao.circular.letter_template import RULE_STYLE, build_letter_template
from tongbao.circular.ooxml import Element, parse, text_of, w
from tongbao.circular.package import DOCUMENT, STYLES
from tongbao.circular.render import render
from tongbao.circular.styles import Styles

LONG = "示例自治旗人民政府政务服务与数据管理局"


def letter(**changes: object) -> CircularDocument:
    return replace(circular(), **{"letterhead": HEAD, **changes})  # type: ignore[arg-type]


def opened(document: CircularDocument) -> tuple[Element, Styles]:
    with zipfile.ZipFile(io.BytesIO(render(document, TEMPLATE).data)) as archive:
        return parse(archive.read(DOCUMENT)), Styles.read(archive.read(STYLES), "")


def texts(root: Element) -> list[str]:
    return [text_of(paragraph) for paragraph in root.iter(w("p"))]


def styled(root: Element, styles: Styles, name: str) -> list[Element]:
    return [paragraph for paragraph in root.iter(w("p")) if styles.name_of(paragraph) == name]


def test_the_shipped_template_is_what_the_builder_makes() -> None:
    with zipfile.ZipFile(io.BytesIO(build_letter_template())) as made, zipfile.ZipFile(TEMPLATE) as kept:
        assert {name: made.read(name) for name in made.namelist()} == {name: kept.read(name) for name in kept.namelist()}


def test_a_letter_says_what_a_circular_says() -> None:
    root, _ = opened(letter())
    said = texts(root)
    for expected in (HEAD.mark, HEAD.document_number, "一、总体情况", "2020年10月21日", "附件3", "（此件公开发布）"):
        assert expected in said


def test_equal_letters_are_equal_bytes() -> None:
    assert render(letter(), TEMPLATE).data == render(letter(), TEMPLATE).data


def test_the_number_stands_flush_right_and_the_rule_is_double_and_red() -> None:
    root, styles = opened(letter())
    number = styles.by_name[StyleName.NUMBER]
    assert [jc.get(w("val")) for jc in number.iter(w("jc"))] == ["right"]
    assert not list(number.iter(w("pBdr")))
    borders = [rule.find(f"{w('pPr')}/{w('pBdr')}/{w('bottom')}") for rule in styled(root, styles, RULE_STYLE)]
    assert {border.get(w("val")) for border in borders if border is not None} == {"thickThinSmallGap", "thinThickSmallGap"}
    assert {border.get(w("color")) for border in borders if border is not None} == {RED}


def test_only_the_first_section_has_a_first_page_of_its_own() -> None:
    root, _ = opened(letter())
    sections = list(root.iter(w("sectPr")))
    assert len(sections) >= 3
    assert [section.find(w("titlePg")) is not None for section in sections] == [True] + [False] * (len(sections) - 1)


def test_the_imprint_has_no_printing_line_and_no_rules_and_stands_on_the_last_page() -> None:
    root, _ = opened(letter(annexes=()))
    assert "抄送：旗委办公室，旗人大常委会办公室，旗政协办公室。" in texts(root)
    assert not [text for text in texts(root) if text.endswith("印发")]
    box = next(table for table in root.iter(w("tbl")) if "抄送" in "".join(texts(table)))
    assert not list(box.iter(w("tblBorders")))
    assert len(list(root.iter(w("sectPr")))) == 1


def test_a_letter_copied_to_nobody_has_no_imprint() -> None:
    root, _ = opened(letter(annexes=(), imprint=Imprint("示例旗政务服务局办公室", None)))
    assert not [text for text in texts(root) if text.startswith("抄送") or text.endswith("印发")]
    assert not list(root.iter(w("tbl")))


def test_a_long_mark_shrinks_and_draws_rule_and_mark_up_alike() -> None:
    def spaces(head: Letterhead) -> list[int]:
        root, styles = opened(letter(letterhead=head))
        found = [space.find(f"{w('pPr')}/{w('spacing')}") for space in styled(root, styles, StyleName.HEAD_SPACE)]
        return [int(str(spacing.get(w("line")))) for spacing in found if spacing is not None]

    usual, shrunk = spaces(HEAD), spaces(replace(HEAD, mark=LONG))
    moved = {before - after for before, after in zip(usual, shrunk, strict=True)}
    assert len(usual) == 2
    assert len(moved) == 1
    assert moved.pop() > 100
    assert min(shrunk) > HAIR_LINE


@NEEDS_AUDIT
def test_word_would_open_it_without_repair(tmp_path: Path) -> None:
    file = tmp_path / "letter.docx"
    head = Letterhead(LONG, HEAD.document_number, "000001", "机密★1年", "特急")
    file.write_bytes(render(letter(letterhead=head), TEMPLATE).data)
    assert_needs_no_repair(file)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    return Drawn(render(letter_as_drawn(), TEMPLATE).data, tmp_path_factory.mktemp("letter"))


class TestPage:
    """Page 1 as LibreOffice draws it, in millimetres."""

    pytestmark = geometry.pytestmark

    def test_mark_and_rules_stand_where_the_standard_puts_them(self, drawn: Drawn) -> None:
        picture = drawn.picture(1).astype(int)
        red = (picture[:, :, 0] - picture[:, :, 1]) > 100
        mark_top, _ = extent(red.any(axis=1))
        lines = rows_of_rules(red)
        assert mark_top == pytest.approx(30, abs=1)
        assert len(lines) == 4
        (first, first_thin), (second_thin, second) = lines[:2], lines[2:]
        assert first[1] - first[0] > 1.8 * (first_thin[1] - first_thin[0])
        assert second[1] - second[0] > 1.8 * (second_thin[1] - second_thin[0])
        mark_bottom = extent(red[: round((first[0] - 0.5) * MM)].any(axis=1))[1]
        # Glyphs of the fonts that stand in for 小标宋 differ: Noto Serif ends 4.0 mm above the rule, FandolSong 2.5 mm.
        assert first[0] - mark_bottom == pytest.approx(4, abs=1.6)
        assert (second_thin[0] + second[1]) / 2 == pytest.approx(297 - 20, abs=0.6)
        for top, bottom in (first, second):
            left, right = extent(red[round((top + bottom) / 2 * MM)])
            assert right - left == pytest.approx(170, abs=0.5)
            assert left == pytest.approx(21, abs=0.5)

    def test_number_hangs_below_the_rule_at_the_right_margin(self, drawn: Drawn) -> None:
        picture = drawn.picture(1).astype(int)
        red = (picture[:, :, 0] - picture[:, :, 1]) > 100
        rule_bottom = rows_of_rules(red)[1][1]
        below = drawn.ink(1)[round((rule_bottom + 1) * MM) : round((rule_bottom + 14) * MM)]
        top, _ = extent(below.any(axis=1))
        assert top + 1 == pytest.approx(7 / 8 * 15.75 * 25.4 / 72, abs=0.6)
        assert extent(below.any(axis=0))[1] == pytest.approx(RIGHT, abs=1)

    def test_page_1_has_no_number_and_page_2_has(self, drawn: Drawn) -> None:
        assert not re.search("—\\d+—", drawn.text(1))
        assert "—2—" in drawn.text(2)
        assert np.asarray(drawn.ink(1))[: round(25 * MM)].sum() == 0
