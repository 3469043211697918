"""Annexes as queries over a period's result: filtered, sorted and shown as the block list says."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pandas as pd

from tongbao.circular.blocks import AnnexSpec, BlockList, ColumnSpec, Rates
from tongbao.circular.phrasing import change_text
from tongbao.errors import ConfigurationError
from tongbao.feeds import Kind
from tongbao.figures.groups import tallies
from tongbao.figures.model import Figure, FigureKind, Figures, clean
from tongbao.figures.result import NOT_INSPECTED, UNQUALIFIED, PeriodResult
from tongbao.figures.scores import hundredths
from tongbao.formatting import pinyin_order, rate_text, score_text, without_evidence_ids

_OPTIONAL = re.compile(r"\[\[(.*?)\]\]")
_FIELD = re.compile(r"\{(\w+)\}")
NUMBER = "number"
"""The column key of 序号: the row's place in the finished table."""
GROUPS = "groups."
"""What a query over a group of figures begins with: one row a member, one column a figure of it."""


def annex_rows(spec: AnnexSpec, result: PeriodResult, figures: Figures, block_list: BlockList) -> tuple[tuple[Any, ...], ...]:
    """Run an annex's query; one tuple a row, in the order of its columns.

    Cells are text, int (序号, counts) or date; empty ones ``missing``. Texts are sorted by pinyin. Equal data give
    equal rows whatever order they came in: ties are broken by subject_id. Raises ConfigurationError for an
    unknown query or column.
    """
    looks = block_list.rates
    if spec.query.startswith(GROUPS):
        table = group_table(figures, spec.query.removeprefix(GROUPS), looks)
    else:
        table = _query(spec.query, result, figures)
    table = _filtered(spec, table)
    table = _sorted(spec, table)
    for column, words in block_list.labels.items():
        if column in table.columns:
            table[column] = table[column].astype("object").map(lambda value, words=words: words.get(_plain(value), value))
    table[NUMBER] = range(1, len(table) + 1)
    if spec.total and len(table):
        table = _with_total(spec, table.astype("object"), figures, looks)
    cells = [_cells(spec, column, table) for column in spec.columns]
    return tuple(zip(*cells, strict=True)) if len(table) else ()


def _query(query: str, result: PeriodResult, figures: Figures) -> pd.DataFrame:
    queries: dict[str, Callable[[PeriodResult, Figures], pd.DataFrame]] = {
        "declared": lambda r, f: _with_platform_order(r.declared),
        "undeclared": _undeclared,
        "results": _results,
        "problems": lambda r, f: _problems(r, f, _with_platform_order(r.declared)),
        "not_inspected": lambda r, f: r.declared[r.declared["verdict"] == NOT_INSPECTED].copy(),
    }
    if query in queries:
        return queries[query](result, figures)
    table = query.removeprefix("reconciliation.")
    if table != query and table in result.reconciliation:
        return result.reconciliation[table].copy()
    known = [*queries, *(f"reconciliation.{name}" for name in result.reconciliation)]
    raise ConfigurationError(
        f"没有名为“{query}”的附件查询",
        remedy=f"请从 {'、'.join(known)} 中选用，或者写 {GROUPS}加一组数字的名称",
        value=query,
    )


def group_table(figures: Figures, group: str, rates: Rates) -> pd.DataFrame:
    """One row a member of a group of figures, in its order; one column a figure of any of them, as it prints.

    Raises ConfigurationError when there is no such group.
    """
    if not figures.is_group(group):
        raise ConfigurationError(f"没有名为“{group}”的一组数字", remedy="请对照该期存档中的 figures.json 改正名称", value=group)
    members = figures.children(group)
    known = dict.fromkeys(child.rpartition(".")[2] for member in members for child in figures.children(member))
    rows = [{key: _printed(figures.get(f"{member}.{key}"), figures, rates) for key in known} for member in members]
    return pd.DataFrame(rows, columns=list(known), dtype="object")


def _with_total(spec: AnnexSpec, table: pd.DataFrame, figures: Figures, rates: Rates) -> pd.DataFrame:
    total = {key: _printed(figures.get(f"{spec.total}.{key}"), figures, rates) for key in table.columns}
    return pd.concat([table, pd.DataFrame([total | {"label": spec.total_label}], dtype="object")], ignore_index=True)


def _printed(figure: Figure | None, figures: Figures, rates: Rates) -> Any:
    """A figure as an annex cell: counts stay numbers, differences carry their sign, lists are left to the text."""
    if figure is None:
        return None
    looks: dict[str, Any] = {"cut": rates.rounding == "cut", "zeros": rates.trailing_zeros}
    match figure.kind:
        case FigureKind.RATE:
            return rate_text(figure.value, rates.decimals, **looks)
        case FigureKind.SCORE:
            return score_text(figure.value)
        case FigureKind.DIFFERENCE:
            size, sign = change_text(figure, figures, rates.decimals, **looks)
            return size if sign == 0 else f"{'+' if sign > 0 else '－'}{size}"
        case FigureKind.LIST:
            return None
        case _:
            return figure.value


def _with_platform_order(subjects: pd.DataFrame) -> pd.DataFrame:
    """Add ``platform_order``: platforms by size, 其他 last."""
    order = {group.keys[0]: place for place, group in enumerate(tallies(subjects, ("platform",)))}
    return subjects.assign(platform_order=subjects["platform_key"].astype("object").map(order).astype("int64"))


def _problems(result: PeriodResult, figures: Figures, subjects: pd.DataFrame) -> pd.DataFrame:
    """One row a breached clause of the subjects: their roster and verdict columns, the clause's words, evidence."""
    lines = result.problems[["subject_id", "clause", "part", "count", "points", "evidence", "note"]].reset_index(drop=True)
    lines["evidence"] = lines["evidence"].map(without_evidence_ids, na_action="ignore")
    words = _words(figures)
    lines["clause_order"] = range(len(lines))
    for key in ("label", "problem", "remedy", "unit", "is_count"):
        known = {clause: said[key] for clause, said in words.items()}
        lines[f"clause_{key}" if key in ("label", "unit", "is_count") else key] = lines["clause"].astype("string").map(known)
    lines["count"] = lines["count"].where(lines["clause_is_count"].fillna(value=False).astype(bool))
    clashing = [column for column in ("note", "points") if column in subjects.columns]
    return subjects.drop(columns=clashing).merge(lines, on="subject_id", how="inner")


def _words(figures: Figures) -> dict[str, dict[str, Any]]:
    """Words of the clauses breached this time, read back from the figures that carry them."""
    words: dict[str, dict[str, Any]] = {}
    for group in (f"{scope}.{side}" for scope in ("websites", "accounts") for side in ("problems", "undeclared_problems")):
        for name in figures.children(group):
            said = {key: figures.value(f"{name}.{key}") for key in ("label", "problem", "remedy", "unit")}
            words[figures.value(f"{name}.clause")] = {**said, "is_count": f"{name}.count" in figures}
    return words


def _undeclared(result: PeriodResult, figures: Figures) -> pd.DataFrame:
    """Found, undeclared subjects with ``problems``: what is wrong with each, in one cell."""
    subjects = _with_platform_order(result.undeclared)
    problems = _problems(result, figures, subjects)
    told = problems.groupby("subject_id", sort=False)["problem"].agg(lambda texts: "；".join(dict.fromkeys(texts)))
    return subjects.assign(problems=subjects["subject_id"].map(told))


def _results(result: PeriodResult, figures: Figures) -> pd.DataFrame:
    """One row a problem of an inspected subject, one row a subject without any; unqualified first.

    Recipients look for their own name and need each fault beside its remedy, so problems are not folded into one cell.
    """
    inspected = _with_platform_order(result.declared[result.declared["verdict"] != NOT_INSPECTED])
    problems = _problems(result, figures, inspected)
    clean_ones = inspected[~inspected["subject_id"].isin(problems["subject_id"])]
    table = pd.concat([problems, clean_ones], ignore_index=True)
    failing, faulty = table["verdict"] == UNQUALIFIED, table["clause"].notna()
    table["kind_order"] = (table["kind"] != Kind.WEBSITE).astype(int)
    platform = table["platform"].astype("object")
    table["type"] = platform.where((table["kind"] == Kind.ACCOUNT) & platform.notna(), table["kind"].astype("object"))
    table["verdict_order"] = 2 - failing.astype(int) * 2 + (~failing & ~faulty).astype(int)
    return table


def _filtered(spec: AnnexSpec, table: pd.DataFrame) -> pd.DataFrame:
    for column, wanted in spec.where.items():
        values = [_plain(value) for value in (wanted if isinstance(wanted, list) else [wanted])]
        table = table[_column(spec, table, column).astype("object").map(_plain).isin(values)]
    return table


def _plain(value: Any) -> str:
    """One spelling for choices and flags, so that YAML's true meets a column's True."""
    return str(value).lower() if isinstance(value, bool) or str(value) in ("True", "False") else str(value)


def _sorted(spec: AnnexSpec, table: pd.DataFrame) -> pd.DataFrame:
    keys = [*spec.sort, *(key for key in ("subject_id", "clause_order") if key in table.columns and key not in spec.sort)]
    for key in spec.sort:
        _column(spec, table, key.removeprefix("-"))
    if not keys:
        return table.copy()
    by, ascending = [key.removeprefix("-") for key in keys], [not key.startswith("-") for key in keys]
    return table.sort_values(by, ascending=ascending, kind="stable", ignore_index=True, key=_sort_keys).copy()


def _sort_keys(values: pd.Series) -> pd.Series:
    """Texts in the order of their pinyin, as name lists are read."""
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return values
    texts = values.astype("object").map(lambda value: b"" if value is None or value != value else pinyin_order(str(value)))
    return texts.astype("object")


def _column(spec: AnnexSpec, table: pd.DataFrame, key: str) -> pd.Series:
    if key not in table.columns:
        known = "、".join(str(column) for column in table.columns)
        raise ConfigurationError(f"附件“{spec.id}”的查询没有列“{key}”", remedy=f"请从 {known} 中选用", value=key)
    return table[key]


def _cells(spec: AnnexSpec, column: ColumnSpec, table: pd.DataFrame) -> list[Any]:
    if not column.pattern:
        values = (_cell(column.key, value) for value in _column(spec, table, column.key))
        return [column.missing if value == "" else value for value in values]
    keys = list(dict.fromkeys(_FIELD.findall(column.pattern)))
    texts = [[str(_cell(key, value)) for value in _column(spec, table, key)] for key in keys]
    rows = (dict(zip(keys, row, strict=True)) for row in zip(*texts, strict=True))
    return [fill_pattern(column.pattern, row) or column.missing for row in rows]


def fill_pattern(pattern: str, values: dict[str, str]) -> str:
    """Fill ``{key}`` from values; a part in ``[[ ]]`` vanishes when one of its values is empty."""

    def part(match: re.Match[str]) -> str:
        return match[1] if all(values[key] for key in _FIELD.findall(match[1])) else ""

    return _FIELD.sub(lambda match: values[match[1]], _OPTIONAL.sub(part, pattern))


def _cell(key: str, value: Any) -> Any:
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return ""
    if key == "score" and not isinstance(value, str):
        return score_text(hundredths(value))
    if isinstance(value, pd.Timestamp):
        return value.date()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        return clean(value)
    return value.item() if hasattr(value, "item") else value
