from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tongbao.judged import ROOT
from tongbao.circular.blocks import BlockList, Numbering, load_block_list
from tongbao.errors import ConfigurationError

MINIMAL: dict[str, Any] = {
    "id": "quarterly",
    "blocks": [{"id": "overview", "heading": "总体情况", "numbering": "chapter", "wording": ["好。"]}],
}


def written(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "quarterly.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def test_the_shipped_block_list_loads() -> None:
    block_list = load_block_list(ROOT / "templates/quarterly.yaml")
    chapters = [block.heading for block in block_list.blocks if block.numbering is Numbering.CHAPTER]
    assert chapters == ["总体情况", "存在问题", "下一步工作要求"]
    assert [annex.id for annex in block_list.annexes] == ["declared_accounts", "undeclared_accounts", "results"]


def test_a_string_is_a_paragraph(tmp_path: Path) -> None:
    block_list = load_block_list(written(tmp_path, MINIMAL))
    assert block_list.blocks[0].wording[0].text == "好。"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"blocks": [{"id": "overview", "numbering": "第一"}]}, "blocks.“overview”.numbering"),
        ({"blocks": [{"id": "overview", "colour": "red"}]}, "blocks.“overview”.colour"),
        ({"blocks": [{"id": "a"}, {"id": "a"}]}, "区块 id 重复：a"),
        ({"annexes": [{"id": "x", "title": "清单", "query": "declared", "columns": []}]}, "annexes.“x”.columns"),
        ({"degree_words": [{"above": 2, "word": "多数"}]}, "degree_words.0.above"),
    ],
)
def test_faults_are_told_with_file_and_block(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_block_list(written(tmp_path, MINIMAL | change))
    assert "文件《quarterly.yaml》" in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize("content", ["- 一串\n", "blocks: [", ""])
def test_what_is_no_block_list_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(ConfigurationError, match=r"quarterly\.yaml"):
        load_block_list(written(tmp_path, content))


def test_all_blocks_come_in_reading_order() -> None:
    nested = {"id": "b", "children": [{"id": "b1", "children": [{"id": "b11"}]}, {"id": "b2"}]}
    block_list = BlockList.model_validate({"id": "x", "blocks": [{"id": "a"}, nested, {"id": "c"}]})
    assert [block.id for block in block_list.all_blocks()] == ["a", "b", "b1", "b11", "b2", "c"]
