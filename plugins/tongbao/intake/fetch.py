"""Feeds fetched over HTTP: every page kept as it came, and one .csv for the intake to read."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, MaxRetryError, ResponseError
from urllib3.response import BaseHTTPResponse
from urllib3.util.retry import Retry

from tongbao.errors import SourceUnavailable
from tongbao.jurisdiction import HttpSource
from tongbao.period import SHANGHAI

MOST_PAGES = 10_000
_TRIES = 5
_MOST_REDIRECTS = 5
_SILENCE_S = 30.0
_BLOCK = 1 << 16
_MIB = 1 << 20
_RETRIED = (429, 500, 502, 503, 504)


def fetch(
    source: HttpSource,
    folder: Path,
    *,
    token: str | None = None,
    session: requests.Session | None = None,
    fetched_at: datetime | None = None,
) -> Path:
    """Fetch all pages of a source into ``folder`` and return the .csv made of them, with the source's own headers.

    A JSON page is a list of records, or an object with the records under ``source.items`` and the address or number of
    the next page under ``source.next``; ``Link: rel="next"`` works for both formats. The file's name follows from the
    address, so that a later fetch supersedes an earlier one of the same period, and for a source that delivers
    increments from ``fetched_at`` too, so that it adds to it. Raw pages lie in ``<name>.pages/``.

    Raises:
        SourceUnavailable: the source refused, failed on every try, left its host, exceeded the time or size limit, or
            sent what cannot be read. No .csv is left behind.
    """
    errand = _Errand(source, token, time.monotonic() + source.time_limit_s)
    name = _file_name(source)
    if source.delivers == "increments" and fetched_at is not None:
        name = f"{name}-{fetched_at.astimezone(SHANGHAI):%Y%m%dT%H%M%S}"
    pages_folder = folder / f"{name}.pages"
    shutil.rmtree(pages_folder, ignore_errors=True)
    pages_folder.mkdir(parents=True)
    target = folder / f"{name}.csv"
    target.unlink(missing_ok=True)
    if session is not None:
        pages = _download(errand, session, pages_folder)
    else:
        with _session(errand) as own:
            pages = _download(errand, own, pages_folder)
    partial = target.with_suffix(".partial")
    try:
        _write_csv(errand, pages, partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


@dataclass
class _Errand:
    """One fetch: what is asked for and how much time and size are left."""

    source: HttpSource
    token: str | None
    deadline: float
    received: int = 0

    def remaining(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise self.trouble(f"在{self.source.time_limit_s:g}秒内没有取完", "请稍后重试，或在辖区设置中放宽 time_limit_s")
        return left

    def count(self, size: int) -> None:
        self.received += size
        if self.received > self.source.size_limit_mib * _MIB:
            raise self.trouble(
                f"返回的数据超过{self.source.size_limit_mib:g}MiB", "请分批提供数据，或在辖区设置中放宽 size_limit_mib"
            )

    def trouble(self, problem: str, remedy: str) -> SourceUnavailable:
        return SourceUnavailable(f"数据源 {self.source.url} {problem}", remedy=remedy, value=self.source.url)


class _Bearer(requests.auth.AuthBase):
    """Sets the token; also keeps requests from putting a password of ~/.netrc in its place."""

    def __init__(self, token: str | None) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.token:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class _Patience(Retry):
    """Backs off and honours Retry-After, but never sleeps past the errand's deadline."""

    deadline = float("inf")

    def new(self, **changes: Any) -> _Patience:
        retry = super().new(**changes)
        retry.deadline = self.deadline
        return retry

    def get_backoff_time(self) -> float:
        return min(super().get_backoff_time(), self._left())

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        asked = super().get_retry_after(response)
        if asked is not None and asked > self._left():
            raise MaxRetryError(response.connection, response.url, ResponseError(f"Retry-After {asked:g} s"))  # type: ignore[arg-type]
        return asked

    def _left(self) -> float:
        return max(0.0, self.deadline - time.monotonic())


def _session(errand: _Errand) -> requests.Session:
    retry = _Patience(
        total=_TRIES,
        backoff_factor=0.5,
        backoff_max=30,
        status_forcelist=_RETRIED,
        allowed_methods={"GET"},
        raise_on_status=False,
    )
    retry.deadline = errand.deadline
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    return session


def _download(errand: _Errand, session: requests.Session, folder: Path) -> list[Path]:
    pages: list[Path] = []
    seen: set[str] = set()
    address: str | None = errand.source.url
    while address is not None:
        if address in seen or len(pages) == MOST_PAGES:
            raise errand.trouble("的分页没有尽头", "请检查返回的下一页地址")
        seen.add(address)
        path = folder / f"{len(pages) + 1:05d}.{errand.source.format}"
        link = _page(errand, session, address, path)
        pages.append(path)
        address = _next_address(errand, address, path, link)
    return pages


def _page(errand: _Errand, session: requests.Session, address: str, path: Path) -> str | None:
    """Save one page and return the address its Link header calls next; a body cut short is asked for again."""
    for attempt in range(1, _TRIES + 1):
        before = errand.received
        try:
            with _get(errand, session, address) as response, path.open("wb") as sink:
                while block := response.raw.read1(_BLOCK, decode_content=True):
                    errand.count(len(block))
                    errand.remaining()
                    sink.write(block)
                return response.links.get("next", {}).get("url")
        except (requests.RequestException, HTTPError, OSError) as error:
            errand.received = before
            errand.remaining()
            if attempt == _TRIES or isinstance(error, requests.RequestException):
                raise errand.trouble(f"没有应答（{_cause(error)}）", "请检查网络和地址，稍后重试") from error
    raise AssertionError("unreachable")


def _get(errand: _Errand, session: requests.Session, address: str) -> requests.Response:
    for _ in range(_MOST_REDIRECTS + 1):
        _check_origin(errand, address)
        wait = min(errand.remaining(), _SILENCE_S)
        response = session.get(address, auth=_Bearer(errand.token), timeout=wait, stream=True, allow_redirects=False)
        if not response.is_redirect:
            _check_status(errand, response)
            return response
        address = urljoin(address, response.headers["location"])
        response.close()
    raise errand.trouble("转向次数过多", "请在辖区设置中填写最终地址")


def _check_origin(errand: _Errand, address: str) -> None:
    """Pages and redirects stay on the source's own host: the token must reach no other."""
    home, there = urlsplit(errand.source.url), urlsplit(address)
    if home.scheme not in ("http", "https"):
        raise errand.trouble("不是 http 或 https 地址", "请在辖区设置中更正 url")
    if (home.scheme, home.netloc) != (there.scheme, there.netloc):
        raise errand.trouble(
            f"转到了别的主机（{there.scheme}://{there.netloc}）", "请核对数据源；确已迁移的，请更正辖区设置中的 url"
        )


def _check_status(errand: _Errand, response: requests.Response) -> None:
    status = response.status_code
    if status == 200:
        return
    response.close()
    if status in (401, 403):
        raise errand.trouble(f"拒绝访问（{status}）", f"请核对连接“{errand.source.connection or '未设置'}”中的令牌")
    if status in _RETRIED:
        raise errand.trouble(f"暂不可用（{status}，已重试）", "请稍后重试，仍不行的请联系数据源的管理单位")
    raise errand.trouble(f"返回 {status}", "请核对辖区设置中的 url")


def _cause(error: Exception) -> str:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return re.sub(r"<[^>]*>:?\s*", "", str(reason or error))[:200] or type(error).__name__


def _next_address(errand: _Errand, address: str, path: Path, link: str | None) -> str | None:
    if link:
        return urljoin(address, link)
    if errand.source.format != "json":
        return None
    content = _json(errand, path)
    following = content.get(errand.source.next) if isinstance(content, dict) else None
    if following in (None, "", False):
        return None
    if str(following).isdigit():
        url = requests.Request("GET", errand.source.url, params={"page": str(following)}).prepare().url
        return str(url)
    return urljoin(address, str(following))


def _json(errand: _Errand, path: Path) -> Any:
    try:
        # Numbers stay as written: no rounding of long codes, no 1.0 for 1.
        return json.loads(path.read_bytes(), parse_float=str, parse_int=str)
    except ValueError as error:
        raise errand.trouble(f"第{int(path.stem)}页不是正确的 JSON", "请核对地址；返回的可能是登录页") from error


def _write_csv(errand: _Errand, pages: list[Path], target: Path) -> None:
    """Write all pages' rows; they are read twice, so that no more than one page is in memory."""
    rows = _json_rows if errand.source.format == "json" else _csv_rows
    headers: dict[str, None] = {}
    for page in pages:
        for row in rows(errand, page):
            headers.update(dict.fromkeys(row))
    if not headers:
        raise errand.trouble("没有返回任何记录", "请核对地址和查询条件")
    with target.open("w", encoding="utf-8", newline="") as sink:
        writer = csv.DictWriter(sink, list(headers), restval="", lineterminator="\n")
        writer.writeheader()
        for page in pages:
            writer.writerows(rows(errand, page))


def _json_rows(errand: _Errand, page: Path) -> Iterator[dict[str, str]]:
    content = _json(errand, page)
    records = content.get(errand.source.items) if isinstance(content, dict) else content
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise errand.trouble(
            f"第{int(page.stem)}页里没有记录列表“{errand.source.items}”", "请核对辖区设置中的 items，并确认每条记录是带列名的对象"
        )
    for record in records:
        yield {str(name): _cell(value) for name, value in record.items()}


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _csv_rows(errand: _Errand, page: Path) -> Iterator[dict[str, str]]:
    reader = csv.reader(io.StringIO(_decoded(errand, page), newline=""))
    headers = next(reader, [])
    for cells in reader:
        if len(cells) > len(headers):
            raise errand.trouble(f"第{int(page.stem)}页第{reader.line_num}行的格数多于表头", "请核对数据源导出的 CSV")
        if cells:
            yield dict(zip(headers, cells, strict=False))


def _decoded(errand: _Errand, page: Path) -> str:
    data = page.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise errand.trouble(f"第{int(page.stem)}页的文字编码无法识别", "请用 UTF-8 或 GB18030 提供 CSV")


def _file_name(source: HttpSource) -> str:
    host = re.sub(r"[^A-Za-z0-9.-]", "_", urlsplit(source.url).netloc)
    return f"{source.feed}-{host}-{hashlib.sha256(source.url.encode()).hexdigest()[:8]}"
