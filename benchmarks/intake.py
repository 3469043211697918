"""One national day of probes through the whole intake: 350,000 rows of 14,500 websites as .csv, Great Expectations included."""

from __future__ import annotations

import sys
import tempfile
from datetime import datetime
from pathlib import Path

from benchmarks import Result
from benchmarks.child import run_child

SITES, ROWS = 14_500, 350_000
BUDGET_S, BUDGET_MIB = 20.0, 1536.0
_HOURS = 24
_NAME = "首页探测记录.csv"


def write_day(path: Path) -> None:
    """Write the day: hourly probes of every site, one in fifty a time-out, and 2,000 rows that intake must send back."""
    outcomes = ("正常,200,0.{:03d}", "超时,,15.000", "服务器错误,502,1.{:03d}", "被拦截,403,0.{:03d}")
    with path.open("w", encoding="utf-8", newline="\n") as sink:
        sink.write("网站标识码,探测时间,探测结果,状态码,耗时（秒）\n")
        for row in range(SITES * _HOURS):
            site, hour = row % SITES, row // SITES
            kind = 1 if row % 50 == 7 else 2 if row % 211 == 3 else 3 if row % 397 == 5 else 0
            moment = f"2020-09-30 {hour:02d}:{site // 250:02d}:{site % 60:02d}"
            sink.write(f"{_code(site)},{moment},{outcomes[kind].format(row * 7 % 1000)}\n")
        for row in range(ROWS - SITES * _HOURS):
            site = row * 13 % SITES
            broken = (
                f"{_code(site)},2020-02-30 08:00:00,正常,200,0.1\n",
                f"{_code(site)},2020-10-01 08:00:00,正常,200,0.1\n",
                f"9999{row:06d},2020-09-30 08:30:00,正常,200,0.1\n",
                f"{_code(site)},2020-09-30 08:00:30,正常,999,0.1\n",
                f"{_code(0)},2020-09-30 00:00:00,正常,200,0.1\n",
            )
            sink.write(broken[row % 5])


def write_roster(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as sink:
        sink.write("网站标识码,网站名称,首页网址,主办单位\n")
        for site in range(SITES):
            sink.write(f"{_code(site)},示例网站{site},http://s{site}.shiliqi.example,示例单位{site % 900}\n")


def _code(site: int) -> str:
    return f"{1500000001 + site}"


def take(path: Path, archive: Path) -> None:
    """Take one file in: the child process that is measured."""
    from dataclasses import dataclass

    from tongbao.archive import Archive
    from tongbao.intake.deliver import take_in
    from tongbao.period import SHANGHAI, Period

    @dataclass(frozen=True)
    class Office:
        id: str = "shiliqi"
        name: str = "示例"

    [batch] = take_in(
        path,
        archive=Archive.open(str(archive)),
        jurisdiction=Office(),
        period=Period.parse("2020-Q3"),
        received_at=datetime(2020, 10, 9, tzinfo=SHANGHAI),
    )
    print(f"{batch.delivered} {batch.accepted} {batch.rejected}")


def main() -> list[Result]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        day, roster = folder / _NAME, folder / "政府网站名册.csv"
        write_day(day)
        write_roster(roster)
        run_child("benchmarks.intake", "take", str(roster), str(folder / "archive"))
        ended = run_child("benchmarks.intake", "take", str(day), str(folder / "archive"))
    delivered, accepted, rejected = map(int, ended.printed.split())
    return [
        Result(
            name="intake of a national day of probes",
            seconds=ended.seconds,
            peak_mib=ended.peak_mib,
            note=f"{delivered:,} rows delivered, {accepted:,} accepted, {rejected:,} rejected; {ended.cpu_s:.1f} s of CPU",
            budget=f"≤ {BUDGET_S:g} s, ≤ {BUDGET_MIB:g} MiB",
        )
    ]


if __name__ == "__main__":
    if sys.argv[1:2] == ["take"]:
        take(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        for result in main():
            print(f"{result.name}: {result.seconds:.1f} s, {result.peak_mib:.0f} MiB ({result.budget}); {result.note}")
