"""Body and answer of sign-out."""

from __future__ import annotations

from pydantic import Field

from fastapi_betterauth.pipeline.wire import WireModel


def _absent(value: object) -> bool:
    return value is None


class SignOut(WireModel):
    """Everything is optional; it matters to providers that offer a sign-out of their own."""

    callback_url: str | None = Field(default=None, alias="callbackURL")
    disable_redirect: bool | None = None
    state: str | None = None


class SignedOut(WireModel):
    """Nobody is signed in here any more."""

    success: bool = True
    url: str | None = Field(default=None, exclude_if=_absent)
    """Where to go next, to sign out at the provider, too."""
    redirect: bool | None = Field(default=None, exclude_if=_absent)
