"""Bodies and answers of the two-factor endpoints (two-factor sheet §3)."""

from __future__ import annotations

from typing import Annotated, Generic, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny

from fastapi_betterauth.pipeline.schemas import U
from fastapi_betterauth.pipeline.wire import WireModel


def _absent(value: object) -> bool:
    return value is None


class PasswordBody(WireModel):
    """The caller's password; who has none may leave it out where the options allow that."""

    password: str | None = Field(default=None, repr=False)


class EnableTwoFactor(PasswordBody):
    """Which factor to turn on."""

    method: Literal["totp", "otp"] = "totp"
    issuer: str | None = None
    """What the authenticator app shows."""


class Enabled(WireModel):
    """What the user needs to go on: for an app its URI, and the backup codes."""

    method: Literal["totp", "otp"]
    totp_uri: str | None = Field(
        default=None, validation_alias="totpURI", serialization_alias="totpURI", repr=False, exclude_if=_absent
    )
    backup_codes: list[str] | None = Field(default=None, repr=False, exclude_if=_absent)


class TotpUri(WireModel):
    """What an authenticator app reads."""

    totp_uri: str = Field(validation_alias="totpURI", serialization_alias="totpURI", repr=False)


class VerifyCode(WireModel):
    """A code, and whether this device shall be trusted from now on."""

    code: str = Field(repr=False)
    trust_device: bool | None = None


class VerifyBackupCode(VerifyCode):
    """A backup code."""

    disable_session: bool | None = None
    """Only use the code up; begin no session."""


class SendOtp(WireModel):
    """Nothing that matters."""

    trust_device: bool | None = None


class Verified(WireModel, Generic[U]):
    """The session that began, if one did."""

    token: str | None = Field(default=None, repr=False, exclude_if=_absent)
    user: SerializeAsAny[U]


class BackupCodes(WireModel):
    """New codes; the old ones are worthless."""

    status: bool = True
    backup_codes: list[str] = Field(repr=False)


class Challenge(WireModel):
    """Answer of a sign-in that waits for a second factor."""

    two_factor_redirect: bool = True
    two_factor_methods: list[Literal["totp", "otp"]]


class ViewBackupCodes(WireModel):
    """Whose codes."""

    user_id: Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]


class GenerateTotp(WireModel):
    """Of which secret, as plain text."""

    secret: str = Field(repr=False)


class TotpCode(WireModel):
    """The code of this moment."""

    code: str = Field(repr=False)
