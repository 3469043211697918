"""The sums and sentences of one run of the intake, and the notes written on runs."""

from __future__ import annotations

import pytest

from tongbao.errors import FileRefused
from tongbao_airflow import notes
from tongbao_airflow.receipt import add_up

TAKEN = {"file": "a.xlsx", "sentence": "《a.xlsx》已接收", "delivered": 10, "accepted": 8, "rejected": 2}
REFUSED = {
    "file": "b.xls",
    "sentence": "《b.xls》是网页",
    "delivered": 0,
    "accepted": 0,
    "rejected": 0,
    "refused": "《b.xls》是网页",
}


def test_counts_are_summed_over_pieces(capsys: pytest.CaptureFixture[str]) -> None:
    total = add_up([{"files": [TAKEN]}, {"files": [TAKEN, REFUSED]}])
    assert total == {"files": 3, "delivered": 20, "accepted": 16, "rejected": 4, "refused": ["《b.xls》是网页"]}
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "收到文件3个，其中整份退回1个；送达20行，接收16行，退回4行"
    assert "《b.xls》是网页" in lines


def test_nothing_delivered_is_no_failure() -> None:
    assert add_up([], fail_when_refused=True)["files"] == 0


def test_a_refusal_fails_the_run_only_when_asked_to() -> None:
    with pytest.raises(FileRefused, match=r"有1个文件整份退回：《b\.xls》是网页"):
        add_up([{"files": [TAKEN, REFUSED]}], fail_when_refused=True)
    add_up([{"files": [TAKEN]}], fail_when_refused=True)


@pytest.mark.parametrize(
    ("settled", "filed", "text"),
    [
        (
            {"title": "2020年第三季度"},
            {"edition": "0002", "is_new": True, "docx": "/a/circular.docx"},
            "2020年第三季度：第0002版（新版本）\n\n/a/circular.docx",
        ),
        (
            {"title": "2020年第三季度"},
            {"edition": "0001", "is_new": False, "docx": "x"},
            "2020年第三季度：第0001版（与已有版本相同）\n\nx",
        ),
        ({"title": "2020年第三季度"}, {}, "2020年第三季度：未完成，原因见失败任务日志的最后一句"),
        ({}, {}, "周期未定：未完成，原因见失败任务日志的最后一句"),
    ],
)
def test_note_on_a_circular(settled: dict[str, object], filed: dict[str, object], text: str) -> None:
    assert notes.of_circular(settled, filed) == text


def test_note_on_an_intake_holds_every_refusal() -> None:
    note = notes.of_intake(add_up([{"files": [TAKEN, REFUSED]}]))
    assert note.startswith("收到文件2个")
    assert "整份退回：《b.xls》是网页" in note
    assert notes.of_intake({}).startswith("未完成")
