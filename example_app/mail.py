"""The app's mails: written by the library, sent by SMTP, in demo mode shown at ``/dev/mail`` instead."""

import re
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

from example_app.settings import DEMO, MAIL_FROM, SMTP_URL
from fastapi_betterauth.mail import ConsoleMailer, Mailer, Mails, Message, SMTPMailer


@dataclass(frozen=True)
class Shown:
    """A mail at ``/dev/mail``."""

    to: str
    subject: str
    url: str | None
    code: str | None
    sent_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Mailbox(ConsoleMailer):
    """Prints mails, and keeps the newest 50."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: deque[Shown] = deque(maxlen=50)

    async def send(self, message: Message) -> None:
        """Keep a mail; of its text the link or the code is shown."""
        url = re.search(r"^https?://\S+$", message.text, re.MULTILINE)
        code = re.search(r"^\d+$", message.text, re.MULTILINE)
        shown = Shown(message.to, message.subject, url and url[0], code and code[0])
        self.mails.appendleft(shown)
        await super().send(message)


def _mailer() -> Mailer | None:
    if DEMO:
        return mailbox
    return SMTPMailer(SMTP_URL, sender=MAIL_FROM) if SMTP_URL else None


mailbox = Mailbox()
mails = Mails(_mailer(), app_name="Example")
