"""Forms to fill in by hand: tables of labels and blanks in the type of the template's annex tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tongbao.circular import gongwen as gw
from tongbao.circular.annex import TablePrototype
from tongbao.circular.annex_columns import column_widths
from tongbao.circular.document import Align, AnnexColumn
from tongbao.circular.gongwen import StyleName
from tongbao.circular.ooxml import run_xml
from tongbao.circular.styles import Styles

_LINE = 360
_CELL_MARGINS = 80
_LINES_KEPT_WHOLE = 16
"""A row of more lines may break over pages: a landscape page holds 22."""


@dataclass(frozen=True)
class FormCell:
    """One cell: a label (``is_head``) or a blank; ``span`` columns wide and at least ``lines`` lines high."""

    text: str = ""
    is_head: bool = False
    align: Align = Align.LEFT
    span: int = 1
    lines: int = 1


@dataclass(frozen=True)
class FormRow:
    """One row; ``repeated`` rows, only the first ones of a form, stand again on every page."""

    cells: tuple[FormCell, ...]
    repeated: bool = False


@dataclass(frozen=True)
class Form:
    """A titled table: ``columns`` say how wide it is divided, ``lead`` stands above it and ``note`` below."""

    title: str
    columns: tuple[AnnexColumn, ...]
    rows: tuple[FormRow, ...]
    lead: tuple[str, ...] = ()
    note: str = ""
    landscape: bool = False


def form_xml(form: Form, prototype: TablePrototype, styles: Styles, width: int) -> str:
    """The form's table as text, ``width`` twips wide. A row whose spans do not fill the columns: ValueError."""
    heads = [row for row in form.rows if row.repeated]
    whole_rows = [[cell.text for cell in row.cells] for row in form.rows if len(row.cells) == len(form.columns)]
    widths = column_widths(form.columns, width, whole_rows if heads else ())
    ids = {True: styles.id_of(StyleName.TABLE_HEAD), False: styles.id_of(StyleName.TABLE_CELL)}
    rows = "".join(_row_xml(row, widths, ids) for row in form.rows)
    grid = "".join(f'<w:gridCol w:w="{column}"/>' for column in widths)
    return f"<w:tbl>{prototype.sized(width)}<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"


def _row_xml(row: FormRow, widths: Sequence[int], ids: dict[bool, str]) -> str:
    if sum(cell.span for cell in row.cells) != len(widths):
        raise ValueError(f"a row {sum(cell.span for cell in row.cells)} columns wide in a form of {len(widths)}")
    cells, place, kept_whole = [], 0, True
    for cell in row.cells:
        cell_width = sum(widths[place : place + cell.span])
        place += cell.span
        most = _LINES_KEPT_WHOLE * cell_width / (10 * gw.SIZE_SMALL_4)
        kept_whole &= len(cell.text) <= most or gw.characters(cell.text) <= most
        cells.append(_cell_xml(cell, cell_width, ids[cell.is_head]))
    # A row higher than the page would lose its end, so a long one may break.
    whole = "<w:cantSplit/>" if kept_whole else ""
    height = max(cell.lines for cell in row.cells) * _LINE + _CELL_MARGINS
    head = "<w:tblHeader/>" if row.repeated else ""
    return f'<w:tr><w:trPr>{whole}<w:trHeight w:val="{height}" w:hRule="atLeast"/>{head}</w:trPr>{"".join(cells)}</w:tr>'


def _cell_xml(cell: FormCell, width: int, style: str) -> str:
    span = f'<w:gridSpan w:val="{cell.span}"/>' if cell.span > 1 else ""
    align = Align.CENTER if cell.is_head else cell.align
    run = f"<w:r>{run_xml(cell.text)}</w:r>" if cell.text else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}<w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/><w:jc w:val="{align.value}"/></w:pPr>{run}</w:p></w:tc>'
    )
