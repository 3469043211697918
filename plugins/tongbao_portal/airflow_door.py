"""Airflow at the door: its tokens, its auth manager, its XComs. The only module here that imports Airflow.

Airflow does not authenticate what plugins mount; these pages do it with the dependency its own API uses, for the browser's
cookie and for bearer tokens alike.
"""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
from airflow.models.dag import DagModel
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from fastapi import HTTPException
from sqlalchemy import select
from starlette.requests import Request

_REFUSED = frozenset({401, 403})


class AirflowDoor:
    """See :class:`tongbao_portal.door.Door`; works with whatever auth manager the installation has."""

    async def user(self, request: Request) -> Any:
        try:
            return await get_user(request, None, await bearer_scheme(request))
        except HTTPException as refusal:
            if refusal.status_code in _REFUSED:
                return None
            raise

    def login_url(self, following: str) -> str:
        return get_auth_manager().get_url_login(next_url=following)

    def may_enter(self, user: Any) -> bool:
        return get_auth_manager().is_authorized_dag(method="GET", user=user)

    def may_read_runs(self, user: Any, dag_id: str) -> bool:
        return _may_get(user, dag_id, DagAccessEntity.RUN)

    def may_read_output(self, user: Any, dag_id: str) -> bool:
        return all(_may_get(user, dag_id, entity) for entity in (DagAccessEntity.TASK_INSTANCE, DagAccessEntity.XCOM))

    def returned(self, dag_id: str, run_id: str, task_id: str) -> Any:
        with create_session() as session:
            own = (XComModel.dag_id == dag_id, XComModel.run_id == run_id, XComModel.task_id == task_id)
            row = session.scalars(select(XComModel).where(*own, XComModel.key == "return_value")).first()
            return XComModel.deserialize_value(row) if row is not None else None


def _may_get(user: Any, dag_id: str, entity: DagAccessEntity) -> bool:
    details = DagDetails(id=dag_id, team_name=DagModel.get_team_name(dag_id))
    return get_auth_manager().is_authorized_dag(method="GET", access_entity=entity, details=details, user=user)
