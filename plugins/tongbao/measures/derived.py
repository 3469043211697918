"""Tables made of the views, once, for the measures that read them.

``sections``: the newest observation of every section of the period. ``section_classes``: their newest publication by class.
``swept_websites``: websites of which sections beside the homepage were seen, and how many. ``checked_websites``: whether every
check of a website's homepage, and of its other pages, was blocked. ``links_staying_dead``: one row per link that failed after at
least two attempts and was not seen ok at a later check. ``working_days``: every day with its number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

import duckdb
import pyarrow as pa

from tongbao.feeds import FEEDS
from tongbao.measures.views import create_messages, instant
from tongbao.period import SHANGHAI, Period, is_working_day

_DAYS_AFTER_CUTOFF = 90
_SWEEP = timedelta(days=10)

# What each subject's newest sweep held and its older ones, as sums over the hashes of its sections: see _SECTIONS.
_SWEEPS = """
CREATE TABLE {table} AS
SELECT subject_id, count(*) AS observations, max(observed_at) AS last_at, sum((hash(section) >> 8)::BIGINT) AS hashes
FROM updates WHERE {limit} GROUP BY subject_id
"""

# The newest observation of a section mostly lies in the last sweep before the cutoff. Grouping a quarter of sweeps by section
# costs eight times that, so only subjects whose older sweeps did not hold exactly the newest one's sections, each equally often,
# are read further back: equal sums of 56-bit hashes tell. Of those first names and times alone are read, and only the sections
# no longer there are then read whole, from the files of their last times.
_NEWEST = """subject_id, section, arg_max_null(section_class, observed_at) AS section_class, max(observed_at) AS observed_at,
    arg_max_null(last_published_at, observed_at) AS last_published_at, arg_max_null(item_count, observed_at) AS item_count"""
_NEWEST_SECTIONS = """
CREATE TABLE sections AS
SELECT subject_id, section, section_class, observed_at, last_published_at, item_count
FROM updates SEMI JOIN subjects USING (subject_id) WHERE observed_at > {recent};

CREATE TABLE repeated AS
SELECT hash(subject_id, section) AS name_hash FROM sections GROUP BY name_hash HAVING count(*) > 1
"""
_REPEATED_SECTIONS = f"""
CREATE TABLE regrouped AS
SELECT {_NEWEST} FROM (SELECT *, hash(subject_id, section) AS name_hash FROM sections) SEMI JOIN repeated USING (name_hash)
GROUP BY subject_id, section;

DELETE FROM sections WHERE hash(subject_id, section) IN (FROM repeated);

INSERT INTO sections FROM regrouped
"""
_SECTIONS = f"""
CREATE TABLE changed_subjects AS
SELECT older.subject_id
FROM older_sweeps AS older SEMI JOIN subjects USING (subject_id) LEFT JOIN newest_sweeps AS newest USING (subject_id)
WHERE newest.hashes IS NULL OR newest.hashes * older.observations <> older.hashes * newest.observations;

CREATE TABLE vanished_sections AS
WITH older AS MATERIALIZED (
    SELECT subject_id, section, max(observed_at) AS observed_at
    FROM updates SEMI JOIN changed_subjects USING (subject_id) WHERE observed_at <= {{recent}}
    GROUP BY subject_id, section
)
FROM older ANTI JOIN (FROM sections SEMI JOIN changed_subjects USING (subject_id)) AS known USING (subject_id, section);

INSERT INTO sections
SELECT {_NEWEST} FROM updates SEMI JOIN vanished_sections USING (subject_id, section, observed_at) GROUP BY subject_id, section;

-- Of sections published in the same second always the same one is named.
CREATE TABLE section_classes AS
SELECT subject_id, section_class, count(*) AS sections, max(observed_at) AS observed_at,
    max(last_published_at) AS last_published_at,
    arg_max(section, epoch_us(last_published_at) // 1000000 * 1000000 + (hash(section) % 1000000)::BIGINT) AS newest_section
FROM sections GROUP BY subject_id, section_class;

CREATE TABLE swept_websites AS
SELECT subject_id, sum(sections) AS sections
FROM section_classes SEMI JOIN (SELECT subject_id FROM subjects WHERE kind = 'website') AS websites USING (subject_id)
WHERE section_class <> 'homepage'
GROUP BY subject_id
"""

_CHECKED_WEBSITES = """
CREATE TABLE checked_websites AS
SELECT subject_id, count(*) AS observations, max(checked_at) AS last_at, max(checked_at) FILTER (outcome = 'ok') AS ok_at,
    bool_and(outcome = 'blocked') FILTER (on_homepage) AS homepage_blocked,
    bool_and(outcome = 'blocked') FILTER (NOT on_homepage) AS other_pages_blocked
FROM links GROUP BY subject_id
"""

# Second attempts mostly end a sweep: addresses are compared only where a later check of the same website was answered.
_LINKS_STAYING_DEAD = """
CREATE TABLE links_staying_dead AS
WITH failing AS MATERIALIZED (
    SELECT subject_id, link, max(checked_at) AS checked_at, bool_or(on_homepage) AS on_homepage,
        arg_max(outcome, (checked_at, page)) AS outcome, arg_max(page, (checked_at, page)) AS page
    FROM links WHERE outcome NOT IN ('ok', 'blocked') AND attempts >= 2 GROUP BY subject_id, link
),
doubtful AS (
    SELECT subject_id, link FROM failing JOIN checked_websites USING (subject_id) WHERE ok_at > checked_at
),
answering AS (
    SELECT subject_id, link, max(checked_at) AS ok_at
    FROM links SEMI JOIN doubtful USING (subject_id, link) WHERE outcome = 'ok' GROUP BY subject_id, link
)
SELECT failing.* FROM failing LEFT JOIN answering USING (subject_id, link) WHERE ok_at IS NULL OR ok_at <= checked_at
"""

COUNTED = ("older_sweeps", "newest_sweeps", "checked_websites")
"""Tables that hold counts of their own; what was observed is read from them, and from ``messages``."""
OBSERVED_IN = frozenset({*COUNTED, "messages"})

_OBSERVED = """
WITH probed AS (
    SELECT subject_id, count(*) AS observations, max(probed_at) AS last_at FROM probes GROUP BY subject_id
),
others AS (
    SELECT subject_id, sum(observations)::BIGINT AS observations, max(last_at) AS last_at FROM ({feeds}) GROUP BY subject_id
),
only_probed AS (
    SELECT subject_id FROM probed ANTI JOIN (FROM others WHERE observations > 0) USING (subject_id)
),
answered AS (
    SELECT subject_id, count(*) AS observations, max(probed_at) AS last_at
    FROM probes SEMI JOIN only_probed USING (subject_id) WHERE outcome <> 'blocked' GROUP BY subject_id
),
every_record AS (
    FROM others
    UNION ALL SELECT * FROM probed ANTI JOIN only_probed USING (subject_id)
    UNION ALL FROM answered
    UNION ALL SELECT subject_id, 0, NULL FROM only_probed
)
SELECT subject_id, sum(observations)::BIGINT AS observations, max(last_at) AS last_at
FROM every_record SEMI JOIN subjects USING (subject_id)
GROUP BY subject_id
ORDER BY subject_id
"""
"""What a firewall answered is no observation of the site. Outcomes are read only where nothing else was observed."""


@dataclass(frozen=True)
class Derived:
    """Tables that are made together: their names, and the work that makes them."""

    tables: frozenset[str]
    create: Callable[[duckdb.DuckDBPyConnection], object]


def derived_tables(words: Set[str], messages: Sequence[str], cutoff: datetime) -> list[Derived]:
    """Return the tables to make, dearest first: those that cost something only when one of the ``words`` names them.

    ``messages`` are the paths of that feed's batches.
    """
    recent = instant(cutoff - _SWEEP)
    sweeps = Derived(frozenset({"older_sweeps", "newest_sweeps"}), partial(_create_sweeps, recent=recent))
    sections = Derived(frozenset({"sections", "section_classes", "swept_websites"}), partial(_create_sections, recent=recent))
    checks = Derived(frozenset({"checked_websites"}), lambda engine: engine.execute(_CHECKED_WEBSITES))
    dead = Derived(frozenset({"links_staying_dead"}), lambda engine: engine.execute(_LINKS_STAYING_DEAD))
    letters = Derived(frozenset({"messages"}), partial(create_messages, paths=messages, cutoff=cutoff))
    days = Derived(frozenset({"working_days"}), partial(_create_working_days, cutoff=cutoff))
    return [
        _together(sweeps, sections) if words & sections.tables else sweeps,
        _together(checks, dead) if words & dead.tables else checks,
        _together(letters, days) if words & days.tables else letters,
    ]


def _together(first: Derived, second: Derived) -> Derived:
    return Derived(first.tables | second.tables, lambda engine: (first.create(engine), second.create(engine)))


def _create_sweeps(engine: duckdb.DuckDBPyConnection, recent: str) -> None:
    for table, limit in (("older_sweeps", f"observed_at <= {recent}"), ("newest_sweeps", f"observed_at > {recent}")):
        engine.execute(_SWEEPS.format(table=table, limit=limit))


def _create_sections(engine: duckdb.DuckDBPyConnection, recent: str) -> None:
    engine.execute(_NEWEST_SECTIONS.format(recent=recent))
    # A section seen once in the newest sweep needs no grouping: no other row has the hash of its name.
    if engine.execute("FROM repeated LIMIT 1").fetchall():
        engine.execute(_REPEATED_SECTIONS)
    engine.execute(_SECTIONS.format(recent=recent))


def observed(engine: duckdb.DuckDBPyConnection, period: Period) -> pa.Table:
    """Count what was observed of each subject within the period, up to the cutoff, and when it was last observed.

    Subjects with records that say nothing (blocked, not measured) are in the table with no observation.
    """
    parts = [f"SELECT subject_id, observations, last_at FROM {table}" for table in COUNTED]
    for name in ("findings", "sample", "messages"):
        at = FEEDS[name].observed
        where = f"WHERE {at} >= {instant(period.start_at)}" if name == "messages" else ""
        says_something = "FILTER (state IN ('met', 'breached'))" if name == "findings" else ""
        count = f"count(*) {says_something} AS observations, max({at}) {says_something} AS last_at"
        parts.append(f"SELECT subject_id, {count} FROM {name} {where} GROUP BY subject_id")
    return engine.sql(_OBSERVED.format(feeds=" UNION ALL ".join(parts))).to_arrow_table()


def _create_working_days(engine: duckdb.DuckDBPyConnection, cutoff: datetime) -> None:
    """Number the days from the first message on: ``number`` counts working days up to and including ``day``."""
    until = cutoff.astimezone(SHANGHAI).date()
    [[earliest]] = engine.execute("SELECT min(day_of(received_at)) FROM messages").fetchall()
    day: date = earliest or until
    rows: list[tuple[date, bool, int]] = []
    number = 0
    while day <= until + timedelta(days=_DAYS_AFTER_CUTOFF):
        number += is_working_day(day)
        rows.append((day, is_working_day(day), number))
        day += timedelta(days=1)
    days, working, numbers = zip(*rows, strict=True)
    table = pa.table({"day": pa.array(days, pa.date32()), "is_working": list(working), "number": list(numbers)})
    engine.register("given_days", table)
    engine.execute("CREATE TABLE working_days AS FROM given_days")
    engine.unregister("given_days")
