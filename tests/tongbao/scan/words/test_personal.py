from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pace import is_within
from tongbao.scan.words import Severity, mask_numbers, personal_data

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def identity(first: str) -> str:
    """Complete 17 digits by the check character of GB 11643-1999."""
    return first + "10X98765432"[sum(int(d) * w for d, w in zip(first, WEIGHTS, strict=True)) % 11]


def card(first: str) -> str:
    """Complete a card number by its Luhn digit."""
    doubled = [int(d) * 2 if place % 2 == 0 else int(d) for place, d in enumerate(reversed(first))]
    return first + str(-sum(sum(divmod(d, 10)) for d in doubled) % 10)


ID = identity("15069919000101001")
CARD = card("622202000000000000")


def kinds(text: str) -> list[tuple[str, str]]:
    return [(hit.word, hit.severity.value) for hit in personal_data(text)]


def test_the_check_character_is_the_standards_own() -> None:
    assert identity("11010519491231002") == "11010519491231002X"


@pytest.mark.parametrize(
    "text",
    [
        f"张某，{ID}，示例镇",
        f"身份证号：{ID}。",
        f"{ID[:6]} {ID[6:14]} {ID[14:]}",
        f"{ID[:6]}-{ID[6:14]}-{ID[14:]}",
        "公民身份号码" + identity("15069920001231002").lower(),
        "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in ID),
    ],
)
def test_identity_numbers_are_found(text: str) -> None:
    assert kinds(text) == [("身份证号", "serious")]


WRONG = ID[:-1] + ("0" if ID[-1] != "0" else "1")


@pytest.mark.parametrize(
    "text",
    [
        WRONG,
        identity("15069919001301001"),
        identity("15069918990101001"),
        identity("15069919000230001"),
        identity("99069919000101001"),
        f"8{ID}",
        f"{ID}9",
        f"0.{ID}",
        f"http://www.shiliqi.example/{ID}.html",
        f"t20201013_{ID}",
        f"{ID[:10]}******{ID[16:]}",
        f"{ID}***",
        f"统一社会信用代码：{ID}",
        "2020-10-13 08:30 2020-10-13",
        "电话：0477-1234567",
    ],
)
def test_what_only_looks_like_an_identity_number_is_none(text: str) -> None:
    assert kinds(text) == []


def test_the_old_form_counts_beside_its_label_alone() -> None:
    assert kinds("身份证号150699000101001") == [("身份证号", "serious")]
    assert kinds("编号150699000101001") == []
    assert kinds("身份证号150699001301001") == []


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("户主：张某 15049990001", "minor"),
        ("姓名 张某 手机 150-4999-0001", "minor"),
        ("联系电话：15049990001", "info"),
        ("办公时间9:00，15049990001", "info"),
        ("15049990001", "info"),
        ("申请人张某，联系电话15049990001", "info"),
        ("联系人李某，申请人张某15049990001", "minor"),
    ],
)
def test_whose_a_mobile_number_is_decides_the_label_before_it(text: str, severity: str) -> None:
    assert kinds(text) == [("手机号", severity)]


@pytest.mark.parametrize("number", ["1506****1234", "15412340001", "12345678901", "150499900012", "2150499900", "1504999000a"])
def test_what_is_no_mobile_number(number: str) -> None:
    assert kinds(f"户主{number}") == []


def test_a_card_counts_where_the_page_speaks_of_cards() -> None:
    assert kinds(f"发放到银行卡：张某 {CARD}") == [("银行卡号", "serious")]
    spaced = f"{CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:16]} {CARD[16:]}"
    assert kinds(f"卡号 {spaced}") == [("银行卡号", "serious")]
    assert kinds(f"序列 {CARD}") == [("银行卡号", "info")]
    assert kinds(f"卡号 {CARD[:-1]}{(int(CARD[-1]) + 1) % 10}") == []
    assert kinds("卡号 " + card("982202000000000000")) == []


def test_nothing_found_is_shown_whole() -> None:
    text = f"姓名 张某 身份证 {ID} 手机 15049990001 卡号 {CARD} 电话 0477-1234567"
    hits = personal_data(text)
    assert len(hits) == 3
    shown = "".join(hit.found + hit.context + hit.description + hit.word for hit in hits)
    assert all(number[3:-2] not in shown for number in (ID, "15049990001", CARD, "04771234567"))
    assert [text[hit.start : hit.end] for hit in hits] == [ID, "15049990001", CARD]
    assert hits[0].found == ID[:3] + "*" * 13 + ID[-2:]
    assert all(hit.description.startswith("疑似") for hit in hits)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="0123456789 -X*张a.", max_size=60))
def test_masking_keeps_the_length_and_hides_every_long_number(text: str) -> None:
    shown = mask_numbers(text)
    assert len(shown) == len(text)
    for hit in personal_data(text):
        assert text[hit.start : hit.end] not in hit.context


@pytest.mark.parametrize("pattern", ["1", "1 ", "15049990001 ", "6222-", "20-20-", "１"])
def test_a_million_digits_take_no_time(pattern: str) -> None:
    started = time.process_time()
    personal_data(pattern * (1_000_000 // len(pattern)))
    assert is_within(time.process_time() - started, 1.5)


def test_severity_is_the_one_of_the_rules() -> None:
    assert personal_data(ID)[0].severity is Severity.SERIOUS
