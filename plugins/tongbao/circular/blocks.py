"""The block list of a circular: headings, order, wording and annexes, as the office keeps them in YAML."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from tongbao.circular.charts.spec import ChartSpec
from tongbao.circular.document import Align
from tongbao.errors import ConfigurationError, Place
from tongbao.formatting import NameStyle
from tongbao.jurisdiction import read_settings

WORDS = "words.yaml"
"""The file beside block lists that holds what they share."""

BlockId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Numbering(StrEnum):
    """How headings are numbered, each kind on its level of the standard's four."""

    CHAPTER = "chapter"
    SECTION = "section"
    ITEM = "item"
    POINT = "point"
    NONE = "none"


class Ordering(StrEnum):
    """How paragraphs under one heading are told apart."""

    ORDINAL = "ordinal"
    DEMAND = "demand"
    ITEM = "item"
    POINT = "point"
    NONE = "none"


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(_Settings):
    """One paragraph of wording; with ``each``, one paragraph for every member (named ``item``) of a group."""

    text: str
    show_when: str = ""
    each: str = ""


def _as_text(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


Wordings = tuple[Annotated[Text, BeforeValidator(_as_text)], ...]


class TableColumn(_Settings):
    """One column of a table in the text: ``text`` is wording over the row's member, called ``item``.

    ``total`` is its wording in the last row, if it differs. A cell whose figures are absent prints ``missing``.
    """

    title: str
    text: str
    total: str = ""
    width: float = Field(default=1, gt=0)
    align: Align = Align.CENTER
    missing: str = "—"


class TableSpec(_Settings):
    """A small table in the text: one row for every member of ``each`` that ``show_when`` holds for.

    ``total`` names the group that the last row speaks of. Under ``at_least`` rows there is no table. In cells ``number``
    is the row's place.
    """

    title: str = ""
    each: str
    show_when: str = ""
    total: str = ""
    at_least: int = Field(default=1, ge=1)
    columns: tuple[TableColumn, ...] = Field(min_length=1)


class Block(_Settings):
    """A heading with paragraphs, a table, a chart, an office's own text (``slot``) and blocks beneath it.

    A block that turns out to have neither text nor children is left out together with its heading. With ``each`` it is
    repeated for every member (named ``group``) of a group.
    ``run_in`` lets the heading run on into the text; ``slot_run_in`` sets the first sentence of each of the
    office's paragraphs like a heading.
    """

    id: BlockId
    each: str = ""
    heading: str = ""
    numbering: Numbering = Numbering.NONE
    show_when: str = ""
    wording: Wordings = ()
    ordered: Ordering = Ordering.NONE
    table: TableSpec | None = None
    chart: ChartSpec | None = None
    slot: str = ""
    slot_ordered: Ordering = Ordering.NONE
    slot_run_in: bool = False
    run_in: bool = False
    closing: Wordings = ()
    children: tuple[Block, ...] = ()


class ColumnSpec(_Settings):
    """One annex column: a column of the query, or a ``pattern`` of several.

    In a pattern ``{key}`` stands for a column and a part in ``[[ ]]`` vanishes when a column in it is empty.
    ``missing`` is printed for an empty cell.
    """

    key: str
    title: str
    width: float = Field(gt=0)
    align: Align = Align.LEFT
    pattern: str = ""
    missing: str = ""


class AnnexSpec(_Settings):
    """One annex: a query over the period's result, filtered, sorted and shown in columns.

    ``where`` keeps rows whose column is the value, or one of the values; ``sort`` names columns, ``-`` in
    front for descending; ``counted`` names the figure the number of rows must equal. For a query ``groups.NAME``
    ``total`` names the group of a last row, labelled ``total_label``.
    """

    id: BlockId
    title: str
    query: str
    show_when: str = ""
    where: dict[str, str | bool | int | list[str | bool | int]] = {}
    sort: tuple[str, ...] = ()
    columns: tuple[ColumnSpec, ...] = Field(min_length=1)
    lead: Wordings = ()
    note: str = ""
    landscape: bool = False
    counted: str = ""
    total: str = ""
    total_label: str = ""


class Style(_Settings):
    """A way to name offenders; see ``formatting.NameStyle``."""

    item: str
    group: str = ""
    grouped: str = ""
    separator: str = "、"
    group_separator: str = "；"


class DegreeWord(_Settings):
    """A word for a share: the first whose ``above`` the share exceeds."""

    above: float = Field(ge=0, lt=1)
    word: str


class Rates(_Settings):
    """How this office prints rates, unless a wording says otherwise."""

    decimals: int = Field(default=2, ge=0, le=2)
    rounding: Literal["half_up", "cut"] = "half_up"
    trailing_zeros: bool = True


class Words(_Settings):
    """What all block lists of an office share; each may replace an entry by one of its own."""

    labels: dict[str, dict[str, str]] = {}
    """Printed words for values kept in English, by column."""
    name_styles: dict[str, Style] = {}
    degree_words: tuple[DegreeWord, ...] = ()
    rates: Rates = Rates()
    phrases: dict[str, str] = {}
    """Wording to be put in by ``{% include 'name' %}``."""


class BlockList(Words):
    """Everything a circular says and in which order."""

    id: BlockId
    preamble: Wordings = ()
    blocks: tuple[Block, ...]
    annexes: tuple[AnnexSpec, ...] = ()

    @model_validator(mode="after")
    def _check_ids(self) -> BlockList:
        for what, ids in (("区块", [block.id for block in self.all_blocks()]), ("附件", [annex.id for annex in self.annexes])):
            twice = sorted({name for name in ids if ids.count(name) > 1})
            if twice:
                raise ValueError(f"{what} id 重复：{'、'.join(twice)}")
        return self

    def all_blocks(self) -> Iterator[Block]:
        waiting = list(self.blocks)
        while waiting:
            block = waiting.pop(0)
            yield block
            waiting = [*block.children, *waiting]

    @cached_property
    def styles(self) -> dict[str, NameStyle]:
        return {name: NameStyle(**style.model_dump()) for name, style in self.name_styles.items()}


def load_block_list(path: Path) -> BlockList:
    """Read a block list, and ``words.yaml`` beside it; raises ConfigurationError naming file and block, all faults at once."""
    content = read_settings(path)
    shared = path.with_name(WORDS)
    if shared.exists() and isinstance(content, dict):
        words = _validated(Words, read_settings(shared) or {}, shared)
        content = _merged(words.model_dump(mode="json", exclude_unset=True), content)
    return _validated(BlockList, content, path)


_Model = TypeVar("_Model", bound=BaseModel)


def _validated(model: type[_Model], content: Any, path: Path) -> _Model:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = "；".join(f"{_spot(content, fault['loc'])}：{fault['msg']}" for fault in error.errors())
        raise ConfigurationError(
            f"通报区块清单有误（{faults}）", remedy="请对照 templates/quarterly.yaml 的写法改正", place=Place(file=path.name)
        ) from error


def _merged(shared: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The shared words with the list's own entries over them, entry by entry; lists are replaced whole."""
    return shared | {
        key: _merged(shared[key], value) if isinstance(value, dict) and isinstance(shared.get(key), dict) else value
        for key, value in own.items()
    }


def _spot(content: Any, location: tuple[int | str, ...]) -> str:
    """Say where a fault is by the ids of blocks and annexes instead of their positions."""
    parts: list[str] = []
    here = content
    for step in location:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            here = None
        named = isinstance(here, dict) and here.get("id")
        parts.append(f"“{here['id']}”" if isinstance(step, int) and named else str(step))
    return ".".join(parts) or "整个文件"
