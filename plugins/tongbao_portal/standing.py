"""How far the circular of one period has come: drafted, under review, issued, withdrawn. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tongbao.manifests import Decision, EditionManifest, Outcome, PublicationManifest, Stage, Withdrawal
from tongbao.publication.review import counting


class State(StrEnum):
    """What a period's circular is at present; values are for people."""

    DRAFT = "草稿"
    IN_REVIEW = "待审"
    RETURNED = "已退回"
    ISSUED = "已印发"
    CORRECTED = "已更正"
    WITHDRAWN = "已撤回"


@dataclass(frozen=True)
class Standing:
    """``issued`` tells of the newest publication, ``draft`` of the newest edition where none was issued of it."""

    publication: PublicationManifest | None
    withdrawal: Withdrawal | None
    edition: EditionManifest | None
    draft: State | None
    draft_note: str

    @property
    def issued(self) -> State | None:
        if self.publication is None:
            return None
        return State.WITHDRAWN if self.withdrawal else State.ISSUED


def standing_of(
    edition: EditionManifest | None,
    decisions: Sequence[Decision],
    publication: PublicationManifest | None,
    withdrawal: Withdrawal | None,
    *,
    has_reviews: bool,
) -> Standing:
    """``edition`` and ``publication`` are the newest, ``decisions`` those on that edition, ``withdrawal`` that publication's."""
    if edition is None or (publication is not None and publication.edition >= edition.number):
        return Standing(publication, withdrawal, edition, None, "")
    state, note = draft_state(decisions, has_reviews=has_reviews)
    return Standing(publication, withdrawal, edition, state, note)


def draft_state(decisions: Sequence[Decision], *, has_reviews: bool) -> tuple[State, str]:
    """What the newest round of reviews came to so far, and what is awaited or why it went back."""
    if not decisions:
        return (State.IN_REVIEW, f"待{Stage.FIRST.label}") if has_reviews else (State.DRAFT, "")
    counted = counting(decisions, decisions[-1].round)
    for stage in Stage:
        decision = counted.get(stage)
        if decision is None:
            return State.IN_REVIEW, f"待{stage.label}"
        if decision.outcome is not Outcome.PASSED:
            return State.RETURNED, str(decision)
    return State.IN_REVIEW, "已签发，待印发"


def publication_state(
    publication: PublicationManifest, withdrawal: Withdrawal | None, newest: PublicationManifest
) -> tuple[State, str]:
    """Whether a publication holds, and what is to be said of it."""
    if withdrawal is not None:
        return State.WITHDRAWN, withdrawal.reason
    if newest.number > publication.number:
        return State.CORRECTED, f"已由{newest.number_text}取代"
    return State.ISSUED, publication.reason
