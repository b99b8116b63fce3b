"""E-mail verification (e-mail sheet §1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from fastapi_betterauth.clock import Duration, to_timedelta
from fastapi_betterauth.errors import ConfigurationError
from fastapi_betterauth.storage.fields import UserFields


@dataclass(frozen=True, slots=True)
class VerificationMail:
    """A mail that proves an address. ``user.email`` is the address to write to."""

    user: UserFields
    url: str = field(repr=False)
    """The link to put into the mail."""
    token: str = field(repr=False)


class SendVerificationEmail(Protocol):
    """Delivers a verification link; awaited after the response has left."""

    async def __call__(self, mail: VerificationMail, /) -> None:
        """Send the mail."""


class OnVerification(Protocol):
    """Told about a user whose address is about to be, or has just been, verified."""

    async def __call__(self, user: UserFields, /) -> None:
        """Take note; before the verification an APIError stops it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EmailVerification:
    """Verification of addresses.

    Raises: ConfigurationError: the links would live no time at all.
    """

    send_verification_email: SendVerificationEmail | None = None
    """Delivers verification links; without it addresses cannot be verified by mail."""
    send_on_sign_up: bool | None = None
    """Send a link at sign-up; None: if verification is required."""
    send_on_sign_in: bool = False
    """Send another link when a sign-in is refused for want of verification."""
    auto_sign_in_after_verification: bool = False
    """Begin a session when a link is followed."""
    expires_in: Duration = 3600
    """How long links can be used."""
    before_email_verification: OnVerification | None = None
    """Awaited before an address counts as verified."""
    after_email_verification: OnVerification | None = None
    """Awaited afterwards, also after a change of address."""

    def __post_init__(self) -> None:
        if to_timedelta(self.expires_in).total_seconds() <= 0:
            raise ConfigurationError("email_verification.expires_in", "it is not positive.", "Use seconds above 0.")
