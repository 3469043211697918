from __future__ import annotations

from pathlib import Path

import pytest

from tongbao.errors import ConfigurationError
from tongbao.home import config_folder
from tongbao.indicator_files import load_indicator_set
from tongbao.scan.words.hit import Severity
from tongbao.scan.words.lists import load_list
from tongbao.scan.words.personal import PersonalDataRules

HEAD = "title: 示例\nseverity: minor\ndescription: 疑似{found}\n"
SHIPPED = sorted(path.stem for path in config_folder("words").glob("*.yaml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_lists_read_and_name_clauses_of_the_national_set(name: str) -> None:
    known = {clause.id for clause in load_indicator_set("national-2019").clauses}
    word_list = load_list(name)
    named = {word_list.clause, *(entry.clause for entry in word_list.entries)} - {None}
    assert named <= known
    assert word_list.entries


def test_shipped_rules_name_clauses_of_the_national_set() -> None:
    known = {clause.id for clause in load_indicator_set("national-2019").clauses}
    rules = PersonalDataRules.load()
    assert {rules.identity.clause, rules.mobile.clause, rules.card.clause} <= known


def test_an_entry_may_be_a_bare_word(tmp_path: Path) -> None:
    (tmp_path / "short.yaml").write_text(HEAD + "entries:\n  - 甲乙\n  - {word: 丙丁, severity: info}\n", encoding="utf-8")
    entries = load_list("short", tmp_path).entries
    assert [(entry.word, entry.severity) for entry in entries] == [("甲乙", None), ("丙丁", Severity.INFO)]


@pytest.mark.parametrize(
    ("content", "line", "told"),
    [
        (HEAD + "entries:\n  - 甲乙\n  - {word: 丙丁, sugestion: 丙}\n", 6, "不认识的键"),
        (HEAD + "entries:\n  - 甲乙\n  - 丙\n", 6, "不足两个字"),
        (HEAD + "entries:\n  - 甲乙\n  - '* 丙 *'\n", 6, "不足两个字"),
        (HEAD + "entries:\n  - 甲乙\n  - {word: 甲 乙}\n", 1, "“甲乙”重复"),
        (HEAD.replace("minor", "grave") + "entries: [甲乙]\n", 2, "severity"),
        (HEAD.replace("minor", "serious") + "entries: [甲乙]\n", 1, "须写明 clause"),
        (HEAD.replace("{found}", "{foud}") + "entries: [甲乙]\n", 3, "只能使用"),
        (HEAD.replace("{found}", "{found") + "entries: [甲乙]\n", 3, "花括号"),
        (HEAD.replace("疑似", "存在") + "entries: [甲乙]\n", 3, "疑似"),
        (HEAD + "entries:\n  - [甲乙\n", 6, "YAML"),
        (HEAD, 1, "缺少此项"),
        ("", 1, ""),
    ],
)
def test_a_faulty_list_is_told_with_its_line(tmp_path: Path, content: str, line: int, told: str) -> None:
    (tmp_path / "faulty.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_list("faulty", tmp_path)
    assert told in str(caught.value)
    assert caught.value.place.row == line
    assert caught.value.place.file == "faulty.yaml"
    assert caught.value.remedy


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "faulty.yaml").write_text(HEAD + "entries:\n  - 甲\n  - 甲乙\n  - 丁\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"第5行.*第7行"):
        load_list("faulty", tmp_path)


def test_an_unknown_list_is_told_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match="common-misspellings"):
        load_list("absent")
