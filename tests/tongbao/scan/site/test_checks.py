"""The clauses that pages themselves decide: breached with evidence, met when all was seen, else not measured."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.tongbao.scan.site.records import AT, HOST, RULES, SITE, article, concluded, finding, homepage, link, page, section
from tongbao.feeds import FINDINGS, Outcome
from tongbao.scan.outcomes import NO_ADDRESS, NO_ROUTE
from tongbao.scan.site import Ipv6Check
from tongbao.scan.site_model import Gap, Site, Why

NEWS = section("/a/", "要闻", "2020-09-28")
ALL_ITEMS = list(RULES.footer_items)


def test_a_site_in_order_breaches_nothing() -> None:
    site = Site("1506990001", "示例旗人民政府", "http://www.shiliqi.gov.cn/")
    home = homepage("2020-09-28")
    rows = concluded([home, NEWS, article("/a/1.html", "2020-09-28")], site=site)
    states = {row["clause"]: row["state"] for row in rows.findings if row["clause"] != "D4.1.1"}
    assert set(states.values()) == {"met", "not_measured"}
    met = {"D4.2.1", "D4.4a.1", "D4.4a.2", "D4.7.1", "D4.7.2"}
    assert {clause for clause, state in states.items() if state == "met"} == met
    assert all(set(row) == set(FINDINGS.names) for row in rows.findings)


def test_rows_name_the_tool_and_no_inspector() -> None:
    rows = concluded([homepage("2020-09-28"), NEWS])
    assert {(row["source"], row["inspector"], row["found_at"]) for row in rows.findings} == {("自动扫描", "", AT)}


@pytest.mark.parametrize(
    ("host", "state"),
    [
        ("www.shiliqi.gov.cn", "met"),
        ("gov.cn.shiliqi.example", "breached"),
        ("shiliqigov.cn", "breached"),
        ("shiliqi.政务", "met"),
    ],
)
def test_domain(host: str, state: str) -> None:
    home = page("/", 0)
    there = replace(home, url=f"http://{host}/", final_url=f"http://{host}/")
    assert finding(concluded([there]), "D4.1.1")["state"] == state


class TestFooter:
    """网站标识 (D4.2): six items on every page."""

    def test_each_missing_item_counts_once(self) -> None:
        pages = [
            homepage("2020-09-28", without={"footer": ["police"]}),
            section("/a/", "要闻", "2020-09-28", without={"footer": ["police"]}),
            article("/a/1.html", "2020-09-28", without={"footer": ["police", "icp"]}),
        ]
        row = finding(concluded(pages), "D4.2.1")
        assert (row["state"], row["count"]) == ("breached", 2)
        assert "ICP备案编号（检查3个页面，缺1个）" in row["description"]
        assert "公安机关备案标识（检查3个页面，缺3个）" in row["description"]
        assert f"{HOST}/a/1.html" in row["evidence"]

    def test_nothing_at_all_and_scripts_may_be_a_script_s_footer(self) -> None:
        without = {"footer": ALL_ITEMS}
        scripted = concluded([homepage("2020-09-28", without=without, scripted=True)])
        plain = concluded([homepage("2020-09-28", without=without)])
        assert finding(scripted, "D4.2.1")["state"] == "not_measured"
        assert (finding(plain, "D4.2.1")["state"], finding(plain, "D4.2.1")["count"]) == ("breached", 6)

    def test_pages_that_are_neither_are_left_aside(self) -> None:
        rows = concluded([homepage("2020-09-28"), NEWS, page("/frame.html", without={"footer": ALL_ITEMS})])
        assert finding(rows, "D4.2.1")["state"] == "met"

    def test_what_is_framed_is_no_page_by_itself(self) -> None:
        framed = section("/list.html", "公告", "2020-09-28", without={"footer": ALL_ITEMS}, no_jiucuo=True)
        pages = [homepage("2020-09-28"), NEWS, framed]
        alone, within = concluded(pages), concluded(pages, [link("/a/", "/list.html", kind="frame")])
        for clause in ("D4.2.1", "D4.4a.2"):
            assert (finding(alone, clause)["state"], finding(within, clause)["state"]) == ("breached", "met")

    def test_without_evidence_there_is_no_breach(self) -> None:
        rows = concluded([homepage("2020-09-28", without={"footer": ["icp"]}, evidence="")])
        assert finding(rows, "D4.2.1")["state"] == "not_measured"

    def test_another_site_s_code_is_a_suspicion(self) -> None:
        rows = concluded([homepage("2020-09-28", other_code="1506990999")])
        [row] = [row for row in rows.findings if row["description"].startswith("疑似")]
        assert (row["clause"], row["state"]) == ("D4.2.1", "not_measured")
        assert "1506990999" in row["description"]


class TestJiucuo:
    """我为政府网站找错 (D4.4a)."""

    def test_missing_on_the_homepage(self) -> None:
        rows = concluded([homepage("2020-09-28", no_jiucuo=True), NEWS])
        assert finding(rows, "D4.4a.1")["state"] == "breached"
        assert finding(rows, "D4.4a.2")["state"] == "met"

    def test_missing_on_other_pages_is_counted(self) -> None:
        pages = [homepage("2020-09-28"), NEWS, *[article(f"/a/{n}.html", "2020-09-28", no_jiucuo=n < 3) for n in range(5)]]
        row = finding(concluded(pages), "D4.4a.2")
        assert (row["state"], row["count"]) == ("breached", 3)
        assert row["evidence"].count("sha256:") == 3

    def test_missing_everywhere_on_a_scripted_page_is_not_measured(self) -> None:
        pages = [homepage("2020-09-28", no_jiucuo=True, scripted=True), article("/1.html", "2020-09-28", no_jiucuo=True)]
        rows = concluded(pages)
        assert {finding(rows, clause)["state"] for clause in ("D4.4a.1", "D4.4a.2")} == {"not_measured"}


@pytest.mark.parametrize(
    ("home", "other", "state"),
    [({}, {}, "not_measured"), ({"search": False}, {}, "not_measured"), ({"search": False}, {"search": False}, "breached")],
)
def test_search(home: dict[str, Any], other: dict[str, Any], state: str) -> None:
    rows = concluded([homepage("2020-09-28", **home), section("/a/", "要闻", "2020-09-28", **other)])
    assert finding(rows, "D4.5.1")["state"] == state


def test_search_a_script_may_write_is_not_measured() -> None:
    rows = concluded([homepage("2020-09-28", search=False, scripted=True), section("/a/", "要闻", "2020-09-28", search=False)])
    assert finding(rows, "D4.5.1")["state"] == "not_measured"


class TestTags:
    """页面标签 (D4.7): a sample of five, whichever pages are at fault."""

    def test_of_five_drawn_articles(self) -> None:
        pages = [article(f"/a/{n}.html", "2020-09-28", without={"tags": ["PubDate"]}) for n in range(40)]
        row = finding(concluded([homepage("2020-09-28"), *pages]), "D4.7.1")
        assert (row["state"], row["count"]) == ("breached", 5)
        assert row["description"] == "抽查5个，5个缺少标签PubDate"

    def test_the_sample_does_not_look_for_faults(self) -> None:
        faulty = article("/a/7.html", "2020-09-28", without={"tags": ["PubDate"]})
        pages = [article(f"/a/{n}.html", "2020-09-28") for n in range(200) if n != 7]
        assert finding(concluded([homepage("2020-09-28"), *pages, faulty]), "D4.7.1")["state"] == "met"

    def test_without_pages_nothing_is_said(self) -> None:
        assert finding(concluded([homepage("2020-09-28")]), "D4.7.1")["state"] == "not_measured"


class TestRelations:
    """解读关联 (D1.8)."""

    def pages(self, *, reading: dict[str, Any] | None = None, document: dict[str, Any] | None = None) -> list[Any]:
        return [
            homepage("2020-09-28"),
            section("/zcwj/", "政策文件", "2020-09-28"),
            section("/zcjd/", "政策解读", "2020-09-28"),
            article("/zcwj/1.html", "2020-09-28", **(document or {})),
            article("/zcjd/1.html", "2020-09-28", column=["政策解读", ""], **(reading or {})),
        ]

    def test_linked_both_ways(self) -> None:
        rows = concluded(self.pages(), [link("/zcjd/1.html", "/zcwj/1.html"), link("/zcwj/1.html", "/zcjd/1.html")])
        assert {finding(rows, clause)["state"] for clause in ("D1.8.1", "D1.8.2")} == {"met"}

    def test_not_linked_back(self) -> None:
        rows = concluded(self.pages(), [link("/zcjd/1.html", "/zcwj/1.html")])
        assert finding(rows, "D1.8.1")["state"] == "met"
        row = finding(rows, "D1.8.2")
        assert (row["state"], row["count"]) == ("breached", 1)
        assert f"{HOST}/zcwj/1.html" in row["evidence"]

    def test_not_linked_at_all(self) -> None:
        rows = concluded(self.pages())
        assert (finding(rows, "D1.8.1")["state"], finding(rows, "D1.8.2")["state"]) == ("breached", "not_measured")

    def test_a_document_elsewhere_counts_by_the_link_s_words(self) -> None:
        rows = concluded(self.pages(reading={"related": ["http://www.shilishi.example/wj/9.html"]}))
        assert finding(rows, "D1.8.1")["state"] == "met"

    def test_without_interpretations_nothing_is_said(self) -> None:
        assert finding(concluded([homepage("2020-09-28"), NEWS]), "D1.8.1")["state"] == "not_measured"


@pytest.mark.parametrize(
    ("outcome", "error", "evidence", "state"),
    [
        (Outcome.OK, "", "", "met"),
        (Outcome.DNS, NO_ADDRESS, "sha256:" + "a" * 64, "breached"),
        (Outcome.DNS, "dns_temporary", "", "not_measured"),
        (Outcome.REFUSED, NO_ROUTE, "", "not_measured"),
        (Outcome.TIMEOUT, "timeout", "", "not_measured"),
    ],
)
def test_ipv6(outcome: Outcome, error: str, evidence: str, state: str) -> None:
    check = Ipv6Check(f"{HOST}/", outcome, error, evidence)
    assert finding(concluded([homepage("2020-09-28")], ipv6=check), "D4.9.1")["state"] == state


def test_met_needs_the_whole_site() -> None:
    rows = concluded([homepage("2020-09-28"), NEWS], gaps=[Gap(f"{HOST}/b/", Why.BUDGET, 7)])
    for clause in ("D4.2.1", "D4.4a.2"):
        assert finding(rows, clause)["state"] == "not_measured"


class TestUnreadHomepage:
    """A wall or a dead homepage says nothing about the rest."""

    @pytest.mark.parametrize(("outcome", "state"), [(Outcome.BLOCKED, "blocked"), (Outcome.TIMEOUT, "not_measured")])
    def test_every_clause_says_so(self, outcome: Outcome, state: str) -> None:
        rows = concluded([page("/", 0, outcome)], gaps=[Gap(f"{HOST}/", Why.BLOCKED)])
        assert {row["state"] for row in rows.findings} == {state}
        assert {row["clause"] for row in rows.findings} == set(RULES.clauses.all)
        assert not rows.updates
        assert not rows.is_whole


def test_every_reason_of_a_gap_has_its_sentence() -> None:
    assert {why.value for why in Why} <= set(RULES.gaps)


def test_hints_beyond_the_clauses_are_notices() -> None:
    rows = concluded([homepage("2020-09-28"), section("/a/", "要闻", "2020-09-28", charset_wrong=True)])
    assert any("HTTPS" in notice for notice in rows.notices)
    assert any(f"{HOST}/a/" in notice for notice in rows.notices)


def test_words_that_no_clause_charges_are_told_once_with_their_pages() -> None:
    rest = {"severity": "minor", "context": "", "start": 0, "end": 1, "list_name": "词表"}
    misspelt = rest | {"word": "按装", "found": "按 装", "description": "疑似错别字“按 装”，正确写法为“安装”：请按 装软件"}
    charged = rest | {"word": "某", "found": "某", "clause": "VW1.6", "description": "疑似某"}
    pages = [homepage("2020-09-28"), page("/b", hits=[misspelt, charged]), page("/c", hits=[misspelt])]
    told = [notice for notice in concluded(pages).notices if "疑似" in notice]
    assert told == [f"{misspelt['description']}（2个页面，如{HOST}/b）"]


def test_site_is_named_by_its_roster_code() -> None:
    assert {row["subject_id"] for row in concluded([homepage("2020-09-28")]).findings} == {SITE.subject_id}
