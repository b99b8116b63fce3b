"""Sign-up endpoint."""

from __future__ import annotations

from typing import Annotated

from fastapi_betterauth.errors import (
    CROSS_SITE_NAVIGATION_LOGIN_BLOCKED,
    FAILED_TO_CREATE_SESSION,
    FAILED_TO_CREATE_USER,
    FIELD_NOT_ALLOWED,
    INVALID_CALLBACK_URL,
    INVALID_ORIGIN,
    MISSING_FIELD,
    MISSING_OR_NULL_ORIGIN,
    PASSWORD_TOO_LONG,
    PASSWORD_TOO_SHORT,
    APIError,
)
from fastapi_betterauth.features.email_verification.mails import VerificationLinks
from fastapi_betterauth.features.email_verification.options import EmailVerification
from fastapi_betterauth.features.password.options import EmailAndPassword
from fastapi_betterauth.features.user.options import UserOptions
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import issue_session_cookies
from fastapi_betterauth.pipeline.operation import Provide, post
from fastapi_betterauth.pipeline.schemas import UserOut
from fastapi_betterauth.pipeline.sign_in import begin_session
from fastapi_betterauth.storage.fields import UserFields

from .errors import EMAIL_PASSWORD_SIGN_UP_DISABLED, USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL
from .schemas import SignedUp, SignUpEmail
from .service import SignUps


def _sign_ups(context: RequestContext) -> SignUps:
    return SignUps(
        options=context.auth.options[EmailAndPassword],
        users=context.users,
        accounts=context.accounts,
        hashing=context.auth.passwords,
        fields=context.auth.user_input,
        validate_user_info=context.auth.options[UserOptions].validate_user_info,
        clock=context.auth.clock,
        mail_afterwards=context.mail_afterwards,
    )


@post(
    "/sign-up/email",
    open_api_id="signUpWithEmailAndPassword",
    accepts="user_on_create",
    forms=True,
    form_csrf=True,
    errors={
        400: [
            EMAIL_PASSWORD_SIGN_UP_DISABLED,
            PASSWORD_TOO_SHORT,
            PASSWORD_TOO_LONG,
            FIELD_NOT_ALLOWED,
            MISSING_FIELD,
            FAILED_TO_CREATE_USER,
            FAILED_TO_CREATE_SESSION,
        ],
        403: [
            CROSS_SITE_NAVIGATION_LOGIN_BLOCKED,
            INVALID_ORIGIN,
            MISSING_OR_NULL_ORIGIN,
            INVALID_CALLBACK_URL,
        ],
        422: [USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL, FAILED_TO_CREATE_USER],
    },
)
async def sign_up_email(
    body: SignUpEmail, sign_ups: Annotated[SignUps, Provide(_sign_ups)], context: RequestContext
) -> SignedUp[UserOut]:
    """Sign up with an e-mail address and a password.

    Begins a session unless the address must be verified first. Where it must, the answer for a taken address is the
    same as for a free one.
    """
    registration = await sign_ups.register(body)
    user, options = registration.user, context.auth.options[EmailAndPassword]
    if not registration.decoy:
        _send_verification(user, body.callback_url, context)
    view = context.auth.views.user(user)
    if registration.decoy or options.hides_existing_users:
        return SignedUp(token=None, user=view)
    remember = body.remember_me is not False
    try:
        current = await begin_session(context, user, remember=remember)
    except APIError:
        raise APIError(400, FAILED_TO_CREATE_SESSION) from None
    issue_session_cookies(context, current, remember=remember)
    return SignedUp(token=current.session.token, user=view)


def _send_verification(user: UserFields, callback: str | None, context: RequestContext) -> None:
    wanted = context.auth.options[EmailVerification].send_on_sign_up
    if wanted is None:
        wanted = context.auth.options[EmailAndPassword].require_email_verification
    if wanted:
        links = VerificationLinks(context)
        links.send_later(links.mail(user, links.token(user.email), callback))


OPERATIONS = (sign_up_email,)
