"""A judged fictional city of three regions over two quarters, small enough to rank by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

import pandas as pd

from tests.tongbao.judged import CIRCULAR, INDICATORS, JURISDICTION, Q2, Q3, account, judged, line, website
from tongbao.figures import Figures, PeriodResult, compute

OWN = ("市直",)
TOGETHER = {"快手、抖音": ("快手", "抖音")}
SCORES = {"w1": Decimal("95"), "w2": Decimal("88.5"), "w3": Decimal("88.5"), "w4": Decimal("70")}
REGIONS = {"w1": "市直", "w2": "甲县", "w3": "乙县", "w4": "丙县"}
ACCOUNTS = {
    "a1": ("市直", "微信公众号", "qualified"),
    "a2": ("甲县", "微信公众号", "qualified"),
    "a3": ("甲县", "抖音", "unqualified"),
    "a4": ("乙县", "快手", "qualified"),
    "a5": ("乙县", "抖音", "qualified"),
    "a6": ("丙县", "快手", "not_inspected"),
    "a7": (None, "微信公众号", "unqualified"),
}
"""By hand: 甲县 2 of 3, 乙县 3 of 3, 丙县 1 of 1 qualified (websites included); ranks 3, 1, 1."""


def _subjects() -> list[dict[str, Any]]:
    sites = [website(name, f"{region}门户网站", region=region, address=_address(name)) for name, region in REGIONS.items()]
    return [*sites, *(account(name, platform, region=region) for name, (region, platform, _) in ACCOUNTS.items())]


def _address(name: str) -> str | None:
    return {"w1": "https://a.example", "w2": " HTTPS://b.example", "w3": "http://c.example"}.get(name)


def _verdicts(scores: dict[str, Decimal], accounts: dict[str, str]) -> dict[str, Any]:
    grades = {name: "优秀" if score >= 90 else "良好" if score >= 80 else "合格" for name, score in scores.items()}
    sites = {
        name: {"verdict": "qualified", "score": float(score), "deducted": float(100 - score), "grade": grades[name]}
        for name, score in scores.items()
    }
    failing = {"verdict": "unqualified", "vetoes": "VM2", "breached": 1}
    return {**sites, **{name: failing if verdict == "unqualified" else verdict for name, verdict in accounts.items()}}


@cache
def city() -> PeriodResult:
    lines = [line(name, "D4.9.1", state="breached" if name == "w4" else "met") for name in ("w1", "w2", "w4")]
    lines += [line("w3", "D4.9.1", state="not_measured"), line("a3", "VM2.1"), line("a7", "VM2.1")]
    verdicts = _verdicts(SCORES, {name: verdict for name, (_, _, verdict) in ACCOUNTS.items()})
    messages = [("我为政府网站找错", 4, 3), ("领导信箱", 6, 6)]
    return _placed(judged(_subjects(), verdicts, lines, period=Q3), messages)


@cache
def city_before() -> PeriodResult:
    """The quarter before: 甲县 all qualified, 乙县 none of 2, 丙县 2 of 2; w1 and w4 scored less, w3 was not there."""
    subjects = [subject for subject in _subjects() if subject["subject_id"] != "w3"]
    scores = {"w1": Decimal("80"), "w2": Decimal("90"), "w4": Decimal("60")}
    accounts = dict.fromkeys(ACCOUNTS, "qualified") | {"a4": "unqualified", "a5": "unqualified"}
    lines = [line("a4", "VM2.1"), line("a5", "VM2.1")]
    return _placed(judged(subjects, _verdicts(scores, accounts), lines, period=Q2), [])


def _placed(result: PeriodResult, messages: list[tuple[str, int, int]]) -> PeriodResult:
    table = pd.DataFrame(messages, columns=["channel", "received", "replied"]) if messages else None
    return replace(result, own_regions=OWN, platform_groups=TOGETHER, messages=table)


@cache
def city_figures(*, compared: bool = True) -> Figures:
    return compute(city(), city_before() if compared else None, None, JURISDICTION, CIRCULAR, INDICATORS)
