"""What README promises about the feeds is what the feeds are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tongbao.feeds import FEEDS, Feed

ROOT = Path(__file__).parents[1]


def rows_after(text: str, heading: str) -> list[list[str]]:
    section = text.split(f"#### {heading}\n", 1)[1].split("\n#", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
def test_each_contract_lists_every_column_in_order(feed: Feed) -> None:
    english = rows_after((ROOT / "README.md").read_text(encoding="utf-8"), f"`{feed.name}` {feed.title}")
    assert [(row[0], row[1], row[3]) for row in english] == [
        (f"`{column.name}`", column.title, "yes" if column.required else "") for column in feed.columns
    ]
    for row, column in zip(english, feed.columns, strict=True):
        assert all(f"`{choice}`" in row[2] for choice in column.choices or ())
    chinese = rows_after((ROOT / "README.zh-CN.md").read_text(encoding="utf-8"), feed.title)
    assert [(row[0], row[2]) for row in chinese] == [(column.title, "是" if column.required else "") for column in feed.columns]
