"""Break a title into centred lines at units of sense, in the shape of a trapezium or rhombus (GB/T 9704, 7.3.1)."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from math import ceil

from tongbao.circular.gongwen import TITLE_CHARACTERS, characters

_MOST_LINES = 4
_MOST_TOKENS = 44

_WORDS = (
    *(
        "政务新媒体",
        "政府网站",
        "政府门户网站",
        "门户网站",
        "政府系统",
        "报送系统",
        "新媒体",
        "第一季度",
        "第二季度",
        "第三季度",
        "第四季度",
    ),
    *(
        "上半年",
        "下半年",
        "经济开发区",
        "人民政府",
        "办公室",
        "服务局",
        "管委会",
        "自治区",
        "自治旗",
        "自治县",
        "检查情况",
        "考核情况",
    ),
    *(
        "整改情况",
        "运行情况",
        "监管情况",
        "抽查情况",
        "普查情况",
        "检查结果",
        "情况",
        "检查",
        "抽查",
        "普查",
        "考核",
        "监管",
        "整改",
    ),
    *(
        "工作",
        "通报",
        "通知",
        "报告",
        "公告",
        "函",
        "清单",
        "汇总表",
        "明细表",
        "一览表",
        "统计表",
        "情况表",
        "账号",
        "备案",
        "上报",
    ),
    *(
        "全国",
        "全区",
        "全市",
        "全县",
        "全旗",
        "全省",
        "全州",
        "年度",
        "季度",
        "常态化",
        "日常",
        "问题",
        "名单",
        "单位",
        "行政机关",
    ),
    *("关于", "印发", "开展", "进一步", "做好", "加强", "以外", "之外", "存在", "开设", "政务", "服务", "信息", "公开", "发布"),
)
# Dates and quoted names are units too; a digit never parts from its measure word.
_UNIT = re.compile(
    r"《[^》]{1,24}》|“[^”]{1,24}”|（[^）]{1,24}）|[0-9A-Za-z][0-9A-Za-z.%—-]*[年月日个家次批]?|"
    + "|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True))
    + "|."
)
_STARTS_A_LINE = frozenset("与和及暨") | {"关于"}
_NEVER_STARTS = frozenset("的了等、，。：；）》”")
_NEVER_ENDS = frozenset("与和及暨第“《（") | {"关于", "的"}
_MONTHS = re.compile(r"[0-9]+年$")


def title_lines(title: str, most: int = TITLE_CHARACTERS) -> tuple[str, ...]:
    """Lines of at most ``most`` 字 each; one line if the title fits it.

    Words are kept whole as far as the width allows; a title too long for four lines is cut at the width.
    """
    title = title.strip()
    if characters(title) <= most:
        return (title,)
    tokens = _units(title)
    fewest = ceil(characters(title) / most)
    if len(tokens) <= _MOST_TOKENS:
        for count in range(fewest, max(fewest, _MOST_LINES) + 1):
            if lines := _best(tokens, count, most):
                return lines
    return _cut(tokens, most)


def _units(title: str) -> list[str]:
    units: list[str] = []
    for unit in _UNIT.findall(title):
        # 2020年 and 第三季度 name one period: the line never ends between them.
        if units and _MONTHS.search(units[-1]) and (unit[0] in "第上下度" or unit[0].isdigit()):
            units[-1] += unit
        else:
            units.append(unit)
    return units


def _best(tokens: list[str], count: int, most: int) -> tuple[str, ...]:
    best: tuple[float, tuple[str, ...]] = (float("inf"), ())
    for cuts in combinations(range(1, len(tokens)), count - 1):
        edges = (0, *cuts, len(tokens))
        lines = tuple("".join(tokens[first:last]) for first, last in pairwise(edges))
        widths = [characters(line) for line in lines]
        if max(widths) <= most:
            cost = sum(_cut_cost(tokens[cut - 1], tokens[cut]) for cut in cuts) + _shape_cost(widths)
            best = min(best, (cost, lines))
    return best[1]


def _cut_cost(before: str, after: str) -> float:
    if after in _NEVER_STARTS or before in _NEVER_ENDS:
        return 40.0
    if after in _STARTS_A_LINE:
        return 0.0
    known = (len(before) > 1) + (len(after) > 1)
    return (16.0, 6.0, 2.0)[known]


def _shape_cost(widths: list[float]) -> float:
    """Prefer lines of one size that swell or shrink steadily; shun an hourglass and a stub at the end."""
    cost = max(widths) - min(widths)
    steps = [later - earlier for earlier, later in pairwise(widths)]
    if any(step == 0 for step in steps):
        cost += 1.0
    waist = next((index for index, step in enumerate(steps) if step < 0), len(steps))
    if any(step > 0 for step in steps[waist:]):
        cost += 12.0
    return cost + (10.0 if widths[-1] < 4 else 0.0)


def _cut(tokens: list[str], most: int) -> tuple[str, ...]:
    lines, line = [], ""
    for token in (character for unit in tokens for character in ([unit] if characters(unit) <= most else list(unit))):
        if line and characters(line + token) > most:
            lines.append(line)
            line = ""
        line += token
    return (*lines, line)
