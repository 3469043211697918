"""The bucket an archive lies in is made once, and what is in it stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from upath import UPath

from tongbao_airflow.prepare import make_bucket


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    yield f"http://{host}:{port}"
    server.stop()


def test_a_bucket_is_made_once_and_kept(store: str) -> None:
    make_bucket("s3://tongbao/archive")
    kept = UPath("s3://tongbao/archive/a.txt")
    kept.write_bytes(b"kept")
    make_bucket("s3://tongbao/archive")
    assert kept.read_bytes() == b"kept"


def test_a_local_archive_needs_no_bucket(tmp_path: Path) -> None:
    make_bucket(str(tmp_path / "archive"))
    assert not list(tmp_path.iterdir())
