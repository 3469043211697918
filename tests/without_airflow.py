"""A pytest plugin that makes Airflow impossible to import: the library must do without."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class _NoAirflow(MetaPathFinder):
    """Refuse every import of Airflow, also those made inside functions."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name.partition(".")[0] in ("airflow", "tongbao_airflow"):
            raise ModuleNotFoundError(f"{name}: the library must not need Airflow", name=name)
        return None


if "airflow" in sys.modules:
    raise RuntimeError("Airflow was imported before the library's tests began")
sys.meta_path.insert(0, _NoAirflow())
