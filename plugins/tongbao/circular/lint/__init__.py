"""Check any .docx against GB/T 9704: page, letterhead, text, signature, annexes, imprint, page numbers, punctuation."""

from __future__ import annotations

from tongbao.circular.lint import (
    annexes,
    headings,
    imprint,
    leftovers,
    letterhead,
    page,
    page_numbers,
    signature,
    tables,
    text,
    title,
    writing,
)
from tongbao.circular.lint.anatomy import Kind, dissect
from tongbao.circular.lint.fault import Fault, Severity, Spot, merged
from tongbao.circular.lint.reading import Reading
from tongbao.circular.lint.report import run_lint
from tongbao.circular.lint.rules import RULES, Rule

__all__ = ["RULES", "Fault", "Rule", "Severity", "Spot", "lint", "run_lint"]

_CHECKS = (page, letterhead, title, text, headings, writing, annexes, signature, imprint, page_numbers, tables, leftovers)

_FORM_CHECKS = (page_numbers, tables, leftovers)
"""The standard says nothing of how a form is set but for its tables and page numbers."""


def lint(data: bytes) -> list[Fault]:
    """Every departure found in a .docx, one fault for all places that have the same one.

    Formatting is judged as it comes out, whether styles or direct formatting make it; an element the document does
    not have is not missed unless its form demands it. Raises FileRefused for what cannot be read.
    """
    reading = Reading(data)
    anatomy = dissect(reading)
    checks = _FORM_CHECKS if anatomy.kind is Kind.FORM else _CHECKS
    return merged(fault for module in checks for fault in module.check(reading, anatomy))
