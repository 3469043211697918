"""What the tasks after the draft do, each by itself: ask, take the answer, publish, announce.

They take and return small plain facts, as Airflow passes them on; ``filed`` is what filing the edition returned.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tongbao.archive import Archive
from tongbao.draft import CIRCULAR, Draft
from tongbao.errors import ConfigurationError, SourceUnavailable, TongbaoError
from tongbao.jurisdiction import Reviews, find_jurisdiction
from tongbao.manifests import Decision, Outcome, PublicationManifest, Stage
from tongbao.period import Period
from tongbao.publication import brief, issue
from tongbao.publication.delivery import Send, deliver
from tongbao.publication.pages import write_index
from tongbao.publication.review import Answer, judge
from tongbao.publication.signing import Signing, check_signing, read_signing, signed_file
from tongbao.storage import digest


def question(stage: Stage, jurisdiction: str, circular: str, filed: Mapping[str, Any], base_url: str) -> dict[str, str]:
    """Subject and Markdown body of what is put to the persons of a stage."""
    archive, draft = _open(jurisdiction, circular, filed)
    return {"subject": brief.subject(draft, stage), "body": brief.body(draft, base_url, archive.decisions(draft.edition))}


def answer(
    stage: Stage,
    jurisdiction: str,
    circular: str,
    filed: Mapping[str, Any],
    *,
    option: str,
    by: str,
    at: datetime,
    fields: Mapping[str, Any],
    round_id: str,
) -> tuple[Decision, dict[str, Any]]:
    """Judge an answer and write it down; returns the decision and the facts to pass on (of signing: what was signed).

    Raises TongbaoError when what a signer wrote cannot stand; that answer is written down as void.
    """
    archive, draft = _open(jurisdiction, circular, filed)
    given = Answer(option, by, at, str(fields.get("reason") or ""))
    decision = judge(stage, given, _reviews(jurisdiction, circular), archive.decisions(draft.edition), round_id)
    facts: dict[str, Any] = {"stage": stage.value, "outcome": decision.outcome.value, "by": by, "at": at.isoformat()}
    if stage is Stage.SIGN and decision.outcome is Outcome.PASSED:
        try:
            facts |= _signed(archive, draft, read_signing(fields, by=by, at=at))
        except SourceUnavailable:
            raise
        except TongbaoError as mistake:
            void = {"outcome": Outcome.VOID, "reason": mistake.problem}
            archive.add_decision(draft.edition, decision.model_copy(update=void))
            raise
    archive.add_decision(draft.edition, decision)
    return decision, facts


def _signed(archive: Archive, draft: Draft, signing: Signing) -> dict[str, Any]:
    """What was signed, once it is sure that it can be."""
    if issue.find_published(archive, draft, signing) is None:
        check_signing(archive, draft, signing)
    handed_in = signed_file(draft, signing)
    return signing.model_dump(mode="json") | {"edited_sha256": digest(handed_in) if handed_in is not None else ""}


def publish(
    jurisdiction: str,
    circular: str,
    filed: Mapping[str, Any],
    signed: Mapping[str, Any] | None,
    *,
    round_id: str,
    run: dict[str, str],
) -> dict[str, Any]:
    """File the signed circular of a round whose three reviews passed, and write the index anew."""
    if not signed:
        raise TongbaoError("没有签发的记录，不能印发", remedy="请清除“签发”任务，由签发人填写发文字号和成文日期")
    archive, draft = _open(jurisdiction, circular, filed)
    publication, is_new = issue.publish(archive, draft, Signing.model_validate(signed), round_id=round_id, run=run)
    index = write_index(archive, find_jurisdiction(jurisdiction))
    return {**told(archive, publication), "is_new": is_new, "index": index}


def announce(jurisdiction: str, circular: str, published: Mapping[str, Any], send: Send) -> dict[str, Any]:
    """Send the mails of a publication that were not sent yet."""
    archive = Archive.open()
    settings = find_jurisdiction(jurisdiction).circular(circular).publication
    publication = find_publication(archive, jurisdiction, circular, published)
    return deliver(archive, publication, settings, send, now=datetime.now(UTC))


def find_publication(archive: Archive, jurisdiction: str, circular: str, published: Mapping[str, Any]) -> PublicationManifest:
    period = Period.parse(published["period"])
    return next(p for p in archive.publications(jurisdiction, circular, period) if p.folder == published["publication"])


def told(archive: Archive, publication: PublicationManifest) -> dict[str, Any]:
    """A publication in small facts, its files' sha256 among them."""
    return {
        "jurisdiction": publication.jurisdiction,
        "circular": publication.circular,
        "publication": publication.folder,
        "edition": f"{publication.edition:04d}",
        "period": publication.period,
        "title": publication.title,
        "number": publication.number_text,
        "issued_on": publication.issued_on.isoformat(),
        "deadline": publication.deadline.isoformat(),
        "docx": str(archive.publication_file(publication, CIRCULAR)),
        "files": dict(publication.files),
    }


def _open(jurisdiction: str, circular: str, filed: Mapping[str, Any]) -> tuple[Archive, Draft]:
    archive = Archive.open()
    return archive, Draft.find(archive, jurisdiction, circular, filed["period"], int(filed["edition"]))


def _reviews(jurisdiction: str, circular: str) -> Reviews:
    """Who may decide today: a person taken off the list since the question was put no longer can."""
    reviews = find_jurisdiction(jurisdiction).circular(circular).reviews
    if reviews is None:
        raise ConfigurationError(
            f"{circular}的设置中没有 reviews，不能审核", remedy=f"请在 config/jurisdictions/{jurisdiction}.yaml 中写明三审人员"
        )
    return reviews
