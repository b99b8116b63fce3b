"""Mails of the demo: printed on the console, and shown at ``/dev/mail``. A real app would send them."""

import html
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from example_app.pages import page
from fastapi_betterauth import ChangeEmailMail, DeleteAccountMail, ResetPasswordMail, VerificationMail


@dataclass(frozen=True)
class Mail:
    """One message."""

    to: str
    subject: str
    url: str
    sent_at: datetime = field(default_factory=lambda: datetime.now(UTC))


sent: deque[Mail] = deque(maxlen=50)
"""The newest messages, newest first."""

router = APIRouter(include_in_schema=False)


def deliver(to: str, subject: str, url: str) -> None:
    """Print a message and keep it."""
    sent.appendleft(Mail(to, subject, url))
    print(f"\n  To: {to}\n  Subject: {subject}\n  {url}\n", flush=True)


async def verification(mail: VerificationMail) -> None:
    """A link that proves an address."""
    deliver(mail.user.email, "Verify your e-mail address", mail.url)


async def reset(mail: ResetPasswordMail) -> None:
    """A link to choose a new password."""
    deliver(mail.user.email, "Choose a new password", mail.url)


async def change(mail: ChangeEmailMail) -> None:
    """A question to the current address."""
    deliver(mail.user.email, f"Change your address to {mail.new_email}?", mail.url)


async def deletion(mail: DeleteAccountMail) -> None:
    """A link that deletes the account."""
    deliver(mail.user.email, "Delete your account?", mail.url)


@router.get("/dev/mail")
def mailbox() -> HTMLResponse:
    """The messages, newest first."""
    items = "".join(_item(mail) for mail in sent)
    body = f"<ol class='mails'>{items}</ol>" if items else "<p>No mail yet. Sign up, or ask for a password reset.</p>"
    return page("Mail", f"<h1>Mail</h1><p>What this app would have sent, newest first.</p>{body}")


def _item(mail: Mail) -> str:
    url = html.escape(mail.url)
    return (
        f"<li><h2>{html.escape(mail.subject)}</h2>"
        f"<p>To {html.escape(mail.to)} at {mail.sent_at:%H:%M:%S} UTC</p>"
        f'<p><a href="{url}">Open the link</a></p><p class="url">{url}</p></li>'
    )
