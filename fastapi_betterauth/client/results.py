"""What client calls give besides the schemas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Redirected:
    """The answer is a redirect; it is not followed."""

    location: str


class AuthError(Exception):
    """The server refused.

    Attributes: status: the HTTP status. code: what to switch on, if the server named one. message: for people.
    """

    def __init__(self, status: int, code: str | None, message: str | None) -> None:
        super().__init__(f"{status} {code or ''} {message or ''}".strip())
        self.status = status
        self.code = code
        self.message = message


class SignInWaits(Exception):
    """What was shown was right, but a session begins only with a second factor.

    Attributes: answer: what the server said, such as ``{"twoFactorRedirect": True, "twoFactorMethods": ["totp"]}``.
    """

    def __init__(self, answer: Mapping[str, Any]) -> None:
        super().__init__("the sign-in waits for a second factor")
        self.answer = answer


class RateLimited(AuthError):
    """429: try again later. ``retry_after`` is in seconds."""

    def __init__(self, retry_after: float | None, code: str | None, message: str | None) -> None:
        super().__init__(429, code, message)
        self.retry_after = retry_after
