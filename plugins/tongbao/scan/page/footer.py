"""What must stand in every page's footer (D4.2): six marks, and the entry of 我为政府网站找错 (D4.4a)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tongbao.scan.page.meta import site_code_in
from tongbao.scan.page.model import Footer, PageLink

_ICP = re.compile(r"[\u4e00-\u9fff]\s?ICP\s?[备证]\s?(?:案号?)?\s?[:：]?\s?\d{5,10}\s?号?(?:\s?-\s?\d{1,4})?", re.IGNORECASE)
_POLICE = re.compile(r"[\u4e00-\u9fff]公网安备\s{0,2}\d{10,16}\s{0,2}号?")
_SITE_CODE = re.compile(r"(?:网站)?标识码\s{0,3}[:：]?\s{0,3}(\d{10}|bm\d{8}|N\d{9})(?!\d)", re.IGNORECASE)
_SPONSOR = re.compile(
    r"主办(?:单位|方|机构)?\s{0,3}[:：]\s{0,3}(\S{2,60})|([\u4e00-\u9fff]{2,40}?)\s{0,2}主办(?![\u4e00-\u9fff单])"
)
_CONTACT = re.compile(
    r"(?:联系(?:电话|方式|我们|邮箱)|(?:网站|维护|办公|值班|技术支持)?电话|电子邮[箱件]|邮箱|E-?mail|传真)\s{0,3}[:：]?\s{0,3}([\d（(+\w][^\s\u4e00-\u9fff]{5,60})?",
    re.IGNORECASE,
)
_CONACS = ("dcs.conac.cn", "bszs.conac.cn", "_ideConac", "_ideconac")
_JIUCUO = ("_jiucuo_", "/exposure/jiucuo", "pucha.kaipuyun.cn/exposure", "zfwzgl.www.gov.cn")
_JIUCUO_CODE = re.compile(
    r"(?:site_code|sitecode|siteidcode|webId|code)\s{0,3}=\s{0,3}[\"']?(\d{10}|bm\d{8}|N\d{9})(?!\d)", re.IGNORECASE
)
_TAIL = 800
_LONGEST_REGION = 5_000
_MOST_PLACES = 20


def footer_of(text: str, region: str, links: Sequence[PageLink], markup: str) -> Footer:
    """Read a page's footer.

    Records and codes are unmistakable and are looked for in all the text and the links; sponsor and contact only in
    ``region``, the text of the footer element, or without one in the last 800 characters. ``markup`` is the whole page,
    for the badge (``_ideConac``) and the 找错 entry (``_jiucuo_``), which scripts put into it.
    """
    region = region[-_LONGEST_REGION:] or text[-_TAIL:]
    has_conac = ("conac" in markup or "Conac" in markup) and (
        _any(_CONACS, markup) or _any(_CONACS, "\n".join([link.url for link in links]))
    )
    jiucuo_url, jiucuo_code = _jiucuo(links, markup) if _any(_JIUCUO, markup) else (None, None)
    icp, police, code = _near("ICP", _ICP, text), _near("公网安备", _POLICE, text), _near("标识码", _SITE_CODE, text)
    sponsor, contact = _SPONSOR.search(region), _CONTACT.search(region)
    return Footer(
        has_conac=has_conac,
        icp=_tidy(icp[0]) if icp else None,
        police=_tidy(police[0]) if police else None,
        sponsor=(sponsor[1] or sponsor[2]) if sponsor else None,
        contact=contact[0].strip() if contact else None,
        site_code=site_code_in(code[1]) if code else None,
        jiucuo_url=jiucuo_url,
        jiucuo_site_code=jiucuo_code,
    )


def _near(mark: str, pattern: re.Pattern[str], text: str, *, before: int = 4, after: int = 60) -> re.Match[str] | None:
    """Search around each place of a fixed word: looking for the word alone is many times faster than for the pattern."""
    at = text.find(mark)
    if at < 0 and mark.isascii():
        at = text.find(mark.lower())
    for _ in range(_MOST_PLACES):
        if at < 0:
            return None
        found = pattern.search(text, max(0, at - before), at + after)
        if found is not None:
            return found
        at = text.find(mark, at + 1)
    return None


def _jiucuo(links: Iterable[PageLink], markup: str) -> tuple[str | None, str | None]:
    """The address of the 找错 entry ("" when a script draws it) and the site code it carries."""
    url = next((link.url for link in links if _any(_JIUCUO, link.url)), "")
    code = _near("jiucuo", _JIUCUO_CODE, markup, before=300, after=300)
    return url, site_code_in(code[1]) if code else None


def _any(marks: Iterable[str], text: str) -> bool:
    return any(mark in text for mark in marks)


def _tidy(written: str) -> str:
    return "".join(written.split())
