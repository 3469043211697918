"""Folding and the look for long numbers are quick where a text is common, and come to the same where it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao.scan.words import folding, personal
from tongbao.scan.words.folding import fold

_TEXTS = st.text(alphabet="示例旗,，。“”Aa1 -.*·—…％ａ１ﬁ①Éß\u3000\xa0\u200b\u2028\x1c\U0001d400\ud800", max_size=30)
_NUMBERS = st.text(alphabet="0123456789 -示０９x\u3000", max_size=40)


@given(_TEXTS)
def test_a_common_text_folds_as_any_other(text: str) -> None:
    folded = folding._LEFT_OUT.sub("", folding._COMPATIBLE.sub(folding._plain, text)).lower()
    assert fold(text) == folded


@pytest.mark.parametrize("start", range(0, 0x3100, 0x100))
def test_every_character_folds_the_same_alone_and_beside_an_uncommon_one(start: int) -> None:
    for character in map(chr, range(start, start + 0x100)):
        assert fold(f"旗{character}A") + fold("é") == fold(f"旗{character}Aé")


@given(_NUMBERS)
def test_the_first_long_number_is_where_the_pattern_finds_it(text: str) -> None:
    found, searched = personal._first_long_number(text), personal._LONG_NUMBER.search(text)
    assert (found and found.span()) == (searched and searched.span())
