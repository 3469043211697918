"""The consistency gate: the finished document must say what was computed, and agree with itself.

It re-reads the .docx, not the model, so that it holds after edits in Word too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from tongbao.circular.document import CircularDocument
from tongbao.circular.gate_pictures import picture_faults
from tongbao.circular.gate_reading import ReadBack, ReadParagraph, read_back
from tongbao.circular.gate_text import added_numbers, all_pass_words, foreign_periods, paragraphs_of
from tongbao.circular.gate_values import Printed, disagreement, printed_count, rate_disagreement
from tongbao.circular.picture import pictures_of
from tongbao.errors import GateBreach
from tongbao.figures.model import LONGEST_LIST, Figure, FigureKind, Figures

RULES = {
    "figure": "打印的数字与计算的数字一致",
    "missing": "每个数字都还在文中",
    "rate": "比率由文中的件数得出",
    "split": "分项之和等于总数",
    "list": "名单与其件数一致",
    "period": "标题与正文的周期一致",
    "annex": "附件行数与件数一致",
    "all_pass": "有不合格时不出现100%",
    "unsourced": "没有来源不明的数字",
}
_BEFORE, _AFTER = 20, 20
_REMEDY = "请改回应有的内容；确有依据要改的，请改正来源数据后重新生成，或者填写理由放行"


class Bookmarked(Protocol):
    """What the renderer recorded of one bookmark: the figure's name and the text it drew."""

    @property
    def figure(self) -> str: ...

    @property
    def text(self) -> str: ...


@dataclass(frozen=True)
class Breach:
    """One contradiction. ``rule`` is a key of ``RULES``; ``place`` quotes where it stands."""

    rule: str
    place: str
    printed: str
    expected: str
    remedy: str = _REMEDY

    def __str__(self) -> str:
        return f"{self.place}：文中为“{self.printed}”，应为“{self.expected}”（{RULES[self.rule]}）"


@dataclass(frozen=True)
class GateReport:
    """All breaches found, and how many checks each rule made."""

    breaches: tuple[Breach, ...] = ()
    checked: dict[str, int] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not self.breaches

    def to_json(self) -> dict[str, Any]:
        """Plain data for gate.json."""
        return {
            "passed": self.passed,
            "breaches": [{**asdict(breach), "rule_title": RULES[breach.rule]} for breach in self.breaches],
            "checked": self.checked,
        }


def check(docx_bytes: bytes, document: CircularDocument, figures: Figures, bookmarks: Mapping[str, Bookmarked]) -> GateReport:
    """Compare the finished file with the model it was drawn from and the figures it rests on.

    ``figures`` are those the document was composed with (see ``wording.with_issue``). Raises GateBreach only when
    the file cannot be opened; contradictions are reported, for ``require`` to judge.
    """
    gate = _Gate(read_back(docx_bytes), document, figures, bookmarks)
    found = [(rule, breach) for rule, breaches in gate.rules() for breach in breaches]
    gate.checked["figure"] += sum(len(picture.figures) for picture in pictures_of(document))
    pictures = [Breach(f.rule, f.place, f.printed, f.expected) for f in picture_faults(docx_bytes, document, figures)]
    return GateReport((*(breach for _, breach in found if breach), *pictures), gate.checked)


def require(report: GateReport, override_reason: str = "") -> None:
    """Raise GateBreach unless the report is clean or a person gave a reason to pass it all the same."""
    if report.passed or override_reason.strip():
        return
    shown = "；".join(str(breach) for breach in report.breaches[:10])
    more = f"；等{len(report.breaches)}处" if len(report.breaches) > 10 else ""
    raise GateBreach(f"通报与计算结果有{len(report.breaches)}处不一致：{shown}{more}", remedy=_REMEDY, value=report.breaches)


class _Gate:
    """One run of all rules; ``checked`` counts what each looked at."""

    def __init__(self, file: ReadBack, document: CircularDocument, figures: Figures, bookmarks: Mapping[str, Bookmarked]) -> None:
        self.file, self.document, self.figures, self.bookmarks = file, document, figures, bookmarks
        self.checked = dict.fromkeys(RULES, 0)
        self.drawn = [(paragraph, span) for paragraph in paragraphs_of(document) for span in paragraph.spans if span.figure]
        self.printed = self._printed()

    def rules(self) -> Iterator[tuple[str, Iterator[Breach]]]:
        yield from (
            ("missing", self._missing()),
            ("figure", self._differing()),
            ("rate", self._rates()),
            ("split", self._splits()),
            ("list", self._lists()),
            ("period", self._periods()),
            ("annex", self._annexes()),
            ("all_pass", self._all_pass()),
            ("unsourced", self._unsourced()),
        )

    def _printed(self) -> dict[str, list[Printed]]:
        """What the file prints of each figure that is still there, by figure name."""
        printed: dict[str, list[Printed]] = {}
        for place, (bookmark, recorded) in enumerate(self.bookmarks.items()):
            if recorded.figure in self.figures and bookmark in self.file.figures:
                text, paragraph = self.file.figures[bookmark]
                if text.strip():
                    figure, quote = self.figures[recorded.figure], _quote(paragraph, text)
                    claim = self.drawn[place][1].claim if place < len(self.drawn) else ""
                    entry = Printed(figure, text.strip(), recorded.text.strip(), quote, claim)
                    printed.setdefault(recorded.figure, []).append(entry)
        return printed

    def _everything_printed(self) -> Iterator[Printed]:
        for entries in self.printed.values():
            yield from entries

    def _missing(self) -> Iterator[Breach]:
        """Figures drawn but gone, drawn without a bookmark, or of a name nobody computed."""
        for place, (bookmark, recorded) in enumerate(self.bookmarks.items()):
            self.checked["missing"] += 1
            where = _shortened(self.drawn[place][0].text) if place < len(self.drawn) else bookmark
            if recorded.figure not in self.figures:
                yield Breach("missing", where, recorded.text, f"有来源的数字（没有名为{recorded.figure}的数字）")
            elif not self.file.figures.get(bookmark, ("", None))[0].strip():
                yield Breach("missing", where, "（已删除）", recorded.text)
        for paragraph, span in self.drawn[len(self.bookmarks) :]:
            yield Breach("missing", _shortened(paragraph.text), "（未标记）", span.text)

    def _differing(self) -> Iterator[Breach]:
        for entry in self._everything_printed():
            if entry.figure.kind is FigureKind.LIST:
                continue
            self.checked["figure"] += 1
            expected = disagreement(entry, self.figures)
            if expected is not None:
                yield Breach("figure", entry.place, entry.text, expected)

    def _rates(self) -> Iterator[Breach]:
        """A rate must follow from its counts as the file prints them, wherever it prints them."""
        for entry in self._everything_printed():
            figure = entry.figure
            counts = [self._printed_count(name) for name in (figure.numerator, figure.denominator) if name]
            if figure.kind is not FigureKind.RATE or len(counts) != 2 or None in counts:
                continue
            self.checked["rate"] += 1
            expected = rate_disagreement(entry, counts[0] or 0, counts[1] or 0)
            if expected is not None:
                yield Breach("rate", entry.place, entry.text, expected)

    def _printed_count(self, name: str) -> int | None:
        """A count as the file prints it first; as computed where it prints none."""
        for entry in self.printed.get(name, []):
            if (number := printed_count(entry.text)) is not None:
                return number
        computed = self.figures.get(name)
        return None if computed is None else int(computed.value)

    def _splits(self) -> Iterator[Breach]:
        for split in self.figures.splits:
            if split.whole not in self.figures or not all(part in self.figures for part in split.parts):
                continue
            self.checked["split"] += 1
            whole, total = self.figures.value(split.whole), sum(self.figures.value(part) for part in split.parts)
            if whole != total and split.parts:
                yield Breach("split", f"计算结果{split.whole}", str(total), str(whole))
            yield from self._printed_split(split.whole, split.parts)

    def _printed_split(self, whole: str, parts: tuple[str, ...]) -> Iterator[Breach]:
        """Where the file prints a whole and every part that is not nothing, they must add up as printed."""
        needed = [part for part in parts if self.figures.value(part) or part in self.printed]
        if whole not in self.printed or not needed or not all(part in self.printed for part in needed):
            return
        total = sum(self._printed_count(part) or 0 for part in needed)
        said = self._printed_count(whole)
        if total != said:
            yield Breach("split", self.printed[whole][0].place, f"分项合计{total}", f"总数{said}")

    def _lists(self) -> Iterator[Breach]:
        for figure in self.figures.values():
            if figure.list_of and figure.list_of in self.figures:
                self.checked["list"] += 1
                length = self.figures.value(figure.list_of)
                if len(figure.value) != min(length, LONGEST_LIST):
                    yield Breach("list", f"计算结果{figure.name}", f"名单{len(figure.value)}个", f"{length}个")
        for entry in self._everything_printed():
            if entry.figure.kind is FigureKind.LIST:
                self.checked["list"] += 1
                expected = disagreement(entry, self.figures)
                if expected is not None:
                    yield Breach("list", entry.place, _shortened(entry.text, 60), expected)

    def _periods(self) -> Iterator[Breach]:
        """Every period named outside figures and outside the office's own text must be the title's."""
        period = self.document.period
        if not period:
            return
        self.checked["period"] += 1
        title = self.file.title or self.document.title
        if period in self.document.title and period not in title.replace(" ", ""):
            yield Breach("period", "标题", title, period)
        for paragraph in self._own_paragraphs():
            self.checked["period"] += 1
            for named in foreign_periods(paragraph.outside, period):
                yield Breach("period", _quote(paragraph, named), named, period)

    def _own_paragraphs(self) -> Iterator[ReadParagraph]:
        """Paragraphs of the file but those the office wrote itself."""
        left_alone = {_plain(paragraph.text) for paragraph in self.document.body if paragraph.verbatim}
        left_alone.add(_plain(self.file.title))
        for paragraph in self.file.paragraphs:
            if _plain(paragraph.text) not in left_alone:
                yield paragraph

    def _annexes(self) -> Iterator[Breach]:
        for number, annex in enumerate(self.document.annexes, start=1):
            self.checked["annex"] += 1
            rows, place = self.file.annex_rows.get(number), f"附件{number}《{annex.title}》"
            counted: Figure | None = self.figures.get(annex.counted) if annex.counted else None
            expected = len(annex.rows) if counted is None else int(counted.value)
            if rows is None:
                yield Breach("annex", place, "（附件标识已删除）", f"{expected}行")
            elif rows != expected:
                yield Breach("annex", place, f"{rows}行", f"{expected}行")

    def _all_pass(self) -> Iterator[Breach]:
        """Figures that print 100% are held by their rule; here words and numbers typed in by hand."""
        failing = {
            scope: self.figures[name].value
            for scope in ("websites", "accounts")
            if (name := f"{scope}.unqualified") in self.figures
        }
        if not any(failing.values()):
            return
        for paragraph in self._own_paragraphs():
            self.checked["all_pass"] += 1
            for words in all_pass_words(paragraph.outside, everything_fails=all(failing.values())):
                total = "、".join(f"{scope}.unqualified＝{count}" for scope, count in failing.items())
                yield Breach("all_pass", _quote(paragraph, words), words, f"尚有不合格（{total}）")

    def _unsourced(self) -> Iterator[Breach]:
        self.checked["unsourced"] += len(self.file.paragraphs)
        for paragraph, number in added_numbers(self.file.paragraphs, self.document):
            yield Breach("unsourced", _quote(paragraph, number), number, "有来源的数字")


def _plain(text: str) -> str:
    return "".join(text.split())


def _shortened(text: str, length: int = 40) -> str:
    return text if len(text) <= length else f"{text[:length]}…"


def _quote(paragraph: ReadParagraph, around: str) -> str:
    """The words about a spot, so that a reader can search for them in Word."""
    text = paragraph.text.strip()
    at = max(text.find(around.strip()), 0)
    first, last = max(at - _BEFORE, 0), at + len(around) + _AFTER
    return f"“{'…' if first else ''}{text[first:last]}{'…' if last < len(text) else ''}”"
