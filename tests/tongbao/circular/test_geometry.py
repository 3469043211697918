"""Pages as LibreOffice draws them, measured against GB/T 9704: millimetres of ink, lines, characters."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from pypdf import PdfReader

from tests.tongbao.circular.drawing import TEMPLATE, of_few_annexes, pdf_of, with_a_row_higher_than_the_page, with_full_lines
from tongbao.circular.ooxml import parse, w
from tongbao.circular.package import DOCUMENT, read_package
from tongbao.circular.pagination import render_counted
from tongbao.circular.pdf import FONTS_VARIABLE, office_program
from tongbao.circular.render import render

DPI = 150
MM = DPI / 25.4
TOP, LEFT, RIGHT, BOTTOM = 37, 28, 184, 262


def _chinese_fonts() -> bool:
    if any(Path(os.environ.get(FONTS_VARIABLE) or "/nowhere").glob("FandolFang*.otf")):
        return True
    if shutil.which("fc-list") is None:
        return False
    listed = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True, check=False).stdout
    return bool(listed.strip())


pytestmark = [
    pytest.mark.skipif(office_program() is None, reason="LibreOffice is not installed: pages cannot be drawn"),
    pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed: pages cannot be measured"),
    pytest.mark.skipif(not _chinese_fonts(), reason="no Chinese font is installed: pages cannot be drawn as they will be read"),
]


class Drawn:
    """A circular drawn as PDF, its pages as pictures and as text."""

    def __init__(self, data: bytes, folder: Path) -> None:
        self.file = folder / "circular.pdf"
        (folder / "circular.docx").write_bytes(data)
        self.pdf = pdf_of(data)
        self.file.write_bytes(self.pdf)
        self.pages = len(PdfReader(io.BytesIO(self.pdf)).pages)
        self.sizes: list[tuple[int, int]] = []
        self._words = self._read_words()
        self.document = parse(read_package(folder / "circular.docx")[DOCUMENT])

    def picture(self, page: int) -> Any:
        """Height × width × 3 bytes of one page, counted from 1."""
        command = ["pdftoppm", "-r", str(DPI), "-f", str(page), "-l", str(page), str(self.file)]
        data = subprocess.run(command, capture_output=True, check=True).stdout
        width, height = (int(part) for part in data.split(maxsplit=4)[1:3])
        return np.frombuffer(data[len(data) - width * height * 3 :], np.uint8).reshape(height, width, 3)

    def ink(self, page: int) -> Any:
        return self.picture(page).min(axis=2) < 140

    def words(self, page: int) -> list[tuple[float, float, str]]:
        """Left edge and top in mm, and text, of each run of characters on a page."""
        return self._words[page - 1]

    def lines(self, page: int) -> list[str]:
        rows: dict[int, list[tuple[float, str]]] = {}
        for left, top, text in self.words(page):
            rows.setdefault(round(top), []).append((left, text))
        return ["".join(text for _, text in sorted(row)) for _, row in sorted(rows.items())]

    def text(self, page: int) -> str:
        return "".join(text for _, _, text in self.words(page))

    def _read_words(self) -> list[list[tuple[float, float, str]]]:
        listed = subprocess.run(["pdftotext", "-bbox", str(self.file), "-"], capture_output=True, check=True).stdout
        clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", listed.decode()).replace("xmlns=", "ns=")
        clean = re.sub(r"<!DOCTYPE[^>]*>|<(title|meta)[^>]*>(.*?</title>)?", "", clean)
        point = 25.4 / 72
        pages = list(ElementTree.fromstring(clean).iter("page"))
        self.sizes = [(round(float(page.get("width", 0)) * point), round(float(page.get("height", 0)) * point)) for page in pages]
        return [
            # What runs off the foot of a page is in the file, but nobody can read it.
            [(left, top, text) for left, top, text in self._placed(page, point) if top < height]
            for page, (_, height) in zip(pages, self.sizes, strict=True)
        ]

    @staticmethod
    def _placed(page: ElementTree.Element, point: float) -> list[tuple[float, float, str]]:
        return [
            (float(word.get("xMin", 0)) * point, float(word.get("yMin", 0)) * point, word.text or "")
            for word in page.iter("word")
        ]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    return Drawn(render(with_full_lines(), TEMPLATE).data, tmp_path_factory.mktemp("drawn"))


def rows_of_rules(ink: Any, least_mm: float = 100) -> list[tuple[float, float]]:
    """Top and bottom in mm of each horizontal rule at least that long."""
    rows = np.flatnonzero(ink.sum(axis=1) > least_mm * MM)
    return [(group[0] / MM, (group[-1] + 1) / MM) for group in np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)]


def extent(mask: Any) -> tuple[float, float]:
    """First and last of what is set, in mm."""
    places = np.flatnonzero(mask)
    return places[0] / MM, (places[-1] + 1) / MM


def test_sheets_are_a4_upright_or_landscape(drawn: Drawn) -> None:
    assert drawn.sizes[0] == drawn.sizes[-1] == (210, 297)
    assert set(drawn.sizes) == {(210, 297), (297, 210)}


def test_a_full_page_has_22_lines_of_28_characters(drawn: Drawn) -> None:
    lines = [line for line in drawn.lines(2) if not re.fullmatch("—\\d+—", line)]
    assert len(lines) == 22
    assert max(len(line) for line in lines if re.fullmatch("[测试正文内容每行排二十八个字并撑满版心]+", line)) == 28


def test_ink_fills_the_type_area(drawn: Drawn) -> None:
    body = drawn.ink(2)[: round(BOTTOM * MM)]
    left, right = extent(body.any(axis=0))
    top, bottom = extent(body.any(axis=1))
    assert (left, right) == (pytest.approx(LEFT, abs=1), pytest.approx(RIGHT, abs=1))
    assert top >= TOP
    assert top == pytest.approx(TOP, abs=5)
    assert bottom == pytest.approx(BOTTOM, abs=5)


def test_mark_and_red_line(drawn: Drawn) -> None:
    picture = drawn.picture(1).astype(int)
    red = (picture[:, :, 0] - picture[:, :, 1]) > 100
    assert extent(red.any(axis=1))[0] - TOP == pytest.approx(35, abs=1)
    ((top, bottom),) = rows_of_rules(red)
    left, right = extent(red[round((top + bottom) / 2 * MM)])
    assert right - left == pytest.approx(156, abs=0.5)
    assert left == pytest.approx(LEFT, abs=0.5)
    number_bottom = extent(drawn.ink(1)[: round((top - 0.5) * MM)].any(axis=1))[1]
    assert top - number_bottom == pytest.approx(4, abs=0.8)


@pytest.mark.parametrize(("page", "side"), [(3, "right"), (2, "left")])
def test_page_number_stands_7_mm_below_and_1_character_inside(drawn: Drawn, page: int, side: str) -> None:
    foot = drawn.picture(page).min(axis=2)[round((BOTTOM + 1) * MM) :] < 200
    left, right = extent(foot.any(axis=0))
    free = RIGHT - right if side == "right" else left - LEFT
    assert free == pytest.approx(4.94, abs=0.6)
    dash = foot[:, round(left * MM) : round((left + 3) * MM)]
    dash_top, dash_bottom = extent(dash.any(axis=1))
    assert (dash_top + dash_bottom) / 2 + 1 == pytest.approx(7, abs=0.6)


def test_landscape_numbers_stay_where_they_are_on_the_bound_sheet(drawn: Drawn) -> None:
    pages = [page for page, size in enumerate(drawn.sizes, start=1) if size == (297, 210)]
    assert len(pages) >= 2
    for page in pages[:2]:
        sheet = drawn.picture(page).min(axis=2) < 200
        bound = np.rot90(sheet)
        foot = bound[round((BOTTOM + 1) * MM) :]
        left, right = extent(foot.any(axis=0))
        assert (RIGHT - right if page % 2 else left - LEFT) == pytest.approx(4.94, abs=0.8)


def test_every_annex_page_bears_the_head_of_its_table(drawn: Drawn) -> None:
    first = next(page for page in range(1, drawn.pages) if "附件1" in drawn.text(page) and "序号" in drawn.text(page))
    for page in range(first, drawn.pages):
        assert "序号" in drawn.text(page), f"page {page}"


def test_imprint_closes_the_last_even_page(drawn: Drawn) -> None:
    assert drawn.pages % 2 == 0
    rules = rows_of_rules(drawn.ink(drawn.pages), least_mm=150)
    assert len(rules) == 3
    assert rules[-1][1] == pytest.approx(BOTTOM, abs=0.8)
    thick = [bottom - top for top, bottom in rules]
    assert thick[0] >= thick[1]
    assert thick[2] >= thick[1]


def test_the_signature_stands_on_a_page_with_text(drawn: Drawn) -> None:
    page = next(page for page in range(1, drawn.pages) if "2020年10月21日" in drawn.text(page))
    assert "完成整改" in drawn.text(page)
    assert "按照" in drawn.text(1)


def test_no_character_is_lost_on_the_way_to_paper(drawn: Drawn) -> None:
    written = Counter("".join(text.text or "" for text in drawn.document.iter(w("t"))))
    printed = Counter("".join(drawn.text(page) for page in range(1, drawn.pages + 1)))
    lost = {
        character: count - printed[character]
        for character, count in written.items()
        if not character.isspace() and printed[character] < count
    }
    assert lost == {}


def test_a_row_higher_than_the_page_keeps_its_end(tmp_path: Path) -> None:
    pages = Drawn(render(with_a_row_higher_than_the_page(), TEMPLATE).data, tmp_path)
    assert "".join(pages.text(page) for page in range(1, pages.pages + 1)).count("访") == 124


@pytest.mark.parametrize("more", [0, 1])
def test_a_blank_page_and_the_imprint_after_it_bear_no_number(more: int, tmp_path: Path) -> None:
    pages = Drawn(render_counted(of_few_annexes(more), TEMPLATE, convert=pdf_of).rendered.data, tmp_path)
    assert pages.pages % 2 == 0
    last = pages.text(pages.pages)
    assert "印发" in last
    assert bool(re.search("—\\d+—", last)) == bool(pages.text(pages.pages - 1))
