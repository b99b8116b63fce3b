"""What may hold a sign-in back, whatever the method: each a small check, asked in turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from fastapi_betterauth.storage.fields import UserFields


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAttempt:
    """A person has proven who they are and is about to get a session."""

    user: UserFields
    method: str
    """``email-password``, ``magic-link``, ``oauth``, …"""


class SignInCheck(Protocol):
    """Lets a sign-in pass, or refuses it."""

    async def __call__(self, attempt: SignInAttempt, /) -> None:
        """Raises: APIError: the person may not sign in (yet)."""
