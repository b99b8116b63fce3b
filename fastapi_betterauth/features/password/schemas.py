"""Bodies and answers of the password endpoints."""

from __future__ import annotations

from typing import Generic

from pydantic import Field, SerializeAsAny

from fastapi_betterauth.features.email_address import EmailAddress
from fastapi_betterauth.pipeline.schemas import U
from fastapi_betterauth.pipeline.wire import WireModel


class RequestPasswordReset(WireModel):
    """Ask for a reset link."""

    email: EmailAddress
    redirect_to: str | None = None
    """The page that takes the new password; it gets ``?token=``."""


class ResetRequested(WireModel):
    """The same answer whether or not the address is known."""

    status: bool = True
    message: str = "If this email exists in our system, check your email for the reset link"


class ResetLinkQuery(WireModel):
    """Where a reset link leads."""

    callback_url: str = Field(alias="callbackURL")


class ResetPassword(WireModel):
    """A new password for whoever holds the token."""

    new_password: str = Field(repr=False)
    token: str | None = Field(default=None, repr=False)


class ResetPasswordQuery(WireModel):
    """The token may be in the query instead."""

    token: str | None = Field(default=None, repr=False)


class ChangePassword(WireModel):
    """A new password for the caller."""

    new_password: str = Field(repr=False)
    current_password: str = Field(repr=False)
    revoke_other_sessions: bool | None = None
    """Sign out everywhere else; this device gets a new session."""


class PasswordChanged(WireModel, Generic[U]):
    """The token of the new session, if other sessions were revoked."""

    token: str | None = Field(repr=False)
    user: SerializeAsAny[U]


class SetPassword(WireModel):
    """A first password for the caller."""

    new_password: str = Field(repr=False)


class VerifyPassword(WireModel):
    """The caller's password."""

    password: str = Field(repr=False)
