"""What programs leave in a document unseen: stock parts, foreign properties, old modes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tongbao.circular.lint.anatomy import Anatomy
from tongbao.circular.lint.effective import number
from tongbao.circular.lint.fault import Fault, Spot
from tongbao.circular.lint.reading import Reading
from tongbao.circular.lint.rules import fault
from tongbao.circular.ooxml import w

_STOCK = re.compile(r"(^|/)(stylesWithEffects\.xml|thumbnail\.\w+)$")
_CORE = "docProps/core.xml"
_MODE = 15


def check(reading: Reading, anatomy: Anatomy) -> Iterator[Fault]:
    stock = sorted(name for name in reading.package.names if _STOCK.search(name))
    if stock:
        yield fault("stock-parts", Spot("文件"), f"带有{'、'.join(stock)}")
    core = reading.package.part(_CORE)
    if core is not None and any("python-docx" in (entry.text or "") for entry in core):
        yield fault("stock-properties", Spot("文档属性"), "属性中写有“python-docx”")
    if reading.settings is not None:
        modes = [one for one in reading.settings.iter(w("compatSetting")) if one.get(w("name")) == "compatibilityMode"]
        mode = number(modes[0].get(w("val"))) if modes else None
        if mode is not None and mode < _MODE:
            yield fault("old-mode", Spot("文档设置"), f"兼容模式为{mode:g}")
    language = reading.setting("themeFontLang").get("eastAsia", "zh-CN")
    if not language.startswith("zh"):
        yield fault("language", Spot("文档设置"), f"中文语言设为{language}")
