"""Sending codes (email-otp sheet §2, §4, §5.5)."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi_betterauth.errors import (
    CROSS_SITE_NAVIGATION_LOGIN_BLOCKED,
    INVALID_EMAIL,
    INVALID_ORIGIN,
    MISSING_OR_NULL_ORIGIN,
    APIError,
)
from fastapi_betterauth.features.email_address import is_email_address
from fastapi_betterauth.features.sign_up.schemas import SignedUp
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.hooks import HookCall
from fastapi_betterauth.pipeline.operation import Provide, get, post
from fastapi_betterauth.storage.fields import UserFields

from .codes import Codes, Purpose
from .options import EmailOtpMail, EmailOtpOptions
from .schemas import OtpAnswer, OtpRequest, PasswordResetOtpRequest, StoredOtp

logger = logging.getLogger("fastapi_betterauth")


class Sender:
    """Makes codes and mails them."""

    def __init__(self, context: RequestContext) -> None:
        self._context = context
        self._codes = Codes(context)

    async def send(self, purpose: Purpose, *, to_strangers: bool = False) -> None:
        """Mail a code to a user; strangers cost as much work, and get one where they may sign up with it."""
        if not await self.allowed(purpose.email):
            return
        code = await self._codes.issue(purpose, may_reuse=True)
        known = await self._context.users.find_by_email(purpose.email) is not None
        if known or to_strangers:
            self.mail(code, purpose)
        else:
            await self._codes.drop(purpose)

    async def allowed(self, recipient: str) -> bool:
        """Count a mail. Returns: False when the person got too many; then there is no new code either."""
        return await self._context.may_mail("email-otp", recipient)

    def mail(self, code: str, purpose: Purpose) -> None:
        """Have a code delivered once the answer is out."""
        send = self._context.auth.options[EmailOtpOptions].send
        mail = EmailOtpMail(purpose.email, code, purpose.kind)
        self._context.afterwards("send_verification_otp", lambda: send(mail))


Senders = Annotated[Sender, Provide(Sender)]
OpenCodes = Annotated[Codes, Provide(Codes)]


def checked_email(given: str) -> str:
    """Returns: an address in lower case. Raises: APIError: 400 INVALID_EMAIL."""
    email = given.lower()
    if not is_email_address(email):
        raise APIError(400, INVALID_EMAIL)
    return email


@post(
    "/email-otp/send-verification-otp",
    open_api_id="sendEmailVerificationOTP",
    form_csrf=True,
    errors={
        400: [INVALID_EMAIL],
        403: [CROSS_SITE_NAVIGATION_LOGIN_BLOCKED, INVALID_ORIGIN, MISSING_OR_NULL_ORIGIN],
    },
)
async def send_verification_otp(body: OtpRequest, sender: Senders, context: RequestContext) -> OtpAnswer:
    """Mail a code that signs in, verifies an address, or resets a password.

    The answer is the same whoever has the address.
    """
    email = checked_email(body.email)
    if body.type == "change-email":
        raise APIError(400, message="Invalid OTP type")
    may_sign_up = body.type == "sign-in" and not context.auth.options[EmailOtpOptions].disable_sign_up
    await sender.send(Purpose(body.type, email), to_strangers=may_sign_up)
    return OtpAnswer()


@post("/email-otp/request-password-reset", open_api_id="requestPasswordResetWithEmailOTP")
async def request_password_reset_email_otp(body: PasswordResetOtpRequest, sender: Senders) -> OtpAnswer:
    """Mail a code that lets the owner of an address choose a new password."""
    await sender.send(Purpose("forget-password", body.email.lower()))
    return OtpAnswer()


@post("/forget-password/email-otp", open_api_id="forgetPasswordWithEmailOTP")
async def forget_password_email_otp(body: PasswordResetOtpRequest, sender: Senders) -> OtpAnswer:
    """Mail a code that resets a password; deprecated, ``/email-otp/request-password-reset`` is its name now."""
    logger.warning("/forget-password/email-otp is deprecated: use /email-otp/request-password-reset")
    await sender.send(Purpose("forget-password", body.email.lower()))
    return OtpAnswer()


@post("/email-otp/create-verification-otp", server_only=True)
async def create_verification_otp(body: OtpRequest, codes: OpenCodes) -> str:
    """Make a code without sending it; only the server itself may ask."""
    return await codes.issue(Purpose(body.type, body.email.lower()))


@get("/email-otp/get-verification-otp", server_only=True)
async def get_verification_otp(query: OtpRequest, codes: OpenCodes) -> StoredOtp:
    """Tell the code that is out, unless it is kept as a hash; only the server itself may ask."""
    return StoredOtp(otp=await codes.peek(Purpose(query.type, query.email.lower())))


async def send_at_sign_up(call: HookCall) -> None:
    """Mail a code to whom a sign-up answers about; the owner of a taken address gets one, too (sheet §4)."""
    if not isinstance(call.returned, SignedUp):
        return
    sender, purpose = Sender(call.context), Purpose("email-verification", call.returned.user.email)
    if await sender.allowed(purpose.email):
        sender.mail(await Codes(call.context).issue(purpose), purpose)


async def send_instead_of_link(context: RequestContext, user: UserFields) -> None:
    """Have an address proven by a code where the core would send a link; the transaction is over by now."""
    purpose = Purpose("email-verification", user.email.lower())
    if not await context.may_mail("email-otp", purpose.email):
        return
    if await context.users.find_by_email(purpose.email) is None:
        return
    code = await Codes(context).issue(purpose, may_reuse=True)
    await context.auth.options[EmailOtpOptions].send(EmailOtpMail(user.email, code, purpose.kind))
