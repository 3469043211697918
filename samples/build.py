"""Build the sample deliveries of 示例旗 for two quarters: ``python samples/build.py [FOLDER]``.

The files look as offices send them: title rows, merged cells, notes, mixed dates, duplicates and broken rows. Nothing in
them is random; what must come out of them is written down in ``expected.yaml``, by hand.
"""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path

from banner import (
    CLOSED,
    CLOSED_ON,
    DECLARED,
    PLATFORMS,
    PORTAL,
    Q2,
    Q3,
    RENAMED,
    SECTIONS,
    SITE,
    UNDECLARED,
    UNITS,
    Account,
    Quarter,
)
from formats import Cell, Merge, Sheet, write_csv, write_ods, write_xls, write_xlsx
from observations import findings, link_rows, message_rows, probe_rows

_FULL_WIDTH = {code: code + 0xFEE0 for code in map(ord, "0123456789abcdefghijklmnopqrstuvwxyz_")}
_BODY = 4
"""Position of the first row under the header of a roster: three title rows come before."""


def full_width(text: str) -> str:
    return text.translate(_FULL_WIDTH)


def office_day(day: date, position: int) -> Cell:
    """The same day in the six ways offices write it."""
    dotted, chinese = f"{day.year}.{day.month}.{day.day}", f"{day.year}年{day.month}月{day.day}日"
    serial = (day - date(1899, 12, 30)).days
    ways: tuple[Cell, ...] = (day, dotted, chinese, serial, f"{day.year}/{day.month:02d}/{day.day:02d}", full_width(chinese))
    return ways[position % len(ways)]


def office_instant(moment: datetime, position: int) -> Cell:
    if moment.time() == datetime.min.time():
        return office_day(moment.date(), position)
    ways: tuple[Cell, ...] = (moment, f"{moment.year}年{moment.month}月{moment.day}日 {moment:%H:%M}", f"{moment:%Y/%m/%d %H:%M}")
    return ways[position % len(ways)]


def day_in_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


# ---------------------------------------------------------------- rosters

_SITE_HEADER: list[Cell] = [
    *("序号", "网站标识码", "网站名称", "首页网址", "主办单位", "承办单位"),
    *("单位类别", "是否门户", "有无对外服务职能", "网站状态", "开设时间", "联系电话"),
]


def site_roster(quarter: Quarter) -> Sheet:
    row: list[Cell] = [
        *(1, SITE, PORTAL, "http://www.shiliqi.example", "示例旗人民政府", "示例旗政务服务局"),
        *("人民政府", "是", "有", "正常", date(2012, 5, 18), "0000-0000001"),
    ]
    title = f"示例旗政府网站备案清单（截至{day_in_words(quarter.after - timedelta(days=1))}）"
    head: list[list[Cell]] = [[title], ["填报单位：示例旗政务服务局"], _SITE_HEADER]
    return Sheet("政府网站", [*head, row, ["注：本表由示例旗政务服务局核对。"]], 2, [(0, 0, 0, 11)])


_FILED_LATE = ("slqnmj_dy", date(2020, 3, 18))
"""Found outside the filing system in 2020-Q2, filed in 2020-Q3."""


def opened_and_filed(account: Account, position: int) -> tuple[date, date]:
    if account.seen == ("2020-Q3",):
        opened = _FILED_LATE[1] if account.id == _FILED_LATE[0] else date(2020, 7, 6 + position % 9)
        return opened, date(2020, 7, 20)
    return date(2014, 3, 1) + timedelta(days=position * 97 % 1800), date(2019, 6, 10) + timedelta(days=position % 60)


_ACCOUNT_HEADER: list[Cell] = [
    *("序号", "责任单位", "承办（运维）单位", "单位类别", "平台", "账号名称", "账号ID", "主页地址"),
    *("账号状态", "开设时间", "备案日期", "注销日期", "联系人"),
]


def account_row(account: Account, number: int, quarter: Quarter) -> list[Cell]:
    unit, unit_class = UNITS[account.unit]
    opened, filed = opened_and_filed(account, number)
    words = PLATFORMS[account.platform]
    return [
        number,
        unit,
        "示例旗融媒体中心" if number % 9 == 0 else None,
        unit_class,
        words[number % len(words)],
        RENAMED.get(account.id, account.name) if quarter is Q3 else account.name,
        full_width(account.id) if number % 13 == 0 else account.id,
        account.address,
        "正常",
        office_day(opened, number),
        office_day(filed, number + 2),
        None,
        f"办公室 0000-0000{number:03d}",
    ]


def in_unit_order(accounts: list[Account]) -> list[Account]:
    order = list(UNITS)
    return sorted(accounts, key=lambda account: order.index(account.unit))


def merge_units(rows: list[list[Cell]]) -> list[Merge]:
    """Merge the cells of consecutive rows of one unit, and leave the name in the first only."""
    merges: list[Merge] = []
    position = 0
    for _, group in groupby([row[1] for row in rows]):
        length = len(list(group))
        if length > 1:
            merges.append((_BODY + position, 1, _BODY + position + length - 1, 1))
            for row in rows[position + 1 : position + length]:
                row[1] = None
        position += length
    return merges


def declared_roster(quarter: Quarter) -> list[Sheet]:
    listed = in_unit_order([*quarter.accounts(DECLARED), *([CLOSED] if quarter is Q2 else [])])
    rows = [account_row(account, number, quarter) for number, account in enumerate(listed, 1)]
    merges = merge_units(rows)
    if quarter is Q3:
        closed = account_row(CLOSED, len(rows) + 1, quarter)
        closed[8], closed[11] = "已注销", office_day(CLOSED_ON, 1)
        twice = list(next(row for row in rows if row[6] == "slqqxj_wb"))
        twice[0], twice[1] = len(rows) + 2, UNITS["qxj"][0]
        rows += [closed, twice]
    nameless = account_row(Account("slqcdz_wx", "wx", "", "zwj"), len(rows) + 1, quarter)
    nameless[5] = None
    rows.append(nameless)
    title = f"示例旗政务新媒体备案清单（截至{day_in_words(quarter.after - timedelta(days=1))}）"
    head: list[list[Cell]] = [["附件1"], [title], ["填报单位：示例旗政务服务局        单位：个"], _ACCOUNT_HEADER]
    tail: list[list[Cell]] = [[], ["注：本表按机构顺序排列，账号以“全国政务新媒体报送系统”登记为准。"], ["填表人：办公室"]]
    guide = Sheet("填表说明", [["填表说明"], ["一、每个账号填写一行。"], ["二、账号ID以平台显示为准。"]])
    return [Sheet("政务新媒体", head + rows + tail, 3, [(1, 0, 1, 12), *merges]), guide]


_FOUND_HEADER: list[Cell] = ["序号", "单位名称", "新媒体名称", "新媒体类型", "账号ID", "网址", "开通时间", "存在问题"]


def found_roster(quarter: Quarter) -> Sheet:
    rows: list[list[Cell]] = []
    for number, account in enumerate(quarter.accounts(UNDECLARED), 1):
        words = PLATFORMS[account.platform]
        opened = _FILED_LATE[1] if account.id == _FILED_LATE[0] else date(2017, 2, 1) + timedelta(days=number * 61 % 900)
        unit = UNITS[account.unit][0]
        rows.append([number, unit, account.name, words[-1], account.id, account.address, office_day(opened, number), "未备案"])
    if quarter is Q3:
        rows.insert(9, [22, UNITS["slj"][0], "示例旗水利", "抖音", "slqslj_dy", None, "2020-02-30", "开通时间待核"])
        rows.append([23, UNITS["rsj"][0], "示例旗人社", "服务号", "slqrsj_wx", None, None, "已备案，名称不一致"])
    else:
        rows.append([18, *rows[3][1:]])
    title = f"“全国政务新媒体报送系统”之外的政务新媒体排查表（{quarter.title}）"
    merges = [(1, 0, 1, 7)] if quarter is Q3 else []
    return Sheet("排查表", [["附件2"], [title], _FOUND_HEADER, *rows, ["说明：以上账号由人工检查发现。"]], 2, merges)


# ---------------------------------------------------------------- updates


def section_published(section: str, position: int, week: int, seen_on: date, quarter: Quarter) -> date | None:
    if section in quarter.empty_sections:
        return None
    usual = seen_on - timedelta(days=(position * 7 + week * 3) % SECTIONS[section][1])
    last = quarter.section_last.get(section, usual)
    # Before a section fell silent it was updated as the others are.
    return usual if last is not None and last > seen_on else last


def section_updates(quarter: Quarter) -> Sheet:
    rows: list[list[Cell]] = []
    merges: list[Merge] = []
    for week in range(13):
        seen_on = quarter.site_seen_on - timedelta(days=7 * (12 - week))
        merges.append((3 + len(rows), 0, 2 + len(rows) + len(SECTIONS), 0))
        for position, (section, (section_class, _)) in enumerate(SECTIONS.items()):
            last = section_published(section, position, week, seen_on, quarter)
            count = 0 if section in quarter.empty_sections else 20 + position * 3
            shown = None if last is None else office_day(last, position)
            rows.append([office_day(seen_on, 1) if position == 0 else None, SITE, section, section_class, shown, count])
    header: list[Cell] = ["检查日期", "网站标识码", "栏目名称", "栏目类别", "最近更新时间", "信息条数"]
    title = f"{PORTAL}栏目更新情况（{quarter.title}，每周一次）"
    note: list[Cell] = ["注：最近更新时间为空的，页面未显示发布时间或者栏目无内容。"]
    return Sheet("网站栏目", [[title], [], header, *rows, note], 2, [(0, 0, 0, 5), *merges])


def account_updates(quarter: Quarter) -> Sheet:
    listed = [*quarter.accounts(DECLARED), CLOSED, *quarter.accounts(UNDECLARED)]
    rows: list[list[Cell]] = []
    for position, account in enumerate(account for account in listed if account.id not in quarter.unseen):
        seen = quarter.check_day(position)
        at = quarter.seen_at.get(account.id, datetime(seen.year, seen.month, seen.day, 9 + position % 8, 30))
        last = quarter.last_published.get(account.id, seen - timedelta(days=1 + position % 11))
        if isinstance(last, date) and not isinstance(last, datetime):
            last = datetime(last.year, last.month, last.day)
        shown = None if last is None else office_instant(last, position)
        rows.append([len(rows) + 1, account.id, account.name, "账号", "政务新媒体", office_instant(at, position), shown])
    stranger: list[Cell] = [len(rows) + 1, "slqbcz_wx", "不存在的账号", "账号", "政务新媒体", quarter.check_day(0), None]
    impossible: list[Cell] = [len(rows) + 2, *rows[0][1:5], quarter.first, "2020-02-30"]
    rows += [stranger, impossible]
    header: list[Cell] = ["序号", "账号ID", "账号名称", "栏目名称", "栏目类别", "检查时间", "最后更新时间"]
    title = f"政务新媒体更新情况（{quarter.title}）"
    return Sheet("政务新媒体", [[title], header, *rows, ["合计", None, f"{len(rows)}个"]], 1, [(0, 0, 0, 6)])


# ---------------------------------------------------------------- checks by persons

_FINDING_HEADER: list[Cell] = [
    *("序号", "网站标识码（账号ID）", "检查对象", "检查指标", "检查结果", "数量"),
    *("问题描述", "证据", "发现时间", "来源", "检查人"),
]


def finding_sheet(quarter: Quarter) -> Sheet:
    rows: list[list[Cell]] = []
    for number, found in enumerate(findings(quarter), 1):
        when = office_instant(found.found_at, number)
        subject, result = [found.subject, found.name, found.clause], [found.state, found.count, found.description, found.evidence]
        rows.append([number, *subject, *result, when, found.source, found.inspector])
    title = f"{quarter.title}检查问题登记表"
    return Sheet("检查问题", [[title], _FINDING_HEADER, *rows, ["备注：截图存电子政务室。"]], 1, [(0, 0, 0, 10)])


def sample_sheets(quarter: Quarter) -> list[Sheet]:
    header: list[Cell] = ["序号", "标识码", "名称", "检查周期", "检查人", "检查时间"]
    site_checked = datetime(quarter.after.year, quarter.after.month - 1, 22, 9, 30)
    rows: list[list[Cell]] = [[1, SITE, PORTAL, quarter.label, "检查组甲", office_instant(site_checked, 1)]]
    for position, account in enumerate(quarter.accounts(DECLARED) + ([CLOSED] if quarter is Q2 else [])):
        checked = None if account.id in quarter.unseen else office_day(quarter.check_day(position), position)
        rows.append([position + 2, account.id, account.name, quarter.label, "检查组乙", checked])
    if quarter is Q2:
        rows.append([len(rows) + 1, "slqbcz_wx", "不存在的账号", quarter.label, "检查组乙", None])
    found: list[list[Cell]] = [
        [position + 1, account.id, account.name, quarter.label, "检查组丙", office_day(quarter.check_day(position), 2)]
        for position, account in enumerate(quarter.accounts(UNDECLARED))
    ]
    title = f"{quarter.title}抽查名单"
    return [
        Sheet("抽查名单", [[title], header, *rows], 1, [(0, 0, 0, 5)]),
        Sheet("系统外账号抽查", [[f"{title}（系统外账号）"], header, *found], 1, [(0, 0, 0, 5)]),
    ]


# ---------------------------------------------------------------- all files


def build(root: Path) -> None:
    """Write both quarters below ``root``; equal bytes on every run with the same zlib."""
    for quarter in (Q2, Q3):
        folder = root / "shiliqi" / quarter.label
        folder.mkdir(parents=True, exist_ok=True)
        if quarter is Q3:
            write_xlsx(folder / "政府网站备案清单.xlsx", [site_roster(quarter)])
            write_xlsx(folder / "系统外政务新媒体排查表.xlsx", [found_roster(quarter)])
        else:
            write_xls(folder / "政府网站备案清单.xls", [site_roster(quarter)])
            write_ods(folder / "系统外政务新媒体排查表.ods", [found_roster(quarter)])
        write_xlsx(folder / "政务新媒体备案清单.xlsx", declared_roster(quarter))
        write_csv(folder / "首页探测记录.csv", probe_rows(quarter), "utf-8-sig")
        write_xlsx(folder / "更新情况.xlsx", [section_updates(quarter), account_updates(quarter)])
        write_csv(folder / "链接检查.csv", link_rows(quarter), "gb18030")
        messages = Sheet("留言办理", [[f"{PORTAL}留言办理情况"], *message_rows(quarter)], 1, [(0, 0, 0, 7)])
        (write_xlsx if quarter is Q3 else write_xls)(folder / f"留言办理.{'xlsx' if quarter is Q3 else 'xls'}", [messages])
        write_xlsx(folder / "检查问题.xlsx", [finding_sheet(quarter)])
        write_xlsx(folder / "抽查名单.xlsx", sample_sheets(quarter))


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
