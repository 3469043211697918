"""The pages themselves: what they say, where they lead, and that they need nothing from elsewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.tongbao_portal.conftest import (
    AT,
    BATCH,
    EDITION,
    OTHER,
    OWN,
    PUBLICATION,
    Site,
    decide,
    file_edition,
    file_publication,
)
from tongbao.feeds import Outcome as FetchOutcome
from tongbao.home import home
from tongbao.manifests import Decision, Outcome, Stage
from tongbao.period import Period
from tongbao.scan.client import Exchange
from tongbao.scan.evidence import EvidenceStore
from tongbao_portal import app, shelf
from tongbao_portal.mount import Portal
from tongbao_portal.pages import cutoff, moment
from tongbao_portal.standing import State, draft_state, publication_state, standing_of


def exchange() -> Exchange:
    url = "https://www.site.example/a.html"
    return Exchange(url, url, FetchOutcome.OK, AT, 200, (("Content-Type", "text/html"),), b"<script>1</script>")


PASSED, RETURNED, VOID = Outcome.PASSED, Outcome.RETURNED, Outcome.VOID


def decision(stage: Stage, outcome: Outcome = PASSED, round_id: str = "r1") -> Decision:
    return Decision(round=round_id, stage=stage, outcome=outcome, by="zhang", at=AT)


@pytest.mark.parametrize(
    ("decisions", "has_reviews", "expected"),
    [
        ([], False, (State.DRAFT, "")),
        ([], True, (State.IN_REVIEW, "待初审")),
        ([decision(Stage.FIRST)], True, (State.IN_REVIEW, "待复审")),
        ([decision(Stage.FIRST, VOID)], True, (State.IN_REVIEW, "待初审")),
        ([decision(Stage.FIRST, RETURNED)], True, (State.RETURNED, "退回（初审 zhang）")),
        ([decision(Stage.FIRST, RETURNED), decision(Stage.FIRST)], True, (State.IN_REVIEW, "待复审")),
        ([decision(Stage.FIRST), decision(Stage.FIRST, PASSED, "r2"), decision(Stage.SECOND, RETURNED, "r2")], True, None),
        ([decision(stage) for stage in Stage], True, (State.IN_REVIEW, "已签发，待印发")),
    ],
)
def test_a_draft_is_as_far_as_its_newest_round(
    decisions: list[Decision], has_reviews: bool, expected: tuple[State, str] | None
) -> None:
    assert draft_state(decisions, has_reviews=has_reviews) == (expected or (State.RETURNED, "退回（复审 zhang）"))


def test_an_issued_circular_hides_the_draft_it_came_from_but_no_later_one(tmp_path: Path) -> None:
    site = Site(tmp_path / "archive")
    issued, first = site.issued, site.archive.editions(OTHER, "quarterly", shelf.checked_period("2024-Q2"))[0]
    assert standing_of(first, [], issued, None, has_reviews=True).draft is None
    later = first.model_copy(update={"number": 2})
    found = standing_of(later, [], issued, None, has_reviews=True)
    assert (found.issued, found.draft) == (State.ISSUED, State.IN_REVIEW)
    assert publication_state(issued, None, issued.model_copy(update={"number": 2}))[0] is State.CORRECTED


def test_midnight_is_the_end_of_the_day_before() -> None:
    assert cutoff(datetime(2020, 9, 30, 16, tzinfo=UTC)) == "2020年9月30日24时"
    assert cutoff(datetime(2020, 9, 30, 15, 59, tzinfo=UTC)) == "2020年9月30日 23:59"
    assert moment(datetime(2020, 9, 30, 16, tzinfo=UTC)) == "2020年10月1日 00:00"


def test_the_page_of_a_draft_says_what_to_decide_on(tmp_path: Path) -> None:
    site = Site(tmp_path / "archive")
    text = site.get(EDITION, "own").text
    assert "共核对 7 项" in text
    assert "退回（初审 zhang）：附件有误" in text
    assert "2024年6月30日24时" in text
    assert "&lt;b&gt;更正&lt;/b&gt;" in text
    assert f'<iframe class="paper" src="{EDITION}circular.pdf?view"' in text
    assert "草稿，尚未签发" in text
    breach = {"rule": "rate", "place": "第2段", "printed": "99%", "expected": "98%"}
    file_edition(site.archive, OWN, "d9", gate={"checked": {}, "breaches": [breach], "override_reason": "已核实"})
    worse = site.get(EDITION.replace("0001", "0002"), "own").text
    assert "文中为“99%”，应为“98%”（比率由文中的件数得出）" in worse
    assert "已核实" in worse
    assert "已有更新的版本" in site.get(EDITION, "own").text


def test_the_figures_are_those_of_the_edition(tmp_path: Path) -> None:
    from tongbao.figures.model import Figure, FigureKind, Figures

    counts = {"inspected": 3, "qualified": 2, "unqualified": 1, "not_inspected": 0}
    names = {f"websites.{key}": Figure(f"websites.{key}", value, FigureKind.COUNT) for key, value in counts.items()}
    rate = Figure("websites.pass_rate", Fraction(2, 3), FigureKind.RATE)
    content = Figures({**names, rate.name: rate}, (), {}, frozenset()).to_json()
    site = Site(tmp_path / "archive")
    place = site.archive.edition_file(site.draft, "manifest.json")
    manifest = site.draft.model_copy(update={"files": {**site.draft.files, "figures.json": "0" * 64}})
    Path(str(place)).write_text(manifest.model_dump_json(), encoding="utf-8")
    Path(str(place)).with_name("figures.json").write_text(json.dumps(content), encoding="utf-8")
    assert "66.67%" in site.get(EDITION, "own").text


def test_in_a_tab_of_airflow_no_pdf_is_promised(site: Site) -> None:
    text = site.get(EDITION, "own", **{"sec-fetch-dest": "iframe"}).text
    assert "<iframe" not in text
    assert "?view" not in text
    assert f"{EDITION}circular.pdf" in text


def test_a_corrected_circular_points_to_the_one_that_holds(tmp_path: Path) -> None:
    site = Site(tmp_path / "archive")
    edition = file_edition(site.archive, OTHER, "d2")
    file_publication(site.archive, edition, "p2", supersedes=1, reason="更正数据", number_text="示政服字〔2024〕15号")
    text = site.get(PUBLICATION, "viewer").text
    assert "已更正，请以" in text
    assert f'href="{PUBLICATION.replace("0001", "0002")}"' in text


def test_links_lie_where_airflow_lies(site: Site) -> None:
    for path in (
        "/tongbao/",
        EDITION,
        PUBLICATION,
        f"/tongbao/offices/{OWN}/",
        f"/tongbao/offices/{OWN}/batches/",
        f"{BATCH}0001-aaaaaaaaaaaa/",
    ):
        text = site.get(path, "operator").text
        for link in re.findall(r'(?:href|src|action)="([^"]*)"', text):
            assert link.startswith("/tongbao/"), link
            assert site.get(link, "operator").status_code == 200 or "/evidence/" in link, link


def test_many_offices_are_found_by_name(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "INLINE_OFFICES", 1)
    text = site.get("/tongbao/", "viewer").text
    assert f'href="/tongbao/offices/{OWN}/">例证县' in text
    assert "示政服字" not in text
    assert "没有名称含" in site.get("/tongbao/?q=无此地", "viewer").text
    assert "示政服字" in site.get("/tongbao/?q=示例旗", "viewer").text


def test_older_periods_are_one_step_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "NEWEST", 1)
    site = Site(tmp_path / "archive")
    file_edition(site.archive, OWN, "d3", period=Period.parse("2024-Q3"))
    index = site.get("/tongbao/", "operator").text
    assert ("更早的周期" in index, EDITION in index) == (True, False)
    assert EDITION in site.get(f"/tongbao/offices/{OWN}/", "operator").text


def test_an_office_without_settings_stays_readable_for_those_who_read_all(tmp_path: Path) -> None:
    site = Site(tmp_path / "archive")
    file_edition(site.archive, "gone", "g1")
    assert site.get(EDITION.replace(OWN, "gone"), "operator").status_code == 200
    assert site.get(EDITION.replace(OWN, "gone"), "own").status_code == 403


def test_templates_ask_nothing_of_other_hosts_and_run_no_script() -> None:
    for template in (home() / "templates" / "portal").glob("*.jinja"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"https?://|<script|\bon\w+=|@import|url\(|\| *safe", text), template.name


def test_evidence_is_found_by_the_number_a_finding_cites(tmp_path: Path) -> None:
    site = Site(tmp_path / "archive")
    with EvidenceStore(site.archive.evidence_folder(OWN), "2024-Q2") as store:
        cited = store.keep(exchange())
    bare = cited.removeprefix("sha256:")
    place = f"/tongbao/evidence/{OWN}/{bare}/"
    assert site.get(f"/tongbao/evidence/{OWN}/?number={cited}", "own").headers["location"] == place
    assert f'href="{place}%E8%AF%B4%E6%98%8E.html"' in site.get(place, "own").text
    assert "证据说明" in site.get(f"{place}说明.html", "own").text
    body = site.get(f"{place}正文.html.txt", "own")
    assert (body.content, body.headers["content-disposition"][:10]) == (b"<script>1</script>", "attachment")
    assert {site.get(place, user).status_code for user in ("viewer", "other")} == {403}
    for wrong in (bare[:-1] + "x", "0" * 64, "../" + bare, ".."):
        assert site.get(f"/tongbao/evidence/{OWN}/{quote(wrong, safe='')}/说明.html", "own").status_code == 404
    assert site.get(f"{place}manifest.json", "own").status_code == 404


def test_a_review_is_told_row_by_row(tmp_path: Path) -> None:
    site = Site(tmp_path / "archive")
    decide(site.archive, site.draft, Stage.SECOND, by="li")
    text = site.get(EDITION, "own").text
    assert text.index("初审") < text.index("<td>li</td>")


def test_loading_the_plugin_costs_nothing() -> None:
    code = "import sys, tongbao_portal; assert not {'fastapi', 'airflow', 'jinja2', 'pydantic', 'pandas'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(home() / "plugins")})


def test_the_pages_are_made_once_on_the_first_request() -> None:
    import asyncio

    made: list[str] = []

    async def pages(scope: object, receive: object, send: object) -> None:
        made.append("asked")

    def build() -> object:
        made.append("built")
        return pages

    async def ask_twice() -> None:
        portal = Portal(build)  # type: ignore[arg-type]
        for _ in range(2):
            await portal({}, None, None)  # type: ignore[arg-type]

    asyncio.run(ask_twice())
    assert made == ["built", "asked", "asked"]
