"""What the plugin adds to users (username sheet §2)."""

from __future__ import annotations

from typing import Annotated, cast

from sqlmodel import Field, SQLModel

from fastapi_betterauth.storage.fields import Sortable, Taken, UserFields

from .errors import USERNAME_IS_ALREADY_TAKEN


class UsernameFields(SQLModel):
    """The name to sign in with, normalised."""

    username: Annotated[str | None, Sortable, Taken(USERNAME_IS_ALREADY_TAKEN)] = Field(default=None, unique=True)


class DisplayUsernameFields(UsernameFields):
    """And the name as its owner writes it."""

    display_username: str | None = Field(default=None)


class _NamedUser(UserFields, DisplayUsernameFields):
    """A user with the plugin's columns."""


def username_of(user: UserFields) -> str | None:
    """Returns: the user's name, if there is one."""
    return cast("_NamedUser", user).username


def display_username_of(user: UserFields) -> str | None:
    """Returns: the name as its owner writes it; None also where the column is left out."""
    found: str | None = getattr(user, "display_username", None)
    return found
