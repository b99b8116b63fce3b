"""Bodies and answers of the user endpoints."""

from __future__ import annotations

from pydantic import Field

from fastapi_betterauth.features.display_name import DisplayName
from fastapi_betterauth.pipeline.wire import OpenWireModel, WireModel


class UpdateUser(OpenWireModel):
    """What to change; additional fields of yours go beside these."""

    name: DisplayName | None = None
    image: str | None = None
    """Null removes it."""


class DeleteUserBody(WireModel):
    """How the caller proves that they mean it."""

    callback_url: str | None = Field(default=None, alias="callbackURL")
    password: str | None = Field(default=None, repr=False)
    token: str | None = Field(default=None, repr=False)


class DeleteUserQuery(WireModel):
    """What a deletion link carries."""

    token: str = Field(repr=False)
    callback_url: str | None = Field(default=None, alias="callbackURL")


class UserDeleted(WireModel):
    """It is done, or a mail is on its way."""

    success: bool = True
    message: str = "User deleted"
