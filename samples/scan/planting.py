"""How the faults and decoys of ``faults.yaml`` are planted: one function per ``op``, each spoils a site in one way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from samples.scan.building import Answer, DemoSite, healthy_sites, read_yaml, relate, section

REDIRECT = "-> "


def demo_sites() -> dict[str, DemoSite]:
    """The websites with everything of ``faults.yaml`` planted, by their site code."""
    sites, given = healthy_sites(), read_yaml("faults.yaml")
    planted = [
        (sites[entry["site"]], step)
        for part in ("faults", "suspected", "decoys")
        for entry in given[part]
        for step in _steps(entry)
    ]
    # What changes the articles comes first: the other plants name pages by their number in a section.
    for site, step in sorted(planted, key=lambda pair: pair[1]["op"] not in _SHAPING):
        arguments = {name.replace("from", "source"): value for name, value in step.items() if name != "op"}
        OPERATIONS[step["op"]](site, **arguments)
    return sites


def _steps(entry: dict[str, Any]) -> list[dict[str, Any]]:
    plant = entry.get("plant", [])
    return plant if isinstance(plant, list) else [plant]


def _section(site: DemoSite, path: str, newest: date | None = None, articles: int | None = None) -> None:
    old = site.section(path)
    count = len(old.articles) if articles is None else articles
    day = newest or (old.articles[0].published_at.date() if old.articles else date(2020, 9, 28))
    step = (old.articles[0].published_at - old.articles[1].published_at).days if len(old.articles) > 1 else 3
    site.sections[site.sections.index(old)] = section(path, old.name, day, count, step, old.type)
    relate(site)


def _add_section(site: DemoSite, path: str, name: str, newest: date, articles: int = 2) -> None:
    site.sections.append(section(path, name, newest, articles))


def _add_stale(site: DemoSite, names: list[str], newest: date = date(2019, 3, 4), articles: int = 2) -> None:
    for name in names:
        site.sections.append(section(f"/zwgk/l{len(site.sections)}/", name, newest, articles))


def _bare_list(site: DemoSite, name: str) -> None:
    next(section for section in site.sections if section.name == name).is_bare = True


def _add_form(site: DemoSite, path: str, name: str) -> None:
    labels = "".join(f"<p>{label}<input type='text' name='f{place}'></p>" for place, label in enumerate(_LABELS))
    form = f"<form action='/submit' method='post'>{labels}<p>请如实填写以上内容，我们将在五个工作日内答复。</p></form>"
    site.sections.append(replace(section(path, name, date(2020, 9, 28), 0), form=form))


_LABELS = ("您的姓名", "联系方式", "意见标题", "意见内容", "验证码")


def _no_section(site: DemoSite, path: str) -> None:
    site.sections.remove(site.section(path))
    for kept in site.sections:
        for article in kept.articles:
            article.linked_to = [(to, text) for to, text in article.linked_to if not to.startswith(path)]


def _unlink(site: DemoSite, source: str, number: int) -> None:
    site.section(source).articles[number - 1].linked_to = []


def _footer(site: DemoSite, without: str, pages: list[str] | None = None) -> None:
    for place in pages or ["*"]:
        site.spoilt.footer.setdefault("*" if place == "*" else site.page(place), set()).add(without)


def _tags(site: DemoSite, kind: str, without: list[str] | None = None, blank: list[str] | None = None) -> None:
    site.spoilt.tags.setdefault(kind, set()).update(without or [])
    site.spoilt.blank_tags.setdefault(kind, set()).update(blank or [])


def _link(site: DemoSite, page: str, href: str, text: str = "", tag: str = "a", answers: list[int | str] | None = None) -> None:
    shown = f'<img src="{href}" alt="">' if tag == "img" else f'<p><a href="{href}">{text}</a></p>'
    site.spoilt.extra.setdefault(site.page(page), []).append(shown)
    if answers:
        _response(site, href, answers)


def _response(site: DemoSite, path: str, answers: list[int | str]) -> None:
    body = "<!DOCTYPE html><html><head><title>专题</title></head><body><p>专题页面。</p></body></html>".encode()
    site.answers[path] = [Answer(what, body) for what in answers]


def _text(site: DemoSite, page: str, text: str) -> None:
    site.spoilt.extra.setdefault(site.page(page), []).append(f"<p>{text}</p>")


def _hidden_link(site: DemoSite, page: str, href: str, text: str) -> None:
    shown = f'<div style="display:none"><a href="{href}">{text}</a></div>'
    site.spoilt.extra.setdefault(site.page(page), []).append(shown)


def _charset(site: DemoSite, page: str, actual: str, declared: str) -> None:
    site.spoilt.charset[site.page(page)] = (actual, declared)


def _calendar(site: DemoSite, page: str, path: str) -> None:
    site.calendar = path
    site.spoilt.extra.setdefault(site.page(page), []).append(f'<p><a href="{path}?month=0">日程表</a></p>')


def _outage(site: DemoSite, rounds: list[int], answers: list[int | str]) -> None:
    site.outage = {number: answers[place % len(answers)] for place, number in enumerate(rounds)}


def _undated_list(site: DemoSite, path: str) -> None:
    old = site.section(path)
    site.sections[site.sections.index(old)] = replace(old, is_undated=True)


def _no_search(site: DemoSite) -> None:
    site.has_search = False


def _no_ipv6(site: DemoSite) -> None:
    site.has_ipv6 = False


def _wall(site: DemoSite) -> None:
    site.is_walled = True


_SHAPING = ("section", "add_form", "add_section", "add_stale", "no_section", "undated_list")
OPERATIONS: dict[str, Callable[..., None]] = {
    "section": _section,
    "add_section": _add_section,
    "add_stale": _add_stale,
    "bare_list": _bare_list,
    "add_form": _add_form,
    "no_section": _no_section,
    "unlink": _unlink,
    "footer": _footer,
    "tags": _tags,
    "link": _link,
    "response": _response,
    "text": _text,
    "hidden_link": _hidden_link,
    "charset": _charset,
    "calendar": _calendar,
    "outage": _outage,
    "undated_list": _undated_list,
    "no_search": _no_search,
    "no_ipv6": _no_ipv6,
    "wall": _wall,
}
