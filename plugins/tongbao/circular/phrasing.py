"""Turns one piece of wording into spans: a sandboxed Jinja in which every printed figure stays traceable.

Filters put a printed figure between private-use marks; the finished text is cut at them into spans, so
that each figure's printed form keeps its figure's name. Data never contains marks and is never compiled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from types import CodeType
from typing import Any

from jinja2 import FunctionLoader, TemplateError, nodes
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tongbao.circular.blocks import BlockList
from tongbao.circular.document import Span
from tongbao.circular.figure_view import Absent, FigureAbsent, FigureView, look_up
from tongbao.errors import ConfigurationError
from tongbao.figures.model import PRIVATE_USE, Figure, FigureKind, Figures
from tongbao.formatting import chinese_numeral, date_text, names_text, percent, points_text, rate_text, score_text

_OPEN, _NAME_END, _CLOSE, _CLAIM = "\ue000", "\ue001", "\ue002", "\ue003"
_MARKED = re.compile(f"{_OPEN}([^{_OPEN}{_NAME_END}{_CLOSE}]+){_NAME_END}([^{_OPEN}{_NAME_END}{_CLOSE}]*){_CLOSE}")
_LINE_BREAK = re.compile(r"\s*\n\s*")
_WIDE_GAP = re.compile(r"(?<=[^\x00-\x7f])[ \t]+(?=[^\x00-\x7f])")

_CODE: dict[str, CodeType] = {}
"""Wording as Jinja compiled it, by its text: compiling costs more than filling it, and each circular has the same wording."""
_MOST_CODE = 5_000


class OptionalClause(Extension):
    """``[[ … ]]``: wording that vanishes when a figure in it is absent, or a name list in it is empty."""

    tags = {"optional"}  # noqa: RUF012 -- declared so by Jinja

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return source.replace("[[", "{% optional %}").replace("]]", "{% endoptional %}")

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endoptional",), drop_needle=True)
        return nodes.CallBlock(self.call_method("render_optional"), [], [], body).set_lineno(line)

    def render_optional(self, caller: Callable[[], str]) -> str:
        try:
            return caller()
        except FigureAbsent:
            return ""


def without_marks(value: Any) -> Any:
    """Settings fit to enter a template: strings freed of the marks, at any depth."""
    if isinstance(value, str):
        return PRIVATE_USE.sub("", value)
    if isinstance(value, Mapping):
        return {key: without_marks(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_marks(item) for item in value]
    return value


class Phrasing:
    """Fills wording with figures. ``context`` holds what else templates may name (settings, never data)."""

    def __init__(self, figures: Figures, block_list: BlockList, context: Mapping[str, Any]) -> None:
        self._figures = figures
        self._styles = block_list.styles
        self._rates = block_list.rates
        self._phrases = block_list.phrases
        self._degrees = sorted(block_list.degree_words, key=lambda word: -word.above)
        self._env = ImmutableSandboxedEnvironment(
            undefined=Absent,
            finalize=self._finalize,
            extensions=[OptionalClause],
            autoescape=False,
            loader=FunctionLoader(self._phrase),
        )
        self._env.filters.update(
            count=self._count,
            rate=self._rate,
            change=self._change,
            score=self._score,
            date=self._date,
            names=self._names,
            degree=self._degree,
            threshold=self._threshold,
            ordinal=chinese_numeral,
        )
        self._env.globals.clear()
        self._env.globals.update(without_marks(dict(context)), f=FigureView(figures), has=self._has)
        self._compiled: dict[str, Any] = {}

    def spans(self, text: str, where: str, **values: Any) -> tuple[Span, ...]:
        """Fill one paragraph; empty when nothing is left of it. Raises ConfigurationError naming ``where``."""
        filled = self._guard(where, text, lambda: self._template(_tidy(text)).render(values))
        return tuple(_cut(filled.strip(), where))

    def holds(self, expression: str, where: str, **values: Any) -> bool:
        """Whether a show-when rule holds; one that names an absent figure does not. An empty rule always holds."""
        if not expression.strip():
            return True
        try:
            return bool(self._evaluate(expression, where, values))
        except FigureAbsent:
            return False

    def members(self, expression: str, where: str, **values: Any) -> list[Any]:
        """Members of a group or list; none when it is absent."""
        try:
            return list(self._evaluate(expression, where, values))
        except FigureAbsent:
            return []

    def _evaluate(self, expression: str, where: str, values: Mapping[str, Any]) -> Any:
        def run() -> Any:
            outcome = self._env.compile_expression(expression, undefined_to_none=False)(**values)
            # Truth and iteration are what raise for an absent figure, so force the one both share.
            return list(outcome) if isinstance(outcome, Absent) else outcome

        return self._guard(where, expression, run, passing=FigureAbsent)

    def _template(self, text: str) -> Any:
        if text not in self._compiled:
            # Every environment has the same filters, and they take figures alone: no circular's own is compiled in.
            if (code := _CODE.get(text)) is None:
                if len(_CODE) >= _MOST_CODE:
                    _CODE.clear()
                code = _CODE[text] = self._env.compile(text)
            self._compiled[text] = self._env.template_class.from_code(self._env, code, self._env.make_globals(None))
        return self._compiled[text]

    def _phrase(self, name: str) -> str:
        if name not in self._phrases:
            known = "、".join(self._phrases)
            raise ConfigurationError(f"没有名为“{name}”的短语", remedy=f"请从 {known} 中选用，或在 phrases 下新增", value=name)
        return _tidy(self._phrases[name])

    def _guard(self, where: str, text: str, run: Callable[[], Any], passing: type[Exception] | tuple[()] = ()) -> Any:
        """Run, telling every fault of the wording with its block; faults of type ``passing`` go through."""
        try:
            return run()
        except passing:
            raise
        except ConfigurationError as error:
            raise ConfigurationError(f"{where}的措辞有误：{error.problem}", remedy=error.remedy, value=text) from error
        except FigureAbsent as error:
            raise ConfigurationError(
                f"{where}的措辞用到了缺失的内容（{error.message}）",
                remedy="请用 [[ ]] 括起该分句，或者加上 show_when",
                value=text,
            ) from error
        except (TemplateError, SecurityError, TypeError, ValueError, AttributeError) as error:
            raise ConfigurationError(
                f"{where}的措辞写法有误（{error}）", remedy="请对照 templates/quarterly.yaml 的写法改正", value=text
            ) from error

    def _has(self, name: str) -> bool:
        found = look_up(self._figures, name)
        return len(found) > 0 if isinstance(found, FigureView) else not isinstance(found, Absent)

    def _finalize(self, value: Any) -> Any:
        if isinstance(value, Figure):
            return self._plain(value)
        if isinstance(value, bool | int | float | Decimal | Fraction) or value is None:
            raise ConfigurationError(f"“{value}”不是有来源的数字", remedy="请直接打印 f 下的数字，不要打印其 value 或者运算结果")
        return value

    def _plain(self, figure: Figure) -> str:
        match figure.kind:
            case FigureKind.COUNT:
                return self._count(figure, "")
            case FigureKind.RATE:
                return self._rate(figure)
            case FigureKind.SCORE:
                return self._score(figure)
            case FigureKind.DATE:
                return self._date(figure)
            case FigureKind.TEXT:
                if not figure.value:
                    raise FigureAbsent(f"“{figure.name}”为空")
                return _mark(figure, figure.value)
            case _:
                needed = {FigureKind.LIST: "names", FigureKind.DIFFERENCE: "change"}[figure.kind]
                raise ConfigurationError(f"“{figure.name}”不能直接打印", remedy=f"请用过滤器 {needed}")

    def _count(self, figure: Any, measure: str = "个") -> str:
        return _mark(_of(figure, FigureKind.COUNT), f"{figure.value}{measure}")

    def _rate(self, figure: Any, decimals: int | None = None) -> str:
        return _mark(_of(figure, FigureKind.RATE), rate_text(figure.value, **self._look(decimals)))

    def _look(self, decimals: int | None) -> dict[str, Any]:
        """How rates look: as the block list says, but for the decimals a wording asks for."""
        rates = self._rates
        return {
            "decimals": rates.decimals if decimals is None else decimals,
            "cut": rates.rounding == "cut",
            "zeros": rates.trailing_zeros,
        }

    def _threshold(self, figure: Any, marks: list[int], above: str, below: str, exactly: str = "") -> str:
        """Say a rate by the highest of ``marks`` (percent) it reaches: 超过90%; by the lowest where it reaches none: 不足60%."""
        share = _of(figure, FigureKind.RATE).value * 100
        reached = [mark for mark in marks if mark <= share]
        if not reached:
            return _mark(figure, f"{below}{min(marks)}%", f"<{min(marks)}")
        mark = max(reached)
        if mark == share:
            return _mark(figure, f"{exactly}{mark}%", f"={mark}")
        return _mark(figure, f"{above}{mark}%", f">{mark}")

    def _score(self, figure: Any, decimals: int = 2) -> str:
        return _mark(_of(figure, FigureKind.SCORE), score_text(figure.value, decimals))

    def _date(self, figure: Any) -> str:
        return _mark(_of(figure, FigureKind.DATE), date_text(figure.value))

    def _change(self, figure: Any, up: str, down: str, same: str, suffix: str = "", decimals: int | None = None) -> str:
        """Say a difference by its direction; one that prints as zero is said as ``same``."""
        _of(figure, FigureKind.DIFFERENCE)
        amount, printed_sign = change_text(figure, self._figures, **self._look(decimals))
        if printed_sign == 0:
            return _mark(figure, same)
        return _mark(figure, f"{up if printed_sign > 0 else down}{amount}{suffix}")

    def _degree(self, figure: Any) -> str:
        share = _of(figure, FigureKind.RATE).value
        word = next((degree.word for degree in self._degrees if share > Fraction(str(degree.above))), None)
        if word is None:
            raise ConfigurationError(
                f"没有合乎“{figure.name}”（{share}）的程度词", remedy="请在 degree_words 中补一个 above: 0 的词"
            )
        return _mark(figure, word)

    def _names(self, figure: Any, style: str, limit: int = 0, measure: str = "个") -> str:
        _of(figure, FigureKind.LIST)
        if style not in self._styles:
            known = "、".join(self._styles)
            raise ConfigurationError(f"没有名为“{style}”的名单写法", remedy=f"请从 {known} 中选用，或在 name_styles 下新增")
        if not figure.value:
            raise FigureAbsent(f"名单“{figure.name}”为空")
        total = self._figures[figure.list_of].value if figure.list_of in self._figures else len(figure.value)
        return _mark(figure, names_text(figure.value, self._styles[style], limit, measure, total=total))


def change_text(
    figure: Figure, figures: Mapping[str, Figure], decimals: int = 2, *, cut: bool = False, zeros: bool = True
) -> tuple[str, int]:
    """The size of a difference as it prints, and its printed sign (-1, 0, 1)."""
    if isinstance(figure.value, Fraction):
        rates = figures[figure.minuend].value, figures[figure.subtrahend].value
        printed = percent(rates[0], decimals, cut=cut) - percent(rates[1], decimals, cut=cut)
        return points_text(*rates, decimals, cut=cut, zeros=zeros), (printed > 0) - (printed < 0)
    sign = (figure.value > 0) - (figure.value < 0)
    size = abs(figure.value)
    return (score_text(size) if isinstance(size, Decimal) else str(size)), sign


def _of(figure: Any, kind: FigureKind) -> Figure:
    if isinstance(figure, Absent):
        str(figure)
    if not isinstance(figure, Figure) or figure.kind is not kind:
        name = figure.name if isinstance(figure, Figure) else figure
        raise ConfigurationError(f"“{name}”不是该过滤器适用的数字（{kind.value}）", remedy="请换用与数字种类相符的过滤器")
    return figure


def _tidy(text: str) -> str:
    """Wording without the line breaks and indents it is written with, and without marks."""
    return _WIDE_GAP.sub("", _LINE_BREAK.sub("", PRIVATE_USE.sub("", text).strip()))


def _mark(figure: Figure, text: str, claim: str = "") -> str:
    said = f"{_CLAIM}{claim}" if claim else ""
    return f"{_OPEN}{figure.name}{said}{_NAME_END}{text}{_CLOSE}"


def _cut(text: str, where: str) -> Iterator[Span]:
    at = 0
    for match in _MARKED.finditer(text):
        if match.start() > at:
            yield Span(_unmarked(text[at : match.start()], where))
        name, _, claim = match[1].partition(_CLAIM)
        yield Span(match[2], figure=name, claim=claim)
        at = match.end()
    if at < len(text):
        yield Span(_unmarked(text[at:], where))


def _unmarked(text: str, where: str) -> str:
    if PRIVATE_USE.search(text):
        raise ConfigurationError(f"{where}的措辞改动了已打印的数字", remedy="请不要对打印出的数字再做截取、替换")
    return text
