"""``tongbao scan …`` and ``tongbao evidence …``: own scans and what they saw, from the command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tongbao.errors import TongbaoError
from tongbao.period import SHANGHAI, Period

if TYPE_CHECKING:
    from tongbao.scan.site_scans import Scan, SiteScan

_GAPS_SHOWN = 3


def add_scan_commands(commands: Any) -> None:
    """Add ``scan probe|crawl|accounts`` and ``evidence`` to the command line's parser."""
    title = "自行扫描：首页探测、网站扫描、账号公开页面"
    scan = commands.add_parser("scan", help=title, description=title).add_subparsers(required=True, metavar="操作")
    probe = _command(scan, "probe", _probe, "探测一轮全部网站的首页，结果入库")
    probe.add_argument("sites", nargs="*", metavar="标识码", help="只探测这些网站；不填则为名册中全部在运行的网站")
    crawl = _command(scan, "crawl", _crawl, "扫描网站的栏目、内容、链接和标识，结果入库；中断后重新运行会接着扫描")
    crawl.add_argument("sites", nargs="*", metavar="标识码", help="只扫描这些网站；不填则为名册中全部在运行的网站")
    crawl.add_argument("--period", default="", help="结果归入的检查周期，如 2020-Q3；不填则为当前季度")
    crawl.add_argument("--sample", action="store_true", help="每个网站只读一小部分页面（设置中的 sample_pages）")
    crawl.add_argument("--folder", type=Path, help="扫描的工作目录；不填则接着没有完成的扫描，没有则新建")
    accounts = _command(scan, "accounts", _accounts, "读取政务新媒体的公开主页（有公开主页的平台），结果入库")
    accounts.add_argument("--period", default="", help="结果归入的检查周期，如 2020-Q3；不填则为当前季度")
    evidence = _command(commands, "evidence", _evidence, "导出一条证据，或者一个网站检查问题所引的证据")
    evidence.add_argument("wanted", metavar="证据编号或标识码", help="sha256:… 或者网站标识码")
    evidence.add_argument("--clause", default="", help="只导出这一条款的证据，如 D4.2.1")
    evidence.add_argument("--period", default="", help="检查周期，如 2020-Q3；不填则为全部")
    evidence.add_argument("--to", type=Path, default=Path("证据"), help="导出到的文件夹")


def _command(commands: Any, name: str, run: Any, title: str) -> argparse.ArgumentParser:
    added: argparse.ArgumentParser = commands.add_parser(name, help=title, description=title)
    added.set_defaults(run=run)
    added.add_argument("--jurisdiction", default="shiliqi", help="辖区，即 config/jurisdictions/ 下的文件名")
    return added


# Each command imports what it needs: `tongbao --help` should not wait for aiohttp.


def _probe(wish: argparse.Namespace) -> int:
    from tongbao.scan.scans import probe_sites

    found = probe_sites(wish.jurisdiction, wanted=wish.sites)
    print(found.summary)
    for gap in found.gaps:
        print(f"  未计入 {gap.subject_id} {gap.name}：{gap.why.value}{f'（{gap.detail}）' if gap.detail else ''}")
    return 0 if found.probes or not found.gaps else 1


def _crawl(wish: argparse.Namespace) -> int:
    from tongbao.jurisdiction import find_jurisdiction
    from tongbao.scan import scans

    settings = scans.scan_settings(find_jurisdiction(wish.jurisdiction))
    at = datetime.now(SHANGHAI)
    folder = wish.folder or scans.unfinished_scan(wish.jurisdiction) or scans.new_folder(wish.jurisdiction, at)
    pages = settings.sample_pages if wish.sample else 0
    scan = scans.begin_scan(wish.jurisdiction, folder, at=at, period=wish.period, pages_a_site=pages, wanted=wish.sites)
    sites = scans.sites_of(wish.jurisdiction, scan.observed_at, scan.wanted)
    print(f"扫描{len(sites)}个网站，每个最多{scan.pages_a_site}页，监测时间{scan.observed_at:%Y-%m-%d %H:%M}，工作目录 {folder}")
    scanned = _with_progress(scan, sites, settings)
    receipts = scans.deliver_scan(scan, scanned)
    scans.finish_scan(scan, scanned)
    _tell(scanned, receipts)
    return 1 if any(found.error for found in scanned) or any("refused" in receipt for receipt in receipts) else 0


def _with_progress(scan: Scan, sites: Sequence[Any], settings: Any) -> list[SiteScan]:
    import asyncio

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from tongbao.scan.site_scans import crawl_sites

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task("扫描网站", total=len(sites))

        def told(found: SiteScan) -> None:
            progress.update(task, advance=1, description=found.site.name)

        return asyncio.run(crawl_sites(scan, sites, settings, told=told))


def _tell(scanned: Sequence[SiteScan], receipts: Sequence[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("标识码", "网站", "页面", "问题条款", "疑似", "未读到的和提示", box=None)
    for found in scanned:
        rows = found.rows
        breached = [row["clause"] for row in rows.findings if row["state"] == "breached"]
        suspected = sum(str(row["description"]).startswith("疑似") for row in rows.findings)
        told = [found.error] if found.error else [*rows.gaps[:_GAPS_SHOWN], *rows.notices]
        if len(rows.gaps) > _GAPS_SHOWN:
            told.append(f"等{len(rows.gaps)}项")
        table.add_row(
            found.site.subject_id,
            found.site.name,
            str(rows.pages_read),
            "、".join(breached) or "—",
            str(suspected or "—"),
            "；".join(told) or "—",
        )
    Console().print(table)
    for receipt in receipts:
        print(receipt["sentence"])


def _accounts(wish: argparse.Namespace) -> int:
    from tongbao.scan.account_scan import scan_accounts

    found = scan_accounts(wish.jurisdiction, period=wish.period)
    print(f"读到账号{len(found.rows)}个，未读到{len(found.gaps)}个")
    for gap in found.gaps:
        print(f"  {gap}")
    return 0


def _evidence(wish: argparse.Namespace) -> int:
    from tongbao.archive import Archive
    from tongbao.scan.evidence import export_evidence
    from tongbao.scan.findings import cited_evidence

    folder = Archive.open().evidence_folder(wish.jurisdiction)
    if wish.wanted.startswith("sha256:"):
        cited = {wish.wanted: ""}
    else:
        period = Period.parse(wish.period).label if wish.period else ""
        cited = cited_evidence(wish.jurisdiction, wish.wanted, clause=wish.clause, period=period)
    if not cited:
        raise TongbaoError(
            f"没有找到{wish.wanted}{f'条款 {wish.clause}' if wish.clause else ''}的证据",
            remedy="请核对标识码、条款和周期；人工填报的检查问题没有自动保存的证据",
        )
    for found, subject in cited.items():
        for path in export_evidence(folder, found, wish.to, subject=subject):
            print(path)
    return 0
