"""Copies of the archive: whole, checked, and never over something else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from upath import UPath

from tongbao_airflow import backup

EDITION = "shiliqi/editions/quarterly/2020-Q3/0001"


def write(root: Path, name: str, content: bytes) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(content)


def file_edition(root: Path, folder: str = EDITION, content: bytes = b"Word") -> None:
    write(root, f"{folder}/circular.docx", content)
    manifest = {"files": {"circular.docx": hashlib.sha256(content).hexdigest()}}
    write(root, f"{folder}/manifest.json", json.dumps(manifest).encode())


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "archive"
    file_edition(root)
    write(root, "shiliqi/index.html", b"one")
    write(root, "shiliqi/workspaces/quarterly/2020-Q3/abc/figures.json", b"{}")
    monkeypatch.setenv("TONGBAO_ARCHIVE", str(root))
    return root


def names(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_a_restored_archive_is_the_saved_one(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert backup.main(["save", str(tmp_path / "backup")]) == 0
    monkeypatch.setenv("TONGBAO_ARCHIVE", str(tmp_path / "new"))
    assert backup.main(["restore", str(tmp_path / "backup")]) == 0

    assert names(tmp_path / "new") == {f"{EDITION}/circular.docx", f"{EDITION}/manifest.json", "shiliqi/index.html"}
    assert (tmp_path / "new" / EDITION / "circular.docx").read_bytes() == b"Word"


def test_a_second_save_brings_what_is_new_and_the_pages_made_from_it(archive: Path, tmp_path: Path) -> None:
    target = UPath(tmp_path / "backup")
    assert backup.copy(UPath(archive), target) == 3
    file_edition(archive, EDITION.replace("0001", "0002"), b"again")
    write(archive, "shiliqi/index.html", b"two")
    assert backup.copy(UPath(archive), target) == 3
    assert (tmp_path / "backup/shiliqi/index.html").read_bytes() == b"two"


def test_cut_off_anywhere_a_copy_shows_no_edition_that_is_not_whole(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr(backup, "_write", lambda place, blocks: order.append(place.name))
    backup.copy(UPath(archive), UPath(tmp_path / "backup"))
    assert sorted(order) == ["circular.docx", "index.html", "manifest.json"]
    assert order[-1] == "manifest.json"


def test_a_file_cut_off_in_the_middle_is_copied_again(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(place: UPath) -> Iterator[bytes]:
        yield b"Wo"
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(backup, "_blocks", fails)
        with pytest.raises(OSError, match="disk full"):
            backup.copy(UPath(archive), UPath(tmp_path / "backup"))
    assert not backup._names(UPath(tmp_path / "backup"))
    assert backup.copy(UPath(archive), UPath(tmp_path / "backup")) == 3


@pytest.mark.parametrize("spoil", [lambda file: file.unlink(), lambda file: file.write_bytes(b"Ward")])
def test_a_spoilt_backup_is_not_restored(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], spoil: object
) -> None:
    backup.main(["save", str(tmp_path / "backup")])
    spoil(tmp_path / "backup" / EDITION / "circular.docx")  # type: ignore[operator]
    assert backup.main(["check", str(tmp_path / "backup")]) == 1
    monkeypatch.setenv("TONGBAO_ARCHIVE", str(tmp_path / "new"))
    assert backup.main(["restore", str(tmp_path / "backup")]) == 1
    assert "未恢复任何内容" in capsys.readouterr().err
    assert names(tmp_path / "new") == set()


def test_nothing_filed_is_overwritten(archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    backup.main(["save", str(tmp_path / "backup")])
    file_edition(archive, content=b"other")
    assert backup.main(["restore", str(tmp_path / "backup")]) == 1
    assert "内容不同" in capsys.readouterr().err
    assert (archive / EDITION / "circular.docx").read_bytes() == b"other"
