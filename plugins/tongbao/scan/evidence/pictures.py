"""Pictures of the pages findings rest on, drawn after the scan."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tongbao.feeds import Outcome
from tongbao.scan.evidence.screenshot import Browser, Screenshot, find_browser, take_screenshot
from tongbao.scan.evidence.store import Folder, find_evidence, keep_screenshot

MOST = 200
"""Pictures a scan draws at most: each takes a second or more of a whole processor."""


def draw_pictures(
    folder: Folder,
    ids: Iterable[str],
    *,
    scan: str | None = None,
    user_agent: str = "",
    most: int = MOST,
    browser: Browser | None = None,
    take: Callable[..., Screenshot] = take_screenshot,
) -> list[str]:
    """Draw the pages of the given evidence and keep the pictures beside it; return a sentence for each that was not drawn.

    ``scan`` is the scan that kept the evidence, where it is one. Only pages that answered are drawn; what has a picture
    already is left. Blocking: call it from a thread where an event loop runs.
    """
    browser = browser or find_browser()
    problems: dict[str, None] = {}
    drawn = 0
    for wanted in dict.fromkeys(ids):
        evidence = find_evidence(folder, wanted, scan)
        if (
            evidence is None
            or evidence.screenshot
            or evidence.exchange.outcome is not Outcome.OK
            or not evidence.exchange.address
        ):
            continue
        if drawn == most:
            problems[f"已截图{most}张，其余页面未截图"] = None
            break
        exchange = evidence.exchange
        shot = take(exchange, browser=browser, user_agent=user_agent)
        if shot.png is None:
            problems[shot.problem] = None
            if browser is None:
                break
            continue
        keep_screenshot(folder, wanted, shot.png)
        drawn += 1
    return list(problems)
