"""Airflow's own tokens at the door: the browser's cookie or a bearer token, and nothing that is expired, forged or revoked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.requests import Request

from tests import airflow_home


@pytest.fixture(scope="module")
def door() -> Iterator[Any]:
    """The door of an installation with the auth manager of ``make up``; its database is not asked."""
    airflow_home.prepare()
    from airflow.api_fastapi import app
    from airflow.models.dag import DagModel
    from airflow.models.revoked_token import RevokedToken

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app._AuthManagerState, "instance", None)
        patch.setattr(RevokedToken, "is_revoked", staticmethod(lambda jti: jti in REVOKED))
        patch.setattr(DagModel, "get_team_name", staticmethod(lambda dag_id: None))
        app.create_auth_manager()
        from tongbao_portal.airflow_door import AirflowDoor

        yield AirflowDoor()


REVOKED: set[str] = set()
DAG = "circular_lizhengxian_quarterly"


def token(role: str | None, seconds: int = 600) -> str:
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    user = SimpleAuthManagerUser(username="zhang", role=role)
    return get_auth_manager().generate_jwt(user, expiration_time_in_seconds=seconds)


def asked(door: Any, **headers: str) -> Any:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return asyncio.run(door.user(Request({"type": "http", "headers": raw, "state": {}})))


def test_a_token_in_header_or_cookie_is_known(door: Any) -> None:
    own = token("admin")
    assert asked(door, authorization=f"Bearer {own}").get_name() == "zhang"
    assert asked(door, cookie=f"_token={own}").get_name() == "zhang"


def test_anything_else_is_nobody(door: Any) -> None:
    good = token("admin")
    assert asked(door) is None
    assert asked(door, authorization=f"Bearer {token('admin', -60)}") is None
    assert asked(door, authorization=f"Bearer {good[:-6]}AAAAAA") is None
    assert asked(door, authorization="Basic emhhbmc6eA==") is None
    assert asked(door, cookie="_token=x") is None
    # What is said aloud counts, not what the browser holds.
    assert asked(door, authorization="Bearer x", cookie=f"_token={good}") is None


def test_a_token_given_back_is_nobody(door: Any) -> None:
    import jwt

    own = token("admin")
    REVOKED.add(jwt.decode(own, options={"verify_signature": False})["jti"])
    assert asked(door, authorization=f"Bearer {own}") is None


@pytest.mark.parametrize(("role", "expected"), [("admin", True), ("viewer", True), (None, False)])
def test_rights_are_the_auth_managers(door: Any, role: str | None, expected: bool) -> None:
    user = asked(door, authorization=f"Bearer {token(role)}")
    assert [door.may_enter(user), door.may_read_runs(user, DAG), door.may_read_output(user, DAG)] == [expected] * 3


def test_a_browser_logs_in_where_airflow_says(door: Any) -> None:
    assert door.login_url("/tongbao/?q=旗") == "/auth/login?next=%2Ftongbao%2F%3Fq%3D%E6%97%97"


def test_airflow_mounts_the_pages_and_links_to_them() -> None:
    airflow_home.prepare()
    from airflow.api_fastapi.app import RESERVED_URL_PREFIXES

    from tongbao_plugin import TongbaoPlugin

    [mounted] = TongbaoPlugin.fastapi_apps
    assert not any(mounted["url_prefix"].startswith(prefix) for prefix in RESERVED_URL_PREFIXES)
    places = {view["destination"]: view["href"] for view in TongbaoPlugin.external_views}
    assert places == {"nav": "/tongbao/", "dag_run": "/tongbao/runs/{DAG_ID}/{RUN_ID}"}
