"""What the plugin adds to users and sessions (admin sheet §2); nobody can set these through sign-up or an update."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast

from sqlmodel import Field, SQLModel

from fastapi_betterauth.storage.fields import ServerOnly, SessionFields, Sortable, UserFields


class AdminUserFields(SQLModel):
    """Role and ban."""

    role: Annotated[str | None, ServerOnly, Sortable] = Field(default=None)
    """One name, or several with commas between."""
    banned: Annotated[bool | None, ServerOnly] = Field(default=False)
    ban_reason: Annotated[str | None, ServerOnly] = Field(default=None)
    ban_expires: Annotated[datetime | None, ServerOnly] = Field(default=None)
    """When the ban lifts by itself; None is never."""


class AdminSessionFields(SQLModel):
    """Impersonation."""

    impersonated_by: Annotated[str | None, ServerOnly] = Field(default=None)
    """The admin behind this session, by id."""


class ManagedUser(UserFields, AdminUserFields):
    """A user with the plugin's columns."""


class ManagedSession(SessionFields, AdminSessionFields):
    """A session with the plugin's column."""


def managed(user: UserFields) -> ManagedUser:
    """Returns: the same user, seen with the columns that composing has added."""
    return cast("ManagedUser", user)


def impersonator_of(session: SessionFields) -> str | None:
    """Returns: the id of the admin behind a session."""
    return cast("ManagedSession", session).impersonated_by
