"""Circulars of a fictional banner, as offices issue them, to draw and to measure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from tongbao.circular.document import (
    Align,
    Annex,
    AnnexColumn,
    CircularDocument,
    Imprint,
    Letterhead,
    Paragraph,
    ParagraphStyle,
    Signature,
    Span,
)

PLATFORMS = ("微信公众号", "新浪微博", "今日头条", "抖音", "移动客户端")
ACCOUNT_COLUMNS = (
    AnnexColumn("number", "序号", 1, Align.CENTER),
    AnnexColumn("sponsor", "主办单位", 4),
    AnnexColumn("name", "账号名称", 4),
    AnnexColumn("platform", "平台", 2.4, Align.CENTER),
    AnnexColumn("filed_on", "备案日期", 2.4, Align.CENTER),
)
FOUND_COLUMNS = (
    AnnexColumn("number", "序号", 1, Align.CENTER),
    AnnexColumn("sponsor", "主办单位", 3.4),
    AnnexColumn("name", "账号名称", 3.4),
    AnnexColumn("platform", "平台", 2.2, Align.CENTER),
    AnnexColumn("problem", "问题", 4),
)
RESULT_COLUMNS = (
    AnnexColumn("number", "序号", 1, Align.CENTER),
    AnnexColumn("sponsor", "单位", 3),
    AnnexColumn("name", "名称", 3),
    AnnexColumn("platform", "类型", 2, Align.CENTER),
    AnnexColumn("verdict", "结论", 1.4, Align.CENTER),
    AnnexColumn("score", "得分", 1.2, Align.CENTER),
    AnnexColumn("problems", "问题（条款）", 6),
    AnnexColumn("remedy", "整改要求", 4),
)


def plain(text: str, style: ParagraphStyle = ParagraphStyle.BODY, *, verbatim: bool = False) -> Paragraph:
    return Paragraph((Span(text),), style, verbatim)


def accounts(count: int, *last: Any, start: int = 1) -> tuple[tuple[Any, ...], ...]:
    rows = []
    for number in range(start, start + count):
        sponsor = f"示例旗第{number}中心校及所属幼儿园" if number % 7 == 0 else f"示例旗第{number}部门"
        name = "示例发布" if number % 5 else f"示例旗第{number}部门政务服务公共平台官方账号"
        rows.append((number, sponsor, name, PLATFORMS[number % len(PLATFORMS)], *last))
    return tuple(rows)


def results(count: int) -> tuple[tuple[Any, ...], ...]:
    rows: list[tuple[Any, ...]] = []
    for row in accounts(count):
        if row[0] % 9:
            rows.append((*row, "合格", None, "", ""))
            continue
        problem = "VM2.1 监测时间点前2周内无更新（最近更新2020年9月3日）；"
        problem += "http://www.shiliqi.example/col/col1462/index.html?page=1&id=20200930 无法访问"
        rows.append((*row, "不合格", 87.5, problem, "立即更新内容，并于2020年11月4日前书面反馈"))
    return tuple(rows)


def body() -> tuple[Paragraph, ...]:
    level1, level2 = ParagraphStyle.LEVEL1, ParagraphStyle.LEVEL2
    return (
        plain(
            "按照《国务院办公厅秘书局关于印发政府网站与政务新媒体检查指标、监管工作年度考核指标的通知》（国办秘函〔2019〕19号，"
            "以下简称《检查指标》）要求，旗政务服务局对2020年第三季度全旗政府网站和政务新媒体进行了检查。现将有关情况通报如下："
        ),
        plain("一、总体情况", level1),
        Paragraph(
            (
                Span("目前，全旗共开设政府网站"),
                Span("1", "websites.declared"),
                Span("个、政务新媒体"),
                Span("64", "accounts.declared"),
                Span("个。本季度检查政府网站"),
                Span("1", "websites.inspected"),
                Span("个，全部合格；检查政务新媒体"),
                Span("62", "accounts.inspected"),
                Span("个，合格"),
                Span("56", "accounts.qualified"),
                Span("个，不合格"),
                Span("6", "accounts.unqualified"),
                Span("个，合格率"),
                Span("90.32%", "accounts.pass_rate"),
                Span("，较上季度提高"),
                Span("5.12", "accounts.pass_rate_change"),
                Span("个百分点。另有"),
                Span("2", "accounts.not_inspected"),
                Span("个账号因监测期内未取得数据未作评判。"),
            )
        ),
        plain("二、存在问题", level1),
        plain("（一）政府网站方面", level2),
        plain(
            "信息内容保障仍是政府门户网站的薄弱环节，个别单位报送的信息类型单一，政策文件及解读等主动公开内容有待加强。",
            verbatim=True,
        ),
        Paragraph(
            (
                Span("（二）政务新媒体方面。", style=level2),
                Span("不合格的政务新媒体中，监测时间点前2周内无更新"),
                Span("4", "reasons.VM2"),
                Span("个，未提供有效互动功能"),
                Span("2", "reasons.VM3"),
                Span("个。检查还发现报送系统之外的账号"),
                Span("21", "accounts.found"),
                Span("个（见附件2），其中部分账号名称含有特殊字符，如“R&D<示例>{{ 名称 }}”。"),
            )
        ),
        plain("三、下一步工作要求", level1),
        *(
            plain(text, verbatim=True)
            for text in (
                "一是继续加强规范管理。各镇、旗直各部门要落实政务新媒体主管、主办责任，做到有人分管、有人负责，对无力保障内容或者无实际作用的账号及时注销或者关停。",
                "二是严格执行备案注销制度。开设、变更、关停、注销政务新媒体的，应当在十日内办理备案手续；未备案的账号应当限期补办备案或者注销。",
                "三是加强常态化监管。旗政务服务局每季度对全旗政府网站和政务新媒体开展检查，检查结果作为年度考核依据。",
            )
        ),
        plain("请各有关单位于2020年11月4日前完成整改，并将整改情况书面报送旗政务服务局电子政务室（联系电话：0000-0000000）。"),
    )


def circular(**changes: Any) -> CircularDocument:
    """The quarterly circular of 示例旗: 1 website, annexes of 64, 21 and 86 rows, the last one landscape."""
    document = CircularDocument(
        letterhead=Letterhead(mark="示例旗政务服务局文件", document_number="示政服字〔2020〕8号"),
        title="关于2020年第三季度全旗政府网站与政务新媒体检查情况的通报",
        addressees="示例经济开发区管委会党政综合办公室，各镇人民政府，旗直各部门、各直属单位",
        body=body(),
        signature=Signature("示例旗政务服务局", date(2020, 10, 21)),
        imprint=Imprint("示例旗政务服务局办公室", date(2020, 10, 21), ("旗委办公室", "旗人大常委会办公室", "旗政协办公室")),
        annexes=(
            Annex(
                "上报“全国政务新媒体报送系统”备案的政府系统政务新媒体清单",
                ACCOUNT_COLUMNS,
                accounts(64, date(2020, 9, 3)),
                counted="accounts.declared",
            ),
            Annex(
                "“全国政务新媒体报送系统”之外的政府系统政务新媒体清单",
                FOUND_COLUMNS,
                accounts(21, "未备案；监测时间点前2周内无更新", start=1),
                note="注：以上账号由人工检查发现，不计入合格率。",
                counted="accounts.found",
            ),
            Annex(
                "2020年第三季度政府网站与政务新媒体检查结果", RESULT_COLUMNS, results(86), landscape=True, counted="results.rows"
            ),
        ),
        note="此件公开发布",
        period="2020-Q3",
        properties={"period": "2020-Q3"},
    )
    return replace(document, **changes)


def long_annex(rows: int, columns: int = 8) -> CircularDocument:
    """A circular with one annex of that many rows."""
    heads = tuple(AnnexColumn(f"c{place}", f"第{place}列", 1 + place % 3) for place in range(columns))
    content = tuple(
        tuple(f"第{row}行第{place}列示例内容" if place else row for place in range(columns)) for row in range(1, rows + 1)
    )
    return circular(annexes=(Annex("检查结果明细表", heads, content, landscape=True),))
