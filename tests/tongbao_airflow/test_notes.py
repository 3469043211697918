from __future__ import annotations

from typing import Any

from tests import airflow_home

airflow_home.prepare()

FILED: dict[str, Any] = {
    "edition": "0002",
    "is_new": True,
    "docx": "/archive/circular.docx",
    "summary": {
        "delivered": 90,
        "accepted": 85,
        "rejected": 5,
        "judged": 86,
        "failed": 20,
        "not_inspected": 2,
        "not_measured": 3,
    },
    "seconds": {"settle": 0.2, "measure": 1.5},
}
SETTLED = {"title": "2020年第三季度", "period": "2020-Q3"}


def test_a_draft_is_told_with_its_counts_and_seconds() -> None:
    from tongbao_airflow.notes import of_circular

    note = of_circular(SETTLED, FILED)
    assert note.startswith("2020年第三季度：第0002版（新版本）\n\n/archive/circular.docx")
    assert "送达90，接收85，退回5，评定86，不合格20，未检2，有未测条款3" in note
    assert "确定范围0.2秒，计量1.5秒" in note


def test_a_return_comes_first() -> None:
    from tongbao_airflow.notes import of_circular

    note = of_circular(SETTLED, FILED, {}, ["退回（初审 zhang）：附件2有误"])
    assert note.startswith("退回（初审 zhang）：附件2有误\n\n2020年第三季度：第0002版")


def test_a_published_circular_is_told_by_its_number() -> None:
    from tongbao_airflow.notes import of_circular

    published = {"number": "示政服字〔2020〕12号", "issued_on": "2020-10-20", "docx": "/archive/signed.docx"}
    assert of_circular(SETTLED, FILED, published).startswith("2020年第三季度：已以示政服字〔2020〕12号印发（2020-10-20）")


def test_a_run_that_made_nothing_says_where_to_look() -> None:
    from tongbao_airflow.notes import of_circular

    assert of_circular({}, {}) == "周期未定：未完成，原因见失败任务日志的最后一句"
