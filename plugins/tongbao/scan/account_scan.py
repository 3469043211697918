"""One scan of an office's accounts: public profile pages where they answer, delivered as updates."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongbao.archive import Archive
from tongbao.feeds import Kind
from tongbao.jurisdiction import find_jurisdiction
from tongbao.period import SHANGHAI, Period
from tongbao.scan.account_forms import AccountRules
from tongbao.scan.accounts import Account, AccountReading, read_accounts
from tongbao.scan.client import Client
from tongbao.scan.deliver import deliver_site_rows
from tongbao.scan.evidence import EvidenceStore
from tongbao.scan.scans import operating_roster, period_of, scan_settings
from tongbao.scan.settings import ScanSettings
from tongbao.vocabulary import load_vocabulary


def accounts_of(jurisdiction_id: str, at: datetime) -> list[Account]:
    """The new-media accounts in operation by the newest rosters of an instant, by subject_id."""
    roster = operating_roster(jurisdiction_id, at)
    rows = roster[roster["kind"] == Kind.ACCOUNT].drop_duplicates("subject_id").sort_values("subject_id")
    columns = ["subject_id", "name", "platform", "address"]
    return [Account(*(text or "" for text in row)) for row in rows[columns].fillna("").itertuples(index=False, name=None)]


@dataclass(frozen=True, slots=True)
class AccountScan:
    """What the public profile pages told: rows of the updates feed, and a sentence for each account that was not measured."""

    rows: list[dict[str, Any]]
    gaps: list[str]


def scan_accounts(jurisdiction_id: str, *, period: str = "", at: datetime | None = None) -> AccountScan:
    """Read the accounts' public profile pages where they answer, and deliver what they told, as observed at ``at`` or now."""
    due, jurisdiction = at or datetime.now(SHANGHAI), find_jurisdiction(jurisdiction_id)
    readings = asyncio.run(_read_accounts(jurisdiction_id, accounts_of(jurisdiction_id, due), scan_settings(jurisdiction), due))
    section = load_vocabulary().account_section
    rows = [row for reading in readings if (row := reading.row(section))]
    if rows:
        label = Period.parse(period).label if period else period_of(due, jurisdiction)
        deliver_site_rows(jurisdiction_id, label, {"updates": rows}, at=due)
    gaps = [f"{reading.account.name}（{reading.account.platform}）：{reading.reason}" for reading in readings if reading.reason]
    return AccountScan(rows, gaps)


async def _read_accounts(
    jurisdiction_id: str, accounts: Sequence[Account], settings: ScanSettings, at: datetime
) -> list[AccountReading]:
    folder = Archive.open().evidence_folder(jurisdiction_id)
    name = f"{at.astimezone(SHANGHAI):%Y%m%dT%H%M%S}-accounts"
    with EvidenceStore(folder, name, user_agent=settings.user_agent) as evidence:
        async with Client(settings) as client:
            return await read_accounts(accounts, client, AccountRules.load(), now=lambda: at, keep=evidence.keep)
