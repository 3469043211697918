"""``make scan-demo``: scan the fictional websites on loopback and make the circular of their quarter, as an office would.

Everything runs through the real prober, crawler, intake and steps, in a home of its own under ``.tongbao/scan-demo``. At the end
the circular's findings are compared with ``faults.yaml``, one by one; the last line is the path of the .docx.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from samples.scan.building import FOLDER, DemoSite, read_yaml
from samples.scan.planting import demo_sites
from samples.scan.serving import Server

from tongbao.period import SHANGHAI, Period

if TYPE_CHECKING:
    from tongbao.scan.site_scans import SiteScan

OFFICE, CIRCULAR, PERIOD = "shiliqi", "quarterly", "2020-Q3"
SCANNED_AT = datetime(2020, 9, 30, 10, tzinfo=SHANGHAI)
FIRST_DAY, DAYS = date(2020, 9, 24), 7
RECEIVED_AT = Period.parse(PERIOD).end_at + timedelta(days=1)
_REPOSITORY = FOLDER.parents[1]


@dataclass
class Findings:
    """What must be found and what was, by website and clause, with counts."""

    planted: dict[tuple[str, str], int]
    found: dict[tuple[str, str], int]
    suspected: set[tuple[str, str]] = field(default_factory=set)

    @property
    def missed(self) -> list[tuple[str, str]]:
        return sorted(key for key, count in self.planted.items() if self.found.get(key) != count)

    @property
    def invented(self) -> list[tuple[str, str]]:
        return sorted(key for key in self.found if key not in self.planted)


@dataclass
class Demo:
    """One run of the demo: its folder and what came of each part."""

    folder: Path
    say: Callable[[str], None] = print
    probes: list[dict[str, Any]] = field(default_factory=list)
    scanned: list[SiteScan] = field(default_factory=list)
    docx: str = ""
    edition: dict[str, Any] = field(default_factory=dict)

    def run(self, sites: dict[str, DemoSite] | None = None) -> Demo:
        """Serve, probe for a week of virtual days, crawl, deliver and make the circular."""
        demo = sites or demo_sites()
        with Server(demo) as server, self.home(server):
            self.take_in_roster(server)
            self.say(f"首页探测：{DAYS}天，每天24次")
            self.probe(server)
            self.say(f"扫描{len(demo)}个网站")
            self.crawl(server)
            self.say("生成通报")
            self.make_circular()
        return self

    @contextmanager
    def home(self, server: Server | None = None) -> Iterator[None]:
        """Make the demo's own folder the installation of everything called inside."""
        home = self.folder / "home"
        if server is not None:
            _make_home(home, server)
        before = {name: os.environ.get(name) for name in ("TONGBAO_HOME", "TONGBAO_ARCHIVE")}
        os.environ.update(TONGBAO_HOME=str(home), TONGBAO_ARCHIVE=str(self.folder / "archive"))
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value

    def take_in_roster(self, server: Server) -> None:
        from tongbao.intake.inbox import inbox_files, take_in_files

        inbox = self.folder / "home" / "inbox" / PERIOD
        inbox.mkdir(parents=True, exist_ok=True)
        header = ["网站标识码", "网站名称", "首页网址", "主办单位", "单位类别", "是否门户", "有无对外服务职能", "网站状态"]
        with (inbox / "政府网站名册.csv").open("w", encoding="utf-8-sig", newline="") as sink:
            writer = csv.writer(sink)
            writer.writerow(header)
            for site in server.sites.values():
                portal = "是" if site.is_portal else "否"
                address = f"http://{site.host}:{server.port}/"
                writer.writerow([site.id, site.name, address, site.sponsor, site.unit_class, portal, "有", "正常"])
        take_in_files(OFFICE, PERIOD, inbox_files(OFFICE, PERIOD), received_at=RECEIVED_AT.isoformat())

    def probe(self, server: Server) -> None:
        """A week of rounds at virtual hours; the server answers as of the round."""
        from tongbao.scan import scans
        from tongbao.scan.deliver import deliver_probes
        from tongbao.scan.probe import round_times

        settings = scans.scan_settings(scans.find_jurisdiction(OFFICE))
        server.slow_s = settings.probe_limit_s * 1.5
        sites = scans.sites_of(OFFICE, SCANNED_AT)
        days = [FIRST_DAY + timedelta(days=number) for number in range(DAYS)]
        rounds = [at for day in days for at in round_times(day, settings.probes_a_day)]

        async def week() -> None:
            for number, at in enumerate(rounds):
                server.round = number
                done = await scans.probe(sites, settings, at, lookup=server.lookup, now=lambda at=at: at)
                self.probes += done.rows
            server.round = None

        asyncio.run(week())
        deliver_probes(OFFICE, PERIOD, self.probes, received_at=RECEIVED_AT)

    def crawl(self, server: Server) -> None:
        from tongbao.scan import scans
        from tongbao.scan.site_scans import crawl_sites

        settings = scans.scan_settings(scans.find_jurisdiction(OFFICE))
        scan = scans.begin_scan(OFFICE, self.folder / "scan", at=SCANNED_AT, period=PERIOD)
        sites = scans.sites_of(OFFICE, SCANNED_AT)
        begun = time.monotonic()

        def now() -> datetime:
            return SCANNED_AT + timedelta(seconds=time.monotonic() - begun)

        def told(found: SiteScan) -> None:
            gaps = f"；未读：{'、'.join(found.rows.gaps)}" if found.rows.gaps else ""
            self.say(f"  {found.site.name}：读{found.rows.pages_read}页，链接{len(found.rows.links)}个{gaps}")

        self.scanned = asyncio.run(crawl_sites(scan, sites, settings, lookup=server.lookup, now=now, told=told))
        scans.deliver_scan(scan, self.scanned, received_at=RECEIVED_AT)

    def make_circular(self) -> None:
        from tongbao import steps

        workspace = steps.workspace_for(OFFICE, CIRCULAR, PERIOD, "scan-demo")
        steps.settle(OFFICE, CIRCULAR, PERIOD, cutoff=None, workspace=workspace)
        for step in (steps.measure, steps.score, steps.figures, steps.write, steps.gate):
            step(workspace)
        self.edition = steps.file_edition(workspace)
        self.docx = self.edition["docx"]

    def findings(self) -> Findings:
        """Set what was planted against what the filed edition says."""
        import pandas as pd

        lines = pd.read_parquet(Path(self.docx).with_name("lines.parquet"))
        breached = lines[lines["state"] == "breached"]
        breached = breached[breached["part"] != "bonus"]
        found = {
            (row.subject_id, row.clause): int(row.count_) for row in breached.rename(columns={"count": "count_"}).itertuples()
        }
        planted = {(fault["site"], fault["clause"]): fault["count"] for fault in read_yaml("faults.yaml")["faults"]}
        suspected = {
            (row["subject_id"], row["clause"])
            for scanned in self.scanned
            for row in scanned.rows.findings
            if str(row["description"]).startswith("疑似")
        }
        return Findings(planted, found, suspected)


def _make_home(home: Path, server: Server) -> None:
    """An installation of its own: the repository's rules and templates, and no office but the demo's."""
    (home / "config" / "jurisdictions").mkdir(parents=True, exist_ok=True)
    for part in ("templates", "expectations"):
        _link(_REPOSITORY / part, home / part)
    for part in (_REPOSITORY / "config").iterdir():
        if part.name != "jurisdictions":
            _link(part, home / "config" / part.name)
    settings = yaml.safe_load((FOLDER / "jurisdiction.yaml").read_text(encoding="utf-8"))
    settings["scan"]["private_hosts"] = sorted([*server.sites, *server.outside])
    written = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False)
    (home / "config" / "jurisdictions" / f"{OFFICE}.yaml").write_text(written, encoding="utf-8")


def _link(source: Path, target: Path) -> None:
    if not target.exists():
        target.symlink_to(source)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; 0 when the circular carries exactly the planted faults."""
    parser = argparse.ArgumentParser(
        prog="make scan-demo", description="扫描虚构的政府网站，生成该季度的通报，并与埋下的问题逐条核对"
    )
    default = _REPOSITORY / ".tongbao" / "scan-demo"
    parser.add_argument("--folder", type=Path, default=default, help="工作目录，每次重新生成")
    wish = parser.parse_args(arguments)
    shutil.rmtree(wish.folder, ignore_errors=True)
    demo = Demo(wish.folder.absolute(), say=lambda sentence: print(sentence, flush=True)).run()
    result = demo.findings()
    for word, keys in (("漏报", result.missed), ("多报", result.invented)):
        for subject, clause in keys:
            due, told = (counts.get((subject, clause), 0) for counts in (result.planted, result.found))
            print(f"  ✗ {word} {subject} {clause}：应为{due}，通报为{told}")
    is_exact = not result.missed and not result.invented
    print(f"埋下问题{len(result.planted)}条，通报{len(result.found)}条" + ("，逐条一致" if is_exact else "，不一致"))
    print(demo.docx)
    return 0 if is_exact else 1


if __name__ == "__main__":
    sys.exit(main())
