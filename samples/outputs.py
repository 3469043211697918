"""Make a sample of every shipped circular from the sample inputs, through the real steps: ``python samples/outputs.py [NAME …]``.

The archive is a temporary one; what is kept is one .docx a block list, under ``outputs/``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

OUTPUTS = {
    "quarterly": ("shiliqi", "quarterly", "2020-Q3"),
    "quarterly-by-object": ("shilishi", "by_object", "2024-Q2"),
    "monthly-websites": ("shilishi", "monthly", "2024-06"),
    "half-year": ("shilishi", "half_year", "2024-H1"),
    "by-reason": ("shilishi", "by_reason", "2024-Q2"),
    "all-qualified": ("lizhengxian", "quarterly", "2024-Q2"),
    "sampled-platforms": ("shilishi", "sampled", "2024-Q2"),
    "ranking": ("shilishi", "ranking", "2024-Q2"),
}
"""Block list → office, circular and period it is shown with."""
FOLDER = Path(__file__).parent / "outputs"


def take_in(office: str) -> None:
    """Take in everything that lies in an office's inbox, nine days after each period ended."""
    from tongbao.intake.inbox import inbox_files, inbox_periods, take_in_files
    from tongbao.jurisdiction import find_jurisdiction

    for period in inbox_periods(find_jurisdiction(office)):
        received_at = (period.end_at + timedelta(days=9)).isoformat()
        take_in_files(office, period.label, inbox_files(office, period.label), received_at=received_at)


def make(name: str) -> str:
    """Run the steps of one sample circular up to the gate; return its workspace."""
    from tongbao import steps

    office, circular, period = OUTPUTS[name]
    workspace = steps.workspace_for(office, circular, period, f"sample {name}")
    steps.settle(office, circular, period, cutoff=None, workspace=workspace)
    for step in (steps.measure, steps.score, steps.figures, steps.write, steps.gate):
        step(workspace)
    return workspace


def main(names: Iterable[str]) -> None:
    """Make the named samples, or all."""
    from tongbao.steps import CIRCULAR
    from tongbao.workspace import Workspace

    wanted = list(names) or list(OUTPUTS)
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as archive:
        os.environ["TONGBAO_ARCHIVE"] = archive
        for office in dict.fromkeys(OUTPUTS[name][0] for name in wanted):
            take_in(office)
        for name in wanted:
            content = Workspace.at(make(name)).read_bytes(CIRCULAR)
            (FOLDER / f"{name}.docx").write_bytes(content)
            print(FOLDER / f"{name}.docx")


if __name__ == "__main__":
    main(sys.argv[1:])
