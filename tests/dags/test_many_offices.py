"""3,000 offices must not keep the DAG processor busy: what some of them cost is measured, and the rest reckoned."""

from __future__ import annotations

from benchmarks import offices

SOME = 60


def test_three_thousand_offices_would_parse_in_time() -> None:
    facts = offices.measured(SOME)
    assert {name: figures["dags"] for name, figures in facts.items()} == {
        "circular.py": SOME,
        "crawl.py": 2 * SOME,
        "intake.py": SOME,
        "patrol.py": SOME,
    }
    reckoned = {name: figures["parsing"] / SOME * offices.COUNT for name, figures in facts.items()}
    assert {name: seconds for name, seconds in reckoned.items() if seconds > offices.BUDGET_S} == {}
