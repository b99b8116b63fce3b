"""Mails of the demo: printed on the console, and shown at ``/dev/mail``. A real app would send them."""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fastapi_betterauth import ChangeEmailMail, DeleteAccountMail, ResetPasswordMail, VerificationMail
from fastapi_betterauth.plugins.email_otp import EmailOtpMail
from fastapi_betterauth.plugins.magic_link import MagicLinkMail
from fastapi_betterauth.plugins.two_factor import TwoFactorCodeMail


@dataclass(frozen=True)
class Mail:
    """One message."""

    to: str
    subject: str
    url: str | None = None
    code: str | None = None
    sent_at: datetime = field(default_factory=lambda: datetime.now(UTC))


sent: deque[Mail] = deque(maxlen=50)
"""The newest messages, newest first."""


def deliver(to: str, subject: str, url: str | None = None, *, code: str | None = None) -> None:
    """Print a message and keep it."""
    sent.appendleft(Mail(to, subject, url, code))
    print(f"\n  To: {to}\n  Subject: {subject}\n  {url or code}\n", flush=True)


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


async def magic_link(mail: MagicLinkMail) -> None:
    """A link that signs its reader in."""
    deliver(mail.email, "Sign in to Example", mail.url)


async def code(mail: EmailOtpMail) -> None:
    """A code that signs its reader in."""
    deliver(mail.email, "Your code for Example", code=mail.otp)


async def second_factor(mail: TwoFactorCodeMail) -> None:
    """A code beside the password."""
    deliver(mail.user.email, "Your second factor", code=mail.otp)
