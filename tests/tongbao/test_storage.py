from __future__ import annotations

import threading
from hashlib import sha256
from pathlib import Path

import pytest
from upath import UPath

from tongbao.storage import keep_file, names_in, write_new


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
