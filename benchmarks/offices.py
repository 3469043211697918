"""Thousands of configured offices: how long each DAG file takes to parse, and to be written down for the scheduler.

Every office is the sample banner with three reviews and scans of its own. CPU seconds of one process, in which Airflow is
imported already, as it is in the DAG processor.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import Result

REPOSITORY = Path(__file__).resolve().parents[1]
COUNT = 3000
BUDGET_S = 30.0
REVIEWS = "    reviews: {first: [zhang], second: [li], final: [wang], days: 5}\n"
SCAN = "\nscan: {contact: scan@shiliqi.example}\n"


def main() -> list[Result]:
    """Parse every DAG file with 3,000 offices configured."""
    return [
        Result(
            f"{COUNT:,} offices: parsing dags/{name}",
            facts["parsing"],
            facts["peak_mib"],
            f"{facts['dags']:,} DAGs; then {facts['serialising']:.1f} s to serialise them",
            f"≤ {BUDGET_S:g} s",
        )
        for name, facts in measured(COUNT).items()
    ]


def measured(count: int) -> dict[str, dict[str, float]]:
    """The figures of each DAG file, by its name, where so many offices are configured."""
    with tempfile.TemporaryDirectory() as folder:
        for home, offices in (("one", 1), ("all", count)):
            configure(Path(folder) / home / "config" / "jurisdictions", offices)
        environment = os.environ | {
            "AIRFLOW_HOME": f"{folder}/airflow",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "600",
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
            "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'plugins'}",
        }
        command = [sys.executable, "-m", "benchmarks.offices", folder]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    facts: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return facts


def configure(folder: Path, count: int) -> None:
    """Write the settings of so many offices."""
    folder.mkdir(parents=True)
    text = (REPOSITORY / "config/jurisdictions/shiliqi.yaml").read_text(encoding="utf-8")
    assert "    slots:\n" in text
    reviewed = text.replace("    slots:\n", f"{REVIEWS}    slots:\n", 1) + SCAN
    for number in range(count):
        name = f"office{number:04d}"
        (folder / f"{name}.yaml").write_text(reviewed.replace("id: shiliqi", f"id: {name}", 1), encoding="utf-8")


def parse(folder: Path) -> dict[str, dict[str, float]]:
    """Parse each DAG file as the DAG processor does: for one office, which imports what it needs, then for all."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    facts = {}
    for file in sorted((REPOSITORY / "dags").glob("*.py")):
        os.environ["TONGBAO_HOME"] = str(folder / "one")
        DagBag(str(file))
        os.environ["TONGBAO_HOME"] = str(folder / "all")
        began = cpu_s()
        bag = DagBag(str(file))
        parsed = cpu_s()
        assert not bag.import_errors, bag.import_errors
        for dag in bag.dags.values():
            DagSerialization.to_dict(dag)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        facts[file.name] = {"dags": len(bag.dags), "parsing": parsed - began, "serialising": cpu_s() - parsed, "peak_mib": peak}
    return facts


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    print(json.dumps(parse(Path(sys.argv[1]))))
