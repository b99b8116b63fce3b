"""Body and answer of sign-up."""

from __future__ import annotations

from typing import Annotated, ClassVar, Generic

from pydantic import AfterValidator, Field, SerializeAsAny

from fastapi_betterauth.features.display_name import DisplayName
from fastapi_betterauth.features.email_address import EmailAddress
from fastapi_betterauth.pipeline.schemas import U
from fastapi_betterauth.pipeline.wire import OpenWireModel, WireModel


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("Too small: expected string to have >=1 characters")
    return text


class SignUpEmail(OpenWireModel):
    """A new user; additional fields of yours go beside these."""

    wire_kinds: ClassVar[tuple[str, ...]] = ("object", "record")

    name: DisplayName
    email: EmailAddress
    password: Annotated[str, AfterValidator(_not_empty)] = Field(repr=False)
    image: str | None = None
    callback_url: str | None = Field(default=None, alias="callbackURL")
    """Where the verification link leads afterwards."""
    remember_me: bool | None = None
    """False: the session ends with the browser, after a day at most."""


class SignedUp(WireModel, Generic[U]):
    """The user, and the session's token unless the address must be verified first."""

    token: str | None = Field(repr=False)
    user: SerializeAsAny[U]
