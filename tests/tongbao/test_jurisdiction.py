from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tongbao.errors import ConfigurationError
from tongbao.home import config_folder
from tongbao.jurisdiction import cutoff_of, find_jurisdiction, jurisdiction_files, load_jurisdiction
from tongbao.period import Period

SAMPLE = yaml.safe_load((config_folder("jurisdictions") / "shiliqi.yaml").read_text(encoding="utf-8"))


def write(folder: Path, content: Any, name: str = "shiliqi.yaml") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def test_every_shipped_office_loads() -> None:
    assert [load_jurisdiction(path).id for path in jurisdiction_files()] == [path.stem for path in jurisdiction_files()]


def test_the_cutoff_is_the_periods_end_and_what_the_office_adds(tmp_path: Path) -> None:
    period = Period.parse("2020-Q3")
    circular = find_jurisdiction("shiliqi").circular("quarterly")
    assert cutoff_of(circular, period) == period.end_at
    later = circular.model_copy(update={"cutoff_days_after": 13})
    assert cutoff_of(later, period) == period.end_at + timedelta(days=13)


def test_settings_that_say_the_same_have_the_same_hash(tmp_path: Path) -> None:
    same = load_jurisdiction(write(tmp_path, dict(reversed(SAMPLE.items()))))
    assert same.hash == find_jurisdiction("shiliqi").hash
    other = load_jurisdiction(write(tmp_path, SAMPLE | {"name": "另一旗"}))
    assert other.hash != same.hash


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("id: [", "不是正确的 YAML 文件"),
        ("- 1\n- 2\n", "辖区设置有误"),
        (SAMPLE | {"id": "other"}, "请将文件改名为 other.yaml"),
        (SAMPLE | {"id": "含中文"}, "id"),
        (SAMPLE | {"inbxo": "x"}, "inbxo"),
        ({key: value for key, value in SAMPLE.items() if key != "inbox"}, "inbox"),
    ],
)
def test_a_fault_is_told_with_file_and_place(tmp_path: Path, content: Any, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told) as caught:
        load_jurisdiction(write(tmp_path, content))
    assert caught.value.place.file == "shiliqi.yaml"


def test_a_broken_line_is_told_by_its_number(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="第3行"):
        load_jurisdiction(write(tmp_path, "id: shiliqi\nname: [未完\n: x"))


def test_unknown_names_are_told_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"现有辖区：.*shiliqi"):
        find_jurisdiction("nowhere")
    with pytest.raises(ConfigurationError, match="请从 quarterly"):
        find_jurisdiction("shiliqi").circular("weekly")


def test_the_inbox_may_lie_anywhere(tmp_path: Path) -> None:
    office = load_jurisdiction(write(tmp_path, SAMPLE | {"inbox": str(tmp_path / "收件")}))
    assert office.inbox_folder == tmp_path / "收件"
    assert find_jurisdiction("shiliqi").inbox_folder.is_dir()
