"""Composes the papers of one unit: settings and what was found become a letter with its receipt, and a form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongbao.circular import gongwen as gw
from tongbao.circular.blocks import BlockList, Ordering, Wordings
from tongbao.circular.document import (
    Align,
    Annex,
    AnnexColumn,
    CircularDocument,
    Letterhead,
    Paragraph,
    ParagraphStyle,
    Signature,
    Span,
)
from tongbao.circular.forms import Form, FormCell, FormRow
from tongbao.circular.notice_settings import Cell, FeedbackSettings, NoticeSettings
from tongbao.circular.notice_units import Problem, Subject, Unit
from tongbao.circular.phrasing import Phrasing
from tongbao.circular.wording import Issue
from tongbao.figures.model import Figures
from tongbao.formatting import chinese_numeral
from tongbao.jurisdiction import Circular, Jurisdiction
from tongbao.period import Period

_MOST_NUMERALS = 99
_ORDER_MARKS = {Ordering.ITEM: "{}.", Ordering.POINT: "（{}）", Ordering.ORDINAL: "{}是", Ordering.DEMAND: "{}要"}


@dataclass(frozen=True)
class Occasion:
    """What all papers of one circular have in common."""

    period: Period
    year: int
    jurisdiction: Jurisdiction
    circular: Circular
    issue: Issue
    figures: Figures


class NoticeWording:
    """Words the 整改通知书 of one unit after another."""

    def __init__(self, settings: NoticeSettings, occasion: Occasion) -> None:
        self._settings, self._occasion = settings, occasion
        self._words = _Words(settings.id, settings.labels, occasion)

    def letter(self, unit: Unit, number: int) -> tuple[CircularDocument, Form]:
        """The letter of one unit and the receipt annexed to it. ``number`` is its serial number, printed once issued."""
        settings, circular, issue = self._settings, self._occasion.circular, self._occasion.issue
        values = {"unit": unit, "year": str(self._occasion.year), "serial": str(number) if issue.issued_on else ""}
        values["number"] = gw.document_number(self._words.line(settings.number, "number", **values))
        receipt = self._receipt(values)
        title = self._words.line(settings.title, "title", **values)
        document = CircularDocument(
            letterhead=Letterhead(self._words.line(settings.mark, "mark", **values), str(values["number"])),
            title=title,
            addressees=self._words.line(settings.addressees, "addressees", **values),
            body=tuple(self._body(unit, values)),
            signature=Signature(circular.office, issue.issued_on, circular.sealed),
            annexes=(Annex(receipt.title, (), ()),),
            period=self._occasion.period.title,
            properties=self._words.properties(title, unit),
        )
        return document, receipt

    def _body(self, unit: Unit, values: Mapping[str, Any]) -> Iterator[Paragraph]:
        words, settings = self._words, self._settings
        yield from (Paragraph(spans) for spans in words.paragraphs(settings.preamble, "preamble", values))
        yield _heading("{}、", 1, words.spans(settings.problems.heading, "problems.heading", values), ParagraphStyle.LEVEL1)
        for place, subject in enumerate(unit.subjects, start=1):
            yield from self._subject(subject, place if len(unit.subjects) > 1 else 0, values)
        yield _heading("{}、", 2, words.spans(settings.demands.heading, "demands.heading", values), ParagraphStyle.LEVEL1)
        demands = list(words.paragraphs(settings.demands.wording, "demands.wording", values))
        for place, spans in enumerate(demands, start=1):
            yield Paragraph((*_order_mark(settings.demands.ordered, place, len(demands)), *spans))

    def _subject(self, subject: Subject, place: int, values: Mapping[str, Any]) -> Iterator[Paragraph]:
        words, settings = self._words, self._settings.problems
        inside = {**values, "subject": subject}
        style = ParagraphStyle.LEVEL2 if place else ParagraphStyle.BODY
        yield _heading("（{}）", place, words.spans(settings.subject, "problems.subject", inside), style)
        yield from (Paragraph(spans) for spans in words.paragraphs(settings.detail, "problems.detail", inside))
        for number, problem in enumerate(subject.problems, start=1):
            spans = words.spans(settings.problem, "problems.problem", {**inside, "problem": problem})
            yield Paragraph((*_order_mark(Ordering.ITEM, number, len(subject.problems)), *spans))

    def _receipt(self, values: Mapping[str, Any]) -> Form:
        receipt, words = self._settings.receipt, self._words
        return Form(
            title=words.line(receipt.title, "receipt.title", **values),
            columns=tuple(AnnexColumn(str(place), "", width) for place, width in enumerate(receipt.columns)),
            rows=tuple(words.row(row, "receipt.rows", values) for row in receipt.rows),
            lead=words.lines(receipt.lead, "receipt.lead", values),
            note=words.line(receipt.note, "receipt.note", **values),
        )


class FeedbackWording:
    """Words the 抽查情况反馈表 of one unit after another."""

    def __init__(self, settings: FeedbackSettings, occasion: Occasion) -> None:
        self._settings = settings
        self._words = _Words(settings.id, settings.labels, occasion)

    def form(self, unit: Unit) -> tuple[Form, Mapping[str, str]]:
        """The form of one unit, and the properties of its document."""
        settings, words = self._settings, self._words
        values = {"unit": unit}
        title = words.line(settings.title, "title", **values)
        head = FormRow(tuple(FormCell(column.title, is_head=True) for column in settings.columns), repeated=True)
        found = [(subject, problem) for subject in unit.subjects for problem in subject.problems]
        rows = (self._row(place, subject, problem, unit) for place, (subject, problem) in enumerate(found, start=1))
        form = Form(
            title=title,
            columns=tuple(AnnexColumn(str(place), c.title, c.width, c.align) for place, c in enumerate(settings.columns)),
            rows=(head, *rows, *(words.row(row, "rows", values) for row in settings.rows)),
            lead=words.lines(settings.lead, "lead", values),
            note=words.line(settings.note, "note", **values),
            landscape=settings.landscape,
        )
        return form, words.properties(title, unit)

    def _row(self, place: int, subject: Subject, problem: Problem, unit: Unit) -> FormRow:
        values = {"unit": unit, "subject": subject, "problem": problem, "row": str(place)}
        return FormRow(
            tuple(
                FormCell(
                    self._words.line(column.text, f"columns.{column.title}", **values),
                    align=column.align,
                    lines=self._settings.row_lines,
                )
                for column in self._settings.columns
            )
        )


class _Words:
    """Fills the wordings of one settings file."""

    def __init__(self, file: str, labels: Mapping[str, Any], occasion: Occasion) -> None:
        self._file, self._occasion = file, occasion
        context = {
            "labels": labels,
            "jurisdiction": {"name": occasion.jurisdiction.name},
            "circular": {"office": occasion.circular.office, "number_code": occasion.circular.number_code},
        }
        self._phrasing = Phrasing(occasion.figures, BlockList(id="papers", blocks=()), context)

    def spans(self, text: str, where: str, values: Mapping[str, Any]) -> tuple[Span, ...]:
        return self._phrasing.spans(text, f"{self._file}.yaml {where}", **values)

    def line(self, text: str, where: str, **values: Any) -> str:
        if "{" not in text and "[" not in text:
            return text.strip()
        return "".join(span.text for span in self.spans(text, where, values))

    def paragraphs(self, wordings: Wordings, where: str, values: Mapping[str, Any]) -> Iterator[tuple[Span, ...]]:
        for wording in wordings:
            if self._phrasing.holds(wording.show_when, f"{self._file}.yaml {where}", **values) and (
                spans := self.spans(wording.text, where, values)
            ):
                yield spans

    def lines(self, wordings: Wordings, where: str, values: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple("".join(span.text for span in spans) for spans in self.paragraphs(wordings, where, values))

    def row(self, cells: Sequence[Cell], where: str, values: Mapping[str, Any]) -> FormRow:
        return FormRow(
            tuple(
                FormCell(
                    self.line(cell.head or cell.text, where, **values),
                    is_head=bool(cell.head),
                    align=Align.LEFT,
                    span=cell.span,
                    lines=cell.lines,
                )
                for cell in cells
            )
        )

    def properties(self, title: str, unit: Unit) -> dict[str, str]:
        issued = self._occasion.issue.issued_on or self._occasion.period.last
        return {
            "title": f"{title} {unit.name}",
            "subject": self._occasion.period.label,
            "creator": self._occasion.circular.office,
            "created": f"{issued}T00:00:00Z",
        }


def _heading(pattern: str, place: int, spans: tuple[Span, ...], style: ParagraphStyle) -> Paragraph:
    """A heading with its number; a lone one (``place`` 0) has none."""
    return Paragraph((*([Span(pattern.format(_numeral(place)))] if place else []), *spans), style)


def _order_mark(ordering: Ordering, place: int, of: int) -> tuple[Span, ...]:
    pattern = _ORDER_MARKS.get(ordering, "")
    if of < 2 or not pattern:
        return ()
    return (Span(pattern.format(_numeral(place) if ordering in (Ordering.ORDINAL, Ordering.DEMAND) else place)),)


def _numeral(place: int) -> str:
    return chinese_numeral(place) if place <= _MOST_NUMERALS else str(place)
