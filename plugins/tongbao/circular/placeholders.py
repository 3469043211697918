"""Fill the ``{{ name }}`` places of a template, wherever an office has moved them.

Word splits what is typed into runs as it likes, so a place is looked for in the text of a whole paragraph. Values are put in as
text and never read again: braces in data stay braces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tongbao.circular.ooxml import Element, printable, set_text, text_of, texts_of, w
from tongbao.errors import ConfigurationError, Place

_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def places_in(paragraph: Element) -> list[str]:
    return _PLACE.findall(text_of(paragraph))


def fill(paragraph: Element, values: Mapping[str, str], template: str) -> bool:
    """Fill the paragraph's places; say whether it has any and all of them came out empty.

    Raises ConfigurationError for a place with no value, naming those there are.
    """
    text = text_of(paragraph)
    matches = list(_PLACE.finditer(text))
    if not matches:
        return False
    for match in matches:
        if match[1] not in values:
            raise ConfigurationError(
                f"Word 模板中的占位符“{match[0]}”不认识",
                remedy=f"请删除或改为下列之一：{'、'.join(sorted(values))}",
                place=Place(file=template),
                value=match[1],
            )
    for match in reversed(matches):
        _replace(texts_of(paragraph), match.start(), match.end(), printable(values[match[1]]))
    return all(not values[match[1]] for match in matches)


def _replace(texts: list[Element], start: int, end: int, value: str) -> None:
    offset = 0
    for text in texts:
        content = text.text or ""
        first, last = max(start - offset, 0), min(end - offset, len(content))
        offset += len(content)
        if first >= last:
            continue
        set_text(text, content[:first] + value + content[last:])
        value = ""


def drop(paragraph: Element) -> None:
    """Take an empty paragraph out, with the table row it alone fills."""
    cell = paragraph.getparent()
    if cell is None:
        return
    if cell.tag == w("tc") and len(cell.findall(w("p"))) == 1:
        row = cell.getparent()
        table = None if row is None else row.getparent()
        if row is not None and table is not None:
            table.remove(row)
        return
    cell.remove(paragraph)
