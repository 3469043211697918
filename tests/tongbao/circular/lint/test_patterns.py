from __future__ import annotations

import pytest

from tongbao.circular.lint import patterns
from tongbao.circular.lint.fonts import Family, family
from tongbao.circular.lint.numbering import Numbering, chinese, chinese_value
from tongbao.circular.lint.patterns import level_mark, written_date
from tongbao.circular.ooxml import W_NAMESPACE, parse


@pytest.mark.parametrize(
    ("text", "level", "number"),
    [
        ("一、总体情况", 1, 1),
        ("十二、附则", 1, 12),
        ("（二）存在问题", 2, 2),
        ("(三)存在问题", 2, 3),
        ("1.更新不及时", 3, 1),
        ("10、更新不及时", 3, 10),
        ("（4）栏目", 4, 4),
        ("②栏目", 4, 2),
    ],
)
def test_ordinals_are_known_rightly_and_wrongly_written(text: str, level: int, number: int) -> None:
    mark = level_mark(text)
    assert mark is not None
    assert (mark.level, mark.number) == (level, number)


@pytest.mark.parametrize(
    "text", ["一是加强管理", "1.5倍", "2020年", "20.5%的单位", "一律不得", "3个网站", "（见附件1）", "（国办发〔2018〕1号）"]
)
def test_numbers_in_the_text_are_no_ordinals(text: str) -> None:
    assert level_mark(text) is None


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2020年9月3日", "arabic"),
        ("　2020年09月03日", "arabic"),
        ("20年9月3日", "arabic"),
        ("　　年　　月　　日", "blank"),
        ("2020年　　月　　日", "blank"),
        ("二〇二〇年九月三日", "han"),
        ("二○二○年十二月三十一日", "han"),
        ("2020.9.3", "dotted"),
        ("2020-09-03", "dotted"),
    ],
)
def test_lines_that_are_dates(text: str, form: str) -> None:
    date = written_date(text)
    assert date is not None
    assert date.form == form


@pytest.mark.parametrize(
    "text", ["（2020年9月3日）", "2020年9月3日印发", "截至2020年9月3日", "2020年第三季度", "", "0000-0000000"]
)
def test_lines_that_are_no_dates(text: str) -> None:
    assert written_date(text) is None


@pytest.mark.parametrize(
    "text", ["示政服字〔2020〕8号", "国办函[2018] 第008号", "示发【20】1号", "示发（二〇二〇）１号", "示字〔2020〕　　号"]
)
def test_numbers_are_known_however_written(text: str) -> None:
    assert patterns.NUMBER.match(text)


@pytest.mark.parametrize("text", ["关于2020年第1号通报的说明", "联系电话：010-12345号", "附件1"])
def test_what_is_no_number(text: str) -> None:
    assert not patterns.NUMBER.match(text)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("仿宋_GB2312", Family.FANGSONG),
        ("FangSong", Family.FANGSONG),
        ("方正仿宋_GBK", Family.FANGSONG),
        ("楷体_GB2312", Family.KAITI),
        ("KaiTi", Family.KAITI),
        ("方正黑体简体", Family.HEITI),
        ("SimHei", Family.HEITI),
        ("微软雅黑", None),
        ("方正小标宋_GBK", Family.XIAOBIAOSONG),
        ("华文中宋", None),
        ("宋体", Family.SONGTI),
        ("Times New Roman", None),
        ("", None),
    ],
)
def test_families_under_their_many_names(name: str, wanted: Family | None) -> None:
    assert family(name) is wanted


@pytest.mark.parametrize("number", range(1, 100))
def test_chinese_numerals_come_back(number: int) -> None:
    assert chinese_value(chinese(number)) == number


def test_chinese_numerals() -> None:
    assert [chinese(number) for number in (1, 10, 11, 20, 99)] == ["一", "十", "十一", "二十", "九十九"]
    assert [chinese_value(text) for text in ("", "百", "二三", "网")] == [0, 0, 0, 0]


_LIST = f"""<w:numbering xmlns:w="{W_NAMESPACE}"><w:abstractNum w:abstractNumId="7">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="japaneseCounting"/><w:lvlText w:val="%1、"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Item"/><w:lvlText w:val="%1.%2."/></w:lvl>
</w:abstractNum><w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="4"><w:abstractNumId w:val="7"/>
<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num></w:numbering>"""


def test_lists_count_as_word_does() -> None:
    numbering = Numbering(parse(_LIST.encode()))
    labels = [numbering.label("3", level) for level in (0, 1, 1, 0, 1)]
    assert labels == ["一、", "一.1.", "一.2.", "二、", "二.1."]
    assert [numbering.label("4", 0), numbering.label("4", 0)] == ["一、", "二、"]
    assert numbering.level_of_style("3", "Item") == 1
    assert numbering.label("99", 0) == ""
