"""Publish: draw the signed circular from the reviewed draft, gate it again, print it, file it for good."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tongbao
from tongbao.archive import Archive
from tongbao.circular import gate as gates
from tongbao.circular.pdf import make_pdf
from tongbao.circular.wording import Issue
from tongbao.draft import ANNEXES, CIRCULAR, GATE, NOTICES, OVERRIDE, PDF, Draft
from tongbao.formatting import document_number
from tongbao.jurisdiction import canonical_json
from tongbao.manifests import Decision, NumberHolder, PublicationManifest
from tongbao.papers import Basis, Papers, draw
from tongbao.period import working_days_later
from tongbao.publication.edited import Drawn, Edited, differences_json, examine
from tongbao.publication.headlines import headlines
from tongbao.publication.pages import differences_page
from tongbao.publication.recipients import RECIPIENTS, first_number, recipients_of
from tongbao.publication.review import NO_REVIEWS, passed_round
from tongbao.publication.signing import Signing, check_signing, newest_publication, refuse_taken, signed_file
from tongbao.selection import source_hash

GENERATED, HANDED_IN = "generated.docx", "edited.docx"
DIFFERENCES, DIFFERENCES_PAGE = "differences.json", "differences.html"


@dataclass(frozen=True)
class Prepared:
    """A signed circular ready to be filed: nothing of it is written yet."""

    files: dict[str, bytes | Path]
    facts: dict[str, Any]
    identity: str
    pdf_note: str = ""


def prepare(archive: Archive, draft: Draft, signing: Signing, *, round_id: str | None, run: dict[str, str]) -> Prepared:
    """Draw and check everything; raises before anything is written.

    ``round_id`` names the run whose three reviews passed; None signs without reviews, which the manifest then says.
    Raises TongbaoError for what signing refuses or a missing review, GateBreach unless a reason overrides it.
    """
    reviews = passed_round(archive.decisions(draft.edition), round_id) if round_id else ()
    check_signing(archive, draft, signing)
    handed_in = signed_file(draft, signing)
    with draft.basis() as basis:
        issue = Issue(signing.number, signing.issued_on)
        first = first_number(archive, draft, signing, basis)
        papers = draw(basis, issue, first_number=first)
        edited = _examined(handed_in, signing, papers, draft) if handed_in is not None else None
        report = edited.report if edited else gates.check(papers.docx, papers.document, papers.figures, papers.bookmarks)
        gates.require(report, signing.override_reason)
        notices = {"first": first, "last": first + papers.notice_count - 1} if papers.notice_count else None
        printed = make_pdf(edited.data) if edited else make_pdf(papers.docx, drawn=papers.pdf)
        # A PDF that lacks characters must not go out beside the .docx; why there is none is told.
        files = _files(papers, edited, handed_in, None if printed.lost else printed.data)
        if notices is not None:
            files[RECIPIENTS] = canonical_json(recipients_of(basis, first)).encode()
        files[GATE] = canonical_json(report.to_json()).encode()
        facts = _facts(archive, draft, signing, basis, papers, reviews, edited)
        facts["summary"] = {**facts["summary"], "pdf": {"made": PDF in files, "note": printed.note, "lost": list(printed.lost)}}
    return Prepared(
        files=files,
        facts={**facts, "gate": {**report.to_json(), OVERRIDE: signing.override_reason}, "notices": notices, "run": run},
        identity=_identity(draft, signing, handed_in, facts["supersedes"]),
        pdf_note=printed.note,
    )


def file(archive: Archive, draft: Draft, prepared: Prepared) -> tuple[PublicationManifest, bool]:
    """Give the number away and file the publication; True when it is new. Repeating it finds the same one."""
    edition, facts = draft.edition, prepared.facts
    own = NumberHolder(circular=edition.circular, period=edition.period)
    year, code, number = facts["issued_on"].year, facts["number_code"], facts["document_number"]
    refuse_taken(archive.hold_number(edition.jurisdiction, year, code, number, own), draft, facts["number_text"])
    return archive.file_publication(
        jurisdiction=edition.jurisdiction,
        circular=edition.circular,
        period=draft.period,
        identity=prepared.identity,
        files=prepared.files,
        published_at=datetime.now(UTC),
        **facts,
    )


def publish(
    archive: Archive, draft: Draft, signing: Signing, *, round_id: str | None, run: dict[str, str]
) -> tuple[PublicationManifest, bool]:
    """Prepare and file; a repeated call with the same signing finds the publication already filed."""
    known = find_published(archive, draft, signing)
    return (known, False) if known else file(archive, draft, prepare(archive, draft, signing, round_id=round_id, run=run))


def find_published(archive: Archive, draft: Draft, signing: Signing) -> PublicationManifest | None:
    """The publication this very signing made, if it already did."""
    newest = newest_publication(archive, draft)
    if newest is None or archive.withdrawal(newest):
        return None
    same = newest.identity == _identity(draft, signing, signed_file(draft, signing), newest.supersedes)
    return newest if same else None


def _identity(draft: Draft, signing: Signing, handed_in: bytes | None, supersedes: int | None) -> str:
    rests_on = {
        "edition": draft.edition.identity,
        "number": signing.number,
        "issued_on": signing.issued_on,
        "first_number": signing.first_number,
        "edited": hashlib.sha256(handed_in).hexdigest() if handed_in is not None else None,
        "supersedes": supersedes,
    }
    return hashlib.sha256(canonical_json(rests_on).encode()).hexdigest()


def _examined(handed_in: bytes, signing: Signing, papers: Papers, draft: Draft) -> Edited:
    issued = Drawn(papers.document, papers.figures, papers.bookmarks)
    reviewed = draft.document()
    # The draft's own words, with the head, date and imprint that the signed file must have.
    ends: dict[str, Any] = {
        "letterhead": papers.document.letterhead,
        "signature": papers.document.signature,
        "imprint": papers.document.imprint,
    }
    drafted = Drawn(replace(reviewed, **ends), papers.figures, draft.bookmarks())
    return examine(handed_in, signing.edited, papers.docx, issued, drafted)


def _files(papers: Papers, edited: Edited | None, handed_in: bytes | None, pdf: bytes | None) -> dict[str, bytes | Path]:
    files: dict[str, bytes | Path] = {CIRCULAR: edited.data if edited else papers.docx, ANNEXES: papers.annexes}
    if pdf is not None:
        files[PDF] = pdf
    if papers.notices is not None:
        files[NOTICES] = papers.notices
    if edited is not None and handed_in is not None:
        files |= {GENERATED: papers.docx, HANDED_IN: handed_in, DIFFERENCES: differences_json(edited)}
        files[DIFFERENCES_PAGE] = differences_page(papers.document.title, edited)
    return files


def _facts(
    archive: Archive,
    draft: Draft,
    signing: Signing,
    basis: Basis,
    papers: Papers,
    reviews: tuple[Decision, ...],
    edited: Edited | None,
) -> dict[str, Any]:
    earlier, code = newest_publication(archive, draft), basis.circular.number_code
    return {
        "edition": draft.edition.number,
        "edition_identity": draft.edition.identity,
        "title": papers.document.title,
        "document_number": signing.number,
        "number_text": document_number(code, signing.issued_on.year, signing.number),
        "number_code": code,
        "issued_on": signing.issued_on,
        "deadline": working_days_later(signing.issued_on, basis.circular.rectification.working_days),
        "signed_by": signing.by,
        "signed_at": signing.at,
        "reviews": reviews,
        "reviews_note": "" if reviews else NO_REVIEWS,
        "edited": _edited_facts(signing, edited) if edited else None,
        "supersedes": earlier.number if earlier else None,
        "reason": signing.republish_reason,
        "headlines": headlines(papers.figures),
        "summary": draft.edition.summary,
        "versions": {"tongbao": tongbao.__version__, "source": source_hash()},
    }


def _edited_facts(signing: Signing, edited: Edited) -> dict[str, Any]:
    return {
        "name": signing.edited,
        "differences": len(edited.differences),
        "unverified": [entry["figure"] for entry in edited.unverified],
        "lint": list(edited.lint),
    }
