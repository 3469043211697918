"""The command behind ``make circular``: which period it takes and how it tells a mistake."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tongbao.errors import NothingToReport, TongbaoError
from tongbao.jurisdiction import Jurisdiction, find_jurisdiction
from tongbao.period import Period
from tongbao_airflow import once


@pytest.fixture
def office(tmp_path: Path) -> Jurisdiction:
    return find_jurisdiction("shiliqi").model_copy(update={"inbox": str(tmp_path / "inbox")})


def deliver(office: Jurisdiction, *folders: str) -> None:
    for folder in folders:
        path = office.inbox_folder / folder
        path.mkdir(parents=True)
        (path / "名册.csv").write_text("x", encoding="utf-8")


def test_newest_delivered_quarter_is_taken(office: Jurisdiction) -> None:
    deliver(office, "2019-Q4", "2020-Q3", "2020-Q2", "2021-01", "旧")
    (office.inbox_folder / "2020-Q4").mkdir()
    assert once.choose_period(office, office.circulars["quarterly"], "").label == "2020-Q3"


def test_period_asked_for_is_taken(office: Jurisdiction) -> None:
    assert once.choose_period(office, office.circulars["quarterly"], "2020-Q2").label == "2020-Q2"


def test_what_a_circular_speaks_of_is_taken_in_too(office: Jurisdiction) -> None:
    deliver(office, "2019-Q2", "2019-Q3", "2020-Q2", "2020-08", "2020-Q3", "2020-Q4", "2020-10")
    needed = once.periods_needed(office, Period.parse("2020-Q3"))
    assert [period.label for period in needed] == ["2020-Q3", "2020-08", "2020-Q2", "2019-Q3"]


@pytest.mark.parametrize(
    ("label", "sentence"),
    [
        ("2020-09", "与这份通报的周期不符。请写成 2020-Q3 的样子"),
        ("2020", "与这份通报的周期不符。请写成 2020-Q1 的样子"),
        ("2020Q3", "看不懂检查周期"),
        ("", "没有任何周期的文件"),
    ],
)
def test_mistakes_are_told_in_a_sentence(office: Jurisdiction, label: str, sentence: str) -> None:
    with pytest.raises(TongbaoError, match=sentence):
        once.choose_period(office, office.circulars["quarterly"], label)


@pytest.mark.parametrize(
    "arguments",
    [["--period", "2020-13"], ["--period", "2020-09"], ["--jurisdiction", "nowhere"], ["--circular", "weekly"]],
)
def test_mistakes_end_the_command_without_starting_airflow(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert once.main(arguments) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_failure_is_told_by_its_cause_not_its_wrapping() -> None:
    mistake = NothingToReport("没有名册", remedy="请先接收名册")
    wrapped = RuntimeError("wrapped")
    wrapped.__cause__ = mistake
    assert once._sentence(wrapped) == "没有名册。请先接收名册。"
    assert once._sentence(mistake) == "没有名册。请先接收名册。"
    assert once._sentence(KeyError("x")).startswith("程序内部错误（KeyError('x')）")


QUIET = """
import os, pathlib, sys
from tongbao_airflow.once import _quiet
with _quiet(pathlib.Path(sys.argv[1])) as out:
    print("noise")
    os.system("echo from a child")
    print("sentence", file=out, flush=True)
print("afterwards")
"""


def test_quiet_sends_the_noise_to_the_log_and_yields_the_terminal(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "run.log"
    printed = subprocess.run([sys.executable, "-c", QUIET, str(log)], capture_output=True, text=True, check=True).stdout
    assert printed == "sentence\nafterwards\n"
    assert sorted(log.read_text().splitlines()) == ["from a child", "noise"]
