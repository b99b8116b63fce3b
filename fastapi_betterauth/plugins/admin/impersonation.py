"""Impersonation: an admin's browser is somebody else's for an hour (admin sheet §6)."""

from __future__ import annotations

from fastapi_betterauth.errors import UNAUTHORIZED, USER_NOT_FOUND, APIError
from fastapi_betterauth.features.account.routes import unlink_account
from fastapi_betterauth.features.change_email.routes import change_email
from fastapi_betterauth.features.password.routes import change_password, set_password
from fastapi_betterauth.features.user.routes import delete_user, delete_user_callback
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.cookies import CookieSpec
from fastapi_betterauth.pipeline.current import (
    clear_session_cookies,
    issue_session_cookies,
    resolve_session,
)
from fastapi_betterauth.pipeline.hooks import HookCall, On
from fastapi_betterauth.pipeline.operation import post
from fastapi_betterauth.pipeline.schemas import SessionAndUser, SessionOut, UserOut
from fastapi_betterauth.pipeline.session_cookies import SessionToCache
from fastapi_betterauth.pipeline.sign_in import begin_session
from fastapi_betterauth.sessions.models import CurrentSession
from fastapi_betterauth.social.routes import get_access_token, link_social_account, refresh_token

from .access import AdminSession, demand, permission_model
from .columns import impersonator_of
from .errors import BANNED_USER, IMPERSONATED_SESSION, MAY_NOT_IMPERSONATE, YOU_CANNOT_IMPERSONATE_ADMINS
from .options import AdminOptions
from .schemas import UserIdBody

Impersonated = SessionAndUser[SessionOut, UserOut]


@post(
    "/admin/impersonate-user",
    open_api_id="impersonateUser",
    errors={
        401: [UNAUTHORIZED],
        403: [MAY_NOT_IMPERSONATE, YOU_CANNOT_IMPERSONATE_ADMINS, BANNED_USER],
        404: [USER_NOT_FOUND],
    },
)
async def impersonate_user(body: UserIdBody, current: AdminSession, context: RequestContext) -> Impersonated:
    """Become somebody else in this browser; the admin's own session waits in a cookie."""
    demand(context, current, MAY_NOT_IMPERSONATE, user=["impersonate"])
    user = await context.users.find(body.user_id)
    if user is None:
        raise APIError(404, USER_NOT_FOUND)
    options = context.auth.options[AdminOptions]
    if permission_model(context).is_admin(user) and not options.allow_impersonating_admins:
        demand(context, current, YOU_CANNOT_IMPERSONATE_ADMINS, user=["impersonate-admins"])
    remembered = context.signed_cookie(context.session_cookies.dont_remember) or ""
    begun = await begin_session(
        context,
        user,
        remember=False,
        lifetime=options.impersonation,
        values={"impersonated_by": current.user.id},
    )
    clear_session_cookies(context)
    context.set_signed_cookie(_admin_cookie(context), f"{current.session.token}:{remembered}")
    issue_session_cookies(context, begun, remember=False)
    return _answer(context, begun)


@post("/admin/stop-impersonating", errors={401: [UNAUTHORIZED]})
async def stop_impersonating(current: AdminSession, context: RequestContext) -> Impersonated:
    """Go back to the admin's own session."""
    admin_id = impersonator_of(current.session)
    if admin_id is None:
        raise APIError(400, message="You are not impersonating anyone")
    if await context.users.find(admin_id) is None:
        raise APIError(500, message="Failed to find user")
    token, _, not_remembered = (context.signed_cookie(_admin_cookie(context)) or "").partition(":")
    resolution = await context.sessions.resolve(token, may_refresh=False) if token else None
    admin = resolution.current if resolution is not None else None
    if admin is None or admin.user.id != admin_id:
        raise APIError(500, message="Failed to find admin session")
    await context.sessions.end(current.session.token)
    if not_remembered:
        issue_session_cookies(context, admin, remember=False)
    else:
        context.set_signed_cookie(context.session_cookies.token, token)
        context.to_cache = SessionToCache(admin, remembered=True)
    context.cookies.expire(_admin_cookie(context))
    return _answer(context, admin)


async def refuse_impersonator(call: HookCall) -> None:
    """Keep an admin from changing what lets the user in, or taking the account away (SC-ADMIN-09).

    Raises: APIError: 403 IMPERSONATED_SESSION.
    """
    current = (await resolve_session(call.context)).current
    if current is not None and impersonator_of(current.session) is not None:
        raise APIError(403, IMPERSONATED_SESSION)


CLOSED_TO_IMPERSONATORS = On.of(
    change_password,
    set_password,
    change_email,
    delete_user,
    delete_user_callback,
    link_social_account,
    unlink_account,
    get_access_token,
    refresh_token,
    hook=refuse_impersonator,
)


def _admin_cookie(context: RequestContext) -> CookieSpec:
    return context.cookie_spec("admin_session", max_age=context.session_cookies.token.attributes.max_age)


def _answer(context: RequestContext, current: CurrentSession) -> Impersonated:
    views = context.auth.views
    return SessionAndUser(session=views.session(current.session), user=views.user(current.user))
