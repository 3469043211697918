from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pace import is_within
from tongbao.period import SHANGHAI
from tongbao.scan.site_model import Site
from tongbao.scan.words import Severity, WordLists, as_finding, as_findings
from tongbao.scan.words.folding import fold, positions
from tongbao.scan.words.lists import WordList
from tongbao.scan.words.matching import MOST_HITS

SITE = Site("1506990001", "示例旗人民政府", "http://www.shiliqi.example/")
NOW = datetime(2020, 9, 28, 8, tzinfo=SHANGHAI)


def lists(*entries: Any, **settings_: Any) -> WordLists:
    content = {"title": "示例", "severity": "serious", "clause": "VW1.1", "description": "疑似“{found}”：{context}"}
    return WordLists([("sample", WordList.model_validate({**content, **settings_, "entries": entries}))])


def found(text: str, *entries: Any, **settings_: Any) -> list[str]:
    return [text[hit.start : hit.end] for hit in lists(*entries, **settings_).hits(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("本站含敏感词一处", ["敏感词"]),
        ("敏 感 词", ["敏 感 词"]),
        ("敏*感**词", ["敏*感**词"]),
        ("敏\u200b感\ufeff词", ["敏\u200b感\ufeff词"]),
        ("敏" + "\u200b" * 50 + "感词", ["敏" + "\u200b" * 50 + "感词"]),
        ("敏\n感\t词", ["敏\n感\t词"]),
        ("敏---感词", ["敏---感词"]),
        ("敏----感词", []),
        ("反应灵敏。感词", []),
        ("灵敏，感词", []),
        ("敏感", []),
        ("敏感词敏感词", ["敏感词", "敏感词"]),
        ("敏敏感词", ["敏感词"]),
        ("⼈工", []),
    ],
)
def test_a_word_is_found_with_what_was_put_inside_it(text: str, expected: list[str]) -> None:
    assert found(text, "敏感词", inserted=3) == expected


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("ＡＢＣ公司", "abc公司", ["ＡＢＣ公司"]),
        ("Lorem\u3000IPSUM.", "lorem ipsum", ["Lorem\u3000IPSUM"]),
        ("dolorem ipsum", "lorem ipsum", []),
        ("lorem ipsums", "lorem ipsum", []),
        ("（lorem ipsum）", "lorem ipsum", ["lorem ipsum"]),
        ("电话１２３４５", "12345", ["１２３４５"]),
        ("电话123456", "12345", []),
        ("⼈民政府", "人民政府", ["⼈民政府"]),
        ("İ按装", "按装", ["按装"]),
        ("㈱按装", "按装", ["按装"]),
        ("\U0001f600按装\U0001f600", "按装", ["按装"]),
        ("\ud800按装", "按装", ["按装"]),
    ],
)
def test_width_case_and_compatibility_forms_are_folded(text: str, word: str, expected: list[str]) -> None:
    assert found(text, word) == expected


def test_nothing_may_be_inserted_where_the_list_says_so() -> None:
    assert found("按 装", "按装", inserted=0) == []
    assert found("按\u200b装", "按装", inserted=0) == ["按\u200b装"]
    assert found("lorem ipsum", "lorem ipsum", inserted=0) == ["lorem ipsum"]
    assert found("lorem  ipsum", "lorem ipsum", inserted=0) == []


def test_variants_are_told_under_their_word_and_traditional_forms_only_where_listed() -> None:
    entry = {"word": "示例词", "variants": ["示例詞"], "suggestion": "样例词"}
    hits = lists(entry).hits("示例詞与樣例词")
    assert [(hit.word, hit.found, hit.suggestion) for hit in hits] == [("示例词", "示例詞", "样例词")]
    assert found("示例詞", "示例词") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("门窗按装", ["按装"]),
        ("“按装”应为“安装”", []),
        ("应为“安装”，误作“按装”", []),
        ("按装" + "，" * 25 + "应为", ["按装"]),
        ("按装修要求", []),
        ("按装修要求按装", ["按装"]),
        ("按 装修 要求", []),
    ],
)
def test_a_hit_is_right_in_an_allowed_context(text: str, expected: list[str]) -> None:
    assert found(text, {"word": "按装", "allow": ["按装修"]}, allow=["应为"]) == expected


def test_the_right_spelling_is_never_a_hit() -> None:
    assert found("全国人民代表大会", {"word": "人民代表大会", "suggestion": "全国人民代表大会"}) == []


def test_the_longer_word_of_a_list_is_told_alone() -> None:
    assert found("会议记要如下", "记要", "会议记要") == ["会议记要"]


def test_the_context_masks_numbers_even_where_it_cuts_them() -> None:
    number = "15069919900101001X"
    (hit,) = lists("按装").hits(f"户主{number}某某某某某某某某某按装")
    assert hit.context == "*********1X某某某某某某某某某按装"


def test_a_page_full_of_hits_is_bounded_in_number_and_time() -> None:
    started = time.process_time()
    hits = lists("按装", "测试").hits("按装*测 试" * 20_000)
    assert len(hits) == MOST_HITS
    assert is_within(time.process_time() - started, 2)


def test_no_list_no_hit() -> None:
    assert WordLists([]).hits("按装") == []


# Everything but what folds to nothing or continues a listed word.
_FILLER = st.text(alphabet="的一是在ab１０，。（）\n\u3000x", max_size=12)
_INSERTED = st.text(alphabet=" \u3000*·-_\u200b\u200d\ufeff\u00ad", max_size=3)
_WORDS = ["敏感词", "按装", "国务院办公室"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_FILLER, st.sampled_from(_WORDS)), max_size=4), _FILLER, st.data())
def test_insertions_lose_no_hit_and_offsets_point_at_it(parts: list[tuple[str, str]], tail: str, data: st.DataObject) -> None:
    text, expected = "", []
    for filler, word in parts:
        text += filler
        scattered = word[0] + "".join(data.draw(_INSERTED) + character for character in word[1:])
        expected.append((len(text), len(text) + len(scattered), word))
        text += scattered
    text += tail
    assert [(hit.start, hit.end, hit.word) for hit in _SEARCHED.hits(text)] == expected


_SEARCHED = lists(*_WORDS)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_folds_with_a_position_for_each_character(text: str) -> None:
    folded = fold(text)
    places = positions(text)
    assert len(places) == len(folded)
    assert places == sorted(places)
    assert all(0 <= place < len(text) for place in places)
    assert fold(folded) == folded or not folded.isascii()


def test_a_hit_becomes_a_suspicion_for_a_person_to_judge() -> None:
    (hit,) = lists("按装").hits("门窗按装")
    row = as_finding(SITE, "http://www.shiliqi.example/a.html", hit, "sha256:" + "0" * 64, NOW)
    assert row == {
        "subject_id": "1506990001",
        "clause": "VW1.1",
        "state": "not_measured",
        "count": 1,
        "description": "疑似“按装”：门窗按装",
        "evidence": f"sha256:{'0' * 64} http://www.shiliqi.example/a.html",
        "found_at": "2020-09-28T08:00:00+08:00",
        "source": "自动扫描",
        "inspector": "",
    }


@pytest.mark.parametrize("settings_", [{"severity": "info"}, {"severity": "minor", "clause": None}])
def test_a_hint_is_no_finding(settings_: dict[str, Any]) -> None:
    (hit,) = lists("按装", **settings_).hits("门窗按装")
    assert hit.severity in (Severity.INFO, Severity.MINOR)
    assert as_finding(SITE, "http://www.shiliqi.example/", hit, "sha256:0", NOW) is None


def test_what_stands_on_every_page_is_told_once() -> None:
    (hit,) = lists("按装").hits("门窗按装")
    seen = [(f"http://www.shiliqi.example/{number}", hit, f"sha256:{number}") for number in range(9)]
    (row,) = as_findings(SITE, reversed(seen), NOW)
    assert row["count"] == 9
    assert row["evidence"].split("；")[0] == "sha256:0 http://www.shiliqi.example/0"
    assert len(row["evidence"].split("；")) == 5
    assert as_findings(SITE, seen, NOW) == [row]


def test_a_long_list_costs_little_more_than_a_short_one() -> None:
    characters = [chr(0x4E00 + number) for number in range(3500)]
    many = lists(*(a + b + c for a, b, c in zip(characters, characters[7:], characters[99:], strict=False)), severity="minor")
    few = lists("按装")
    text = "".join(characters[number * 37 % 3500] for number in range(3000))
    assert not many.hits(text)
    assert _cost(many, text) < 5 * _cost(few, text)


def _cost(searched: WordLists, text: str) -> float:
    def once() -> float:
        started = time.process_time()
        for _ in range(20):
            searched.hits(text)
        return time.process_time() - started

    return min(once() for _ in range(3))
