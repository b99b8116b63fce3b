"""Bodies, queries and answers of the plugin's endpoints (magic-link sheet §2)."""

from __future__ import annotations

from typing import Any, Generic

from pydantic import Field, SerializeAsAny

from fastapi_betterauth.features.display_name import DisplayName
from fastapi_betterauth.features.email_address import EmailAddress
from fastapi_betterauth.pipeline.schemas import S, SessionAndUser, U
from fastapi_betterauth.pipeline.wire import WireModel


class SignInMagicLink(WireModel):
    """Who wants a link, and where it leads."""

    email: EmailAddress
    name: DisplayName | None = None
    """Of a user who is new."""
    callback_url: str | None = Field(default=None, alias="callbackURL")
    new_user_callback_url: str | None = Field(default=None, alias="newUserCallbackURL")
    """Where users go who are new; like the others by default."""
    error_callback_url: str | None = Field(default=None, alias="errorCallbackURL")
    """Where links lead that are no good; like the others by default."""
    metadata: dict[str, Any] | None = None
    """For whoever writes the mail."""


class MagicLinkQuery(WireModel):
    """What a link carries."""

    token: str = Field(repr=False)
    callback_url: str | None = Field(default=None, alias="callbackURL")
    new_user_callback_url: str | None = Field(default=None, alias="newUserCallbackURL")
    error_callback_url: str | None = Field(default=None, alias="errorCallbackURL")


class MagicLinkVerified(SessionAndUser[S, U], Generic[S, U]):
    """Who has signed in; only where the link names no page to go to."""

    token: str = Field(repr=False)
    user: SerializeAsAny[U]
    session: SerializeAsAny[S]
