"""The city's sample through the real steps: what was counted by hand comes out, and the kept samples are what is made today."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from python_calamine import CalamineWorkbook

from tests.sample_run import SampleRun, archive_at
from tongbao import steps
from tongbao.circular.lint import lint
from tongbao.circular.pdf import office_program
from tongbao.feeds import FEEDS
from tongbao.figures import Figures
from tongbao.formatting import rate_text
from tongbao.workspace import Workspace

SAMPLES = Path(__file__).parents[2] / "samples"
EXPECTED = yaml.safe_load((SAMPLES / "expected-city.yaml").read_text(encoding="utf-8"))
CITY, COUNTY = EXPECTED["shilishi"], EXPECTED["lizhengxian"]
sys.path.insert(0, str(SAMPLES))

import outputs  # noqa: E402 -- a script beside the samples, not a package

OFFICES = ("shilishi", "lizhengxian")
FOLDERS = ["shilishi/2024-Q1", "shilishi/2024-Q2", "shilishi/2024-06", "lizhengxian/2024-Q2"]


@pytest.fixture(scope="module")
def archive(sample_run: SampleRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with the inboxes of all three offices taken in."""
    folder = tmp_path_factory.mktemp("city") / "archive"
    shutil.copytree(sample_run.folder, folder)
    with archive_at(folder):
        for office in OFFICES:
            outputs.take_in(office)
    return folder


@pytest.fixture(scope="module")
def made(archive: Path) -> dict[str, Workspace]:
    """Every sample circular made anew, by the name of its block list."""
    with archive_at(archive, draws_pages=True):
        return {name: Workspace.at(outputs.make(name)) for name in outputs.OUTPUTS}


def figures_of(made: dict[str, Workspace], name: str) -> Figures:
    return Figures.from_json(json.loads(made[name].read_bytes(steps.FIGURES)))


def parts(data: bytes) -> list[tuple[str, bytes]]:
    """What is in the package: another zlib may pack it otherwise."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(entry.filename, archive.read(entry)) for entry in archive.infolist()]


def cells(path: Path) -> list[str]:
    if path.suffix == ".csv":
        return path.read_text(encoding="utf-8-sig").replace("\n", ",").split(",")
    book = CalamineWorkbook.from_path(str(path))
    return [str(cell) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row]


def test_the_files_are_what_the_builder_makes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(SAMPLES / "build_city.py"), str(tmp_path)], check=True, timeout=60)
    for folder in FOLDERS:
        kept = {path.name: path for path in (SAMPLES / folder).iterdir()}
        built = {path.name: path for path in (tmp_path / folder).iterdir()}
        assert kept.keys() == built.keys()
        for name, path in kept.items():
            same = parts if path.suffix == ".xlsx" else bytes
            assert same(built[name].read_bytes()) == same(path.read_bytes()), name


@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_in_it_points_at_anything_real(folder: str) -> None:
    for path in (SAMPLES / folder).iterdir():
        for text in cells(path):
            assert all(host.endswith("shilishi.example") for host in re.findall(r"https?://([^/]+)", text)), text


@pytest.mark.parametrize("office", OFFICES)
def test_nothing_is_sent_back(archive: Path, office: str) -> None:
    with archive_at(archive) as opened:
        batches = [batch for feed in FEEDS for batch in opened.batches(office, feed)]
    assert len(batches) > 5
    assert [batch.source_name for batch in batches if batch.rejected] == []


def test_roster_platforms_and_addresses(made: dict[str, Workspace]) -> None:
    figures = figures_of(made, "quarterly-by-object")
    for scope in ("websites", "accounts"):
        assert figures.value(f"{scope}.declared") == CITY["roster"]["2024-Q2"][scope]
        assert figures.value(f"{scope}.previous.declared") == CITY["roster"]["2024-Q1"][scope]
    assert figures.value("accounts.undeclared") == CITY["roster"]["2024-Q2"]["found"]
    platforms = {figures.value(f"{n}.label"): figures.value(f"{n}.declared") for n in figures.children("accounts.by_platform")}
    assert platforms == CITY["platforms"]
    assert figures.value("websites.https") == CITY["https"]


@pytest.mark.parametrize(
    ("name", "period", "run"),
    [
        ("by-reason", "2024-Q1", "2024-Q1"),
        ("by-reason", "2024-Q2", "2024-Q2"),
        ("monthly-websites", "2024-06", "2024-06"),
        ("half-year", "2024-H1", "2024-H1"),
    ],
)
def test_who_was_inspected_and_who_failed(made: dict[str, Workspace], name: str, period: str, run: str) -> None:
    verdicts = made[name].read_table(f"{period}/verdicts").set_index("subject_id")["verdict"]
    subjects = made[name].read_table(f"{period}/subjects")
    for scope, expected in (
        (scope, CITY["runs"][run][scope]) for scope in ("websites", "accounts") if scope in CITY["runs"][run]
    ):
        ids = subjects[(subjects["kind"] == scope.removesuffix("s")) & subjects["declared"]]["subject_id"]
        of_kind = verdicts[verdicts.index.isin(ids)]
        assert (of_kind != "not_inspected").sum() == expected["inspected"], scope
        assert sorted(of_kind.index[of_kind == "unqualified"]) == [str(subject) for subject in expected["unqualified"]]


def test_rates_and_movements_of_the_second_quarter(made: dict[str, Workspace]) -> None:
    figures, expected = figures_of(made, "by-reason"), CITY["runs"]["2024-Q2"]
    for scope, printed in expected["pass_rates"].items():
        assert rate_text(figures.value(f"{scope}.pass_rate")) == printed
    for movement in ("mended", "still_failing", "gone"):
        assert figures.value(f"accounts.previous.{movement}") == len(expected[movement])
    # Nobody looked for the sixty that were not drawn, so they are not missing.
    missing = figures.value("accounts.reconciliation.declared_not_found.names")
    assert [item.name for item in missing] == ["模本县卫健"]
    groups = figures.children("accounts.not_inspected_reasons")
    reasons = {figures.value(f"{name}.label"): figures.value(f"{name}.count") for name in groups}
    assert reasons == {"未抽中": 60, "截止监测时间点无任何观测记录": len(expected["not_observed"])}


def test_scores_and_ranks_of_portals_and_regions(made: dict[str, Workspace]) -> None:
    figures = figures_of(made, "ranking")
    for when, prefix in (("2024-Q2", ""), ("2024-Q1", "previous_")):
        portals = {
            figures.value(f"{n}.label").removesuffix("人民政府门户网站"): [
                float(figures.value(f"{n}.{prefix}score")),
                figures.value(f"{n}.{prefix}rank"),
            ]
            for n in figures.children("websites.standings")
        }
        assert portals == CITY["scores"][when]
        regions = {
            figures.value(f"{n}.label"): [
                f"{figures.value(f'{n}.{prefix}qualified')}/{figures.value(f'{n}.{prefix}inspected')}",
                figures.value(f"{n}.{prefix}rank"),
            ]
            for n in figures.children("subjects.region_standings")
        }
        assert regions == CITY["region_ranks"][when]


def test_side_metrics(made: dict[str, Workspace]) -> None:
    figures = figures_of(made, "monthly-websites")
    handled = {
        figures.value(f"{n}.label"): [figures.value(f"{n}.received"), figures.value(f"{n}.replied")]
        for n in figures.children("messages.by_channel")
    }
    totals = {name: figures.value(f"messages.{name}") for name in ("received", "replied")}
    assert {**totals, **handled} == CITY["messages"]
    figures, ipv6 = figures_of(made, "quarterly-by-object"), "websites.clauses.D4_9_1"
    assert {key: figures.value(f"{ipv6}.{key}") for key in CITY["ipv6"]} == CITY["ipv6"]
    assert figures.value(f"{ipv6}.met_rate") == Fraction(2, 3)


def test_the_county_is_all_qualified(made: dict[str, Workspace]) -> None:
    figures = figures_of(made, "all-qualified")
    assert [figures.value(f"{scope}.inspected") for scope in ("websites", "accounts")] == [COUNTY["websites"], COUNTY["accounts"]]
    assert figures.value("subjects.unqualified") == len(COUNTY["unqualified"])
    assert float(figures.value("websites.average_score")) == COUNTY["score"]


@pytest.mark.skipif(office_program() is None, reason="LibreOffice is not installed: pages cannot be counted")
@pytest.mark.parametrize("name", outputs.OUTPUTS)
def test_the_kept_sample_is_what_is_made_today_and_passes_gate_and_checker(made: dict[str, Workspace], name: str) -> None:
    content = made[name].read_bytes(steps.CIRCULAR)
    kept = (outputs.FOLDER / f"{name}.docx").read_bytes()
    assert parts(content) == parts(kept), "run: python samples/outputs.py"
    assert json.loads(made[name].read_bytes(steps.GATE))["breaches"] == []
    assert lint(kept) == []
