"""Names that the review's tasks, the notes on runs and the command line share, without importing an operator."""

from __future__ import annotations

from tongbao.manifests import Stage

STAGES = tuple(stage.value for stage in Stage)
"""Task ids of the stages that wait for a person, in order."""
AFTER_DRAFT = (*STAGES, "publish", "announce")
"""Task ids of everything after the draft."""
DECISION = "decision"
"""XCom key of what a stage came to, for the run's note."""
