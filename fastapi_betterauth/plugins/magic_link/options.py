"""Options of the plugin (magic-link sheet §1)."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol, TypeAlias

from fastapi_betterauth.crypto.keeping import Keeping
from fastapi_betterauth.crypto.random import LETTERS, random_string

_SHORTEST = 16


@dataclass(frozen=True, slots=True)
class MagicLinkMail:
    """A mail whose link signs its reader in."""

    email: str
    url: str = field(repr=False)
    """The link to put into the mail."""
    token: str = field(repr=False)
    metadata: Mapping[str, Any] | None = None
    """What the client sent along; it is stored nowhere. Escape it before it goes into a mail."""


class SendMagicLink(Protocol):
    """Delivers a link; awaited before the answer, and what it raises fails the request."""

    async def __call__(self, mail: MagicLinkMail, /) -> None:
        """Send the mail."""


GenerateToken: TypeAlias = Callable[[str], str | Awaitable[str]]
"""Makes a token for an address: sixteen characters at least, none of them guessable."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MagicLinkOptions:
    """All options of the plugin."""

    send: SendMagicLink
    lifetime: timedelta
    disable_sign_up: bool
    generate_token: GenerateToken | None
    store_token: Keeping

    async def token_for(self, email: str) -> str:
        """Make a token.

        Raises: ValueError: the host's own is so short that it can be guessed (SC-MAGIC-12).
        """
        if self.generate_token is None:
            return random_string(32, LETTERS)
        made = self.generate_token(email)
        token = await made if inspect.isawaitable(made) else made
        if len(token) < _SHORTEST:
            raise ValueError(f"MagicLink(generate_token) made a token of fewer than {_SHORTEST} characters")
        return token
