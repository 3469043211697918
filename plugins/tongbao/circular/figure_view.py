"""Figures as templates see them: nested by their dotted names, absent ones apart from misspelt ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jinja2 import StrictUndefined, UndefinedError

from tongbao.errors import ConfigurationError
from tongbao.figures.model import Figures, segment


class FigureAbsent(UndefinedError):
    """A figure that could not be computed is printed or compared; optional wording vanishes over it."""


class Absent(StrictUndefined):
    """Stands for a figure that could not be computed: ``is defined`` is false, any use raises FigureAbsent."""


def absent(name: str, why: str) -> Absent:
    return Absent(hint=f"数字“{name}”缺失：{why}", name=name, exc=FigureAbsent)


class FigureView:
    """A group of figures by name: ``view.accounts.qualified`` is a Figure, ``view.accounts`` a view."""

    def __init__(self, figures: Figures, name: str = "") -> None:
        self._figures = figures
        self._name = name

    @property
    def key(self) -> str:
        """The last part of the group's name, e.g. a platform."""
        return self._name.rpartition(".")[2]

    def __getattr__(self, child: str) -> Any:
        if child.startswith("_"):
            raise AttributeError(child)
        return look_up(self._figures, f"{self._name}.{child}" if self._name else child)

    def __getitem__(self, child: object) -> Any:
        return getattr(self, segment(child))

    def __iter__(self) -> Iterator[Any]:
        return iter([look_up(self._figures, name) for name in self._figures.children(self._name)])

    def __len__(self) -> int:
        return len(self._figures.children(self._name))


def look_up(figures: Figures, name: str) -> Any:
    """Find a figure, a view of a group, or what stands for an absent one; a name unknown altogether is an error."""
    if name in figures:
        return figures[name]
    if (why := figures.why_absent(name)) is not None and not figures.children(name):
        return absent(name, why)
    if figures.is_group(name):
        return FigureView(figures, name)
    raise ConfigurationError(f"措辞引用了不存在的数字“{name}”", remedy="请对照该期存档中的 figures.json 改正名称", value=name)
