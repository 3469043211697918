"""``tongbao issue / withdraw / index``: sign, take back and list what was published, without Airflow.

Whatever cannot be undone is shown first, and done only with --yes or after the question is answered.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tongbao.errors import TongbaoError

if TYPE_CHECKING:
    from tongbao.draft import Draft
    from tongbao.publication.issue import Prepared

Command = Callable[[str, Any, str], argparse.ArgumentParser]

# Each command imports what it needs: `tongbao --help` should not wait for pandas.


def add_commands(command: Command) -> None:
    """Add the commands; ``command`` makes one of a name, a function and a title."""
    issue = command("issue", _issue, "签发一期通报的草稿：登记发文字号和成文日期，校核后印发")
    _add_place(issue)
    issue.add_argument("--number", required=True, help="发文字号的序号，如 12")
    issue.add_argument("--date", required=True, help="成文日期，如 2020-10-20")
    issue.add_argument("--edition", type=int, help="签发哪一版草稿；不填则为最新版本")
    issue.add_argument("--edited", default="", help="修改稿文件名，放在收件文件夹该周期的“修改稿”子文件夹中")
    issue.add_argument("--first-notice", type=int, help="整改通知书起始编号；不填则接着本年度已用的编号")
    issue.add_argument("--override-reason", default="", help="校核不通过仍要印发的理由")
    issue.add_argument("--reason", default="", help="更正重发的理由")
    _add_consent(issue)

    withdraw = command("withdraw", _withdraw, "撤回一期已印发的通报；文件保留，目录页注明已撤回")
    _add_place(withdraw)
    withdraw.add_argument("--reason", required=True, help="撤回理由")
    _add_consent(withdraw)

    command("index", _index, "按归档重写一个辖区的通报目录页")


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--period", required=True, help="检查周期，如 2020-Q3")
    parser.add_argument("--circular", default="quarterly", help="通报，即辖区设置 circulars 下的名称")


def _add_consent(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", default="", help="经办人；不填则为登录用户名")
    parser.add_argument("--dry-run", action="store_true", help="只说明将做什么，不写任何文件")
    parser.add_argument("--yes", action="store_true", help="不再询问")


def _issue(wish: argparse.Namespace) -> int:
    from tongbao.archive import Archive
    from tongbao.draft import Draft
    from tongbao.jurisdiction import find_jurisdiction
    from tongbao.publication import issue
    from tongbao.publication.pages import write_index
    from tongbao.publication.signing import read_signing

    archive = Archive.open()
    draft = Draft.find(archive, wish.jurisdiction, wish.circular, wish.period, wish.edition)
    answers = {
        "number": wish.number,
        "issued_on": wish.date,
        "edited": wish.edited,
        "first_number": wish.first_notice,
        "override_reason": wish.override_reason,
        "republish_reason": wish.reason,
    }
    signing = read_signing(answers, by=wish.by or getpass.getuser(), at=datetime.now(UTC))
    if known := issue.find_published(archive, draft, signing):
        print(f"已以{known.number_text}印发，无需重复：{archive.publication_file(known, 'circular.docx')}")
        return 0
    prepared = issue.prepare(archive, draft, signing, round_id=_round(archive, draft), run={"command": "tongbao issue"})
    _tell(draft, prepared)
    if not _consent(wish, "确认印发？印发后只能撤回或更正，不能更改"):
        return 0 if wish.dry_run else 1
    publication, _ = issue.file(archive, draft, prepared)
    write_index(archive, find_jurisdiction(wish.jurisdiction))
    print(archive.publication_file(publication, "circular.docx"))
    return 0


def _round(archive: Any, draft: Draft) -> str | None:
    """The round whose reviews an office with reviews signs on; None where the office has none."""
    from tongbao.jurisdiction import find_jurisdiction
    from tongbao.publication.review import newest_passed_round

    if find_jurisdiction(draft.edition.jurisdiction).circular(draft.edition.circular).reviews is None:
        return None
    passed = newest_passed_round(archive.decisions(draft.edition))
    if passed is None:
        raise TongbaoError(
            f"{draft.period.title}第{draft.edition.folder}版还没有通过三审，不能签发",
            remedy="请在 Airflow 页面上完成初审、复审、终审后再签发",
        )
    return passed


def _tell(draft: Draft, prepared: Prepared) -> None:
    from tongbao.formatting import date_text

    facts = prepared.facts
    lines = [
        f"{facts['title']}（草稿第{draft.edition.folder}版）",
        f"发文字号：{facts['number_text']}　成文日期：{date_text(facts['issued_on'])}　整改期限：{date_text(facts['deadline'])}",
        f"审核：{'、'.join(str(decision) for decision in facts['reviews']) or facts['reviews_note']}",
        f"校核：{'通过' if facts['gate']['passed'] else '有{}处不一致，放行'.format(len(facts['gate']['breaches']))}",
        f"PDF：{prepared.pdf_note}",
    ]
    if facts["notices"]:
        lines.append("整改通知书：第{first}至{last}号".format(**facts["notices"]))
    if facts["edited"]:
        told = facts["edited"]
        lines.append(f"修改稿《{told['name']}》：改动{told['differences']}处，无法核对的数字{len(told['unverified'])}个")
    if facts["supersedes"]:
        lines.append(f"取代此前印发的第{facts['supersedes']}件，理由：{facts['reason']}")
    print("\n".join(lines))


def _withdraw(wish: argparse.Namespace) -> int:
    from tongbao.archive import Archive
    from tongbao.publication.withdrawal import find_in_force, withdraw

    archive = Archive.open()
    publication = find_in_force(archive, wish.jurisdiction, wish.circular, wish.period)
    print(f"将撤回：{publication.title}（{publication.number_text}），理由：{wish.reason}")
    if not _consent(wish, "确认撤回？"):
        return 0 if wish.dry_run else 1
    index = withdraw(archive, publication, reason=wish.reason, by=wish.by or getpass.getuser(), at=datetime.now(UTC))
    print(f"已撤回，目录页已更新：{index}")
    return 0


def _index(wish: argparse.Namespace) -> int:
    from tongbao.archive import Archive
    from tongbao.jurisdiction import find_jurisdiction
    from tongbao.publication.pages import write_index

    print(write_index(Archive.open(), find_jurisdiction(wish.jurisdiction)))
    return 0


def _consent(wish: argparse.Namespace, question: str) -> bool:
    if wish.dry_run:
        print("（试运行，没有写任何文件）")
        return False
    if wish.yes:
        return True
    if not sys.stdin.isatty():
        raise TongbaoError("这一步不能撤销，需要确认", remedy="请加上 --yes，或先用 --dry-run 查看")
    return input(f"{question}（输入 yes 确认）").strip().lower() == "yes"
