"""The named styles of a template, as the office left them."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from tongbao.circular.gongwen import SIZE_3, StyleName
from tongbao.circular.ooxml import Element, element, fragment, parse, put_property, w
from tongbao.errors import ConfigurationError, Place


@dataclass(frozen=True)
class Styles:
    """Looks styles up by name, because WPS renumbers their ids when it saves."""

    by_name: dict[str, Element]
    by_id: dict[str, Element]
    template: str

    @classmethod
    def read(cls, data: bytes, template: str) -> Styles:
        styles = [style for style in parse(data).findall(w("style")) if style.find(w("name")) is not None]
        names = {str(style.find(w("name")).get(w("val"))): style for style in styles}  # type: ignore[union-attr]
        return cls(names, {str(style.get(w("styleId"))): style for style in styles}, template)

    def id_of(self, name: StyleName) -> str:
        """The id of a style; ConfigurationError when the template lacks it."""
        return str(self._style(name).get(w("styleId")))

    def name_of(self, paragraph: Element) -> str:
        """The name of a paragraph's style, or nothing for the default one."""
        style = paragraph.find(f"{w('pPr')}/{w('pStyle')}")
        found = None if style is None else self.by_id.get(str(style.get(w("val"))))
        return "" if found is None else str(found.find(w("name")).get(w("val")))  # type: ignore[union-attr]

    def inside_a_paragraph(self, name: StyleName) -> Element:
        """Run properties that give a run the type of another paragraph style: its linked one, else its own type."""
        style = self._style(name)
        link = style.find(w("link"))
        if link is not None and link.get(w("val")) in self.by_id:
            properties = element("rPr")
            properties.append(element("rStyle", val=link.get(w("val"))))
            return properties
        own = style.find(w("rPr"))
        return element("rPr") if own is None else copy.deepcopy(own)

    def size_of(self, paragraph: Element) -> int:
        """Half-points of a paragraph's type: of its first run, else of its style."""
        sizes = paragraph.findall(f"{w('r')}/{w('rPr')}/{w('sz')}")
        name = self.name_of(paragraph)
        if not sizes and name:
            sizes = self.by_name[name].findall(f"{w('rPr')}/{w('sz')}")
        return int(sizes[0].get(w("val"), SIZE_3)) if sizes else SIZE_3

    @property
    def hair_line(self) -> str:
        """A paragraph 1 pt high, for where one must stand and none should be seen."""
        return fragment(self.hair_paragraph())

    def hair_paragraph(self) -> Element:
        paragraph = element("p")
        put_property(paragraph, element("pStyle", val=self.id_of(StyleName.HAIR)))
        return paragraph

    def _style(self, name: StyleName) -> Element:
        if name not in self.by_name:
            raise ConfigurationError(
                f"Word 模板中缺少样式“{name}”",
                remedy="请从随系统提供的模板中复制该样式（管理样式—导入/导出），或以原模板为基础重新修改",
                place=Place(file=self.template),
                value=str(name),
            )
        return self.by_name[name]
