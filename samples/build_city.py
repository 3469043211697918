"""Build the sample deliveries of 示例市 and of its 例证县: ``python samples/build_city.py [FOLDER]``.

Two quarters with sampling, a monthly scan of all websites and one county where all is well: what the shipped circulars
need to be shown. Nothing is random; what must come out is written down in ``expected-city.yaml``, by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from city import ACCOUNTS, CLOSED_ON, PLATFORMS, REGIONS, SECTIONS, SITES, UNDECLARED, Account, Site, unit
from city_checks import Q1, Q2, SCANNED_ON, Check, Found
from formats import Cell, Sheet, write_csv, write_xlsx

CITY_OFFICE, COUNTY_OFFICE = "示例市人民政府办公室", "例证县人民政府办公室"


def unit_class(code: str) -> str:
    return "人民政府" if code == "zf" else "部门"


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute))


# ---------------------------------------------------------------- rosters

_SITE_HEADER: list[Cell] = ["序号", "网站标识码", "网站名称", "网址", "主办单位", "单位类别", "地区", "是否门户", "状态"]
_ACCOUNT_HEADER: list[Cell] = [
    *("序号", "账号ID", "平台", "账号名称", "主页地址", "主办单位", "单位类别", "地区", "状态", "备案日期", "注销日期"),
]


def site_roster(sites: Iterable[Site], title: str) -> Sheet:
    rows: list[list[Cell]] = []
    for number, site in enumerate(sites, start=1):
        portal = "是" if site.code == "zf" else "否"
        where: list[Cell] = [unit(site.region, site.code), unit_class(site.code), REGIONS[site.region], portal, "正常"]
        rows.append([number, site.id, site.name, site.address, *where])
    return Sheet("政府网站", [[title], _SITE_HEADER, *rows], 1, [(0, 0, 0, 8)])


def account_roster(accounts: Iterable[Account], gone: Iterable[Account], title: str) -> Sheet:
    rows: list[list[Cell]] = []
    for account in accounts:
        rows.append(_account_row(account, len(rows) + 1, "正常", None))
    for account in gone:
        rows.append(_account_row(account, len(rows) + 1, "已注销", CLOSED_ON))
    note: list[Cell] = ["注：账号以“全国政务新媒体报送系统”登记为准。"]
    return Sheet("政务新媒体", [[title], _ACCOUNT_HEADER, *rows, note], 1, [(0, 0, 0, 10)])


def _account_row(account: Account, number: int, status: str, closed_on: date | None) -> list[Cell]:
    words = PLATFORMS[account.platform]
    where: list[Cell] = [unit(account.region, account.code), unit_class(account.code), REGIONS[account.region]]
    filed_on = date(2024, 5, 20) if account.seen == ("2024-Q2",) else date(2021, 3, 1) + timedelta(days=number)
    what: list[Cell] = [words[number % len(words)], account.name, account.address]
    return [number, account.id, *what, *where, status, filed_on, closed_on]


def found_roster(accounts: Iterable[Account], title: str) -> Sheet:
    header: list[Cell] = ["序号", "单位名称", "新媒体名称", "新媒体类型", "账号ID", "网址", "地区"]
    rows: list[list[Cell]] = [
        [number, unit(a.region, a.code), a.name, PLATFORMS[a.platform][0], a.id, a.address, REGIONS[a.region]]
        for number, a in enumerate(accounts, start=1)
    ]
    return Sheet("排查表", [[title], header, *rows], 1, [(0, 0, 0, 6)])


# ---------------------------------------------------------------- checks


def section_sheet(sites: Iterable[Site], seen_on: date, stale: dict[tuple[str, str], date], title: str) -> Sheet:
    header: list[Cell] = ["网站标识码", "栏目名称", "栏目类别", "检查时间", "最近更新时间", "信息条数"]
    rows: list[list[Cell]] = []
    for position, site in enumerate(sites):
        for place, (section, section_class, age) in enumerate(SECTIONS):
            usual = seen_on - timedelta(days=max(1, age - (position + place) % 2))
            last = stale.get((f"{site.region}:{site.code}", section), usual)
            rows.append([site.id, section, section_class, at(seen_on, 9, position), last, 12 + place * 7])
    return Sheet("网站栏目", [[title], header, *rows], 1, [(0, 0, 0, 5)])


def account_sheet(accounts: Iterable[Account], check: Check) -> Sheet:
    header: list[Cell] = ["序号", "账号ID", "账号名称", "检查时间", "最后更新时间"]
    rows: list[list[Cell]] = []
    for position, account in enumerate(account for account in accounts if account.id not in check.unseen):
        usual = check.checked_on - timedelta(days=1 + position % 6)
        last = check.stale_accounts.get(account.id, usual)
        rows.append([position + 1, account.id, account.name, at(check.checked_on, 14, position % 60), last])
    return Sheet("政务新媒体", [[f"政务新媒体更新情况（{check.title}）"], header, *rows], 1, [(0, 0, 0, 4)])


def sample_sheet(subjects: Sequence[Site | Account], label: str, checked_on: date, unseen: Iterable[str], title: str) -> Sheet:
    header: list[Cell] = ["序号", "标识码", "名称", "检查周期", "检查人", "检查时间"]
    rows: list[list[Cell]] = [
        [number, subject.id, subject.name, label, "检查组", None if subject.id in unseen else checked_on]
        for number, subject in enumerate(subjects, start=1)
    ]
    return Sheet("抽查名单", [[title], header, *rows], 1, [(0, 0, 0, 5)])


def finding_sheet(found: Iterable[Found], checked_on: date, title: str) -> Sheet:
    header: list[Cell] = ["序号", "标识码", "条款", "检查结果", "数量", "问题描述", "证据", "发现时间", "检查人"]
    ids = {f"{site.region}:{site.code}": site.id for site in SITES}
    ids |= {f"{account.region}:{account.code}_{account.platform}": account.id for account in ACCOUNTS}
    rows: list[list[Cell]] = []
    for number, row in enumerate(found, start=1):
        what: list[Cell] = [row.clause, row.state, row.count, row.description, f"截图{checked_on:%Y%m}-{number:02d}"]
        rows.append([number, ids[row.subject], *what, at(checked_on, 10, number % 60), "检查组"])
    return Sheet("检查问题", [[title], header, *rows], 1, [(0, 0, 0, 8)])


_LATE = {3: date(2024, 3, 29), 6: date(2024, 6, 28)}
"""The day of the last 找错 of a quarter, which was answered only after it."""


def message_sheet(portals: Sequence[Site], month: int, title: str) -> Sheet:
    """One 找错 and one letter to each portal, three more of each, one letter that is not valid, and what was answered late."""
    header: list[Cell] = ["序号", "网站标识码", "留言编号", "渠道", "收到时间", "答复时间", "是否有效", "是否公开"]
    received = [date(2024, month, 3 + 2 * place) for place in range(len(portals))]
    rows: list[list[Cell]] = []
    for channel, extra in (("我为政府网站找错", portals[:1] * 3), ("领导信箱", portals[1:2] * 3)):
        for place, site in enumerate([*portals, *extra]):
            day = received[place % len(received)]
            shown = "是" if channel == "领导信箱" else "否"
            rows.append([len(rows) + 1, site.id, f"LY{month:02d}-{len(rows) + 1:03d}", channel, day, day, "是", shown])
    rows[8][4], rows[8][5] = _LATE[month], None
    rows.append([len(rows) + 1, portals[0].id, f"LY{month:02d}-{len(rows) + 1:03d}", "领导信箱", received[0], None, "否", "否"])
    if month == 6:
        rows.append([len(rows) + 1, portals[0].id, "LY03-009", "我为政府网站找错", _LATE[3], date(2024, 4, 2), "是", "否"])
    return Sheet("留言办理", [[title], header, *rows], 1, [(0, 0, 0, 7)])


def probe_rows(sites: Iterable[Site], failing: str, first: date) -> list[list[str]]:
    """Twenty probes a day for a week; every seventh of the failing site's timed out."""
    rows = [["网站标识码", "探测时间", "结果", "状态码", "耗时（秒）"]]
    for site in sites:
        for number in range(140):
            moment = at(first + timedelta(days=number // 20), 2 + number % 20, 5)
            is_down = site.id == failing and number % 7 == 3
            said = ["超时", "", "20.0"] if is_down else ["正常", "200", f"{0.8 + number % 9 / 10:.1f}"]
            rows.append([site.id, f"{moment:%Y-%m-%d %H:%M:%S}", *said])
    return rows


# ---------------------------------------------------------------- all files


def build_quarter(root: Path, check: Check) -> None:
    folder = root / "shilishi" / check.label
    folder.mkdir(parents=True, exist_ok=True)
    listed = [account for account in ACCOUNTS if check.label in account.seen]
    gone = [account for account in ACCOUNTS if check is Q2 and check.label not in account.seen]
    sites, accounts = check.drawn_sites(), check.drawn_accounts()
    found = UNDECLARED if check is Q2 else []
    portals = [site for site in SITES if site.code == "zf"]

    def book(name: str, *sheets: Sheet) -> None:
        write_xlsx(folder / f"{name}.xlsx", list(sheets), CITY_OFFICE)

    book("政府网站名册", site_roster(SITES, f"示例市政府网站名册（{check.title}）"))
    book("政务新媒体备案清单", account_roster(listed, gone, f"示例市政务新媒体备案清单（{check.title}）"))
    if found:
        book("系统外政务新媒体排查表", found_roster(found, f"系统外政务新媒体排查表（{check.title}）"))
    sections = section_sheet(sites, check.checked_on, check.stale_sections, f"政府网站栏目更新情况（{check.title}）")
    book("更新情况", sections, account_sheet([*accounts, *found], check))
    book("检查问题", finding_sheet(check.findings, check.checked_on, f"检查问题登记表（{check.title}）"))
    title = f"抽查名单（{check.title}）"
    book("抽查名单", sample_sheet([*sites, *accounts], check.label, check.checked_on, check.unseen, title))
    book("留言办理", message_sheet(portals, check.checked_on.month, f"政府门户网站留言办理情况（{check.title}）"))
    if check is Q2:
        others = [site for site in SITES if site.region == "sl" and site.code in ("fgw", "kjj")]
        write_csv(folder / "首页探测记录.csv", probe_rows([*portals, *others], others[1].id, date(2024, 6, 24)), "utf-8-sig")


def build_scan(root: Path) -> None:
    folder = root / "shilishi" / "2024-06"
    folder.mkdir(parents=True, exist_ok=True)
    sheet = section_sheet(SITES, SCANNED_ON, Q2.stale_sections, "政府网站月度监测（2024年6月）")
    write_xlsx(folder / "更新监测.xlsx", [sheet], CITY_OFFICE)


def build_county(root: Path) -> None:
    """例证县 reports for itself: four websites and its accounts, all of them in order."""
    folder = root / "lizhengxian" / "2024-Q2"
    folder.mkdir(parents=True, exist_ok=True)
    sites = [site for site in SITES if site.region == "lz"]
    accounts = [account for account in ACCOUNTS if account.region == "lz"]
    found = [row for row in Q2.findings if row.subject == "lz:zf"]

    def book(name: str, *sheets: Sheet) -> None:
        write_xlsx(folder / f"{name}.xlsx", list(sheets), COUNTY_OFFICE)

    book("政府网站名册", site_roster(sites, "例证县政府网站名册（2024年第二季度）"))
    book("政务新媒体备案清单", account_roster(accounts, [], "例证县政务新媒体备案清单（2024年第二季度）"))
    sections = section_sheet(sites, Q2.checked_on, {}, "政府网站栏目更新情况（2024年第二季度）")
    book("更新情况", sections, account_sheet(accounts, Q2))
    book("检查问题", finding_sheet(found, Q2.checked_on, "检查问题登记表（2024年第二季度）"))
    book("抽查名单", sample_sheet([*sites, *accounts], "2024-Q2", Q2.checked_on, (), "检查名单（2024年第二季度）"))


def build(root: Path) -> None:
    """Write everything below ``root``; equal bytes on every run with the same zlib."""
    for check in (Q1, Q2):
        build_quarter(root, check)
    build_scan(root)
    build_county(root)


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
