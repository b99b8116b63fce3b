"""Password endpoints."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi_betterauth.errors import (
    CREDENTIAL_ACCOUNT_NOT_FOUND,
    INVALID_CALLBACK_URL,
    INVALID_PASSWORD,
    INVALID_REDIRECT_URL,
    INVALID_TOKEN,
    PASSWORD_TOO_LONG,
    PASSWORD_TOO_SHORT,
    UNAUTHORIZED,
    USER_NOT_FOUND,
    APIError,
    RedirectTo,
)
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import SensitiveSession, issue_session_cookies
from fastapi_betterauth.pipeline.operation import Provide, get, post
from fastapi_betterauth.pipeline.redirects import add_query, resolve
from fastapi_betterauth.pipeline.schemas import UserOut
from fastapi_betterauth.pipeline.sign_in import begin_session
from fastapi_betterauth.pipeline.wire import StatusAnswer

from .errors import PASSWORD_ALREADY_SET, RESET_PASSWORD_DISABLED
from .options import EmailAndPassword, ResetPasswordMail
from .schemas import (
    ChangePassword,
    PasswordChanged,
    RequestPasswordReset,
    ResetLinkQuery,
    ResetPassword,
    ResetPasswordQuery,
    ResetRequested,
    SetPassword,
    VerifyPassword,
)
from .service import Passwords as PasswordService


def passwords_of(context: RequestContext) -> PasswordService:
    """Returns: the password service of this request."""
    return PasswordService(
        options=context.auth.options[EmailAndPassword],
        users=context.users,
        accounts=context.accounts,
        sessions=context.sessions,
        verifications=context.verifications,
        hashing=context.auth.passwords,
        clock=context.auth.clock,
        afterwards=context.afterwards,
        announce=context.announce_password,
    )


Passwords = Annotated[PasswordService, Provide(passwords_of)]


@post(
    "/request-password-reset",
    open_api_id="requestPasswordReset",
    sends_mail=True,
    errors={400: [RESET_PASSWORD_DISABLED], 403: [INVALID_REDIRECT_URL]},
)
async def request_password_reset(
    body: RequestPasswordReset, passwords: Passwords, context: RequestContext
) -> ResetRequested:
    """Mail a link that lets the owner of an address choose a new password.

    The answer is the same whether or not the address is known.
    """
    send = context.auth.options[EmailAndPassword].send_reset_password
    if send is None:
        raise APIError(400, RESET_PASSWORD_DISABLED)
    user, token = await passwords.open_reset(body.email)
    if user is not None:
        callback = quote(body.redirect_to or "", safe="!'()*")
        mail = ResetPasswordMail(user, f"{context.base.url}/reset-password/{token}?callbackURL={callback}", token)
        context.mail_afterwards("send_reset_password", user.email, lambda: send(mail))
    return ResetRequested()


@get(
    "/reset-password/{token}",
    open_api_id="resetPasswordCallback",
    checks_callback=True,
    redirects=True,
    errors={403: [INVALID_CALLBACK_URL]},
)
async def request_password_reset_callback(
    token: str, query: ResetLinkQuery, passwords: Passwords, context: RequestContext
) -> None:
    """Lead the holder of a reset link to the page that takes the new password.

    The token is only looked at; it goes along as ``?token=``, or ``?error=INVALID_TOKEN``.
    """
    target = query.callback_url
    if not target or not await passwords.is_open(token):
        default = context.auth.errors.error_url or f"{context.base.url}/error"
        target = resolve(target, context.base.origin) if target else default
        raise RedirectTo(add_query(target, {"error": "INVALID_TOKEN"}))
    raise RedirectTo(add_query(resolve(target, context.base.origin), {"token": token}))


@post(
    "/reset-password",
    open_api_id="resetPassword",
    errors={400: [INVALID_TOKEN, PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG, USER_NOT_FOUND]},
)
async def reset_password(body: ResetPassword, query: ResetPasswordQuery, passwords: Passwords) -> StatusAnswer:
    """Set a new password with the token of a reset link; the token can be used once."""
    token = body.token or query.token
    if not token:
        raise APIError(400, INVALID_TOKEN)
    await passwords.reset(token, body.new_password)
    return StatusAnswer()


@post(
    "/change-password",
    open_api_id="changePassword",
    errors={
        400: [PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG, CREDENTIAL_ACCOUNT_NOT_FOUND, INVALID_PASSWORD],
        401: [UNAUTHORIZED],
    },
)
async def change_password(
    body: ChangePassword, current: SensitiveSession, passwords: Passwords, context: RequestContext
) -> PasswordChanged[UserOut]:
    """Replace the caller's password; optionally sign out every other device."""
    await passwords.change(current.user, body.current_password, body.new_password)
    token: str | None = None
    if body.revoke_other_sessions:
        await context.sessions.end_all(current.user.id)
        renewed = await begin_session(context, current.user)
        issue_session_cookies(context, renewed)
        token = renewed.session.token
    return PasswordChanged(token=token, user=context.auth.views.user(current.user))


@post(
    "/set-password",
    server_only=True,
    errors={400: [PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG, PASSWORD_ALREADY_SET], 401: [UNAUTHORIZED]},
)
async def set_password(body: SetPassword, current: SensitiveSession, passwords: Passwords) -> StatusAnswer:
    """Give the caller a first password, such as after signing up through a provider."""
    await passwords.set_first(current.user, body.new_password)
    return StatusAnswer()


@post("/verify-password", open_api_id="verifyPassword", errors={400: [INVALID_PASSWORD], 401: [UNAUTHORIZED]})
async def verify_password(body: VerifyPassword, current: SensitiveSession, passwords: Passwords) -> StatusAnswer:
    """Check the caller's password, before something delicate."""
    if not await passwords.matches(current.user, body.password):
        raise APIError(400, INVALID_PASSWORD)
    return StatusAnswer()


OPERATIONS = (
    request_password_reset,
    request_password_reset_callback,
    reset_password,
    change_password,
    set_password,
    verify_password,
)
