"""Body and answer of sign-in."""

from __future__ import annotations

from typing import Generic

from pydantic import Field, SerializeAsAny

from fastapi_betterauth.pipeline.schemas import U
from fastapi_betterauth.pipeline.wire import WireModel


def _absent(value: object) -> bool:
    return value is None


class SignInEmail(WireModel):
    """Who signs in."""

    email: str
    password: str = Field(repr=False)
    callback_url: str | None = Field(default=None, alias="callbackURL")
    """Where the client goes next."""
    remember_me: bool | None = None
    """False: the session ends with the browser, after a day at most."""


class SignedIn(WireModel, Generic[U]):
    """The user, and the session's token; with a callback also where to go."""

    redirect: bool
    token: str = Field(repr=False)
    url: str | None = Field(default=None, exclude_if=_absent)
    user: SerializeAsAny[U]
