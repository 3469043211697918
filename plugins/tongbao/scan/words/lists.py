"""Word lists as an office edits them under config/words: model and loading, faults told with their lines."""

from __future__ import annotations

import string
from collections import Counter
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from tongbao.errors import ConfigurationError, Place
from tongbao.home import config_folder
from tongbao.jurisdiction import read_settings
from tongbao.scan.words.folding import fold
from tongbao.scan.words.hit import Severity

_FIELDS = {"word", "found", "suggestion", "context"}
_MESSAGES = {"missing": "缺少此项", "extra_forbidden": "不认识的键", "string_too_short": "不能为空"}
SUSPICION = "疑似"

_Model = TypeVar("_Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


def checked_description(template: str) -> str:
    """A description names known fields only and says from its first word that it is a suspicion."""
    try:
        names = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
    except ValueError as error:
        raise ValueError("花括号不成对") from error
    if names - _FIELDS:
        raise ValueError(f"只能使用 {'、'.join(f'{{{name}}}' for name in sorted(_FIELDS))}")
    if not template.startswith(SUSPICION):
        raise ValueError(f"须以“{SUSPICION}”开头，由人工核实")
    return template


class Entry(_Strict):
    """One word with its other spellings; ``allow`` adds to the list's own."""

    word: str
    suggestion: str = ""
    variants: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    severity: Severity | None = None
    clause: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, content: Any) -> Any:
        return {"word": content} if isinstance(content, str) else content

    @field_validator("word", "variants")
    @classmethod
    def _are_long_enough(cls, value: Any) -> Any:
        for word in (value,) if isinstance(value, str) else value:
            if len(fold(word)) < 2:
                raise ValueError(f"“{word}”去掉空格和符号后不足两个字，会误报")
        return value


class WordList(_Strict):
    """One list: what it is called, how severe its hits are, by which clause they are suspected."""

    title: str = Field(min_length=1)
    severity: Severity
    clause: str | None = None
    description: str
    inserted: int = Field(default=3, ge=0, le=10)
    """How many spaces or marks may stand between two characters of a word; invisible characters are not counted."""
    allow: tuple[str, ...] = ()
    """Contexts in which a hit is right: longer words around it, or words near it such as 应为."""
    entries: tuple[Entry, ...] = Field(min_length=1)

    _description = field_validator("description")(checked_description)

    @model_validator(mode="after")
    def _is_complete(self) -> WordList:
        for entry in self.entries:
            if (entry.severity or self.severity) is Severity.SERIOUS and not (entry.clause or self.clause):
                raise ValueError(f"“{entry.word}”为 serious，须写明 clause（条款编号）")
        words = [fold(spelling) for entry in self.entries for spelling in (entry.word, *entry.variants)]
        repeated = [word for word, times in Counter(words).items() if times > 1]
        if repeated:
            raise ValueError(f"“{repeated[0]}”重复")
        return self


def load_list(name: str, folder: Path | None = None) -> WordList:
    """Read ``<folder>/<name>.yaml``; raises ConfigurationError with file, line and remedy."""
    folder = folder or config_folder("words")
    path = folder / f"{name}.yaml"
    if not path.is_file():
        known = "、".join(sorted(file.stem for file in folder.glob("*.yaml"))) or "（无）"
        raise ConfigurationError(
            f"没有名为“{name}”的词表",
            remedy=f"现有词表：{known}；请更正辖区设置 scan 下的 words，或在 config/words/ 新建",
            value=name,
        )
    return read_model(path, WordList, "config/words/")


def read_model(path: Path, model: type[_Model], like: str) -> _Model:
    """Read a settings file of the scan into its model; all faults at once, each with its line."""
    content = read_settings(path)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        root = yaml.compose(path.read_text(encoding="utf-8"))
        faults = [(_line(root, fault["loc"]), _told(fault)) for fault in error.errors()]
        raise ConfigurationError(
            "；".join(f"第{line}行 {told}" for line, told in faults),
            remedy=f"请对照 {like} 下其他文件的写法改正",
            place=Place(file=path.name, row=faults[0][0]),
        ) from error


def _told(fault: Any) -> str:
    spot = ".".join(str(part) for part in fault["loc"])
    message = _MESSAGES.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")
    return f"{spot}：{message}" if spot else str(message)


def _line(node: yaml.Node | None, place: tuple[int | str, ...]) -> int:
    """The line, from 1, of what stands at a place of the file; of what holds it, where it is missing."""
    line = 1
    for part in place:
        following = _child(node, part)
        if following is None:
            break
        node = following
        line = node.start_mark.line + 1
    return line


def _child(node: yaml.Node | None, part: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item: yaml.Node = node.value[part]
        return item
    return None
