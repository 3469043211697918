"""Counts of subjects: declared, inspected, qualified, unqualified, by any grouping."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from tongbao.feeds import Kind
from tongbao.figures.collector import Collector
from tongbao.figures.result import GROUPED_BY, NOT_INSPECTED, QUALIFIED, UNQUALIFIED, PeriodResult, key_texts
from tongbao.formatting import pinyin_order

SCOPES: dict[str, Kind | None] = {"websites": Kind.WEBSITE, "accounts": Kind.ACCOUNT, "subjects": None}
"""Root names of figures and the kind of subject they speak of."""

SCOPE_TITLES = {"websites": "政府网站", "accounts": "政务新媒体", "subjects": "政府网站和政务新媒体"}

GROUPINGS: dict[str, tuple[str, ...]] = {
    "by_platform": ("platform",),
    "by_unit_class": ("unit_class",),
    "by_region": ("region",),
    "by_portal": ("is_portal",),
    "by_level": ("level",),
    "by_platform_group": ("platform_group",),
    "by_level_and_platform_group": ("level", "platform_group"),
    "by_platform_and_unit_class": ("platform", "unit_class"),
    "by_platform_and_region": ("platform", "region"),
}
"""Name of a grouping and the roster columns it groups by."""

_USED = ["name", "sponsor", "platform", "verdict", "reason", "blocked", "not_measured"]
_USED += [f"{column}_key" for column in GROUPED_BY]
_COUNTED = {QUALIFIED: 1, UNQUALIFIED: 2, NOT_INSPECTED: 3}
_LAST = {"其他", "other", "未填写"}
_TITLES = {"platform": "平台", "unit_class": "单位类别", "region": "地区", "is_portal": "是否门户"}
_TITLES |= {"level": "层级", "platform_group": "平台（合并）"}


def add_counts(collector: Collector, result: PeriodResult, scope: str) -> None:
    """Add the counts, rates, lists and groupings of one scope."""
    title = SCOPE_TITLES[scope]
    # Rows are picked many times below, which costs by the column.
    declared, undeclared = (result.of_kind(SCOPES[scope], side)[_USED] for side in (True, False))
    _add_tally(collector, scope, tally(declared), f"在运行且已报备的{title}")
    collector.listed(f"{scope}.undeclared", f"{scope}.undeclared_names", undeclared, f"已发现而未报备的{title}")
    for name, verdict, title_of in (
        ("unqualified_names", UNQUALIFIED, "不合格"),
        ("not_inspected_names", NOT_INSPECTED, "未检"),
    ):
        rows = declared[declared["verdict"] == verdict]
        collector.names(f"{scope}.{name}", rows, f"{scope}.{verdict}", f"已报备的{title}中判定为{title_of}的")
    _add_not_inspected_reasons(collector, scope, declared, title)
    _add_incomplete(collector, scope, declared, title)
    _add_sponsors(collector, scope, declared, title)
    for grouping, columns in GROUPINGS.items():
        _add_grouping(collector, f"{scope}.{grouping}", scope, declared, columns, title)
    _add_undeclared_platforms(collector, scope, undeclared, title)


class Tally(NamedTuple):
    """Counts of one group of subjects by verdict; ``keys`` are the group's keys as texts, none for all subjects."""

    keys: tuple[str, ...]
    declared: int
    qualified: int
    unqualified: int
    not_inspected: int

    @property
    def inspected(self) -> int:
        return self.qualified + self.unqualified


def tally(subjects: pd.DataFrame) -> Tally:
    """Count all subjects by verdict."""
    return _counted([()], np.zeros(len(subjects), dtype=np.intp), _verdicts(subjects))[0]


def tallies(subjects: pd.DataFrame, columns: Sequence[str]) -> list[Tally]:
    """Count subjects by verdict for each combination of ``<column>_key``: largest first, 其他 last, ties by pinyin."""
    keys = [subjects[f"{column}_key"].array for column in columns]
    texts = [[str(text) for text in key.categories] for key in keys]
    shape = tuple(len(known) for known in texts)
    # A frame of a few groups costs pandas a hundred times what it costs to count them, and there are dozens a circular.
    places, group = np.unique(np.ravel_multi_index([key.codes for key in keys], shape), return_inverse=True)
    codes_by_key = np.unravel_index(places, shape)
    combinations = list(
        zip(*(map(known.__getitem__, codes) for known, codes in zip(texts, codes_by_key, strict=True)), strict=True)
    )
    return _ordered(_counted(combinations, group, _verdicts(subjects)))


def _verdicts(subjects: pd.DataFrame) -> np.ndarray:
    """The place of each subject's verdict in ``_COUNTED``; 0 is any other."""
    verdicts = subjects["verdict"].astype("category").array
    places = np.array([_COUNTED.get(verdict, 0) for verdict in (*verdicts.categories, None)], dtype=np.intp)
    found: np.ndarray = places[verdicts.codes]
    return found


def _counted(keys: Sequence[tuple[str, ...]], group: np.ndarray, verdicts: np.ndarray) -> list[Tally]:
    counts = np.bincount(group * 4 + verdicts, minlength=len(keys) * 4).reshape(-1, 4).tolist()
    return [Tally(key, sum(row), *row[1:]) for key, row in zip(keys, counts, strict=True)]


def _ordered(groups: list[Tally]) -> list[Tally]:
    """By the size of the first key, then of the second; of equal ones, as they come."""
    sizes: Counter[tuple[int, str]] = Counter()
    for group in groups:
        for key in enumerate(group.keys):
            sizes[key] += group.declared
    order = {(place, key): (key in _LAST, -size, pinyin_order(key)) for (place, key), size in sizes.items()}
    return sorted(groups, key=lambda group: [order[key] for key in enumerate(group.keys)])


def _add_tally(collector: Collector, name: str, group: Tally, what: str) -> None:
    collector.count(f"{name}.declared", group.declared, what)
    collector.count(f"{name}.inspected", group.inspected, f"{what}中已抽查且有观测记录的")
    collector.count(f"{name}.qualified", group.qualified, f"{what}中判定为合格的")
    collector.count(f"{name}.unqualified", group.unqualified, f"{what}中判定为不合格的")
    collector.count(f"{name}.not_inspected", group.not_inspected, f"{what}中未检的")
    collector.rate(f"{name}.inspected_rate", f"{name}.inspected", f"{name}.declared")
    collector.rate(f"{name}.pass_rate", f"{name}.qualified", f"{name}.inspected")
    collector.rate(f"{name}.fail_rate", f"{name}.unqualified", f"{name}.inspected")
    collector.split(f"{name}.declared", (f"{name}.inspected", f"{name}.not_inspected"))
    collector.split(f"{name}.inspected", (f"{name}.qualified", f"{name}.unqualified"))


def _add_grouping(
    collector: Collector, root: str, scope: str, declared: pd.DataFrame, columns: tuple[str, ...], title: str
) -> None:
    """One group a combination of keys: its keys as texts ``label`` (and ``within`` for a second key), its tally."""
    collector.open(root)
    groups: list[str] = []
    for group in tallies(declared, columns):
        keys = group.keys
        name = ".".join([root, *keys])
        if len(keys) > 1:
            collector.open(f"{root}.{keys[0]}")
        said = "、".join(f"{_TITLES[column]}为“{key}”" for column, key in zip(columns, keys, strict=True))
        collector.text(f"{name}.label", keys[-1], f"{title}的{said}")
        if len(keys) > 1:
            collector.text(f"{name}.within", keys[0], f"{title}的{said}")
        _add_tally(collector, name, group, f"在运行且已报备、{said}的{title}")
        groups.append(name)
    for count in ("declared", "inspected", "qualified", "unqualified", "not_inspected"):
        collector.split(f"{scope}.{count}", (f"{name}.{count}" for name in groups))


def _add_not_inspected_reasons(collector: Collector, scope: str, declared: pd.DataFrame, title: str) -> None:
    root = f"{scope}.not_inspected_reasons"
    collector.open(root)
    rows = declared[declared["verdict"] == NOT_INSPECTED]
    reasons = key_texts(rows["reason"]).astype("object")
    sizes = reasons.value_counts()
    names: list[str] = []
    for number, reason in enumerate(sorted(sizes.index, key=lambda text: (-int(sizes[text]), text)), start=1):
        name = f"{root}.{number}"
        collector.text(f"{name}.label", reason, f"未检{title}的原因")
        collector.listed(f"{name}.count", f"{name}.names", rows[(reasons == reason).to_numpy()], f"因“{reason}”未检的{title}")
        names.append(f"{name}.count")
    collector.split(f"{scope}.not_inspected", names)


def _add_incomplete(collector: Collector, scope: str, declared: pd.DataFrame, title: str) -> None:
    """Inspected subjects of which some clause could not be judged: they are said, never counted as failing."""
    inspected = declared[declared["verdict"] != NOT_INSPECTED]
    for name, column, why in (("blocked", "blocked", "被拦截"), ("not_measured", "not_measured", "未能测得")):
        rows = inspected[inspected[column].fillna(0) > 0]
        collector.listed(f"{scope}.with_{name}", f"{scope}.with_{name}_names", rows, f"已检{title}中有条款{why}的")


def _add_sponsors(collector: Collector, scope: str, declared: pd.DataFrame, title: str) -> None:
    unqualified = declared[declared["verdict"] == UNQUALIFIED]
    collector.count(f"{scope}.sponsors", declared["sponsor"].nunique(), f"在运行且已报备的{title}的主办单位（去重）")
    one_each = unqualified.drop_duplicates("sponsor")
    collector.listed(
        f"{scope}.unqualified_sponsors", f"{scope}.unqualified_sponsor_names", one_each, f"有不合格{title}的主办单位（去重）"
    )


def _add_undeclared_platforms(collector: Collector, scope: str, undeclared: pd.DataFrame, title: str) -> None:
    root = f"{scope}.undeclared_by_platform"
    collector.open(root)
    names: list[str] = []
    for group in tallies(undeclared, ("platform",)):
        platform = group.keys[0]
        name = f"{root}.{platform}"
        collector.text(f"{name}.label", platform, f"已发现而未报备的{title}的平台")
        collector.count(f"{name}.count", group.declared, f"已发现而未报备、平台为“{platform}”的{title}")
        names.append(f"{name}.count")
    collector.split(f"{scope}.undeclared", names)
