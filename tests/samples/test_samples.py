"""The sample is what its builder makes, is fictional, and holds exactly the faults and breaches counted by hand."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import yaml
from python_calamine import CalamineWorkbook

SAMPLES = Path(__file__).parents[2] / "samples"
EXPECTED = yaml.safe_load((SAMPLES / "expected.yaml").read_text(encoding="utf-8"))
PERIODS = ["2020-Q2", "2020-Q3"]


def delivered(period: str) -> dict[str, Path]:
    return {path.name: path for path in (SAMPLES / "shiliqi" / period).iterdir()}


def content(path: Path) -> object:
    """The bytes; of a zipped workbook its parts, because another zlib may pack them otherwise."""
    if path.suffix in {".xlsx", ".ods"}:
        with zipfile.ZipFile(path) as archive:
            return [(entry.filename, entry.date_time, archive.read(entry)) for entry in archive.infolist()]
    return path.read_bytes()


def cells(path: Path) -> list[object]:
    if path.suffix == ".csv":
        encoding = "gb18030" if path.name == "链接检查.csv" else "utf-8-sig"
        return [cell for row in csv.reader(path.read_text(encoding=encoding).splitlines()) for cell in row]
    book = CalamineWorkbook.from_path(str(path))
    return [cell for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row]


def test_the_files_are_what_the_builder_makes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(SAMPLES / "build.py"), str(tmp_path)], check=True, timeout=60)
    for period in PERIODS:
        built = {path.name: content(path) for path in (tmp_path / "shiliqi" / period).iterdir()}
        assert built == {name: content(path) for name, path in delivered(period).items()}


@pytest.mark.parametrize("period", PERIODS)
def test_every_delivered_file_is_expected(period: str) -> None:
    assert set(delivered(period)) == set(EXPECTED[period]["files"])


@pytest.mark.parametrize("period", PERIODS)
def test_nothing_in_it_points_at_anything_real(period: str) -> None:
    for path in delivered(period).values():
        for text in map(str, cells(path)):
            assert all(host.endswith("shiliqi.example") for host in re.findall(r"https?://([^/]+)", text)), text
            assert not re.search(r"1[3-9]\d{9}|0\d{2,3}-[1-9]\d{6,7}", text), text


def test_the_old_workbook_format_keeps_text_numbers_dates_and_merges() -> None:
    sheet = CalamineWorkbook.from_path(str(SAMPLES / "shiliqi" / "2020-Q2" / "政府网站备案清单.xls")).get_sheet_by_name(
        "政府网站"
    )
    rows = sheet.to_python(skip_empty_area=False)
    assert rows[2][1] == "网站标识码"
    assert rows[3][:3] == [1.0, "1506990001", "示例旗人民政府门户网站"]
    assert rows[3][10] == date(2012, 5, 18)
    assert sheet.merged_cell_ranges == [((0, 0), (0, 11))]


def test_names_carry_what_breaks_careless_writers() -> None:
    names = [cell for cell in cells(SAMPLES / "shiliqi" / "2020-Q3" / "政务新媒体备案清单.xlsx") if isinstance(cell, str)]
    [awkward] = [name for name in names if "{{" in name]
    assert len(awkward) == 40
    assert {"&", "<", ">"} <= set(awkward)


def test_probes_have_a_gap_in_the_last_week_of_the_third_quarter() -> None:
    rows = list(csv.DictReader(delivered("2020-Q3")["首页探测记录.csv"].read_text(encoding="utf-8-sig").splitlines()))
    days = {datetime.fromisoformat(row["探测时间"]).date() for row in rows}
    missing = {date(2020, 9, day) for day in range(1, 31)} - days
    assert missing == {date(2020, 9, 26), date(2020, 9, 27)}
