"""Alarms by mail and in group chats: each channel told once, whatever another one does."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from airflow.sdk import Connection
from upath import UPath

from tests.tongbao.scan.loopback import settings
from tests.tongbao.scan.test_alarms import START, history
from tongbao.errors import ConfigurationError, SourceUnavailable
from tongbao.scan.alarm_book import AlarmBook
from tongbao.scan.alarms import events_since
from tongbao.scan.settings import Webhook
from tongbao_airflow import alarms

NOW = START + timedelta(hours=4)
Connections = dict[str, Connection]


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Connections:
    known: Connections = {}

    def get(name: str) -> Connection:
        return known[name]

    monkeypatch.setattr(alarms.BaseHook, "get_connection", staticmethod(get))
    return known


class Chat:
    """A group chat's robot on loopback; answers what it is told to."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, dict[str, str], Any]] = []
        self.answer: tuple[int, Any] = (200, {"errcode": 0})
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                chat.posted.append((self.path, dict(self.headers), content))
                body = json.dumps(chat.answer[1]).encode()
                self.send_response(chat.answer[0])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/robot/send"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def chat() -> Iterator[Chat]:
    made = Chat()
    yield made
    made.close()


@pytest.fixture
def mailbox() -> Iterator[tuple[int, list[str]]]:
    """An SMTP server on loopback: its port and the messages it took."""
    messages: list[str] = []
    ready: Any = threading.Event()
    loop = asyncio.new_event_loop()
    port = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 post.example\r\n")
        while line := await reader.readline():
            if line.upper().startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                messages.append((await reader.readuntil(b"\r\n.\r\n")).decode())
            writer.write(b"250 post.example\r\n")
        writer.close()

    async def start() -> None:
        nonlocal port
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        ready.set()

    thread = threading.Thread(target=lambda: (loop.run_until_complete(start()), loop.run_forever()), daemon=True)
    thread.start()
    ready.wait(5)
    yield port, messages
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


@pytest.fixture
def book(tmp_path: Path) -> AlarmBook:
    made = AlarmBook(UPath(tmp_path))
    made.decide(events_since(history("ttt"), [], failures_before_alarm=3, names={"a": "示例旗人民政府网"}), NOW)
    return made


def hooked(kind: str, name: str = "chat") -> Webhook:
    return Webhook(kind=kind, connection=name)  # type: ignore[arg-type]


class TestGroupChats:
    def test_dingtalk(self, chat: Chat, connections: Connections, book: AlarmBook, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(alarms.time, "time", lambda: 1_600_000_000.0)
        extra = json.dumps({"secret": "SEC"})
        connections["chat"] = Connection(conn_id="chat", conn_type="http", host=chat.address, password="token", extra=extra)
        assert alarms.tell("示例旗", settings(webhooks=(hooked("dingtalk"),)), book, NOW) == {"told": 1}
        ((path, _, content),) = chat.posted
        query = parse_qs(urlsplit(path).query)
        expected = {"access_token": "token"} | alarms.signature("SEC", 1_600_000_000_000)
        assert {name: values[0] for name, values in query.items()} == expected
        assert content["msgtype"] == "text"
        assert "示例旗网站巡检：1个网站无法访问" in content["text"]["content"]
        assert "示例旗人民政府网（a）" in content["text"]["content"]

    def test_signature_is_the_documented_one(self) -> None:
        """HMAC-SHA256 of time, line feed and secret, keyed with the secret, in base64 (computed with openssl)."""
        assert alarms.signature("SEC", 1_600_000_000_000) == {
            "timestamp": "1600000000000",
            "sign": "C72kx4c0NUGpRzKRqG/YBFvxO6ddH42i13qMig+aiB8=",
        }

    def test_wecom_is_cut_to_what_it_bears(self, chat: Chat, connections: Connections, tmp_path: Path) -> None:
        connections["chat"] = Connection(conn_id="chat", conn_type="http", host=chat.address, password="key")
        rows = [row for number in range(30) for row in history("ttt", f"s{number}")]
        names = {f"s{number}": "示例旗某某某某局门户网站" * 2 for number in range(30)}
        many = AlarmBook(UPath(tmp_path))
        many.decide(events_since(rows, [], failures_before_alarm=3, names=names), NOW)
        alarms.tell("示例旗", settings(webhooks=(hooked("wecom"),)), many, NOW)
        ((path, _, content),) = chat.posted
        assert path == "/robot/send?key=key"
        text = content["text"]["content"]
        assert 1800 < len(text.encode()) <= 2048
        assert text.endswith("\n……")

    def test_generic(self, chat: Chat, connections: Connections, book: AlarmBook) -> None:
        connections["chat"] = Connection(conn_id="chat", conn_type="http", host=chat.address, password="secret")
        chat.answer = (204, None)
        alarms.tell("示例旗", settings(webhooks=(hooked("generic"),)), book, NOW)
        ((path, headers, content),) = chat.posted
        assert path == "/robot/send"
        assert headers["Authorization"] == "Bearer secret"
        assert content["office"] == "示例旗"
        assert (content["events"][0]["change"], content["events"][0]["subject_id"]) == ("opened", "a")

    @pytest.mark.parametrize("answer", [(200, {"errcode": 310000, "errmsg": "keywords not in content"}), (500, {}), (302, {})])
    def test_a_refusal_is_told_without_the_token(
        self, chat: Chat, connections: Connections, book: AlarmBook, answer: tuple[int, Any]
    ) -> None:
        connections["chat"] = Connection(conn_id="chat", conn_type="http", host=chat.address, password="s3cret")
        chat.answer = answer
        with pytest.raises(SourceUnavailable, match="chat") as told:
            alarms.tell("示例旗", settings(webhooks=(hooked("dingtalk"),)), book, NOW)
        assert "s3cret" not in str(told.value)
        # It is tried again, and then not told any more.
        chat.answer = (200, {"errcode": 0})
        assert alarms.tell("示例旗", settings(webhooks=(hooked("dingtalk"),)), book, NOW) == {"told": 1}
        assert alarms.tell("示例旗", settings(webhooks=(hooked("dingtalk"),)), book, NOW) == {"told": 0}

    @pytest.mark.parametrize("host", ["", "chat.example"])
    def test_a_connection_that_says_too_little(self, connections: Connections, book: AlarmBook, host: str) -> None:
        if host:
            connections["chat"] = Connection(conn_id="chat", conn_type="http", host=host)
        with pytest.raises(ConfigurationError, match="chat"):
            alarms.tell("示例旗", settings(webhooks=(hooked("wecom"),)), book, NOW)


class TestMail:
    def test_one_mail_to_all(self, mailbox: tuple[int, list[str]], book: AlarmBook, monkeypatch: pytest.MonkeyPatch) -> None:
        port, messages = mailbox
        extra = {"from_email": "patrol@tongbao.example", "disable_ssl": True, "disable_tls": True}
        post = Connection(conn_id="post", conn_type="smtp", host="127.0.0.1", port=port, extra=json.dumps(extra))
        monkeypatch.setenv("AIRFLOW_CONN_POST", post.get_uri())
        office = settings(mail_to=("a@shiliqi.example", "b@shiliqi.example"), mail_connection="post")
        assert alarms.tell("示例旗", office, book, NOW) == {"told": 1}
        from email import message_from_string, policy

        (message,) = [message_from_string(text, policy=policy.default) for text in messages]
        assert message["To"] == "a@shiliqi.example, b@shiliqi.example"
        assert message["Subject"] == "示例旗网站巡检：1个网站无法访问"
        assert "示例旗人民政府网（a），9月1日00:00起连续3次探测失败（超时）" in message.get_content()

    def test_nobody_at_home(self, book: AlarmBook, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW_CONN_POST", "smtp://127.0.0.1:1/?disable_ssl=true&disable_tls=true&retry_limit=1")
        with pytest.raises(SourceUnavailable, match="邮件"):
            alarms.tell("示例旗", settings(mail_to=("a@shiliqi.example",), mail_connection="post"), book, NOW)


def test_one_channel_out_of_order_does_not_keep_the_others_from_it(
    chat: Chat, connections: Connections, book: AlarmBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections["chat"] = Connection(conn_id="chat", conn_type="http", host=chat.address)
    connections["gone"] = Connection(conn_id="gone", conn_type="http", host="http://127.0.0.1:1/")
    office = settings(webhooks=(hooked("generic", "gone"), hooked("generic", "chat")))
    for _ in range(2):
        with pytest.raises(SourceUnavailable, match="gone"):
            alarms.tell("示例旗", office, book, NOW)
    assert len(chat.posted) == 1


def test_no_channel_no_message(book: AlarmBook) -> None:
    assert alarms.tell("示例旗", settings(), book, NOW) == {"told": 0}
