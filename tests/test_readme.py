"""What README and the pages under docs/ promise exists: feeds, commands, variables, settings, sentences, links."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from functools import cache
from itertools import takewhile
from pathlib import Path

import pytest
import yaml
from pydantic.fields import FieldInfo

from tongbao.cli import _parser
from tongbao.feeds import FEEDS, Feed
from tongbao.jurisdiction import Publication, Reviews
from tongbao.scan.settings import ScanSettings

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "README.zh-CN.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
YAML = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
TONGBAO = re.compile(r"(?:^(?:\.venv/bin/)?tongbao|python -m tongbao\.cli)\s+(.+)$")
SERVICE = re.compile(r"docker compose (?:exec|run|logs|up|restart)\b((?: +\S+)*)")

page = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def sources() -> str:
    """Everything that may give a name a meaning, in one text."""
    files = [*(ROOT / "plugins").rglob("*.py"), *(ROOT / "dags").glob("*.py")]
    return "\n".join(map(text_of, [*files, ROOT / "docker-compose.yaml", ROOT / "Makefile", ROOT / "Dockerfile"]))


def commands(path: Path) -> Iterator[str]:
    """Each line of a code block and each piece of inline code, without comments and line breaks."""
    text = text_of(path)
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            yield re.sub(r"\s+#.*$", "", line).strip()
    yield from INLINE.findall(BLOCK.sub("", text))


def rows_after(text: str, heading: str) -> list[list[str]]:
    section = text.split(f"{heading}\n", 1)[1].split("\n#", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
def test_each_contract_lists_every_column_in_order(feed: Feed) -> None:
    english = rows_after(text_of(ROOT / "README.md"), f"#### `{feed.name}` {feed.title}")
    assert [(row[0], row[1], row[3]) for row in english] == [
        (f"`{column.name}`", column.title, "yes" if column.required else "") for column in feed.columns
    ]
    for row, column in zip(english, feed.columns, strict=True):
        assert all(f"`{choice}`" in row[2] for choice in column.choices or ())
    chinese = rows_after(text_of(ROOT / "README.zh-CN.md"), f"#### {feed.title}")
    assert [(row[0], row[2]) for row in chinese] == [(column.title, "是" if column.required else "") for column in feed.columns]


def subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    found = [action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(found[0]) if found else {}


def fault_of(line: str) -> str:
    """What is wrong with a ``tongbao`` command line as printed, empty when nothing is; arguments may be left out."""
    parser, words = _parser(), shlex.split(line)
    while known := subparsers(parser):
        if not words or words[0] not in known:
            return f"no such command: {line}"
        parser = known[words.pop(0)]
    options = [word.partition("=")[0] for word in words if word.startswith("--")]
    unknown = [option for option in options if option not in parser._option_string_actions]
    return f"unknown {unknown}: {line}" if unknown else ""


@page
def test_every_tongbao_command_exists_with_its_options(page: Path) -> None:
    printed = [found[1].removesuffix("…") for line in commands(page) if (found := TONGBAO.search(line))]
    assert [fault for line in printed if line.strip() and (fault := fault_of(line))] == []


def test_a_command_that_does_not_exist_would_be_told() -> None:
    assert fault_of("isue --period 2020-Q3")
    assert fault_of("issue --perod 2020-Q3")
    assert fault_of("scan")
    assert not fault_of("scan crawl 1506990001 --sample")


@page
def test_every_make_target_exists(page: Path) -> None:
    makefile = text_of(ROOT / "Makefile")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    variables = set(re.findall(r"^([A-Z_]+)\b *[?:]?=", makefile, re.MULTILINE))
    for line in commands(page):
        if found := re.match(r"(?:PATH=\S+ )?make((?: +\S+)+)", line):
            words = list(takewhile(lambda word: word != "#", shlex.split(found[1])))
            assert {word for word in words if "=" not in word and word != "…"} <= targets, line
            assert {word.partition("=")[0] for word in words if "=" in word} <= variables, line


@page
def test_every_compose_command_names_a_service(page: Path) -> None:
    services = set(yaml.safe_load(text_of(ROOT / "docker-compose.yaml"))["services"])
    taking = {"--user", "--volume", "--scale"}
    for line in commands(page):
        if not (found := SERVICE.search(line)):
            continue
        words, named = shlex.split(found[1]), ""
        while words and not named:
            word = words.pop(0)
            if word in taking:
                value = words.pop(0)
                assert word != "--scale" or value.partition("=")[0] in services, line
            elif not word.startswith("-"):
                named = word
        assert named in services or " up" in line, line


@page
def test_every_module_and_variable_exists(page: Path) -> None:
    text = text_of(page)
    for module in re.findall(r"python3? -m ((?:tongbao|samples|benchmarks)[\w.]*)", text):
        places = [ROOT / base / module.replace(".", "/") for base in ("", "plugins")]
        assert any(place.with_suffix(".py").exists() or (place / "__main__.py").exists() for place in places), module
    for name in re.findall(r"\bTONGBAO_[A-Z_]+\b", text):
        assert re.search(rf"\b{name}\b", sources()), name
    for name in re.findall(r"\bAIRFLOW__[A-Z_]+\b", text):
        assert re.search(rf"\b{name}\b", sources()), name


def test_every_variable_is_explained() -> None:
    page = text_of(ROOT / "docs" / "operating.md").split("## Environment variables", 1)[1]
    assert set(re.findall(r"\bTONGBAO_[A-Z_]*[A-Z]\b", sources())) <= set(re.findall(r"`(TONGBAO_[A-Z_]+)`", page))


def shipped(setting: FieldInfo) -> str:
    if setting.is_required():
        return "required"
    value = setting.default
    if value in ((), {}):
        return "none"
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def test_every_setting_of_scans_is_listed_with_what_is_shipped() -> None:
    listed = [(row[0], row[1]) for row in rows_after(text_of(ROOT / "docs" / "scanning.md"), "## Settings")]
    assert listed == [(f"`{name}`", shipped(setting)) for name, setting in ScanSettings.model_fields.items()]


def test_every_example_of_settings_is_accepted() -> None:
    found = [yaml.safe_load(block) for page in PAGES for block in YAML.findall(text_of(page))]
    examples = {name: content for example in found for name, content in example.items()}
    assert set(examples) == {"reviews", "publication", "scan", "webhooks"}
    Reviews.model_validate(examples["reviews"])
    Publication.model_validate(examples["publication"])
    ScanSettings.model_validate(examples["scan"] | {"webhooks": examples["webhooks"]})


def test_every_sentence_an_official_may_look_up_is_one_tongbao_says() -> None:
    rows = rows_after(text_of(ROOT / "README.zh-CN.md"), "## 常见报错")
    pieces = [piece.strip() for row in rows for piece in re.split(r"[…；《》“”：]|（|）", row[0])]
    assert [piece for piece in pieces if piece not in sources()] == []


def anchors(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", BLOCK.sub("", text_of(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@page
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        place = (page.parent / file).resolve() if file else page
        assert place.exists(), target
        assert not anchor or anchor in anchors(place), target
