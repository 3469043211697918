from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from upath import UPath

from tests.tongbao.scan.evidence.test_store import exchange
from tongbao.archive import Archive
from tongbao.errors import TongbaoError
from tongbao.feeds import Outcome
from tongbao.scan.client import Exchange
from tongbao.scan.evidence import EvidenceStore, export_evidence, keep_screenshot
from tongbao.scan.evidence.records import read_records

PAGE = "<html><head><title>示例</title></head><body><p>门窗按装 15049990001</p><script>alert(1)</script></body></html>"


def exported(tmp_path: Path, kept: Exchange, *, subject: str = "", png: bytes = b"") -> dict[str, bytes]:
    folder = Archive(UPath(tmp_path / "archive")).evidence_folder("shiliqi")
    with EvidenceStore(folder, "scan-1") as store:
        wanted = store.keep(kept)
    if png:
        keep_screenshot(folder, wanted, png)
    files = export_evidence(folder, wanted, tmp_path / "out", subject=subject)
    assert {path.parent.name for path in files} == {f"证据-{wanted[7:19]}"}
    assert set(files) == set(files[0].parent.iterdir())
    return {path.name: path.read_bytes() for path in files}


def test_an_export_holds_records_body_picture_and_an_explanation(tmp_path: Path) -> None:
    kept = exchange(body=PAGE.encode(), started_at=datetime(2020, 9, 28, 16, 5, 9, tzinfo=UTC))
    files = exported(tmp_path, kept, subject="疑似错别字“按装”", png=b"\x89PNG...")
    assert list(files) == ["说明.html", "记录.warc.gz", "正文.html.txt", "截图.png"]
    assert files["正文.html.txt"] == PAGE.encode()
    evidence = read_records(files["记录.warc.gz"])
    assert evidence is not None
    assert evidence.exchange == kept
    text = files["说明.html"].decode()
    for told in (
        "疑似错别字“按装”",
        "2020年09月29日 00:05:09",
        "正常（状态码 200）",
        "门窗按装",
        hashlib.sha256(PAGE.encode()).hexdigest(),
    ):
        assert told in text, told
    for name in ("记录.warc.gz", "正文.html.txt", "截图.png"):
        assert hashlib.sha256(files[name]).hexdigest() in text


def test_the_explanation_runs_nothing_asks_nobody_and_masks_numbers(tmp_path: Path) -> None:
    evil = PAGE.replace("门窗", "&lt;script src=http://other.example/x&gt;门窗")
    kept = exchange(
        body=evil.encode(),
        final_url='http://a.example/"><script>x</script>',
        headers=(("Content-Type", "text/html"), ("X", "<img src=x>")),
    )
    text = exported(tmp_path, kept, subject="<b>题</b>")["说明.html"].decode()
    assert "<script" not in text
    assert "<b>" not in text
    assert "<img src=x" not in text
    assert "default-src 'none'" in text
    assert "15049990001" not in text
    assert "150******01" in text


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("image/png", "正文.png"),
        ("application/pdf", "正文.pdf"),
        ("image/svg+xml", "正文.bin"),
        ("", "正文.html.txt"),
        ("text/html", "正文.html.txt"),
    ],
)
def test_a_body_that_could_run_is_handed_out_under_a_name_that_does_not(tmp_path: Path, kind: str, name: str) -> None:
    assert name in exported(tmp_path, exchange(headers=(("Content-Type", kind),) if kind else ()))


def test_a_failure_without_an_answer_is_explained_too(tmp_path: Path) -> None:
    failed = exchange(status=None, headers=(), body=b"", outcome=Outcome.TIMEOUT, error="total 15 s")
    files = exported(tmp_path, failed)
    assert list(files) == ["说明.html", "记录.warc.gz"]
    assert "超时" in files["说明.html"].decode()


def test_a_cut_body_is_said_to_be_cut(tmp_path: Path) -> None:
    assert "只保存了前面的部分" in exported(tmp_path, exchange(is_truncated=True))["说明.html"].decode()


def test_an_evidence_that_is_not_kept_is_told_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(TongbaoError, match="证据") as caught:
        export_evidence(tmp_path, "0" * 64, tmp_path / "out")
    assert caught.value.remedy
    assert not (tmp_path / "out").exists()
