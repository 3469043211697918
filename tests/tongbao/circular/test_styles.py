"""Styles are known by their names."""

from __future__ import annotations

import pytest

from tongbao.circular.package import STYLES, read_package
from tongbao.circular.styles import Styles
from tongbao.errors import ConfigurationError
from tongbao.home import home

TEMPLATE = home() / "templates" / "circular-v1.docx"


def test_a_style_the_office_deleted_is_named() -> None:
    parts = read_package(TEMPLATE)
    with pytest.raises(ConfigurationError, match="缺少样式“公文三级标题”"):
        Styles.read(parts[STYLES].replace("公文三级标题".encode(), b"x"), "a.docx").id_of("公文三级标题")  # type: ignore[arg-type]
