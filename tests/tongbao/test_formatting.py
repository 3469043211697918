from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao.formatting import (
    NameStyle,
    chinese_numeral,
    document_number,
    names_text,
    percent,
    points_text,
    rate_text,
    score_text,
)


@pytest.mark.parametrize(
    ("share", "decimals", "printed"),
    [
        (Fraction(1), 2, "100%"),
        (Fraction(0), 2, "0%"),
        (Fraction(63, 64), 2, "98.44%"),
        (Fraction(63, 64), 1, "98.4%"),
        (Fraction(63, 64), 0, "98%"),
        (Fraction(1, 2), 2, "50.00%"),
        (Fraction(5, 800), 2, "0.63%"),
        (Fraction(99999, 100000), 2, "99.99%"),
        (Fraction(199, 200), 0, "99%"),
        (Fraction(1, 100000), 2, "0.01%"),
    ],
)
def test_rates_print_half_up_and_never_reach_a_bound_they_are_beside(share: Fraction, decimals: int, printed: str) -> None:
    assert rate_text(share, decimals) == printed


@pytest.mark.parametrize(
    ("share", "looks", "printed"),
    [
        (Fraction(2, 3), {"cut": True}, "66.66%"),
        (Fraction(2, 3), {"cut": True, "decimals": 0}, "66%"),
        (Fraction(1, 100000), {"cut": True}, "0.01%"),
        (Fraction(99999, 100000), {"cut": True, "decimals": 0}, "99%"),
        (Fraction(197, 200), {"zeros": False}, "98.5%"),
        (Fraction(49, 50), {"zeros": False}, "98%"),
    ],
)
def test_offices_may_cut_rates_off_and_drop_trailing_zeros(share: Fraction, looks: dict[str, Any], printed: str) -> None:
    assert rate_text(share, **looks) == printed


@given(st.integers(1, 10**7), st.data(), st.integers(0, 2))
def test_a_hundred_percent_is_printed_only_of_everything(whole: int, data: st.DataObject, decimals: int) -> None:
    part = data.draw(st.integers(0, whole))
    value = percent(Fraction(part, whole), decimals)
    assert (value == 100) == (part == whole)
    assert (value == 0) == (part == 0)
    assert abs(value - Decimal(part) * 100 / whole) < Decimal(1).scaleb(-decimals)


def test_a_difference_follows_from_the_rates_as_printed() -> None:
    # Exactly the rates differ by 1.5675 points; a reader subtracts 96.87 from 98.44.
    assert points_text(Fraction(984400, 1000000), Fraction(968749, 1000000)) == "1.57"
    assert points_text(Fraction(1, 2), Fraction(1, 2)) == "0"
    assert points_text(Fraction(1, 4), Fraction(1, 2), decimals=0, signed=True) == "-25"
    assert points_text(Fraction(2, 3), Fraction(1, 3), cut=True) == "33.33"
    assert points_text(Fraction(197, 200), Fraction(97, 100), zeros=False) == "1.5"


def test_no_comma_stands_between_quoted_names() -> None:
    quoted, bare = NameStyle("“{name}”"), NameStyle("{name}")
    items = [("甲", "", "", ""), ("乙", "", "", "")]
    assert names_text(items, quoted) == "“甲”“乙”"
    assert names_text(items, bare) == "甲、乙"
    assert names_text([("甲”、“乙", "", "", "")], bare) == "甲”、“乙"


@pytest.mark.parametrize(("number", "spelt"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (21, "二十一"), (99, "九十九")])
def test_headings_are_numbered_in_chinese(number: int, spelt: str) -> None:
    assert chinese_numeral(number) == spelt


@pytest.mark.parametrize("number", [0, 100])
def test_headings_beyond_ninety_nine_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="1 to 99"):
        chinese_numeral(number)


@pytest.mark.parametrize(("score", "printed"), [("86.50", "86.5"), ("100.00", "100"), ("59.995", "60"), ("0.05", "0.05")])
def test_scores_drop_trailing_zeros(score: str, printed: str) -> None:
    assert score_text(Decimal(score)) == printed


def test_a_draft_keeps_room_for_its_number() -> None:
    assert document_number("示政服字", 2020, None) == "示政服字〔2020〕  号"
    assert document_number("示政服字", 2020, 12) == "示政服字〔2020〕12号"


ITEMS = [("甲", "一局", "微信公众号", ""), ("乙", "二局", "微信公众号", ""), ("丙", "一局", "新浪微博", "简介")]


@pytest.mark.parametrize(
    ("style", "printed"),
    [
        (NameStyle("{sponsor}“{name}”{platform}"), "一局“甲”微信公众号、二局“乙”微信公众号、一局“丙”新浪微博"),
        (NameStyle("{name}（{platform}）"), "甲（微信公众号）、乙（微信公众号）、丙（新浪微博）"),
        (NameStyle("{name}", "platform", "{platform}“{names}”"), "微信公众号“甲、乙”；新浪微博“丙”"),
        (NameStyle("{name}", "sponsor", "{sponsor}{times}次", group_separator="、"), "一局2次、二局1次"),
    ],
)
def test_names_print_in_the_styles_of_the_genre(style: NameStyle, printed: str) -> None:
    assert names_text(ITEMS, style) == printed


def test_a_cut_list_says_how_many_there_are_in_all() -> None:
    style = NameStyle("{name}")
    assert names_text(ITEMS, style, limit=2) == "甲、乙等3个"
    assert names_text(ITEMS, style, limit=3) == "甲、乙、丙"
    assert names_text(ITEMS, style, total=900, measure="家") == "甲、乙、丙等900家"


def test_a_unit_whose_account_bears_its_name_is_named_once() -> None:
    item = ("示例旗统计局", "示例旗统计局", "微信公众号", "")
    assert names_text([item], NameStyle("{sponsor}“{name}”{platform}")) == "“示例旗统计局”微信公众号"
    assert names_text([item], NameStyle("{sponsor}")) == "示例旗统计局"


def test_braces_in_names_stay_as_they_are() -> None:
    assert names_text([("{sponsor}{{7*7}}", "一局", "", "")], NameStyle("{sponsor}“{name}”")) == "一局“{sponsor}{{7*7}}”"
