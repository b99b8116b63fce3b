"""Endpoints of the plugin (multi-session sheet §3)."""

from __future__ import annotations

from typing import Annotated

from fastapi_betterauth.errors import UNAUTHORIZED, APIError
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import ActiveSession, clear_session_cookies, issue_session_cookies
from fastapi_betterauth.pipeline.operation import Provide, get, post
from fastapi_betterauth.pipeline.schemas import SessionAndUser, SessionOut, UserOut
from fastapi_betterauth.pipeline.wire import StatusAnswer
from fastapi_betterauth.sessions.models import CurrentSession

from .browser import Browser
from .errors import INVALID_SESSION_TOKEN
from .schemas import OfThisBrowser

TheBrowser = Annotated[Browser, Provide(Browser)]
Shown = SessionAndUser[SessionOut, UserOut]


@get("/multi-session/list-device-sessions")
async def list_device_sessions(browser: TheBrowser, context: RequestContext) -> list[Shown]:
    """List the accounts that are signed in in this browser, one session each."""
    of_user: dict[str, CurrentSession] = {}
    for current in await browser.all_alive():
        of_user.setdefault(current.user.id, current)
    return [_shown(context, current) for current in of_user.values()]


@post("/multi-session/set-active", errors={401: [INVALID_SESSION_TOKEN]})
async def set_active_session(body: OfThisBrowser, browser: TheBrowser, context: RequestContext) -> Shown:
    """Go on as another account of this browser; the one that was active stays signed in."""
    held = browser.under(body.session_token)
    if held is None:
        raise APIError(401, INVALID_SESSION_TOKEN)
    current = await browser.alive(held.token)
    if current is None:
        context.cookies.expire(held.spec)
        raise APIError(401, INVALID_SESSION_TOKEN)
    issue_session_cookies(context, current)
    return _shown(context, current)


@post("/multi-session/revoke", errors={401: [UNAUTHORIZED, INVALID_SESSION_TOKEN]})
async def revoke_device_session(
    body: OfThisBrowser, active: ActiveSession, browser: TheBrowser, context: RequestContext
) -> StatusAnswer:
    """Sign one account of this browser out; if it was the active one, another takes its place."""
    held = browser.under(body.session_token)
    if held is None:
        raise APIError(401, INVALID_SESSION_TOKEN)
    await browser.end(held)
    if held.token == active.session.token:
        rest = await browser.all_alive()
        if rest:
            issue_session_cookies(context, rest[0])
        else:
            clear_session_cookies(context)
    return StatusAnswer()


def _shown(context: RequestContext, current: CurrentSession) -> Shown:
    views = context.auth.views
    return SessionAndUser(session=views.session(current.session), user=views.user(current.user))
