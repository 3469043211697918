"""What probes, link checks, citizens and inspectors left behind in each quarter."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from banner import DECLARED, PORTAL, Q2, Q3, SITE, UNDECLARED, Quarter
from formats import Cell

# ---------------------------------------------------------------- probes

_FAILED: dict[str, dict[datetime, tuple[str, str, str]]] = {
    # 7 of the 168 probes of 24–30 June: 4.17 %.
    Q2.label: {
        **{datetime(2020, 6, 25, hour, 5): ("超时", "", "20.0") for hour in (2, 3, 4)},
        **{datetime(2020, 6, 28, hour, 5): ("拒绝连接", "", "0.2") for hour in (14, 15)},
        datetime(2020, 6, 29, 8, 5): ("服务器错误", "502", "3.1"),
        datetime(2020, 6, 30, 23, 5): ("超时", "", "20.0"),
        datetime(2020, 4, 17, 10, 5): ("域名解析失败", "", "0.1"),
    },
    # 3 of the 168 probes of 19–25 September: 1.79 %; one answered, but took 15.0 s.
    Q3.label: {
        datetime(2020, 9, 20, 3, 5): ("超时", "", "20.0"),
        datetime(2020, 9, 22, 9, 5): ("正常", "200", "15.0"),
        datetime(2020, 9, 24, 16, 5): ("服务器错误", "503", "2.4"),
        **{datetime(2020, 8, 12, hour, 5): ("被拦截", "403", "0.3") for hour in (1, 2, 3, 4, 5)},
        **{datetime(2020, 7, 30, hour, 5): ("超时", "", "20.0") for hour in (6, 7, 8)},
    },
}
_GAP = {Q2.label: [], Q3.label: [date(2020, 9, 26), date(2020, 9, 27)]}


def probe_rows(quarter: Quarter) -> list[list[str]]:
    """Hourly probes of the one website; in Q3 none on 26 and 27 September."""
    rows = [["网站标识码", "探测时间", "结果", "状态码", "耗时（秒）"]]
    at = datetime(*quarter.first.timetuple()[:3], 0, 5)
    hour = 0
    while at.date() < quarter.after:
        if at.date() not in _GAP[quarter.label]:
            usual = ("正常", "200", f"{0.6 + hour * 37 % 50 / 25:.2f}")
            rows.append([SITE, f"{at:%Y-%m-%d %H:%M:%S}", *_FAILED[quarter.label].get(at, usual)])
        at += timedelta(hours=1)
        hour += 1
    rows.insert(301, [SITE, f"{quarter.first + timedelta(days=12)} 11:35:00", "抽风", "", ""])
    if quarter is Q3:
        rows.insert(701, list(rows[700]))
    else:
        rows.append([SITE, "2020-07-02 08:05:00", "正常", "200", "1.10"])
    return rows


# ---------------------------------------------------------------- links

_BAD_LINKS: dict[str, dict[int, tuple[str, str]]] = {
    # Numbers 0–39 are on the homepage. Dead: 4 there, 5 elsewhere.
    Q2.label: {
        3: ("404", "2"), 11: ("超时", "3"), 24: ("服务器错误", "2"), 38: ("域名解析失败", "2"),
        45: ("404", "2"), 52: ("404", "2"), 66: ("超时", "2"), 71: ("拒绝连接", "2"), 90: ("404", "2"),
    },
    # Dead: 2 on the homepage, 3 elsewhere; 58 was tried once only; a firewall answered for 17.
    Q3.label: {
        11: ("超时", "3"), 30: ("404", "2"), 17: ("被拦截", "2"),
        45: ("404", "2"), 58: ("超时", "1"), 77: ("域名解析失败", "2"), 83: ("服务器错误", "2"),
    },
}  # fmt: skip


def link_rows(quarter: Quarter) -> list[list[str]]:
    """One hundred links of the website, checked on one day."""
    rows = [["网站标识码", "所在页面", "链接地址", "是否首页", "结果", "检查时间", "尝试次数"]]
    home = "http://www.shiliqi.example/"
    when = quarter.site_seen_on - timedelta(days=7)
    for number in range(100):
        on_homepage = number < 40
        page = home if on_homepage else f"{home}zwgk/{number // 10}/index.html"
        outcome, attempts = _BAD_LINKS[quarter.label].get(number, ("正常", "1"))
        moment = f"{when.year}/{when.month}/{when.day} {9 + number // 60}:{number % 60:02d}"
        rows.append([SITE, page, f"{home}info/{1000 + number}.html", "是" if on_homepage else "否", outcome, moment, attempts])
    if quarter is Q3:
        rows.insert(62, [SITE, f"{home}zwgk/6/index.html", "", "否", "正常", rows[61][5], "1"])
    else:
        rows.insert(62, [SITE, f"{home}zwgk/6/index.html", f"{home}info/9001.html", "否", "", rows[61][5], "1"])
    return rows


# ---------------------------------------------------------------- messages

_Message = tuple[str, str, date, date | None, str, str]
_MESSAGES: list[_Message] = [
    ("LY2020-001", "领导信箱", date(2020, 1, 8), date(2020, 1, 13), "是", "是"),
    ("LY2020-002", "咨询投诉", date(2020, 2, 3), date(2020, 2, 10), "是", "是"),
    ("LY2020-003", "我为政府网站找错", date(2020, 2, 10), date(2020, 2, 20), "是", "否"),
    ("LY2020-004", "咨询投诉", date(2020, 3, 4), date(2020, 3, 9), "是", "是"),
    ("LY2020-005", "我为政府网站找错", date(2020, 3, 5), date(2020, 3, 12), "是", "否"),
    ("LY2020-006", "信访", date(2020, 3, 10), None, "是", "否"),
    ("LY2020-007", "咨询投诉", date(2020, 2, 25), None, "否", "否"),
    ("LY2020-008", "领导信箱", date(2020, 4, 8), date(2020, 4, 10), "是", "是"),
    # Three working days across the May holiday: in time.
    ("LY2020-009", "我为政府网站找错", date(2020, 4, 30), date(2020, 5, 8), "是", "否"),
    ("LY2020-010", "咨询投诉", date(2020, 5, 20), date(2020, 7, 3), "是", "是"),
    ("LY2020-011", "我为政府网站找错", date(2020, 6, 15), date(2020, 6, 17), "是", "否"),
    ("LY2020-012", "咨询投诉", date(2020, 6, 24), date(2020, 7, 2), "是", "是"),
    ("LY2020-013", "我为政府网站找错", date(2020, 7, 6), date(2020, 7, 8), "是", "否"),
    ("LY2020-014", "咨询投诉", date(2020, 7, 15), date(2020, 7, 17), "是", "否"),
    ("LY2020-015", "我为政府网站找错", date(2020, 8, 3), date(2020, 8, 11), "是", "否"),
    ("LY2020-016", "咨询投诉", date(2020, 8, 20), None, "是", "否"),
    ("LY2020-017", "领导信箱", date(2020, 9, 7), date(2020, 9, 10), "是", "否"),
    # Sunday 27 September 2020 was a working day: in time on the third.
    ("LY2020-018", "我为政府网站找错", date(2020, 9, 24), date(2020, 9, 28), "是", "否"),
]


def message_rows(quarter: Quarter) -> list[list[Cell]]:
    """The half-year's messages up to the quarter's end; replies that came later are not in it."""
    rows: list[list[Cell]] = [["序号", "网站标识码", "留言编号", "留言渠道", "留言时间", "答复时间", "是否有效", "是否公开"]]
    for number, channel, received, replied, valid, published in _MESSAGES:
        if received >= quarter.after or (quarter is Q3 and received < date(2020, 4, 1)):
            continue
        known = replied if replied is not None and replied < quarter.after else None
        shown = published if known else "否"
        rows.append([len(rows), SITE, number, channel, received, None if known is None else f"{known:%Y.%m.%d}", valid, shown])
    if quarter is Q3:
        rows.append([len(rows), SITE, "LY2020-019", "咨询投诉", date(2020, 10, 3), None, "是", "否"])
    return rows


# ---------------------------------------------------------------- findings


@dataclass(frozen=True)
class Found:
    """One row of the findings table, as an inspector or a tool wrote it."""

    subject: str
    clause: str
    state: str | None
    count: int | None
    description: str | None
    evidence: str | None
    found_at: datetime
    source: str | None
    inspector: str | None

    @property
    def name(self) -> str:
        names = {account.id: account.name for account in [*DECLARED, *UNDECLARED]}
        return names.get(self.subject, PORTAL)


def findings(quarter: Quarter) -> list[Found]:
    """The quarter's rows of findings.csv, where they are kept because a table reads better than code."""
    with (Path(__file__).parent / "findings.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row.pop("period") == quarter.label]
    return [
        Found(
            row["subject"],
            row["clause"],
            row["state"] or None,
            int(row["count"]) if row["count"] else None,
            row["description"] or None,
            row["evidence"] or None,
            datetime.fromisoformat(row["found_at"]),
            row["source"] or None,
            row["inspector"] or None,
        )
        for row in rows
    ]
