"""The fictional banner 示例旗: its units, accounts, website sections and what was seen of them in two quarters."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

SITE = "1506990001"
PORTAL = "示例旗人民政府门户网站"
QUARTERS = ("2020-Q2", "2020-Q3")

UNITS: dict[str, tuple[str, str]] = {
    "kfq": ("示例经济开发区管委会", "开发区"),
    "slz": ("示例镇人民政府", "乡镇"),
    "flz": ("范例镇人民政府", "乡镇"),
    "ylz": ("样例镇人民政府", "乡镇"),
    "xlz": ("新例镇人民政府", "乡镇"),
    "zfb": ("示例旗人民政府办公室", "部门"),
    "fgw": ("示例旗发展和改革委员会", "部门"),
    "jtj": ("示例旗教育体育局", "部门"),
    "gxj": ("示例旗工业和信息化局", "部门"),
    "gaj": ("示例旗公安局", "部门"),
    "mzj": ("示例旗民政局", "部门"),
    "sfj": ("示例旗司法局", "部门"),
    "czj": ("示例旗财政局", "部门"),
    "rsj": ("示例旗人力资源和社会保障局", "部门"),
    "zrj": ("示例旗自然资源局", "部门"),
    "hbj": ("示例旗生态环境局", "部门"),
    "zjj": ("示例旗住房和城乡建设局", "部门"),
    "jyj": ("示例旗交通运输局", "部门"),
    "slj": ("示例旗水利局", "部门"),
    "nmj": ("示例旗农牧局", "部门"),
    "wlj": ("示例旗文化和旅游局", "部门"),
    "wjw": ("示例旗卫生健康委员会", "部门"),
    "tyj": ("示例旗退役军人事务局", "部门"),
    "yjj": ("示例旗应急管理局", "部门"),
    "shj": ("示例旗审计局", "部门"),
    "tjj": ("示例旗统计局", "部门"),
    "lcj": ("示例旗林业和草原局", "部门"),
    "ybj": ("示例旗医疗保障局", "部门"),
    "scj": ("示例旗市场监督管理局", "部门"),
    "zwj": ("示例旗政务服务局", "部门"),
    "fpb": ("示例旗扶贫开发办公室", "部门"),
    "xfj": ("示例旗信访局", "部门"),
    "nyj": ("示例旗能源局", "部门"),
    "cgj": ("示例旗城市管理综合执法局", "部门"),
    "qxj": ("示例旗气象局", "部门"),
    "xfd": ("示例旗消防救援大队", "部门"),
    "rmt": ("示例旗融媒体中心", "事业单位"),
    "tsg": ("示例旗图书馆", "事业单位"),
    "whg": ("示例旗文化馆", "事业单位"),
    "bwg": ("示例旗博物馆", "事业单位"),
    "ggz": ("示例旗公共资源交易中心", "事业单位"),
    "bdc": ("示例旗不动产登记中心", "事业单位"),
    "jkz": ("示例旗疾病预防控制中心", "事业单位"),
    "rmy": ("示例旗人民医院", "事业单位"),
    "ndj": ("示例旗农牧技术推广中心", "事业单位"),
    "kjj": ("示例旗科学技术局", "部门"),
}

PLATFORMS = {
    "wx": ("微信公众号", "政务微信", "订阅号", "服务号"),
    "wb": ("新浪微博", "政务微博"),
    "tt": ("今日头条", "头条号"),
    "dy": ("抖音", "抖音号", "短视频"),
    "ks": ("快手",),
    "app": ("移动客户端", "APP"),
    "xcx": ("小程序",),
    "ysh": ("云上牧场号",),
}
"""Canonical platform first, then the words offices write; 云上牧场号 is known to nobody."""

OTHER_WECHAT_NAMES = {
    "zfb": "示例旗发布",
    "gaj": "平安示例旗",
    "wlj": "文旅示例旗",
    "sfj": "法治示例旗",
    "jtj": "示例旗教育",
    "wjw": "健康示例旗",
    "zwj": "示例旗政务服务",
    "rmt": "示例旗融媒",
    "nmj": "示例旗农牧",
    "tsg": "示例旗图书馆{{ 书香 }}<全民阅读>&进校园进社区进企业进机关公共服务平台号",
}


@dataclass(frozen=True)
class Account:
    """One account; ``seen`` names the quarters in which it is on the list in question."""

    id: str
    platform: str
    name: str
    unit: str
    seen: tuple[str, ...] = QUARTERS

    @property
    def address(self) -> str:
        return f"http://{self.platform}.shiliqi.example/{self.id}"


def _accounts(table: str, seen: tuple[str, ...] = QUARTERS) -> list[Account]:
    rows = [line.split() for line in table.strip().splitlines()]
    return [Account(f"slq{unit}_{platform}", platform, name, unit, seen) for unit, platform, name in rows]


DECLARED: list[Account] = [
    *[Account(f"slq{unit}_wx", "wx", OTHER_WECHAT_NAMES.get(unit, UNITS[unit][0]), unit) for unit in UNITS if unit != "kjj"],
    Account("slqwlj_wx2", "wx", "示例旗旅游服务", "wlj"),
    *_accounts(
        """
        zfb wb 示例旗发布
        gaj wb 示例旗公安
        wlj wb 文旅示例旗
        qxj wb 示例旗气象
        xfd wb 示例旗消防
        zwj tt 示例旗政务服务
        gaj tt 平安示例旗
        nmj tt 示例旗农牧
        rmt tt 示例旗融媒
        gaj dy 平安示例旗
        wlj dy 文旅示例旗
        rmt dy 示例旗融媒
        xfd dy 示例旗消防
        rmt ks 示例旗融媒
        rmt app 示例旗云
        """
    ),
    *_accounts(
        """
        nmj dy 示例旗农牧
        zwj xcx 示例旗掌上办
        wlj ysh 云上示例旗
        """,
        ("2020-Q3",),
    ),
]
"""Filed accounts in operation: 61 + 1 closed later in 2020-Q2, 64 in 2020-Q3."""

CLOSED = Account("slqkjj_wx", "wx", "科普示例旗", "kjj")
"""In operation in 2020-Q2, closed on 2020-08-18, yet it published on 2020-09-20."""
CLOSED_ON = date(2020, 8, 18)

RENAMED = {"slqwjw_wx": "示例旗卫生健康"}
"""Names filed anew in 2020-Q3."""

UNDECLARED: list[Account] = [
    *_accounts(
        """
        slz dy 示例镇微视
        flz dy 活力范例镇
        ylz ks 样例镇之声
        xlz tt 新例镇头条
        jtj dy 示例旗校园
        wjw dy 健康示例旗
        rsj tt 示例旗就业
        mzj wb 示例旗民政
        zjj tt 示例旗住建
        yjj dy 示例旗应急
        scj wb 示例旗市场监管
        rmy dy 示例旗人民医院
        whg dy 示例旗文化馆
        bwg wb 示例旗博物馆
        """
    ),
    *_accounts(
        """
        nmj dy 示例旗农牧
        fgw wb 示例旗发改
        jyj ks 示例旗交通
        """,
        ("2020-Q2",),
    ),
    *_accounts(
        """
        kfq dy 示例经开区
        hbj wb 示例旗生态环境
        lcj dy 绿色示例旗
        jkz dy 示例旗疾控
        tyj dy 示例旗老兵
        bdc tt 不动产登记小助手
        ndj ks 农技在线
        """,
        ("2020-Q3",),
    ),
]
"""Accounts found outside the filing system: 17 in 2020-Q2, 21 in 2020-Q3."""


@dataclass(frozen=True)
class Quarter:
    """What is particular to one quarter; accounts not named here last published a few days before the check."""

    label: str
    title: str
    first: date
    after: date
    site_seen_on: date
    last_published: dict[str, date | datetime | None]
    unseen: tuple[str, ...]
    section_last: dict[str, date | None]
    empty_sections: tuple[str, ...]
    seen_at: dict[str, datetime] = field(default_factory=dict)

    def accounts(self, listed: list[Account]) -> list[Account]:
        return [account for account in listed if self.label in account.seen]

    def check_day(self, position: int) -> date:
        """Accounts are checked over the five days that end with the website's newest observation."""
        return self.site_seen_on - timedelta(days=4 - position % 5)


Q2 = Quarter(
    "2020-Q2",
    "2020年第二季度",
    date(2020, 4, 1),
    date(2020, 7, 1),
    date(2020, 6, 28),
    {
        "slqtjj_wx": date(2020, 5, 20),
        "slqlcj_wx": date(2020, 6, 1),
        "slqwhg_wx": None,
        "slqshj_wx": date(2020, 4, 30),
        "slqnyj_wx": date(2020, 5, 11),
        "slqzrj_wx": date(2020, 6, 5),
        "slqslz_dy": date(2020, 3, 12),
        "slqflz_dy": date(2020, 5, 6),
        "slqylz_ks": date(2019, 12, 25),
        "slqjtj_dy": date(2020, 5, 30),
        "slqmzj_wb": date(2020, 1, 20),
        "slqzjj_tt": date(2020, 4, 2),
        "slqscj_wb": None,
        "slqwhg_dy": date(2020, 2, 11),
        "slqbwg_wb": date(2019, 10, 1),
        "slqfgw_wb": date(2020, 3, 3),
        "slqjyj_ks": date(2020, 4, 20),
    },
    ("slqtyj_wx",),
    {
        "视频新闻": date(2020, 6, 3),
        "部门文件": date(2019, 11, 12),
        "政策解读": date(2019, 11, 20),
        "图解政策": date(2019, 10, 8),
        "行政事业性收费": date(2019, 3, 15),
        "在线访谈": date(2019, 5, 10),
        "走进示例旗": None,
        "环境保护": date(2019, 4, 22),
    },
    ("调查征集", "重大项目"),
)

Q3 = Quarter(
    "2020-Q3",
    "2020年第三季度",
    date(2020, 7, 1),
    date(2020, 10, 1),
    date(2020, 9, 29),
    {
        "slqtjj_wx": date(2020, 5, 20),
        "slqlcj_wx": date(2020, 8, 28),
        "slqwhg_wx": None,
        "slqxfd_wb": datetime(2020, 9, 12, 18, 30),
        "slqsfj_wx": date(2020, 9, 14),
        "slqqxj_wb": datetime(2020, 9, 12, 10, 20),
        "slqrmy_wx": date(2020, 9, 8),
        "slqkjj_wx": date(2020, 9, 20),
        "slqslz_dy": date(2020, 3, 12),
        "slqflz_dy": date(2020, 5, 6),
        "slqylz_ks": date(2019, 12, 25),
        "slqmzj_wb": date(2020, 1, 20),
        "slqzjj_tt": date(2020, 7, 2),
        "slqscj_wb": None,
        "slqrmy_dy": date(2020, 8, 1),
        "slqwhg_dy": date(2020, 2, 11),
        "slqbwg_wb": date(2019, 10, 1),
        "slqhbj_wb": date(2020, 6, 30),
        "slqjkz_dy": date(2020, 9, 1),
        "slqtyj_dy": None,
        "slqndj_ks": date(2020, 8, 19),
    },
    ("slqggz_wx", "slqybj_wx"),
    {
        "视频新闻": date(2020, 8, 20),
        "人事招考": date(2020, 3, 13),
        "行政事业性收费": date(2019, 3, 15),
        "在线访谈": date(2019, 5, 10),
        "走进示例旗": None,
    },
    ("调查征集",),
    # 14 days to the day and to the minute: the limit is still kept.
    {"slqsfj_wx": datetime(2020, 9, 28), "slqqxj_wb": datetime(2020, 9, 26, 10, 20), "slqxfd_wb": datetime(2020, 9, 28, 18, 30)},
)

_SECTION_TABLE = """
首页 3 首页
动态要闻 6 时政要闻 旗内动态 镇区动态 部门动态 图片新闻 视频新闻
通知公告 25 通知公告 公示公告 招标公告 人事招考
政策文件 40 政府文件 政府办文件 部门文件 规范性文件
政策解读 45 政策解读 图解政策
规划计划 60 规划计划 政府工作报告
数据发布 35 统计数据 统计公报
互动交流 30 在线访谈 民意征集 调查征集 留言选登
其他 70 机构职能 领导之窗 旗情概况 财政预决算 行政事业性收费 政府采购 重大项目 公共资源交易 社会保险 社会救助
其他 55 教育信息 医疗卫生 环境保护 安全生产 食品药品监管 扶贫工作 建议提案办理 信息公开年报 专题专栏 走进示例旗
"""
SECTIONS: dict[str, tuple[str, int]] = {
    section: (section_class, int(days))
    for section_class, days, *sections in map(str.split, _SECTION_TABLE.strip().splitlines())
    for section in sections
}
"""The website's 45 sections: class as offices write it, and days between two publications."""
