"""Office, date and note below the text (GB/T 9704, 7.3.5 and 7.3.6)."""

from __future__ import annotations

from collections.abc import Iterator

from tongbao.circular.lint.anatomy import Anatomy, Kind
from tongbao.circular.lint.fault import Fault, excerpt
from tongbao.circular.lint.fonts import element_font
from tongbao.circular.lint.patterns import written_date
from tongbao.circular.lint.reading import Para, Reading
from tongbao.circular.lint.rules import fault
from tongbao.circular.signature import SignaturePlace, signature_place

_TOLERANCE = 0.4
_OFFICE_TOLERANCE = 1.0


def check(reading: Reading, anatomy: Anatomy) -> Iterator[Fault]:
    if anatomy.date is not None:
        yield from _date(anatomy.date)
        yield from _places(anatomy, anatomy.date)
        yield from _together(anatomy, anatomy.date)
    elif anatomy.kind in (Kind.DOCUMENT, Kind.LETTER) and anatomy.body:
        yield fault("date-missing", anatomy.body[-1].spot, "没有找到成文日期")
    for para in anatomy.offices_after_date:
        yield fault("signature-order", para.spot, "署名在成文日期之下")
    for para in (*anatomy.offices, *([anatomy.date] if anatomy.date else [])):
        yield from element_font("signature-font", para)
    if anatomy.note is not None:
        yield from _note(anatomy.note)


def _date(para: Para) -> Iterator[Fault]:
    date = written_date(para.text)
    if date is None:
        return
    text = para.text.strip()
    if date.form == "han":
        yield fault("date-chinese", para.spot, f"写作“{text}”")
    elif date.form == "dotted":
        yield fault("date-form", para.spot, f"写作“{text}”")
    elif date.form == "arabic":
        if len(date.year) != 4:
            yield fault("date-year", para.spot, f"写作“{text}”")
        if date.month.startswith("0") or date.day.startswith("0"):
            yield fault("date-zero", para.spot, f"写作“{text}”")


def _places(anatomy: Anatomy, date: Para) -> Iterator[Fault]:
    """The two lines stand as for a seal, or as without one; several offices are not judged."""
    office = anatomy.offices[0] if len(anatomy.offices) == 1 else None
    name = "" if office is None else office.text.strip()
    found = written_date(date.text)
    if found is None or found.form not in ("arabic", "blank"):
        return
    # Blanks before the year of a date still to come belong to the date.
    written = date.text.strip(" \t\n") if found.form == "blank" else date.text.strip()
    place = date.right_space
    arrangements = [signature_place(name, written, sealed=sealed) for sealed in (True, False)]
    if office is None:
        if abs(place - 4) > _TOLERANCE and not anatomy.offices:
            yield fault("date-indent", date.spot, f"右空{place:.2g}字")
        return
    fitting = [one for one in arrangements if abs(one.date - place) <= _TOLERANCE]
    if not fitting:
        yield fault("date-indent", date.spot, f"右空{place:.2g}字")
    elif not any(_fits(one, office) for one in fitting):
        yield fault("office-place", office.spot, f"右空{office.right_space:.2g}字，按成文日期推算右空{fitting[0].office:.2g}字")


def _fits(place: SignaturePlace, office: Para) -> bool:
    return abs(office.right_space - place.office) <= _OFFICE_TOLERANCE


def _together(anatomy: Anatomy, date: Para) -> Iterator[Fault]:
    """Every line from the last of the text to the one above the date keeps with the next."""
    if not anatomy.body:
        return
    last = anatomy.body[-1]
    chain = [para for para in anatomy.letter if last.number <= para.number < date.number]
    loose = [para for para in chain if not para.format.is_on("keepNext")]
    if loose:
        yield fault("signature-page", last.spot, f"其后有{len(loose)}段未设“与下段同页”，署名可能单独落在下一面")


def _note(para: Para) -> Iterator[Fault]:
    text = para.text.strip()
    if not (text.startswith("（") and text.endswith("）")):
        yield fault("note-brackets", para.spot, f"写作“{excerpt(text)}”")
    left = para.indent("left") + para.indent("firstLine")
    if abs(left - 2) > _TOLERANCE:
        yield fault("note-indent", para.spot, f"左空{left:.2g}字")
    yield from element_font("note-font", para)
