"""Roles and what they may do, on a database of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from tests.airflow_home import REPOSITORY
from tongbao.jurisdiction import Jurisdiction, load_jurisdiction
from tongbao_airflow import roles

SHILIQI, CITY = "DAG:circular_shiliqi_quarterly", "DAG:circular_shilishi_monthly"


def office(name: str) -> Jurisdiction:
    return load_jurisdiction(REPOSITORY / f"config/jurisdictions/{name}.yaml")


@pytest.fixture
def session() -> Iterator[Session]:
    from airflow.providers.fab.auth_manager.models import Model

    engine = create_engine("sqlite://")
    Model.metadata.create_all(engine)
    with Session(engine) as session:
        yield session


def rights(session: Session) -> dict[str, set[roles.Right]]:
    from airflow.providers.fab.auth_manager.models import Role

    session.flush()
    found = session.scalars(select(Role)).unique()
    return {role.name: {(right.action.name, right.resource.name) for right in role.permissions} for role in found}


def test_the_database_is_brought_in_line_and_then_left_alone(session: Session) -> None:
    wanted = roles.wanted([office("shiliqi"), office("shilishi")])
    assert roles.sync(wanted, session) == 4
    assert rights(session) == wanted
    assert roles.sync(wanted, session) == 0


def test_an_office_that_is_gone_takes_its_reviewers_rights_along(session: Session) -> None:
    roles.sync(roles.wanted([office("shiliqi"), office("shilishi")]), session)
    roles.sync(roles.wanted([office("shilishi")]), session)
    assert rights(session)["tongbao_reviewer_shiliqi"] == set()
    assert (roles.REVIEW, CITY) in rights(session)["tongbao_reviewer_shilishi"]


def test_rights_given_by_hand_do_not_stay(session: Session) -> None:
    from airflow.providers.fab.auth_manager.models import Role

    wanted = roles.wanted([])
    roles.sync(wanted, session)
    viewer = session.scalars(select(Role).where(Role.name == roles.VIEWER)).unique().one()
    operator = session.scalars(select(Role).where(Role.name == roles.OPERATOR)).unique().one()
    viewer.permissions = [*operator.permissions]
    assert roles.sync(wanted, session) == 1
    assert rights(session) == wanted


def test_nobody_reviews_but_reviewers_and_they_only_their_own() -> None:
    wanted = roles.wanted([office("shiliqi"), office("shilishi")])
    reviewing = {name: {resource for action, resource in own if action == roles.REVIEW} for name, own in wanted.items()}
    assert reviewing[roles.VIEWER] == reviewing[roles.OPERATOR] == set()
    assert reviewing["tongbao_reviewer_shiliqi"] == {SHILIQI}
    assert CITY in reviewing["tongbao_reviewer_shilishi"]
    assert SHILIQI not in {resource for _, resource in wanted["tongbao_reviewer_shilishi"]}


def test_a_viewer_reads_no_draft_and_changes_nothing_but_his_password() -> None:
    viewer = roles.wanted([])[roles.VIEWER]
    assert not {"XComs", "Task Logs", "Task Instances", "HITL Detail"} & {resource for _, resource in viewer}
    assert {right for right in viewer if right[0] not in (roles.READ, roles.MENU)} == {
        (roles.EDIT, "My Password"),
        (roles.EDIT, "My Profile"),
    }


@dataclass
class Somebody:
    """A user of Flask-AppBuilder: a number, a name and rights."""

    id: int
    name: str
    perms: set[roles.Right]

    def get_id(self) -> str:
        return str(self.id)

    def get_name(self) -> str:
        return self.name


@pytest.mark.parametrize(
    ("own", "dag_id", "may"),
    [
        ({(roles.REVIEW, SHILIQI)}, "circular_shiliqi_quarterly", True),
        ({(roles.REVIEW, SHILIQI)}, "circular_shilishi_monthly", False),
        ({(roles.EDIT, "DAGs"), (roles.EDIT, "HITL Detail"), (roles.EDIT, SHILIQI)}, "circular_shiliqi_quarterly", False),
        ({(roles.REVIEW, SHILIQI)}, None, False),
    ],
)
def test_deciding_a_review_takes_the_right_to_review_that_circular(own: set[roles.Right], dag_id: str | None, may: bool) -> None:
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity

    from tongbao_airflow.auth_manager import TongbaoAuthManager

    manager = TongbaoAuthManager()
    asked = {"method": "PUT", "access_entity": DagAccessEntity.HITL_DETAIL, "details": SimpleNamespace(id=dag_id)}
    assert manager.is_authorized_dag(user=Somebody(3, "li", own), **asked) is may  # type: ignore[arg-type]


def test_assigned_reviewers_are_known_by_name_never_by_number() -> None:
    from tongbao_airflow.auth_manager import TongbaoAuthManager

    manager, li = TongbaoAuthManager(), Somebody(3, "li", set())
    assert manager.is_authorized_hitl_task(assigned_users={"li", "zhang"}, user=li)  # type: ignore[arg-type]
    assert not manager.is_authorized_hitl_task(assigned_users={"3"}, user=li)  # type: ignore[arg-type]
