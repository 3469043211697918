"""A scan of accounts: who is read, what is delivered, and what is told of the others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.tongbao.scan.offices import make_office, take_in_roster
from tongbao.archive import Archive
from tongbao.period import SHANGHAI, Period
from tongbao.scan import account_scan
from tongbao.scan.account_scan import accounts_of, scan_accounts
from tongbao.scan.accounts import Account, AccountReading
from tongbao.workspace import read_arrow

AT = datetime(2020, 9, 30, 10, tzinfo=SHANGHAI)
NEWEST = datetime(2020, 9, 28, 8, tzinfo=SHANGHAI)

pytestmark = pytest.mark.whole


@pytest.fixture(autouse=True)
def _office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = make_office(tmp_path / "home")
    monkeypatch.setenv("TONGBAO_HOME", str(home))
    take_in_roster(
        home,
        "政务新媒体备案清单",
        "账号ID,平台类型,账号名称,主页地址,主办单位,账号状态",
        "slqsw_tt,今日头条,示例水务,http://profiles.example/slqsw,示例旗水利局,正常",
        "slqjy_wx,微信公众号,示例教育,,示例旗教育局,正常",
        "slqgb_wb,新浪微博,示例广播,http://profiles.example/slqgb,示例旗融媒体中心,注销",
    )


def test_accounts_in_operation_are_read() -> None:
    assert [(account.subject_id, account.platform, account.address) for account in accounts_of("shiliqi", AT)] == [
        ("slqjy_wx", "微信公众号", ""),
        ("slqsw_tt", "今日头条", "http://profiles.example/slqsw"),
    ]


def test_what_was_read_is_delivered_and_the_rest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def read(accounts: Sequence[Account], *_: Any, **__: Any) -> list[AccountReading]:
        without, with_page = accounts
        return [AccountReading(without, AT, reason="名册没有填写主页地址"), AccountReading(with_page, AT, NEWEST, 5)]

    monkeypatch.setattr(account_scan, "read_accounts", read)
    found = scan_accounts("shiliqi", at=AT)
    assert found.gaps == ["示例教育（微信公众号）：名册没有填写主页地址"]
    archive = Archive.open()
    [batch] = archive.batches("shiliqi", "updates", Period.parse("2020-Q3"))
    [row] = read_arrow(archive.batch_file(batch, "data.parquet")).to_pylist()
    assert (row["subject_id"], row["section_class"], row["item_count"]) == ("slqsw_tt", "account", 5)
    assert (row["observed_at"], row["last_published_at"]) == (AT, NEWEST)
