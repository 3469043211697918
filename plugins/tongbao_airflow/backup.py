"""Copy the archive out and back in: ``python -m tongbao_airflow.backup save|restore|check FOLDER`` (``make backup``).

The archive only grows, so a copy taken while it is in use is whole if what makes a batch or an edition visible, its manifest,
is listed first and copied last. The database is dumped before: it then refers to nothing the copy lacks.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from tongbao.archive import MANIFEST, is_local
from tongbao.errors import TongbaoError
from tongbao.storage import paths_below, read_file
from tongbao_airflow import environment

if TYPE_CHECKING:
    from upath import UPath

_LEFT_OUT = "workspaces"
"""Runs' scratch folders: a run that is repeated makes its own anew."""
_FOR_GOOD = {"batches", "refused", "editions", "reviews", "publications", "numbers", "evidence"}
_BLOCK = 1 << 20
_AT_ONCE = 8
"""Files on their way side by side: to a store most of the time is waiting."""


class BackupFault(TongbaoError):
    """A copy is not what its manifests say, or would overwrite something else."""


def copy(source: UPath, target: UPath) -> int:
    """Copy every file of an archive that ``target`` does not have yet, manifests last; return how many.

    Raises:
        BackupFault: a file of the same name with other content is there already; nothing of it is changed.
    """
    visible = {name for name in _names(source) if _is_manifest(name)}
    others = [name for name in _names(source) if not _is_manifest(name)]
    there = set(_names(target))

    def move(name: str) -> bool:
        place = target / name
        if name in there and _is_record(name):
            if _digest(place) != _digest(source / name):
                raise BackupFault(f"{place} 已存在且内容不同，未改动", remedy="请恢复到空的归档，或先移走其中的内容")
            return False
        _write(place, _blocks(source / name))
        return True

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return sum(pool.map(move, others)) + sum(pool.map(move, sorted(visible)))


def faults(archive: UPath) -> list[str]:
    """Files that a manifest names and that are missing or have other bytes, one sentence each."""
    names = set(_names(archive))

    def faults_beside(name: str) -> list[str]:
        found = []
        folder = name.removesuffix(MANIFEST)
        for file, digest in json.loads(read_file(archive / name)).get("files", {}).items():
            place = archive / f"{folder}{file}"
            if f"{folder}{file}" not in names:
                found.append(f"{place} 缺失")
            elif _digest(place) != digest:
                found.append(f"{place} 内容与清单不符")
        return found

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [fault for found in pool.map(faults_beside, sorted(filter(_is_manifest, names))) for fault in found]


def _write(place: UPath, blocks: Iterable[bytes]) -> None:
    """A whole file or none: a store shows an object when it is complete, a folder when it is renamed."""
    whole = is_local(place)
    if whole:
        place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(f".{place.name}.partial") if whole else place
    with partial.open("wb") as sink:
        for block in blocks:
            sink.write(block)
    if whole:
        Path(partial.path).replace(place.path)


def _names(archive: UPath) -> list[str]:
    """Paths of all files below the root, relative to it, without scratch folders."""
    return [name for name in paths_below(archive) if f"/{_LEFT_OUT}/" not in f"/{name}"]


def _is_manifest(name: str) -> bool:
    return name.rpartition("/")[2] == MANIFEST


def _is_record(name: str) -> bool:
    """Whether a file is filed for good; index pages and the state of patrols and crawls are written anew."""
    return not _FOR_GOOD.isdisjoint(name.split("/")[1:2])


def _digest(place: UPath) -> str:
    found = hashlib.sha256()
    for block in _blocks(place):
        found.update(block)
    return found.hexdigest()


def _blocks(place: UPath) -> Iterator[bytes]:
    with place.open("rb") as reader:
        while block := reader.read(_BLOCK):
            yield bytes(block)


def main(arguments: Sequence[str]) -> int:
    """``save``, ``restore`` or ``check`` the archive against a folder; a fault is one sentence and exit code 1."""
    environment.apply()
    from upath import UPath

    if len(arguments) != 2 or arguments[0] not in ("save", "restore", "check"):
        print("用法：python -m tongbao_airflow.backup save|restore|check 文件夹", file=sys.stderr)
        return 2
    wish, folder = arguments[0], UPath(Path(arguments[1]).absolute())
    archive = UPath(os.environ["TONGBAO_ARCHIVE"])
    target = folder if wish == "save" else archive
    try:
        if wish == "restore" and (broken := faults(folder)):
            raise BackupFault(f"备份不完整：{broken[0]}等{len(broken)}处", remedy="未恢复任何内容；请换一份备份")
        if wish != "check":
            print(f"已复制{copy(archive, folder) if wish == 'save' else copy(folder, archive)}个文件到 {target}")
        if broken := faults(folder if wish == "check" else target):
            raise BackupFault(f"核对不符：{broken[0]}等{len(broken)}处", remedy="请检查磁盘和网络后重做")
    except TongbaoError as mistake:
        print(mistake, file=sys.stderr)
        return 1
    print("逐个清单核对无误")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
