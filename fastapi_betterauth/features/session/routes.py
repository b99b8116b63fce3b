"""Session endpoints (sessions sheet §4, §6)."""

from __future__ import annotations

from fastapi_betterauth.errors import (
    FAILED_TO_GET_SESSION,
    FIELD_NOT_ALLOWED,
    SESSION_NOT_FRESH,
    UNAUTHORIZED,
    APIError,
)
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import (
    ActiveSession,
    FreshSession,
    SensitiveSession,
    clear_session_cookies,
    forget_copy,
    resolve_session,
    rewrite_session_cookies,
)
from fastapi_betterauth.pipeline.operation import get, post
from fastapi_betterauth.pipeline.schemas import SessionOut, UserOut
from fastapi_betterauth.pipeline.wire import StatusAnswer
from fastapi_betterauth.sessions.models import CurrentSession
from fastapi_betterauth.storage.compose import merged

from .errors import METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED
from .schemas import GetSessionQuery, RevokeSession, SessionState, SessionUpdated, UpdateSession

State = SessionState[SessionOut, UserOut]


@get("/get-session", open_api_id="getSession", no_store=True, errors={401: [FAILED_TO_GET_SESSION]})
async def get_session(query: GetSessionQuery, context: RequestContext) -> State | None:  # noqa: ARG001 - read by the resolver
    """Tell who is signed in; ``null`` if nobody is.

    Extends the session when that is due, unless renewal is deferred to ``POST /get-session``.
    """
    return await _state(context, read_only=context.auth.session_options.defer_session_refresh)


@post(
    "/get-session",
    open_api_id="getSessionPost",
    no_store=True,
    errors={401: [FAILED_TO_GET_SESSION], 405: [METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED]},
)
async def refresh_session(query: GetSessionQuery, context: RequestContext) -> State | None:  # noqa: ARG001
    """Tell who is signed in, and extend the session if that is due; needs ``session.defer_session_refresh``."""
    if not context.auth.session_options.defer_session_refresh:
        raise APIError(405, METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED)
    return await _state(context, read_only=False)


async def _state(context: RequestContext, *, read_only: bool) -> State | None:
    resolution = await resolve_session(context, read_only=read_only)
    if resolution.vanished:
        raise APIError(401, FAILED_TO_GET_SESSION)
    current = resolution.current
    if current is None:
        return None
    tells = context.auth.session_options.defer_session_refresh and read_only and not resolution.cached
    return SessionState(
        session=context.auth.views.session(current.session),
        user=context.auth.views.user(current.user),
        needs_refresh=resolution.needs_refresh if tells else None,
    )


@get("/list-sessions", open_api_id="listUserSessions", errors={401: [UNAUTHORIZED], 403: [SESSION_NOT_FRESH]})
async def list_sessions(current: FreshSession, context: RequestContext) -> list[SessionOut]:
    """List the devices on which the caller is signed in. Needs a recent sign-in."""
    found = await context.sessions.list_active(current.user.id)
    return [context.auth.views.session(session) for session in found]


@post("/revoke-session", errors={401: [UNAUTHORIZED]})
async def revoke_session(body: RevokeSession, current: SensitiveSession, context: RequestContext) -> StatusAnswer:
    """Sign out one of the caller's devices; a token of somebody else changes nothing and is not told apart."""
    await context.sessions.end(body.token, user_id=current.user.id)
    if body.token == current.session.token:
        _forget_own_copy(context)
    return StatusAnswer()


def _forget_own_copy(context: RequestContext) -> None:
    """Let the cookie cache not outlive the session it is a copy of; the other cookies stay (sessions sheet §6.2)."""
    if context.auth.session_cache is not None:
        forget_copy(context)


@post("/revoke-sessions", errors={401: [UNAUTHORIZED]})
async def revoke_sessions(current: SensitiveSession, context: RequestContext) -> StatusAnswer:
    """Sign out all of the caller's devices, this one included."""
    await context.sessions.end_all(current.user.id)
    _forget_own_copy(context)
    return StatusAnswer()


@post("/revoke-other-sessions", errors={401: [UNAUTHORIZED]})
async def revoke_other_sessions(current: SensitiveSession, context: RequestContext) -> StatusAnswer:
    """Sign out all of the caller's devices but this one."""
    await context.sessions.end_all(current.user.id, keep_token=current.session.token)
    return StatusAnswer()


@post(
    "/update-session",
    open_api_id="updateSession",
    accepts="session_on_update",
    errors={400: [FIELD_NOT_ALLOWED], 401: [UNAUTHORIZED, FAILED_TO_GET_SESSION]},
)
async def update_session(
    body: UpdateSession, current: ActiveSession, context: RequestContext
) -> SessionUpdated[SessionOut]:
    """Change additional fields of the caller's session; its own columns stay."""
    changes = context.auth.session_input.on_update(body.further)
    if not changes:
        raise APIError(400, message="No fields to update")
    changed = await context.sessions.change(current.session.token, changes)
    if changed is None and context.auth.stateless:
        changed = merged(context.auth.tables.session, current.session, changes)
    if changed is None:
        clear_session_cookies(context)
        raise APIError(401, FAILED_TO_GET_SESSION)
    rewrite_session_cookies(context, CurrentSession(current.user, changed))
    return SessionUpdated(session=context.auth.views.session(changed))


OPERATIONS = (
    get_session,
    refresh_session,
    list_sessions,
    revoke_session,
    revoke_sessions,
    revoke_other_sessions,
    update_session,
)
