"""Sections and their newest publications: what is not known for sure is not said."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.tongbao.scan.site.records import AT, HOST, article, concluded, finding, homepage, link, page, section
from tongbao.feeds import Outcome, SectionClass
from tongbao.period import SHANGHAI
from tongbao.scan.settings import SectionHint
from tongbao.scan.site import SiteRows
from tongbao.scan.site_model import Gap, Why


def newest(rows: SiteRows, name: str) -> datetime | None:
    [row] = [row for row in rows.updates if row["section"] == name]
    found: datetime | None = row["last_published_at"]
    return found


def names(rows: SiteRows) -> list[str]:
    return [row["section"] for row in rows.updates]


def test_homepage_and_sections_with_their_classes() -> None:
    rows = concluded(
        [
            homepage("2020-09-28T09:00"),
            section("/a/", "要闻动态", "2020-09-28T09:00", "2020-09-20"),
            section("/b/", "公示栏", "2020-08-01T08:00", type="通知公告"),
            section("/c/", "财政信息", type="null"),
        ]
    )
    told = {row["section"]: (row["section_class"], row["item_count"]) for row in rows.updates}
    assert told == {"首页": ("homepage", 1), "要闻动态": ("news", 2), "公示栏": ("notice", 1), "财政信息": ("other", 0)}
    assert {row["observed_at"] for row in rows.updates} == {AT}
    assert rows.is_whole


def test_a_day_without_an_hour_may_have_been_its_last_minute() -> None:
    rows = concluded([homepage("2020-09-16"), section("/a/", "要闻", "2020-09-30")])
    assert newest(rows, "首页") == datetime(2020, 9, 16, 23, 59, tzinfo=SHANGHAI)
    assert newest(rows, "要闻") == AT


def test_a_date_in_the_future_is_no_publication() -> None:
    rows = concluded([homepage("2020-09-28"), section("/a/", "要闻", "2021-01-01", "2020-09-01T08:00")])
    assert newest(rows, "要闻") == datetime(2020, 9, 1, 8, tzinfo=SHANGHAI)


def test_pages_of_one_list_are_one_section() -> None:
    pages = [section(f"/a/index_{number}.html", "公告", f"20{20 - number}-01-02T08:00") for number in range(5)]
    rows = concluded([homepage("2020-09-28"), *pages])
    assert names(rows) == ["首页", "公告"]
    assert newest(rows, "公告") == datetime(2020, 1, 2, 8, tzinfo=SHANGHAI)


def test_an_entry_without_a_date_is_dated_by_its_own_page() -> None:
    pages = [homepage("2020-09-28"), section("/a/", "公告", undated=["/a/1.html"]), article("/a/1.html", "2020-09-27T15:00")]
    assert newest(concluded(pages), "公告") == datetime(2020, 9, 27, 15, tzinfo=SHANGHAI)


def test_an_entry_that_moved_is_dated_by_where_it_went() -> None:
    pages = [
        homepage("2020-09-28"),
        section("/a/", "公告", undated=["/a/1.html"]),
        page("/a/1.html", 2, final="/b/9.html"),
        article("/b/9.html", "2020-09-27T15:00"),
    ]
    assert newest(concluded(pages), "公告") == datetime(2020, 9, 27, 15, tzinfo=SHANGHAI)


def test_an_article_without_a_date_counts_as_not_updated() -> None:
    pages = [homepage("2020-09-28"), section("/a/", "公告", undated=["/a/1.html"]), article("/a/1.html")]
    rows = concluded(pages)
    assert newest(rows, "公告") is None
    assert rows.is_whole


@pytest.mark.parametrize("name", ["财政信息", "要闻"])
def test_an_entry_that_was_not_read_may_be_dated(name: str) -> None:
    """Its section is left out; where that could make a class of sections look missing, all are."""
    rows = concluded([homepage("2020-09-28"), section("/a/", name, undated=["/a/1.html"]), section("/b/", "公告", "2020-09-01")])
    assert names(rows) == (["首页", "公告"] if name == "财政信息" else ["首页"])
    assert rows.is_whole is (name == "财政信息")
    assert any(name in gap for gap in rows.gaps)


@pytest.mark.parametrize("outcome", [Outcome.TIMEOUT, Outcome.HTTP_5XX, Outcome.BLOCKED])
def test_a_newer_entry_may_hide_behind_a_page_that_did_not_come(outcome: Outcome) -> None:
    pages = [homepage("2020-09-28"), section("/a/", "财政信息", "2019-01-01", undated=["/a/1.html"])]
    assert names(concluded([*pages, article("/a/1.html")])) == ["首页", "财政信息"]
    assert names(concluded([*pages, page("/a/1.html", 2, outcome)])) == ["首页"]


@pytest.mark.parametrize("target", ["http://news.example/1.html", f"{HOST}/b/", f"{HOST}/gone.html"])
def test_entries_that_are_no_articles_make_a_directory(target: str) -> None:
    """Services, offices, other websites: nobody expects news there, and undated is not stale."""
    pages = [homepage("2020-09-28"), section("/a/", "机构名录"), section("/b/", "公告", "2020-09-28")]
    pages[1].notes["section"].update(items=1, state="has_items", undated=[target])
    rows = concluded([*pages, page("/gone.html", outcome=Outcome.HTTP_4XX)])
    assert names(rows) == ["首页", "公告"]
    assert any("机构名录" in gap for gap in rows.gaps)


@pytest.mark.parametrize(("length", "is_empty"), [(80, True), (131, True), (132, False)])
def test_a_page_without_a_list_is_empty_only_if_nothing_else_stands_on_it(length: int, is_empty: bool) -> None:
    """A form or a text is no empty section: it says more than the others say beside their entries."""
    others = [section(f"/{n}/", f"公告{n}", "2020-09-28", beside=100 + n) for n in range(3)]
    rows = concluded([homepage("2020-09-28"), *others, section("/x/", "意见征集", state="no_items", beside=length)])
    assert ("意见征集" in names(rows)) is is_empty


def test_too_few_pages_to_compare_with() -> None:
    rows = concluded([homepage("2020-09-28"), section("/a/", "公告", "2020-09-28"), section("/x/", "双随机", state="no_items")])
    assert "双随机" not in names(rows)


def test_a_list_a_script_fills_is_not_empty() -> None:
    rows = concluded([homepage("2020-09-28"), section("/a/", "财政信息", state="scripted")])
    assert names(rows) == ["首页"]
    assert any("脚本" in gap for gap in rows.gaps)


def test_a_bare_list_whose_articles_were_read_is_not_empty() -> None:
    """Without dates and frame it looks like a menu to the page's reader: the links tell."""
    others = [section(f"/{n}/", f"公告{n}", "2020-09-28", beside=100) for n in range(3)]
    pages = [
        homepage("2020-09-28"),
        section("/a/", "招考信息", state="no_items"),
        section("/b/", "双随机", state="no_items"),
        article("/a/1.html", "2020-09-20T08:00"),
        article("/zt/9.html", "2020-09-21T08:00"),
        *others,
    ]
    everywhere = [link(f"/page/{number}.html", "/zt/9.html") for number in range(21)]
    links = [link("/a/", "/a/1.html"), link("/a/", "/zt/9.html"), link("/b/", "/zt/9.html"), *everywhere]
    rows = concluded(pages, links)
    told = {row["section"]: row["item_count"] for row in rows.updates if "公告" not in row["section"]}
    assert told == {"首页": 1, "招考信息": 1, "双随机": 0}
    assert newest(rows, "招考信息") == datetime(2020, 9, 20, 8, tzinfo=SHANGHAI)


@pytest.mark.parametrize("name", ["旗情概况", "机构职能", "领导之窗", "网站地图", "联系我们"])
def test_what_need_not_change_is_not_watched(name: str) -> None:
    assert names(concluded([homepage("2020-09-28"), section("/a/", name)])) == ["首页"]


def test_a_homepage_of_mere_navigation_has_no_row() -> None:
    assert names(concluded([page("/", 0), section("/a/", "要闻", "2020-09-28")])) == ["要闻"]


def test_a_hint_names_and_classes_a_page_that_does_not_say_so() -> None:
    hint = SectionHint(url=f"{HOST}/x.jsp?id=7", name="部门文件", section_class=SectionClass.POLICY)
    unnamed = page("/x.jsp?id=7", section={"name": "列表", "state": "has_items", "items": 1, "dates": ["2020-09-01T08:00+08:00"]})
    rows = concluded([homepage("2020-09-28"), unnamed], sections=[hint])
    assert [(row["section"], row["section_class"]) for row in rows.updates][1:] == [("部门文件", "policy")]


class TestWhatWasNotRead:
    """A partial scan says nothing about sections: one not read could be the one that is missing or fresh."""

    @pytest.mark.parametrize(
        ("url", "why", "is_whole"),
        [
            ("/tzgg/", Why.BUDGET, False),
            ("/tzgg/", Why.TIME, False),
            ("/tzgg/index.html", Why.BLOCKED, False),
            ("/tzgg/", Why.ROBOTS, False),
            ("/", Why.UNFINISHED, False),
            ("/tzgg/202009/t20200901_1.html", Why.BUDGET, True),
            ("/tzgg/index_12.html", Why.BUDGET, True),
            ("/list.jsp?page=9", Why.BUDGET, True),
            ("/search/", Why.ROBOTS, True),
            ("/rili/", Why.TRAP_CALENDAR, True),
            ("/a/b/a/b/", Why.TRAP_REPETITION, True),
            ("/deep/", Why.DEPTH, True),
        ],
    )
    def test_a_gap_counts_if_it_may_hide_a_section(self, url: str, why: Why, is_whole: bool) -> None:
        pages = [homepage("2020-09-28"), section("/a/", "要闻", "2020-01-01")]
        rows = concluded(pages, gaps=[Gap(HOST + url, why, 3)])
        assert rows.is_whole is is_whole
        assert names(rows) == (["首页", "要闻"] if is_whole else ["首页"])

    def test_the_clauses_say_what_was_not_read(self) -> None:
        rows = concluded([homepage("2020-09-28"), section("/a/", "要闻", "2020-01-01")], gaps=[Gap(f"{HOST}/b/", Why.BUDGET, 7)])
        row = finding(rows, "D1.4.1")
        assert row["state"] == "not_measured"
        assert "超过页数限制7个地址" in row["description"]
        assert f"{HOST}/b/" in row["description"]

    @pytest.mark.parametrize(("attempts", "is_whole"), [(1, False), (2, True)])
    def test_a_section_that_stays_dead_is_a_dead_link(self, attempts: int, is_whole: bool) -> None:
        pages = [homepage("2020-09-28"), section("/a/", "要闻", "2020-09-28"), page("/b/", outcome=Outcome.HTTP_5XX)]
        links = [link("/", "/b/", Outcome.HTTP_5XX, attempts, 500)]
        assert concluded(pages, links).is_whole is is_whole

    def test_a_section_that_is_gone_is_a_dead_link(self) -> None:
        pages = [homepage("2020-09-28"), section("/a/", "要闻", "2020-09-28"), page("/b/", outcome=Outcome.HTTP_4XX)]
        assert concluded(pages).is_whole
