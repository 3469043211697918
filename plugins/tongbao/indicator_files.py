"""Reading indicator sets from config/indicators, with what they extend; every fault is told with file and clause."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tongbao.errors import ConfigurationError, NoRulesInForce, Place
from tongbao.home import config_folder
from tongbao.indicator_checks import faults_of
from tongbao.indicator_model import IndicatorSet
from tongbao.indicator_overlay import Content, Unreadable, overlay, resolved
from tongbao.jurisdiction import read_settings

_MESSAGES = {"missing": "缺少此项", "extra_forbidden": "不认识的键", "string_pattern_mismatch": "写法不合规则"}


def load_indicator_set(set_id: str, folder: Path | None = None) -> IndicatorSet:
    """Read one set with everything it extends; raises ConfigurationError naming file and clause."""
    folder = folder or config_folder("indicators")
    file = Place(file=f"{set_id}.yaml")
    content = _merged(set_id, folder, ())
    if content.get("id") != set_id:
        inside = content.get("id")
        raise ConfigurationError(f"文件名与其中的 id“{inside}”不一致", remedy=f"请将文件改名为 {inside}.yaml", place=file)
    return indicator_set_from(content, file)


def indicator_set_from(content: Content, place: Place | None = None) -> IndicatorSet:
    """Build a set from merged content (the shape of a YAML file without ``extends``), checking all of it."""
    try:
        indicator_set = IndicatorSet.model_validate(resolved(content))
    except ValidationError as error:
        faults = [f"{_spot(content, fault['loc'])}：{_MESSAGES.get(fault['type'], fault['msg'])}" for fault in error.errors()]
        raise _wrong(faults, place) from error
    except Unreadable as error:
        raise _wrong([str(error)], place) from error
    faults = list(faults_of(indicator_set))
    if faults:
        raise _wrong(faults, place)
    return indicator_set


def indicator_set_on(day: date, set_id: str, folder: Path | None = None) -> IndicatorSet:
    """Find the set valid on that day: ``set_id`` itself, or the one of the series (``national`` finds ``national-2019``)."""
    folder = folder or config_folder("indicators")
    if (folder / f"{set_id}.yaml").exists():
        candidates = [load_indicator_set(set_id, folder)]
    else:
        candidates = [load_indicator_set(file.stem, folder) for file in sorted(folder.glob(f"{set_id}-*.yaml"))]
    valid = [candidate for candidate in candidates if candidate.valid_on(day)]
    if len(valid) == 1:
        return valid[0]
    if not candidates:
        known = "、".join(sorted(file.stem for file in folder.glob("*.yaml"))) or "（无）"
        raise ConfigurationError(
            f"没有名为“{set_id}”的指标体系", remedy=f"现有：{known}；新增请在 config/indicators/ 建 {set_id}.yaml"
        )
    spans = "；".join(f"{c.id}：{c.valid_from} 至 {c.valid_to or '今'}" for c in candidates)
    raise NoRulesInForce(
        f"{day} 当日有效的“{set_id}”指标体系{'不止一个' if valid else '一个也没有'}（{spans}）",
        remedy="请改正 valid_from、valid_to，或在辖区设置的 indicators 中另选一个",
        value=day,
    )


def _wrong(faults: list[str], place: Place | None) -> ConfigurationError:
    return ConfigurationError(f"指标体系有误（{'；'.join(faults)}）", remedy="请逐条改正后重新运行", place=place, value=faults)


def _merged(set_id: str, folder: Path, seen: tuple[str, ...]) -> Content:
    path = folder / f"{set_id}.yaml"
    if set_id in seen:
        circle = " → ".join((*seen, set_id))
        raise ConfigurationError(f"extends 首尾相接：{circle}", remedy="请改正其中一个 extends", place=Place(file=path.name))
    if not path.exists():
        remedy = f"请在 {folder.name}/ 中建 {path.name}" if not seen else f"请改正 {seen[-1]}.yaml 的 extends"
        raise ConfigurationError(f"找不到指标体系“{set_id}”", remedy=remedy, place=Place(file=path.name))
    content = read_settings(path)
    if not isinstance(content, dict):
        raise ConfigurationError("不是一份指标体系", remedy="请对照 national-2019.yaml 编写", place=Place(file=path.name))
    if not content.get("extends"):
        return content
    base = _merged(str(content["extends"]), folder, (*seen, set_id))
    try:
        return overlay(base, content)
    except Unreadable as error:
        raise _wrong([str(error)], Place(file=path.name)) from error


def check_measures(indicator_set: IndicatorSet, folder: Path) -> None:
    """Raise ConfigurationError unless every measure the set names is a SQL file in ``folder``."""
    for clause in indicator_set.measure_clauses():
        if not (folder / f"{clause.measure}.sql").is_file():
            known = "、".join(sorted(file.stem for file in folder.glob("*.sql"))) or "（无）"
            raise ConfigurationError(
                f"指标体系 {indicator_set.id} 的条款 {clause.id} 使用了不存在的测算“{clause.measure}”",
                remedy=f"请从 {known} 中选用，或新增 {clause.measure}.sql",
                value=clause.measure,
            )


def _spot(content: Content, location: tuple[int | str, ...]) -> str:
    """Turn a place in the content into the words of the file: 条款 VW2.1 的 points."""
    here: Any = content
    words = []
    for step in location:
        here = _inside(here, step)
        if isinstance(step, int) and isinstance(here, dict) and here.get("id"):
            words = [str(here["id"])]
        elif step not in ("indicators", "clauses"):
            words.append(str(step))
    return " 的 ".join(words)


def _inside(content: Any, step: int | str) -> Any:
    if isinstance(content, list) and isinstance(step, int):
        return content[step]
    return content.get(step) if isinstance(content, dict) else None
