"""What Airflow mounts: every process loads the plugin, only an API server that is asked for a page builds the pages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Asgi: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class Portal:
    """An ASGI application that is made on its first request."""

    def __init__(self, build: Callable[[], Asgi] | None = None) -> None:
        self._build = build or _behind_airflow
        self._app: Asgi | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            self._app = await asyncio.to_thread(self._build)
        await self._app(scope, receive, send)


def _behind_airflow() -> Asgi:
    from tongbao_portal.airflow_door import AirflowDoor
    from tongbao_portal.app import make_app

    return make_app(AirflowDoor())
