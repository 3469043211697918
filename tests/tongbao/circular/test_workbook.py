"""The annexes as a workbook."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import openpyxl
import pytest

from tests.tongbao.circular.documents import circular, long_annex
from tongbao.circular.document import Annex, AnnexColumn
from tongbao.circular.workbook import annex_workbook

HOSTILE = ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "http://www.shiliqi.example", "R&D<5%>{{ x }}\x0b", "00123", "1e5")


def sheets(*annexes: Annex) -> Any:
    return openpyxl.load_workbook(io.BytesIO(annex_workbook(circular(annexes=annexes))))


def column(values: tuple[Any, ...]) -> Annex:
    return Annex("清单", (AnnexColumn("value", "值", 1),), tuple((value,) for value in values))


def test_each_annex_is_a_sheet_with_frozen_head_and_filter() -> None:
    book = openpyxl.load_workbook(io.BytesIO(annex_workbook(circular())))
    assert [sheet.title[:4] for sheet in book] == ["附件1 ", "附件2 ", "附件3 "]
    for sheet, annex in zip(book, circular().annexes, strict=True):
        assert sheet["A1"].value == annex.title
        assert [cell.value for cell in sheet[2]] == [head.title for head in annex.columns]
        assert sheet.freeze_panes == "A3"
        assert sheet.auto_filter.ref.startswith("A2:")
        assert sheet.cell(2 + len(annex.rows), 1).value == annex.rows[-1][0]
        assert sheet.page_setup.orientation == ("landscape" if annex.landscape else "portrait")
    assert book.worksheets[1].cell(2 + 21 + 2, 1).value == circular().annexes[1].note


def test_values_keep_their_types() -> None:
    moment = datetime(2020, 9, 30, 16, 5, tzinfo=UTC)
    sheet = sheets(column((1, np.int64(2), 87.5, date(2020, 9, 3), moment, None, float("nan"), True, 10**18))).active
    values = [row[0].value for row in sheet.iter_rows(min_row=3)]
    assert values == [1, 2, 87.5, datetime(2020, 9, 3), datetime(2020, 10, 1, 0, 5), None, None, "是", str(10**18)]
    assert sheet["A6"].number_format == "yyyy-mm-dd"


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text_whatever_it_looks_like(text: str) -> None:
    cell = sheets(column((text,))).active["A3"]
    assert cell.data_type == "s"
    assert cell.value == text.replace("\x0b", "")
    assert cell.hyperlink is None
    assert bool(cell.quotePrefix) == (text[0] in "=+-@")


def test_sheet_names_are_short_allowed_and_unique() -> None:
    annex = replace(column((1,)), title="甲[乙]:*?/\\" + "丙" * 40)
    names = sheets(annex, annex, annex).sheetnames
    assert len(set(names)) == 3
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_bytes_are_reproducible_and_carry_the_date_of_issue() -> None:
    data = annex_workbook(circular())
    assert annex_workbook(circular()) == data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert "2020-10-21T00:00:00Z" in archive.read("docProps/core.xml").decode()
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_an_annex_without_rows_and_a_circular_without_annexes_still_open() -> None:
    assert sheets(replace(column(()), note="无")).active["A2"].value == "值"
    assert len(sheets().sheetnames) == 1


def test_a_long_annex_is_whole() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(annex_workbook(long_annex(600)))).active
    assert sheet.max_row == 602
