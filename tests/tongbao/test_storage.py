from __future__ import annotations

import threading
from hashlib import sha256
from pathlib import Path

import pytest
from upath import UPath

from tongbao.storage import fetch_file, keep_file, names_in, paths_below, read_file, write_new


@pytest.fixture(params=["local", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> UPath:
    return UPath(tmp_path) if request.param == "local" else UPath(f"memory://{tmp_path.name}")


def test_a_new_file_is_written_once(folder: UPath) -> None:
    assert write_new(folder / "sub" / "a.json", b"first")
    assert not write_new(folder / "sub" / "a.json", b"second")
    assert (folder / "sub" / "a.json").read_bytes() == b"first"
    assert names_in(folder / "sub") == ["a.json"]


def test_what_is_kept_is_told_by_what_lies_there(folder: UPath) -> None:
    assert keep_file(folder / "a.pdf", b"one") == sha256(b"one").hexdigest()
    assert keep_file(folder / "a.pdf", b"two") == sha256(b"one").hexdigest()


def test_files_are_found_at_any_depth_but_those_being_written(folder: UPath) -> None:
    assert paths_below(folder / "batches") == []
    names = ["2020-Q2/0001-c/data.parquet", "2020-Q2/0002-b/manifest.json", "2020-Q3/0001-a/manifest.json"]
    for name in (*reversed(names), "2020-Q3/0001-a/.f00.partial"):
        write_new(folder / "batches" / name, name.encode())
    assert paths_below(folder / "batches") == names
    assert [read_file(folder / "batches" / name) for name in names] == [name.encode() for name in names]


def test_a_remote_file_is_copied_once_and_a_local_one_never(folder: UPath, tmp_path: Path) -> None:
    near = tmp_path / "near"
    near.mkdir()
    write_new(folder / "a" / "data.parquet", b"first")
    write_new(folder / "b" / "data.parquet", b"second")
    places = [fetch_file(folder / name / "data.parquet", near) for name in ("a", "b", "a")]
    assert [place.read_bytes() for place in places] == [b"first", b"second", b"first"]
    assert places[0] == places[2]
    assert len(list(near.iterdir())) == (0 if folder.protocol == "" else 2)


def test_of_many_writers_one_wins(folder: UPath) -> None:
    won: list[int] = []
    barrier = threading.Barrier(8)

    def write(number: int) -> None:
        barrier.wait()
        if write_new(folder / "claim.json", str(number).encode()):
            won.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if folder.protocol == "memory":
        # The store of tests looks before it writes; only real ones promise more.
        assert won
    else:
        assert len(won) == 1
        assert (folder / "claim.json").read_bytes() == str(won[0]).encode()


def test_a_drive_without_hard_links_still_refuses_a_second_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError("no hard links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    assert write_new(UPath(tmp_path / "a"), b"first")
    assert not write_new(UPath(tmp_path / "a"), b"second")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"first"
