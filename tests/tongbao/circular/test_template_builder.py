"""The shipped template is built, not drawn by hand."""

from __future__ import annotations

import io
import zipfile

from tongbao.circular.template_builder import build_template
from tongbao.home import home

TEMPLATE = home() / "templates" / "circular-v1.docx"


def test_the_template_in_the_repository_is_the_one_the_builder_makes() -> None:
    with zipfile.ZipFile(io.BytesIO(build_template())) as made, zipfile.ZipFile(TEMPLATE) as kept:
        assert {name: made.read(name) for name in made.namelist()} == {name: kept.read(name) for name in kept.namelist()}
