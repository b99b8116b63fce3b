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
from fastapi_betterauth.features.password.options import EmailAndPassword
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.operation import Provide, post
from fastapi_betterauth.pipeline.redirects import header_safe
from fastapi_betterauth.pipeline.schemas import UserOut
from fastapi_betterauth.pipeline.sign_in import complete_sign_in
from fastapi_betterauth.sessions.models import CurrentSession

from .errors import EMAIL_PASSWORD_DISABLED, INVALID_EMAIL_OR_PASSWORD
from .schemas import SignedIn, SignInEmail
from .service import PasswordSignIn
from .verified import require_verified


@post(
    "/sign-in/email",
    open_api_id="signInEmail",
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
    body: SignInEmail, sign_in: Annotated[PasswordSignIn, Provide(PasswordSignIn.of)], context: RequestContext
) -> SignedIn[UserOut]:
    """Sign in with an e-mail address and a password.

    Other sessions of the user stay; a new one always begins.
    """
    if not context.auth.options[EmailAndPassword].enabled:
        raise APIError(400, EMAIL_PASSWORD_DISABLED)
    await context.count_attempt("password", body.email)
    user = await sign_in.authenticate(body.email, body.password)
    require_verified(context, user, body.callback_url)
    current = await complete_sign_in(context, user, method="email-password", remember=body.remember_me is not False)
    return signed_in(context, current, body.callback_url)


def signed_in(context: RequestContext, current: CurrentSession, callback: str | None) -> SignedIn[UserOut]:
    """Returns: the answer of a sign-in that names the next page, as a header too."""
    if callback:
        context.response_headers.append(("location", header_safe(callback)))
    user = context.auth.views.user(current.user)
    return SignedIn(redirect=bool(callback), token=current.session.token, url=callback, user=user)


OPERATIONS = (sign_in_email,)
