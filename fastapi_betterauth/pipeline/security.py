"""The security schemes that ``/docs`` shows for the sessions of an instance."""

from __future__ import annotations

from fastapi.openapi.models import APIKey, APIKeyIn
from fastapi.security.base import SecurityBase

from .runtime import Runtime


class SessionScheme(SecurityBase):
    """Documents the session cookie; the decision is the guards'."""

    def __init__(self, cookie_name: str) -> None:
        self.model = APIKey(
            **{"in": APIKeyIn.cookie},
            name=cookie_name,
            description="Set by signing in; browsers send it by themselves.",
        )
        self.scheme_name = "session"

    async def __call__(self) -> None:
        """Decide nothing."""


def session_scheme(auth: Runtime) -> SessionScheme:
    """Returns: the scheme of an instance."""
    return SessionScheme(auth.cookies.token.name)
