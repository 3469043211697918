"""Pictures of the pages findings cite, where the office wants them and a browser is installed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tongbao.feeds import State
from tongbao.scan.evidence import EvidenceStore, cited, find_browser, keep_screenshot, take_screenshot
from tongbao.scan.settings import ScanSettings

_MOST_A_SITE = 5


def picture_findings(sites: Iterable[Sequence[Mapping[str, Any]]], evidence: EvidenceStore, settings: ScanSettings) -> list[str]:
    """Draw the pages that the findings of each site cite, breaches first, at most five a site.

    Returns a sentence for each page that could not be drawn; the WARC record is the evidence, a picture only shows it.
    """
    browser = find_browser()
    told: dict[str, None] = {}
    for findings in sites:
        rows = sorted(findings, key=lambda row: row["state"] != State.BREACHED)
        wanted = dict.fromkeys(known for row in rows for known in cited(str(row["evidence"])))
        for known in list(wanted)[:_MOST_A_SITE]:
            kept = evidence.find(known)
            if kept is None or kept.screenshot is not None:
                continue
            drawn = take_screenshot(kept.exchange, browser=browser, user_agent=settings.user_agent)
            if drawn.png is None:
                told[drawn.problem] = None
            else:
                keep_screenshot(evidence.folder, known, drawn.png)
        if browser is None and told:
            break
    return list(told)
