"""The named workloads W1 to W3 as Parquet: the same rows from the same size, made by the engine's own hash.

One quarter (2020-Q3) of a made-up region: hourly probes in daily files, weekly sweeps of sections and accounts, links, messages
and inspectors' findings, with time-outs, gaps, firewalls, stale, undated, empty and vanished sections and dead links among them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tongbao.period import Period

PERIOD = Period.parse("2020-Q3")
FIRST_DAY = "TIMESTAMP '2020-07-02'"
DAYS, WEEKS = 91, 13
FORMAT = 4
"""Part of the cache's name: raise it when the rows change."""


@dataclass(frozen=True)
class Workload:
    """How large one workload is; ``sections`` a website, probes each hour."""

    name: str
    title: str
    websites: int
    accounts: int
    links: int
    sections: int = 40


WORKLOADS = {
    "W1": Workload("W1", "banner-quarter", websites=1, accounts=85, links=400),
    "W2": Workload("W2", "region-quarter", websites=600, accounts=6_000, links=120_000),
    "W3": Workload("W3", "nation-quarter", websites=14_500, accounts=120_000, links=3_000_000),
}


def files(workload: Workload) -> dict[str, list[str]]:
    """Return the workload's Parquet files by feed, oldest first, making them when they are not there yet."""
    root = Path(os.environ.get("TONGBAO_BENCH_DIR") or Path(__file__).parents[1] / ".bench").absolute()
    folder = root / f"{workload.name}-{workload.websites}-{workload.accounts}-{workload.links}-{FORMAT}"
    if not folder.exists():
        half_made = folder.with_suffix(".part")
        shutil.rmtree(half_made, ignore_errors=True)
        half_made.mkdir(parents=True)
        make(workload, half_made)
        half_made.rename(folder)
    feeds = ("roster", "probes", "updates", "links", "messages", "findings")
    return {feed: [str(path) for path in sorted(folder.glob(f"{feed}-*.parquet"))] for feed in feeds}


def make(workload: Workload, folder: Path) -> None:
    """Write all files of a workload into ``folder``."""
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GiB"}) as engine:
        engine.execute("SET TimeZone = 'Asia/Shanghai'; SET enable_progress_bar = false")
        engine.execute("CREATE MACRO chance(seed, parts) AS (seed % parts)::INTEGER")
        engine.execute("CREATE MACRO instant(local) AS make_timestamptz(epoch_us(local) - 28800000000)")

        def write(name: str, select: str) -> None:
            rows = f"SELECT *, row_number() OVER ()::INTEGER AS row_number FROM ({select})"
            engine.execute(f"COPY ({rows}) TO '{folder / name}.parquet' (FORMAT parquet, COMPRESSION zstd)")

        write("roster-0", _roster(workload))
        _write_probes(write, workload)
        _write_updates(write, workload)
        write("links-0", _links(workload))
        write("messages-0", _messages(workload))
        write("findings-0", _findings(workload))


def _roster(workload: Workload) -> str:
    return f"""
        SELECT printf('15%08d', i) AS subject_id, 'website' AS kind, NULL::VARCHAR AS platform, '示例网站' || i AS name,
            'http://www.s' || i || '.example' AS address, '示例单位' || i AS sponsor, NULL::VARCHAR AS operator,
            CASE i % 5 WHEN 0 THEN 'government' ELSE 'department' END AS unit_class, '示例地区' || i % 30 AS region,
            i % 5 = 0 AS is_portal, chance(hash(i), 10) > 0 AS has_services, 'operating' AS status, true AS declared,
            NULL::DATE AS opened_on, NULL::DATE AS filed_on, NULL::DATE AS closed_on, NULL::VARCHAR AS contact
        FROM range({workload.websites}) AS sites(i)
        UNION ALL
        SELECT printf('wx-%07d', i), 'account', ['微信公众号', '新浪微博', '今日头条'][1 + i % 3], '示例账号' || i, NULL,
            '示例单位' || i % 9000, NULL, 'department', '示例地区' || i % 30, false, true, 'operating', true,
            NULL, NULL, NULL, NULL
        FROM range({workload.accounts}) AS accounts(i)
        ORDER BY subject_id"""


def _write_probes(write: Callable[[str, str], None], workload: Workload) -> None:
    """Of a hundred websites four fail often, one hides behind a firewall at times, two have gaps, one is probed too seldom."""
    for day in range(DAYS):
        write(
            f"probes-{day:03d}",
            f"""
            SELECT printf('15%08d', i) AS subject_id,
                instant({FIRST_DAY} + to_days({day}) + to_hours(hour) + to_seconds(chance(luck, 600))) AS probed_at,
                CASE WHEN nature < 4 AND chance(luck // 600, 100) < 8 THEN 'timeout'
                    WHEN nature = 4 AND (i + {day}) % 3 = 0 THEN 'blocked'
                    WHEN chance(luck // 600, 1000) < 5 THEN 'http_5xx' ELSE 'ok' END AS outcome,
                CASE outcome WHEN 'ok' THEN 200 WHEN 'http_5xx' THEN 503 WHEN 'blocked' THEN 403 END::BIGINT AS status_code,
                CASE WHEN outcome = 'timeout' THEN 15.0 ELSE 0.2 + chance(luck // 7, 300) / 100 END::DOUBLE AS elapsed_s
            FROM (
                SELECT i, hour, hash(i, {day}, hour) AS luck, chance(hash(i), 100) AS nature
                FROM range(24) AS hours(hour), range({workload.websites}) AS sites(i)
            )
            WHERE NOT (nature IN (5, 6) AND (i + {day}) % 9 = 0) AND NOT (nature = 7 AND hour % 2 = 1)
            ORDER BY hour, i""",
        )


def _write_updates(write: Callable[[str, str], None], workload: Workload) -> None:
    """A sweep takes minutes a website; some sections are stale, undated, empty, or gone after the sixth week."""
    classes = "CASE WHEN s = 0 THEN 'homepage' WHEN s < 6 THEN 'news' WHEN s < 10 THEN 'notice' WHEN s < 14 THEN 'policy' "
    classes += "WHEN s < 17 THEN 'interpretation' WHEN s < 19 THEN 'plan' WHEN s < 21 THEN 'data' ELSE 'other' END"
    for week in range(WEEKS):
        swept = f"{FIRST_DAY} + to_days({week * 7 + 3})"
        write(
            f"updates-{week:03d}",
            f"""
            SELECT printf('15%08d', i) AS subject_id, '示例栏目第' || lpad(s::VARCHAR, 2, '0') || '号' AS section,
                CASE WHEN i % 50 = 3 AND s BETWEEN 14 AND 16 THEN 'other' ELSE {classes} END AS section_class,
                instant({swept} + to_seconds(chance(hash(i), 86400) + 7 * s)) AS observed_at,
                CASE WHEN nature < 2 THEN NULL WHEN nature < 5 THEN observed_at - to_days(400 + nature)
                    ELSE observed_at - to_days(chance(hash(i, s, {week}), CASE WHEN s < 6 THEN 10 ELSE 160 END)) - to_hours(1)
                    END AS last_published_at,
                CASE WHEN nature = 99 OR i % 40 = 7 AND nature > 80 THEN 0 ELSE nature END::BIGINT AS item_count
            FROM (
                SELECT i, s, chance(hash(i, s), 100) AS nature
                FROM range({workload.websites}) AS sites(i), range({workload.sections}) AS sections(s)
            )
            WHERE NOT (i % 33 = 5 AND s = {workload.sections - 1} AND {week} > 6)
            UNION ALL
            SELECT printf('wx-%07d', i), '账号', 'account', instant({swept} + to_seconds(chance(hash(i), 86400))) AS observed_at,
                CASE WHEN chance(hash(i), 100) < 3 THEN NULL
                    ELSE observed_at - to_days(chance(hash(i, {week}), 15)) - to_hours(chance(hash(i), 5)) END,
                chance(hash(i), 90)::BIGINT
            FROM range({workload.accounts}) AS accounts(i)
            ORDER BY subject_id, section""",
        )


def _links(workload: Workload) -> str:
    """One sweep; what fails is tried again at the end of it and later."""
    return f"""
        SELECT printf('15%08d', i % {workload.websites}) AS subject_id,
            'http://www.s' || i % {workload.websites} || '.example/list/' || chance(hash(i), 200) AS page,
            'http://www.s' || i % {workload.websites} || '.example/article/' || i // 2 AS link,
            chance(hash(i), 200) < 20 AS on_homepage,
            CASE WHEN chance(hash(i, 1), 100) < 2 THEN 'http_4xx' WHEN chance(hash(i, 1), 100) = 2 THEN 'blocked'
                ELSE 'ok' END AS outcome,
            CASE WHEN outcome = 'http_4xx' THEN 1 + chance(hash(i, 2), 3) ELSE 1 END::BIGINT AS attempts,
            instant({FIRST_DAY} + to_days(80 + 3 * attempts) + to_seconds(i // 20)) AS checked_at
        FROM range({workload.links}) AS links(i)"""


def _messages(workload: Workload) -> str:
    return f"""
        SELECT printf('15%08d', i) AS subject_id, 'm' || n AS message_id,
            CASE n % 4 WHEN 0 THEN '我为政府网站找错' ELSE '网上咨询' END AS channel,
            instant({FIRST_DAY} - to_days(200) + to_days(chance(hash(i, n), 280))) AS received_at,
            CASE WHEN chance(hash(n, i), 100) > 0 THEN received_at + to_hours(chance(hash(n, i), 90)) END AS replied_at,
            true AS valid, n % 2 = 0 AS published
        FROM range({workload.websites}) AS sites(i), range(4) AS numbers(n)"""


def _findings(workload: Workload) -> str:
    """Twenty findings a website, by people and tools; every other portal's check finds something wrong with marks and guides."""
    return f"""
        SELECT printf('15%08d', i) AS subject_id,
            ['D4.2.1', 'D2.4.2', 'D1.1.2', 'D4.7.1', 'D4.4a.2', 'D1.8.1', 'D3.3.2', 'D4.5.2', 'D1.3.2', 'D2.5.1'][1 + n % 10]
                AS clause,
            CASE WHEN chance(hash(i, n), 2) = 0 THEN 'met' ELSE 'breached' END AS state, (1 + n % 3)::BIGINT AS count,
            '问题' || n AS description, 'http://www.s' || i || '.example/p/' || n AS evidence,
            instant({FIRST_DAY} + to_days(chance(hash(i, n), 90))) AS found_at,
            CASE WHEN n % 2 = 0 THEN '扫描' END AS source, CASE WHEN n % 2 = 1 THEN '检查员' END AS inspector
        FROM range({workload.websites}) AS sites(i), range(20) AS numbers(n)"""
