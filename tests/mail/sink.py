"""A mail server that keeps what it is given."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from scripts.services import free_port


@dataclass
class Sink:
    """What came in. ``answers`` are given first, one a mail."""

    answers: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    tries: int = 0
    url: str = ""

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        """Take a mail, or refuse it."""
        self.tries += 1
        if self.answers:
            return self.answers.pop(0)
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.mails.append(cast("EmailMessage", message_from_bytes(content, policy=default)))
        return "250 OK"

    def login(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        """Let one person in."""
        if isinstance(data, LoginPassword):
            self.logins.append((data.login, data.password))
        right = isinstance(data, LoginPassword) and data.password == b"p@ss word"
        return AuthResult(success=right, handled=False)


@contextmanager
def mail_server(*answers: str, certificate: tuple[Path, Path] | None = None) -> Iterator[Sink]:
    """Run a server on loopback. Args: certificate: then it wants STARTTLS and a login; certificate and key."""
    sink, port = Sink(list(answers)), free_port()
    options: dict[str, Any] = {}
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        options = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": sink.login}
    controller = Controller(sink, hostname="127.0.0.1", port=port, **options)
    controller.start()
    sink.url = f"smtp://127.0.0.1:{port}"
    try:
        yield sink
    finally:
        controller.stop()
