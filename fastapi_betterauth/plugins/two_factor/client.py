"""The plugin's endpoints for Python clients, blocking and asynchronous, and for the server itself.

Generated from the operations by ``make fix``.
"""

from __future__ import annotations

from typing import Literal

from fastapi_betterauth.client.slices import AsyncSlice, Slice
from fastapi_betterauth.client.transport import body_of
from fastapi_betterauth.in_process import ServerSlice
from fastapi_betterauth.pipeline.schemas import UserOut
from fastapi_betterauth.pipeline.wire import StatusAnswer
from fastapi_betterauth.plugins.two_factor.schemas import (
    BackupCodes,
    Enabled,
    EnableTwoFactor,
    GenerateTotp,
    PasswordBody,
    SendOtp,
    TotpCode,
    TotpUri,
    Verified,
    VerifyBackupCode,
    VerifyCode,
    ViewBackupCodes,
)


class AsyncTwoFactorCalls(AsyncSlice):
    """Its endpoints."""

    async def enable_two_factor(
        self, *, password: str | None = None, method: Literal["totp", "otp"] | None = None, issuer: str | None = None
    ) -> Enabled:
        """Turn a second factor on. An authenticator app counts from the first code that is verified."""
        return await self._post(
            "/two-factor/enable",
            Enabled,
            body_of(EnableTwoFactor.model_construct(password=password, method=method, issuer=issuer)),
        )

    async def disable_two_factor(self, *, password: str | None = None) -> StatusAnswer:
        """Turn the second factor off; secret, backup codes and trusted devices are forgotten."""
        return await self._post(
            "/two-factor/disable", StatusAnswer, body_of(PasswordBody.model_construct(password=password))
        )

    async def get_totp_uri(self, *, password: str | None = None) -> TotpUri:
        """Show the app's secret once more, to who knows the password."""
        return await self._post(
            "/two-factor/get-totp-uri", TotpUri, body_of(PasswordBody.model_construct(password=password))
        )

    async def verify_totp(self, *, code: str, trust_device: bool | None = None) -> Verified[UserOut]:
        """Show a code of the authenticator app; with a session the first one completes the enrolment."""
        return await self._post(
            "/two-factor/verify-totp",
            Verified[UserOut],
            body_of(VerifyCode.model_construct(code=code, trust_device=trust_device)),
        )

    async def send_two_factor_otp(self, *, trust_device: bool | None = None) -> StatusAnswer:
        """Send a code to the user."""
        return await self._post(
            "/two-factor/send-otp", StatusAnswer, body_of(SendOtp.model_construct(trust_device=trust_device))
        )

    async def verify_two_factor_otp(self, *, code: str, trust_device: bool | None = None) -> Verified[UserOut]:
        """Show a code that was sent; with a session the first one turns the second factor on."""
        return await self._post(
            "/two-factor/verify-otp",
            Verified[UserOut],
            body_of(VerifyCode.model_construct(code=code, trust_device=trust_device)),
        )

    async def verify_backup_code(
        self, *, code: str, trust_device: bool | None = None, disable_session: bool | None = None
    ) -> Verified[UserOut]:
        """Show a backup code, which is used up by it."""
        return await self._post(
            "/two-factor/verify-backup-code",
            Verified[UserOut],
            body_of(
                VerifyBackupCode.model_construct(code=code, trust_device=trust_device, disable_session=disable_session)
            ),
        )

    async def generate_backup_codes(self, *, password: str | None = None) -> BackupCodes:
        """Replace all backup codes."""
        return await self._post(
            "/two-factor/generate-backup-codes", BackupCodes, body_of(PasswordBody.model_construct(password=password))
        )


class TwoFactorCalls(Slice):
    """Its endpoints, for blocking code."""

    def enable_two_factor(
        self, *, password: str | None = None, method: Literal["totp", "otp"] | None = None, issuer: str | None = None
    ) -> Enabled:
        """Turn a second factor on. An authenticator app counts from the first code that is verified."""
        return self._post(
            "/two-factor/enable",
            Enabled,
            body_of(EnableTwoFactor.model_construct(password=password, method=method, issuer=issuer)),
        )

    def disable_two_factor(self, *, password: str | None = None) -> StatusAnswer:
        """Turn the second factor off; secret, backup codes and trusted devices are forgotten."""
        return self._post("/two-factor/disable", StatusAnswer, body_of(PasswordBody.model_construct(password=password)))

    def get_totp_uri(self, *, password: str | None = None) -> TotpUri:
        """Show the app's secret once more, to who knows the password."""
        return self._post("/two-factor/get-totp-uri", TotpUri, body_of(PasswordBody.model_construct(password=password)))

    def verify_totp(self, *, code: str, trust_device: bool | None = None) -> Verified[UserOut]:
        """Show a code of the authenticator app; with a session the first one completes the enrolment."""
        return self._post(
            "/two-factor/verify-totp",
            Verified[UserOut],
            body_of(VerifyCode.model_construct(code=code, trust_device=trust_device)),
        )

    def send_two_factor_otp(self, *, trust_device: bool | None = None) -> StatusAnswer:
        """Send a code to the user."""
        return self._post(
            "/two-factor/send-otp", StatusAnswer, body_of(SendOtp.model_construct(trust_device=trust_device))
        )

    def verify_two_factor_otp(self, *, code: str, trust_device: bool | None = None) -> Verified[UserOut]:
        """Show a code that was sent; with a session the first one turns the second factor on."""
        return self._post(
            "/two-factor/verify-otp",
            Verified[UserOut],
            body_of(VerifyCode.model_construct(code=code, trust_device=trust_device)),
        )

    def verify_backup_code(
        self, *, code: str, trust_device: bool | None = None, disable_session: bool | None = None
    ) -> Verified[UserOut]:
        """Show a backup code, which is used up by it."""
        return self._post(
            "/two-factor/verify-backup-code",
            Verified[UserOut],
            body_of(
                VerifyBackupCode.model_construct(code=code, trust_device=trust_device, disable_session=disable_session)
            ),
        )

    def generate_backup_codes(self, *, password: str | None = None) -> BackupCodes:
        """Replace all backup codes."""
        return self._post(
            "/two-factor/generate-backup-codes", BackupCodes, body_of(PasswordBody.model_construct(password=password))
        )


class TwoFactorServerCalls(ServerSlice, AsyncTwoFactorCalls):
    """Its endpoints, in-process."""

    async def view_backup_codes(self, *, user_id: str) -> BackupCodes:
        """Show a user's unused backup codes; only the server itself may ask."""
        return await self._post(
            "/two-factor/view-backup-codes", BackupCodes, body_of(ViewBackupCodes.model_construct(user_id=user_id))
        )

    async def generate_totp(self, *, secret: str) -> TotpCode:
        """Make the code of this moment; only the server itself may ask."""
        return await self._post("/totp/generate", TotpCode, body_of(GenerateTotp.model_construct(secret=secret)))
