"""What one run of the intake brought, in sentences for the office."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tongbao.errors import FileRefused


def add_up(receipts: Iterable[Mapping[str, Any]], *, fail_when_refused: bool = False) -> dict[str, Any]:
    """Sum the receipts of all pieces into counts and the sentences about files refused whole.

    Raises:
        FileRefused: a file was refused and the run is to fail for it.
    """
    files = [file for receipt in receipts for file in receipt["files"]]
    refused = [str(file["refused"]) for file in files if file.get("refused")]
    total: dict[str, Any] = {
        "files": len(files),
        **{key: sum(int(file.get(key) or 0) for file in files) for key in ("delivered", "accepted", "rejected")},
        "refused": refused,
    }
    print("\n".join([*(str(file["sentence"]) for file in files), summary(total)]))
    if refused and fail_when_refused:
        raise FileRefused(f"有{len(refused)}个文件整份退回：{refused[0]}", remedy="请按上述提示改正后重新放入收件文件夹")
    return total


def summary(total: Mapping[str, Any]) -> str:
    return (
        f"收到文件{total['files']}个，其中整份退回{len(total['refused'])}个；"
        f"送达{total['delivered']}行，接收{total['accepted']}行，退回{total['rejected']}行"
    )
