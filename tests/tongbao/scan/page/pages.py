"""Pages of a fictional site in the forms real sites take, for the tests of reading and for the fuzz."""

from __future__ import annotations

URL = "http://www.shiliqi.example/xw/index.html"

META = (
    '<meta name="SiteName" content="示例旗人民政府"><META NAME="sitedomain" CONTENT="www.shiliqi.example">'
    '<meta content="1506990001" name="SiteIDCode">'
)
FOOTER = (
    '<div class="footer"><script id="_jiucuo_" sitecode="1506990001" src="https://zfwzgl.www.gov.cn/exposure/jiucuo.js"></script>'
    "<script>document.write(unescape(\"%3Cspan id='_ideConac'%3E\"));</script>"
    "<p>主办单位：示例旗人民政府办公室 联系电话：0477-0000000</p><p>网站标识码：1506990001 "
    '<a href="https://beian.miit.gov.cn/">蒙ICP备00000001号-1</a> '
    '<a href="http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=15069902000001">'
    "蒙公网安备 15069902000001号</a></p></div>"
)
NAVIGATION = (
    '<div class="nav"><ul><li><a href="/">首页</a></li><li><a href="/xw/">动态要闻</a></li>'
    '<li><a href="/gk/">政府信息公开年度报告专栏</a></li></ul></div>'
)


def page(body: str, *, head: str = "", title: str = "动态要闻_示例旗人民政府") -> str:
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title>{META}{head}</head><body>{body}</body></html>'


def section(
    rows: str, *, head: str = '<meta name="ColumnName" content="动态要闻"><meta name="ColumnType" content="工作动态">'
) -> str:
    return page(NAVIGATION + '<div class="main"><h2>动态要闻</h2>' + rows + "</div>" + FOOTER, head=head)


def article(body: str, *, head: str = "") -> str:
    return page(
        NAVIGATION + '<div class="article">' + body + "</div>" + FOOTER,
        head=head,
        title="示例旗召开第一次常务会议_示例旗人民政府",
    )


TITLES = ("示例旗召开第3次常务会议研究部署工作", "示例旗开展2020年第二季度网站检查", "示例旗部署秋季绿化工作")
DAYS = ("2020-10-13", "2020-10-12", "2020-09-30")


def _rows(form: str) -> str:
    return "".join(form.format(title=title, day=day, n=n) for n, (title, day) in enumerate(zip(TITLES, DAYS, strict=True)))


LISTS = {
    "li and span": "<ul>" + _rows('<li><a href="{n}.html">{title}</a><span>{day}</span></li>') + "</ul>",
    "date first": "<ul>" + _rows('<li><span>[{day}]</span><a href="{n}.html">{title}</a></li>') + "</ul>",
    "unclosed": "<ul>" + _rows('<li><span>{day}</span><a href="{n}.html">{title}') + "</ul>",
    "date in the link": "<ul>" + _rows('<li><a href="{n}.html"><i>{day}</i><p>{title}</p></a></li>') + "</ul>",
    "date after the title in the link": "<ul>" + _rows('<li><a href="{n}.html">{title} [{day}]</a></li>') + "</ul>",
    "table": "<table>"
    + _rows('<tr><td>·</td><td><a href="{n}.html">{title}</a></td><td align=right>{day}</td></tr>')
    + "</table>",
    "table of tables": _rows('<table><tr><td><a href="{n}.html">{title}</a></td><td>{day}</td></tr></table>'),
    "definitions": "<dl>" + _rows('<dt><a href="{n}.html">{title}</a></dt><dd>{day}</dd>') + "</dl>",
    "blocks": _rows(
        '<div class="item"><div class="title"><a href="{n}.html">{title}</a></div><div class="time">{day}</div></div>'
    ),
    "flat, date after": _rows('· <a href="{n}.html">{title}</a> {day}<br>'),
    "flat, date before": _rows('{day} <a href="{n}.html">{title}</a><br>'),
    "paragraphs": _rows('<p><a href="{n}.html">{title}</a>（{day}）</p>'),
    "cut title": _rows('<li><a href="{n}.html" title="{title}">示例旗…</a><em>{day}</em></li>'),
    "picture and title": _rows(
        '<li><a href="{n}.html"><img src="{n}.jpg"></a><a href="{n}.html">{title}</a>'
        "<p>示例旗人民政府召开会议，研究部署有关工作。</p><span>发布时间：{day}</span></li>"
    ),
    "xml island": '<script type="text/xml"><datastore><recordset>'
    + _rows('<record><![CDATA[<li><a href="{n}.html">{title}</a><span>{day}</span></li>]]></record>')
    + "</recordset></datastore></script>",
    "click": "<ul>"
    + _rows("<li><a href='javascript:void(0)' onclick=\"window.open('{n}.html')\">{title}</a><span>{day}</span></li>")
    + "</ul>",
}
