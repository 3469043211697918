"""Composes the circular: block list and figures become the document model. No disk, no clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from tongbao.circular.annex_queries import annex_rows
from tongbao.circular.blocks import AnnexSpec, Block, BlockList, Numbering, Ordering, Wordings
from tongbao.circular.chart_blocks import chart_paragraph
from tongbao.circular.document import (
    Annex,
    AnnexColumn,
    CircularDocument,
    Imprint,
    Letterhead,
    Paragraph,
    ParagraphStyle,
    Signature,
    Span,
)
from tongbao.circular.phrasing import Phrasing
from tongbao.circular.table_blocks import table_paragraph
from tongbao.errors import ConfigurationError
from tongbao.figures.model import Figure, FigureKind, Figures, clean
from tongbao.figures.result import PeriodResult
from tongbao.formatting import chinese_numeral, document_number
from tongbao.jurisdiction import Circular, Jurisdiction
from tongbao.period import working_days_later

_STYLES = {
    Numbering.CHAPTER: ParagraphStyle.LEVEL1,
    Numbering.SECTION: ParagraphStyle.LEVEL2,
    Numbering.ITEM: ParagraphStyle.LEVEL3,
    Numbering.POINT: ParagraphStyle.LEVEL4,
}
_BY_DEPTH = tuple(_STYLES.values())
_SENTENCE = re.compile(r"[^。；：]{1,40}[。；：]")


@dataclass(frozen=True)
class Issue:
    """What is decided at signing; a draft has neither."""

    document_number: int | None = None
    issued_on: date | None = None


def with_issue(figures: Figures, circular: Circular, issue: Issue) -> Figures:
    """Add what follows from the issue date: ``issued_on`` and ``deadline``, the last day to report mending.

    The gate needs the figures this returns, for the document may print them.
    """
    if issue.issued_on is None:
        return figures
    days = circular.rectification.working_days
    source = f"印发之日（{issue.issued_on}）后第{days}个工作日，辖区设置与国务院办公厅节假日安排"
    return figures.with_more(
        [
            Figure("issued_on", issue.issued_on, FigureKind.DATE, "签发时登记的成文日期"),
            Figure("deadline", working_days_later(issue.issued_on, days), FigureKind.DATE, source),
        ]
    )


def compose(
    figures: Figures,
    result: PeriodResult,
    block_list: BlockList,
    jurisdiction: Jurisdiction,
    circular: Circular,
    issue: Issue,
) -> CircularDocument:
    """Compose one circular. Raises ConfigurationError naming block or annex when wording and figures do not meet."""
    figures = with_issue(figures, circular, issue)
    composer = _Composer(figures, result, block_list, jurisdiction, circular)
    period = circular.name_of(result.period)
    title = circular.name.replace("{period}", period)
    year = (issue.issued_on or result.cutoff.date()).year
    last_day = (result.cutoff - timedelta(microseconds=1)).date()
    return CircularDocument(
        letterhead=Letterhead(circular.mark, document_number(circular.number_code, year, issue.document_number)),
        title=title,
        addressees=circular.addressees,
        body=tuple(composer.body()),
        signature=Signature(circular.office, issue.issued_on, circular.sealed),
        imprint=Imprint(circular.printed_by, issue.issued_on, circular.copy_to),
        annexes=tuple(composer.annexes()),
        note=circular.note,
        period=period,
        properties={
            "title": title,
            "subject": result.period.label,
            "creator": circular.office,
            "created": f"{issue.issued_on or last_day}T00:00:00Z",
        },
    )


class _Composer:
    """Walks the block list in order."""

    def __init__(
        self, figures: Figures, result: PeriodResult, block_list: BlockList, jurisdiction: Jurisdiction, circular: Circular
    ) -> None:
        self.figures, self.result, self.block_list, self.circular = figures, result, block_list, circular
        context = {
            "labels": block_list.labels,
            "jurisdiction": {"name": jurisdiction.name},
            "circular": {"office": circular.office, "charts": circular.charts, "slots": circular.slots},
            "annex": self._annex_label,
        }
        self.phrasing = Phrasing(figures, block_list, context)
        self.shown_annexes = [
            spec for spec in block_list.annexes if self.phrasing.holds(spec.show_when, f"附件“{spec.id}”的 show_when")
        ]

    def _annex_label(self, annex_id: str) -> str:
        """附件 and its number, as the text refers to it; a lone annex has no number (GB/T 9704, 7.3.4)."""
        ids = [spec.id for spec in self.shown_annexes]
        if annex_id not in [spec.id for spec in self.block_list.annexes]:
            raise ConfigurationError(f"没有名为“{annex_id}”的附件", remedy="请改用 annexes 中的 id", value=annex_id)
        if annex_id not in ids:
            return ""
        return "附件" if len(ids) == 1 else f"附件{ids.index(annex_id) + 1}"

    def body(self) -> Iterator[Paragraph]:
        for spans in self._paragraphs(self.block_list.preamble, "preamble"):
            yield Paragraph(spans)
        yield from self._blocks(self.block_list.blocks, 0)

    def _blocks(self, blocks: tuple[Block, ...], depth: int, **values: Any) -> Iterator[Paragraph]:
        numbers: dict[Numbering, int] = {}
        for block in blocks:
            for known in self._repeated(block, values):
                if not self.phrasing.holds(block.show_when, f"区块“{block.id}”的 show_when", **known):
                    continue
                content = self._content(block, depth, known)
                if content:
                    numbers[block.numbering] = numbers.get(block.numbering, 0) + 1
                    yield from self._headed(block, content, numbers[block.numbering], depth, known)

    def _repeated(self, block: Block, values: dict[str, Any]) -> list[dict[str, Any]]:
        """What a block's wording may name: once, or with each member of its group as ``group``."""
        if not block.each:
            return [values]
        return [{**values, "group": member} for member in self.phrasing.members(block.each, f"区块“{block.id}”的 each", **values)]

    def _content(self, block: Block, depth: int, values: dict[str, Any]) -> list[Paragraph]:
        where = f"区块“{block.id}”"
        wording = [Paragraph(spans) for spans in self._paragraphs(block.wording, where, **values)]
        content = _ordered(wording, block.ordered)
        if block.table is not None and (table := table_paragraph(block.table, self.phrasing, where, **values)):
            content.append(table)
        if block.chart is not None and (chart := chart_paragraph(block.chart, self.phrasing, self.figures, where)):
            content.append(chart)
        content += _ordered(self._slot(block), block.slot_ordered)
        content += self._blocks(block.children, depth + 1, **values)
        content += [Paragraph(spans) for spans in self._paragraphs(block.closing, where, **values)]
        return content

    def _headed(
        self, block: Block, content: list[Paragraph], number: int, depth: int, values: dict[str, Any]
    ) -> Iterator[Paragraph]:
        if not block.heading:
            yield from content
            return
        style = _STYLES.get(block.numbering, _BY_DEPTH[min(depth, len(_BY_DEPTH) - 1)])
        title = self.phrasing.spans(block.heading, f"区块“{block.id}”的标题", **values)
        heading = tuple(span for span in (Span(_heading_number(block.numbering, number)), *title) if span.text)
        first = content[0]
        if block.run_in and first.style is ParagraphStyle.BODY and not (first.table or first.picture):
            yield Paragraph((*(replace(span, style=style) for span in heading), *first.spans), verbatim=first.verbatim)
            yield from content[1:]
            return
        yield Paragraph(heading, style)
        yield from content

    def _paragraphs(self, wordings: Wordings, where: str, **values: Any) -> Iterator[tuple[Span, ...]]:
        for wording in wordings:
            members = self.phrasing.members(wording.each, where, **values) if wording.each else [None]
            for member in members:
                known = {**values, "item": member} if wording.each else values
                if not self.phrasing.holds(wording.show_when, where, **known):
                    continue
                if spans := self.phrasing.spans(wording.text, where, **known):
                    yield spans

    def _slot(self, block: Block) -> list[Paragraph]:
        """The office's own paragraphs, word for word."""
        texts = self.circular.slots.get(block.slot, []) if block.slot else []
        lines = [texts] if isinstance(texts, str) else texts
        cleaned = [clean(line) for text in lines for line in text.splitlines() if line.strip()]
        return [Paragraph(_led(text, block), verbatim=True) for text in cleaned]

    def annexes(self) -> Iterator[Annex]:
        for spec in self.shown_annexes:
            where = f"附件“{spec.id}”"
            yield Annex(
                title=self._plain(spec.title, where),
                columns=tuple(AnnexColumn(c.key, c.title, c.width, c.align) for c in spec.columns),
                rows=annex_rows(spec, self.result, self.figures, self.block_list),
                note=self._plain(spec.note, where),
                landscape=spec.landscape,
                counted=self._counted(spec),
                lead=tuple(Paragraph(spans) for spans in self._paragraphs(spec.lead, where)),
            )

    def _plain(self, text: str, where: str) -> str:
        return "".join(span.text for span in self.phrasing.spans(text, where))

    def _counted(self, spec: AnnexSpec) -> str:
        if spec.counted and spec.counted not in self.figures:
            raise ConfigurationError(f"附件“{spec.id}”的 counted 引用了不存在的数字“{spec.counted}”", remedy="请改正名称")
        return spec.counted


def _led(text: str, block: Block) -> tuple[Span, ...]:
    """Set the first sentence of an office's paragraph apart where the block asks for it."""
    first = _SENTENCE.match(text)
    if not block.slot_run_in or not first or first.end() == len(text):
        return (Span(text),)
    return (Span(first[0], style=ParagraphStyle.LEVEL2), Span(text[first.end() :]))


def _ordered(paragraphs: list[Paragraph], ordering: Ordering) -> list[Paragraph]:
    """Number paragraphs 一是 二是 …; a lone one is not numbered."""
    if ordering is Ordering.NONE or len(paragraphs) < 2:
        return paragraphs
    return [
        Paragraph(
            (Span(_order_mark(ordering, place), style=paragraph.spans[0].style), *paragraph.spans), verbatim=paragraph.verbatim
        )
        for place, paragraph in enumerate(paragraphs, start=1)
    ]


def _order_mark(ordering: Ordering, place: int) -> str:
    match ordering:
        case Ordering.ORDINAL:
            return f"{chinese_numeral(place)}是"
        case Ordering.DEMAND:
            return f"{chinese_numeral(place)}要"
        case Ordering.ITEM:
            return f"{place}."
        case _:
            return f"（{place}）"


def _heading_number(numbering: Numbering, number: int) -> str:
    match numbering:
        case Numbering.CHAPTER:
            return f"{chinese_numeral(number)}、"
        case Numbering.SECTION:
            return f"（{chinese_numeral(number)}）"
        case Numbering.ITEM:
            return f"{number}."
        case Numbering.POINT:
            return f"（{number}）"
        case _:
            return ""
