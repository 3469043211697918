"""Checked links as rows: told once, and dead only where the answer means it."""

from __future__ import annotations

import pytest

from tests.tongbao.scan.site.records import HOST, SITE, link
from tongbao.feeds import LINKS, Outcome
from tongbao.scan.site.link_rows import link_rows


def test_a_link_is_told_once_for_the_homepage_and_once_for_the_rest() -> None:
    links = [link(page, "/gone.html", Outcome.HTTP_4XX, 2, 404) for page in ("/", "/a.html", "/b.html")]
    rows = link_rows(SITE, links)
    assert [(row["page"], row["on_homepage"], row["attempts"]) for row in rows] == [
        (f"{HOST}/", True, 2),
        (f"{HOST}/a.html", False, 2),
    ]
    assert set(rows[0]) == set(LINKS.names)


def test_links_that_answer_are_all_told_on_the_homepage_and_some_elsewhere() -> None:
    links = [link(page, f"/{number}.html") for page in ("/", "/a.html") for number in range(80)]
    rows = link_rows(SITE, links)
    assert sum(row["on_homepage"] for row in rows) == 80
    assert sum(not row["on_homepage"] for row in rows) == 50


def test_what_visitors_do_not_follow_is_no_link() -> None:
    links = [
        link("/", "/x.js", Outcome.HTTP_4XX, 2, 404, kind="script"),
        link("/", "/x.css", Outcome.HTTP_4XX, 2, 404, kind="style"),
    ]
    assert link_rows(SITE, links) == []


@pytest.mark.parametrize(
    ("outcome", "status", "attempts"),
    [
        (Outcome.HTTP_4XX, 404, 2),
        (Outcome.HTTP_4XX, 410, 2),
        (Outcome.HTTP_4XX, 405, 1),
        (Outcome.HTTP_5XX, 500, 2),
        (Outcome.TIMEOUT, None, 2),
        (Outcome.BLOCKED, 403, 2),
    ],
)
def test_an_answer_about_the_request_never_adds_up(outcome: Outcome, status: int | None, attempts: int) -> None:
    [row] = link_rows(SITE, [link("/", "/x.html", outcome, 2, status)])
    assert row["attempts"] == attempts
