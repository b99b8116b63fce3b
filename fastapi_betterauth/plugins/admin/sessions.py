"""Sessions of users (admin sheet §4)."""

from __future__ import annotations

from fastapi_betterauth.errors import UNAUTHORIZED
from fastapi_betterauth.features.session.routes import list_sessions
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.hooks import Answer, HookCall, On
from fastapi_betterauth.pipeline.operation import post
from fastapi_betterauth.pipeline.schemas import SessionOut

from .access import AdminSession, demand
from .errors import MAY_NOT_LIST_SESSIONS, MAY_NOT_REVOKE
from .schemas import Done, RevokeUserSession, SessionList, UserIdBody


@post(
    "/admin/list-user-sessions",
    open_api_id="adminListUserSessions",
    errors={401: [UNAUTHORIZED], 403: [MAY_NOT_LIST_SESSIONS]},
)
async def list_user_sessions(
    body: UserIdBody, current: AdminSession, context: RequestContext
) -> SessionList[SessionOut]:
    """List a user's sessions, those of impersonating admins included."""
    demand(context, current, MAY_NOT_LIST_SESSIONS, session=["list"])
    found = await context.sessions.list_active(body.user_id)
    return SessionList(sessions=[context.auth.views.session(session) for session in found])


@post(
    "/admin/revoke-user-session",
    open_api_id="revokeUserSession",
    errors={401: [UNAUTHORIZED], 403: [MAY_NOT_REVOKE]},
)
async def revoke_user_session(body: RevokeUserSession, current: AdminSession, context: RequestContext) -> Done:
    """End a session, whosever it is; an unknown token is not told apart."""
    demand(context, current, MAY_NOT_REVOKE, session=["revoke"])
    await context.sessions.end(body.session_token)
    return Done()


@post(
    "/admin/revoke-user-sessions",
    open_api_id="revokeUserSessions",
    errors={401: [UNAUTHORIZED], 403: [MAY_NOT_REVOKE]},
)
async def revoke_user_sessions(body: UserIdBody, current: AdminSession, context: RequestContext) -> Done:
    """End all sessions of a user."""
    demand(context, current, MAY_NOT_REVOKE, session=["revoke"])
    await context.sessions.end_all(body.user_id)
    return Done()


async def _without_impersonations(call: HookCall) -> Answer | None:
    if not isinstance(call.returned, list):
        return None
    return Answer([session for session in call.returned if not getattr(session, "impersonated_by", None)])


HIDE_IMPERSONATIONS = On.of(list_sessions, hook=_without_impersonations)
"""Users do not see the sessions of admins who impersonate them (§5.20)."""
