"""Tables made of the views, once, for the measures that read them.

``sections``: the newest observation of every section of the period. ``section_classes``: their newest publication by class.
``swept_websites``: websites of which sections beside the homepage were seen, and how many. ``links_staying_dead``: one row per
link that failed after at least two attempts and was not seen ok at a later check. ``working_days``: every day with its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import duckdb
import pyarrow as pa

from tongbao.feeds import FEEDS
from tongbao.measures.views import BOUNDED, instant
from tongbao.period import SHANGHAI, Period, is_working_day

_DAYS_AFTER_CUTOFF = 90
_SWEEP = timedelta(days=10)

# What each subject's older sweeps held, as sums over the hashes of its sections: see _SECTIONS.
_OLDER_SWEEPS = """
CREATE TEMP TABLE older_sweeps AS
SELECT subject_id, count(*) AS observations, max(observed_at) AS last_at,
    sum((hash(section) >> 8)::BIGINT) AS hashes
FROM updates WHERE observed_at <= {recent} GROUP BY subject_id
"""

# The newest observation of a section mostly lies in the last sweep before the cutoff. Grouping a quarter of sweeps by section
# costs eight times that, so only subjects whose older sweeps did not hold exactly the newest one's sections, each equally often,
# are read further back: equal sums of 56-bit hashes tell.
_NEWEST = """subject_id, section, arg_max_null(section_class, observed_at) AS section_class, max(observed_at) AS observed_at,
    arg_max_null(last_published_at, observed_at) AS last_published_at, arg_max_null(item_count, observed_at) AS item_count"""
_SECTIONS = f"""
CREATE TEMP TABLE sections AS
SELECT * FROM (SELECT {_NEWEST} FROM updates WHERE observed_at > {{recent}} GROUP BY subject_id, section)
SEMI JOIN subjects USING (subject_id);

CREATE TEMP TABLE changed_subjects AS
SELECT older_sweeps.subject_id
FROM older_sweeps SEMI JOIN subjects USING (subject_id)
LEFT JOIN (
    SELECT subject_id, count(*) AS sections, sum((hash(section) >> 8)::BIGINT) AS hashes FROM sections GROUP BY subject_id
) AS newest USING (subject_id)
WHERE newest.hashes IS NULL OR newest.hashes * older_sweeps.observations <> older_sweeps.hashes * newest.sections;

INSERT INTO sections
WITH older AS MATERIALIZED (
    SELECT {_NEWEST} FROM updates SEMI JOIN changed_subjects USING (subject_id) WHERE observed_at <= {{recent}}
    GROUP BY subject_id, section
)
FROM older ANTI JOIN (FROM sections SEMI JOIN changed_subjects USING (subject_id)) AS known USING (subject_id, section);

-- Of sections published in the same second always the same one is named.
CREATE TEMP TABLE section_classes AS
SELECT subject_id, section_class, count(*) AS sections, max(observed_at) AS observed_at,
    max(last_published_at) AS last_published_at,
    arg_max(section, epoch_us(last_published_at) // 1000000 * 1000000 + (hash(section) % 1000000)::BIGINT) AS newest_section
FROM sections GROUP BY subject_id, section_class;

CREATE TEMP TABLE swept_websites AS
SELECT subject_id, sum(sections) AS sections
FROM section_classes SEMI JOIN (SELECT subject_id FROM subjects WHERE kind = 'website') AS websites USING (subject_id)
WHERE section_class <> 'homepage'
GROUP BY subject_id
"""

# Second attempts mostly end a sweep: addresses are compared only where a later check of the same website was answered.
_LINKS_STAYING_DEAD = """
CREATE TEMP TABLE links_staying_dead AS
WITH failing AS MATERIALIZED (
    SELECT subject_id, link, max(checked_at) AS checked_at, bool_or(on_homepage) AS on_homepage,
        arg_max(outcome, (checked_at, page)) AS outcome, arg_max(page, (checked_at, page)) AS page
    FROM links WHERE outcome NOT IN ('ok', 'blocked') AND attempts >= 2 GROUP BY subject_id, link
),
last_answers AS (
    SELECT subject_id, max(checked_at) AS ok_at FROM links WHERE outcome = 'ok' GROUP BY subject_id
),
doubtful AS (
    SELECT subject_id, link FROM failing JOIN last_answers USING (subject_id) WHERE ok_at > checked_at
),
answering AS (
    SELECT subject_id, link, max(checked_at) AS ok_at
    FROM links SEMI JOIN doubtful USING (subject_id, link) WHERE outcome = 'ok' GROUP BY subject_id, link
)
SELECT failing.* FROM failing LEFT JOIN answering USING (subject_id, link) WHERE ok_at IS NULL OR ok_at <= checked_at
"""

_OBSERVED = """
SELECT subject_id, sum(observations)::BIGINT AS observations, max(last_at) AS last_at
FROM ({feeds}) SEMI JOIN subjects USING (subject_id)
GROUP BY subject_id
ORDER BY subject_id
"""


def create_derived(engine: duckdb.DuckDBPyConnection, statements: Iterable[str], cutoff: datetime) -> None:
    """Create the tables that cost something, once, and only when a statement reads them."""
    engine.execute(_OLDER_SWEEPS.format(recent=instant(cutoff - _SWEEP)))
    words = {word for sql in statements for word in re.findall(r"\w+", sql)}
    if words & {"sections", "section_classes", "swept_websites"}:
        engine.execute(_SECTIONS.format(recent=instant(cutoff - _SWEEP)))
    if "links_staying_dead" in words:
        engine.execute(_LINKS_STAYING_DEAD)
    if "working_days" in words:
        _create_working_days(engine, cutoff)


def observed(engine: duckdb.DuckDBPyConnection, period: Period, cutoff: datetime) -> pa.Table:
    """Count what was observed of each subject within the period, up to the cutoff, and when it was last observed."""
    limits = {"updates": f"> {instant(cutoff - _SWEEP)}", "messages": f">= {instant(period.start_at)}"}
    parts = ["SELECT subject_id, observations, last_at FROM older_sweeps"]
    for name in (*BOUNDED, "messages"):
        at = FEEDS[name].observed
        where = f"WHERE {at} {limits[name]}" if name in limits else ""
        count = f"count(*) AS observations, max({at}) AS last_at"
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
    engine.execute("CREATE TEMP TABLE working_days AS FROM given_days")
    engine.unregister("given_days")
