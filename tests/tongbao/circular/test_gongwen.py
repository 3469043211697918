"""The standard's figures, and how text is fitted to them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao.circular import gongwen as gw
from tongbao.circular.signature import SignaturePlace, signature_place
from tongbao.circular.title import title_lines


def test_type_area_is_156_by_225_mm() -> None:
    assert pytest.approx(156, abs=0.2) == (gw.PAGE_WIDTH - gw.MARGIN_LEFT - gw.MARGIN_RIGHT) / gw.TWIPS_PER_MM
    assert pytest.approx(225, abs=0.2) == gw.TEXT_HEIGHT / gw.TWIPS_PER_MM
    assert gw.TEXT_HEIGHT // gw.LINE == 22
    assert gw.TEXT_WIDTH // gw.CHARACTER == 28


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("通报", 2), ("2020年10月21日", 7), ("附件：1.", 4), ("（二）", 3), ("ＡＢ", 2)]
)
def test_characters_counts_half_width_as_a_half(text: str, width: float) -> None:
    assert gw.characters(text) == width


@pytest.mark.parametrize(
    ("day", "printed"),
    [(date(2020, 10, 21), "2020年10月21日"), (date(2020, 1, 5), "2020年1月5日"), (None, "　　年　　月　　日")],
)
def test_dates_carry_no_leading_zeros_and_drafts_leave_room(day: date | None, printed: str) -> None:
    assert gw.chinese_date(day) == printed


@pytest.mark.parametrize(
    ("given_number", "printed"),
    [
        ("示政服字〔2020〕8号", "示政服字〔2020〕8号"),
        ("示政服字[2020]8号", "示政服字〔2020〕8号"),
        ("示政服字【2020】8号", "示政服字〔2020〕8号"),
        ("示政服字〔2020〕号", "示政服字〔2020〕　　号"),
        ("示政服字〔2020〕  号", "示政服字〔2020〕　　号"),
        ("", ""),
    ],
)
def test_document_number_has_six_cornered_brackets_and_room_for_its_serial(given_number: str, printed: str) -> None:
    assert gw.document_number(given_number) == printed


@pytest.mark.parametrize(
    ("office", "day", "sealed", "place"),
    [
        ("示例旗政务服务局", "2020年10月21日", True, SignaturePlace(3.5, 4)),
        ("示例旗局", "2020年10月21日", True, SignaturePlace(5.5, 4)),
        ("示例自治旗人民政府政务服务与数据管理局办公室", "2020年1月5日", True, SignaturePlace(0, 8)),
        ("示例旗政务服务局", "2020年10月21日", False, SignaturePlace(2, 1)),
        ("示例自治旗人民政府办公室", "2020年10月21日", False, SignaturePlace(2, 5)),
        ("旗政府", "2020年10月21日", False, SignaturePlace(8, 2)),
    ],
)
def test_signature_places(office: str, day: str, sealed: bool, place: SignaturePlace) -> None:
    assert signature_place(office, day, sealed=sealed) == place


@given(st.text("旗政务服务局", min_size=1, max_size=28), st.sampled_from(["2020年1月5日", "2020年10月21日", gw.DATE_BLANK]))
def test_a_sealed_office_stands_centred_on_its_date(office: str, day: str) -> None:
    place = signature_place(office, day, sealed=True)
    centres = place.office + gw.characters(office) / 2, place.date + gw.characters(day) / 2
    assert centres[0] == pytest.approx(centres[1])
    assert min(place.office, place.date) >= 0


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("检查情况通报", ("检查情况通报",)),
        (
            "关于2020年第三季度全旗政府网站与政务新媒体检查情况的通报",
            ("关于2020年第三季度全旗政府网站", "与政务新媒体检查情况的通报"),
        ),
        (
            "示例旗政务服务局关于2020年第三季度全旗政府网站与政务新媒体检查情况的通报",
            ("示例旗政务服务局关于2020年第三季度", "全旗政府网站与政务新媒体检查情况的通报"),
        ),
        (
            "示例市人民政府办公室关于2020年第四季度全市政府网站与政务新媒体检查及政府网站年度考核情况的通报",
            ("示例市人民政府办公室关于2020年第四季度", "全市政府网站与政务新媒体检查", "及政府网站年度考核情况的通报"),
        ),
        (
            "上报“全国政务新媒体报送系统”备案的政府系统政务新媒体清单",
            ("上报“全国政务新媒体报送系统”", "备案的政府系统政务新媒体清单"),
        ),
    ],
)
def test_titles_break_at_units_of_sense(title: str, lines: tuple[str, ...]) -> None:
    assert title_lines(title) == lines


@given(st.text("关于年第三季度全旗政府网站与政务新媒体检查情况的通报2020《》“”", min_size=1, max_size=160))
def test_broken_titles_lose_nothing_and_fit_their_lines(title: str) -> None:
    lines = title_lines(title)
    assert "".join(lines) == title.strip()
    assert all(gw.characters(line) <= gw.TITLE_CHARACTERS for line in lines)
