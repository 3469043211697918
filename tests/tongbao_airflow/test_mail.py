"""Mail against an SMTP server of the test's own on loopback."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from tests import airflow_home
from tongbao.errors import ConfigurationError, SourceUnavailable

airflow_home.prepare()


class _Session(socketserver.StreamRequestHandler):
    """Speaks just enough SMTP."""

    def handle(self) -> None:
        server: Any = self.server
        self._say("220 ready")
        for line in self.rfile:
            word = line.split(b" ")[0].strip().upper()
            if word == b"DATA":
                self._say("354 go on")
                body = b"".join(iter(self.rfile.readline, b".\r\n"))
                server.received.append(message_from_bytes(body, policy=policy.default))
            self._say("221 bye" if word == b"QUIT" else "250 fine")
            if word == b"QUIT":
                return

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def server() -> Iterator[Any]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session) as server:
        server.daemon_threads = True
        server.received = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def connect(monkeypatch: pytest.MonkeyPatch, port: int, **extra: Any) -> None:
    plain = {"disable_ssl": True, "disable_tls": True, "timeout": 5, "retry_limit": 0}
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": {**plain, **extra}}
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_TEST", json.dumps(connection))


def letter(to: str) -> EmailMessage:
    message = EmailMessage()
    message["To"], message["Subject"] = to, "关于检查情况的通报"
    message.set_content("随信附上。")
    message.add_attachment(b"docx", maintype="application", subtype="octet-stream", filename="通报.docx")
    return message


def test_messages_leave_from_the_connection_s_address_over_one_session(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from tongbao_airflow.mail import mail_sender

    connect(monkeypatch, server.server_address[1], from_email="tongbao@flag.example")
    with mail_sender("smtp_test") as send:
        send(letter("a@flag.example"))
        send(letter("b@flag.example"))
    assert [(mail["From"], mail["To"], mail["Subject"]) for mail in server.received] == [
        ("tongbao@flag.example", "a@flag.example", "关于检查情况的通报"),
        ("tongbao@flag.example", "b@flag.example", "关于检查情况的通报"),
    ]
    assert [part.get_filename() for part in server.received[0].iter_attachments()] == ["通报.docx"]


def test_nothing_to_send_needs_no_connection() -> None:
    from tongbao_airflow.mail import mail_sender

    with mail_sender("no_such_connection"):
        pass


def test_a_server_out_of_reach_is_tried_again_later(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from tongbao_airflow.mail import mail_sender

    with socketserver.TCPServer(("127.0.0.1", 0), _Session) as closed:
        port = closed.server_address[1]
    connect(monkeypatch, port, from_email="tongbao@flag.example")
    with mail_sender("smtp_test") as send, pytest.raises(SourceUnavailable, match="连不上邮件服务器"):
        send(letter("a@flag.example"))


def test_a_connection_without_sender_is_told(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from tongbao_airflow.mail import mail_sender

    connect(monkeypatch, server.server_address[1])
    with mail_sender("smtp_test") as send, pytest.raises(ConfigurationError, match="from_email"):
        send(letter("a@flag.example"))
    assert server.received == []
