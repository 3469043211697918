"""``tongbao …``: the same steps for people without Airflow, and the questions people ask of an edition."""

from __future__ import annotations

import argparse
import sys
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tongbao.errors import TongbaoError
from tongbao.period import SHANGHAI, Period
from tongbao.publication.commands import add_commands as add_publication_commands
from tongbao.scan.commands import add_scan_commands


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a user's mistake is one sentence on stderr and exit code 1."""
    wish = _parser().parse_args(arguments)
    try:
        return int(wish.run(wish))
    except TongbaoError as mistake:
        print(mistake, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tongbao", description="政府网站与政务新媒体检查通报")
    commands = parser.add_subparsers(required=True, metavar="命令")
    _add_checks(commands)
    add_scan_commands(commands)

    def command(name: str, run: Any, title: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=title, description=title)
        added.set_defaults(run=run)
        added.add_argument("--jurisdiction", default="shiliqi", help="辖区，即 config/jurisdictions/ 下的文件名")
        return added

    intake = command("intake", _intake, "接收收件文件夹中一个周期的文件（或指定的文件）")
    intake.add_argument("--period", required=True, help="检查周期，如 2020-Q3")
    intake.add_argument("files", nargs="*", type=Path, help="只接收这些文件；不填则接收收件文件夹中的全部")

    circular = command("circular", _circular, "用已接收的数据生成一期通报")
    circular.add_argument("--period", required=True, help="检查周期，如 2020-Q3")
    circular.add_argument("--circular", default="quarterly", help="通报，即辖区设置 circulars 下的名称")
    circular.add_argument("--cutoff", help="监测时间点，如 2020-10-13T18:00；不填则按辖区设置")
    circular.add_argument("--reason", default="", help="重新出版的理由，记入版本清单")
    circular.add_argument("--override-reason", default="", help="校核不通过仍要放行的理由，记入版本清单")

    explain = command("explain", _explain, "说明一个检查对象的结论：逐条款的状态、数量、分值、依据和证据")
    explain.add_argument("subject", metavar="标识码", help="网站标识码或账号标识码")
    explain.add_argument("--period", required=True, help="检查周期，如 2020-Q3")
    explain.add_argument("--circular", default="quarterly", help="通报，即辖区设置 circulars 下的名称")
    explain.add_argument("--all", action="store_true", help="符合要求的条款也逐条列出")
    explain.add_argument("--edition", type=int, help="版本号；不填则为最新版本")

    history = command("history", _history, "列出一个检查对象在历次名册中的变化")
    history.add_argument("subject", metavar="标识码", help="网站标识码或账号标识码")

    add_publication_commands(command)
    editions = command("editions", _editions, "列出一期通报的全部版本")
    editions.add_argument("--period", required=True, help="检查周期，如 2020-Q3")
    editions.add_argument("--circular", default="quarterly", help="通报，即辖区设置 circulars 下的名称")
    return parser


def _add_checks(commands: Any) -> None:
    """The commands that look at Word files and need neither office nor archive."""
    title = "按 GB/T 9704 检查任何 Word 公文，逐条说明位置、现状和要求"
    lint = commands.add_parser("lint", help=title, description=title)
    lint.set_defaults(run=_lint)
    lint.add_argument("files", nargs="+", type=Path, metavar="文件", help=".docx 文件")
    lint.add_argument("--json", action="store_true", help="输出 JSON")

    title = "检查 Word 模板"
    template = commands.add_parser("template", help=title, description=title).add_subparsers(required=True, metavar="操作")
    title = "检查改过的模板：占位是否认得、缺少、拆散，版式是否仍符合标准"
    check = template.add_parser("check", help=title, description=title)
    check.set_defaults(run=_template_check)
    check.add_argument("files", nargs="+", type=Path, metavar="文件", help=".docx 模板")
    check.add_argument("--blocks", type=Path, help="按这个区块清单的附件检查，如 templates/quarterly.yaml")
    check.add_argument("--json", action="store_true", help="输出 JSON")


# Each command imports what it needs: `tongbao --help` should not wait for pandas.


def _intake(wish: argparse.Namespace) -> int:
    from tongbao.intake.inbox import inbox_files, take_in_files

    files = [str(path) for path in wish.files] or inbox_files(wish.jurisdiction, wish.period)
    if not files:
        raise TongbaoError(f"{wish.period} 没有可接收的文件", remedy="请把名册和检查数据放入收件文件夹中以周期命名的子文件夹")
    missing = [path for path in files if not Path(path).is_file()]
    if missing:
        raise TongbaoError(f"找不到文件 {missing[0]}", remedy="请核对路径", value=missing[0])
    receipts = take_in_files(wish.jurisdiction, wish.period, files, received_at=datetime.now(UTC).isoformat())["files"]
    for receipt in receipts:
        print(receipt["sentence"])
    return 1 if any("refused" in receipt for receipt in receipts) else 0


def _circular(wish: argparse.Namespace) -> int:
    from tongbao import steps
    from tongbao.workspace import Workspace

    period = Period.parse(wish.period).label
    workspace = steps.workspace_for(wish.jurisdiction, wish.circular, period, f"cli {uuid.uuid4()}")
    try:
        steps.settle(wish.jurisdiction, wish.circular, period, cutoff=wish.cutoff, workspace=workspace, reason=wish.reason)
        for step in (steps.measure, steps.score, steps.figures, steps.write):
            step(workspace)
        steps.gate(workspace, wish.override_reason)
        steps.print_pdf(workspace)
        filed = steps.file_edition(workspace)
    finally:
        Workspace.at(workspace).discard()
    print(f"{filed['title']}第{filed['edition']}版" + ("" if filed["is_new"] else "（与已有版本相同）"))
    print(filed["docx"])
    return 0


def _explain(wish: argparse.Namespace) -> int:
    from tongbao.answers import explain_subject, print_explanation

    answer = explain_subject(wish.jurisdiction, wish.circular, wish.period, wish.subject, wish.edition)
    print_explanation(answer, everything=wish.all)
    return 0


def _history(wish: argparse.Namespace) -> int:
    from tongbao.answers import print_history, subject_history

    print_history(subject_history(wish.jurisdiction, wish.subject))
    return 0


def _lint(wish: argparse.Namespace) -> int:
    from tongbao.circular.lint import run_lint

    return run_lint(wish.files, wish.json, sys.stdout)


def _template_check(wish: argparse.Namespace) -> int:
    from tongbao.circular.template_check import run_template_check

    return run_template_check(wish.files, wish.json, sys.stdout, wish.blocks)


def _editions(wish: argparse.Namespace) -> int:
    from tongbao.archive import Archive

    period = Period.parse(wish.period)
    found = Archive.open().editions(wish.jurisdiction, wish.circular, period)
    for edition in found:
        filed_at = edition.filed_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        print(f"第{edition.folder}版  {filed_at}  {edition.run.get('reason') or '—'}  {edition.summary['verdicts']}")
    if not found:
        print(f"{period.title}还没有任何版本")
    return 0


if __name__ == "__main__":
    sys.exit(main())
