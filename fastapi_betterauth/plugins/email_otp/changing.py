"""Choosing another password or address with a code (email-otp sheet §5.11 to §5.13)."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi_betterauth.errors import (
    INVALID_EMAIL,
    INVALID_USER,
    PASSWORD_TOO_LONG,
    PASSWORD_TOO_SHORT,
    UNAUTHORIZED,
    USER_NOT_FOUND,
    APIError,
)
from fastapi_betterauth.features.email_verification.service import EmailProofs
from fastapi_betterauth.features.password.options import EmailAndPassword
from fastapi_betterauth.features.password.policy import check_length
from fastapi_betterauth.features.password.routes import Passwords
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import SensitiveSession, rewrite_session_cookies
from fastapi_betterauth.pipeline.operation import Provide, post
from fastapi_betterauth.sessions.models import CurrentSession

from .codes import Codes, Purpose
from .errors import INVALID_OTP, OTP_EXPIRED, TOO_MANY_ATTEMPTS
from .options import EmailOtpOptions
from .schemas import ChangeEmailByOtp, EmailChangeOtpRequest, OtpAnswer, ResetPasswordOtp
from .sending import OpenCodes, Senders, checked_email

logger = logging.getLogger("fastapi_betterauth")

Options = Annotated[EmailOtpOptions, Provide(lambda context: context.auth.options[EmailOtpOptions])]


@post(
    "/email-otp/reset-password",
    open_api_id="resetPasswordWithEmailOTP",
    errors={
        400: [PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG, INVALID_OTP, OTP_EXPIRED, USER_NOT_FOUND],
        403: [TOO_MANY_ATTEMPTS],
    },
)
async def reset_password_email_otp(
    body: ResetPasswordOtp, codes: OpenCodes, passwords: Passwords, context: RequestContext
) -> OtpAnswer:
    """Set a new password with a code, or a first one; the address counts as verified then."""
    check_length(body.password, context.auth.options[EmailAndPassword])
    email = body.email.lower()
    await codes.check(Purpose("forget-password", email), body.otp)
    user = await context.users.find_by_email(email)
    if user is None:
        raise APIError(400, USER_NOT_FOUND)
    await passwords.replace(user, body.password)
    if not user.email_verified:
        await context.users.update(user.id, {"email_verified": True})
    return OtpAnswer()


@post(
    "/email-otp/request-email-change",
    open_api_id="requestEmailChangeWithEmailOTP",
    errors={400: [INVALID_EMAIL, INVALID_OTP, OTP_EXPIRED], 401: [UNAUTHORIZED], 403: [TOO_MANY_ATTEMPTS]},
)
async def request_email_change_email_otp(
    body: EmailChangeOtpRequest,
    current: SensitiveSession,
    options: Options,
    codes: OpenCodes,
    sender: Senders,
    context: RequestContext,
) -> OtpAnswer:
    """Mail a code to the address the caller wants to have; a taken one gets none, and the same answer."""
    purpose = _change_of(current, body.new_email, options)
    await _prove_current(current, body.otp, options, codes)
    if not await sender.allowed(purpose.email):
        return OtpAnswer()
    code = await codes.issue(purpose)
    if await context.users.find_by_email(purpose.email) is None:
        sender.mail(code, purpose)
    else:
        await codes.drop(purpose)
    return OtpAnswer()


@post(
    "/email-otp/change-email",
    open_api_id="changeEmailWithEmailOTP",
    errors={
        400: [INVALID_EMAIL, INVALID_OTP, OTP_EXPIRED, USER_NOT_FOUND],
        401: [UNAUTHORIZED],
        403: [TOO_MANY_ATTEMPTS],
    },
)
async def change_email_email_otp(
    body: ChangeEmailByOtp, current: SensitiveSession, options: Options, codes: OpenCodes, context: RequestContext
) -> OtpAnswer:
    """Change the caller's address with the code that came to the new one."""
    purpose = _change_of(current, body.new_email, options)
    await codes.check(purpose, body.otp)
    if await context.users.find_by_email(purpose.email) is not None:
        raise _in_use()
    proofs = EmailProofs.of(context)
    await proofs.announce(current.user)
    try:
        moved = await proofs.move(current.user, purpose.email, verified=True)
    except APIError as error:
        if error.code == INVALID_USER.code:
            raise _in_use() from None
        raise
    rewrite_session_cookies(context, CurrentSession(moved, current.session))
    return OtpAnswer()


def _change_of(current: CurrentSession, given: str, options: EmailOtpOptions) -> Purpose:
    """Returns: the change the caller wants. Raises: APIError: 400 where it is switched off, or is none."""
    if not options.change_email.enabled:
        raise APIError(400, message="Change email with OTP is disabled")
    old, new = current.user.email.lower(), checked_email(given)
    if old == new:
        raise APIError(400, message="Email is the same")
    return Purpose("change-email", new, instead_of=old)


async def _prove_current(current: CurrentSession, otp: str | None, options: EmailOtpOptions, codes: Codes) -> None:
    """Have the caller show a code that came to the current address, where the options ask for it."""
    if options.change_email.verify_current_email:
        if not otp:
            raise APIError(400, message="OTP is required to verify current email")
        await codes.check(Purpose("email-verification", current.user.email.lower()), otp)
    elif otp:
        logger.warning("email-otp: otp is ignored, change_email.verify_current_email is not set")


def _in_use() -> APIError:
    """Returns: what who proved an address may be told."""
    return APIError(400, message="Email already in use")
