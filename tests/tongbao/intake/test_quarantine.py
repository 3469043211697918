"""Rejected rows in the office's own columns; accepted rows as Parquet; nothing lost between them."""

from __future__ import annotations

import io
import string
import zipfile
from datetime import date, datetime, time
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongbao.feeds import FEEDS
from tongbao.intake import quarantine
from tongbao.intake.quarantine import accepted_parquet, rejected_workbook
from tongbao.intake.read import RawTable
from tongbao.intake.validate import PROBLEM_COLUMNS, Validation, validate


def judged(delivered_rows: int, rejects: list[tuple[Any, ...]]) -> Validation:
    lines = pd.DataFrame(rejects, columns=PROBLEM_COLUMNS)
    return Validation((), lines, lines.iloc[:0], delivered=delivered_rows)


def table(original: pd.DataFrame, headers: dict[str, str]) -> RawTable:
    return RawTable(
        file="探测.csv",
        sheet="",
        feed=FEEDS["probes"],
        frame=original[list(headers.values())].set_axis(list(headers), axis=1),
        row_numbers=np.arange(5, 5 + len(original), dtype=np.int32),
        headers=headers,
        original=original,
    )


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


HEADERS = {"subject_id": "网站标识码", "outcome": "探测结果"}


def test_rejected_rows_come_back_in_the_offices_columns() -> None:
    original = pd.DataFrame(
        {"序号": [1, 2, 3], "网站标识码": ["a", "b", "c"], "探测结果": ["好", "坏", "怪"], "附言": ["", "x", None]}
    )
    validation = judged(
        3, [(1, "outcome", "坏", "甲"), (2, "outcome", "怪", "甲"), (2, "subject_id", "c", "乙"), (2, "outcome", "怪", "甲")]
    )
    sheet = opened(rejected_workbook(table(original, HEADERS), validation)).active
    assert list(sheet.values) == [
        ("序号", "网站标识码", "探测结果", "附言", "行号", "字段", "原因"),
        (2, "b", "坏", "x", 6, "探测结果", "甲"),
        (3, "c", "怪", None, 7, "探测结果、网站标识码", "甲；乙"),
    ]
    assert sheet.freeze_panes == "A2"
    assert sheet["C2"].fill.fgColor.rgb == "FFFBE3E0"
    assert sheet["B2"].fill.fill_type is None
    assert sheet["B3"].fill.fill_type == sheet["C3"].fill.fill_type == "solid"


DANGEROUS = [
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    '=HYPERLINK("http://x.example")',
    "http://x.example",
    "\t=1",
    "00123",
    "1e5",
    "{=1}",
]


def test_texts_stay_texts_whatever_they_begin_with() -> None:
    original = pd.DataFrame({"网站标识码": DANGEROUS, "探测结果": DANGEROUS})
    rejects = [(position, "outcome", value, value) for position, value in enumerate(DANGEROUS)]
    data = rejected_workbook(table(original, HEADERS), judged(len(DANGEROUS), rejects))
    sheet = opened(data).active
    for row, value in enumerate(DANGEROUS, start=2):
        assert [sheet.cell(row, column).value for column in (1, 2, 5)] == [value] * 3
        assert {sheet.cell(row, column).data_type for column in (1, 2, 5)} == {"s"}
        assert sheet.cell(row, 1).quotePrefix
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        body = parts.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in body
        assert "hyperlink" not in body
        assert not [name for name in parts.namelist() if "external" in name.lower() or "vba" in name.lower()]


def test_cells_keep_their_kinds() -> None:
    cells: list[Any] = [
        3,
        2.5,
        True,
        date(2020, 9, 30),
        datetime(2020, 9, 30, 8, 5),
        time(8, 5),
        123456789012345678,
        float("inf"),
        "",
        None,
    ]
    cells += [
        date(1899, 1, 1),
        pd.Timestamp("2020-09-30 08:05", tz="Asia/Shanghai"),
        "x" * 40_000,
        np.int64(7),
        pd.Timestamp("2020-09-30"),
    ]
    original = pd.DataFrame({"网站标识码": ["a"] * len(cells), "探测结果": pd.Series(cells, dtype=object)})
    rejects = [(position, "subject_id", "a", "甲") for position in range(len(cells))]
    sheet = opened(rejected_workbook(table(original, HEADERS), judged(len(cells), rejects))).active
    values = [sheet.cell(row, 2).value for row in range(2, len(cells) + 2)]
    assert values[:6] == [3, 2.5, True, datetime(2020, 9, 30), datetime(2020, 9, 30, 8, 5), "08:05:00"]
    assert values[6:12] == ["123456789012345678", "inf", None, None, "1899-01-01", "2020-09-30 08:05:00+08:00"]
    assert len(values[12]) == 32_767
    assert values[12].endswith("全文见原文件）")
    assert values[13:] == [7, datetime(2020, 9, 30)]


def test_equal_rows_make_equal_bytes() -> None:
    original = pd.DataFrame({"网站标识码": ["a"], "探测结果": ["怪"]})
    validation = judged(1, [(0, "outcome", "怪", "甲")])
    first = rejected_workbook(table(original, HEADERS), validation)
    assert first == rejected_workbook(table(original.copy(), HEADERS), validation)
    with zipfile.ZipFile(io.BytesIO(first)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 31, 0, 0, 0)}


def test_what_exceeds_a_sheet_goes_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "ROWS_A_SHEET", 2)
    original = pd.DataFrame({"网站标识码": list("abcde"), "探测结果": ["怪"] * 5})
    workbook = opened(rejected_workbook(table(original, HEADERS), judged(5, [(p, "outcome", "怪", "甲") for p in range(5)])))
    rows = [row for sheet in workbook for row in list(sheet.values)[1:]]
    assert [row[0] for row in rows] == list("abcde")
    assert len(workbook.worksheets) == 3


def test_accepted_rows_have_the_contracts_schema(delivered, surroundings) -> None:
    rows = [
        {"subject_id": "1506990001", "probed_at": "2020-09-30 08:00", "outcome": "ok", "status_code": 200, "elapsed_s": 0.25},
        {"subject_id": "1506990001", "probed_at": "2020-09-30 09:00", "outcome": "怪", "status_code": None, "elapsed_s": None},
        {"subject_id": "wx-1", "probed_at": "2020-09-30 09:00", "outcome": "timeout", "status_code": None, "elapsed_s": None},
    ]
    normalised = delivered("probes", rows, first_row=4)
    data = accepted_parquet(normalised, validate(normalised, surroundings))
    read = pq.read_table(io.BytesIO(data))
    assert read.schema == FEEDS["probes"].schema.append(pa.field("row_number", pa.int32()))
    assert read.schema.metadata is None
    assert read.column("row_number").to_pylist() == [4, 6]
    assert read.column("status_code").to_pylist() == [200, None]
    assert read.column("probed_at").to_pylist()[0].isoformat() == "2020-09-30T08:00:00+08:00"
    assert data == accepted_parquet(normalised, validate(normalised, surroundings))


@pytest.mark.parametrize("feed", FEEDS)
def test_every_feed_can_be_filed_empty(feed: str, delivered, surroundings) -> None:
    normalised = delivered(feed, [{"subject_id": None}])
    read = pq.read_table(io.BytesIO(accepted_parquet(normalised, validate(normalised, surroundings))))
    assert read.num_rows == 0
    assert read.schema.names == [*FEEDS[feed].names, "row_number"]


IDS = st.sampled_from(["1506990001", "wx-1", "zz", None])
OUTCOMES = st.sampled_from(["ok", "timeout", "怪", None])
INSTANTS = st.sampled_from(["2020-09-30 08:00", "2020-10-02 08:00", "2020-06-01 08:00", None])
RECORD = st.fixed_dictionaries(
    {
        "subject_id": IDS,
        "probed_at": INSTANTS,
        "outcome": OUTCOMES,
        "status_code": st.sampled_from([200, 99, None]),
        "elapsed_s": st.sampled_from([0.5, -1.0, None]),
    }
)


# Few large deliveries rather than many small ones: to judge one costs the same whatever its length.
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    records=st.lists(RECORD, min_size=1, max_size=40),
    unread=st.sets(st.integers(0, 39), max_size=10),
    text=st.text(string.printable, max_size=5),
)
def test_accepted_and_rejected_make_up_what_was_delivered(records, unread, text, delivered, surroundings) -> None:
    problems = [(row, "status_code", text, "看不懂", "reject") for row in sorted(unread) if row < len(records)]
    normalised = delivered("probes", records, problems)
    validation = validate(normalised, surroundings)
    accepted = pq.read_table(io.BytesIO(accepted_parquet(normalised, validation))).column("row_number").to_pylist()
    returned = [row[-3] for row in list(opened(rejected_workbook(normalised.table, validation)).active.values)[1:] if row[-3]]
    assert sorted(accepted + returned) == list(normalised.table.row_numbers)
    assert validation.accepted == len(accepted)
    assert validation.rejected == len(returned)
