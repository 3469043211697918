from __future__ import annotations

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from upath import UPath

from tongbao.archive import MANIFEST, Archive, BatchManifest, EditionManifest, write_file
from tongbao.errors import TongbaoError
from tongbao.manifests import NumberHolder
from tongbao.period import Period

Q2, Q3 = Period.parse("2020-Q2"), Period.parse("2020-Q3")
NOW = datetime(2020, 10, 9, 8, tzinfo=UTC)


@pytest.fixture(params=["local", "memory"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    return Archive(UPath(tmp_path) if request.param == "local" else UPath(f"memory://{tmp_path.name}"))


def file_roster(
    archive: Archive, period: Period = Q3, *, name: str = "名册.xlsx", identity: str = "a" * 64, accepted: int = 2
) -> BatchManifest:
    return archive.file_batch(
        jurisdiction="shiliqi",
        feed="roster",
        period=period,
        identity=identity,
        files={"data.parquet": b"rows", f"original/{name}": b"bytes"},
        source_name=name,
        sheet="Sheet1",
        sha256="0" * 64,
        delivered=3,
        accepted=accepted,
        rejected=3 - accepted,
        warned=0,
        received_at=NOW,
    )


def file_edition(archive: Archive, identity: str = "e" * 64, content: bytes = b"docx") -> Any:
    return archive.file_edition(
        jurisdiction="shiliqi",
        circular="quarterly",
        period=Q3,
        identity=identity,
        files={"circular.docx": content},
        cutoff=Q3.end_at,
        inputs=(),
        rules={},
        parts={},
        versions={},
        summary={},
        gate={},
        run={},
        filed_at=NOW,
    )


def test_a_filed_batch_is_found_with_its_files(archive: Archive) -> None:
    batch = file_roster(archive)
    assert archive.batches("shiliqi", "roster", Q3) == [batch]
    assert archive.find_batch("shiliqi", "roster", Q3, batch.identity) == batch
    assert archive.batch_file(batch, "original/名册.xlsx").read_bytes() == b"bytes"
    assert batch.files.keys() == {"data.parquet", "original/名册.xlsx"}


def test_a_newer_delivery_of_the_same_name_supersedes_and_removes_nothing(archive: Archive) -> None:
    older = file_roster(archive, identity="a" * 64)
    newer = file_roster(archive, identity="b" * 64)
    other = file_roster(archive, name="补充.xlsx", identity="c" * 64)
    assert archive.batches("shiliqi", "roster", Q3) == [newer, other]
    assert archive.batch_file(older, "data.parquet").exists()
    assert archive.find_batch("shiliqi", "roster", Q3, older.identity) is None


def test_a_delivery_without_one_good_row_supersedes_nothing_yet_is_known(archive: Archive) -> None:
    good = file_roster(archive, identity="a" * 64)
    spoilt = file_roster(archive, identity="b" * 64, accepted=0)
    assert archive.batches("shiliqi", "roster", Q3) == [good]
    assert archive.find_batch("shiliqi", "roster", Q3, spoilt.identity) == spoilt


def test_a_run_does_not_see_batches_of_later_periods(archive: Archive) -> None:
    second = file_roster(archive, Q2)
    third = file_roster(archive, Q3)
    assert archive.batches("shiliqi", "roster", Q2) == [second]
    assert archive.batches("shiliqi", "roster", Q3) == [second, third]
    assert archive.batches("shiliqi", "roster") == [second, third]


def test_a_folder_without_manifest_is_invisible(archive: Archive) -> None:
    batch = file_roster(archive)
    archive.batch_file(batch, MANIFEST).unlink()
    assert archive.batches("shiliqi", "roster", Q3) == []
    assert file_roster(archive).sequence == 2


def test_identical_inputs_find_their_edition_again(archive: Archive) -> None:
    first, is_new = file_edition(archive)
    again, is_new_again = file_edition(archive, content=b"never written")
    assert (is_new, is_new_again) == (True, False)
    assert again == first
    assert archive.edition_file(first, "circular.docx").read_bytes() == b"docx"


def test_a_changed_input_makes_the_next_edition_and_leaves_the_old_untouched(archive: Archive) -> None:
    first, _ = file_edition(archive)
    before = archive.edition_file(first, MANIFEST).read_bytes()
    second, is_new = file_edition(archive, identity="f" * 64, content=b"other")
    assert is_new
    assert second.number == 2
    assert archive.edition_file(first, "circular.docx").read_bytes() == b"docx"
    assert archive.edition_file(first, MANIFEST).read_bytes() == before


def test_an_interrupted_edition_is_completed_under_its_number(archive: Archive) -> None:
    edition, _ = file_edition(archive)
    archive.edition_file(edition, MANIFEST).unlink()
    again, is_new = file_edition(archive)
    assert is_new
    assert again.number == edition.number


def test_a_refused_file_is_kept_with_the_sentence_that_refused_it(archive: Archive) -> None:
    folder = archive.file_refusal(
        jurisdiction="shiliqi", period=Q3, source_name="坏.xlsx", data=b"broken", problem="文件已损坏。", received_at=NOW
    )
    assert (folder / "坏.xlsx").read_bytes() == b"broken"
    assert json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["problem"] == "文件已损坏。"


def test_only_a_workspace_can_be_discarded(archive: Archive) -> None:
    workspace = archive.workspace("shiliqi", "quarterly", Q3, "run 1")
    write_file(workspace / "settled.json", b"{}")
    archive.discard(workspace)
    assert not (workspace / "settled.json").exists()
    batch = file_roster(archive)
    with pytest.raises(TongbaoError, match="不是运行工作目录"):
        archive.discard(archive.batch_folder(batch))
    assert archive.batches("shiliqi", "roster", Q3) == [batch]


def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    target = UPath(tmp_path / "file.bin")
    write_file(target, b"old")
    with pytest.raises(FileNotFoundError):
        write_file(target, tmp_path / "missing.bin")
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file.bin"]


def test_two_runs_at_once_file_one_edition_and_mix_nothing(archive: Archive) -> None:
    """The second begins when the first has claimed its folder and written one file."""
    first, _ = file_edition(archive)
    archive.edition_file(first, MANIFEST).unlink()
    second, is_new = file_edition(archive, content=b"drawn by another program")
    assert (is_new, second.number) == (True, 1)
    assert archive.edition_file(second, "circular.docx").read_bytes() == b"docx"
    assert second.files["circular.docx"] == hashlib.sha256(b"docx").hexdigest()


def test_an_unfinished_folder_of_another_identity_is_left_alone(archive: Archive) -> None:
    first, _ = file_edition(archive)
    archive.edition_file(first, MANIFEST).unlink()
    other, is_new = file_edition(archive, identity="f" * 64, content=b"other")
    assert (is_new, other.number) == (True, 2)
    assert archive.edition_file(first, "circular.docx").read_bytes() == b"docx"
    again, _ = file_edition(archive)
    assert again.number == 1


def test_a_number_is_held_by_one_circular_for_good(archive: Archive) -> None:
    own, other = NumberHolder(circular="quarterly", period="2020-Q3"), NumberHolder(circular="monthly", period="2020-09")
    assert archive.number_holder("shiliqi", 2020, "示政服字", 12) is None
    assert archive.hold_number("shiliqi", 2020, "示政服字", 12, own) == own
    assert archive.hold_number("shiliqi", 2020, "示政服字", 12, other) == own
    assert archive.hold_number("shiliqi", 2020, "示政服字", 12, own) == own
    assert archive.hold_number("shiliqi", 2021, "示政服字", 12, other) == other


@pytest.mark.parametrize("identities", [["e" * 64] * 6, [letter * 64 for letter in "abcdef"]], ids=["one", "six"])
def test_many_runs_at_once_make_one_edition_of_each_identity(tmp_path: Path, identities: list[str]) -> None:
    archive, barrier = Archive(UPath(tmp_path)), threading.Barrier(len(identities))

    def file_one(identity: str) -> tuple[EditionManifest, bool]:
        barrier.wait()
        return cast("tuple[EditionManifest, bool]", file_edition(archive, identity, identity.encode()))

    with ThreadPoolExecutor(len(identities)) as pool:
        filed = list(pool.map(file_one, identities))
    editions = archive.editions("shiliqi", "quarterly", Q3)
    assert sorted(edition.identity for edition in editions) == sorted(set(identities))
    assert [edition.number for edition in editions] == list(range(1, len(editions) + 1))
    assert sum(is_new for _, is_new in filed) == len(editions)
    for edition in editions:
        assert archive.edition_file(edition, "circular.docx").read_bytes() == edition.identity.encode()
