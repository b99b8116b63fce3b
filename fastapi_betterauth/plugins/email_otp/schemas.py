"""Bodies and answers of the plugin's endpoints (email-otp sheet §2)."""

from __future__ import annotations

from typing import ClassVar, Generic

from pydantic import Field, SerializeAsAny

from fastapi_betterauth.features.display_name import DisplayName
from fastapi_betterauth.pipeline.schemas import U
from fastapi_betterauth.pipeline.wire import OpenWireModel, WireModel

from .options import OtpType


class OtpRequest(WireModel):
    """Whom a code goes to, and what it is for."""

    email: str
    type: OtpType


class OtpCheck(OtpRequest):
    """A code, still to be used."""

    otp: str = Field(repr=False)


class VerifyEmailOtp(WireModel):
    """A code that proves an address."""

    email: str
    otp: str = Field(repr=False)


class SignInEmailOtp(OpenWireModel):
    """A code that signs in; what else is given is for new users, additional fields of yours included."""

    wire_kinds: ClassVar[tuple[str, ...]] = ("object", "record")

    email: str
    otp: str = Field(repr=False)
    name: DisplayName | None = None
    image: str | None = None


class PasswordResetOtpRequest(WireModel):
    """Who has forgotten the password."""

    email: str


class ResetPasswordOtp(WireModel):
    """A code that lets its holder choose a new password."""

    email: str
    otp: str = Field(repr=False)
    password: str = Field(repr=False)


class EmailChangeOtpRequest(WireModel):
    """Where the caller wants to be reached from now on."""

    new_email: str
    otp: str | None = Field(default=None, repr=False)
    """Sent to the current address; where the options ask for it."""


class ChangeEmailByOtp(WireModel):
    """A code that came to the new address."""

    new_email: str
    otp: str = Field(repr=False)


class OtpAnswer(WireModel):
    """It is done, or was nothing to tell about."""

    success: bool = True


class StoredOtp(WireModel):
    """The code that is out."""

    otp: str | None = Field(repr=False)


class EmailOtpVerified(WireModel, Generic[U]):
    """The address is verified; the token is that of a session, where verification begins one."""

    status: bool = True
    token: str | None = Field(repr=False)
    user: SerializeAsAny[U]


class SignedInByOtp(WireModel, Generic[U]):
    """Who has signed in."""

    token: str = Field(repr=False)
    user: SerializeAsAny[U]
