"""What the error page is told (magic-link sheet §2)."""

from __future__ import annotations

from enum import StrEnum


class LinkError(StrEnum):
    """The ``error`` of the redirect."""

    INVALID_TOKEN = "INVALID_TOKEN"
    SIGN_UP_DISABLED = "new_user_signup_disabled"
    NO_USER_MADE = "failed_to_create_user"
    NO_USER = "user_not_found"
    NO_SESSION = "failed_to_create_session"
