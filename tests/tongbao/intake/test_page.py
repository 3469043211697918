"""The validation page: complete, self-contained, and safe with whatever a cell holds."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tongbao.intake.page import SHOWN_ROWS, Receipt, render_page
from tongbao.intake.validate import validate

GOOD = {"subject_id": "1506990001", "outcome": "ok", "status_code": 200, "elapsed_s": 0.4}


def probe(minute: int, **change):
    return GOOD | {"probed_at": f"2020-09-{1 + minute // 1440:02d} {minute // 60 % 24:02d}:{minute % 60:02d}"} | change


class Balance(HTMLParser):
    """Fails on tags that do not close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in {"meta", "br", "img", "link", "input", "hr"}:
            self.stack.append(tag)
        self.addresses += [value for name, value in attrs if name in {"src", "href", "action", "data"}]

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag


@pytest.fixture
def page(delivered, surroundings):
    def make(records, problems=(), receipt=None, **around) -> str:
        known = replace(surroundings, **around)
        normalised = delivered("probes", records, problems)
        facts = {"jurisdiction": "示例旗", "period": known.period, "received_at": known.received_at, "sha256": "ab" * 32}
        return render_page(normalised.table, validate(normalised, known), Receipt(**facts | (receipt or {})))

    return make


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<style.*?</style>|<[^>]+>", " ", html, flags=re.S))


def test_the_page_says_what_became_of_the_file(page) -> None:
    html = page([probe(1), probe(2), probe(3, elapsed_s=-1), probe(2)], receipt={"replaces": "第1批"})
    text = text_of(html)
    for said in (
        "《报送.xlsx》校验结果",
        "示例旗 · 2020年第三季度 · 首页探测记录",
        "2020年10月09日 09:00",
        "ab" * 32,
        "第1批（由本批整份替换）",
    ):
        assert said in text
    assert "已接收 2 行，有 2 行需要改正后重新报送" in text
    assert "送达 4 ＝ 接收 2 ＋ 退回 2" in text
    assert "第 4 行 耗时（秒） -1 耗时（秒）“-1”不在0至3600秒之间" in text
    assert "第 5 行" in text
    assert "与第3行的标识码、探测时间都相同" in text


def test_the_page_needs_nothing_from_elsewhere(page) -> None:
    html = page([probe(1), probe(2, elapsed_s=-1)])
    parser = Balance()
    parser.feed(html)
    assert parser.stack == []
    assert parser.addresses == []
    assert "url(" not in html
    assert "@import" not in html
    assert "<script" not in html
    assert "http" not in html


def test_cells_are_text_and_not_markup(page) -> None:
    html = page([probe(1, subject_id="<script>alert(1)</script>"), probe(2, subject_id="{{ 7*7 }}&amp;")])
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "{{ 7*7 }}&amp;amp;" in html


def test_nothing_wrong_asks_for_nothing(page) -> None:
    text = text_of(page([probe(1)]))
    assert "全部 1 行均已接收，无需处理" in text
    assert "rejected.xlsx" not in text


def test_everything_rejected_is_said(page) -> None:
    text = text_of(page([probe(1, elapsed_s=-1)]))
    assert "全部 1 行都被退回" in text
    assert "接收率 0.0%" in text


def test_a_page_with_a_rejected_row_never_says_100(page) -> None:
    text = text_of(page([*(probe(minute) for minute in range(2500)), probe(2600, elapsed_s=-1)]))
    assert "接收率 99.9%" in text
    assert "2,501" in text


def test_long_lists_are_cut_and_say_so(page) -> None:
    html = page([probe(minute, elapsed_s=-1) for minute in range(SHOWN_ROWS + 1)])
    assert f"前 {SHOWN_ROWS} 行，其余见 rejected.xlsx" in text_of(html)
    assert len(re.findall(r'<td class="row">', html)) == SHOWN_ROWS


def test_warnings_are_listed_apart_and_do_not_repeat_rejected_rows(page) -> None:
    early = "2020-06-01 08:00"
    text = text_of(page([probe(1, probed_at=early), probe(2, probed_at=early, elapsed_s=-1)]))
    assert text.count("早于2020年第三季度，不计入本期") == 1
    assert "其中 1 行有提示" in text


def test_an_unknown_roster_is_pointed_out(page) -> None:
    text = text_of(page([probe(1)], receipt={"roster_known": False}, subjects=None))
    assert "还没有名册入库" in text
    assert "未核对" in text
