"""W4: one circular with an annex of 20,000 rows and 8 columns, beside the same rows through a docxtpl row loop."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from datetime import date
from typing import Any

from benchmarks import Result
from benchmarks.child import ROOT, run_child

ROWS = 20_000
BUDGET_S, BUDGET_MIB, TIMES_LOOP = 2.5, 700.0, 4.0
_TITLES = ("序号", "主办单位", "名称", "平台", "网址", "结论", "问题", "整改要求")


def main() -> list[Result]:
    drawn, loop = (json.loads(run_child("benchmarks.annex", how).printed) for how in ("ours", "docxtpl"))
    times = loop["seconds"] / drawn["seconds"]
    beside = f"the docxtpl loop takes {loop['seconds']:.2f} s and {loop['peak_mib']:.0f} MiB: {times:.1f} ×"
    note = f"{drawn['bytes'] / 1024:,.0f} kB; {beside}"
    promise = f"≤ {BUDGET_S:g} s, ≤ {BUDGET_MIB:g} MiB, loop ≥ {TIMES_LOOP:g} ×"
    return [Result(f"W4 long-annex: {ROWS:,} rows × {len(_TITLES)} columns", drawn["seconds"], drawn["peak_mib"], note, promise)]


def rows() -> list[tuple[Any, ...]]:
    return [
        (
            number,
            f"示例市第{number % 700}中心管理委员会办公室",
            f"示例发布{number}",
            ("微信公众号", "新浪微博", "抖音")[number % 3],
            f"http://zh{number}.example/index?a=1&b={number}",
            ("合格", "不合格")[number % 17 == 0],
            f"监测时间点前14天内无更新，最近更新2020年9月{1 + number % 28}日",
            "恢复内容更新；无力保障的注销",
        )
        for number in range(1, ROWS + 1)
    ]


def ours(table: list[tuple[Any, ...]]) -> bytes:
    """The whole circular, as the circular's run draws it."""
    from tongbao.circular.document import Annex, AnnexColumn, CircularDocument, Imprint, Letterhead, Paragraph, Signature, Span
    from tongbao.circular.render import render

    columns = tuple(AnnexColumn(title, title, width) for title, width in zip(_TITLES, (5, 14, 10, 8, 16, 6, 18, 14), strict=True))
    document = CircularDocument(
        letterhead=Letterhead("示例市政务服务局文件", "示政服字〔2020〕12号"),
        title="关于2020年第三季度全市政府网站与政务新媒体检查情况的通报",
        addressees="各县区人民政府",
        body=(Paragraph((Span("现将有关情况通报如下。"),)),),
        signature=Signature("示例市政务服务局", date(2020, 10, 21)),
        imprint=Imprint("示例市政务服务局办公室", date(2020, 10, 21)),
        annexes=(Annex("检查结果", columns, tuple(table), landscape=True),),
    )
    return render(document, ROOT / "templates" / "circular-v1.docx").data


def docxtpl_loop(table: list[tuple[Any, ...]]) -> bytes:
    """The table alone, through {%tr for %}: less work than a whole circular."""
    import io

    import docx
    from docxtpl import DocxTemplate

    plain = docx.Document()
    grid = plain.add_table(4, len(_TITLES))
    for cell, title in zip(grid.rows[0].cells, _TITLES, strict=True):
        cell.text = title
    grid.rows[1].cells[0].text = "{%tr for row in rows %}"
    for place, cell in enumerate(grid.rows[2].cells):
        cell.text = f"{{{{ row[{place}] }}}}"
    grid.rows[3].cells[0].text = "{%tr endfor %}"
    with tempfile.NamedTemporaryFile(suffix=".docx") as file:
        plain.save(file.name)
        template = DocxTemplate(file.name)
        template.render({"rows": table}, autoescape=True)
        sink = io.BytesIO()
        template.save(sink)
    return sink.getvalue()


def run(how: str) -> dict[str, float]:
    """Draw once in this process; imports and the making of the rows are left out, memory is the whole process's."""
    draw = {"ours": ours, "docxtpl": docxtpl_loop}[how]
    table = rows()
    draw(table[:10])
    started = time.perf_counter()
    data = draw(table)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "bytes": len(data), "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1])))
