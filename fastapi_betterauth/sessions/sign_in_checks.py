"""What may hold a sign-in back, whatever the method: small checks, asked in turn."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi_betterauth.storage.fields import UserFields


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAttempt:
    """A person has proven who they are and is about to get a session."""

    user: UserFields
    method: str
    """``email-password``, ``username``, ``magic-link``, ``oauth``, …"""


class SignInHeld(Exception):
    """Raised by a check: no session begins yet; what was written stands, and this is the answer to the request."""

    def __init__(self, answer: object) -> None:
        self.answer = answer
        super().__init__("the sign-in waits for something")
