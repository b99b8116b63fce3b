"""Mails by SMTP; needs the extra ``smtp``."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid, parseaddr
from importlib.util import find_spec
from ssl import SSLContext
from typing import Literal
from urllib.parse import unquote, urlsplit

from fastapi_betterauth.clock import Duration, to_timedelta
from fastapi_betterauth.errors import ConfigurationError

from .message import Message

_PORTS = {"smtp": 587, "smtps": 465}
_EXTRA = "pip install 'fastapi-better-auth[smtp]'"

Encryption = Literal["starttls", "tls", "none"]
"""``starttls``: begun in clear, then encrypted; ``tls``: from the first byte."""


class SMTPMailer:
    """Sends mails by an SMTP server, one connection a mail.

    Args:
        url: such as ``smtp://user:password@mail.example:587`` or ``smtps://…:465``.
        sender: who the mails are from, such as ``Acme <accounts@acme.example>``.
        encryption: ``smtps`` means ``tls``, anything else ``starttls``, unless said otherwise.
        tls_context: what certificates are trusted; by default those the system trusts.
        timeout: of one attempt; seconds or a timedelta.
        attempts: how often a mail is tried, with growing pauses, where the server does not answer or says "later".

    Raises: ConfigurationError: the URL or the sender cannot be used, or the extra is not installed.
    """

    def __init__(
        self,
        url: str,
        *,
        sender: str,
        encryption: Encryption | None = None,
        tls_context: SSLContext | None = None,
        timeout: Duration = 10,
        attempts: int = 3,
    ) -> None:
        if find_spec("aiosmtplib") is None:
            raise ConfigurationError("SMTPMailer", "aiosmtplib is not installed.", _EXTRA)
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ConfigurationError("SMTPMailer(url)", "it is no SMTP URL.", "Write smtp://user:password@host:587.")
        if "@" not in parseaddr(sender)[1] or any(mark in sender for mark in "\r\n"):
            raise ConfigurationError(
                "SMTPMailer(sender)", "it holds no address.", "Write Acme <accounts@acme.example>."
            )
        if attempts < 1:
            raise ConfigurationError("SMTPMailer(attempts)", "nothing would be sent.", "Use 3.")
        self._host = parts.hostname
        self._port = parts.port or _PORTS[parts.scheme]
        self._username = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._encryption: Encryption = encryption or ("tls" if parts.scheme == "smtps" else "starttls")
        self._tls_context = tls_context
        self._sender = sender
        self._timeout = to_timedelta(timeout).total_seconds()
        self._attempts = attempts

    def __repr__(self) -> str:
        return f"SMTPMailer({self._host}:{self._port})"

    async def send(self, message: Message) -> None:
        """Deliver a mail. Raises: SMTPException, OSError: it could not be, after all attempts."""
        from aiosmtplib import SMTPException, SMTPResponseException, send  # noqa: PLC0415 - of an extra

        mail = self._composed(message)
        for attempt in range(1, self._attempts + 1):
            try:
                await send(
                    mail,
                    hostname=self._host,
                    port=self._port,
                    username=self._username,
                    password=self._password,
                    use_tls=self._encryption == "tls",
                    start_tls=self._encryption == "starttls",
                    tls_context=self._tls_context,
                    timeout=self._timeout,
                )
            except SMTPResponseException as error:
                # 5xx is a last word; 4xx says: later.
                if error.code >= 500 or attempt == self._attempts:  # noqa: PLR2004
                    raise
            except (SMTPException, OSError):
                if attempt == self._attempts:
                    raise
            else:
                return
            await asyncio.sleep(0.5 * 4 ** (attempt - 1))

    def _composed(self, message: Message) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self._sender
        mail["To"] = message.to
        mail["Subject"] = message.subject
        mail["Date"] = formatdate()
        mail["Message-ID"] = make_msgid(domain=parseaddr(self._sender)[1].rpartition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        return mail
