"""Whether the charts of the finished document are the ones drawn, and print what was computed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tongbao.circular.document import CircularDocument
from tongbao.circular.gate_values import Printed, disagreement
from tongbao.circular.picture import pictures_of, shown_media
from tongbao.figures.model import Figure


@dataclass(frozen=True)
class PictureFault:
    """One chart that is not as it should be. ``rule`` is the gate's rule it breaks."""

    rule: str
    place: str
    printed: str
    expected: str


def picture_faults(docx: bytes, document: CircularDocument, figures: Mapping[str, Figure]) -> Iterator[PictureFault]:
    """Compare the document's charts with the model's, and the figures they print with the computed ones.

    Word keeps the bytes of a picture it did not change. A chart drawn from other figures is a fault of its own.
    """
    pictures = pictures_of(document)
    if not pictures:
        return
    left = Counter(shown_media(docx))
    for picture in pictures:
        place = picture.alt.partition("：")[0]
        if not left[picture.data]:
            yield PictureFault("missing", place, "（图已删除或替换）", picture.alt)
        left[picture.data] -= 1
        for name, text in zip(picture.figures, picture.texts, strict=True):
            expected = f"有来源的数字（没有名为{name}的数字）"
            if name in figures:
                expected = disagreement(Printed(figures[name], text, text, place), figures) or ""
            if expected:
                yield PictureFault("figure", place, text, expected)
