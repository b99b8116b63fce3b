"""Bodies and answers of the plugin's endpoints (username sheet §3)."""

from __future__ import annotations

from pydantic import Field

from fastapi_betterauth.pipeline.wire import WireModel


class SignInUsername(WireModel):
    """Who signs in."""

    username: str
    password: str = Field(repr=False)
    remember_me: bool | None = None
    """False: the session ends with the browser, after a day at most."""
    callback_url: str | None = Field(default=None, alias="callbackURL")
    """Where the client goes next."""


class UsernameQuestion(WireModel):
    """A name that somebody would like to have."""

    username: str


class Availability(WireModel):
    """Whether it is free."""

    available: bool
