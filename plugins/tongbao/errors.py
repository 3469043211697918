"""The one family of errors: each carries its data and ends in a remedy the reader can act on.

Messages are Chinese because the person who reads them sent the file.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Place:
    """Where in a delivered file something is: any part may be unknown."""

    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        parts = []
        if self.file:
            parts.append(f"文件《{self.file}》")
        if self.sheet:
            parts.append(f"工作表“{self.sheet}”")
        if self.row is not None:
            parts.append(f"第{self.row}行")
        if self.column:
            parts.append(f"“{self.column}”列")
        return "".join(parts)


class TongbaoError(Exception):
    """Base of all errors a user of Tongbao can meet.

    ``problem`` is one sentence without its end mark; ``remedy`` says what to do next.
    """

    def __init__(self, problem: str, *, remedy: str, place: Place | None = None, value: object = None, rule: str = "") -> None:
        self.problem = problem
        self.remedy = remedy
        self.place = place or Place()
        self.value = value
        self.rule = rule
        super().__init__(str(self))

    def __str__(self) -> str:
        where = str(self.place)
        return f"{where}：{self.problem}。{self.remedy}。" if where else f"{self.problem}。{self.remedy}。"


class FileRefused(TongbaoError):
    """A delivered file is refused whole: its shape is wrong, so no row of it was taken in."""


class ConfigurationError(TongbaoError):
    """A file under config/, templates/ or expectations/ is wrong."""


class NoRulesInForce(ConfigurationError):
    """No indicator set, or more than one, is valid on the day in question."""


class NothingToReport(TongbaoError):
    """A circular was asked for a period of which the archive holds no roster."""


class GateBreach(TongbaoError):
    """The finished document contradicts the computed figures or itself."""


class SourceUnavailable(TongbaoError):
    """A source outside did not answer within its limits; trying again later may help."""
