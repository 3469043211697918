"""Who gets what: nobody without login, drafts only to whom the circular's DAG is open, issued ones to all who log in."""

from __future__ import annotations

import re

import pytest

from tests.tongbao_portal.conftest import BATCH, EDITION, OTHER, OWN, PUBLICATION, Site
from tongbao_portal.app import router
from tongbao_portal.door import NO_DAG, circular_dag

HTML = "text/html,application/xhtml+xml"


def anywhere() -> list[str]:
    places = {"jurisdiction": OWN, "circular": "quarterly", "period": "2024-Q2", "number": "0001", "feed": "roster"}
    more = {"name": "circular.docx", "dag_id": "circular_lizhengxian_quarterly", "run_id": "r", "rest": "openapi.json"}
    paths = [route.path.replace(":path", "").format(**places, **more) for route in router.routes]  # type: ignore[attr-defined]
    return sorted({f"/tongbao{path}" for path in paths} | {"/tongbao/docs", "/tongbao/%2e%2e/ui", "/tongbao/editions/%2e%2e/x"})


@pytest.mark.parametrize("path", anywhere())
def test_nobody_gets_anything_without_login(site: Site, path: str) -> None:
    assert site.get(path).status_code == 401
    assert site.get(path, "nobody").status_code == 401
    assert site.client.post(path).status_code in (401, 405)
    assert "lizhengxian" not in site.get(path).text
    assert site.get(path, "stranger").status_code == 403


def test_a_browser_is_sent_to_the_login_and_back(site: Site) -> None:
    answer = site.get(f"{EDITION}circular.pdf?view", accept=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/auth/login?next={EDITION}circular.pdf?view")
    assert site.get(EDITION, "nobody", accept=HTML).status_code == 401


def test_the_way_back_is_never_another_host(site: Site) -> None:
    for path in ("/tongbao//evil.example/x", "/tongbao/%2f%2fevil.example", "/tongbao/\\evil.example"):
        assert site.get(path, accept=HTML).headers["location"].startswith("/auth/login?next=/tongbao/")


def test_the_cookie_of_the_browser_counts(site: Site) -> None:
    assert site.client.get(EDITION, headers={"cookie": "_token=operator"}).status_code == 200


DRAFTS = [
    EDITION,
    f"{EDITION}circular.docx",
    f"{EDITION}circular.pdf?view",
    f"{EDITION}annexes.xlsx",
    EDITION.replace("0001", "0009"),
]
BATCHES = [f"/tongbao/offices/{OWN}/batches/", f"{BATCH}0001-aaaaaaaaaaaa/", f"{BATCH}0001-aaaaaaaaaaaa/original"]


@pytest.mark.parametrize("path", DRAFTS + BATCHES)
def test_drafts_and_batches_are_for_operators_and_the_offices_own_reviewers(site: Site, path: str) -> None:
    expected = 404 if "0009" in path else 200
    found = {user: site.get(path, user).status_code for user in ("operator", "own", "viewer", "other")}
    assert found == {"operator": expected, "own": expected, "viewer": 403, "other": 403}


@pytest.mark.parametrize("name", ["", "circular.docx", "circular.pdf"])
def test_what_is_issued_is_for_everyone_who_logs_in(site: Site, name: str) -> None:
    assert {site.get(f"{PUBLICATION}{name}", user).status_code for user in ("viewer", "operator", "own", "other")} == {200}


def test_what_led_to_an_issued_circular_is_not(site: Site) -> None:
    found = {user: site.get(f"{PUBLICATION}edited.docx", user).status_code for user in ("viewer", "own", "other", "operator")}
    assert found == {"viewer": 403, "own": 403, "other": 200, "operator": 200}
    assert not {"wang", "修改稿"} & set(re.findall("wang|修改稿", site.get(PUBLICATION, "viewer").text))
    assert "wang" in site.get(PUBLICATION, "operator").text


def test_the_index_tells_each_only_what_is_his(site: Site) -> None:
    pages = {user: site.get("/tongbao/", user).text for user in ("operator", "own", "other", "viewer")}
    assert {user: EDITION in text for user, text in pages.items()} == {
        "operator": True,
        "own": True,
        "other": False,
        "viewer": False,
    }
    assert {user: "附件有误" in text for user, text in pages.items()} == {
        "operator": True,
        "own": True,
        "other": False,
        "viewer": False,
    }
    assert {user: "已退回</span>" in text for user, text in pages.items()} == {
        "operator": True,
        "own": True,
        "other": False,
        "viewer": True,
    }
    assert all("示政服字〔2024〕12号" in text for text in pages.values())
    told = {user: "2024年第二季度" in site.get(f"/tongbao/offices/{OWN}/", user).text for user in pages}
    assert told == {"operator": True, "own": True, "other": False, "viewer": True}


def test_ids_run_together_open_no_other_offices_drafts() -> None:
    assert circular_dag(OWN, "quarterly") == "circular_lizhengxian_quarterly"
    assert circular_dag("lizheng", "xian_quarterly") == NO_DAG
    assert circular_dag(OTHER, "gone") == NO_DAG


def test_a_run_leads_to_what_it_made(site: Site) -> None:
    dag = "circular_lizhengxian_quarterly"
    site.door.results[dag, "r1", "file_edition"] = {"edition": "0001", "period": "2024-Q2"}
    assert site.get(f"/tongbao/runs/{dag}/r1", "own").headers["location"] == EDITION
    site.door.results[dag, "r1", "publish"] = {"publication": "0003", "period": "2024-Q2", "edition": "0001"}
    assert site.get(f"/tongbao/runs/{dag}/r1", "own").headers["location"].endswith("/2024-Q2/0003/")
    assert site.get(f"/tongbao/runs/{dag}/r1", "other").status_code == 403
    assert "还没有归档" in site.get(f"/tongbao/runs/{dag}/r2", "own").text
    assert site.get("/tongbao/runs/patrol_lizhengxian/r1", "viewer").status_code == 200
    assert site.get("/tongbao/runs/intake_lizhengxian/r1", "viewer").status_code == 403
    assert site.get("/tongbao/runs/intake_lizhengxian/r1", "own").headers["location"] == f"/tongbao/offices/{OWN}/batches/"
