"""Draw the pages: Jinja templates of templates/portal, Chinese, no script, nothing from another address, printable."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse

from tongbao.formatting import date_text
from tongbao.home import home
from tongbao.period import SHANGHAI
from tongbao.web_page import page_templates


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Draw a page. ``root`` is where the portal is mounted; ``framed``: a tab of Airflow shows it, which allows no PDF."""
    drawn = _environment(home() / "templates" / "portal").get_template(f"{template}.html.jinja")
    return HTMLResponse(drawn.render(root=root_of(request), framed=is_framed(request), **values), status_code=status)


def root_of(request: Request) -> str:
    """Where the portal is mounted, as browsers see it."""
    return str(request.scope.get("root_path", "")).rstrip("/")


def place(*parts: str) -> str:
    """The path of a page or file below the portal's root."""
    return "/".join(quote(part, safe="") for part in parts)


def is_framed(request: Request) -> bool:
    return request.headers.get("sec-fetch-dest") == "iframe"


def moment(at: datetime) -> str:
    """An instant in Shanghai, e.g. 2020年10月13日 08:00."""
    local = at.astimezone(SHANGHAI)
    return f"{date_text(local.date())} {local:%H:%M}"


def cutoff(at: datetime) -> str:
    """An instant up to which something counts: a midnight is the end of the day before, as offices say it."""
    local = at.astimezone(SHANGHAI)
    return f"{date_text(local.date() - timedelta(days=1))}24时" if local.time() == time() else moment(at)


@lru_cache(maxsize=4)
def _environment(folder: Path) -> Environment:
    environment = page_templates(folder)
    environment.filters |= {"moment": moment, "cutoff": cutoff, "day": date_text}
    environment.globals["place"] = place
    return environment
