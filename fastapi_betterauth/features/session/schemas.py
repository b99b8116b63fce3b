"""Bodies and answers of the session endpoints."""

from __future__ import annotations

from typing import Generic

from pydantic import Field, SerializeAsAny

from fastapi_betterauth.pipeline.schemas import S, SessionAndUser, U
from fastapi_betterauth.pipeline.wire import OpenWireModel, WireModel


def _absent(value: object) -> bool:
    return value is None


class GetSessionQuery(WireModel):
    """Any value that is not empty means yes, ``false`` included."""

    disable_cookie_cache: str | None = None
    disable_refresh: str | None = None
    """Answer without extending the session."""


class SessionState(SessionAndUser[S, U], Generic[S, U]):
    """Who is signed in; with deferred renewal also whether it is due."""

    needs_refresh: bool | None = Field(default=None, exclude_if=_absent)


class RevokeSession(WireModel):
    """Which session to end."""

    token: str = Field(repr=False)


class UpdateSession(OpenWireModel):
    """New values of additional session fields."""


class SessionUpdated(WireModel, Generic[S]):
    """The session as it now is."""

    session: SerializeAsAny[S]
