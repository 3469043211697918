"""What a new block list may hold, each written only in YAML: tables, thresholds, repeated blocks, shared phrases, other rates."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import docx
import pytest
import yaml

from tests.tongbao.judged import CIRCULAR, JURISDICTION, ROOT
from tests.tongbao.ranked import city, city_figures
from tongbao.circular.blocks import BlockList, load_block_list
from tongbao.circular.document import CircularDocument, Paragraph
from tongbao.circular.gate import GateReport, check
from tongbao.circular.render import Rendered, render
from tongbao.circular.wording import Issue, compose, with_issue
from tongbao.errors import ConfigurationError

ISSUE = Issue(3, date(2020, 10, 21))
TEMPLATE = ROOT / "templates/circular-v1.docx"
NEW = """
id: new
rates: {decimals: 1, rounding: cut, trailing_zeros: false}
phrases:
  who: "{{ noun }}{{ s.inspected | count('家') }}"
preamble:
  - 现通报{{ f.period }}情况如下：
blocks:
  - id: all
    heading: 一览
    numbering: item
    wording:
      - |-
        {% set s = f.accounts %}{% set noun = '共查' %}{% include 'who' %}，合格率{{ s.pass_rate | rate }}，
        {{ s.pass_rate | threshold([60, 80], '高于', '低于', '恰为') }}；
        网站合格率{{ f.websites.pass_rate | threshold([80, 100], '高于', '低于', '达到') }}。
    table:
      title: 各平台（{{ f.period }}）
      each: f.accounts.by_platform_group
      show_when: item.declared.value > 1
      total: f.accounts
      columns:
        - {title: 序号, text: '{{ number }}'}
        - {title: 平台, text: '{{ item.label }}', total: 总计, align: left, width: 3}
        - {title: 在运行, text: '{{ item.declared }}'}
        - {title: 合格率, text: '{{ item.pass_rate }}', missing: 未查}
  - id: region
    each: f.accounts.by_region
    heading: '{{ group.label }}'
    numbering: section
    show_when: group.unqualified.value > 0
    wording:
      - 不合格{{ group.unqualified | count('个') }}，同期全部不合格{{ f.accounts.unqualified | count('个') }}。
annexes:
  - id: regions
    title: 各地情况
    query: groups.accounts.by_region
    total: accounts
    total_label: 合计
    columns:
      - {key: number, title: 序号, width: 1}
      - {key: label, title: 地区, width: 2}
      - {key: declared, title: 总数, width: 1}
      - {key: pass_rate, title: 合格率, width: 1, missing: —}
  - id: moves
    title: 名次变化
    query: groups.subjects.region_standings
    columns:
      - {key: label, title: 地区, width: 2}
      - {key: rank_change, title: 升降, width: 1}
      - {key: pass_rate_change, title: 百分点, width: 1}
"""


def written(folder: Path, content: str, name: str = "new.yaml") -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def composed(block_list: BlockList) -> CircularDocument:
    return compose(with_issue(city_figures(), CIRCULAR, ISSUE), city(), block_list, JURISDICTION, CIRCULAR, ISSUE)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[CircularDocument, Rendered]:
    document = composed(load_block_list(written(tmp_path_factory.mktemp("lists"), NEW)))
    return document, render(document, TEMPLATE)


def cells(paragraph: Paragraph) -> list[list[str]]:
    assert paragraph.table is not None
    return [["".join(span.text for span in cell) for cell in row] for row in paragraph.table.rows]


def report(drawn: tuple[CircularDocument, Rendered], data: bytes | None = None) -> GateReport:
    figures = with_issue(city_figures(), CIRCULAR, ISSUE)
    return check(data or drawn[1].data, drawn[0], figures, drawn[1].bookmarks)


def edited(data: bytes, old: str, new: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(made, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            if name == "word/document.xml":
                text = content.decode()
                assert re.search(old, text), old
                content = re.sub(old, new, text, count=1).encode()
            after.writestr(name, content)
    return made.getvalue()


def test_a_list_written_only_in_yaml_is_drawn_and_agrees_with_its_figures(drawn: tuple[CircularDocument, Rendered]) -> None:
    document, rendered = drawn
    assert [p.text for p in document.body] == [
        "现通报2020年第三季度情况如下：",
        "1.一览",
        "共查6家，合格率66.6%，高于60%；网站合格率达到100%。",
        "各平台（2020年第三季度）",
        "（一）甲县",
        "不合格1个，同期全部不合格2个。",
        "（二）未填写",
        "不合格1个，同期全部不合格2个。",
    ]
    assert report(drawn).breaches == ()
    assert render(document, TEMPLATE).data == rendered.data


def test_the_table_is_drawn_with_its_caption_and_totals(drawn: tuple[CircularDocument, Rendered]) -> None:
    table = docx.Document(io.BytesIO(drawn[1].data)).tables[0]
    assert [[cell.text for cell in row.cells] for row in table.rows][1:] == [
        ["序号", "平台", "在运行", "合格率"],
        ["1", "快手、抖音", "4", "66.6%"],
        ["2", "微信公众号", "3", "66.6%"],
        ["", "总计", "7", "66.6%"],
    ]
    assert {cell.text for cell in table.rows[0].cells} == {"各平台（2020年第三季度）"}
    assert len({cell._tc for cell in table.rows[0].cells}) == 1


def test_annexes_over_groups_of_figures_print_them_as_the_list_says(drawn: tuple[CircularDocument, Rendered]) -> None:
    regions, moves = drawn[0].annexes
    assert regions.rows[0] == (1, "甲县", 2, "50%")
    assert regions.rows[2] == (3, "丙县", 1, "—")
    assert regions.rows[-1] == ("", "合计", 7, "66.6%")
    assert moves.rows == (("乙县", "+2", "+100"), ("丙县", "0", "0"), ("甲县", "－2", "－33.4"))


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        # 快手、抖音 4 and 微信公众号 3 are all of 7.
        (r">4</w:t>", ">5</w:t>", {"figure", "split"}),
        (r"66\.6%", "66.7%", {"figure", "rate"}),
        (r"高于60%", "高于80%", {"figure", "rate"}),
        (r"高于60%", "低于60%", {"figure", "rate"}),
        (r">总计<", ">总计9个<", {"unsourced"}),
        (r">快手、抖音<", ">快手<", {"figure"}),
    ],
)
def test_the_gate_reads_tables_and_thresholds(
    drawn: tuple[CircularDocument, Rendered], old: str, new: str, rules: set[str]
) -> None:
    assert {breach.rule for breach in report(drawn, edited(drawn[1].data, old, new)).breaches} == rules


def test_a_threshold_the_figure_does_not_reach_is_found(drawn: tuple[CircularDocument, Rendered]) -> None:
    lower = city_figures()["accounts.pass_rate"]
    figures = with_issue(city_figures(), CIRCULAR, ISSUE).with_more([type(lower)(**{**vars(lower), "value": lower.value / 2})])
    broken = check(drawn[1].data, drawn[0], figures, drawn[1].bookmarks).breaches
    assert "33.33%" in {breach.expected for breach in broken if breach.printed == "高于60%"}


def test_a_table_of_too_few_rows_is_left_out(tmp_path: Path) -> None:
    content = yaml.safe_load(NEW)
    content["blocks"][0]["table"] |= {"at_least": 3}
    document = composed(load_block_list(written(tmp_path, yaml.safe_dump(content, allow_unicode=True))))
    assert not [p for p in document.body if p.table]


def test_a_table_may_end_the_text(tmp_path: Path) -> None:
    content = yaml.safe_load(NEW)
    content["blocks"] = content["blocks"][:1]
    document = composed(load_block_list(written(tmp_path, yaml.safe_dump(content, allow_unicode=True))))
    rendered = render(document, TEMPLATE)
    assert report((document, rendered)).breaches == ()


COLUMN = {"key": "k", "title": "", "width": 1}
WORDS: dict[str, Any] = {
    "name_styles": {"named": {"item": "<{name}>"}, "other": {"item": "{name}!"}},
    "labels": {"kind": {"website": "站", "account": "号"}},
    "phrases": {"hello": "你好。", "bye": "再见。"},
    "degree_words": [{"above": 0, "word": "一些"}],
}
OWN: dict[str, Any] = {
    "id": "own",
    "name_styles": {"named": {"item": "[{name}]"}},
    "labels": {"kind": {"account": "账号"}},
    "phrases": {"hello": "您好。"},
    "blocks": [{"id": "a", "wording": ["{% include 'hello' %}{% include 'bye' %}"]}],
}


def test_a_list_takes_the_shared_words_and_may_replace_single_ones(tmp_path: Path) -> None:
    written(tmp_path, yaml.safe_dump(WORDS, allow_unicode=True), "words.yaml")
    block_list = load_block_list(written(tmp_path, yaml.safe_dump(OWN, allow_unicode=True)))
    assert {name: style.item for name, style in block_list.name_styles.items()} == {"named": "[{name}]", "other": "{name}!"}
    assert block_list.labels == {"kind": {"website": "站", "account": "账号"}}
    assert [p.text for p in composed(block_list).body] == ["您好。再见。"]


@pytest.mark.parametrize(
    ("file", "change", "told"),
    [
        ("words.yaml", {"phrase": {}}, "文件《words.yaml》"),
        ("new.yaml", {"rates": {"decimals": 3}}, "rates.decimals"),
        ("new.yaml", {"blocks": [{"id": "a", "wording": ["{% include 'nothing' %}"]}]}, "没有名为“nothing”的短语"),
        ("new.yaml", {"blocks": [{"id": "a", "wording": ["{{ f.accounts.pass_rate | threshold([], '', '') }}"]}]}, "写法有误"),
        ("new.yaml", {"blocks": [{"id": "a", "table": {"each": "f.accounts.by_platform", "columns": []}}]}, "“a”.table.columns"),
        (
            "new.yaml",
            {
                "annexes": [
                    {"id": "x", "title": "", "query": "groups.nothing", "columns": [{"key": "k", "title": "", "width": 1}]}
                ]
            },
            "没有名为“nothing”的一组数字",
        ),
    ],
)
def test_faults_are_told(tmp_path: Path, file: str, change: dict[str, Any], told: str) -> None:
    contents = {"words.yaml": WORDS, "new.yaml": OWN}
    for name, content in contents.items():
        written(tmp_path, yaml.safe_dump(content | (change if name == file else {}), allow_unicode=True), name)
    with pytest.raises(ConfigurationError, match=re.escape(told)):
        composed(load_block_list(tmp_path / "new.yaml"))


def test_an_office_may_number_its_checks() -> None:
    circular = CIRCULAR.model_copy(update={"name": "关于{period}检查的通报", "period_name": "{year}年第{number}次"})
    assert circular.name_of(city().period) == "2020年第3次"
    block_list = BlockList.model_validate({"id": "x", "blocks": [{"id": "a", "wording": ["好。"]}]})
    document = compose(city_figures(), city(), block_list, JURISDICTION, circular, ISSUE)
    assert (document.title, document.period) == ("关于2020年第3次检查的通报", "2020年第3次")
