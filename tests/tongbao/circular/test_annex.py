"""Annex tables: cells, widths, long lists."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tongbao.circular.annex import TablePrototype, table_rows, tables_xml
from tongbao.circular.annex_columns import column_widths
from tongbao.circular.cells import cell_text
from tongbao.circular.document import Align, Annex, AnnexColumn
from tongbao.circular.ooxml import W_NAMESPACE, Element, fragment, parse, w
from tongbao.circular.package import DOCUMENT, STYLES, read_package
from tongbao.circular.styles import Styles
from tongbao.home import home

TEMPLATE = home() / "templates" / "circular-v1.docx"


@pytest.fixture(scope="module")
def styles() -> Styles:
    return Styles.read(read_package(TEMPLATE)[STYLES], TEMPLATE.name)


@pytest.fixture(scope="module")
def prototype() -> TablePrototype:
    table = parse(read_package(TEMPLATE)[DOCUMENT]).find(f"{w('body')}/{w('tbl')}")
    assert table is not None
    found = TablePrototype.read(table)
    assert found is not None
    return found


def tables(annex: Annex, prototype: TablePrototype, styles: Styles, width: int = 8844) -> list[Element]:
    text = "".join(tables_xml(annex, prototype, styles, width))
    return list(parse(f'<body xmlns:w="{W_NAMESPACE}">{text}</body>'.encode()))


def annex(rows: int, columns: int = 3) -> Annex:
    heads = tuple(AnnexColumn(f"c{n}", f"第{n}列", n + 1, Align.CENTER if n else Align.LEFT) for n in range(columns))
    return Annex("清单", heads, tuple(tuple(f"{row}-{n}" for n in range(columns)) for row in range(rows)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (float("nan"), ""),
        (pd.NaT, ""),
        (pd.NA, ""),
        (True, "是"),
        (7, "7"),
        (np.int64(7), "7"),
        (100.0, "100"),
        (87.5, "87.5"),
        (np.float64(87.25), "87.25"),
        (1234567.0, "1234567"),
        (Decimal("3.10"), "3.10"),
        (date(2020, 9, 3), "2020-09-03"),
        (datetime(2020, 9, 30, 16, 5, tzinfo=UTC), "2020-10-01 00:05"),
        (pd.Timestamp("2020-09-30 08:00", tz="Asia/Shanghai"), "2020-09-30 08:00"),
        ("=1+1", "=1+1"),
    ],
)
def test_cell_text(value: Any, text: str) -> None:
    assert cell_text(value) == text


@given(st.lists(st.floats(0, 100), min_size=1, max_size=12), st.integers(1000, 15000))
def test_widths_add_up_to_the_table(shares: list[float], total: int) -> None:
    widths = column_widths([AnnexColumn(str(n), "", share) for n, share in enumerate(shares)], total)
    assert sum(widths) == total
    assert min(widths) >= 0


def test_short_columns_keep_their_texts_on_one_line_at_the_cost_of_wide_ones() -> None:
    columns = [AnnexColumn("n", "序号", 1), AnnexColumn("name", "账号名称", 20), AnnexColumn("platform", "平台", 2)]
    rows = [(1, "很长的名称" * 9, "微信公众号"), (2, "短", "抖音")]
    number, name, platform = column_widths(columns, 8000, rows, character=240)
    assert number >= 2 * 240
    assert platform >= 5 * 240 + 114
    assert number + name + platform == 8000
    assert column_widths(columns, 8000, [], character=0)[2] == pytest.approx(8000 * 2 / 23, abs=1)
    assert column_widths(columns, 1000, rows, character=240) == [43, 870, 87]


@pytest.mark.parametrize(("rows", "sizes"), [(1, [1]), (500, [500]), (501, [500, 1]), (1000, [500, 500]), (1001, [500, 500, 1])])
def test_long_lists_become_tables_of_500_rows_each_with_its_head(
    rows: int, sizes: list[int], prototype: TablePrototype, styles: Styles
) -> None:
    parts = tables(annex(rows), prototype, styles)
    assert [part.tag for part in parts] == [w("tbl"), *[w("p"), w("tbl")] * (len(sizes) - 1)]
    found = [part.findall(w("tr")) for part in parts if part.tag == w("tbl")]
    assert [len(table) - 1 for table in found] == sizes
    for head, *data in found:
        assert head.find(f"{w('trPr')}/{w('tblHeader')}") is not None
        assert all(row.find(f"{w('trPr')}/{w('cantSplit')}") is not None for row in data)
        assert all(row.find(f"{w('trPr')}/{w('tblHeader')}") is None for row in data)


def test_a_table_is_fixed_to_its_width_and_its_columns_align(prototype: TablePrototype, styles: Styles) -> None:
    (table,) = tables(annex(2), prototype, styles, 12756)
    assert table.find(f"{w('tblPr')}/{w('tblW')}").get(w("w")) == "12756"  # type: ignore[union-attr]
    assert table.find(f"{w('tblPr')}/{w('tblLayout')}").get(w("type")) == "fixed"  # type: ignore[union-attr]
    grid = [int(column.get(w("w"), 0)) for column in table.iter(w("gridCol"))]
    assert sum(grid) == 12756
    row = table.findall(w("tr"))[1]
    assert [int(cell.get(w("w"), 0)) for cell in row.iter(w("tcW"))] == grid
    assert [jc.get(w("val")) for jc in row.iter(w("jc"))] == ["left", "center", "center"]


def test_tables_of_more_than_six_columns_are_set_smaller(prototype: TablePrototype, styles: Styles) -> None:
    def style_of(columns: int) -> str:
        (table,) = tables(annex(1, columns), prototype, styles)
        return str(table.findall(w("tr"))[1].find(f".//{w('pStyle')}").get(w("val")))  # type: ignore[union-attr]

    assert styles.by_id[style_of(6)].find(w("name")).get(w("val")) == "附件表格"  # type: ignore[union-attr]
    assert styles.by_id[style_of(7)].find(w("name")).get(w("val")) == "附件表格五号"  # type: ignore[union-attr]


def test_hostile_text_comes_out_literally() -> None:
    hostile = "R&D<5%>{{ title }}{% x %}\x0b\x00]]>\u202eabc\ud800 =cmd|' /C calc'!A0"
    (row,) = table_rows([[hostile]], "", ["<w:tc><w:p><w:r>"])
    text = parse(f'<w:tbl xmlns:w="{W_NAMESPACE}">{row}</w:tbl>'.encode()).find(f".//{w('t')}").text  # type: ignore[union-attr]
    assert text == "R&D<5%>{{ title }}{% x %}]]>abc =cmd|' /C calc'!A0"


def test_lines_in_a_cell_stay_lines() -> None:
    (row,) = table_rows([["甲\r\n乙\n丙"]], "", ["<w:tc><w:p><w:r>"])
    tree = parse(f'<w:tbl xmlns:w="{W_NAMESPACE}">{row}</w:tbl>'.encode())
    assert [text.text for text in tree.iter(w("t"))] == ["甲", "乙", "丙"]
    assert len(list(tree.iter(w("br")))) == 2


def test_only_a_row_of_many_lines_may_break_over_pages(prototype: TablePrototype, styles: Styles) -> None:
    columns = (AnnexColumn("a", "序号", 1), AnnexColumn("b", "问题", 3))
    (table,) = tables(Annex("清单", columns, ((1, "字" * 80), (2, "字" * 900))), prototype, styles)
    kept_whole = [row.find(f"{w('trPr')}/{w('cantSplit')}") is not None for row in table.findall(w("tr"))]
    assert kept_whole == [True, True, False]


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="1 cells in a table of 2 columns"):
        list(table_rows([["x"]], "", ["", ""]))


def test_fragments_declare_no_namespaces() -> None:
    assert "xmlns" not in fragment(etree.fromstring(f'<w:p xmlns:w="{W_NAMESPACE}"/>'))
