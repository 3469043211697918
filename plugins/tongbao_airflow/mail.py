"""Mail over an Airflow SMTP connection: opened with the first message, closed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from smtplib import SMTPException
from typing import Any

from airflow.sdk.exceptions import AirflowException

from tongbao.errors import ConfigurationError, SourceUnavailable


@contextmanager
def mail_sender(connection: str) -> Iterator[Callable[[EmailMessage], None]]:
    """Yield a function that sends one message from the connection's own address.

    It raises what smtplib raises, SourceUnavailable when the server is out of reach, and ConfigurationError when there is no
    such connection or it names no sender.
    """
    hooks: list[Any] = []

    def send(message: EmailMessage) -> None:
        if not hooks:
            hooks.append(_connected(connection))
        (hook,) = hooks
        sender = hook.from_email or hook.smtp_user
        if not sender:
            raise ConfigurationError(f"SMTP 连接 {connection} 没有发件地址", remedy="请在该连接的 Extra 中填写 from_email")
        message["From"] = sender
        # The hook's own method would build another message; it has no public way to send one that is ready.
        hook._smtp_client.send_message(message, from_addr=sender)

    try:
        yield send
    finally:
        for hook in hooks:
            hook.__exit__(None, None, None)


def _connected(connection: str) -> Any:
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    try:
        return SmtpHook(smtp_conn_id=connection).get_conn()
    except (SMTPException, OSError) as error:
        raise SourceUnavailable(f"连不上邮件服务器（{error}）", remedy="稍后会自动再试；一直如此的，请核对 SMTP 连接") from error
    except AirflowException as error:
        raise ConfigurationError(
            f"没有可用的 SMTP 连接 {connection}（{error}）", remedy="请在 Airflow 的“连接”页中建立该连接，类型选 SMTP"
        ) from error
