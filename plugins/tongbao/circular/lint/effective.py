"""Formatting as it comes out: document defaults, then styles along their chain, then what is set directly.

So a document that sets everything by hand is judged like one that uses styles (ISO/IEC 29500-1, 17.7.2).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import cached_property

from tongbao.circular.ooxml import NAMESPACES, W_NAMESPACE, Element, w

Bag = dict[str, dict[str, str]]
"""Property name → its attributes. Borders lie under ``pBdr.bottom`` and the like."""

_MERGED = frozenset({"rFonts", "spacing", "ind"})
_OFF = frozenset({"0", "false", "off", "none"})
_SYNONYMS = {"start": "left", "end": "right", "startChars": "leftChars", "endChars": "rightChars"}
_FIRST, _HANGING = ("firstLine", "firstLineChars"), ("hanging", "hangingChars")
_OPPOSITE = dict.fromkeys(_FIRST, _HANGING) | dict.fromkeys(_HANGING, _FIRST)
_DEEPEST = 20
_RGB = re.compile(r"[0-9A-F]{6}")
_BLACK = frozenset({"", "auto", "000000", "black"})


@dataclass(frozen=True)
class TextFormat:
    """How a run is printed. ``size`` is in half-points, ``spacing`` in twips; unknown fonts are empty."""

    east_asia: str = ""
    ascii: str = ""
    size: float = 20.0
    is_bold: bool = False
    is_italic: bool = False
    is_underlined: bool = False
    is_hidden: bool = False
    is_highlighted: bool = False
    colour: str = ""
    spacing: float = 0.0
    is_latin_only: bool = False
    """Whether the font nearest to the text was set for Latin letters alone, as ``font.name`` of python-docx does."""

    @property
    def is_black(self) -> bool:
        return self.colour in _BLACK

    @property
    def is_red(self) -> bool:
        """Whether the colour is one of the reds offices print marks in."""
        if not _RGB.fullmatch(self.colour):
            return False
        red, green, blue = (int(self.colour[place : place + 2], 16) for place in (0, 2, 4))
        return red >= 0xC0 and green <= 0x40 and blue <= 0x40


@dataclass(frozen=True)
class ParagraphFormat:
    """How a paragraph is set: its properties as they come out, lengths still as Word writes them."""

    bag: Bag = field(default_factory=dict)

    @cached_property
    def align(self) -> str:
        value = self.bag.get("jc", {}).get("val", "left")
        return {"start": "left", "end": "right", "distribute": "both"}.get(value, value)

    @cached_property
    def is_exact(self) -> bool:
        return self.bag.get("spacing", {}).get("lineRule") == "exact"

    @property
    def line(self) -> float | None:
        """Twips for exact and at-least heights, 240ths of a line otherwise; nothing when unset."""
        return number(self.bag.get("spacing", {}).get("line"))

    @property
    def line_rule(self) -> str:
        return self.bag.get("spacing", {}).get("lineRule", "auto")

    @property
    def before(self) -> float:
        return self._space("before")

    @property
    def after(self) -> float:
        return self._space("after")

    def is_on(self, name: str, *, default: bool = False) -> bool:
        return is_on(self.bag.get(name), default=default)

    def border(self, side: str) -> dict[str, str] | None:
        """The attributes of a border that is drawn, e.g. ``bottom``."""
        found = self.bag.get(f"pBdr.{side}")
        return None if found is None or found.get("val") in ("nil", "none") else found

    def indent(self, side: str, character: float) -> float:
        """Indentation in 字 of the given width in twips: hundredths of a 字 go before twips, as in Word."""
        indents = self.bag.get("ind", {})
        hundredths = number(indents.get(f"{side}Chars"))
        if hundredths:
            return hundredths / 100
        return (number(indents.get(side)) or 0.0) / character

    def _space(self, side: str) -> float:
        spacing = self.bag.get("spacing", {})
        lines = number(spacing.get(f"{side}Lines"))
        return lines / 100 * 312 if lines else number(spacing.get(side)) or 0.0


def number(text: str | None) -> float | None:
    """A measure as a number; some programs write 12.5 or 12pt where twips belong."""
    if text is None:
        return None
    try:
        found = float(text[:-2]) * 20 if text.endswith("pt") else float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def whole(text: str | None, default: int) -> int:
    """A count; the default where a damaged file holds none."""
    found = number(text)
    return default if found is None else int(found)


def is_on(attributes: dict[str, str] | None, *, default: bool = False) -> bool:
    if attributes is None:
        return default
    return attributes.get("val", "1") not in _OFF


class Effective:
    """Resolves formatting against one document's styles and theme."""

    def __init__(self, styles: Element | None, theme: Element | None, east_asian_language: str = "zh-CN") -> None:
        self._theme_fonts = _theme_fonts(theme, east_asian_language)
        self._styles: dict[str, Element] = {}
        self._default_paragraph_style = ""
        self._defaults: dict[str, Bag] = {"pPr": {}, "rPr": {}}
        self._cache: dict[tuple[str, str], Bag] = {}
        if styles is None:
            return
        for style in styles.findall(w("style")):
            name = str(style.get(w("styleId")))
            self._styles[name] = style
            if style.get(w("type")) == "paragraph" and style.get(w("default")) in ("1", "true"):
                self._default_paragraph_style = name
        for kind in self._defaults:
            self._defaults[kind] = self.bag(styles.find(f"{w('docDefaults')}/{w(f'{kind}Default')}/{w(kind)}"))

    def bag(self, properties: Element | None) -> Bag:
        """The properties an element sets itself."""
        found: Bag = {}
        for child in properties if properties is not None else ():
            name = _local(child)
            if name == "pBdr":
                found.update({f"pBdr.{_local(side)}": _attributes(side) for side in child})
            elif name == "numPr":
                found[name] = {_local(part): str(part.get(w("val"))) for part in child}
            elif name == "rFonts":
                found[name] = self._fonts(_attributes(child))
            elif name:
                found[name] = _attributes(child)
        return found

    @property
    def normal_size(self) -> float:
        """Half-points of the default paragraph style, which Word's character grid is counted from."""
        normal = over(self._defaults["rPr"], self.style(self._default_paragraph_style, "rPr"))
        return number(normal.get("sz", {}).get("val")) or 20.0

    def style_of(self, paragraph: Element) -> str:
        style = paragraph.find(f"{w('pPr')}/{w('pStyle')}")
        named = "" if style is None else str(style.get(w("val")))
        return named if named in self._styles else self._default_paragraph_style

    def style(self, name: str, kind: str) -> Bag:
        """``pPr`` or ``rPr`` of a style with all it is based on."""
        key = (name, kind)
        if key not in self._cache:
            chain: list[Element] = []
            while name in self._styles and len(chain) < _DEEPEST:
                style = self._styles[name]
                chain.append(style)
                based = style.find(w("basedOn"))
                name = "" if based is None else str(based.get(w("val")))
            self._cache[key] = over(*(self.bag(style.find(w(kind))) for style in reversed(chain)))
        return self._cache[key]

    def paragraph(self, paragraph: Element, list_level: Bag | None = None) -> ParagraphFormat:
        """The paragraph's properties; ``list_level`` is what its numbering gives."""
        own = self.bag(paragraph.find(w("pPr")))
        style = self.style(self.style_of(paragraph), "pPr")
        if list_level and "numPr" in own:
            layers = (self._defaults["pPr"], style, list_level, own)
        else:
            layers = (self._defaults["pPr"], list_level or {}, style, own)
        return ParagraphFormat(over(*layers))

    def text(self, paragraph: Element, run: Element | None) -> TextFormat:
        """The format of a run, or of the paragraph's mark when there is none."""
        own = self.bag(paragraph.find(f"{w('pPr')}/{w('rPr')}") if run is None else run.find(w("rPr")))
        style = self.style(self.style_of(paragraph), "rPr")
        character = self.style(own.get("rStyle", {}).get("val", ""), "rPr")
        merged = over(self._defaults["rPr"], style, character, own)
        # Bold is a toggle: a bold character style in a bold paragraph style prints plain (17.7.3).
        toggled = is_on(style.get("b")) != is_on(character.get("b"))
        fonts = merged.get("rFonts", {})
        nearest = next((bag["rFonts"] for bag in (own, character, style) if "rFonts" in bag), {})
        return TextFormat(
            east_asia=fonts.get("eastAsia", ""),
            ascii=fonts.get("ascii", fonts.get("hAnsi", "")),
            size=number(merged.get("sz", {}).get("val")) or 20.0,
            is_bold=is_on(own.get("b"), default=toggled),
            is_italic=is_on(merged.get("i")),
            is_underlined=is_on(merged.get("u")),
            is_hidden=is_on(merged.get("vanish")),
            is_highlighted=is_on(merged.get("highlight")),
            colour=_colour(merged.get("color", {})),
            spacing=number(merged.get("spacing", {}).get("val")) or 0.0,
            is_latin_only="ascii" in nearest and "eastAsia" not in nearest,
        )

    def _fonts(self, attributes: dict[str, str]) -> dict[str, str]:
        found = {slot: name for slot, name in attributes.items() if not slot.endswith("Theme")}
        for slot, theme in attributes.items():
            if slot.endswith("Theme") and theme in self._theme_fonts:
                found[{"cstheme": "cs"}.get(slot, slot.removesuffix("Theme"))] = self._theme_fonts[theme]
        return found


def over(*layers: Bag) -> Bag:
    """Each layer laid over those before it; fonts, spacing and indentation merge attribute by attribute."""
    result: Bag = {}
    for layer in layers:
        for name, attributes in layer.items():
            if name not in _MERGED or name not in result:
                result[name] = attributes
                continue
            below = result[name]
            if name == "ind":
                dropped = {other for side in attributes for other in _OPPOSITE.get(side, ())}
                below = {side: value for side, value in below.items() if side not in dropped}
            result[name] = {**below, **attributes}
    return result


def _local(element: Element) -> str:
    tag = str(element.tag)
    return tag.rpartition("}")[2] if tag.startswith(f"{{{W_NAMESPACE}}}") else ""


def _attributes(element: Element) -> dict[str, str]:
    prefix = f"{{{W_NAMESPACE}}}"
    plain = {str(name)[len(prefix) :]: str(value) for name, value in element.attrib.items() if str(name).startswith(prefix)}
    return {_SYNONYMS.get(name, name): value for name, value in plain.items()} if _local(element) == "ind" else plain


def _colour(attributes: dict[str, str]) -> str:
    theme = attributes.get("themeColor", "")
    if theme:
        return "000000" if theme in ("text1", "dark1") and "themeTint" not in attributes else attributes.get("val", theme).upper()
    value = attributes.get("val", "")
    return value.upper() if value != "auto" else value


def _theme_fonts(theme: Element | None, language: str) -> dict[str, str]:
    """Names of theme fonts, e.g. ``minorEastAsia`` → 宋体."""
    if theme is None:
        return {}
    script = {"zh-CN": "Hans", "zh-TW": "Hant", "ja-JP": "Jpan"}.get(language, "Hans")
    a = f"{{{NAMESPACES['a']}}}"
    fonts: dict[str, str] = {}
    for kind in ("major", "minor"):
        scheme = next(theme.iter(f"{a}{kind}Font"), None)
        if scheme is None:
            continue
        latin, east = scheme.find(f"{a}latin"), scheme.find(f"{a}ea")
        by_script = {font.get("script"): font.get("typeface") for font in scheme.findall(f"{a}font")}
        asian = (east.get("typeface") if east is not None else "") or by_script.get(script) or ""
        western = (latin.get("typeface") if latin is not None else "") or ""
        fonts |= {f"{kind}EastAsia": asian, f"{kind}Ascii": western, f"{kind}HAnsi": western}
    return fonts
