"""Whole files or none, on a local folder or anywhere fsspec reaches: what the archive and the workspaces stand on.

Nothing here renames or locks across machines: an object store has neither. What must happen once is a file that can be
created once (``write_new``).
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel
from upath import UPath

_BLOCK = 1 << 20
_ONE_REQUEST = 64 << 20
"""Up to this size a file reaches an object store in one request, so that no failure can leave half of it."""

_Model = TypeVar("_Model", bound=BaseModel)


def is_local(path: UPath) -> bool:
    return path.protocol in ("", "file", "local")


def write_file(path: UPath, content: bytes | Path) -> None:
    """Write a whole file or none: locally under another name first, elsewhere as one object."""
    if not is_local(path):
        _put(path, content, only_new=False)
        return
    with _partial(path, content) as (partial, target):
        partial.replace(target)


def write_new(path: UPath, content: bytes | Path) -> bool:
    """Write a whole file where there is none; False, and nothing written, where one is. Of two writers one wins."""
    if not is_local(path):
        try:
            _put(path, content, only_new=True)
        except FileExistsError:
            return False
        return True
    with _partial(path, content) as (partial, target):
        try:
            target.hardlink_to(partial)
        except FileExistsError:
            return False
        except OSError:
            # Network drives without hard links: two writers in the same instant are not told apart there.
            if target.exists():
                return False
            partial.replace(target)
    return True


def keep_file(path: UPath, content: bytes | Path) -> str:
    """Write a file unless one is there, and return the sha256 of what then lies there.

    For folders that belong to one identity: equal inputs give equal bytes, and where an outside program's differ, the
    first whole file stays, so that no two attempts ever mix.
    """
    own = digest(content)
    if write_new(path, content):
        return own
    return digest(read_file(path))


def digest(content: bytes | Path) -> str:
    """Sha256 of bytes or of a local file."""
    found = hashlib.sha256()
    with _reader(content) as source:
        while block := source.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def names_in(folder: UPath) -> list[str]:
    """Names in a folder, sorted; none where it does not exist. Hidden ones are being written."""
    try:
        if not is_local(folder):
            # Others write here too; what this process listed before may be old.
            folder.fs.invalidate_cache()
        return sorted(child.name for child in folder.iterdir() if not child.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []


def paths_below(folder: UPath) -> list[str]:
    """Paths of all files at any depth below a folder, relative to it, sorted; an object store is asked once for all of them.

    None where there is no such folder. Hidden files are being written, and left out.
    """
    if not is_local(folder):
        # As in ``names_in``.
        folder.fs.invalidate_cache()
    top = folder.path.rstrip("/") + "/"
    paths = (path.removeprefix(top) for path in folder.fs.find(folder.path))
    return sorted(path for path in paths if not path.rpartition("/")[2].startswith("."))


def read_file(path: UPath) -> bytes:
    """A file's whole content; of an object store in one request, where opening it first would be another."""
    return bytes(path.read_bytes() if is_local(path) else path.fs.cat_file(path.path))


def fetch_file(path: UPath, folder: Path) -> Path:
    """The file where programs that read it piece by piece may: itself, or a copy in a local folder made at the first call."""
    if is_local(path):
        return Path(str(path))
    copy = folder / f"{hashlib.sha256(str(path).encode()).hexdigest()[:32]}{path.suffix}"
    if not copy.exists():
        path.fs.get_file(path.path, str(copy))
    return copy


def read_model(path: UPath, model: type[_Model]) -> _Model | None:
    """Read a JSON file as a model; None where there is no such file."""
    try:
        return model.model_validate_json(read_file(path))
    except FileNotFoundError:
        return None


@contextlib.contextmanager
def _partial(path: UPath, content: bytes | Path) -> Iterator[tuple[Path, Path]]:
    """A whole, flushed copy beside the target under a hidden name of its own, and the target."""
    target = Path(str(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{uuid.uuid4().hex}.partial")
    try:
        with partial.open("wb") as sink, _reader(content) as source:
            shutil.copyfileobj(source, sink, _BLOCK)
            sink.flush()
            os.fsync(sink.fileno())
        yield partial, target
    finally:
        partial.unlink(missing_ok=True)


def _put(path: UPath, content: bytes | Path, *, only_new: bool) -> None:
    if isinstance(content, Path) and content.stat().st_size <= _ONE_REQUEST:
        content = content.read_bytes()
    if isinstance(content, bytes):
        path.fs.pipe_file(path.path, content, mode="create" if only_new else "overwrite")
        return
    remote: Any = path.open("xb" if only_new else "wb")
    with content.open("rb") as source, remote as sink:
        try:
            shutil.copyfileobj(source, sink, _BLOCK)
        except BaseException:
            # Closing would send off the half that was read.
            sink.discard()
            sink.closed = True
            raise


@contextlib.contextmanager
def _reader(content: bytes | Path) -> Iterator[Any]:
    if isinstance(content, bytes):
        yield io.BytesIO(content)
    else:
        with content.open("rb") as source:
            yield source


def numbered(names: Iterable[str]) -> list[str]:
    """The names that are running numbers, such as 0001, in order."""
    return sorted(name for name in names if name.isdigit())
