"""Tells of alarms by mail and in group chats: Airflow notifiers over Airflow connections, each channel told once.

A group chat's connection holds its address (host, with https:// and path), its access token (password) and, for DingTalk, the
signing secret (extra ``{"secret": "…"}``). The chat's robot may ask for a keyword: every message holds 网站巡检.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from airflow.sdk import BaseHook, BaseNotifier

from tongbao.errors import ConfigurationError, SourceUnavailable, TongbaoError

if TYPE_CHECKING:
    from tongbao.scan.alarm_book import AlarmBook
    from tongbao.scan.alarms import Event
    from tongbao.scan.settings import ScanSettings, Webhook

_LIMIT_S = 10.0
_WECOM_BYTES = 2048
MAIL = "mail"


class AlarmMail(BaseNotifier):
    """One plain-text mail to all receivers, over an SMTP connection."""

    def __init__(self, to: Sequence[str], subject: str, text: str, connection: str) -> None:
        super().__init__()
        self.to, self.subject, self.text, self.connection = tuple(to), subject, text, connection

    def notify(self, context: Any) -> None:
        """Send it.

        Raises:
            SourceUnavailable: the mail server refused it or is out of reach.
            ConfigurationError: the connection is missing or names no sender.
        """
        from smtplib import SMTPException

        from tongbao_airflow.mail import mail_sender

        message = EmailMessage()
        message["To"] = ", ".join(self.to)
        message["Subject"] = self.subject
        message.set_content(self.text)
        try:
            with mail_sender(self.connection) as send:
                send(message)
        except (SMTPException, OSError) as error:
            raise SourceUnavailable(
                f"告警邮件没有发出（{error}）", remedy="稍后会自动再试；一直如此的，请核对收件地址和 SMTP 连接"
            ) from error


class GroupChat(BaseNotifier):
    """One message to a DingTalk or WeCom group, or as JSON to any other system."""

    def __init__(self, webhook: Webhook, text: str, facts: Mapping[str, Any]) -> None:
        super().__init__()
        self.webhook, self.text, self.facts = webhook, text, facts

    def notify(self, context: Any) -> None:
        """Post it.

        Raises:
            SourceUnavailable: the other side did not answer, or refused it.
        """
        import requests

        connection = _connection(self.webhook.connection)
        address, headers, content = self._request(connection)
        try:
            answer = requests.post(
                address, data=json.dumps(content).encode(), headers=headers, timeout=_LIMIT_S, allow_redirects=False
            )
            told = answer.json() if self.webhook.kind != "generic" else {}
        except (requests.RequestException, ValueError) as error:
            # Not chained: the error's own text shows the address with the token.
            raise self._trouble(type(error).__name__) from None
        if not 200 <= answer.status_code < 300 or told.get("errcode", 0) != 0:
            raise self._trouble(str(told.get("errmsg") or answer.status_code))

    def _request(self, connection: Any) -> tuple[str, dict[str, str], Any]:
        """Address with the token, headers, and the message in the form its kind asks for."""
        base, token = str(connection.host), str(connection.password or "")
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if self.webhook.kind == "generic":
            bearer = {"Authorization": f"Bearer {token}"} if token else {}
            return base, headers | bearer, {**self.facts, "text": self.text}
        query = {"access_token" if self.webhook.kind == "dingtalk" else "key": token}
        if self.webhook.kind == "dingtalk" and (secret := connection.extra_dejson.get("secret")):
            query |= signature(secret, round(time.time() * 1000))
        text = self.text if self.webhook.kind == "dingtalk" else _cut(self.text, _WECOM_BYTES)
        return f"{base}?{urlencode(query)}", headers, {"msgtype": "text", "text": {"content": text}}

    def _trouble(self, reason: str) -> SourceUnavailable:
        # The address holds the token, so the sentence names the connection instead.
        return SourceUnavailable(
            f"告警没有送达连接“{self.webhook.connection}”（{reason}）",
            remedy="稍后会自动再试；一直如此的，请核对该连接的地址和令牌",
        )


def signature(secret: str, milliseconds: int) -> dict[str, str]:
    """DingTalk's: HMAC-SHA256 over time and secret, keyed with the secret."""
    digest = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    return {"timestamp": str(milliseconds), "sign": base64.b64encode(digest).decode()}


def channels(settings: ScanSettings) -> dict[str, Webhook | None]:
    """The office's channels by the name their marks bear; None stands for mail."""
    named: dict[str, Webhook | None] = {MAIL: None} if settings.mail_to else {}
    return named | {f"{webhook.kind}-{webhook.connection}": webhook for webhook in settings.webhooks}


def tell(office: str, settings: ScanSettings, book: AlarmBook, now: datetime) -> dict[str, Any]:
    """Tell every channel what it has not been told; one that fails does not keep the others from it.

    Returns the number of messages. Raises the first channel's error after all were tried, so that the task is tried again.
    """
    known = channels(settings)
    told, troubles = 0, []
    for untold in book.untold(known, now):
        try:
            _notifier(office, settings, known[untold.channel], untold.events).notify({})
        except TongbaoError as trouble:
            troubles.append(trouble)
            continue
        book.tell(untold, now)
        told += 1
    if troubles:
        raise next((trouble for trouble in troubles if isinstance(trouble, SourceUnavailable)), troubles[0])
    return {"told": told}


def _notifier(office: str, settings: ScanSettings, webhook: Webhook | None, events: Sequence[Event]) -> BaseNotifier:
    from tongbao.scan.alarm_text import alarm_text, subject_line

    text = alarm_text(office, events)
    if webhook is None:
        return AlarmMail(settings.mail_to, subject_line(office, events), text, settings.mail_connection)
    return GroupChat(webhook, text, {"office": office, "events": [event.to_json() for event in events]})


def _connection(name: str) -> Any:
    get: Callable[[str], Any] = BaseHook.get_connection
    try:
        connection = get(name)
    except Exception as error:
        raise ConfigurationError(f"没有名为“{name}”的连接", remedy="请在 Airflow 的“连接”页中建立，类型选 HTTP") from error
    if not str(connection.host or "").startswith(("http://", "https://")):
        raise ConfigurationError(f"连接“{name}”没有写明地址", remedy="请在“主机”中填写以 https:// 开头的完整地址，不带令牌")
    return connection


def _cut(text: str, most: int) -> str:
    """Whole lines of at most ``most`` bytes; a group chat would refuse the whole message."""
    data = text.encode()
    if len(data) <= most:
        return text
    ending = "\n……"
    return data[: most - len(ending.encode())].rpartition(b"\n")[0].decode() + ending
