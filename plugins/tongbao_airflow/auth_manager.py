"""Who may do what over HTTP: users, passwords and roles of Flask-AppBuilder, with a right of its own to decide reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.providers.fab.auth_manager.fab_auth_manager import FabAuthManager

from tongbao_airflow.roles import REVIEW, dag_resource

if TYPE_CHECKING:
    from airflow.api_fastapi.auth.managers.base_auth_manager import ResourceMethod
    from airflow.api_fastapi.auth.managers.models.resource_details import DagDetails
    from airflow.providers.fab.auth_manager.models import User


class TongbaoAuthManager(FabAuthManager):
    """Flask-AppBuilder's manager, but for reviews: whoever may edit a DAG or everything may not therefore sign for others."""

    def is_authorized_dag(
        self,
        *,
        method: ResourceMethod,
        user: User,
        access_entity: DagAccessEntity | None = None,
        details: DagDetails | None = None,
    ) -> bool:
        """Let a review be decided by those alone whose role says so for that very circular."""
        if access_entity is DagAccessEntity.HITL_DETAIL and method != "GET":
            dag_id = details.id if details else None
            return dag_id is not None and (REVIEW, dag_resource(dag_id)) in self._get_user_permissions(user)
        return super().is_authorized_dag(method=method, user=user, access_entity=access_entity, details=details)

    def is_authorized_hitl_task(self, *, assigned_users: set[str], user: User) -> bool:
        """Compare by user name: settings name reviewers so, while Flask-AppBuilder's ids are numbers."""
        return user.get_name() in assigned_users
