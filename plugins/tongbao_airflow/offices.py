"""The offices DAGs are made for, one settings file each."""

from __future__ import annotations

from tongbao.errors import ConfigurationError
from tongbao.jurisdiction import Jurisdiction, jurisdiction_files, load_jurisdiction


def read_offices() -> tuple[list[Jurisdiction], dict[str, ConfigurationError]]:
    """All offices with sound settings, and by file name stem the fault of each other one.

    One office's slip of the pen must not take the other offices' DAGs off the schedule, as an import error would.
    """
    offices: list[Jurisdiction] = []
    faults: dict[str, ConfigurationError] = {}
    for path in jurisdiction_files():
        try:
            offices.append(load_jurisdiction(path))
        except ConfigurationError as fault:
            faults[path.stem] = fault
    return offices, faults
