"""Which evidence the findings in the archive cite."""

from __future__ import annotations

from tongbao.archive import Archive
from tongbao.period import Period
from tongbao.scan.evidence import cited
from tongbao.workspace import read_arrow


def cited_evidence(jurisdiction_id: str, subject_id: str, *, clause: str = "", period: str = "") -> dict[str, str]:
    """Evidence ids of a subject's findings in force → what the finding says; newest period last."""
    archive = Archive.open()
    found: dict[str, str] = {}
    for batch in archive.batches(jurisdiction_id, "findings", Period.parse(period) if period else None):
        if period and batch.period != period:
            continue
        table = read_arrow(archive.batch_file(batch, "data.parquet"))
        for row in table.select(["subject_id", "clause", "description", "evidence"]).to_pylist():
            if row["subject_id"] == subject_id and clause in ("", row["clause"]):
                for evidence in cited(row["evidence"] or ""):
                    found.setdefault(evidence, f"{subject_id} {row['clause']} {row['description'] or ''}".strip())
    return found
