"""The one rule about passwords: their length (NIST 800-63B-4 §3.1.1.2)."""

from __future__ import annotations

from fastapi_betterauth.errors import PASSWORD_TOO_LONG, PASSWORD_TOO_SHORT, APIError

from .options import EmailAndPassword


def check_length(password: str, options: EmailAndPassword) -> None:
    """Refuse a new password before anything costly is done with it.

    Raises: APIError: 400 PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG.
    """
    if len(password) < options.min_password_length:
        raise APIError(400, PASSWORD_TOO_SHORT)
    if len(password) > options.max_password_length:
        raise APIError(400, PASSWORD_TOO_LONG)
