"""Bodies and answers of e-mail verification."""

from __future__ import annotations

from typing import Generic

from pydantic import Field, SerializeAsAny

from fastapi_betterauth.features.email_address import EmailAddress
from fastapi_betterauth.pipeline.schemas import U
from fastapi_betterauth.pipeline.wire import WireModel


class SendVerification(WireModel):
    """Ask for a verification link."""

    email: EmailAddress
    callback_url: str | None = Field(default=None, alias="callbackURL")
    """Where the link leads afterwards."""


class VerifyEmailQuery(WireModel):
    """What a verification link carries."""

    token: str = Field(repr=False)
    callback_url: str | None = Field(default=None, alias="callbackURL")


class EmailVerified(WireModel, Generic[U]):
    """The address is verified; the user is told when the address changed."""

    status: bool = True
    user: SerializeAsAny[U] | None = Field(default=None)


class VerificationSent(EmailVerified[U], Generic[U]):
    """The next link is on its way to the new address; there is no user to tell of yet."""

    user: SerializeAsAny[U] | None = Field(default=None, exclude=True)
