"""What was seen: every page a finding rests on, kept as WARC records under an id made of its content."""

from tongbao.scan.evidence.export import export_evidence
from tongbao.scan.evidence.pictures import draw_pictures
from tongbao.scan.evidence.records import Evidence, cited, evidence_id
from tongbao.scan.evidence.screenshot import Browser, find_browser, take_screenshot
from tongbao.scan.evidence.store import EvidenceStore, find_evidence, keep_screenshot

__all__ = [
    "Browser",
    "Evidence",
    "EvidenceStore",
    "cited",
    "draw_pictures",
    "evidence_id",
    "export_evidence",
    "find_browser",
    "find_evidence",
    "keep_screenshot",
    "take_screenshot",
]
