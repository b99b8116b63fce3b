"""Sign-in endpoint."""

from __future__ import annotations

from typing import Annotated

from fastapi_betterauth.errors import (
    CROSS_SITE_NAVIGATION_LOGIN_BLOCKED,
    EMAIL_NOT_VERIFIED,
    FAILED_TO_CREATE_SESSION,
    INVALID_CALLBACK_URL,
    INVALID_EMAIL,
    INVALID_ORIGIN,
    MISSING_OR_NULL_ORIGIN,
    APIError,
)
from fastapi_betterauth.features.email_verification.mails import VerificationLinks
from fastapi_betterauth.features.email_verification.options import EmailVerification
from fastapi_betterauth.features.password.options import EmailAndPassword
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.operation import Provide, post
from fastapi_betterauth.pipeline.redirects import header_safe
from fastapi_betterauth.pipeline.schemas import UserOut
from fastapi_betterauth.pipeline.sign_in import complete_sign_in
from fastapi_betterauth.storage.fields import UserFields

from .errors import EMAIL_PASSWORD_DISABLED, INVALID_EMAIL_OR_PASSWORD
from .schemas import SignedIn, SignInEmail
from .service import PasswordSignIn


def _password_sign_in(context: RequestContext) -> PasswordSignIn:
    return PasswordSignIn(context.users, context.accounts, context.auth.passwords)


@post(
    "/sign-in/email",
    forms=True,
    form_csrf=True,
    errors={
        400: [EMAIL_PASSWORD_DISABLED, INVALID_EMAIL],
        401: [INVALID_EMAIL_OR_PASSWORD, FAILED_TO_CREATE_SESSION],
        403: [
            EMAIL_NOT_VERIFIED,
            CROSS_SITE_NAVIGATION_LOGIN_BLOCKED,
            INVALID_ORIGIN,
            MISSING_OR_NULL_ORIGIN,
            INVALID_CALLBACK_URL,
        ],
    },
)
async def sign_in_email(
    body: SignInEmail, sign_in: Annotated[PasswordSignIn, Provide(_password_sign_in)], context: RequestContext
) -> SignedIn[UserOut]:
    """Sign in with an e-mail address and a password.

    Other sessions of the user stay; a new one always begins.
    """
    options = context.auth.options[EmailAndPassword]
    if not options.enabled:
        raise APIError(400, EMAIL_PASSWORD_DISABLED)
    await context.count_attempt("password", body.email)
    user = await sign_in.authenticate(body.email, body.password)
    if options.require_email_verification and not user.email_verified:
        _send_verification(user, body.callback_url, context)
        raise APIError(403, EMAIL_NOT_VERIFIED)
    current = await complete_sign_in(context, user, method="email-password", remember=body.remember_me is not False)
    if body.callback_url:
        context.response_headers.append(("location", header_safe(body.callback_url)))
    return SignedIn(
        redirect=bool(body.callback_url),
        token=current.session.token,
        url=body.callback_url,
        user=context.auth.views.user(user),
    )


def _send_verification(user: UserFields, callback: str | None, context: RequestContext) -> None:
    """Send another link to somebody who knows the password; the refusal does not wait for it."""
    if context.auth.options[EmailVerification].send_on_sign_in:
        links = VerificationLinks(context)
        links.send_later(links.mail(user, links.token(user.email), callback), even_if_refused=True)


OPERATIONS = (sign_in_email,)
