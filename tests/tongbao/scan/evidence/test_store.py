from __future__ import annotations

import gzip
import hashlib
import io
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from upath import UPath
from warcio.archiveiterator import ArchiveIterator

from tests.pace import is_within
from tongbao.errors import TongbaoError
from tongbao.feeds import Outcome
from tongbao.scan.client import Exchange
from tongbao.scan.evidence.records import cited, evidence_id, read_records, record_bytes
from tongbao.scan.evidence.store import EvidenceStore, find_evidence, keep_screenshot

NOW = datetime(2020, 9, 28, 0, 30, 15, 123456, tzinfo=UTC)


def exchange(number: int = 1, **changes: Any) -> Exchange:
    content = {
        "url": f"http://www.shiliqi.example/{number}.html",
        "final_url": f"http://www.shiliqi.example/{number}.html",
        "outcome": Outcome.OK,
        "started_at": NOW,
        "status": 200,
        "headers": (("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip"), ("Set-Cookie", "a=1")),
        "body": f"<html>第{number}页</html>".encode(),
        "elapsed_s": 0.25,
        "address": "127.0.0.1",
        "family": 4,
    }
    return Exchange(**{**content, **changes})


@pytest.fixture(params=["local", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> UPath:
    return UPath(tmp_path / "evidence") if request.param == "local" else UPath(f"memory://{tmp_path.name}/evidence")


def store(folder: UPath, scan: str = "scan-1", **settings_: Any) -> EvidenceStore:
    return EvidenceStore(folder, scan, spool=Path(settings_.pop("spool", "/nonexistent")), now=lambda: NOW, **settings_)


@pytest.mark.parametrize(
    "kept",
    [
        exchange(),
        exchange(url="http://shiliqi.example/", redirects=("http://shiliqi.example/", "http://www.shiliqi.example/")),
        exchange(status=404, outcome=Outcome.HTTP_4XX, body=b""),
        exchange(body=bytes(range(256)) * 100, is_truncated=True),
        exchange(status=None, headers=(), body=b"", outcome=Outcome.TIMEOUT, error="total 15 s", address=None, family=None),
        exchange(method="HEAD", family=6, address="2001:db8::1"),
        exchange(body=b"WARC/1.1\r\nWARC-Type: response\r\n\r\n\x1f\x8b\x08"),
    ],
    ids=["page", "redirected", "gone", "cut", "timeout", "head", "body like a record"],
)
def test_an_exchange_comes_back_as_it_was(kept: Exchange) -> None:
    evidence = read_records(record_bytes(kept, "TongbaoScan/1"))
    assert evidence is not None
    assert evidence.exchange == kept
    assert evidence.id == evidence_id(kept)


def test_other_readers_of_warc_find_request_and_response_with_their_digests() -> None:
    records = list(_read_all(record_bytes(exchange(), "TongbaoScan/1 (+a@shiliqi.example)")))
    assert [kind for kind, _, _ in records] == ["response", "request"]
    (_, headers, body), (_, _, request) = records
    assert body == exchange().body
    assert headers["WARC-Payload-Digest"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
    assert headers["WARC-Date"] == "2020-09-28T00:30:15.123456Z"
    assert headers["WARC-Target-URI"] == "http://www.shiliqi.example/1.html"
    assert request == b""
    plain = gzip.decompress(record_bytes(exchange(), "TongbaoScan/1 (+a@shiliqi.example)"))
    assert b"GET /1.html HTTP/1.1\r\nHost: www.shiliqi.example\r\nUser-Agent: TongbaoScan/1 (+a@shiliqi.example)" in plain


def _read_all(data: bytes) -> Any:
    for record in ArchiveIterator(io.BytesIO(data), check_digests="raise"):
        yield record.rec_type, dict(record.rec_headers.headers), record.content_stream().read()


def test_a_cut_body_is_marked() -> None:
    (_, headers, _), _ = _read_all(record_bytes(exchange(is_truncated=True)))
    assert headers["WARC-Truncated"] == "length"


def test_nothing_of_a_site_can_end_a_header_line() -> None:
    odd = exchange(
        headers=(("X-Odd", "a\r\nWARC-Type: warcinfo"),), final_url="http://a.example/\r\nEvil: 1", url="http://a.example/"
    )
    evidence = read_records(record_bytes(odd))
    assert evidence is not None
    assert b"\r\nEvil" not in gzip.decompress(evidence.records)
    assert evidence.exchange.headers == (("X-Odd", "a WARC-Type: warcinfo"),)


def test_the_id_is_of_address_and_body_alone() -> None:
    later = replace(exchange(), started_at=NOW + timedelta(days=1), elapsed_s=9.0, headers=())
    assert evidence_id(later) == evidence_id(exchange())
    assert evidence_id(exchange(2)) != evidence_id(exchange(2, body=exchange().body)) != evidence_id(exchange())
    assert (
        evidence_id(exchange())
        == "sha256:" + hashlib.sha256(b"http://www.shiliqi.example/1.html\n" + exchange().body).hexdigest()
    )


def test_findings_cite_ids() -> None:
    first, second = evidence_id(exchange(1)), evidence_id(exchange(2))
    assert cited(f"{first} http://a.example/；{second} http://b.example/；{first}") == [first, second]
    assert cited("截图在附件") == []


def test_what_is_kept_is_found_by_this_and_later_stores(folder: UPath, tmp_path: Path) -> None:
    with store(folder, spool=tmp_path / "spool") as first:
        ids = [first.keep(exchange(number)) for number in range(20)]
        assert first.keep(exchange(3)) == ids[3]
        found = first.find(ids[7])
        assert found is not None
        assert found.exchange == exchange(7)
    assert [find_evidence(folder, wanted).exchange for wanted in ids] == [exchange(n) for n in range(20)]  # type: ignore[union-attr]
    assert find_evidence(folder, "sha256:" + "0" * 64) is None
    with store(folder, "scan-2", spool=tmp_path / "spool") as second:
        assert second.find(ids[0]) is not None
    assert not list((tmp_path / "spool").rglob("*.gz"))


def test_the_same_scan_run_again_writes_nothing_twice(folder: UPath, tmp_path: Path) -> None:
    for _ in range(2):
        with store(folder, spool=tmp_path / "spool") as kept:
            kept.keep(exchange())
    assert len([p for p in (folder / "scan-1").iterdir() if p.name.endswith(".warc.gz")]) == 1


def test_a_full_segment_is_followed_by_another(folder: UPath, tmp_path: Path) -> None:
    with store(folder, spool=tmp_path / "spool", segment_limit=2000) as kept:
        ids = [kept.keep(exchange(number, body=bytes([number]) * 1000)) for number in range(10)]
    assert len([p for p in (folder / "scan-1").iterdir() if p.name.endswith(".warc.gz")]) > 2
    assert all(find_evidence(folder, wanted) for wanted in ids)


def test_a_lost_or_torn_index_is_made_up_for(folder: UPath, tmp_path: Path) -> None:
    with store(folder, spool=tmp_path / "spool") as kept:
        ids = [kept.keep(exchange(number)) for number in range(6)]
    (index,) = [p for p in (folder / "scan-1").iterdir() if p.name.endswith(".jsonl")]
    whole = index.read_bytes()
    for rest in (whole[: len(whole) // 2], b"", b"{}\n", whole.replace(b'"offset": ', b'"offset": 9')):
        index.write_bytes(rest)
        assert all(find_evidence(folder, wanted) for wanted in ids), rest[:40]
    index.unlink()
    found = [find_evidence(folder, wanted) for wanted in ids]
    assert [evidence and evidence.records for evidence in found] == [record_bytes(exchange(number)) for number in range(6)]


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(0, 4000))
def test_a_segment_cut_anywhere_loses_no_record_before_the_cut(cut: int) -> None:
    from tongbao.scan.evidence.segments import places_in

    parts = [record_bytes(exchange(number)) for number in range(5)]
    segment = b"".join(parts)[: min(cut, sum(map(len, parts)))]
    whole = sum(sum(map(len, parts[: n + 1])) <= len(segment) for n in range(5))
    assert [place.id for place in places_in(segment)][:whole] == [evidence_id(exchange(n)) for n in range(whole)]


def test_a_damaged_record_costs_itself_alone(tmp_path: Path) -> None:
    folder = UPath(tmp_path)
    with store(folder) as kept:
        ids = [kept.keep(exchange(number)) for number in range(5)]
    (segment,) = tmp_path.rglob("*.warc.gz")
    data = bytearray(segment.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 30] = b"\0" * 30
    segment.write_bytes(data)
    for path in tmp_path.rglob("*.jsonl"):
        path.unlink()
    assert sum(find_evidence(folder, wanted) is not None for wanted in ids) == 4


_WRITER = """
import sys
sys.path[:0] = {paths!r}
from datetime import UTC, datetime
from pathlib import Path
from tongbao.feeds import Outcome
from tongbao.scan.client import Exchange
from tongbao.scan.evidence.store import EvidenceStore
kept = EvidenceStore(Path({folder!r}))
for number in range(100_000):
    url = f"http://www.shiliqi.example/{{number}}"
    print(kept.keep(Exchange(url, url, Outcome.OK, datetime.now(UTC), status=200, body=b"x" * 3000)), flush=True)
"""


def test_a_killed_writer_loses_nothing_it_has_named(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    script = _WRITER.format(paths=sys.path, folder=str(folder))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        named = [process.stdout.readline().strip() for _ in range(50)]
        process.send_signal(signal.SIGKILL)
        named += [line.strip() for line in process.stdout.readlines() if len(line.strip()) == 71]
    assert len(named) >= 50
    with store(UPath(folder), "scan") as again:
        assert all(again.find(wanted) for wanted in named)
        new = again.keep(exchange(100_001))
    assert find_evidence(UPath(folder), new) is not None
    assert len(list(folder.rglob("*.warc.gz"))) == 2


def test_leftovers_of_a_killed_process_are_brought_over(tmp_path: Path) -> None:
    folder, spool = UPath(f"memory://{tmp_path.name}/killed"), tmp_path / "spool"
    killed = store(folder, spool=spool)
    named = killed.keep(exchange())
    killed._writer.sync()  # type: ignore[union-attr]
    still_writing = store(folder, spool=spool)
    assert find_evidence(folder, named) is None, "a segment someone writes to is left alone"
    still_writing.close()
    killed._writer.close()  # type: ignore[union-attr]  # the lock goes as it does when the process ends
    with store(folder, spool=spool) as again:
        assert again.keep(exchange()) == named
        assert find_evidence(folder, named) is not None
    assert not list(spool.rglob("*.gz"))


def test_two_writers_of_one_scan_do_not_mix(tmp_path: Path) -> None:
    first, second = store(UPath(tmp_path)), store(UPath(tmp_path))
    ids = [writer.keep(exchange(n)) for n in range(6) for writer in (first, second)]
    first.close()
    second.close()
    assert all(find_evidence(UPath(tmp_path), wanted) for wanted in ids)


def test_a_picture_lies_beside_its_evidence_and_stays(folder: UPath, tmp_path: Path) -> None:
    with store(folder, spool=tmp_path / "spool") as kept:
        shown = kept.keep(exchange())
    keep_screenshot(folder, shown, b"first")
    keep_screenshot(folder, shown, b"second")
    found = find_evidence(folder, shown)
    assert found is not None
    assert found.screenshot == b"first"


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "screenshots", "扫描"])
def test_a_scan_name_is_a_folder_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(TongbaoError, match="证据目录名"):
        EvidenceStore(tmp_path, name)


def test_keeping_is_quick(tmp_path: Path) -> None:
    body = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(3300)).encode()
    with store(UPath(tmp_path)) as kept:
        started = time.process_time()
        for number in range(200):
            kept.keep(exchange(number, body=body))
        assert is_within(time.process_time() - started, 200 * 0.005)
