from __future__ import annotations

import pytest

from tests.tongbao.circular.lint import seeds_end, seeds_head, seeds_page_numbers, seeds_text
from tests.tongbao.circular.lint.bench import Opened, drawn
from tests.tongbao.circular.lint.seeding import SEEDS, Seed
from tongbao.circular.lint import RULES, lint


@pytest.mark.parametrize("base", sorted({seed.base for seed in SEEDS}))
def test_nothing_is_found_in_a_clean_document(base: str) -> None:
    assert [str(fault) for fault in lint(drawn(base))] == []


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_a_seeded_fault_is_found_and_nothing_else(seed: Seed) -> None:
    opened = Opened(drawn(seed.base))
    seed.plant(opened)
    found = lint(opened.close())
    assert {fault.rule for fault in found} == {seed.rule}, [str(fault) for fault in found]


def test_the_seeds_of_every_part_are_planted() -> None:
    parts = {seed.plant.__module__ for seed in SEEDS}
    assert {module.__name__ for module in (seeds_end, seeds_head, seeds_page_numbers, seeds_text)} <= parts


def test_every_rule_has_a_seeded_fault() -> None:
    assert {seed.rule for seed in SEEDS} == set(RULES)
