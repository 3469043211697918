"""Measure files: one SELECT each, whose header says what it yields and which parameters it takes.

A header line ``-- $name TYPE = default: meaning`` declares a parameter; without ``= default`` it must be given.
The default is JSON. TYPE is INTEGER, DOUBLE, BOOLEAN, VARCHAR[], MAP(VARCHAR, INTEGER) or the allowed words a|b.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from tongbao.errors import ConfigurationError, Place

FOLDER = Path(__file__).parent
GIVEN_BY_RUN = frozenset({"cutoff", "period_start", "period_end"})
"""Parameters every measure may use without declaring them: instants of the run."""

_DECLARATION = re.compile(r"^-- \$(?P<name>\w+) (?P<type>[^=:]+?)(?: = (?P<default>.+?))?: (?P<meaning>.+)$", re.MULTILINE)
_COMMENT = re.compile(r"--.*$", re.MULTILINE)
_USE = re.compile(r"\$(\w+)")


class MeasureClause(Protocol):
    """What measuring needs to know of a clause: any object with these attributes will do."""

    @property
    def id(self) -> str: ...
    @property
    def measure(self) -> str | None: ...
    @property
    def parameters(self) -> Mapping[str, Any]: ...
    @property
    def condition(self) -> Mapping[str, float] | None: ...


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_CHECKS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "INTEGER": ("整数", lambda v: _is_integer(v) and v >= 0),
    "DOUBLE": ("数值", lambda v: _is_integer(v) or isinstance(v, float)),
    "BOOLEAN": ("true 或 false", lambda v: isinstance(v, bool)),
    "VARCHAR[]": ("文字的列表，如 [news, notice]", lambda v: isinstance(v, list | tuple) and all(isinstance(i, str) for i in v)),
    "MAP(VARCHAR, INTEGER)": (
        "“类别: 整数”的对照表，如 {notice: 6}",
        lambda v: isinstance(v, Mapping) and all(isinstance(k, str) and _is_integer(i) for k, i in v.items()),
    ),
}


@dataclass(frozen=True)
class Parameter:
    """One declared parameter of a measure."""

    name: str
    type: str
    default: str | None
    """JSON text, None when the parameter must be given."""
    meaning: str

    def expects(self) -> str:
        return _CHECKS[self.type][0] if self.type in _CHECKS else " 或 ".join(self.type.split("|"))

    def accepts(self, value: Any) -> bool:
        if value is None:
            return self.default == "null"
        return _CHECKS[self.type][1](value) if self.type in _CHECKS else value in self.type.split("|")


@dataclass(frozen=True)
class Statement:
    """One measure as its file has it."""

    name: str
    text: str

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        return {m["name"]: Parameter(m["name"], m["type"], m["default"], m["meaning"]) for m in _DECLARATION.finditer(self.text)}

    @cached_property
    def sql(self) -> str:
        """The SELECT without comments."""
        return _COMMENT.sub("", self.text).strip()

    @cached_property
    def used(self) -> set[str]:
        """Names of the parameters the SELECT really uses."""
        return set(_USE.findall(self.sql))

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of the SELECT, names of tables among them."""
        return frozenset(re.findall(r"\w+", self.sql))

    def bind(self, clause: MeasureClause) -> dict[str, Any]:
        """Return the values of the declared parameters for a clause: its own, else the defaults.

        Raises:
            ConfigurationError: a parameter is missing, unknown or of the wrong type; names clause, measure, parameter.
        """
        unknown = sorted(set(clause.parameters) - set(self.parameters))
        if unknown:
            known = "、".join(self.parameters) or "无"
            raise self._error(clause, unknown[0], "不是该测算的参数", f"可用的参数：{known}")
        return {name: self._value(clause, parameter) for name, parameter in self.parameters.items()}

    def _value(self, clause: MeasureClause, parameter: Parameter) -> Any:
        if parameter.name in clause.parameters:
            value = clause.parameters[parameter.name]
        elif parameter.default is not None:
            value = json.loads(parameter.default)
        else:
            raise self._error(clause, parameter.name, "没有填写", f"请在该条款的 parameters 下写明，应为{parameter.expects()}")
        if not parameter.accepts(value):
            raise self._error(clause, parameter.name, f"填写为“{value}”，看不懂", f"应为{parameter.expects()}")
        if isinstance(value, Mapping):
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
        return list(value) if isinstance(value, tuple) else value

    def _error(self, clause: MeasureClause, parameter: str, what: str, remedy: str) -> ConfigurationError:
        problem = f"条款{clause.id}所用测算“{self.name}”的参数“{parameter}”{what}"
        return ConfigurationError(problem, remedy=remedy, place=Place(file=f"{self.name}.sql"), value=parameter)


def measure_names(folder: Path = FOLDER) -> list[str]:
    """List the measures that exist."""
    return sorted(path.stem for path in folder.glob("*.sql"))


def load_statement(clause: MeasureClause, folder: Path = FOLDER) -> Statement:
    """Read the measure a clause names.

    Raises:
        ConfigurationError: there is no such measure, or its header and its SELECT disagree on the parameters.
    """
    name = str(clause.measure)
    path = folder / f"{name}.sql"
    if not re.fullmatch(r"\w+", name) or not path.is_file():
        known = "、".join(measure_names(folder))
        raise ConfigurationError(f"条款{clause.id}的测算“{name}”不存在", remedy=f"现有的测算：{known}", value=name)
    statement = Statement(name, path.read_text(encoding="utf-8"))
    undeclared = statement.used - set(statement.parameters) - GIVEN_BY_RUN
    idle = set(statement.parameters) - statement.used
    if undeclared or idle:
        names = "、".join(sorted(undeclared | idle))
        raise ConfigurationError(
            f"测算“{name}”开头声明的参数与语句使用的参数不一致：{names}",
            remedy="请在文件开头用“-- $参数 类型 = 默认值: 含义”逐个声明语句使用的参数，删去不用的声明",
            place=Place(file=path.name),
        )
    return statement
