"""Signing in and proving an address with a code (email-otp sheet §5.4, §5.8 to §5.10)."""

from __future__ import annotations

from fastapi_betterauth.errors import (
    FIELD_NOT_ALLOWED,
    INVALID_EMAIL,
    MISSING_FIELD,
    USER_NOT_FOUND,
    APIError,
    TransientConflict,
)
from fastapi_betterauth.features.email_verification.options import EmailVerification
from fastapi_betterauth.features.email_verification.service import EmailProofs
from fastapi_betterauth.features.provisioning import claim_unproven, provision_user
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import OptionalSession, rewrite_session_cookies
from fastapi_betterauth.pipeline.operation import post
from fastapi_betterauth.pipeline.schemas import UserOut
from fastapi_betterauth.pipeline.sign_in import complete_sign_in
from fastapi_betterauth.sessions.models import CurrentSession
from fastapi_betterauth.storage.fields import UserFields

from .codes import Purpose
from .errors import INVALID_OTP, OTP_EXPIRED, TOO_MANY_ATTEMPTS
from .options import EmailOtpOptions
from .schemas import EmailOtpVerified, OtpAnswer, OtpCheck, SignedInByOtp, SignInEmailOtp, VerifyEmailOtp
from .sending import OpenCodes, checked_email


@post(
    "/email-otp/check-verification-otp",
    open_api_id="verifyEmailWithOTP",
    errors={400: [INVALID_EMAIL, INVALID_OTP, OTP_EXPIRED, USER_NOT_FOUND], 403: [TOO_MANY_ATTEMPTS]},
)
async def check_verification_otp(body: OtpCheck, codes: OpenCodes, context: RequestContext) -> OtpAnswer:
    """Check a code without using it up, such as before asking for a new password; a wrong one counts."""
    email = checked_email(body.email)
    await codes.check(Purpose(body.type, email), body.otp, keep=True)
    await _known(context, email)
    return OtpAnswer()


@post(
    "/email-otp/verify-email",
    errors={400: [INVALID_EMAIL, INVALID_OTP, OTP_EXPIRED, USER_NOT_FOUND], 403: [TOO_MANY_ATTEMPTS]},
)
async def verify_email_otp(
    body: VerifyEmailOtp, current: OptionalSession, codes: OpenCodes, context: RequestContext
) -> EmailOtpVerified[UserOut]:
    """Verify an address with a code; begins a session where verification by link does, too."""
    email = checked_email(body.email)
    await codes.check(Purpose("email-verification", email), body.otp)
    verified = await EmailProofs.of(context).verify(await _known(context, email))
    token: str | None = None
    if context.auth.options[EmailVerification].auto_sign_in_after_verification:
        begun = await complete_sign_in(context, verified, method="email-verification")
        token = begun.session.token
    elif current is not None and current.user.id == verified.id:
        rewrite_session_cookies(context, CurrentSession(verified, current.session))
    return EmailOtpVerified(token=token, user=context.auth.views.user(verified))


@post(
    "/sign-in/email-otp",
    open_api_id="signInWithEmailOTP",
    accepts="user_on_create",
    errors={400: [INVALID_OTP, OTP_EXPIRED, FIELD_NOT_ALLOWED, MISSING_FIELD], 403: [TOO_MANY_ATTEMPTS]},
)
async def sign_in_email_otp(body: SignInEmailOtp, codes: OpenCodes, context: RequestContext) -> SignedInByOtp[UserOut]:
    """Sign in, and up if need be, with a code.

    Whoever reads the mailbox owns the address: it counts as verified, and what an unverified owner had left is gone.
    """
    email = body.email.lower()
    await codes.check(Purpose("sign-in", email), body.otp)
    user = await context.users.find_by_email(email) or await _sign_up(body, email, context)
    if not user.email_verified:
        user = await claim_unproven(context, user) or _refused()
    begun = await complete_sign_in(context, user, method="email-otp", remember=None)
    return SignedInByOtp(token=begun.session.token, user=context.auth.views.user(user))


async def _known(context: RequestContext, email: str) -> UserFields:
    """Returns: whose address it is. Who holds a code may know whether there is somebody."""
    user = await context.users.find_by_email(email)
    if user is None:
        raise APIError(400, USER_NOT_FOUND)
    return user


async def _sign_up(body: SignInEmailOtp, email: str, context: RequestContext) -> UserFields:
    if context.auth.options[EmailOtpOptions].disable_sign_up:
        _refused()
    added = context.auth.user_input.on_create(body.further)
    values = {**added, "email": email, "name": body.name or "", "image": body.image, "email_verified": True}
    try:
        user = await provision_user(context, values, method="email-otp")
    except TransientConflict:
        # The code is used up, so the request cannot start again: go on with who came a moment before.
        user = await context.users.find_by_email(email)
    return user if user is not None else _refused()


def _refused() -> UserFields:
    """Refuse as if the code were wrong. Raises: APIError: 400 INVALID_OTP."""
    raise APIError(400, INVALID_OTP)
