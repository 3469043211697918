"""No Chinese sentence that reaches a document lives in Python: read from the sources, and seen on a document without any."""

from __future__ import annotations

import ast
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from tests.tongbao.judged import CIRCULAR, JURISDICTION, ROOT
from tests.tongbao.ranked import city, city_before
from tongbao.circular.blocks import BlockList
from tongbao.circular.render import render
from tongbao.circular.wording import Issue, compose, with_issue
from tongbao.figures import FigureKind, Figures, Rectified, compute
from tongbao.indicators import load_indicator_set
from tongbao.jurisdiction import read_settings

LIBRARY = ROOT / "plugins/tongbao"
CHINESE = re.compile("[一-鿿]")
SENTENCE = re.compile("[一-鿿]{7,}|[一-鿿].*[，。；]")

TOLD_TO_OPERATORS = {
    "circular/gate*.py": "what the gate found; shown beside the document",
    "circular/lint/*.py": "what the checker found in any document",
    "circular/template_check.py": "what the checker found in a template",
    "circular/pdf*.py": "why there is no PDF",
    "figures/*.py": "sources and reasons of absence; that none is printed is seen below",
}
ALLOWED = {
    ("circular/imprint.py", "主送："): "the standard's own words around a template's place",
    ("circular/imprint.py", "抄送："): "the standard's own words around a template's place",
    ("circular/title.py", "的了等"): "where a title may break",
    ("circular/title.py", "《[^》]"): "where a title may break",
    ("circular/wording.py", "印发之日"): "source of the deadline",
    ("circular/wording.py", "个工作日，辖区设置"): "source of the deadline",
    ("circular/wording.py", "签发时登记"): "source of the issue date",
    ("circular/gongwen.py", "公文"): "names of the template's styles",
    ("circular/gongwen.py", "方正小标宋"): "a font",
    ("formatting.py", "零一二三四五六七八九"): "numbering",
    ("circular/letter_template.py", "首页下方红色双线"): "name of a shape in the template",
    ("circular/notice_units.py", "评分表中证据齐全"): "source of a figure",
}


def sources() -> Iterator[Path]:
    for path in sorted([LIBRARY / "formatting.py", *(LIBRARY / "figures").rglob("*.py"), *(LIBRARY / "circular").rglob("*.py")]):
        if not any(path.relative_to(LIBRARY).match(pattern) for pattern in TOLD_TO_OPERATORS):
            yield path


def sentences(tree: ast.Module) -> Iterator[str]:
    """String literals with a Chinese sentence, but for docstrings and what is raised."""
    spared: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            spared |= {id(statement.value) for statement in node.body if isinstance(statement, ast.Expr)}
        is_error = isinstance(node, ast.Call) and re.search("Error|Refused|Breach|Fault", ast.unparse(node.func))
        if isinstance(node, ast.Raise) or is_error:
            spared |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in spared
            and SENTENCE.search(node.value)
        ):
            yield node.value


@pytest.mark.parametrize("path", list(sources()), ids=lambda path: str(path.relative_to(LIBRARY)))
def test_no_module_that_writes_documents_holds_a_sentence(path: Path) -> None:
    name = str(path.relative_to(LIBRARY))
    allowed = [text for file, text in ALLOWED if file == name]
    found = [text for text in sentences(ast.parse(path.read_text(encoding="utf-8"))) if not any(part in text for part in allowed)]
    assert found == []


def test_the_scan_sees_a_sentence() -> None:
    tree = ast.parse('"""说明。"""\nx = f"本次共检查{n}个，均合格。"\nraise ConfigurationError("写法有误，请改。")')
    assert list(sentences(tree)) == ["个，均合格。"]


# -- a document in whose words, data and settings there is no Chinese --------------------------------

NUMBERING = {
    "一",
    "附件",
    "年",
    "月",
    "日",
    "号",
    "等",
    "个",
    "日印发",
    "无",
    "抄送",
    "第三季度",
    "第二季度",
    "第四季度",
    "年第三季度",
    "年第二季度",
    "年第四季度",
    "未填写",
}
"""Numbering, dates, names of calendar periods, 等N个, the standard's fixed words, and what stands for what is not there."""


def latin(content: Any) -> Any:
    if isinstance(content, str):
        return re.sub("[一-鿿，。；：、（）“”《》〔〕]+", lambda run: f"x{zlib.crc32(run[0].encode()):x}", content)
    if isinstance(content, dict):
        return {latin(key): latin(value) for key, value in content.items()}
    return [latin(item) for item in content] if isinstance(content, list | tuple) else content


def latin_world(folder: Path) -> tuple[Any, Figures]:
    """The ranked city and its figures after all words of rules, roster and settings were made Latin."""
    rules = read_settings(ROOT / "config/indicators/national-2019.yaml")
    (folder / "national-2019.yaml").write_text(yaml.safe_dump(latin(rules)), encoding="utf-8")
    indicators = load_indicator_set("national-2019", folder)

    def spelt(result: Any) -> Any:
        places = {text: f"p{n}" for n, text in enumerate(sorted(set(result.subjects["region"].dropna())))}
        subjects = result.subjects.map(lambda value: places.get(value, latin(value)) if isinstance(value, str) else value)
        verdicts = result.verdicts.assign(grade="x")
        messages = None if result.messages is None else result.messages.assign(channel=["c1", "c2"])
        own = tuple(places[region] for region in result.own_regions)
        return replace(result, subjects=subjects, verdicts=verdicts, messages=messages, own_regions=own, platform_groups={})

    rectified = Rectified(3, 2, 1, (("n", "s", "p"),), (("m", "s", "p"),))
    figures = compute(spelt(city()), spelt(city_before()), None, office(), circular(), indicators, rectified)
    return spelt(city()), with_issue(figures, circular(), Issue(1, date(2020, 10, 21)))


def office() -> Any:
    return JURISDICTION.model_copy(update={"name": "office"})


def circular() -> Any:
    words = latin(CIRCULAR.model_dump(mode="json", exclude={"slots"})) | {"name": "title {period}", "copy_to": ["others"]}
    return type(CIRCULAR).model_validate(words)


FILTERS = {
    FigureKind.COUNT: "count('')",
    FigureKind.RATE: "rate",
    FigureKind.DIFFERENCE: "change('up', 'down', 'same')",
    FigureKind.SCORE: "score",
    FigureKind.DATE: "date",
    FigureKind.LIST: "names('named', 1)",
}


def every_figure(figures: Figures) -> list[str]:
    """Wording that prints each figure there is, whatever it is called."""
    wordings = []
    for figure in figures.values():
        path = "".join(f"['{part}']" for part in figure.name.split("."))
        call = f" | {FILTERS[figure.kind]}" if figure.kind in FILTERS else ""
        printed = f"{{{{ f{path}{call} }}}}"
        # Only an empty text or list is an absent one.
        wordings.append(f"[[{printed}]]" if figure.kind in (FigureKind.TEXT, FigureKind.LIST) else printed)
    return wordings


def test_a_document_without_chinese_words_gets_none_from_python(tmp_path: Path) -> None:
    result, figures = latin_world(tmp_path)
    queries = dict.fromkeys(["declared", "undeclared", "results", "problems", "not_inspected"], "name")
    queries["groups.accounts.by_region"] = "label"
    block_list = BlockList.model_validate(
        {
            "id": "latin",
            "name_styles": {"named": {"item": "{name} {sponsor} {platform}"}},
            "blocks": [{"id": "all", "heading": "all", "numbering": "chapter", "wording": every_figure(figures)}],
            "annexes": [
                {"id": f"a{n}", "title": "t", "query": query, "columns": [{"key": key, "title": "k", "width": 1}]}
                for n, (query, key) in enumerate(queries.items())
            ],
        }
    )
    document = compose(figures, result, block_list, office(), circular(), Issue(1, date(2020, 10, 21)))
    data = render(document, ROOT / "templates/circular-v1.docx").data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = etree.fromstring(archive.read("word/document.xml"))
    texts = "\n".join("".join(p.itertext()) for p in root.iter("{*}p"))
    assert len(document.body) > 500
    assert set(re.findall("[一-鿿]+", texts)) - NUMBERING == set()
