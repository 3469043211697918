"""Whether Word would open a document without offering to repair it, as `openxml-audit -f microsoft365` judges."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from openxml_audit import OpenXmlValidator

NEEDS_AUDIT = pytest.mark.skipif(find_spec("openxml_audit") is None, reason="openxml-audit is not installed")


def assert_needs_no_repair(file: Path) -> None:
    result = _validator().validate(file)
    assert result.is_valid, result.errors


@cache
def _validator() -> OpenXmlValidator:
    from openxml_audit import FileFormat, OpenXmlValidator

    return OpenXmlValidator(file_format=FileFormat.MICROSOFT_365)
