"""The plugin's column and table (two-factor sheet §2)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast

from sqlmodel import Field, SQLModel

from fastapi_betterauth.storage.fields import Fields, Private, ServerOnly, UserFields


class TwoFactorUserFields(SQLModel):
    """Whether somebody is asked for a second factor."""

    two_factor_enabled: Annotated[bool | None, ServerOnly] = Field(default=False)


class TwoFactorFields(Fields):
    """What a user's second factor consists of; one row per user."""

    secret: Annotated[str, Private] = Field(index=True, repr=False)
    """Of the authenticator app, encrypted."""
    backup_codes: Annotated[str, Private] = Field(repr=False)
    """A JSON list, encrypted."""
    user_id: Annotated[str, Private] = Field(index=True, foreign_key="user.id", ondelete="CASCADE")
    verified: Annotated[bool | None, ServerOnly] = Field(default=True)
    """False while the first code of the app is awaited."""
    failed_verification_count: Annotated[int | None, ServerOnly, Private] = Field(default=0)
    locked_until: Annotated[datetime | None, ServerOnly, Private] = Field(default=None)


class _ProtectedUser(UserFields, TwoFactorUserFields):
    """A user with the plugin's column."""


def is_protected(user: UserFields) -> bool:
    """Returns: whether a user is asked for a second factor."""
    return bool(cast("_ProtectedUser", user).two_factor_enabled)
