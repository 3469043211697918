"""The pages and who gets them. Each route asks who comes before it looks for anything; what is left out is 404."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from starlette.responses import RedirectResponse

from tongbao.archive import Archive
from tongbao.feeds import FEEDS
from tongbao.jurisdiction import jurisdiction_files
from tongbao.manifests import EditionManifest
from tongbao_portal import evidence, files, overview, shelf
from tongbao_portal.door import Door, circular_dag, circulars_of
from tongbao_portal.entry import Asking, Filed, Forbidden, answer_errors, visitor, with_headers
from tongbao_portal.mount import Asgi
from tongbao_portal.pages import page, place, root_of
from tongbao_portal.shelf import NotFound, checked, checked_feed, checked_period
from tongbao_portal.standing import draft_state, publication_state

INLINE_OFFICES = 10
"""Up to so many offices the index shows each with its newest periods; beyond, only their names."""
NEWEST, ALL = 4, 1000
EVERY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

router = APIRouter()


def make_app(door: Door, open_archive: Callable[[], Archive] = Archive.open) -> Asgi:
    """The pages behind a door; without schema and documentation pages, which nobody would have to log in for."""
    app = FastAPI(
        title="通报", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, dependencies=[Depends(visitor)]
    )
    app.state.door, app.state.open_archive = door, open_archive
    answer_errors(app)
    app.include_router(router)
    return with_headers(app)


def serves(path: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Serve a page, with and without the slash at its end."""

    def add(endpoint: Callable[..., Any]) -> Callable[..., Any]:
        for own in dict.fromkeys((path, path.rstrip("/") or path)):
            router.add_api_route(own, endpoint, methods=["GET", "HEAD"], response_model=None)
        return endpoint

    return add


def drafts_of(jurisdiction: str, circular: str, visitor: Asking) -> None:
    """Let those in who may read the drafts of a circular; says 403 before it is known whether there are any."""
    if not visitor.may_read_drafts(checked(jurisdiction), checked(circular)):
        raise Forbidden("通报草稿")


def batches_of(jurisdiction: str, visitor: Asking) -> None:
    if not visitor.may_read_batches(checked(jurisdiction)):
        raise Forbidden("报送数据")


def draft(jurisdiction: str, circular: str, period: str, number: str, archive: Filed) -> EditionManifest:
    return shelf.find_edition(archive, checked(jurisdiction), checked(circular), checked_period(period), number)


DraftsOnly, BatchesOnly = Depends(drafts_of), Depends(batches_of)
# The right is asked for first: dependencies are solved in the order of the parameters.
Draft = Annotated[EditionManifest, Depends(draft)]


@serves("/")
def index(request: Request, visitor: Asking, archive: Filed, q: str = "") -> Response:
    offices = {key: name for key, name in shelf.offices(archive).items() if q.strip() in name or q.strip() == key}
    is_short = len(offices) <= INLINE_OFFICES
    views = [overview.office_view(archive, visitor, key, NEWEST) for key in offices] if is_short else []
    return page(request, "index", offices=offices, views=views, is_short=is_short, q=q)


@serves("/offices/{jurisdiction}/")
def office(request: Request, jurisdiction: str, visitor: Asking, archive: Filed) -> Response:
    if shelf.settings_of(checked(jurisdiction)) is None and jurisdiction not in archive.jurisdictions():
        raise NotFound
    return page(request, "office", office=overview.office_view(archive, visitor, jurisdiction, ALL))


@serves("/editions/{jurisdiction}/{circular}/{period}/{number}/")
def edition_page(request: Request, _: Annotated[None, DraftsOnly], edition: Draft, archive: Filed) -> Response:
    period = checked_period(edition.period)
    settings = shelf.settings_of(edition.jurisdiction)
    own = settings.circulars.get(edition.circular) if settings else None
    decisions = archive.decisions(edition)
    state, note = draft_state(decisions, has_reviews=bool(own and own.reviews))
    publications = archive.publications(edition.jurisdiction, edition.circular, period)
    return page(
        request,
        "edition",
        edition=edition,
        period=period,
        office=settings.name if settings else edition.jurisdiction,
        circular=shelf.circular_name(settings, edition.circular),
        headlines=_headlines(archive, edition),
        rules=_gate_rules(edition),
        state=state,
        note=note,
        decisions=decisions,
        editions=archive.editions(edition.jurisdiction, edition.circular, period),
        issued=[
            (publication, publication_state(publication, archive.withdrawal(publication), publications[-1])[0])
            for publication in publications
            if publication.edition == edition.number
        ],
        files={name: kind for name, kind in files.DRAFT_FILES.items() if name in edition.files},
        feeds=FEEDS,
    )


@serves("/editions/{jurisdiction}/{circular}/{period}/{number}/{name}")
def edition_file(_: Annotated[None, DraftsOnly], edition: Draft, archive: Filed, name: str, view: str | None = None) -> Response:
    kind = files.DRAFT_FILES.get(name)
    if kind is None or name not in edition.files:
        raise NotFound
    office = shelf.office_name(edition.jurisdiction)
    saved = f"{office}{checked_period(edition.period).title}{kind.title}（草稿第{edition.folder}版）"
    return files.hand_out(archive.edition_file(edition, name), edition.files[name], kind, saved, show=view is not None)


@serves("/publications/{jurisdiction}/{circular}/{period}/{number}/")
def publication_page(
    request: Request, visitor: Asking, archive: Filed, jurisdiction: str, circular: str, period: str, number: str
) -> Response:
    own = checked_period(period)
    publication = shelf.find_publication(archive, checked(jurisdiction), checked(circular), own, number)
    every = archive.publications(jurisdiction, circular, own)
    withdrawal = archive.withdrawal(publication)
    state, note = publication_state(publication, withdrawal, every[-1])
    may_read_drafts = visitor.may_read_drafts(jurisdiction, circular)
    kinds = files.ISSUED_FILES | (files.ISSUING_FILES if may_read_drafts else {})
    return page(
        request,
        "publication",
        publication=publication,
        period=own,
        office=shelf.office_name(jurisdiction),
        withdrawal=withdrawal,
        state=state,
        note=note,
        every=every,
        may_read_drafts=may_read_drafts,
        delivered=len(archive.delivered(publication)) if may_read_drafts else 0,
        files={name: kind for name, kind in kinds.items() if name in publication.files},
    )


@serves("/publications/{jurisdiction}/{circular}/{period}/{number}/{name}")
def publication_file(
    visitor: Asking,
    archive: Filed,
    jurisdiction: str,
    circular: str,
    period: str,
    number: str,
    name: str,
    view: str | None = None,
) -> Response:
    checked(jurisdiction), checked(circular)
    if name in files.ISSUING_FILES:
        drafts_of(jurisdiction, circular, visitor)
    publication = shelf.find_publication(archive, jurisdiction, circular, checked_period(period), number)
    kind = (files.ISSUED_FILES | files.ISSUING_FILES).get(name)
    if kind is None or name not in publication.files:
        raise NotFound
    withdrawn = "【已撤回】" if archive.withdrawal(publication) else ""
    title = "" if kind.title == files.CIRCULAR.title else f"（{kind.title}）"
    saved = f"{withdrawn}{publication.number_text}{publication.title}{title}"
    return files.hand_out(
        archive.publication_file(publication, name), publication.files[name], kind, saved, show=view is not None
    )


@serves("/offices/{jurisdiction}/batches/")
def batches(request: Request, _: Annotated[None, BatchesOnly], archive: Filed, jurisdiction: str, period: str = "") -> Response:
    delivered = [(feed, own) for feed, own in archive.feed_periods(jurisdiction) if feed in FEEDS]
    periods = sorted({own for _, own in delivered}, key=lambda own: (own.after, own.first), reverse=True)
    chosen = checked_period(period) if period else next(iter(periods), None)
    found = {
        feed: list(reversed(archive.filed_batches(jurisdiction, name, chosen)))
        for name, feed in FEEDS.items()
        if chosen is not None and (name, chosen) in delivered
    }
    return page(
        request,
        "batches",
        jurisdiction=jurisdiction,
        office=office,
        periods=periods,
        chosen=chosen,
        found=list(found.items()),
        shown=ALL,
    )


@serves("/batches/{jurisdiction}/{feed}/{period}/{number}/")
def batch_page(
    request: Request, _: Annotated[None, BatchesOnly], archive: Filed, jurisdiction: str, feed: str, period: str, number: str
) -> Response:
    own = checked_period(period)
    batch = shelf.find_batch(archive, jurisdiction, checked_feed(feed), own, number)
    office = shelf.office_name(jurisdiction)
    return page(request, "batch", batch=batch, period=own, office=office, feed=FEEDS[feed])


@serves("/batches/{jurisdiction}/{feed}/{period}/{number}/{name}")
def batch_file(
    _: Annotated[None, BatchesOnly], archive: Filed, jurisdiction: str, feed: str, period: str, number: str, name: str
) -> Response:
    batch = shelf.find_batch(archive, jurisdiction, checked_feed(feed), checked_period(period), number)
    stem = batch.source_name.rpartition(".")[0] or batch.source_name
    kept, kind, saved = {
        "validation.html": ("validation.html", files.VALIDATION, f"{stem}（校验结果）"),
        "rejected.xlsx": ("rejected.xlsx", files.REJECTED, f"{stem}（退回的行）"),
        "original": (shelf.original_of(batch), files.ORIGINAL, batch.source_name),
    }.get(name, ("", files.ORIGINAL, ""))
    if kept not in batch.files:
        raise NotFound
    return files.hand_out(archive.batch_file(batch, kept), batch.files[kept], kind, saved, show=True)


@serves("/evidence/{jurisdiction}/")
def find_evidence(request: Request, _: Annotated[None, BatchesOnly], jurisdiction: str, number: str = "") -> Response:
    """Where the form leads that asks for an evidence by its number."""
    return RedirectResponse(f"{root_of(request)}/{place('evidence', jurisdiction, evidence.wanted(number), '')}", 303)


@serves("/evidence/{jurisdiction}/{number}/")
def evidence_page(request: Request, _: Annotated[None, BatchesOnly], archive: Filed, jurisdiction: str, number: str) -> Response:
    found = evidence.files_of(archive, jurisdiction, number)
    return page(
        request,
        "evidence",
        jurisdiction=jurisdiction,
        office=shelf.office_name(jurisdiction),
        number=evidence.wanted(number),
        files={name: len(content) for name, content in found.items()},
        explanation=evidence.EXPLANATION,
    )


@serves("/evidence/{jurisdiction}/{number}/{name}")
def evidence_file(_: Annotated[None, BatchesOnly], archive: Filed, jurisdiction: str, number: str, name: str) -> Response:
    found = evidence.files_of(archive, jurisdiction, number)
    if name not in found:
        raise NotFound
    return evidence.hand_out(name, found[name], evidence.wanted(number))


@serves("/runs/{dag_id}/{run_id}")
def run(request: Request, visitor: Asking, dag_id: str, run_id: str) -> Response:
    """What a run of Airflow made: the page behind the tab on the run."""
    root = root_of(request)
    if dag_id.startswith("intake_"):
        jurisdiction = checked(dag_id.removeprefix("intake_"))
        batches_of(jurisdiction, visitor)
        return RedirectResponse(f"{root}/{place('offices', jurisdiction, 'batches', '')}", 303)
    where = _circular_of(dag_id)
    if where is None:
        return page(request, "message", title="通报", sentence="这类运行不产生通报，也不接收报送数据。")
    drafts_of(*where, visitor)
    for task, kind, number in (("publish", "publications", "publication"), ("file_edition", "editions", "edition")):
        made = visitor.door.returned(dag_id, run_id, task)
        if isinstance(made, dict) and number in made:
            period, folder = checked_period(str(made["period"])).label, str(made[number])
            return RedirectResponse(f"{root}/{place(kind, *where, period, folder, '')}", 303)
    return page(request, "message", title="通报", sentence="本次运行还没有归档的草稿；归档后请再打开本页。")


@router.api_route("/{rest:path}", methods=EVERY_METHOD, response_model=None)
def nothing(rest: str) -> Response:
    """Everything else, so that nobody learns without logging in which addresses there are."""
    raise NotFound


def _circular_of(dag_id: str) -> tuple[str, str] | None:
    """Whose circular a DAG makes, by today's settings."""
    for jurisdiction in (path.stem for path in jurisdiction_files()):
        if dag_id.startswith(f"circular_{jurisdiction}_"):
            for circular in circulars_of(jurisdiction):
                if circular_dag(jurisdiction, circular) == dag_id:
                    return jurisdiction, circular
    return None


def _headlines(archive: Archive, edition: EditionManifest) -> list[dict[str, Any]]:
    if "figures.json" not in edition.files:
        return []
    from tongbao.figures import Figures
    from tongbao.publication.headlines import headlines

    return headlines(Figures.from_json(json.loads(archive.edition_file(edition, "figures.json").read_bytes())))


def _gate_rules(edition: EditionManifest) -> dict[str, str]:
    """What each rule of the gate asks for; only fetched where one is broken."""
    if not edition.gate.get("breaches"):
        return {}
    from tongbao.circular.gate import RULES

    return RULES
