"""What every DAG of the house keeps to."""

from __future__ import annotations

import ast
from datetime import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import ParamValidationError

from tests.airflow_home import REPOSITORY
from tongbao.jurisdiction import jurisdiction_files, load_jurisdiction
from tongbao.period import SHANGHAI

DAG_FILES = sorted((REPOSITORY / "dags").glob("*.py"))
HEAVY = {"pandas", "duckdb", "pyarrow", "numpy", "great_expectations", "docx", "docxtpl", "openpyxl", "requests", "lxml"}
BAG = DagBag(REPOSITORY / "dags")
DAGS = sorted(BAG.dags.values(), key=lambda dag: dag.dag_id)


def is_chinese(text: str) -> bool:
    return any("一" <= character <= "鿿" for character in text)


def test_every_file_loads_and_makes_its_dags() -> None:
    assert BAG.import_errors == {}
    offices = {office.id: list(office.circulars) for office in map(load_jurisdiction, jurisdiction_files())}
    circulars = [f"circular_{office}_{circular}" for office, listed in offices.items() for circular in listed]
    assert [dag.dag_id for dag in DAGS] == sorted([*circulars, *(f"intake_{office}" for office in offices)])
    assert "circular_shiliqi_quarterly" in circulars


def test_no_two_dags_have_one_name_on_the_page() -> None:
    names = [dag.dag_display_name for dag in DAGS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("dag", DAGS, ids=lambda dag: dag.dag_id)
class TestEveryDag:
    """Owner, tags, texts, retries: what an operator relies on."""

    def test_is_owned_tagged_and_told_in_chinese(self, dag: Any) -> None:
        assert dag.owner != "airflow"
        assert dag.tags
        assert is_chinese(dag.dag_display_name)
        assert is_chinese(dag.description)
        for heading in ("### 做什么", "### 失败了怎么办", "### 能不能等"):
            assert heading in dag.doc_md
        assert "{" not in dag.doc_md

    def test_never_catches_up_and_never_overlaps(self, dag: Any) -> None:
        assert dag.catchup is False
        assert dag.max_active_runs == 1

    def test_starts_at_midnight_in_shanghai(self, dag: Any) -> None:
        assert dag.timezone.name == "Asia/Shanghai"
        assert dag.start_date.astimezone(SHANGHAI).time() == time(0)

    def test_tasks_have_chinese_names_retries_with_backoff_and_an_end(self, dag: Any) -> None:
        for task in dag.tasks:
            assert is_chinese(task.task_display_name), task.task_id
            assert task.retries >= 2
            assert task.retry_exponential_backoff
            # What waits for a person has its own end, which returns the draft.
            assert (getattr(task, "response_timeout", None) or task.execution_timeout) is not None

    def test_params_have_chinese_titles_and_sound_defaults(self, dag: Any) -> None:
        dag.params.validate()
        for name in dag.params:
            param = dag.params.get_param(name)
            assert is_chinese(param.schema["title"]), name
            assert is_chinese(param.description), name


@pytest.mark.parametrize(
    ("name", "value", "is_sound"),
    [
        ("period", "2020-Q3", True),
        ("period", None, True),
        ("period", "2020-Q5", False),
        ("period", "2020-09", False),
        ("cutoff", "2020-10-08T00:00:00+08:00", True),
    ],
)
def test_params_of_a_circular_are_checked(name: str, value: str | None, is_sound: bool) -> None:
    param = BAG.dags["circular_shiliqi_quarterly"].params.get_param(name)
    if is_sound:
        assert param.resolve(value) == value
    else:
        with pytest.raises(ParamValidationError):
            param.resolve(value)


def test_circular_is_one_chain() -> None:
    dag = BAG.dags["circular_shiliqi_quarterly"]
    order = [task.task_id for task in dag.topological_sort()]
    assert order == ["settle", "measure", "score", "figures", "write", "gate", "print_pdf", "file_edition", "discard"]
    for before, after in pairwise(order[1:]):
        assert after in dag.task_dict[before].downstream_task_ids


def test_reviews_and_signing_follow_the_draft_one_by_one() -> None:
    dag = BAG.dags["circular_lizhengxian_quarterly"]
    order = [task.task_id for task in dag.topological_sort()]
    after = ["first_review", "second_review", "final_review", "sign", "publish", "announce"]
    assert order[order.index("discard") + 1 :] == after
    for before, then in pairwise(order[1:]):
        assert then in dag.task_dict[before].downstream_task_ids
    assert "三审" in dag.doc_md
    assert "三审" not in BAG.dags["circular_shiliqi_quarterly"].doc_md


def test_rosters_are_taken_in_before_anything_that_refers_to_them() -> None:
    dag = BAG.dags["intake_shiliqi"]
    assert "take_in_rosters" in dag.task_dict["hand_out"].upstream_task_ids
    assert "hand_out" in dag.task_dict["take_in"].upstream_task_ids
    assert dag.task_dict["take_in"].max_active_tis_per_dagrun == 1


def test_new_offices_get_their_dags_and_a_broken_file_costs_only_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "config" / "jurisdictions"
    folder.mkdir(parents=True)
    sound = (REPOSITORY / "config/jurisdictions/shiliqi.yaml").read_text(encoding="utf-8")
    sources = "http_sources: [{feed: probes, url: 'http://probes.example/api'}]\n"
    (folder / "new.yaml").write_text(sources + sound.replace("id: shiliqi", "id: new"), encoding="utf-8")
    (folder / "bad.yaml").write_text("id: bad\nname: {{", encoding="utf-8")
    monkeypatch.setenv("TONGBAO_HOME", str(tmp_path))
    bag = DagBag(REPOSITORY / "dags")
    assert bag.import_errors == {}
    assert sorted(bag.dags) == ["circular_new_quarterly", "intake_bad", "intake_new"]
    assert "fetch" in bag.dags["intake_new"].task_dict
    assert "bad.yaml" in bag.dags["intake_bad"].doc_md


@pytest.mark.parametrize("path", DAG_FILES, ids=lambda path: path.name)
def test_no_heavy_import_at_module_level(path: Path) -> None:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            assert name.partition(".")[0] not in HEAVY


@pytest.mark.parametrize("path", DAG_FILES, ids=lambda path: path.name)
def test_dag_files_stay_thin(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        if any("task" in ast.unparse(decorator) for decorator in function.decorator_list):
            body = function.body[-1].end_lineno - function.body[0].lineno + 1  # type: ignore[operator]
            assert body <= 8, f"{function.name} belongs into the library"
