"""The HTML pages this house writes: Jinja templates that make whole pages, each opening without a network."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


@lru_cache(maxsize=8)
def page_templates(folder: Path) -> Environment:
    """The page templates of a folder: what is put in is escaped, what is missing is an error."""
    return Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
