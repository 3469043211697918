"""One exchange as WARC records (ISO 28500, WARC/1.1) and back.

An answer becomes a ``response`` and a ``request`` record; an exchange without an answer a ``metadata`` record that says what
came of it. Each record is a gzip member of its own, so that any of them can be cut out and read alone.
"""

from __future__ import annotations

import hashlib
import io
import re
import uuid
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from warcio.archiveiterator import WARCIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tongbao.feeds import Outcome
from tongbao.scan.client import Exchange

_LEVEL = 6
_ID = re.compile(r"sha256:[0-9a-f]{64}")
_ASKED, _OUTCOME, _ERROR, _REDIRECT = "Tongbao-Asked-URI", "Tongbao-Outcome", "Tongbao-Error", "Tongbao-Redirect"
_ELAPSED, _FAMILY, _METHOD = "Tongbao-Elapsed", "Tongbao-Address-Family", "Tongbao-Method"
# The body is kept as it was read: without the transfer's and the content's encoding, whose headers are kept under other names.
_UNDONE = {"content-encoding", "transfer-encoding", "content-length"}
_ORIGINAL = "X-Archive-Orig-"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One exchange read back, and the bytes of its records (.warc.gz) as they lie in the archive."""

    id: str
    exchange: Exchange
    records: bytes
    screenshot: bytes | None = None


def evidence_id(exchange: Exchange) -> str:
    """``sha256:`` of the address that answered and the body as read: the same page read twice has the same id.

    Where nothing answered, what came of it stands in the body's place.
    """
    digest = hashlib.sha256(exchange.final_url.encode("utf-8", "surrogatepass"))
    digest.update(b"\n")
    if exchange.status is None:
        digest.update(f"{exchange.outcome.value}\n{exchange.error}".encode("utf-8", "surrogatepass"))
    else:
        digest.update(exchange.body)
    return f"sha256:{digest.hexdigest()}"


def cited(text: str) -> list[str]:
    """Return the evidence ids a finding's ``evidence`` column names, in its order."""
    return list(dict.fromkeys(_ID.findall(text)))


def record_bytes(exchange: Exchange, user_agent: str = "") -> bytes:
    """Return the exchange's records, each compressed by itself; equal for equal exchanges."""
    writer = _writer()
    kinds = ("metadata",) if exchange.status is None else ("response", "request")
    ids = {kind: _record_id(exchange, kind) for kind in kinds}
    return b"".join(_compressed(_one_record(writer, exchange, kind, ids, user_agent)) for kind in kinds)


def opening_record(name: str, software: str, opened_at: datetime) -> bytes:
    """Return the ``warcinfo`` record a segment begins with."""
    sink = io.BytesIO()
    writer = WARCWriter(sink, gzip=False, warc_version="WARC/1.1")
    information = {"software": software, "format": "WARC File Format 1.1", "conformsTo": "ISO 28500:2017"}
    record = writer.create_warcinfo_record(name, information)
    record.rec_headers.replace_header("WARC-Date", _date(opened_at))
    writer.write_record(record)
    return _compressed(sink.getvalue())


def read_records(records: bytes) -> Evidence | None:
    """Read one exchange's records back, None for anything else (the opening record, a damaged one)."""
    try:
        for record in WARCIterator(io.BytesIO(records)):
            if record.rec_type in ("response", "metadata"):
                exchange = _exchange(record.rec_headers, record.http_headers, record.content_stream().read())
                return Evidence(evidence_id(exchange), exchange, records)
    except (ValueError, EOFError, zlib.error, AttributeError, LookupError):
        return None
    except Exception as error:  # warcio's own errors share no base but Exception
        if type(error).__module__.startswith("warcio"):
            return None
        raise
    return None


def _writer() -> WARCWriter:
    return WARCWriter(io.BytesIO(), gzip=False, warc_version="WARC/1.1")


def _one_record(writer: WARCWriter, exchange: Exchange, kind: str, ids: dict[str, str], user_agent: str) -> bytes:
    sink = io.BytesIO()
    writer.out = sink
    headers = {"WARC-Record-ID": ids[kind], "WARC-Date": _date(exchange.started_at)}
    if kind == "request":
        headers["WARC-Concurrent-To"] = ids["response"]
        content, http = b"", _request_head(exchange, user_agent)
    else:
        headers |= _notes(exchange)
        headers["WARC-Payload-Digest"] = f"sha256:{hashlib.sha256(exchange.body).hexdigest()}"
        content, http = exchange.body, _response_head(exchange)
    record = writer.create_warc_record(
        _clean(exchange.final_url),
        kind,
        payload=io.BytesIO(content),
        length=len(content),
        warc_headers_dict=headers,
        http_headers=None if kind == "metadata" else http,
    )
    writer.write_record(record)
    return sink.getvalue()


def _notes(exchange: Exchange) -> dict[str, str]:
    notes = {
        _ASKED: exchange.url if exchange.url != exchange.final_url else "",
        _OUTCOME: exchange.outcome.value,
        _ERROR: exchange.error,
        _REDIRECT: " ".join(exchange.redirects),
        _ELAPSED: f"{exchange.elapsed_s:.3f}",
        _FAMILY: str(exchange.family or ""),
        _METHOD: exchange.method,
        "WARC-IP-Address": exchange.address or "",
        "WARC-Truncated": "length" if exchange.is_truncated else "",
    }
    return {name: _clean(value) for name, value in notes.items() if value}


def _response_head(exchange: Exchange) -> StatusAndHeaders:
    headers = [(f"{_ORIGINAL}{name}" if name.lower() in _UNDONE else name, _clean(value)) for name, value in exchange.headers]
    headers.append(("Content-Length", str(len(exchange.body))))
    return StatusAndHeaders(f"{exchange.status} -", headers, protocol="HTTP/1.1")


def _request_head(exchange: Exchange, user_agent: str) -> StatusAndHeaders:
    parts = urlsplit(exchange.final_url)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    headers = [("Host", _clean(parts.netloc.rpartition("@")[2]))]
    if user_agent:
        headers.append(("User-Agent", _clean(user_agent)))
    return StatusAndHeaders(f"{exchange.method} {_clean(path)} HTTP/1.1", headers, is_http_request=True)


def _exchange(warc: StatusAndHeaders, http: StatusAndHeaders | None, body: bytes) -> Exchange:
    def note(name: str) -> str:
        return str(warc.get_header(name) or "")

    final_url = note("WARC-Target-URI")
    family = note(_FAMILY)
    return Exchange(
        url=note(_ASKED) or final_url,
        final_url=final_url,
        outcome=Outcome(note(_OUTCOME) or Outcome.OK),
        started_at=datetime.fromisoformat(note("WARC-Date").replace("Z", "+00:00")),
        status=None if http is None else int(http.get_statuscode()),
        headers=() if http is None else _original(http.headers),
        body=body if http is not None else b"",
        is_truncated=bool(note("WARC-Truncated")),
        elapsed_s=float(note(_ELAPSED) or 0),
        address=note("WARC-IP-Address") or None,
        family=int(family) if family else None,
        redirects=tuple(note(_REDIRECT).split()),
        error=note(_ERROR),
        method=note(_METHOD) or "GET",
    )


def _original(headers: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The headers as sent, without the length that was set on keeping."""
    return tuple((name.removeprefix(_ORIGINAL), value) for name, value in headers[:-1])


def _record_id(exchange: Exchange, kind: str) -> str:
    content = f"{kind} {evidence_id(exchange)} {_date(exchange.started_at)}"
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}>"


def _date(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _clean(value: str) -> str:
    """Without what would end a header line; lone surrogates of odd addresses escaped."""
    return re.sub(r"[\r\n\0]+", " ", value.encode("utf-8", "backslashreplace").decode())


def _compressed(data: bytes) -> bytes:
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS + 16)
    return compressor.compress(data) + compressor.flush()
