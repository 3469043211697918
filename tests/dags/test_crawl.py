"""The crawls of an office that scans: their schedules, their wiring, and one round against a site on loopback."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.utils.state import DagRunState, TaskInstanceState

from tests.airflow_home import REPOSITORY
from tests.dags.test_patrol import RunDag, file_roster, installation, site

__all__ = ["installation", "site"]

Declare = Callable[..., None]


def crawls_of(declare: Declare, **scan: Any) -> list[Any]:
    declare(**scan)
    bag = DagBag(REPOSITORY / "dags")
    assert bag.import_errors == {}
    return [bag.dags["crawl_sample_scanning"], bag.dags["crawl_whole_scanning"]]


def test_samples_and_whole_scans_share_the_week(installation: Declare) -> None:
    sample, whole = crawls_of(installation, sample_pages=300, pages_a_site=5000)
    assert (sample.timetable.expression, whole.timetable.expression) == ("30 1 * * 1-6", "30 1 * * 0")
    assert "最多读300页" in sample.doc_md
    assert "最多读5000页" in whole.doc_md
    assert sample.dag_display_name != whole.dag_display_name


def test_both_keep_to_the_house_and_use_the_offices_pool(installation: Declare) -> None:
    for dag in crawls_of(installation, pool="scans", scan_seconds=3600, retry_gap_s=1800):
        assert dag.task_dict["crawl_piece"].pool == "scans"
        assert dag.task_dict["crawl_piece"].execution_timeout == timedelta(hours=4)
        assert dag.task_dict["deliver"].upstream_task_ids == {"crawl_piece"}
        assert dag.task_dict["deliver"].trigger_rule == "all_done"
        assert (dag.catchup, dag.max_active_runs) == (False, 1)
        assert "{" not in dag.doc_md
        for heading in ("### 做什么", "### 失败了怎么办", "### 能不能等"):
            assert heading in dag.doc_md
        for task in dag.tasks:
            assert task.retries >= 2
            assert task.execution_timeout is not None


@pytest.mark.whole
def test_a_round_from_roster_to_batches(installation: Declare, site: str, request: pytest.FixtureRequest) -> None:
    """Against loopback alone: one site that answers every address with the same page, one where nobody listens."""
    from tongbao.archive import Archive

    installation(private_hosts=["127.0.0.1"], pause_s=0, retry_gap_s=0)
    file_roster([site, "http://127.0.0.1:1/"])
    run_dag: RunDag = request.getfixturevalue("run_dag")
    made, returned = run_dag("crawl_sample_scanning")
    assert made.state == DagRunState.SUCCESS
    assert {instance.state for instance in made.get_task_instances()} == {TaskInstanceState.SUCCESS}
    assert returned["deliver"]["summary"].startswith("应扫描2个网站，完成2个")
    assert returned["deliver"]["gaps"] >= 1
    assert Archive.open().batches("scanning", "findings")
