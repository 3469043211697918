"""Nobody gets past here unseen: who asks, what he is told when he may not, and the headers every answer carries."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response

from tongbao.archive import Archive
from tongbao.errors import TongbaoError
from tongbao_portal.door import Visitor
from tongbao_portal.files import CONTENT_POLICY, Damaged
from tongbao_portal.mount import Asgi, Message, Receive, Scope, Send
from tongbao_portal.pages import page, root_of
from tongbao_portal.shelf import NotFound

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


class NotLoggedIn(TongbaoError):
    """Nobody the door knows."""

    def __init__(self) -> None:
        super().__init__("尚未登录，或登录已过期", remedy="请登录后重试")


class Forbidden(TongbaoError):
    """Known, but without the right. Says nothing of whether what was asked for exists."""

    def __init__(self, what: str = "通报") -> None:
        super().__init__(f"您没有查看{what}的权限", remedy="确需查看的，请联系管理员按辖区授权")


async def visitor(request: Request) -> Visitor:
    """Who asks. Raises NotLoggedIn, or Forbidden for one who may not even list DAGs."""
    door = request.app.state.door
    user = await door.user(request)
    if user is None:
        raise NotLoggedIn
    if not await run_in_threadpool(door.may_enter, user):
        raise Forbidden
    return Visitor(door, user)


def archive(request: Request) -> Archive:
    opened: Archive = request.app.state.open_archive()
    return opened


Asking = Annotated[Visitor, Depends(visitor)]
Filed = Annotated[Archive, Depends(archive)]


def told(request: Request, error: Exception) -> Response:
    """What is answered instead of a page: to browsers as a page, or the way to the login; to programs as JSON."""
    status = _STATUS.get(type(error), 503 if isinstance(error, OSError) else 500)
    is_browser = "text/html" in request.headers.get("accept", "")
    if isinstance(error, NotLoggedIn) and is_browser and "authorization" not in request.headers:
        return RedirectResponse(request.app.state.door.login_url(_asked_for(request)), 303)
    sentence = str(error) if isinstance(error, TongbaoError) else "归档暂时读不到。请稍后再试，仍不行的请联系运维人员。"
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if is_browser:
        answer: Response = page(request, "message", status=status, title=_TITLES.get(status, "出错了"), sentence=sentence)
        answer.headers.update(headers)
        return answer
    return JSONResponse({"detail": sentence}, status, headers)


_STATUS: dict[type[Exception], int] = {NotLoggedIn: 401, Forbidden: 403, NotFound: 404, Damaged: 500}
_TITLES = {401: "请先登录", 403: "没有权限", 404: "没有这一页", 503: "暂时读不到归档"}


def answer_errors(app: FastAPI) -> None:
    for kind in (TongbaoError, OSError):
        app.add_exception_handler(kind, told)


def with_headers(app: Asgi) -> Asgi:
    """Add the headers every answer carries, errors too; an answer that sets one itself keeps its own."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                _fill(message)
            await send(message)

        await app(scope, receive, sent)

    return guarded


def _fill(message: MutableMapping[str, Any]) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)


def _asked_for(request: Request) -> str:
    """The path asked for, as browsers see it: never another host's, since it begins with the portal's own root."""
    path, root = request.scope["path"], root_of(request)
    query = f"?{request.url.query}" if request.url.query else ""
    return quote(path if path.startswith(f"{root}/") else f"{root}/{path.lstrip('/')}") + query
