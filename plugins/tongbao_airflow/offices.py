"""The offices DAGs are made for, one settings file each."""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import get_parsing_context

from tongbao.errors import ConfigurationError
from tongbao.jurisdiction import Jurisdiction, jurisdiction_files, load_jurisdiction


def read_offices() -> tuple[list[Jurisdiction], dict[str, ConfigurationError]]:
    """All offices with sound settings, and by file name stem the fault of each other one.

    One office's slip of the pen must not take the other offices' DAGs off the schedule, as an import error would.
    A worker that parses a DAG file to run one task gets that task's office alone: a nation's thousands take half a minute.
    """
    offices: list[Jurisdiction] = []
    faults: dict[str, ConfigurationError] = {}
    for path in _concerned(jurisdiction_files(), get_parsing_context().dag_id):
        try:
            offices.append(load_jurisdiction(path))
        except ConfigurationError as fault:
            faults[path.stem] = fault
    return offices, faults


def _concerned(files: list[Path], dag_id: str | None) -> list[Path]:
    """The settings a DAG may come from, as its id says (``intake_<office>``, ``circular_<office>_<circular>``)."""
    if dag_id is None:
        return files
    return [path for path in files if f"_{path.stem}_" in f"_{dag_id}_"]
