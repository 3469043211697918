"""The patrol of an office that scans: its schedule, its wiring, and one round against a site on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from airflow.dag_processing.dagbag import DagBag
from airflow.utils.state import DagRunState, TaskInstanceState

from tests.airflow_home import REPOSITORY
from tongbao.period import SHANGHAI

RunDag = Callable[..., tuple[Any, dict[str, Any]]]


@pytest.fixture
def site() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"page")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """An installation of the test's own: everything of the repository's but its offices, of which one scans."""
    home = tmp_path / "home"
    (home / "config" / "jurisdictions").mkdir(parents=True)
    for name in ("expectations", "templates"):
        (home / name).symlink_to(REPOSITORY / name)
    for folder in (REPOSITORY / "config").iterdir():
        if folder.name != "jurisdictions":
            (home / "config" / folder.name).symlink_to(folder)
    monkeypatch.setenv("TONGBAO_HOME", str(home))
    monkeypatch.setenv("TONGBAO_ARCHIVE", str(tmp_path / "archive"))

    def declare(**scan: Any) -> None:
        office = yaml.safe_load((REPOSITORY / "config/jurisdictions/shiliqi.yaml").read_text(encoding="utf-8"))
        changes = {"id": "scanning", "inbox": "inbox", "scan": {"contact": "scan@shiliqi.example"} | scan}
        path = home / "config" / "jurisdictions" / "scanning.yaml"
        path.write_text(yaml.safe_dump(office | changes, allow_unicode=True), encoding="utf-8")

    return declare


def file_roster(addresses: list[str]) -> None:
    """Take in a roster of websites at these addresses."""
    from tongbao.feeds import ROSTER
    from tongbao.intake.inbox import take_in_files
    from tongbao.jurisdiction import find_jurisdiction
    from tongbao.scan.deliver import csv_bytes
    from tongbao.scan.scans import period_of

    now = datetime.now(SHANGHAI)
    rows = [
        {"subject_id": f"15069900{number:02d}", "kind": "website", "name": f"示例网{number}", "address": address}
        | {"sponsor": "示例局", "status": "operating", "declared": True, "is_portal": False, "has_services": True}
        for number, address in enumerate(addresses)
    ]
    office = find_jurisdiction("scanning")
    path = office.inbox_folder / period_of(now, office) / "政府网站备案清单.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(csv_bytes(ROSTER, rows))
    receipt = take_in_files("scanning", period_of(now, office), [str(path)], received_at=now.isoformat())
    assert receipt["files"][0]["accepted"] == len(rows), receipt


def patrol_of(declare: Callable[..., None], **scan: Any) -> Any:
    declare(**scan)
    bag = DagBag(REPOSITORY / "dags")
    assert bag.import_errors == {}
    return bag.dags["patrol_scanning"]


def test_offices_without_scans_have_no_patrol() -> None:
    assert not [dag_id for dag_id in DagBag(REPOSITORY / "dags").dags if dag_id.startswith("patrol_")]


@pytest.mark.parametrize(("number", "gap"), [(20, 72), (24, 60), (48, 30)])
def test_a_days_rounds_are_evenly_spaced(installation: Callable[..., None], number: int, gap: int) -> None:
    import pendulum
    from airflow.serialization.encoders import coerce_to_core_timetable
    from airflow.timetables.base import TimeRestriction

    dag = patrol_of(installation, probes_a_day=number)
    timetable = coerce_to_core_timetable(dag.timetable)
    begin = pendulum.datetime(2020, 9, 1, tz="Asia/Shanghai")
    found = []
    last = None
    for _ in range(number + 1):
        info = timetable.next_dagrun_info(
            last_automated_data_interval=last, restriction=TimeRestriction(earliest=begin, latest=None, catchup=True)
        )
        assert info is not None
        found.append(info.run_after)
        last = info.data_interval
    assert {(later - earlier).total_seconds() for earlier, later in pairwise(found)} == {gap * 60.0}


def test_alarms_do_not_wait_for_the_intake_and_partial_rounds_count(installation: Callable[..., None]) -> None:
    dag = patrol_of(installation, pool="scans")
    assert dag.task_dict["probe"].pool == "scans"
    for name in ("deliver", "alarm"):
        assert dag.task_dict[name].upstream_task_ids == {"probe"}
        assert dag.task_dict[name].trigger_rule == "all_done_min_one_success"
    for heading in ("### 做什么", "### 失败了怎么办", "### 能不能等"):
        assert heading in dag.doc_md
    assert "{" not in dag.doc_md
    assert (dag.catchup, dag.max_active_runs) == (False, 1)
    for task in dag.tasks:
        assert task.retries >= 2
        assert task.execution_timeout is not None


@pytest.mark.whole
def test_a_round_from_roster_to_batch(installation: Callable[..., None], site: str, request: pytest.FixtureRequest) -> None:
    """Against loopback alone: one site that opens, one where nobody listens."""
    from tongbao.archive import Archive
    from tongbao.scan.patrol import Patrol
    from tongbao.workspace import read_arrow

    installation(private_hosts=["127.0.0.1"], probe_pause_s=0, failures_before_alarm=1)
    file_roster([site, "http://127.0.0.1:1/"])
    run_dag: RunDag = request.getfixturevalue("run_dag")
    made, returned = run_dag("patrol_scanning")
    assert made.state == DagRunState.SUCCESS
    assert {instance.state for instance in made.get_task_instances()} == {TaskInstanceState.SUCCESS}
    assert returned["deliver"]["summary"] == "应探测2个，已探测2个：正常1个（IPv4 1个、IPv6 0个），拒绝连接1个"
    assert returned["deliver"]["rejected"] == 0
    assert returned["alarm"] == {"events": 1, "told": 0}
    (batch,) = Archive.open().batches("scanning", "probes")
    rows = read_arrow(Archive.open().batch_file(batch, "data.parquet")).to_pylist()
    assert {row["subject_id"]: row["outcome"] for row in rows} == {"1506990000": "ok", "1506990001": "refused"}
    (event,) = Patrol.of("scanning").book.decided(datetime.now(SHANGHAI) + timedelta(minutes=1))
    assert (event.subject_id, event.name) == ("1506990001", "示例网1")
