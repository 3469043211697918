"""Great Expectations suites from expectations/, run in memory on one table: the only module that knows GX."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from tongbao.errors import ConfigurationError, Place
from tongbao.feeds import FEEDS, Feed
from tongbao.home import home

_META = {"rule", "title", "reason", "remedy", "severity"}
WORDS = ("column", "keys", "value", "detail", "row", "period", "received_at")
"""What a rule's reason may name in braces."""

_COMPLETE = {"result_format": "COMPLETE", "return_unexpected_index_query": False, "partial_unexpected_count": 0}


class Severity(StrEnum):
    """What a failed rule does: send the row back, or only tell."""

    REJECT = "reject"
    WARN = "warn"


@dataclass(frozen=True)
class Rule:
    """One expectation as people read it; ``column`` is the feed column it blames."""

    id: str
    title: str
    column: str
    looks_at: str
    """The column of the checked table the expectation reads; differs from ``column`` for derived columns."""
    reason: str
    remedy: str
    severity: Severity
    is_unique: bool
    parameters: frozenset[str]


@dataclass(frozen=True)
class Suite:
    """One feed's suite: the JSON document as stored, its rules in order and the sha256 of the file."""

    name: str
    file: str
    document: dict[str, Any]
    rules: tuple[Rule, ...]
    hash: str


@dataclass(frozen=True)
class Outcome:
    """What GX said of one rule; ``positions`` are the failing rows, int64, ascending."""

    rule: Rule
    checked: int
    positions: np.ndarray


def load_suite(feed: str, folder: Path | None = None) -> Suite:
    """Read ``expectations/<feed>.json``.

    Raises:
        ConfigurationError: the file is missing, is not JSON, or an expectation lacks a part of its ``meta``.
    """
    path = (folder or home() / "expectations") / f"{feed}.json"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            "没有这个校验规则文件", remedy=f"请恢复 expectations/{feed}.json", place=Place(file=path.name)
        ) from error
    return _parse(feed, path.name, data)


@lru_cache(maxsize=32)
def _parse(feed: str, name: str, data: bytes) -> Suite:
    try:
        document = json.loads(data)
        rules = tuple(_rule(expectation, FEEDS[feed]) for expectation in document["expectations"])
        title = str(document["name"])
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise ConfigurationError(
            f"校验规则文件有误（{error}）", remedy="请对照其他规则补全 type、kwargs 和 meta 各项", place=Place(file=name)
        ) from error
    if len({rule.id for rule in rules}) != len(rules):
        raise ConfigurationError("校验规则编号重复", remedy="请改正 meta.rule，使编号不重复", place=Place(file=name))
    return Suite(title, name, document, rules, hashlib.sha256(data).hexdigest())


def _rule(expectation: Mapping[str, Any], feed: Feed) -> Rule:
    meta, kwargs = expectation["meta"], expectation["kwargs"]
    if missing := _META - set(meta):
        raise ValueError(f"规则 {meta.get('rule', '?')} 的 meta 缺少 {'、'.join(sorted(missing))}")
    looks_at = kwargs.get("column") or kwargs.get("column_A") or kwargs["column_list"][0]
    if meta.get("column", looks_at) not in feed.by_name:
        raise ValueError(f"规则 {meta['rule']} 的列 {meta.get('column', looks_at)} 不是{feed.title}的列")
    meta["reason"].format(**dict.fromkeys(WORDS, ""))
    return Rule(
        id=meta["rule"],
        title=meta["title"],
        column=meta.get("column", looks_at),
        looks_at=looks_at,
        reason=meta["reason"],
        remedy=meta["remedy"],
        severity=Severity(meta["severity"]),
        is_unique=expectation["type"] == "expect_compound_columns_to_be_unique",
        parameters=frozenset(v["$PARAMETER"] for v in kwargs.values() if isinstance(v, dict) and "$PARAMETER" in v),
    )


def run_suite(suite: Suite, frame: pd.DataFrame, parameters: Mapping[str, Any], skip: Collection[str] = ()) -> list[Outcome]:
    """Run the suite's rules, but for those in ``skip``, on ``frame`` (RangeIndex) and return their outcomes in order.

    Raises:
        ConfigurationError: GX could not evaluate a rule, or a whole-column rule (a type) does not hold. Either way the
            suite and the reader disagree, and no row may pass unchecked.
    """
    wanted = [entry for entry, rule in zip(suite.document["expectations"], suite.rules, strict=True) if rule.id not in skip]
    results = _evaluate(suite, wanted, frame, dict(parameters))
    return [_outcome(suite, rule, results[rule.id], len(frame)) for rule in suite.rules if rule.id in results]


def great_expectations() -> ModuleType:
    """Great Expectations, silent and reporting nothing; the first call takes seconds."""
    # GX reads the switch at its first import; closed networks must see no attempt to report usage.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    for name in ("great_expectations", "posthog"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return import_module("great_expectations")


def _evaluate(suite: Suite, wanted: list[dict[str, Any]], frame: pd.DataFrame, parameters: dict[str, Any]) -> dict[str, Any]:
    gx = great_expectations()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        definition = gx.ExpectationSuite(name=suite.name, expectations=[_built(suite, entry) for entry in wanted])
        source = context.data_sources.add_pandas("intake").add_dataframe_asset("table")
        batch = source.add_batch_definition_whole_dataframe("delivery").get_batch({"dataframe": frame})
        report = batch.validate(definition, result_format=_COMPLETE, expectation_parameters=parameters)
    return {_rule_id(result): result for result in report.results}


def _built(suite: Suite, entry: dict[str, Any]) -> Any:
    """One expectation as GX builds it; GX itself only logs what it cannot build, and leaves it out."""
    from great_expectations import ExpectationSuite

    try:
        built = ExpectationSuite(name=suite.name, expectations=[entry]).expectations
    except (TypeError, ValueError) as error:
        raise _broken(suite, entry["meta"]["rule"], f"写得不对（{error}）") from error
    if not built:
        raise _broken(suite, entry["meta"]["rule"], f"的类型 {entry['type']} 不存在或参数不全")
    return built[0]


def _rule_id(result: Any) -> str:
    return str(result.expectation_config.meta["rule"])


def _outcome(suite: Suite, rule: Rule, result: Any, rows: int) -> Outcome:
    if result.exception_info.get("raised_exception") is not False:
        raise _broken(suite, rule.id, f"校验时出错（{_message(result.exception_info)}）")
    positions = result.result.get("unexpected_index_list")
    if positions is None:
        if not result.success:
            raise _broken(suite, rule.id, f"不成立（实际为 {result.result.get('observed_value')}）")
        return Outcome(rule, rows, np.empty(0, np.int64))
    checked = int(result.result["element_count"]) - int(result.result.get("missing_count") or 0)
    return Outcome(rule, checked, np.unique(np.asarray(positions, np.int64)))


def _message(exception_info: Mapping[str, Any]) -> str:
    """GX keys exceptions by metric, except those of the expectation itself."""
    if "exception_message" in exception_info:
        return str(exception_info["exception_message"])
    return "；".join(str(info.get("exception_message")) for info in exception_info.values())


def _broken(suite: Suite, rule: str, problem: str) -> ConfigurationError:
    return ConfigurationError(
        f"校验规则 {rule} {problem}", remedy="请检查该规则的 type、kwargs 和所用的列名", place=Place(file=suite.file), rule=rule
    )
