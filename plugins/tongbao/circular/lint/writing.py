"""Punctuation and numerals of the letter (GB/T 9704, 9; GB/T 15834; GB/T 15835)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tongbao.circular.lint.anatomy import Anatomy
from tongbao.circular.lint.fault import Fault, Spot, excerpt
from tongbao.circular.lint.patterns import level_mark
from tongbao.circular.lint.reading import Para, Reading
from tongbao.circular.lint.rules import fault

_HAN = "\u4e00-\u9fff"
_NEAR = f"{_HAN}，。；：、！？“”‘’（）《》〔〕％"
_ADDRESS = re.compile(r"(?:https?://|www\.)[!-~]+|[\w.+-]+@[\w.-]+")
_PATTERNS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (
        "latin-punctuation",
        re.compile(rf"(?<=[{_HAN}）》”])[,;:!?](?!//)|(?<=[0-9A-Za-z%])[,;](?=[{_HAN}])|(?<=[{_HAN}])\.(?=[{_HAN}]|$)"),
        "西文标点",
    ),
    ("half-brackets", re.compile(rf"(?<=[{_NEAR}])[()]|[()](?=[{_NEAR}])"), "半角括号"),
    ("straight-quotes", re.compile(rf"(?<=[{_NEAR}])[\"']|[\"'](?=[{_HAN}])"), "直引号"),
    ("doubled-marks", re.compile(r"，{2,}|。{2}(?!。)|、{2,}|；{2,}|：{2,}|[，、；：]。|。[，、；]"), "连用"),
    ("ellipsis", re.compile(r"\.{3,}|。{3,}|(?<!…)…(?!…)|…{3,}"), "省略号"),
    ("dash", re.compile(rf"(?<=[{_NEAR}])(?:-{{2,}}|－{{2,}}|—(?!—)(?<!——))(?=[{_HAN}])"), "破折号"),
    ("marks-comma", re.compile(r"》、《|”、“"), "顿号"),
    ("inner-space", re.compile(rf"(?<=[{_HAN}]) +(?=[{_HAN}])"), "空格"),
    ("full-width-digits", re.compile(r"[０-９]+"), "全角数字"),
    ("percent-sign", re.compile(r"[％﹪]"), "全角百分号"),
    ("year-short", re.compile(r"(?<![0-9０-９〔.])[0-9]{2}年(?=(?:第?[一二三四1-4]季度|\d{1,2}月))"), "年份"),
    ("date-zero", re.compile(r"\d{4}年(?:0\d月(?:\d{1,2}日)?|\d{1,2}月0\d日)"), "日期"),
)
_PAIRS = (("“", "”"), ("‘", "’"), ("（", "）"), ("《", "》"), ("〔", "〕"), ("【", "】"))
_WRITTEN_DATE = re.compile(r"(?<!\d)(?:19|20)\d{2}年\d{1,2}月\d{1,2}日")
_SHORT_DATE = re.compile(r"(?<![\d.])(?:19|20)\d{2}([./-])\d{1,2}\1\d{1,2}(?![\d.])")
_HAN_QUARTER, _DIGIT_QUARTER = re.compile(r"第?[一二三四]季度"), re.compile(r"第?[1-4]季度")


def check(reading: Reading, anatomy: Anatomy) -> Iterator[Fault]:
    checked = [para for para in (anatomy.addressees, *anatomy.body, *anatomy.annex_list, anatomy.note) if para is not None]
    for para in anatomy.title:
        yield from _marks(para, skipped={"inner-space", "latin-punctuation"})
    for para in checked:
        ends = {"half-brackets"} if para is anatomy.note else set()
        yield from _marks(para, skipped=ends)
        yield from _pairs(para)
    yield from _styles(anatomy.body)


def _marks(para: Para, skipped: set[str]) -> Iterator[Fault]:
    text = _ADDRESS.sub(lambda match: "A" * len(match[0]), para.text)
    mark = level_mark(text)
    start = 0 if mark is None else len(text) - len(text.lstrip()) + len(mark.written)
    for rule, pattern, name in _PATTERNS:
        if rule in skipped:
            continue
        found = pattern.search(text, start)
        # The colon after the addressees and after 附件 has rules of its own.
        if found and not (found[0] == ":" and (found.end() == len(text.rstrip()) or text.lstrip().startswith("附件"))):
            around = text[max(found.start() - 8, 0) : found.end() + 8]
            yield fault(rule, Spot(para.part, para.number, excerpt(around)), f"{name}“{found[0]}”")


def _pairs(para: Para) -> Iterator[Fault]:
    # Half-width brackets have a rule of their own; here they only must not stand alone.
    text = para.text.translate(str.maketrans("()", "（）"))
    for opening, closing in _PAIRS:
        depth = 0
        for character in text:
            depth += (character == opening) - (character == closing)
            if depth < 0:
                break
        if depth:
            yield fault("unpaired-marks", para.spot, f"“{opening}”与“{closing}”不成对")


def _styles(body: list[Para]) -> Iterator[Fault]:
    for rule, usual, other in (("date-styles", _WRITTEN_DATE, _SHORT_DATE), ("period-styles", _HAN_QUARTER, _DIGIT_QUARTER)):
        texts = [(para, _ADDRESS.sub("", para.text)) for para in body]
        first = next((found for _, text in texts if (found := usual.search(text))), None)
        second = next(((para, found) for para, text in texts if (found := other.search(text))), None)
        if first and second:
            yield fault(rule, second[0].spot, f"既写“{first[0]}”又写“{second[1][0]}”")
