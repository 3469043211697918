"""The roles of an installation, and what each may do: ``python -m tongbao_airflow.roles`` brings the database in line.

A viewer sees which circulars are due and what became of each run, but neither drafts nor what leads to them (logs, XComs,
review pages). An operator runs everything and decides no review. A reviewer reads and decides one office's circulars.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.providers.fab.auth_manager.models import Permission
    from sqlalchemy.orm import Session

    from tongbao.jurisdiction import Jurisdiction

VIEWER, OPERATOR, REVIEWER = "tongbao_viewer", "tongbao_operator", "tongbao_reviewer_"
READ, EDIT, CREATE, MENU = "can_read", "can_edit", "can_create", "menu_access"
REVIEW = "can_review"
"""On a circular's DAG: may answer its reviews, when the circular's settings name the user too."""

Right = tuple[str, str]
"""Action and resource, in Flask-AppBuilder's words."""

_ANYONE: frozenset[Right] = frozenset(
    {
        (READ, "Website"),
        (READ, "My Password"),
        (EDIT, "My Password"),
        (READ, "My Profile"),
        (EDIT, "My Profile"),
        (READ, "DAG Runs"),
        (READ, "DAG Versions"),
        (MENU, "DAGs"),
        (MENU, "Browse"),
        (MENU, "DAG Runs"),
    }
)
_DRAFTS: frozenset[Right] = frozenset(
    {(READ, resource) for resource in ("Task Instances", "Task Logs", "XComs", "HITL Detail", "Plugins")}
    | {(MENU, "HITL Detail"), (MENU, "Task Instances")}
)
_RUNNING: frozenset[Right] = frozenset(
    {
        *((READ, name) for name in ("DAG Code", "DAG Dependencies", "DAG Warnings", "ImportError", "Jobs", "Pools", "Assets")),
        *((READ, name) for name in ("Backfills", "Cluster Activity")),
        *((MENU, name) for name in ("Assets", "Cluster Activity", "Jobs", "DAG Dependencies")),
        *((EDIT, name) for name in ("DAGs", "DAG Runs", "Task Instances", "Backfills")),
        *((CREATE, name) for name in ("DAG Runs", "Task Instances", "Backfills", "Assets")),
    }
)
VIEWER_RIGHTS = _ANYONE | {(READ, "DAGs")}
OPERATOR_RIGHTS = VIEWER_RIGHTS | _DRAFTS | _RUNNING


def dag_resource(dag_id: str) -> str:
    return f"DAG:{dag_id}"


def reviewer_role(jurisdiction_id: str) -> str:
    return REVIEWER + jurisdiction_id


def wanted(offices: Iterable[Jurisdiction]) -> dict[str, frozenset[Right]]:
    """Every role with all of its rights."""
    roles = {VIEWER: VIEWER_RIGHTS, OPERATOR: OPERATOR_RIGHTS}
    for office in offices:
        dags = [dag_resource(f"circular_{office.id}_{circular}") for circular in office.circulars]
        own = frozenset((action, dag) for dag in dags for action in (READ, REVIEW))
        roles[reviewer_role(office.id)] = _ANYONE | _DRAFTS | own
    return roles


def sync(roles: Mapping[str, frozenset[Right]], session: Session) -> int:
    """Give each role exactly its rights, and reviewers of offices that are gone none; return how many roles changed."""
    from airflow.providers.fab.auth_manager.models import Role
    from sqlalchemy import select
    from sqlalchemy.orm import selectinload

    existing = {role.name: role for role in session.scalars(select(Role).options(selectinload(Role.permissions)))}
    gone = {name: frozenset[Right]() for name in existing if name.startswith(REVIEWER) and name not in roles}
    rights = _rights(session, {right for own in roles.values() for right in own})
    changed = 0
    for name, own in {**roles, **gone}.items():
        if (role := existing.get(name)) is None:
            role = Role(name=name)
            session.add(role)
        if {(right.action.name, right.resource.name) for right in role.permissions} != own:
            role.permissions = [rights[right] for right in sorted(own)]
            changed += 1
    return changed


def _rights(session: Session, asked: set[Right]) -> dict[Right, Permission]:
    """The rows of these rights, made where they do not exist."""
    from airflow.providers.fab.auth_manager.models import Action, Permission, Resource
    from sqlalchemy import select

    actions = {action.name: action for action in session.scalars(select(Action))}
    resources = {resource.name: resource for resource in session.scalars(select(Resource))}
    rights = {(right.action.name, right.resource.name): right for right in session.scalars(select(Permission)).unique()}
    for action, resource in sorted(asked - set(rights)):
        rights[action, resource] = Permission(
            action=actions.setdefault(action, Action(name=action)),
            resource=resources.setdefault(resource, Resource(name=resource)),
        )
    session.add_all(rights.values())
    return rights


def main() -> int:
    """Bring the roles of this installation in line with its settings files."""
    from tongbao_airflow import environment

    environment.apply()
    from airflow.utils.session import create_session

    from tongbao_airflow.offices import read_offices

    offices, faults = read_offices()
    with create_session() as session:
        changed = sync(wanted(offices), session)
    print(f"辖区{len(offices)}个，角色变动{changed}个")
    for stem, fault in faults.items():
        print(f"{stem} 未设角色：{fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
