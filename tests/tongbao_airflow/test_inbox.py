"""Deliveries in pieces: rosters apart, everything once, never more pieces than Airflow maps over."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tongbao.jurisdiction import HttpSource, find_jurisdiction
from tongbao_airflow.inbox import FILES_A_PIECE, PIECES, fetch_feed, in_pieces


def test_rosters_are_parted_from_the_rest_by_their_names() -> None:
    found = in_pieces({"2020-Q3": ["/in/政务新媒体备案清单.xlsx", "/in/首页探测记录.csv", "/in/链接检查.csv"]})
    assert found["rosters"] == [{"period": "2020-Q3", "files": ["/in/政务新媒体备案清单.xlsx"]}]
    assert found["others"] == [{"period": "2020-Q3", "files": ["/in/首页探测记录.csv", "/in/链接检查.csv"]}]


def test_periods_are_not_mixed_and_come_in_order() -> None:
    found = in_pieces({"2020-Q3": ["链接检查.csv"], "2020-Q2": ["链接检查.csv"], "2020-Q1": []})
    assert [piece["period"] for piece in found["others"]] == ["2020-Q2", "2020-Q3"]


@pytest.mark.parametrize("count", [0, 1, FILES_A_PIECE, FILES_A_PIECE + 1, PIECES * FILES_A_PIECE + 1, 50_000])
def test_every_file_is_in_one_piece_and_the_pieces_are_few(count: int) -> None:
    files = [f"links {number}.csv" for number in range(count)]
    pieces = in_pieces({"2020-Q2": [], "2020-Q3": files})["others"]
    assert [file for piece in pieces for file in piece["files"]] == files
    assert len(pieces) <= PIECES


def test_a_file_named_twice_is_taken_in_once() -> None:
    assert in_pieces({"2020-Q3": ["a.csv", "a.csv"]})["others"] == [{"period": "2020-Q3", "files": ["a.csv"]}]


def test_a_feed_is_fetched_into_the_periods_inbox_with_the_connections_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def fetch(source: HttpSource, folder: Path, *, token: str | None, fetched_at: datetime) -> Path:
        asked.update(url=source.url, token=token, folder=folder, hour=fetched_at.hour)
        return folder / "probes.csv"

    monkeypatch.setattr("tongbao.intake.fetch.fetch", fetch)
    monkeypatch.setenv("AIRFLOW_CONN_PROBES", "http://:secret@probes.example")
    source = HttpSource(feed="probes", url="http://probes.example/api", connection="probes")
    office = find_jurisdiction("shiliqi").model_copy(update={"inbox": str(tmp_path), "http_sources": (source,)})
    path = fetch_feed(office, 0, "2020-Q3", "2020-10-09T06:00:00+08:00")
    assert path == str(tmp_path / "2020-Q3" / "http" / "01-probes" / "probes.csv")
    assert asked == {"url": "http://probes.example/api", "token": "secret", "folder": Path(path).parent, "hour": 6}
    assert asked["folder"].is_dir()
