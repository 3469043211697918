"""What was checked in 示例市 and what was found, quarter by quarter, and the scan of all websites in June."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from city import ACCOUNTS, SITES, Account, Site


@dataclass(frozen=True)
class Found:
    """One row of the findings table; ``subject`` is region:code for a website, region:code_platform for an account."""

    subject: str
    clause: str
    count: int = 1
    description: str = ""
    state: str = "不符合"


def _rows(table: str) -> tuple[Found, ...]:
    rows = [line.split(maxsplit=3) for line in table.strip().splitlines()]
    return tuple(Found(subject, clause, int(count), text) for subject, clause, count, text in rows)


@dataclass(frozen=True)
class Check:
    """One quarter's check: whom it drew, when it looked, what was long out of date and what inspectors found."""

    label: str
    title: str
    checked_on: date
    sites: dict[str, tuple[str, ...]]
    accounts: dict[str, dict[str, tuple[str, ...]]]
    extra: tuple[Account, ...]
    unseen: tuple[str, ...]
    stale_sections: dict[tuple[str, str], date]
    stale_accounts: dict[str, date]
    findings: tuple[Found, ...]

    def drawn_sites(self) -> list[Site]:
        return [site for site in SITES if site.code in self.sites["sl" if site.region == "sl" else site.region]]

    def drawn_accounts(self) -> list[Account]:
        drawn = []
        for account in ACCOUNTS:
            wanted = self.accounts["sl" if account.region == "sl" else "county"]
            skipped = any(account.region == other.region and account.platform == "sph" for other in self.extra)
            if self.label in account.seen and account.code in wanted.get(account.platform, ()) and not skipped:
                drawn.append(account)
        return [*drawn, *self.extra]


_Q1_FINDINGS = """
sl:zf D3.1.1 1 互动栏目提交按钮无响应
yl:zf D3.1.1 1 注册验证码无法显示
yl:zf D4.5.1 1 搜索框输入后无结果页
yl:zf D3.2.1 1 留言与征集栏目分别登录
fl:zf D2.4.1 2 “居住证办理”“门牌证办理”无办事指南
fl:zf D2.3.1 1 未公布办事统计
sf:zf D2.2.1 1 用户注册页面报错
sf:zf D3.1.1 1 领导信箱无法提交
sf:zf D3.4.1 1 模拟提问5个工作日未答复
sf:zf D2.4.1 2 “渔业捕捞许可”等2个事项无办事指南
lz:zf D2.4.1 2 “公租房申请”等2个事项无办事指南
lz:zf D3.1.1 1 征集栏目无法提交
lz:zf D4.6.1 1 办事与互动栏目分别登录
mb:zf D2.4.1 2 “老年证办理”等2个事项无办事指南
mb:zf D2.2.1 1 用户注册无法收到验证码
mb:zf D3.1.1 1 领导信箱无法提交
mb:zf D3.2.1 1 互动栏目分别登录
mb:zf D4.5.1 1 站内搜索无结果
mb:zf D4.9.1 1 首页无IPv6解析
yl:wjw VW6.1 1 网站没有办事服务栏目
sl:czj_wx VM3.1 1 无留言、私信功能
"""
Q1 = Check(
    "2024-Q1",
    "2024年第一季度",
    date(2024, 3, 20),
    {
        "sl": ("zf", "czj", "rsj", "zrj", "hbj", "zjj", "jtj"),
        "yl": ("zf", "wjw"),
        "fl": ("zf", "gaj", "wjw"),
        "sf": ("zf", "gaj"),
        "lz": ("zf", "gaj"),
        "mb": ("zf", "gaj"),
    },
    {
        "sl": {
            "wx": ("zf", "czj", "kjj", "sfj", "rsj", "zrj", "hbj", "zjj"),
            "dy": ("zf", "jtj"),
            "wb": ("zf", "hbj"),
            "tt": ("zf", "nyj", "gxj"),
            "sph": ("rsj", "zjj"),
            "ks": ("gaj",),
            "app": ("zrj", "jtj"),
        },
        "county": {"wx": ("zf", "mzj", "rsj", "nyj"), "dy": ("zf",), "wb": ("gaj",), "sph": ("zf",), "ks": ("nyj",)},
    },
    # Drawn in place of the district's 视频号.
    tuple(account for account in ACCOUNTS if account.id == "slsflgaj_xcx"),
    (),
    {("sf:zf", "政策解读"): date(2023, 7, 4)},
    {
        "slsylnyj_ks": date(2024, 1, 12),
        "slslzzf_dy": date(2024, 2, 20),
        "slssfgaj_wb": date(2024, 2, 28),
        "slsflgaj_xcx": date(2023, 12, 5),
    },
    _rows(_Q1_FINDINGS),
)

_Q2_FINDINGS = """
sl:zf D2.3.1 1 办事统计页面无数据
sl:zf D4.2.1 2 3个栏目页脚缺网站标识码、公安机关备案标识
yl:zf D4.5.1 1 站内搜索页面报错
yl:zf D4.6.1 1 办事与互动栏目分别登录
yl:zf D3.2.1 1 留言与征集栏目分别登录
fl:zf D3.1.1 1 领导信箱提交后提示失败
fl:zf D3.2.1 1 互动栏目分别登录
fl:zf D4.9.1 1 首页无IPv6解析
fl:zf D4.2.1 1 页脚缺网站标识码
sf:zf D2.2.1 1 用户注册页面报错
sf:zf D3.1.1 1 领导信箱无法提交
sf:zf D3.4.1 1 模拟提问5个工作日未答复
sf:zf D2.3.1 1 未公布办事统计
sf:zf D4.9.1 1 首页无IPv6解析
lz:zf D2.4.1 2 “取水许可”等2个事项无办事指南
mb:zf D2.4.1 2 “老年证办理”等2个事项无办事指南
mb:zf D2.2.1 1 用户注册无法收到验证码
mb:zf D3.1.1 1 领导信箱无法提交
mb:zf D3.2.1 1 互动栏目分别登录
mb:zf D4.5.1 1 站内搜索无结果
mb:zf D4.6.1 1 办事与互动栏目分别登录
mb:zf D2.6.1 2 “食品经营许可”等2个事项未提供空表
mb:zf D4.2.1 1 页脚缺公安机关备案标识
sf:zf_dy VM3.1 1 评论、私信均已关闭
sl:rsj_app VM2.2 1 安卓应用市场下载后无法打开
sl:slj_wx VM3.1 1 无留言、私信功能
"""
_Q2_CREDITS = (
    Found("sl:zf", "B1.2.1", 2, "2件解读采用图解", "符合"),
    Found("yl:zf", "B4.1.1", 1, "支持拼音搜索", "符合"),
    Found("sl:czj_wx", "VM3.1", 1, "复核：已开通留言功能", "符合"),
)
Q2 = Check(
    "2024-Q2",
    "2024年第二季度",
    date(2024, 6, 19),
    {
        "sl": ("zf", "fgw", "jyj", "kjj", "gaj", "slj", "hbj"),
        "yl": ("zf", "jyj", "gaj"),
        "fl": ("zf", "jyj"),
        "sf": ("zf", "jyj"),
        "lz": ("zf", "jyj"),
        "mb": ("zf", "wjw"),
    },
    {
        "sl": {
            "wx": ("zf", "fgw", "jyj", "gxj", "gaj", "mzj", "czj", "slj"),
            "dy": ("zf", "gaj"),
            "wb": ("zf", "gaj"),
            "tt": ("zf", "fgw"),
            "sph": ("zf", "jyj", "mzj"),
            "xcx": ("zf",),
            "app": ("zf", "rsj"),
        },
        "county": {"wx": ("zf", "jyj", "gaj", "wjw"), "dy": ("zf",), "wb": ("zf",), "tt": ("zf",), "ks": ("nyj",)},
    },
    (),
    ("slsmbwjw_wx",),
    {
        ("sf:zf", "政策解读"): date(2023, 7, 4),
        ("sf:jyj", "首页"): date(2024, 5, 6),
        ("sl:czj", "首页"): date(2024, 5, 27),
    },
    {
        "slsylzf_wb": date(2024, 5, 10),
        "slsylnyj_ks": date(2024, 1, 12),
        "slsflzf_tt": date(2024, 5, 31),
        "slsslslj_wx": date(2024, 4, 3),
    },
    (*_rows(_Q2_FINDINGS), *_Q2_CREDITS),
)
SCANNED_ON = date(2024, 6, 28)
"""Day of the monthly scan of all websites."""
