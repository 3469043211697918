"""Pages and links of one invented site, as the crawl's store would give them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from tongbao.feeds import Outcome
from tongbao.period import SHANGHAI
from tongbao.scan.crawl_records import LinkRecord, PageRecord
from tongbao.scan.settings import ScanSettings, SectionHint
from tongbao.scan.site import Ipv6Check, SiteRows, conclude, load_site_rules
from tongbao.scan.site_model import Gap, Site
from tongbao.vocabulary import load_vocabulary

HOST = "http://www.shiliqi.example"
SITE = Site("1506990001", "示例旗人民政府", f"{HOST}/", "1506990001", is_portal=True)
AT = datetime(2020, 9, 30, 10, tzinfo=SHANGHAI)
RULES = load_site_rules()
VOCABULARY = load_vocabulary()


def page(path: str, depth: int = 1, outcome: Outcome = Outcome.OK, final: str = "", **notes: Any) -> PageRecord:
    """One page; every page in order has a search box, a 找错 entry and kept evidence."""
    url = HOST + path
    evidence = f"sha256:{path.encode().hex():0>64.64}"
    is_read = outcome is Outcome.OK and not final
    told = {"search": True, "evidence": evidence, **notes} if is_read else {}
    status = {Outcome.OK: 200, Outcome.HTTP_4XX: 404, Outcome.HTTP_5XX: 500, Outcome.BLOCKED: 403}.get(outcome)
    return PageRecord(
        url=url,
        final_url=HOST + final if final else url,
        depth=depth,
        outcome=outcome,
        status=status,
        fetched_at=AT,
        elapsed_s=0.1,
        title="",
        is_read=is_read,
        link_count=0,
        notes=told,
    )


def section(path: str, name: str, *dates: str, items: int | None = None, depth: int = 1, **notes: Any) -> PageRecord:
    """One section's page with its newest dates; ``undated`` are paths of entries without one."""
    undated = [HOST + entry for entry in notes.pop("undated", ())]
    count = len(dates) + len(undated) if items is None else items
    told: dict[str, Any] = {"name": name, "state": notes.pop("state", "has_items" if count else "says_empty")}
    if count:
        told["items"] = count
    if dates:
        told["dates"] = [datetime.fromisoformat(date).replace(tzinfo=SHANGHAI).isoformat() for date in dates]
    if undated:
        told["undated"] = undated
    if "type" in notes:
        told["type"] = notes.pop("type")
    return page(path, depth, is_section=True, section=told, **notes)


def homepage(*dates: str, **notes: Any) -> PageRecord:
    made = section("/", "首页", *dates, depth=0, **notes)
    return made


def article(path: str, published: str | None = None, depth: int = 2, **notes: Any) -> PageRecord:
    told = datetime.fromisoformat(published).replace(tzinfo=SHANGHAI).isoformat() if published else None
    return page(path, depth, article=True, published=told, **notes)


def link(
    source: str, target: str, outcome: Outcome = Outcome.OK, attempts: int = 1, status: int | None = 200, kind: str = "anchor"
) -> LinkRecord:
    address = target if "://" in target else HOST + target
    return LinkRecord(
        page=HOST + source,
        link=address,
        on_homepage=source == "/",
        kind=kind,
        is_hidden=False,
        outcome=outcome,
        checked_at=AT,
        attempts=attempts,
        status=status,
    )


def concluded(
    pages: Sequence[PageRecord],
    links: Iterable[LinkRecord] = (),
    gaps: Sequence[Gap] = (),
    *,
    sections: Sequence[SectionHint] = (),
    ipv6: Ipv6Check | None = None,
    site: Site = SITE,
) -> SiteRows:
    settings = ScanSettings(contact="scan@shiliqi.example", sections=tuple(sections))
    all_links = tuple(links)
    return conclude(site, pages, lambda: all_links, gaps, settings, AT, rules=RULES, vocabulary=VOCABULARY, ipv6=ipv6)


def finding(rows: SiteRows, clause: str) -> dict[str, Any]:
    """The one row of a clause that is no suspicion."""
    [row] = [row for row in rows.findings if row["clause"] == clause and not row["description"].startswith("疑似")]
    return row
