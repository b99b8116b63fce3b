"""The security scheme that ``/docs`` shows for the sessions of an instance."""

from __future__ import annotations

from fastapi.openapi.models import APIKey, APIKeyIn
from fastapi.security.base import SecurityBase

from .runtime import Runtime


def cookie_scheme(name: str) -> APIKey:
    """Returns: the OpenAPI description of a session cookie."""
    description = "Set by signing in; browsers send it by themselves."
    return APIKey.model_validate({"in": APIKeyIn.cookie, "name": name, "description": description})


class SessionScheme(SecurityBase):
    """Documents the session cookie; the decision is the guards'."""

    def __init__(self, auth: Runtime) -> None:
        self.model = cookie_scheme(auth.cookies.token.name)
        self.scheme_name = "session"

    async def __call__(self) -> None:
        """Decide nothing."""
