from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from tongbao.feeds import ROSTER
from tongbao.period import Period
from tongbao.roster import RECONCILED, RosterBatch, as_of, history, reconcile

Q2, Q3 = Period.parse("2020-Q2"), Period.parse("2020-Q3")
NOTHING_OBSERVED = pd.DataFrame({"subject_id": pd.Series([], dtype="str")})
NO_UPDATES = NOTHING_OBSERVED.assign(last_published_at=pd.Series([], dtype="datetime64[us, Asia/Shanghai]"))


def subject(subject_id: str, *, declared: bool = True, **fields: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(ROSTER.names)
    row |= {"subject_id": subject_id, "kind": "account", "platform": "微信公众号", "status": "operating", "declared": declared}
    row |= {"name": f"名称{subject_id}", "sponsor": f"单位{subject_id}"}
    return row | fields


def batch(period: Period, *rows: dict[str, Any], batch_id: str = "b") -> RosterBatch:
    return RosterBatch(period, batch_id, pd.DataFrame(rows, columns=ROSTER.names))


def ids(frame: pd.DataFrame) -> list[str]:
    return frame["subject_id"].tolist()


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({}, "operating"),
        ({"opened_on": date(2020, 9, 30)}, "operating"),
        ({"opened_on": date(2020, 10, 1)}, "pending"),
        ({"filed_on": date(2020, 9, 30)}, "operating"),
        ({"filed_on": date(2020, 10, 1)}, "pending"),
        ({"closed_on": date(2020, 9, 30), "status": "closed"}, "closed"),
        ({"closed_on": date(2020, 9, 30)}, "closed"),
        ({"closed_on": date(2020, 10, 1), "status": "closed"}, "operating"),
        ({"status": "cancelled"}, "closed"),
        ({"status": "migrated"}, "closed"),
    ],
)
def test_a_subject_is_judged_by_what_was_in_force_at_the_cutoff(fields: dict[str, Any], where: str) -> None:
    roster = as_of([batch(Q3, subject("a", **fields))], Q3.end_at)
    assert {name: ids(getattr(roster, name)) for name in ("operating", "pending", "closed")} == {
        "operating": [],
        "pending": [],
        "closed": [],
        where: ["a"],
    }


def test_the_newest_snapshot_of_each_side_counts_and_nothing_is_deleted() -> None:
    batches = [
        batch(Q2, subject("a"), subject("gone"), subject("found", declared=False)),
        batch(Q3, subject("a"), subject("new")),
    ]
    roster = as_of(batches, Q3.end_at)
    assert ids(roster.declared) == ["a", "new"]
    assert ids(roster.found) == ["found"]
    assert ids(roster.unlisted) == ["gone"]


def test_two_files_of_one_period_are_one_snapshot_and_the_later_row_wins() -> None:
    roster = as_of([batch(Q3, subject("a")), batch(Q3, subject("a", name="新名"), subject("b"))], Q3.end_at)
    assert roster.declared[["subject_id", "name"]].to_numpy().tolist() == [["a", "新名"], ["b", "名称b"]]


def test_a_side_that_was_not_delivered_again_keeps_its_last_snapshot() -> None:
    roster = as_of([batch(Q2, subject("site", kind="website")), batch(Q3, subject("a"))], Q3.end_at)
    assert ids(roster.operating) == ["a", "site"]


def test_history_tells_each_change_with_its_period() -> None:
    events = history(
        [
            batch(Q2, subject("a"), subject("b"), batch_id="b2"),
            batch(Q3, subject("a", sponsor="新单位"), subject("c"), batch_id="b3"),
        ]
    )
    told = events[["subject_id", "period", "event", "field", "after"]].fillna("").to_numpy().tolist()
    assert told == [
        ["a", "2020-Q2", "listed", "", ""],
        ["a", "2020-Q3", "changed", "sponsor", "新单位"],
        ["b", "2020-Q2", "listed", "", ""],
        ["b", "2020-Q3", "unlisted", "", ""],
        ["c", "2020-Q3", "listed", "", ""],
    ]


def test_a_subject_that_returns_is_relisted() -> None:
    q4 = Q3.next()
    events = history([batch(Q2, subject("a"), subject("b")), batch(Q3, subject("b")), batch(q4, subject("a"), subject("b"))])
    assert events.loc[events["subject_id"] == "a", "event"].tolist() == ["listed", "unlisted", "relisted"]


@pytest.mark.parametrize(
    ("found", "matched"),
    [
        ({"subject_id": "a"}, True),
        ({"subject_id": "x", "name": "名称Ａ ".replace("Ａ", "a")}, True),
        ({"subject_id": "x", "name": "别名", "address": "HTTP://weibo.example/a/"}, True),
        ({"subject_id": "x", "name": "别名"}, False),
        ({"subject_id": "x", "name": "名称a", "platform": "新浪微博"}, False),
    ],
)
def test_found_subjects_are_matched_by_id_then_name_then_address(found: dict[str, Any], matched: bool) -> None:
    declared = subject("a", address="https://weibo.example/a")
    roster = as_of([batch(Q3, declared, subject(**{"subject_id": "x", "declared": False} | found))], Q3.end_at)
    tables = reconcile(roster, NO_UPDATES, NOTHING_OBSERVED)
    assert (len(tables["matched"]), len(tables["found_not_declared"])) == ((1, 0) if matched else (0, 1))
    assert all(table.columns.tolist() == RECONCILED for table in tables.values())


def test_a_pair_with_another_name_or_sponsor_is_told_field_by_field() -> None:
    roster = as_of([batch(Q3, subject("a"), subject("a", declared=False, name="旧名", sponsor="旧单位"))], Q3.end_at)
    differing = reconcile(roster, NO_UPDATES, NOTHING_OBSERVED)["differing"]
    assert differing[["field", "declared_value", "found_value"]].to_numpy().tolist() == [
        ["name", "名称a", "旧名"],
        ["sponsor", "单位a", "旧单位"],
    ]


def test_declared_but_not_found_needs_that_nobody_saw_it_at_all() -> None:
    roster = as_of([batch(Q3, subject("a"), subject("b"), subject("c"), subject("c", declared=False))], Q3.end_at)
    tables = reconcile(roster, NO_UPDATES, pd.DataFrame({"subject_id": ["b"]}))
    assert ids(tables["declared_not_found"]) == ["a"]


@pytest.mark.parametrize(("published", "told"), [("2020-08-01T23:59+08:00", []), ("2020-08-02T00:00+08:00", ["a"])])
def test_a_closed_account_that_publishes_after_its_closing_day_is_told(published: str, told: list[str]) -> None:
    roster = as_of([batch(Q3, subject("a", status="closed", closed_on=date(2020, 8, 1)))], Q3.end_at)
    updates = pd.DataFrame({"subject_id": ["a"], "last_published_at": pd.to_datetime([published])})
    assert ids(reconcile(roster, updates, NOTHING_OBSERVED)["closed_but_publishing"]) == told


def test_several_accounts_of_one_unit_on_one_platform_are_listed_together() -> None:
    rows = [
        subject("a", sponsor="示例旗教育局"),
        subject("b", sponsor="示例旗 教育局"),
        subject("c", sponsor="示例旗教育局", platform="新浪微博"),
        subject("d", sponsor="示例旗教育局", declared=False, name="另一个"),
    ]
    several = reconcile(as_of([batch(Q3, *rows)], Q3.end_at), NO_UPDATES, NOTHING_OBSERVED)["several_accounts"]
    assert several[["subject_id", "note"]].to_numpy().tolist() == [["a", "3"], ["b", "3"], ["d", "3"]]
