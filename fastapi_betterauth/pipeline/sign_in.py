"""Completes a sign-in: the one function for every method."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel

from fastapi_betterauth.sessions.models import CurrentSession
from fastapi_betterauth.sessions.sign_in_checks import SignInAttempt, SignInHeld
from fastapi_betterauth.storage.fields import UserFields
from fastapi_betterauth.storage.hooks import Changes

from .context import RequestContext
from .current import forget_copy, issue_session_cookies
from .redirects import add_query


async def complete_sign_in(
    context: RequestContext, user: UserFields, *, method: str, remember: bool | None = True
) -> CurrentSession:
    """Ask what may hold the sign-in back, then begin a session and hand it out.

    Args: method: how the user proved who they are. remember: None keeps what the request's own flag says.
    Raises: APIError, SignInHeld: whatever a check raises; 401 FAILED_TO_CREATE_SESSION when a database hook refuses.
    """
    attempt = SignInAttempt(user=user, method=method)
    try:
        for check in context.auth.sign_in_checks:
            await check(context, attempt)
    except SignInHeld:
        _keep_choice(context, remember=remember)
        raise
    current = await begin_session(context, user, remember=remember is not False)
    issue_session_cookies(context, current, remember=remember)
    return current


async def begin_session(
    context: RequestContext,
    user: UserFields,
    *,
    remember: bool = True,
    lifetime: timedelta | None = None,
    values: Changes | None = None,
) -> CurrentSession:
    """Begin a session without asking what may hold a sign-in back, and without cookies.

    Args: lifetime: another one than the options give. values: of plugins, by field name.
    Raises: APIError: whatever a session check raises; 401 FAILED_TO_CREATE_SESSION.
    """
    for check in context.auth.session_checks:
        await check(context, user)
    return await context.sessions.begin(user, context.device, remember=remember, lifetime=lifetime, values=values)


def held_at(page: str, held: SignInHeld) -> str:
    """Returns: the URL of a page that is told, in its query, what a sign-in waits for."""
    answer = held.answer.model_dump(mode="json") if isinstance(held.answer, BaseModel) else {}
    return add_query(page, {name: _text(value) for name, value in answer.items()})


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _keep_choice(context: RequestContext, *, remember: bool | None) -> None:
    """Have the browser forget the session it had; what it chose about being remembered outlives the wait."""
    cookies = context.session_cookies
    context.cookies.expire(cookies.token)
    forget_copy(context)
    if remember is False:
        context.set_signed_cookie(cookies.dont_remember, "true")
