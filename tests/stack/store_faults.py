"""What stands between Airflow and the object store, to make it fail as stores do."""

from __future__ import annotations

import http.client
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

_HOPS = {"connection", "keep-alive", "transfer-encoding", "host", "expect"}
_BUSY = b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


class FaultyStore(ThreadingHTTPServer):
    """Hands requests on to the store, but for the faults a test asks for."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = port
        self.written: list[str] = []
        """Paths of what was handed on to be written."""
        self._asked: list[tuple[str, str]] = []
        self._lock = Lock()
        Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    def ask_for(self, kind: str, method: str, times: int = 1) -> None:
        """Let the next ``times`` requests of ``method`` be refused (503), delayed (2 s) or cut off in the middle."""
        with self._lock:
            self._asked += [(kind, method)] * times

    def all_met(self) -> bool:
        return not self._asked

    def next_fault(self, method: str) -> str | None:
        with self._lock:
            kind = next((kind for kind, of in self._asked if of == method), None)
            if kind is not None:
                self._asked.remove((kind, method))
            return kind

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers that hung up: killed workers do."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultyStore

    def log_message(self, format: str, *values: Any) -> None:
        pass

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.next_fault(self.command)
        if fault == "refused":
            self.reply(503, {"Content-Type": "application/xml"}, _BUSY)
            return
        if fault == "delayed":
            time.sleep(2)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOPS}
        store = http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=60)
        if fault == "cut" and body:
            self.write_half(store, headers, body)
            return
        if self.command in ("PUT", "POST"):
            self.server.written.append(self.path)
        store.request(self.command, self.path, body, headers)
        response = store.getresponse()
        content = response.read()
        store.close()
        told = {name: value for name, value in response.getheaders() if name.lower() not in _HOPS}
        self.reply(response.status, told, content, cut=fault == "cut")

    def write_half(self, store: http.client.HTTPConnection, headers: dict[str, str], body: bytes) -> None:
        """The store gets half of what was announced, whoever wrote it no answer."""
        store.putrequest(self.command, self.path)
        for name, value in headers.items():
            store.putheader(name, value)
        store.endheaders(body[: len(body) // 2])
        store.close()
        self.close_connection = True
        self.connection.close()

    def reply(self, status: int, headers: dict[str, str], content: bytes, *, cut: bool = False) -> None:
        self.send_response_only(status)
        length = headers.pop("Content-Length", None)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", length if self.command == "HEAD" and length else str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if cut else content)
        self.close_connection = self.close_connection or cut

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer
