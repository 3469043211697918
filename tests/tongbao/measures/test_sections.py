"""VW3, VW4, VM2, D1.4 to D1.6 and D1.9: when sections and accounts were updated last."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from tests.tongbao.measures.bench import ACCOUNT, Bench, Cases, Clause, at

SEEN = at("2020-09-30 09:00")
AGE = Clause("newest_update_age_days", {"classes": ["homepage"]}, {"more_than": 14})
STALE = Clause("stale_news_and_notices", {"news_classes": ["news"], "notice_classes": ["notice", "policy"]}, {"at_least": 5})
LONG = Clause("long_stale_sections", {"exclude_classes": ["news"]}, {"at_least": 10})
EMPTY = Clause("empty_sections", {}, {"at_least": 5})


def section(name: str, section_class: str, published: str | None, **row: Any) -> dict[str, Any]:
    known = {"section": name, "section_class": section_class, "observed_at": SEEN}
    return known | {"last_published_at": at(published) if published else None} | row


HOMEPAGES = {
    "exactly 14 days": ("2020-09-16 09:00:00", "met"),
    "one second more": ("2020-09-16 08:59:59", "breached"),
    "undated": (None, "breached"),
}


@pytest.mark.parametrize("case", HOMEPAGES)
def test_a_homepage_is_updated_within_fourteen_days(cases: Cases, case: str) -> None:
    rows = {name: [section("首页", "homepage", published)] for name, (published, _) in HOMEPAGES.items()}
    row = cases.row(case, "updates", AGE, rows)
    assert row is not None
    assert row["state"] == HOMEPAGES[case][1]


def test_age_is_counted_from_the_newest_publication_of_the_classes(bench: Bench) -> None:
    bench.deliver(
        "updates",
        section("要闻", "news", "2020-09-27 09:00"),
        section("动态", "news", "2020-01-01"),
        section("首页", "homepage", None),
    )
    row = bench.row(Clause("newest_update_age_days", {"classes": ["news"]}, {"more_than": 14}))
    assert row is not None
    assert (row["value"], row["evidence"]) == (3, "“要闻”最近更新2020-09-27，检查时间2020-09-30")
    assert bench.value(AGE) == 1e9


def test_a_section_no_longer_seen_ages_with_the_others(bench: Bench) -> None:
    bench.deliver(
        "updates", section("旧要闻", "news", "2020-07-10", observed_at=at("2020-07-11")), section("要闻", "news", "2020-07-01")
    )
    assert bench.state(Clause("newest_update_age_days", {"classes": ["news"]}, {"more_than": 14})) == "breached"


def test_a_homepage_of_mere_navigation_is_judged_by_any_section(bench: Bench) -> None:
    bench.deliver("updates", section("通知公告", "notice", "2020-09-29"))
    anywhere = Clause("newest_update_age_days", {"classes": ["homepage"], "else_any_section": True}, {"more_than": 14})
    assert bench.row(AGE) is None
    assert bench.state(anywhere) == "met"
    bench.deliver("updates", section("首页", "homepage", "2020-01-01"))
    assert bench.state(anywhere) == "breached"


def test_accounts_are_judged_by_their_own_class_alone(bench: Bench) -> None:
    bench.deliver("updates", section("账号", "account", "2020-09-15", subject_id=ACCOUNT))
    assert (
        bench.state(Clause("newest_update_age_days", {"classes": ["account"]}, {"more_than": 14}), subject=ACCOUNT) == "breached"
    )
    anywhere = Clause("newest_update_age_days", {"classes": ["homepage"], "else_any_section": True}, {"more_than": 14})
    assert bench.row(anywhere, subject=ACCOUNT) is None


def test_only_the_newest_observation_of_a_section_counts(bench: Bench) -> None:
    bench.deliver("updates", section("首页", "homepage", "2020-08-30", observed_at=at("2020-08-31"), item_count=0))
    bench.deliver("updates", section("首页", "homepage", "2020-09-29", item_count=3))
    assert bench.state(AGE) == "met"
    assert bench.state(AGE, cutoff=at("2020-09-29 12:00")) == "met", "at the earlier observation it was a day old"
    bench.deliver("updates", section("首页", "homepage", "2020-09-29", observed_at=at("2020-10-01 00:00:01")))
    assert bench.measured(AGE).observed.observations.tolist() == [2]


def test_observations_count_up_to_the_cutoff_and_from_the_start_both_included(bench: Bench) -> None:
    bench.deliver(
        "updates",
        section("早", "other", None, observed_at=at("2020-06-30 23:59:59")),
        section("首", "other", None, observed_at=at("2020-07-01")),
        section("末", "other", None, observed_at=at("2020-10-01")),
        section("晚", "other", None, observed_at=at("2020-10-01 00:00:01")),
    )
    row = bench.row(Clause("long_stale_sections", {}, {"at_least": 1}))
    assert row is not None
    assert row["evidence"] == "末（无发布时间）、首（无发布时间）"


SIX_MONTHS = {
    "31 August, leap day": ("2020-08-31 10:00", "2020-02-29 10:00", 0),
    "a second before": ("2020-08-31 10:00", "2020-02-29 09:59:59", 1),
    "exactly": ("2020-09-30 10:00", "2020-03-30 10:00", 0),
    "a minute before": ("2020-09-30 10:00", "2020-03-30 09:59", 1),
    "undated": ("2020-09-30 10:00", None, 1),
}


@pytest.mark.parametrize("case", SIX_MONTHS)
def test_months_are_calendar_months(cases: Cases, case: str) -> None:
    rows = {
        name: [section("政策文件", "policy", published, observed_at=at(observed))]
        for name, (observed, published, _) in SIX_MONTHS.items()
    }
    row = cases.row(case, "updates", Clause("newest_update_age_months", {"classes": ["policy"], "months": 6}), rows)
    assert row is not None
    assert row["value"] == SIX_MONTHS[case][2]


def test_months_are_counted_on_shanghais_calendar(bench: Bench) -> None:
    """1 March 00:30 in Shanghai is still February in UTC."""
    bench.deliver("updates", section("政策文件", "policy", "2020-03-01 00:30", observed_at=at("2020-09-01 00:30")))
    assert bench.value(Clause("newest_update_age_months", {"classes": ["policy"], "months": 6})) == 0


def test_of_sections_updated_at_once_the_same_one_is_named(bench: Bench) -> None:
    sections = [section(name, "policy", "2020-09-20") for name in "甲乙丙丁"]
    bench.deliver("updates", *sections)
    clause = Clause("newest_update_age_months", {"classes": ["policy"], "months": 6})
    named = bench.row(clause)
    bench.batches.clear()
    bench.deliver("updates", *reversed(sections))
    assert bench.row(clause) == named


def test_a_section_is_missing_when_others_were_seen(bench: Bench) -> None:
    missing = Clause("missing_section", {"classes": ["policy", "interpretation"]})
    assert bench.row(missing) is None
    bench.deliver("updates", section("首页", "homepage", "2020-09-29"))
    assert bench.row(missing) is None, "a homepage is no section"
    bench.deliver("updates", section("要闻", "news", "2020-09-29"))
    row = bench.row(missing)
    assert row is not None
    assert (row["value"], row["evidence"]) == (1, "已检查1个栏目，未见此类栏目")
    bench.deliver("updates", section("解读", "interpretation", None))
    assert bench.value(missing) == 0


def stale_sections(news: int, notices: int) -> list[dict[str, Any]]:
    return [section(f"要闻{i}", "news", "2020-09-16 08:59:59") for i in range(news)] + [
        section(f"通知{i}", ("notice", "policy")[i % 2], "2020-03-30 08:59:59") for i in range(notices)
    ]


STALE_SECTIONS = [(3, 2, "breached"), (2, 2, "met"), (5, 0, "breached"), (0, 4, "met")]


@pytest.mark.parametrize(("news", "notices", "state"), STALE_SECTIONS)
def test_five_stale_news_and_notice_sections_together(cases: Cases, news: int, notices: int, state: str) -> None:
    rows = {f"{n} and {m}": [section("其他", "other", None), *stale_sections(n, m)] for n, m, _ in STALE_SECTIONS}
    row = cases.row(f"{news} and {notices}", "updates", STALE, rows)
    assert row is not None
    assert (row["value"], row["state"]) == (news + notices, state)


def test_news_and_notices_in_their_time_are_not_stale(bench: Bench) -> None:
    bench.deliver("updates", section("要闻", "news", "2020-09-16 09:00"), section("通知", "notice", "2020-03-30 09:00"))
    assert bench.value(STALE) == 0


def test_empty_sections_are_not_counted_as_stale(bench: Bench) -> None:
    bench.deliver("updates", section("空要闻", "news", None, item_count=0), section("空", "other", None, item_count=0))
    assert bench.values(STALE, LONG, EMPTY) == [0, 0, 2]


def test_an_unknown_number_of_items_is_not_empty(bench: Bench) -> None:
    bench.deliver("updates", section("要闻", "news", None, item_count=None))
    assert bench.values(STALE, EMPTY) == [1, 0]


@pytest.mark.parametrize(("sections", "state"), [(10, "breached"), (9, "met")])
def test_ten_sections_long_not_updated(cases: Cases, sections: int, state: str) -> None:
    rows = {str(count): [section(f"栏目{i}", "other", "2019-09-30 08:59:59") for i in range(count)] for count in (10, 9)}
    row = cases.row(str(sections), "updates", LONG, rows)
    assert row is not None
    assert row["state"] == state


def test_classes_may_have_their_own_months_and_be_left_to_other_clauses(bench: Bench) -> None:
    bench.deliver(
        "updates",
        section("要闻", "news", "2018-01-01"),
        section("首页", "homepage", "2018-01-01"),
        section("其他", "other", "2019-09-30 09:00"),
        section("通知", "notice", "2020-03-30 08:59:59"),
        section("规划", "plan", "2018-09-30"),
    )
    row = bench.row(Clause("long_stale_sections", {"months_by_class": {"notice": 6, "plan": 36}, "exclude_classes": ["news"]}))
    assert row is not None
    assert (row["value"], row["evidence"]) == (1, "通知（最近更新2020-03-30）")


@pytest.mark.parametrize(("sections", "state"), [(5, "breached"), (4, "met")])
def test_five_empty_sections(cases: Cases, sections: int, state: str) -> None:
    homepage = section("首页", "homepage", None, item_count=0)
    rows = {str(count): [homepage, *(section(f"空{i}", "other", None, item_count=0) for i in range(count))] for count in (5, 4)}
    row = cases.row(str(sections), "updates", EMPTY, rows)
    assert row is not None
    assert (row["value"], row["state"]) == (sections, state)


def test_empty_sections_of_excluded_classes_are_left_out(bench: Bench) -> None:
    bench.deliver("updates", section("空要闻", "news", None, item_count=0), section("空", "data", None, item_count=0))
    row = bench.row(Clause("empty_sections", {"exclude_classes": ["news"]}))
    assert row is not None
    assert (row["value"], row["evidence"]) == (1, "空")


def test_evidence_names_twenty_and_counts_the_rest(bench: Bench) -> None:
    bench.deliver("updates", *(section(f"空{i:02d}", "other", None, item_count=0) for i in range(23)))
    row = bench.row(EMPTY)
    assert row is not None
    assert row["evidence"] == "、".join(f"空{i:02d}" for i in range(20)) + "等23个"


def sweep(day: str, *names: str, item_count: int = 0) -> list[dict[str, Any]]:
    return [section(name, "other", None, observed_at=at(day), item_count=item_count) for name in names]


@pytest.mark.parametrize(
    ("sweeps", "empty"),
    [
        ([sweep("2020-08-01", "甲", "乙"), sweep("2020-09-28", "甲", "乙")], 2),
        ([sweep("2020-08-01", "甲", "丙"), sweep("2020-09-28", "甲", "乙")], 3),
        ([sweep("2020-08-01", "甲", "乙", "丙"), sweep("2020-09-28", "甲", "乙", item_count=1)], 1),
        ([sweep("2020-08-01", "甲", "乙"), sweep("2020-08-08", "甲", "丙"), sweep("2020-09-28", "乙", "丙")], 3),
        ([sweep("2020-08-01", "甲"), sweep("2020-08-08", "甲", item_count=1)], 0),
        ([sweep("2020-08-01", "甲")], 1),
    ],
    ids=["same sections", "one renamed", "one gone", "in turns", "no late sweep", "one early sweep"],
)
def test_a_section_is_judged_at_its_own_newest_observation_however_old(
    bench: Bench, sweeps: list[list[dict[str, Any]]], empty: int
) -> None:
    for rows in sweeps:
        bench.deliver("updates", *rows)
    assert bench.value(EMPTY) == empty


def test_a_section_that_changed_its_class_has_the_newest(bench: Bench) -> None:
    bench.deliver(
        "updates", section("栏目", "news", "2018-01-01", observed_at=at("2020-09-23")), section("栏目", "other", "2018-01-01")
    )
    assert bench.values(STALE, LONG) == [0, 1]


def test_newest_observations_are_found_however_sweeps_repeat_sections_and_lose_them(bench: Bench) -> None:
    """Sections are looked up by another way when swept twice in the newest days, gone since, or only seen long ago."""
    chance = random.Random(20)
    sites = [f"15{number:08d}" for number in range(40)]
    bench.subjects = pd.DataFrame({"subject_id": sites, "kind": "website"})
    newest: dict[tuple[str, str], tuple[datetime, int]] = {}
    for day in (3, 10, 17, 24, 26, 29):
        rows: list[dict[str, Any]] = []
        for site in sites:
            keeps = chance.choice([1.0, 1.0, 0.7, 0.0])
            for section in "abcdef":
                if chance.random() < keeps:
                    seen, count = at(f"2020-09-{day:02d}") + timedelta(seconds=len(rows)), chance.randrange(2)
                    rows.append({"subject_id": site, "section": section, "observed_at": seen, "item_count": count})
                    newest[site, section] = seen, count
        bench.deliver("updates", *rows)
    empty = dict.fromkeys((site for site, _ in newest), 0)
    for (site, _), (_, count) in newest.items():
        empty[site] += count == 0
    values = bench.measured(Clause("empty_sections")).values
    assert dict(zip(values.subject_id, values.value, strict=True)) == empty
