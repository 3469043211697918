"""The fictional city 示例市 with five counties and districts, and the office of one of them, 例证县: who and what there is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

CITY = "市直"
REGIONS = {"sl": CITY, "yl": "样例区", "fl": "范例区", "sf": "示范县", "lz": "例证县", "mb": "模本县"}
"""Code of a region and its name in the roster; the city's own level first."""
GOVERNMENTS = {code: f"{'示例市' if code == 'sl' else name}人民政府" for code, name in REGIONS.items()}

DEPARTMENTS = {
    "fgw": "发展和改革委员会",
    "jyj": "教育局",
    "kjj": "科学技术局",
    "gxj": "工业和信息化局",
    "gaj": "公安局",
    "mzj": "民政局",
    "sfj": "司法局",
    "czj": "财政局",
    "rsj": "人力资源和社会保障局",
    "zrj": "自然资源局",
    "hbj": "生态环境局",
    "zjj": "住房和城乡建设局",
    "jtj": "交通运输局",
    "slj": "水利局",
    "nyj": "农业农村局",
    "wjw": "卫生健康委员会",
}
COUNTY_SITES = ("jyj", "gaj", "wjw")
"""Departments of a county with a website of their own; in the city all but the last of ``DEPARTMENTS`` have one."""

PLATFORMS = {
    "wx": ("微信公众号", "政务微信", "公众号"),
    "dy": ("抖音", "抖音号"),
    "wb": ("新浪微博", "政务微博"),
    "tt": ("今日头条", "头条号"),
    "sph": ("微信视频号", "视频号"),
    "ks": ("快手", "快手号"),
    "xcx": ("小程序", "微信小程序"),
    "app": ("移动客户端", "APP"),
}


def unit(region: str, code: str) -> str:
    """The full name of a unit: ``zf`` is the government itself."""
    place = GOVERNMENTS[region].removesuffix("人民政府")
    return GOVERNMENTS[region] if code == "zf" else f"{place}{DEPARTMENTS[code]}"


@dataclass(frozen=True)
class Site:
    """One website; ``code`` is the sponsor's, ``zf`` for the portal."""

    region: str
    code: str
    id: str

    @property
    def name(self) -> str:
        return f"{unit(self.region, self.code)}门户网站" if self.code == "zf" else f"{unit(self.region, self.code)}网站"

    @property
    def address(self) -> str:
        """Portals and the city's sites are reached over HTTPS, those of county departments not yet."""
        scheme = "https" if self.code == "zf" or self.region == "sl" else "http"
        host = "www" if self.code == "zf" else self.code
        return f"{scheme}://{host}.{self.region}.shilishi.example"


def _sites() -> list[Site]:
    sites = []
    for place, region in enumerate(REGIONS, start=1):
        codes = ["zf", *(list(DEPARTMENTS)[:15] if region == "sl" else COUNTY_SITES)]
        sites += [Site(region, code, f"99{place:02d}99{number:04d}") for number, code in enumerate(codes, start=1)]
    return sites


SITES = _sites()
"""16 of the city, four of each county: 36."""


@dataclass(frozen=True)
class Account:
    """One account: region, sponsor, platform; ``seen`` names the quarters whose roster lists it."""

    region: str
    code: str
    platform: str
    seen: tuple[str, ...] = ("2024-Q1", "2024-Q2")

    @property
    def id(self) -> str:
        return f"sls{self.region}{self.code}_{self.platform}"

    @property
    def name(self) -> str:
        place = GOVERNMENTS[self.region].removesuffix("人民政府")
        return f"{place}发布" if self.code == "zf" else f"{place}{SHORT_NAMES[self.code]}"

    @property
    def address(self) -> str:
        return f"https://{self.platform}.shilishi.example/{self.id}"


SHORT_NAMES = {
    "fgw": "发展改革",
    "jyj": "教育",
    "kjj": "科技",
    "gxj": "工信",
    "gaj": "公安",
    "mzj": "民政",
    "sfj": "司法",
    "czj": "财政",
    "rsj": "人社",
    "zrj": "自然资源",
    "hbj": "生态环境",
    "zjj": "住建",
    "jtj": "交通",
    "slj": "水利",
    "nyj": "农业农村",
    "wjw": "卫健",
}
CITY_ACCOUNTS = {
    "wx": ("zf", *DEPARTMENTS),
    "dy": ("zf", "gaj", "jtj"),
    "wb": ("zf", "gaj", "hbj", "wjw"),
    "tt": ("zf", "fgw", "nyj", "gxj", "kjj"),
    "sph": ("zf", "jyj", "mzj", "rsj", "zjj"),
    "ks": ("gaj",),
    "app": ("zf", "rsj", "zrj", "jtj"),
}
COUNTY_ACCOUNTS = {
    "wx": ("zf", "jyj", "gaj", "wjw", "mzj", "rsj", "nyj"),
    "dy": ("zf", "gaj", "wjw"),
    "wb": ("zf", "gaj"),
    "tt": ("zf",),
    "sph": ("zf",),
    "ks": ("nyj",),
    "xcx": ("rsj",),
}


def _accounts() -> list[Account]:
    accounts = []
    for region in REGIONS:
        listed = CITY_ACCOUNTS if region == "sl" else COUNTY_ACCOUNTS
        accounts += [Account(region, code, platform) for platform, codes in listed.items() for code in codes]
    new = Account("sl", "zf", "xcx", ("2024-Q2",))
    gone = [Account("fl", "gaj", "xcx", ("2024-Q1",)), Account("mb", "wjw", "ks", ("2024-Q1",))]
    return [*accounts, new, *gone]


ACCOUNTS = _accounts()
"""119 listed in both quarters, one new in the second, two closed in it: 121, then 120."""
CLOSED_ON = date(2024, 5, 15)

UNDECLARED = [Account("yl", "zjj", "dy"), Account("sf", "jtj", "ks"), Account("mb", "hbj", "wb")]
"""Found outside the filing system in the second quarter."""

SECTIONS = (
    ("首页", "首页", 2),
    ("工作动态", "动态要闻", 5),
    ("通知公告", "通知公告", 20),
    ("政策文件", "政策文件", 40),
    ("政策解读", "政策解读", 50),
    ("领导信箱", "互动交流", 30),
    ("机构职能", "其他", 90),
)
"""A website's sections: name, class, days since the newest publication when nothing is wrong."""
