"""How the elements of an official document are written, rightly or wrongly, so that they are known when wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tongbao.circular.lint.numbering import chinese_value

_OPEN, _CLOSE = "〔\\[［【(（〈<{", "〕\\]］】)）〉>}"
_HAN_DIGIT = "〇○零一二三四五六七八九十"

NUMBER = re.compile(
    rf"^\s*(?P<code>[\u4e00-\u9fffA-Za-z]{{2,24}}?)\s*(?P<open>[{_OPEN}])?\s*(?P<year>[0-9０-９]{{2,4}}|[{_HAN_DIGIT}]{{2,4}})年?\s*"
    rf"(?P<close>[{_CLOSE}])?\s*(?P<di>第)?\s*(?P<serial>[0-9０-９]+|[\s\u3000]*|[{_HAN_DIGIT}]+)\s*号(?P<rest>[\s\u3000]*签\s*发\s*人.*)?\s*$"
)
"""发文字号, perhaps with 签发人 on the same line."""

SIGNER = re.compile(r"签\s*发\s*人\s*(?P<colon>[:：]?)\s*(?P<name>\S.*)?$")
CAPTION = re.compile(r"^\s*[图表]\s*[0-9一二三四五六七八九十]")
MARK_END = re.compile(r"(文件|纪要|令)\s*$")
TITLE = re.compile(
    r"(?:关于.+的|.{2,}的?)(?:通报|通知|报告|请示|批复|意见|决定|决议|公告|通告|公报|议案|命令|函|纪要|办法|方案|规定|细则)[。.：:，；]?\s*$"
)
SECRECY = re.compile(r"^\s*(绝\s*密|机\s*密|秘\s*密)(?P<rest>.*)$")
URGENCY = re.compile(r"^\s*(特\s*急|加\s*急|特提|平急|急\s*件)\s*$")
COPY_NUMBER = re.compile(r"^\s*(?:No\.?|№)?\s*(?P<digits>\d{1,8})\s*$")
ADDRESSEES = re.compile(
    r"^(?:各|[^。；]{0,40}?(?:人民政府|委员会|办公室|公司|[局厅委院校部乡镇办社所站]|单位|部门))[^。；]*[，。：:、,.]?$"
)
ANNEX_LIST = re.compile(r"^[\s\u3000]*附[\s\u3000]*件(?P<after>[\s\u3000]*[:：]?[\s\u3000]*)(?P<rest>.*)$", re.S)
ANNEX_ITEM = re.compile(
    rf"^[\s\u3000]*(?P<number>\d{{1,2}}|[{_HAN_DIGIT}]{{1,3}}|[(（]\d{{1,2}}[)）]|[⑴-⑽①-⑳])[\s\u3000]*(?P<mark>[.．、,，:：)）]?)[\s\u3000]*(?P<name>\S.*)$",
    re.S,
)
ANNEX_LABEL = re.compile(rf"^[\s\u3000]*附\s*[件表]\s*(?P<number>\d{{1,2}}|[{_HAN_DIGIT}]{{1,3}})?\s*(?P<colon>[:：]?)\s*$")
ANNEX_LABEL_AND_TITLE = re.compile(
    rf"^[\s\u3000]*附\s*件\s*(?P<number>\d{{1,2}}|[{_HAN_DIGIT}]{{1,3}})?\s*(?P<colon>[:：、.\s])\s*(?P<name>\S.*)$"
)
UNBROKEN = re.compile(r"[!-~]{24,}")
COPY_TO = re.compile(r"^[\s\u3000]*(?P<word>抄\s*送|分\s*送|抄\s*报|主\s*送)\s*(?P<colon>[:：]?)(?P<rest>.*)$", re.S)
PRINTED = re.compile(
    r"(?P<date>[0-9０-９二〇○零一三四五六七八九十]*[\s\u3000]*年.{0,12}日|\d{4}[./-]\d{1,2}[./-]\d{1,2})\s*(?P<word>印\s*发|印\s*制|印)?\s*$"
)
NOTE = re.compile(r"^[\s\u3000]*(?P<open>[(（]?)(?=此件|此页|联系人|联系电话|公开|信息公开|.{0,12}[)）]\s*$)")

_ARABIC_DATE = re.compile(r"^[(（]?\s*(?P<year>\d{2,4})\s*年\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*日\s*[)）]?$")
_BLANK_DATE = re.compile(r"^(?:\d{4}|[\s\u3000]*)年(?:\d{1,2}|[\s\u3000]*)月(?:\d{1,2}|[\s\u3000]*)日$")
_HAN_DATE = re.compile(rf"^[{_HAN_DIGIT}OＯ0]{{2,4}}年[{_HAN_DIGIT}]{{1,3}}月[{_HAN_DIGIT}]{{1,3}}日$")
_DOTTED_DATE = re.compile(r"^\d{2,4}\s*[./．—-]\s*\d{1,2}\s*[./．—-]\s*\d{1,2}\s*[日号]?$")


@dataclass(frozen=True)
class WrittenDate:
    """A line that is nothing but a date; ``form`` is arabic, blank, han or dotted."""

    form: str
    year: str = ""
    month: str = ""
    day: str = ""


def written_date(text: str) -> WrittenDate | None:
    """The date a line consists of, nothing when there is more or less on it."""
    line = text.strip(" \t\n")
    if found := _ARABIC_DATE.match(line.strip("\u3000")):
        return None if line[:1] in "(（" else WrittenDate("arabic", found["year"], found["month"], found["day"])
    if _BLANK_DATE.match(line):
        return WrittenDate("blank")
    if _HAN_DATE.match(line.strip("\u3000")):
        return WrittenDate("han")
    return WrittenDate("dotted") if _DOTTED_DATE.match(line.strip("\u3000")) else None


_LEVELS = (
    (1, re.compile(r"^(?P<open>)(?P<number>[一二三四五六七八九十]{1,3})(?P<close>)(?P<mark>[、.．，,:：])")),
    (2, re.compile(r"^(?P<open>[(（])(?P<number>[一二三四五六七八九十]{1,3})(?P<close>[)）])(?P<mark>[、.．，,:：]?)")),
    (3, re.compile(r"^(?P<open>)(?P<number>\d{1,2})(?P<close>)(?P<mark>[.．、,，)）])(?!\d)")),
    (4, re.compile(r"^(?P<open>[(（])(?P<number>\d{1,2})(?P<close>[)）])(?P<mark>[、.．，,:：]?)")),
    (4, re.compile(r"^(?P<open>)(?P<number>[⑴-⒇①-⑳])(?P<close>)(?P<mark>[、.．，,]?)")),
)
_CIRCLED = {chr(first + place): place + 1 for first in (0x2460, 0x2474) for place in range(20)}


@dataclass(frozen=True)
class LevelMark:
    """The ordinal a paragraph begins with; ``level`` 1 to 4 after 一、（一）1.（1）."""

    level: int
    number: int
    written: str
    brackets: str
    mark: str


def level_mark(text: str) -> LevelMark | None:
    """The ordinal at the beginning of a paragraph's text, if any."""
    line = text.lstrip()
    for level, pattern in _LEVELS:
        if found := pattern.match(line):
            digits = found["number"]
            number = int(digits) if digits.isdecimal() else _CIRCLED.get(digits) or chinese_value(digits)
            brackets = "○" if digits in _CIRCLED else found["open"] + found["close"]
            return LevelMark(level, number, found[0], brackets, found["mark"])
    return None
