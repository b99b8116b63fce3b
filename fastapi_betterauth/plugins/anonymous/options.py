"""What anonymous users are called, and what becomes of them (anonymous sheet §1)."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from fastapi_betterauth.crypto.random import ALPHANUMERIC, random_string
from fastapi_betterauth.errors import APIError
from fastapi_betterauth.features.email_address import is_email_address
from fastapi_betterauth.sessions.models import CurrentSession

from .errors import INVALID_EMAIL_FORMAT

GenerateEmail: TypeAlias = Callable[[], str | Awaitable[str | None] | None]
"""Makes the address of an anonymous user; None or empty: the default."""

GenerateName: TypeAlias = Callable[[], str | Awaitable[str | None] | None]
"""Makes the name of an anonymous user; None or empty: ``Anonymous``."""


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """Somebody who was anonymous, and who they turned out to be."""

    anonymous_user: CurrentSession
    new_user: CurrentSession


class OnLinkAccount(Protocol):
    """Moves what an anonymous user has to the real one; awaited before the anonymous user is deleted."""

    async def __call__(self, linked: LinkedAccount, /) -> None:
        """Move data. The sign-in is durable by now; an exception fails the request all the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AnonymousOptions:
    """All options of the plugin."""

    email_domain_name: str | None
    generate_random_email: GenerateEmail | None
    generate_name: GenerateName | None
    on_link_account: OnLinkAccount | None
    disable_delete_anonymous_user: bool

    async def email(self) -> str:
        """Make an address that no mail reaches.

        Raises: APIError: 400 INVALID_EMAIL_FORMAT.
        """
        own = await _made(self.generate_random_email)
        if own:
            if not is_email_address(own):
                raise APIError(400, INVALID_EMAIL_FORMAT)
            return own.lower()
        made = random_string(32, ALPHANUMERIC)
        domain = self.email_domain_name
        return (f"temp-{made}@{domain}" if domain else f"{made}@anonymous.placeholder.invalid").lower()

    async def name(self) -> str:
        """Returns: what to call somebody."""
        return await _made(self.generate_name) or "Anonymous"


async def _made(make: Callable[[], str | Awaitable[str | None] | None] | None) -> str | None:
    made = make() if make is not None else None
    return await made if inspect.isawaitable(made) else made
