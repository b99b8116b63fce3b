"""Changing one's address (e-mail sheet §1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from fastapi_betterauth.storage.fields import UserFields


@dataclass(frozen=True, slots=True)
class ChangeEmailMail:
    """A mail to the current address, asking whether it shall be changed."""

    user: UserFields
    new_email: str
    url: str = field(repr=False)
    """The link to put into the mail."""
    token: str = field(repr=False)


class SendChangeEmailConfirmation(Protocol):
    """Delivers a confirmation link; awaited after the response has left."""

    async def __call__(self, mail: ChangeEmailMail, /) -> None:
        """Send the mail."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeEmail:
    """Changing one's address."""

    enabled: bool = False
    """Off: the endpoint answers 400."""
    send_change_email_confirmation: SendChangeEmailConfirmation | None = None
    """Asks the current address first, if it is verified."""
    update_email_without_verification: bool = False
    """While the current address is unverified, change it at once."""
