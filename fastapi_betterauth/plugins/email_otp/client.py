"""The plugin's endpoints for Python clients, blocking and asynchronous, and for the server itself.

Generated from the operations by ``make fix``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from fastapi_betterauth.client.slices import AsyncSlice, Slice
from fastapi_betterauth.client.transport import body_of, query_from
from fastapi_betterauth.in_process import ServerSlice
from fastapi_betterauth.pipeline.schemas import UserOut
from fastapi_betterauth.plugins.email_otp.schemas import (
    ChangeEmailByOtp,
    EmailChangeOtpRequest,
    EmailOtpVerified,
    OtpAnswer,
    OtpCheck,
    OtpRequest,
    PasswordResetOtpRequest,
    ResetPasswordOtp,
    SignedInByOtp,
    SignInEmailOtp,
    StoredOtp,
    VerifyEmailOtp,
)


class AsyncEmailOtpCalls(AsyncSlice):
    """Its endpoints."""

    async def send_verification_otp(
        self, *, email: str, type: Literal["email-verification", "sign-in", "forget-password", "change-email"]
    ) -> OtpAnswer:
        """Mail a code that signs in, verifies an address, or resets a password."""
        return await self._post(
            "/email-otp/send-verification-otp", OtpAnswer, body_of(OtpRequest.model_construct(email=email, type=type))
        )

    async def check_verification_otp(
        self, *, email: str, type: Literal["email-verification", "sign-in", "forget-password", "change-email"], otp: str
    ) -> OtpAnswer:
        """Check a code without using it up, such as before asking for a new password; a wrong one counts."""
        return await self._post(
            "/email-otp/check-verification-otp",
            OtpAnswer,
            body_of(OtpCheck.model_construct(email=email, type=type, otp=otp)),
        )

    async def verify_email_otp(self, *, email: str, otp: str) -> EmailOtpVerified[UserOut]:
        """Verify an address with a code; begins a session where verification by link does, too."""
        return await self._post(
            "/email-otp/verify-email",
            EmailOtpVerified[UserOut],
            body_of(VerifyEmailOtp.model_construct(email=email, otp=otp)),
        )

    async def sign_in_email_otp(
        self,
        *,
        email: str,
        otp: str,
        name: str | None = None,
        image: str | None = None,
        fields: Mapping[str, object] | None = None,
    ) -> SignedInByOtp[UserOut]:
        """Sign in, and up if need be, with a code."""
        return await self._post(
            "/sign-in/email-otp",
            SignedInByOtp[UserOut],
            body_of(SignInEmailOtp.model_construct(email=email, otp=otp, name=name, image=image), fields),
        )

    async def request_password_reset_email_otp(self, *, email: str) -> OtpAnswer:
        """Mail a code that lets the owner of an address choose a new password."""
        return await self._post(
            "/email-otp/request-password-reset",
            OtpAnswer,
            body_of(PasswordResetOtpRequest.model_construct(email=email)),
        )

    async def forget_password_email_otp(self, *, email: str) -> OtpAnswer:
        """Mail a code that resets a password; deprecated, /email-otp/request-password-reset is its name now."""
        return await self._post(
            "/forget-password/email-otp", OtpAnswer, body_of(PasswordResetOtpRequest.model_construct(email=email))
        )

    async def reset_password_email_otp(self, *, email: str, otp: str, password: str) -> OtpAnswer:
        """Set a new password with a code, or a first one; the address counts as verified then."""
        return await self._post(
            "/email-otp/reset-password",
            OtpAnswer,
            body_of(ResetPasswordOtp.model_construct(email=email, otp=otp, password=password)),
        )

    async def request_email_change_email_otp(self, *, new_email: str, otp: str | None = None) -> OtpAnswer:
        """Mail a code to the address the caller wants to have; a taken one gets none, and the same answer."""
        return await self._post(
            "/email-otp/request-email-change",
            OtpAnswer,
            body_of(EmailChangeOtpRequest.model_construct(new_email=new_email, otp=otp)),
        )

    async def change_email_email_otp(self, *, new_email: str, otp: str) -> OtpAnswer:
        """Change the caller's address with the code that came to the new one."""
        return await self._post(
            "/email-otp/change-email",
            OtpAnswer,
            body_of(ChangeEmailByOtp.model_construct(new_email=new_email, otp=otp)),
        )


class EmailOtpCalls(Slice):
    """Its endpoints, for blocking code."""

    def send_verification_otp(
        self, *, email: str, type: Literal["email-verification", "sign-in", "forget-password", "change-email"]
    ) -> OtpAnswer:
        """Mail a code that signs in, verifies an address, or resets a password."""
        return self._post(
            "/email-otp/send-verification-otp", OtpAnswer, body_of(OtpRequest.model_construct(email=email, type=type))
        )

    def check_verification_otp(
        self, *, email: str, type: Literal["email-verification", "sign-in", "forget-password", "change-email"], otp: str
    ) -> OtpAnswer:
        """Check a code without using it up, such as before asking for a new password; a wrong one counts."""
        return self._post(
            "/email-otp/check-verification-otp",
            OtpAnswer,
            body_of(OtpCheck.model_construct(email=email, type=type, otp=otp)),
        )

    def verify_email_otp(self, *, email: str, otp: str) -> EmailOtpVerified[UserOut]:
        """Verify an address with a code; begins a session where verification by link does, too."""
        return self._post(
            "/email-otp/verify-email",
            EmailOtpVerified[UserOut],
            body_of(VerifyEmailOtp.model_construct(email=email, otp=otp)),
        )

    def sign_in_email_otp(
        self,
        *,
        email: str,
        otp: str,
        name: str | None = None,
        image: str | None = None,
        fields: Mapping[str, object] | None = None,
    ) -> SignedInByOtp[UserOut]:
        """Sign in, and up if need be, with a code."""
        return self._post(
            "/sign-in/email-otp",
            SignedInByOtp[UserOut],
            body_of(SignInEmailOtp.model_construct(email=email, otp=otp, name=name, image=image), fields),
        )

    def request_password_reset_email_otp(self, *, email: str) -> OtpAnswer:
        """Mail a code that lets the owner of an address choose a new password."""
        return self._post(
            "/email-otp/request-password-reset",
            OtpAnswer,
            body_of(PasswordResetOtpRequest.model_construct(email=email)),
        )

    def forget_password_email_otp(self, *, email: str) -> OtpAnswer:
        """Mail a code that resets a password; deprecated, /email-otp/request-password-reset is its name now."""
        return self._post(
            "/forget-password/email-otp", OtpAnswer, body_of(PasswordResetOtpRequest.model_construct(email=email))
        )

    def reset_password_email_otp(self, *, email: str, otp: str, password: str) -> OtpAnswer:
        """Set a new password with a code, or a first one; the address counts as verified then."""
        return self._post(
            "/email-otp/reset-password",
            OtpAnswer,
            body_of(ResetPasswordOtp.model_construct(email=email, otp=otp, password=password)),
        )

    def request_email_change_email_otp(self, *, new_email: str, otp: str | None = None) -> OtpAnswer:
        """Mail a code to the address the caller wants to have; a taken one gets none, and the same answer."""
        return self._post(
            "/email-otp/request-email-change",
            OtpAnswer,
            body_of(EmailChangeOtpRequest.model_construct(new_email=new_email, otp=otp)),
        )

    def change_email_email_otp(self, *, new_email: str, otp: str) -> OtpAnswer:
        """Change the caller's address with the code that came to the new one."""
        return self._post(
            "/email-otp/change-email",
            OtpAnswer,
            body_of(ChangeEmailByOtp.model_construct(new_email=new_email, otp=otp)),
        )


class EmailOtpServerCalls(ServerSlice, AsyncEmailOtpCalls):
    """Its endpoints, in-process."""

    async def create_verification_otp(
        self, *, email: str, type: Literal["email-verification", "sign-in", "forget-password", "change-email"]
    ) -> str:
        """Make a code without sending it; only the server itself may ask."""
        return await self._post(
            "/email-otp/create-verification-otp", str, body_of(OtpRequest.model_construct(email=email, type=type))
        )

    async def get_verification_otp(
        self, *, email: str, type: Literal["email-verification", "sign-in", "forget-password", "change-email"]
    ) -> StoredOtp:
        """Tell the code that is out, unless it is kept as a hash; only the server itself may ask."""
        found: StoredOtp = await self._get(
            "/email-otp/get-verification-otp", StoredOtp, query_from(OtpRequest.model_construct(email=email, type=type))
        )
        return found
