"""What the plugin adds to users (anonymous sheet §2)."""

from __future__ import annotations

from typing import Annotated, cast

from sqlmodel import Field, SQLModel

from fastapi_betterauth.storage.fields import ServerOnly, UserFields


class AnonymousUserFields(SQLModel):
    """Whether somebody is there without credentials."""

    is_anonymous: Annotated[bool | None, ServerOnly] = Field(default=False)


class _MarkedUser(UserFields, AnonymousUserFields):
    """A user with the plugin's column."""


def is_anonymous(user: UserFields) -> bool:
    """Returns: whether a user has no credentials."""
    return bool(cast("_MarkedUser", user).is_anonymous)
