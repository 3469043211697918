"""What a seeded fault is, and the ways faults are planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.tongbao.circular.lint.bench import (
    Opened,
    put,
    say,
)
from tongbao.circular.gongwen import StyleName
from tongbao.circular.ooxml import element, w

BODY = "信息内容保障仍是"
SHORT_BODY = "三是加强常态化监管"
PREAMBLE = "按照《国务院办公厅秘书局"


@dataclass(frozen=True)
class Seed:
    """``base`` names the clean document the fault is put into."""

    rule: str
    name: str
    plant: Callable[[Opened], object]
    base: str = "circular"


SEEDS: list[Seed] = []


def seed(rule: str, *, base: str = "circular") -> Callable[[Callable[[Opened], object]], Callable[[Opened], object]]:
    def keep(plant: Callable[[Opened], object]) -> Callable[[Opened], object]:
        SEEDS.append(Seed(rule, f"{rule}:{plant.__name__}", plant, base))
        return plant

    return keep


def said(rule: str, beginning: str, old: str, new: str, *, base: str = "circular", nth: int = 0) -> None:
    name = f"{rule}:{new[:12]}"
    SEEDS.append(Seed(rule, name, lambda opened: say(opened.paragraph(beginning, nth), old, new), base))


def styled(rule: str, style: StyleName, kind: str, name: str, *, base: str = "circular", **values: object) -> None:
    """A property of a style changed, as an office would in Word."""

    def plant(opened: Opened) -> None:
        properties = opened.style(style).find(w(kind))
        assert properties is not None
        found = properties.find(w(name))
        if found is None:
            found = element(name)
            properties.append(found)
        for key, value in values.items():
            found.set(w(key), str(value))

    SEEDS.append(Seed(rule, f"{rule}:{style}.{name}", plant, base))


def page(rule: str, name: str, *, section: int = 0, **values: object) -> None:
    SEEDS.append(Seed(rule, f"{rule}:{section}", lambda opened: put(opened.sections()[section], name, **values)))


def fonts(font_name: str) -> dict[str, str]:
    return {"ascii": font_name, "hAnsi": font_name, "eastAsia": font_name}
