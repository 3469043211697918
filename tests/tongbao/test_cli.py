"""What a person sees who types ``tongbao …``."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.sample_run import SampleRun, make_edition
from tongbao.cli import main


@pytest.fixture(scope="module")
def filed(sample_run: SampleRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "archive"
    shutil.copytree(sample_run.folder, folder)
    make_edition(folder, "2020-Q2", reason="首次出版")
    return folder


@pytest.fixture
def archive(filed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TONGBAO_ARCHIVE", str(filed))
    monkeypatch.setenv("COLUMNS", "120")
    return filed


@pytest.mark.usefixtures("archive")
class TestAnswers:
    """Questions asked of what was filed."""

    def test_explain_names_clause_points_evidence_and_remedy(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["explain", "1506990001", "--period", "2020-Q2"]) == 0
        told = capsys.readouterr().out
        assert "合格　得分 71.5（扣分 28.5，加分 0）" in told
        assert "（封顶）" in told
        assert "D4.4b.1" in told
        assert "VW1.1" not in told

    def test_explain_lists_every_clause_on_request(self, capsys: pytest.CaptureFixture[str]) -> None:
        main(["explain", "1506990001", "--period", "2020-Q2", "--all"])
        assert "VW1.1" in capsys.readouterr().out

    def test_explain_a_failing_account(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["explain", "slqcgj_wx", "--period", "2020-Q2"]) == 0
        told = capsys.readouterr().out
        assert "不合格" in told
        assert "• VM3.1" in told

    def test_history_tells_each_roster(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["history", "slqkjj_wx"]) == 0
        told = capsys.readouterr().out
        assert "2020-Q2" in told
        assert "注销日期" in told

    def test_editions_are_listed_with_their_reason(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["editions", "--period", "2020-Q2"]) == 0
        assert "第0001版" in (told := capsys.readouterr().out)
        assert "首次出版" in told
        assert main(["editions", "--period", "2020-Q1"]) == 0
        assert "还没有任何版本" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["explain", "nobody", "--period", "2020-Q2"], "请核对标识码"),
            (["explain", "1506990001", "--period", "2020-Q3"], "请先生成通报"),
            (["explain", "1506990001", "--period", "三季度"], "2020-Q3"),
            (["explain", "1506990001", "--period", "2020-Q2", "--edition", "9"], "没有第9版"),
            (["history", "nobody"], "历次名册中都没有"),
            (["circular", "--period", "2019-Q1"], "没有名册"),
            (["circular", "--period", "2020-Q3", "--jurisdiction", "nowhere"], "没有名为“nowhere”的辖区"),
            (["intake", "--period", "2021-Q1"], "没有可接收的文件"),
            (["intake", "--period", "2020-Q3", "不存在.xlsx"], "找不到文件"),
        ],
    )
    def test_a_mistake_is_one_sentence_and_exit_1(self, words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(words) == 1
        captured = capsys.readouterr()
        assert told in captured.err
        assert captured.err.count("\n") == 1
        assert captured.out == ""


def test_a_refused_file_is_told_and_makes_the_command_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "名册.xlsx"
    broken.write_bytes(b"")
    assert main(["intake", "--period", "2020-Q3", str(broken)]) == 1
    assert "文件《名册.xlsx》" in capsys.readouterr().out


def test_the_circular_command_leaves_no_workspace_behind(
    sample_run: SampleRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "archive"
    shutil.copytree(sample_run.folder / "shiliqi" / "batches", folder / "shiliqi" / "batches")
    monkeypatch.setenv("TONGBAO_ARCHIVE", str(folder))
    assert main(["circular", "--period", "2020-Q2"]) == 0
    *_, docx = capsys.readouterr().out.strip().splitlines()
    assert Path(docx).is_file()
    assert not list((folder / "shiliqi" / "workspaces").rglob("*.parquet"))
