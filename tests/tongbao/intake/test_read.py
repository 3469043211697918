"""What the reader finds in untidy but honest files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import PatternFill

from tests.tongbao.intake.books import ROSTER_HEADER, ROSTER_ROW, ods, ods_row, xls, xlsx, zipped
from tongbao.intake.read import RawTable, read_tables
from tongbao.vocabulary import Vocabulary, load_vocabulary

Read = Callable[..., list[RawTable]]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


@pytest.fixture
def read(vocabulary: Vocabulary) -> Read:
    return lambda path, feed=None, name=None: read_tables(path, vocabulary, feed, name=name)


def only(tables: list[RawTable]) -> RawTable:
    assert len(tables) == 1
    return tables[0]


def column(table: RawTable, name: str) -> list[object]:
    return [None if value != value else value for value in table.frame[name].astype(object).tolist()]


def test_header_below_titles_and_notes_below_the_table(tmp_path: Path, read: Read) -> None:
    path = xlsx(
        tmp_path / "政务新媒体备案清单.xlsx",
        [
            ["附件1"],
            ["示例旗政务新媒体备案清单（截至2020年9月30日）"],
            [None],
            ["填报单位：示例旗政务服务局"],
            ["序号", "责任单位（盖章）", "平台", "账号名称", "账号ID", "微信认证"],
            [1, "示例旗教育局", "政务微信", "示例教育", "slq_edu", "是"],
            ["一、乡镇"],
            [2, "示例镇人民政府", "抖音", "示例镇微视", "slq_dy", "否"],
            [None],
            ["序号", "责任单位（盖章）", "平台", "账号名称", "账号ID", "微信认证"],
            [3, "注册会计师行业管理处", "快手", "说明书讲堂", "slq_ks", "否"],
            [4],
            ["合计", None, None, 3],
            ["注：1.本表按机构顺序排列。"],
            ["2.账号以报送系统登记为准。"],
            ["填表人：办公室", None, None, "审核人：", "填表日期：2020.9.30"],
        ],
    )
    table = only(read(path))
    assert table.feed.name == "roster"
    assert table.row_numbers.tolist() == [6, 8, 11]
    assert table.row_numbers.dtype == "int32"
    assert column(table, "subject_id") == ["slq_edu", "slq_dy", "slq_ks"]
    assert table.headers == {"sponsor": "责任单位（盖章）", "platform": "平台", "name": "账号名称", "subject_id": "账号ID"}
    assert list(table.original) == ["序号", "责任单位（盖章）", "平台", "账号名称", "账号ID", "微信认证"]
    assert table.original["微信认证"].tolist() == ["是", "否", "否"]
    assert [line.split("：")[0] for line in table.skipped] == [
        "第7行是分组标题",
        "第10行重复表头",
        "第12行只有序号",
        "第13行是合计",
        "第14行是说明",
        "第15行是说明",
        "第16行是说明",
    ]


@pytest.mark.parametrize(
    "row",
    [
        ["说明", "微信公众号", "注", "备注科"],
        [None, "微信公众号", "示例发布", "示例旗教育局"],
        ["slq_x", None, None, None],
        ["slq_x", None, "合计", None],
        [None, None, "示例旗教育局", None],
        [None, None, None, "注销中"],
    ],
)
def test_a_doubtful_row_stays_a_data_row(tmp_path: Path, read: Read, row: list[object]) -> None:
    table = only(read(xlsx(tmp_path / "名册.xlsx", [ROSTER_HEADER, ROSTER_ROW, row, ["slq_z", None, "末行", "示例旗教育局"]])))
    assert table.row_numbers.tolist() == [2, 3, 4]
    assert table.skipped == ()


def test_merged_cells_are_filled_down_and_unmerged_blanks_are_not(tmp_path: Path, read: Read) -> None:
    rows = [
        ["主办单位", "平台类型", "名称", "标识码", "备案日期"],
        ["示例旗教育局", "微信", "甲", "a", 44117],
        [None, None, "乙", "b", None],
        [None, "抖音", "丙", "c", None],
        [None, "抖音", "丁", "d", None],
    ]
    table = only(read(xlsx(tmp_path / "名册.xlsx", rows, ["A2:A4", "B2:B3"])))
    assert column(table, "sponsor") == ["示例旗教育局"] * 3 + [None]
    assert column(table, "platform") == ["微信", "微信", "抖音", "抖音"]
    assert column(table, "filed_on") == [44117, None, None, None]
    assert table.original["主办单位"].tolist()[:3] == ["示例旗教育局"] * 3


def test_a_merged_block_makes_no_rows_of_its_own(tmp_path: Path, read: Read) -> None:
    rows = [ROSTER_HEADER, ROSTER_ROW, [None] * 4, ["slq_b", "抖音", "乙", "示例镇人民政府"]]
    table = only(read(xlsx(tmp_path / "名册.xlsx", rows, ["A2:A3", "B2:B3", "C2:C3", "D2:D3"])))
    assert table.row_numbers.tolist() == [2, 4]


@pytest.mark.parametrize("as_text", [False, True])
def test_two_level_headers_are_joined(tmp_path: Path, read: Read, as_text: bool) -> None:
    rows: list[list[object]] = [
        ["标识码", "账号", None, "单位", None, "联系人", None],
        [None, "名称", "平台", "主办单位", "承办单位", "姓名", "电话"],
        ["slq_wx", "示例发布", "微信", "示例旗教育局", "办公室", "某科", "0000-0000001"],
    ]
    if as_text:
        path = tmp_path / "名册.csv"
        path.write_text("\n".join(",".join(str(cell or "") for cell in row) for row in rows), encoding="utf-8")
    else:
        path = xlsx(tmp_path / "名册.xlsx", rows, ["A1:A2", "B1:C1", "D1:E1", "F1:G1"])
    table = only(read(path))
    assert table.row_numbers.tolist() == [3]
    assert table.frame.iloc[0].to_dict() | {"contact": ""} == {
        "subject_id": "slq_wx",
        "name": "示例发布",
        "platform": "微信",
        "sponsor": "示例旗教育局",
        "operator": "办公室",
        "contact": "",
    }


def test_a_second_header_level_is_never_a_data_row(tmp_path: Path, read: Read) -> None:
    rows = [
        ["标识码", "名称", "主办单位", "联系人", None],
        [None, None, None, "姓名", "电话"],
        ["a", "甲", "示例旗教育局", "某科", "1"],
    ]
    table = only(read(xlsx(tmp_path / "名册.xlsx", rows, ["A1:A2", "B1:B2", "C1:C2", "D1:E1"])))
    assert table.row_numbers.tolist() == [3]
    assert table.headers["contact"] == "联系人姓名"


def test_cells_keep_their_types(tmp_path: Path, read: Read) -> None:
    header = ["标识码", "栏目名称", "栏目类别", "检查时间", "最后更新时间", "信息条数"]
    when = datetime(2020, 9, 28, 9, 30)
    table = only(read(xlsx(tmp_path / "更新情况.xlsx", [header, ["1506990001", "要闻", None, when, 44117, "12条"]])))
    assert table.frame.iloc[0].tolist() == ["1506990001", "要闻", None, when, 44117.0, "12条"]


def test_a_sheet_that_starts_away_from_the_corner(tmp_path: Path, read: Read) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row, cells in enumerate([ROSTER_HEADER, ROSTER_ROW, ["b", None, "乙", None]], start=4):
        for place, cell in enumerate(cells, start=3):
            sheet.cell(row, place, cell)
    sheet.merge_cells("F5:F6")
    book.save(tmp_path / "名册.xlsx")
    table = only(read(tmp_path / "名册.xlsx"))
    assert table.row_numbers.tolist() == [5, 6]
    assert column(table, "sponsor") == [ROSTER_ROW[3]] * 2


def test_formulas_without_a_cached_value_are_missing(tmp_path: Path, read: Read) -> None:
    rows = [ROSTER_HEADER, ["a", "微信", '=CONCATENATE("示例","发布")', "示例旗教育局"]]
    assert column(only(read(xlsx(tmp_path / "名册.xlsx", rows))), "name") == [None]


def test_several_feeds_in_one_workbook(tmp_path: Path, read: Read) -> None:
    sheets = {
        "填表说明": [["标识码", "名称", "主办单位"], ["填写说明", "全称", "规范简称"]],
        "网站": [["网站标识码", "网站名称", "主办单位"], ["1506990001", "示例旗人民政府门户网站", "示例旗人民政府"]],
        "新媒体": [ROSTER_HEADER, ROSTER_ROW],
        "9月问题": [
            ["标识码", "名称", "主办单位", "检查指标", "问题描述", "发现时间"],
            ["a", "甲", "某局", "VM2", "未更新", "2020-09-28"],
        ],
        "透视": [["平台", "个数"], ["微信", 3]],
        "抽查名单": [["标识码", "检查人"], ["slq_wx", "甲组"]],
    }
    tables = read(xlsx(tmp_path / "第三季度汇总.xlsx", sheets))
    assert [(table.sheet, table.feed.name, len(table.frame)) for table in tables] == [
        ("网站", "roster", 1),
        ("新媒体", "roster", 1),
        ("9月问题", "findings", 1),
        ("抽查名单", "sample", 1),
    ]
    assert tables[0].skipped == ("工作表“填表说明”是说明，未读取", "工作表“透视”不是任何一种数据表，未读取")


def test_hidden_and_empty_template_sheets_are_left_aside(tmp_path: Path, read: Read) -> None:
    path = xlsx(
        tmp_path / "名册.xlsx",
        {"名册": [ROSTER_HEADER, ROSTER_ROW], "旧名册": [ROSTER_HEADER, ROSTER_ROW], "空表": [ROSTER_HEADER]},
    )
    book = openpyxl.load_workbook(path)
    book["旧名册"].sheet_state = "hidden"
    book.save(path)
    table = only(read(path))
    assert table.sheet == "名册"
    assert table.skipped == ("工作表“旧名册”是隐藏的，未读取", "工作表“空表”只有表头，没有数据行")


def test_a_list_of_subjects_is_a_sample_only_when_it_says_so(tmp_path: Path, read: Read) -> None:
    rows = [["标识码", "检查人"], ["a", "甲组"]]
    assert only(read(xlsx(tmp_path / "抽查名单.xlsx", rows))).feed.name == "sample"
    assert only(read(xlsx(tmp_path / "a.xlsx", rows), feed="sample")).feed.name == "sample"
    assert only(read(xlsx(tmp_path / "b.xlsx", [[*rows[0], "检查周期"], [*rows[1], "2020-Q3"]]))).feed.name == "sample"


def test_repeated_and_missing_titles_get_distinct_names(tmp_path: Path, read: Read) -> None:
    rows = [[*ROSTER_HEADER, "备注", None, "备注"], [*ROSTER_ROW, "甲", "旁注", "乙"]]
    original = only(read(xlsx(tmp_path / "名册.xlsx", rows))).original
    assert list(original)[4:] == ["备注", "第6列", "备注（2）"]


def test_the_preferred_of_two_synonyms_wins(tmp_path: Path, read: Read) -> None:
    rows = [[*ROSTER_HEADER[:3], "责任单位", "主办单位"], ["a", None, "甲", "责任", "主办"]]
    assert column(only(read(xlsx(tmp_path / "名册.xlsx", rows))), "sponsor") == ["主办"]


def test_a_hundred_thousand_blank_rows_cost_nothing(tmp_path: Path, read: Read) -> None:
    filled = "".join(
        f'<row r="{number}">'
        + "".join(f'<c r="{"ABCD"[at]}{number}" t="inlineStr"><is><t>{text}</t></is></c>' for at, text in enumerate(cells))
        + "</row>"
        for number, cells in ((1, ROSTER_HEADER), (2, ROSTER_ROW), (100_002, ["slq_b", "抖音", "乙", "示例镇人民政府"]))
    )
    path = tmp_path / "名册.xlsx"
    path.write_bytes(zipped(filled))
    table = only(read(path))
    assert table.row_numbers.tolist() == [2, 100_002]
    assert len(table.frame) == 2


def test_blank_styled_rows_are_not_rows(tmp_path: Path, read: Read) -> None:
    path = xlsx(tmp_path / "名册.xlsx", [ROSTER_HEADER, ROSTER_ROW, ["　", " "]])
    book = openpyxl.load_workbook(path)
    for number in range(4, 2_000):
        book.active.cell(number, 1).fill = PatternFill("solid", fgColor="FFFF00")
    book.save(path)
    assert only(read(path)).row_numbers.tolist() == [2]


def test_ods_with_merged_and_repeated_cells(tmp_path: Path, read: Read) -> None:
    table = "".join(
        [
            ods_row("示例旗政务新媒体名册"),
            ods_row("主办单位", "名称", "标识码", "平台"),
            ods_row(("示例旗教育局", 2), "甲", "a", "微信"),
            ods_row(None, "乙", "b", "抖音"),
            ods_row("", repeated=1_000_000),
            ods_row("注：完"),
        ]
    )
    read_table = only(read(ods(tmp_path / "名册.ods", table)))
    assert read_table.row_numbers.tolist() == [3, 4]
    assert column(read_table, "sponsor") == ["示例旗教育局"] * 2


def test_xls_with_merged_cells_and_serial_dates(tmp_path: Path, read: Read) -> None:
    rows = [["主办单位", "名称", "标识码", "备案日期"], ["示例旗教育局", "甲", "a", 44117], [None, "乙", "b", None]]
    table = only(read(xls(tmp_path / "名册.xls", rows, merges=[(1, 2, 0, 0)])))
    assert column(table, "sponsor") == ["示例旗教育局"] * 2
    assert column(table, "filed_on") == [44117, None]


@pytest.mark.parametrize("suffix", [".xls", ".ods", ".csv"])
def test_a_healthy_workbook_is_read_whatever_its_name_ends_in(tmp_path: Path, read: Read, suffix: str) -> None:
    path = xlsx(tmp_path / "x.xlsx", [ROSTER_HEADER, ROSTER_ROW])
    assert only(read(path, name=f"名册{suffix}")).file == f"名册{suffix}"


CSV = "标识码,平台类型,名称,主办单位\na,微信,甲,示例旗教育局\n\nb,抖音,乙,示例镇人民政府\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("quoted", [False, True])
def test_text_tables(tmp_path: Path, read: Read, encoding: str, delimiter: str, end: str, quoted: bool) -> None:
    text = CSV.replace("甲", '"甲"').replace(",", delimiter) if quoted else CSV.replace(",", delimiter)
    path = tmp_path / "名册.csv"
    path.write_bytes(text.replace("\n", end).encode(encoding))
    table = only(read(path))
    assert table.sheet == ""
    assert table.row_numbers.tolist() == [2, 4]
    assert column(table, "name") == ["甲", "乙"]


def test_text_table_with_titles_notes_and_cells_of_many_kinds(tmp_path: Path, read: Read) -> None:
    lines = [
        "示例旗首页探测记录,,",
        "标识码,探测时间,结果",
        "1506990001,2020-07-01 00:00,正常",
        ",,",
        '"1506990001","2020-07-01 01:00","超时\n（重试两次）"',
        "=cmd|' /C calc'!A0,2020-07-01 02:00,正常",
        "注：以上为机器记录",
    ]
    path = tmp_path / "首页探测记录.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    table = only(read(path))
    assert table.row_numbers.tolist() == [3, 5, 6]
    assert column(table, "subject_id")[2] == "=cmd|' /C calc'!A0"
    assert column(table, "outcome")[1] == "超时\n（重试两次）"


def test_rows_wider_than_the_header_are_kept_and_marked(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "名册.csv"
    path.write_text("标识码,平台类型,名称,主办单位\na,微信,甲,某局\nb,微信,乙,某局,二科\nc,微信,丙\n", encoding="utf-8")
    table = only(read(path))
    assert column(table, "subject_id") == ["a", "b", "c"]
    assert table.overfull.tolist() == [1]
    assert table.original["第5列"].tolist()[1] == "二科"
    assert column(table, "sponsor")[2] is None


def test_fast_and_careful_ways_read_the_same(tmp_path: Path, read: Read) -> None:
    rows = [f"15{at:08d},2020-07-01 {at % 24:02d}:00,{'正常' if at % 7 else ''},{at % 5 or ''}" for at in range(500)]
    text = "标识码,探测时间,结果,耗时\n" + "\n".join(rows)
    fast, careful = tmp_path / "探测.csv", tmp_path / "探测2.csv"
    fast.write_text(text, encoding="utf-8")
    careful.write_text(text.replace("正常", '"正常"', 1), encoding="utf-8")
    one, other = only(read(fast)), only(read(careful))
    assert one.frame.astype(object).where(one.frame.notna(), None).equals(other.frame.where(other.frame.notna(), None))
    assert (one.row_numbers == other.row_numbers).all()


def test_a_merged_range_without_a_value_of_its_own_changes_nothing(tmp_path: Path, read: Read) -> None:
    rows = [ROSTER_HEADER, [None] * 4, ["a", "微信", "甲", "某局"], ["b", "抖音", "乙", "二局"]]
    table = only(read(xls(tmp_path / "名册.xls", rows, merges=[(1, 3, 0, 0)])))
    assert column(table, "subject_id") == ["a", "b"]
