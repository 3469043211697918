"""Who may come in and see what: what the pages ask, whoever answers it."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

from starlette.requests import Request

from tongbao.errors import ConfigurationError
from tongbao.jurisdiction import find_jurisdiction

User: TypeAlias = Any
"""Whatever the door knows a person by; the pages only hand it back."""

NO_DAG = "tongbao"
"""No DAG has this id: only who may read every DAG may read its."""


class Door(Protocol):
    """Airflow's authentication and rights, as far as the pages need them. What raises or says nothing lets nobody in."""

    async def user(self, request: Request) -> User | None:
        """Who asks; None for nobody, and for tokens that are expired, revoked or forged."""

    def login_url(self, following: str) -> str:
        """Where a browser logs in; ``following`` is the path it then goes to."""

    def may_enter(self, user: User) -> bool:
        """Whether the user may list DAGs at all."""

    def may_read_runs(self, user: User, dag_id: str) -> bool:
        """Whether the user may know that there are runs of a DAG and how they ended."""

    def may_read_output(self, user: User, dag_id: str) -> bool:
        """Whether the user may read what tasks of a DAG returned."""

    def returned(self, dag_id: str, run_id: str, task_id: str) -> Any:
        """What a task of a run returned; None where it did not."""


class Visitor:
    """One person at the door, and what he may see of an office."""

    def __init__(self, door: Door, user: User) -> None:
        self.door, self.user = door, user

    def may_read_drafts(self, jurisdiction: str, circular: str) -> bool:
        return self.door.may_read_output(self.user, circular_dag(jurisdiction, circular))

    def may_know_drafts(self, jurisdiction: str, circular: str) -> bool:
        return self.door.may_read_runs(self.user, circular_dag(jurisdiction, circular))

    def may_read_batches(self, jurisdiction: str) -> bool:
        """Who reads what the intake returned, or any draft that rests on it."""
        return self.door.may_read_output(self.user, f"intake_{jurisdiction}") or any(
            self.may_read_drafts(jurisdiction, circular) for circular in circulars_of(jurisdiction)
        )


def circulars_of(jurisdiction: str) -> tuple[str, ...]:
    """The circulars in an office's settings today; none where these are gone or broken."""
    try:
        return tuple(find_jurisdiction(jurisdiction).circulars)
    except ConfigurationError:
        return ()


def circular_dag(jurisdiction: str, circular: str) -> str:
    """The DAG whose rights hold for a circular.

    Ids alone do not tell (office a, circular b_c) from (office a_b, circular c): a circular that is not in its office's
    settings belongs to no DAG, and to nobody who has rights on single ones.
    """
    return f"circular_{jurisdiction}_{circular}" if circular in circulars_of(jurisdiction) else NO_DAG
